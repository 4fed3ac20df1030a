//! [`Answers`]: what a model says of rows, by what it is asked.

use std::collections::BTreeSet;

use arrow::array::ArrayRef;
use arrow::datatypes::Field;
use ingot_statistics::Task;

use super::columns::Columns;
use super::{
    ClassAnswers, LabelAnswers, NumberAnswers, Predictions, PredictionsError, RankingAnswers,
    TokenAnswers,
};
use crate::dataset::row_key::RowKey;

/// The predictions of one split.
#[derive(Debug, Clone, PartialEq)]
pub struct SplitPredictions {
    /// The 0-based rows of the split.
    pub rows: Vec<i64>,
    /// The keys that the rows have in the dataset, as many, where they are known.
    pub keys: Option<Vec<RowKey>>,
    /// What is said of each, and what the data say; as many.
    pub answers: Answers,
}

/// What is said of rows, and what the data say. Each form has its columns in Parquet.
#[derive(Debug, Clone, PartialEq)]
pub enum Answers {
    /// One class of several: `binary`, `multiclass`.
    Classes(ClassAnswers),
    /// Several classes: `multi-label`.
    Labels(LabelAnswers),
    /// A number: `regression`.
    Numbers(NumberAnswers),
    /// A score in a group: `ranking`.
    Rankings(RankingAnswers),
    /// The loss of a text: `language`.
    Tokens(TokenAnswers),
}

