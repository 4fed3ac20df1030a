//! [`Procedure`]: the predictions of a step, of its model and of its baseline.

use ingot_protocol::{Failure, Finding, Request, Severity};
use ingot_statistics::{Sample, Task};
use ingot_tables::class_order;
use ingot_tables::predictions::{self, Answers, Predictions, SplitPredictions};

use super::pool::pool;
use super::samples::sample;

/// Replicates of a model and of a baseline over the same rows; at least one of the model.
pub(super) struct Procedure {
    pub(super) task: Task,
    /// The splits that are measured, sorted.
    pub(super) splits: Vec<String>,
    /// How many predictions the model's are made of.
    parts: usize,
    model: Vec<Predicted>,
    baseline: Vec<Predicted>,
}

/// The rows with a label, as the statistics take them.
pub(super) struct Samples {
    /// Every class that a model knows or predicts or a row has, in their order.
    pub(super) classes: Vec<String>,
    pub(super) model: Vec<Sample>,
    pub(super) baseline: Vec<Sample>,
}

/// One predictions artifact, its splits one behind the other by name.
pub(super) struct Predicted {
    pub(super) about: Predictions,
    pub(super) table: SplitPredictions,
    splits: Vec<String>,
}

impl Procedure {
    /// Reads what stands on the ports.
    pub(super) fn read(request: &Request) -> Result<Self, Failure> {
        let parts = read(request, "predictions")?;
        let read_parts = parts.len();
        let model = pool(parts)?;
        let Some(first) = model.first() else {
            return Err(Failure::new("D0701", "there are no predictions")
                .help("give `inputs.model` and `inputs.data`, or `inputs.predictions`"));
        };
        let task = first.about.task;
        let baseline = pool(read(request, "baseline_predictions")?)?;
        for other in model.iter().chain(&baseline) {
            first.fits(other)?;
        }
        let splits = first.splits.clone();
        Ok(Self { task, splits, parts: read_parts, model, baseline })
    }

    /// What is said of predictions that were pooled.
    pub(super) fn pooled(&self) -> Option<Finding> {
        let replicates = self.model.len();
        let message = format!(
            "{} predictions are pooled: each row of {replicates} {} is in one of them",
            self.parts,
            if replicates == 1 { "repeat" } else { "repeats" }
        );
        (self.parts > replicates).then(|| Finding::new(Severity::Info, "D0713", message))
    }

    /// How many rows have no label.
    pub(super) fn unlabelled(&self) -> usize {
        let first = self.model.first().map(|first| first.table.answers.unlabelled());
        first.into_iter().flatten().filter(|unlabelled| *unlabelled).count()
    }

    /// The samples; `positive` names the class that counts of two.
    pub(super) fn samples(&self, positive: Option<&str>) -> Result<Samples, Failure> {
        let rows = self.model.first().map_or(0, |first| first.table.rows.len());
        if self.unlabelled() == rows {
            let message = "no row has a label, so there is nothing to compare with";
            return Err(Failure::new("D0702", message)
                .help("evaluate a split with labels: `inputs.data = \"split.data/test\"`, or `/test` behind the predictions"));
        }
        let classes = self.classes();
        let positive = index(positive, self.task, &classes)?;
        let of = |all: &[Predicted]| {
            all.iter().map(|one| sample(one, &classes, positive)).collect::<Vec<_>>()
        };
        let (model, baseline) = (of(&self.model), of(&self.baseline));
        Ok(Samples { classes, model, baseline })
    }

    fn classes(&self) -> Vec<String> {
        let mut classes: Vec<&String> = Vec::new();
        for one in self.model.iter().chain(&self.baseline) {
            classes.extend(&one.about.classes);
            match &one.table.answers {
                Answers::Classes(answers) => {
                    classes.extend(&answers.predicted);
                    classes.extend(answers.labels.iter().flatten());
                }
                Answers::Labels(answers) => {
                    classes.extend(answers.predicted.iter().flatten());
                    classes.extend(answers.labels.iter().flatten().flatten());
                }
                _ => {}
            }
        }
        classes.sort_by(|one, other| class_order(one, other));
        classes.dedup();
        classes.into_iter().cloned().collect()
    }
}

impl Predicted {
    /// Whether another one is of the same task, rows and labels.
    fn fits(&self, other: &Self) -> Result<(), Failure> {
        let (one, two) = (&self.table.answers, &other.table.answers);
        let same = match (one, two) {
            (Answers::Classes(one), Answers::Classes(two)) => one.labels == two.labels,
            (Answers::Labels(one), Answers::Labels(two)) => one.labels == two.labels,
            (Answers::Numbers(one), Answers::Numbers(two)) => one.labels == two.labels,
            (Answers::Rankings(one), Answers::Rankings(two)) => {
                one.labels == two.labels && one.groups == two.groups
            }
            (Answers::Tokens(_), Answers::Tokens(_)) => true,
            _ => {
                let (one, two) = (self.about.task.name(), other.about.task.name());
                let message = format!("predictions of `{one}` and of `{two}` cannot be compared");
                return Err(Failure::new("D0708", message)
                    .help("give predictions that answer one question"));
            }
        };
        let keys = self.table.keys.as_ref().zip(other.table.keys.as_ref());
        let other_keys = keys.is_some_and(|(one, two)| one != two);
        if same && !other_keys && self.table.rows == other.table.rows {
            return Ok(());
        }
        let message = "the predictions differ in their rows or labels, so they cannot be compared";
        Err(Failure::new("D0703", message)
            .help("predict the same split of the same data with every model"))
    }
}

fn read(request: &Request, port: &str) -> Result<Vec<Predicted>, Failure> {
    let inputs = request.inputs.get(port).map(Vec::as_slice).unwrap_or_default();
    inputs
        .iter()
        .map(|input| {
            let (about, splits) = predictions::read(&input.path)?;
            let mut table = SplitPredictions::none(about.task);
            let names = splits.keys().cloned().collect();
            splits.into_values().for_each(|split| table.extend(split));
            Ok(Predicted { about, table, splits: names })
        })
        .collect()
}

fn index(positive: Option<&str>, task: Task, classes: &[String]) -> Result<usize, Failure> {
    let Some(wanted) = positive else { return Ok(classes.len().saturating_sub(1)) };
    if !matches!(task, Task::Binary | Task::Multiclass) {
        let message =
            format!("`positive = \"{wanted}\"` names a class, and the task is `{}`", task.name());
        return Err(Failure::new("D0704", message).help("remove `positive`"));
    }
    classes.iter().position(|class| class == wanted).ok_or_else(|| {
        let message = format!("`positive = \"{wanted}\"` is no class");
        Failure::new("D0704", message).help(format!("the classes are {}", classes.join(", ")))
    })
}
