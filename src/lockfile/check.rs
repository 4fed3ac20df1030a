//! [`Difference`]: where a lock and a result disagree; what exit 5 is about.

use std::collections::BTreeSet;

use ingot_protocol::Metric;

use super::Lock;
use super::compare::metric_name;
use crate::model::artifact::Content;
use crate::model::result::{ActionResult, Verdict};

/// One disagreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// A step that the lock does not know.
    Absent {
        /// Its name.
        step: String,
    },
    /// An output that is not what the lock holds.
    Output {
        /// The step.
        step: String,
        /// The port.
        port: String,
        /// What the lock holds.
        locked: Option<Content>,
        /// What the step gave.
        found: Option<Content>,
    },
    /// A metric that is not what the lock holds.
    Metric {
        /// The step.
        step: String,
        /// Its name, with its slice.
        name: String,
        /// What the lock holds.
        locked: Option<String>,
        /// What the step gave.
        found: Option<String>,
    },
    /// The findings are others.
    Findings {
        /// The step.
        step: String,
    },
    /// The verdict is another: a gate or a waiver was changed, or findings or metrics were.
    Verdict {
        /// The step.
        step: String,
        /// What the lock holds.
        locked: Verdict,
        /// What it is.
        found: Verdict,
    },
}

impl Lock {
    /// Compares a step's result with the lock.
    pub fn check_result(
        &self,
        step: &str,
        result: &ActionResult,
        verdict: Verdict,
    ) -> Vec<Difference> {
        let Some(record) = self.steps.get(step) else {
            return vec![Difference::Absent { step: step.to_owned() }];
        };
        let ports: BTreeSet<&String> = record.outputs.keys().chain(result.outputs.keys()).collect();
        let mut differences: Vec<Difference> = ports
            .into_iter()
            .map(|port| Difference::Output {
                step: step.to_owned(),
                port: port.clone(),
                locked: record.outputs.get(port).map(|artifact| artifact.content),
                found: result.outputs.get(port).map(|artifact| artifact.content),
            })
            .filter(|difference| match difference {
                Difference::Output { locked, found, .. } => locked != found,
                _ => true,
            })
            .collect();
        differences.extend(first_metric(step, &record.metrics, &result.metrics));
        if record.findings != result.findings {
            differences.push(Difference::Findings { step: step.to_owned() });
        }
        if record.verdict != verdict {
            let (step, locked, found) = (step.to_owned(), record.verdict, verdict);
            differences.push(Difference::Verdict { step, locked, found });
        }
        differences
    }
}

/// The first metric that only one side has, or has so.
fn first_metric(step: &str, locked: &[Metric], found: &[Metric]) -> Option<Difference> {
    let other = |metric: &&Metric| !(locked.contains(metric) && found.contains(metric));
    let name = match locked.iter().chain(found).find(other) {
        Some(metric) => metric_name(metric),
        // The same ones in another order, or more often.
        None if locked == found => return None,
        None => String::new(),
    };
    let of = |side: &[Metric]| side.iter().find(|metric| metric_name(metric) == name).map(value);
    let (locked, found) = (of(locked), of(found));
    Some(Difference::Metric { step: step.to_owned(), name, locked, found })
}

/// `0.9 [0.8, 0.95]`.
fn value(metric: &Metric) -> String {
    match (metric.low, metric.high) {
        (None, None) => metric.value.to_string(),
        (low, high) => {
            let end = |end: Option<f64>| end.map_or("..".to_owned(), |end| end.to_string());
            format!("{} [{}, {}]", metric.value, end(low), end(high))
        }
    }
}

impl Difference {
    /// The diagnostic code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Output { .. } => "E0904",
            Self::Metric { .. } | Self::Findings { .. } => "E0906",
            Self::Verdict { .. } => "E0907",
            Self::Absent { .. } => "E0902",
        }
    }
}
