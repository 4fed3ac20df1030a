//! [`Predicted`]: what models that did not learn from a row say of it.
//!
//! Invariant: a row has the mean of the probabilities of all predictions of it, found by its
//! key: one of folds, several of repeats, in whatever parts they come. What is known not to be
//! out-of-fold is refused: predictions of the split `train`, unless the step says otherwise.

use std::collections::HashMap;

use ingot_protocol::{Failure, Input};
use ingot_statistics::Task;
use ingot_tables::dataset::row_key::{self, RowKey};
use ingot_tables::predictions::{self, Answers, ClassAnswers, Predictions, SplitPredictions};

use super::TRAIN;
use super::rows::Rows;

/// The predictions of rows, by their keys.
pub(super) struct Predicted {
    /// The classes that a model knows, of those of the rows, rising. // (known)
    pub(super) known: Vec<usize>,
    /// Most predictions that a row has.
    pub(super) replicates: u64,
    rows: HashMap<RowKey, Sum>,
}

/// The predictions of a row, added up.
struct Sum {
    count: u64,
    probabilities: Vec<f64>, // (known)
}

impl Predicted {
    /// The mean probability of each known class, where the row was predicted. // (known)
    pub(super) fn of(&self, key: &RowKey) -> Option<impl Iterator<Item = f64>> {
        let sum = self.rows.get(key)?;
        let count = sum.count as f64;
        Some(sum.probabilities.iter().map(move |p| p / count))
    }

    /// The place of a class among those that are known.
    pub(super) fn place(&self, class: usize) -> Option<usize> {
        self.known.binary_search(&class).ok()
    }

    /// Reads what stands on the port; nothing where nothing does.
    pub(super) fn read(
        inputs: &[Input],
        rows: &Rows,
        out_of_fold: bool,
    ) -> Result<Option<Self>, Failure> {
        if inputs.is_empty() {
            return Ok(None);
        }
        let classes = classes(inputs)?;
        let known = (0..rows.classes.len())
            .filter(|class| classes.iter().any(|it| it == rows.class(*class)));
        let mut predicted = Self { known: known.collect(), replicates: 0, rows: HashMap::new() };
        let labels = by_key(rows);
        let mut of_train = false;
        for input in inputs {
            let (about, splits) = predictions::read(&input.path)?;
            for (split, table) in splits {
                predictions::check(&input.path, &split, &about, &table)?;
                if split == TRAIN && !out_of_fold {
                    return Err(learned_from());
                }
                of_train |= split == TRAIN;
                predicted.add(&about, (&split, table), (rows, &labels))?;
            }
        }
        if out_of_fold && !of_train {
            let message =
                format!("`out_of_fold` speaks of predictions of `{TRAIN}`, and there are none");
            return Err(Failure::new("D1706", message).help("remove `out_of_fold`"));
        }
        Ok(Some(predicted))
    }

    fn add(
        &mut self,
        about: &Predictions,
        (split, table): (&str, SplitPredictions),
        (rows, labels): (&Rows, &HashMap<RowKey, Option<usize>>),
    ) -> Result<(), Failure> {
        let (Some(keys), Answers::Classes(answers)) = (table.keys, table.answers) else {
            let message = format!("the predictions of `{split}` have no `row_key`");
            return Err(Failure::new("D1707", message)
                .help("write the column `row_key` as the dataset has it beside each prediction"));
        };
        let place =
            |class: &String| self.place(rows.classes.iter().position(|name| name == class)?);
        let places: Vec<Option<usize>> = about.classes.iter().map(place).collect();
        let ClassAnswers { labels: said, probabilities, .. } = answers;
        for ((key, said), probabilities) in keys.iter().zip(&said).zip(&probabilities) {
            let Some(label) = labels.get(key) else { continue };
            if let (Some(said), Some(label)) = (said, label)
                && said != rows.class(*label)
            {
                return Err(other_label(split, key));
            }
            let known = self.known.len();
            let sum = self
                .rows
                .entry(*key)
                .or_insert_with(|| Sum { count: 0, probabilities: vec![0.0; known] });
            sum.count += 1;
            self.replicates = self.replicates.max(sum.count);
            for (place, p) in places.iter().zip(probabilities) {
                if let Some(of_class) = place.and_then(|place| sum.probabilities.get_mut(place)) {
                    *of_class += p;
                }
            }
        }
        Ok(())
    }
}

/// The classes that predictions know; predictions of another kind are refused.
pub(super) fn classes(inputs: &[Input]) -> Result<Vec<String>, Failure> {
    let mut classes = Vec::new();
    for input in inputs {
        let about = Predictions::read(&input.path)?;
        if !matches!(about.task, Task::Binary | Task::Multiclass) {
            let message =
                format!("predictions of `{}` say no class of each row", about.task.name());
            return Err(Failure::new("D1708", message)
                .help("give predictions of a classifier, with a probability of each class"));
        }
        classes.extend(about.classes);
    }
    classes.sort();
    classes.dedup();
    Ok(classes)
}

/// Each row's label by its key; of equal rows in several splits the first one's.
fn by_key(rows: &Rows) -> HashMap<RowKey, Option<usize>> {
    let mut labels = HashMap::new();
    for split in &rows.splits {
        for (key, label) in split.keys.iter().zip(&split.labels) {
            labels.entry(*key).or_insert(*label);
        }
    }
    labels
}

fn learned_from() -> Failure {
    let message = format!(
        "predictions of `{TRAIN}` are of rows that a model learned from: it repeats their labels, \
         wrong ones too"
    );
    Failure::new("D1709", message).help(
        "deal the rows by a `split` with `folds` and predict `test` of each, or say \
         `out_of_fold = true` where no model saw the rows that it predicts",
    )
}

fn other_label(split: &str, key: &RowKey) -> Failure {
    let key = row_key::hex(key);
    let message =
        format!("the predictions of `{split}` and the data have different labels of row_key {key}");
    Failure::new("D1710", message)
        .help("predict the rows of the dataset that `inputs.data` names, as it is now")
}
