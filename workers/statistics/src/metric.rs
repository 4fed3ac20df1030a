//! [`Metric`]: one entry of the table of metrics, [`METRICS`].

use crate::metrics::METRICS;
use crate::sample::{Classes, Labels, Numbers, Rankings, Sample, Tokens};
use crate::task::Task;

/// One metric.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// The name in reports and gates.
    pub name: &'static str,
    /// One line, for people.
    pub summary: &'static str,
    /// Which way it is better.
    pub direction: Direction,
    /// What it needs, and how it is computed of it.
    pub function: Function,
    /// How it is computed of one class against the others, where it is.
    pub of_class: Option<OfClass>,
    /// When it is undefined.
    pub undefined: &'static str,
}

/// Which way a metric is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// It describes, and does not judge.
    Neither,
}

/// A metric's function over a sample and a weight for each of its units. It is `None`
/// where the metric is undefined.
#[derive(Debug, Clone, Copy)]
pub enum Function {
    /// It needs one class of several, with probabilities.
    Classes(fn(&Classes, &[f64]) -> Option<f64>),
    /// It needs one class, and is told of each class alone.
    EachClass,
    /// It needs several classes of a row.
    Labels(fn(&Labels, &[f64]) -> Option<f64>),
    /// It needs numbers.
    Numbers(fn(&Numbers, &[f64]) -> Option<f64>),
    /// It needs groups of scores.
    Rankings(fn(&Rankings, &[f64]) -> Option<f64>),
    /// It needs the losses of tokens.
    Tokens(fn(&Tokens, &[f64]) -> Option<f64>),
}

/// A metric of one class, by its index, against the others.
pub type OfClass = fn(&Classes, usize, &[f64]) -> Option<f64>;

/// The metric of a name.
pub fn find(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.name == name)
}

/// The metrics over all rows of a task, sorted by name.
pub fn of_task(task: Task) -> impl Iterator<Item = &'static Metric> {
    METRICS.iter().filter(move |metric| metric.function.tasks().contains(&task))
}

impl Metric {
    /// The metric over a sample whose units count `weights` each; `None` where it is
    /// undefined, or needs another sample.
    pub fn value(&self, sample: &Sample, weights: &[f64]) -> Option<f64> {
        let value = match (self.function, sample) {
            (Function::Classes(function), Sample::Classes(sample)) => function(sample, weights),
            (Function::Labels(function), Sample::Labels(sample)) => function(sample, weights),
            (Function::Numbers(function), Sample::Numbers(sample)) => function(sample, weights),
            (Function::Rankings(function), Sample::Rankings(sample)) => function(sample, weights),
            (Function::Tokens(function), Sample::Tokens(sample)) => function(sample, weights),
            _ => None,
        };
        value.filter(|value| value.is_finite())
    }
}

impl Function {
    /// The tasks whose predictions have what it needs, over all rows.
    pub fn tasks(self) -> &'static [Task] {
        match self {
            Self::Classes(_) => &[Task::Binary, Task::Multiclass],
            Self::EachClass => &[],
            Self::Labels(_) => &[Task::MultiLabel],
            Self::Numbers(_) => &[Task::Regression],
            Self::Rankings(_) => &[Task::Ranking],
            Self::Tokens(_) => &[Task::Language],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_task_has_a_metric() {
        assert!(METRICS.is_sorted_by(|one, other| one.name < other.name));
        for task in Task::EVERY {
            assert!(of_task(task).next().is_some(), "{}", task.name());
        }
    }

    #[test]
    fn a_metric_of_each_class_alone_says_how() {
        for metric in METRICS {
            let each = matches!(metric.function, Function::EachClass);
            assert!(!each || metric.of_class.is_some(), "{}", metric.name);
        }
    }
}