/// A column whose values are wrong, the row of the first one, and what is wrong with it.
pub(super) type Mistake = (&'static str, usize, String);

/// Columns with their fields, in the order in which they are written.
pub type Arrays = Vec<(Field, ArrayRef)>;

impl SplitPredictions {
    /// Those of one class of several, where each list has one entry a row.
    pub fn of_classes(
        rows: Vec<i64>,
        labels: Vec<Option<String>>,
        predicted: Vec<String>,
        probabilities: Vec<Vec<f64>>,
    ) -> Self {
        let answers = Answers::Classes(ClassAnswers { labels, predicted, probabilities });
        Self { rows, keys: None, answers }
    }

    /// The same with the keys of the rows.
    pub fn with_keys(self, keys: Option<Vec<RowKey>>) -> Self {
        Self { keys, ..self }
    }

    /// Those of no row.
    pub fn none(task: Task) -> Self {
        Self { rows: Vec::new(), keys: Some(Vec::new()), answers: Answers::none(task) }
    }

    /// The first value that no model says and no data have.
    pub(super) fn mistake(&self, about: &Predictions) -> Option<Mistake> {
        let mut seen = BTreeSet::new();
        let wrong = |row: &i64| *row < 0 || !seen.insert(*row);
        if let Some(at) = self.rows.iter().position(wrong) {
            let row = self.rows[at];
            let what = if row < 0 { "is below 0" } else { "stands there twice" };
            return Some((ROW, at, format!("{row} {what}")));
        }
        self.answers.mistake(&about.classes)
    }

    /// Adds those of the same task.
    pub fn extend(&mut self, more: Self) {
        self.rows.extend(more.rows);
        self.keys = self.keys.take().zip(more.keys).map(|(mut keys, more)| {
            keys.extend(more);
            keys
        });
        self.answers.extend(more.answers);
    }

    /// Puts the rows into the order of their keys, and numbers them so; nothing happens where
    /// they have none.
    pub fn sort_by_key(&mut self) {
        let Some(keys) = &self.keys else { return };
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_by_key(|&row| keys[row]);
        self.keys = Some(order.iter().map(|&row| keys[row]).collect());
        self.rows = (0..order.len() as i64).collect();
        self.answers = self.answers.taken(&order);
    }
}

impl Answers {
    /// Those of no row.
    fn none(task: Task) -> Self {
        match task {
            Task::Binary | Task::Multiclass => Self::Classes(ClassAnswers::default()),
            Task::MultiLabel => Self::Labels(LabelAnswers::default()),
            Task::Regression => Self::Numbers(NumberAnswers::default()),
            Task::Ranking => Self::Rankings(RankingAnswers::default()),
            Task::Language => Self::Tokens(TokenAnswers::default()),
        }
    }

    /// Those of these rows, in this order.
    fn taken(&self, rows: &[usize]) -> Self {
        fn of<T: Clone>(values: &[T], rows: &[usize]) -> Vec<T> {
            rows.iter().filter_map(|&row| values.get(row).cloned()).collect()
        }
        match self {
            Self::Classes(own) => Self::Classes(ClassAnswers {
                labels: of(&own.labels, rows),
                predicted: of(&own.predicted, rows),
                probabilities: of(&own.probabilities, rows),
            }),
            Self::Labels(own) => Self::Labels(LabelAnswers {
                labels: of(&own.labels, rows),
                predicted: of(&own.predicted, rows),
                probabilities: of(&own.probabilities, rows),
            }),
            Self::Numbers(own) => Self::Numbers(NumberAnswers {
                labels: of(&own.labels, rows),
                predicted: of(&own.predicted, rows),
            }),
            Self::Rankings(own) => Self::Rankings(RankingAnswers {
                groups: of(&own.groups, rows),
                labels: of(&own.labels, rows),
                predicted: of(&own.predicted, rows),
            }),
            Self::Tokens(own) => Self::Tokens(TokenAnswers {
                tokens: of(&own.tokens, rows),
                losses: of(&own.losses, rows),
            }),
        }
    }

    /// Adds those of the next rows; another form has none that fit.
    fn extend(&mut self, more: Self) {
        match (self, more) {
            (Self::Classes(own), Self::Classes(more)) => own.extend(more),
            (Self::Labels(own), Self::Labels(more)) => own.extend(more),
            (Self::Numbers(own), Self::Numbers(more)) => own.extend(more),
            (Self::Rankings(own), Self::Rankings(more)) => own.extend(more),
            (Self::Tokens(own), Self::Tokens(more)) => own.extend(more),
            _ => {}
        }
    }

    /// Whether it has the form of a task.
    pub(super) fn is_of(&self, task: Task) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(&Self::none(task))
    }

    /// The columns, each of its own length.
    pub fn arrays(&self) -> Arrays {
        match self {
            Self::Classes(answers) => answers.arrays(),
            Self::Labels(answers) => answers.arrays(),
            Self::Numbers(answers) => answers.arrays(),
            Self::Rankings(answers) => answers.arrays(),
            Self::Tokens(answers) => answers.arrays(),
        }
    }

    /// The answers in columns.
    pub(super) fn of(about: &Predictions, columns: &Columns<'_>) -> Result<Self, PredictionsError> {
        Ok(match about.task {
            Task::Binary | Task::Multiclass => Self::Classes(ClassAnswers::of(columns)?),
            Task::MultiLabel => Self::Labels(LabelAnswers::of(columns)?),
            Task::Regression => Self::Numbers(NumberAnswers::of(columns)?),
            Task::Ranking => Self::Rankings(RankingAnswers::of(columns)?),
            Task::Language => Self::Tokens(TokenAnswers::of(columns)?),
        })
    }

    /// The number of probabilities of each row, where there are some.
    pub(super) fn widths(&self) -> Vec<usize> {
        match self {
            Self::Classes(ClassAnswers { probabilities, .. })
            | Self::Labels(LabelAnswers { probabilities, .. }) => {
                probabilities.iter().map(Vec::len).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The first value that no model says and no data have.
    fn mistake(&self, classes: &[String]) -> Option<Mistake> {
        match self {
            Self::Classes(answers) => classes_mistake(&answers.probabilities),
            Self::Labels(answers) => {
                answers.mistake(classes).or_else(|| classes_mistake(&answers.probabilities))
            }
            Self::Numbers(answers) => answers.mistake(),
            Self::Rankings(answers) => answers.mistake(),
            Self::Tokens(answers) => answers.mistake(),
        }
    }

    /// Which rows have no label.
    pub fn unlabelled(&self) -> Vec<bool> {
        match self {
            Self::Classes(answers) => answers.labels.iter().map(Option::is_none).collect(),
            Self::Labels(answers) => answers.labels.iter().map(Option::is_none).collect(),
            Self::Numbers(answers) => answers.labels.iter().map(Option::is_none).collect(),
            Self::Rankings(answers) => answers.labels.iter().map(Option::is_none).collect(),
            Self::Tokens(answers) => vec![false; answers.tokens.len()],
        }
    }
}

/// How far a probability may lie outside of 0 to 1: sums of float32 do.
const ROUNDING: f64 = 1e-6;

fn classes_mistake(probabilities: &[Vec<f64>]) -> Option<Mistake> {
    let sound = |value: &&f64| (-ROUNDING..=1.0 + ROUNDING).contains(*value);
    let rows = probabilities.iter().enumerate();
    let mut wrong =
        rows.filter_map(|(row, values)| Some((row, values.iter().find(|v| !sound(v))?)));
    wrong.next().map(|(row, value)| (PROBABILITIES, row, format!("{value} is no probability")))
}

/// The column of the rows.
pub(super) const ROW: &str = "row";
/// The column of the probabilities.
pub(super) const PROBABILITIES: &str = "probabilities";
/// The column of what the data say.
pub const LABEL: &str = "label";
/// The column of what the model says.
pub(super) const PREDICTED: &str = "predicted";
