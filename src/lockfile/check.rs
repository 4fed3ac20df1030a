//! [`Difference`]: where a lock and a build disagree; what exit 5 is about.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use ingot_protocol::Metric;

use super::compare::metric_name;
use super::{Lock, SourceRecord, StepRecord};
use crate::model::action::{Action, ActionInput, ActionKey, ENCODING};
use crate::model::artifact::Content;
use crate::model::diff::{Change, What, diff};
use crate::model::result::{ActionResult, Verdict};

/// One disagreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// A source that the lock holds otherwise; absent on one side where only
    /// the other knows it.
    Source {
        /// Its name.
        name: String,
        /// What the lock holds.
        locked: Option<SourceRecord>,
        /// What is there.
        found: Option<SourceRecord>,
    },
    /// A planned step that the lock does not know.
    StepAdded {
        /// Its name.
        step: String,
    },
    /// A step of the lock that the manifest no longer has.
    StepRemoved {
        /// Its name.
        step: String,
    },
    /// A step whose key is another.
    Key {
        /// Its name.
        step: String,
        /// Why, part by part; never empty.
        changes: Vec<Change>,
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
    /// The verdict is another: a gate was changed, or findings or metrics were.
    Verdict {
        /// The step.
        step: String,
        /// What the lock holds.
        locked: Verdict,
        /// What it is.
        found: Verdict,
    },
}

/// A step that a build is about to do.
#[derive(Debug, Clone, Copy)]
pub struct Planned<'a> {
    /// Its name.
    pub step: &'a str,
    /// Its action, resolved with the lock's outputs for what is not built yet.
    pub action: &'a Action,
    /// The action's key.
    pub key: ActionKey,
}

impl Lock {
    /// Compares what is about to be done with the lock, before anything runs.
    /// `every_step` holds the names of all steps of the manifest, asked for or
    /// not, so that a build of one target does not miss the others.
    pub fn check_plan(
        &self,
        planned: &[Planned<'_>],
        every_step: &BTreeSet<&str>,
    ) -> Vec<Difference> {
        let mut differences = Vec::new();
        for Planned { step, action, key } in planned {
            match self.steps.get(*step) {
                None => differences.push(Difference::StepAdded { step: (*step).to_owned() }),
                Some(record) if record.key != *key => {
                    let changes = record.changes(action);
                    differences.push(Difference::Key { step: (*step).to_owned(), changes });
                }
                Some(_) => {}
            }
        }
        for step in self.steps.keys().filter(|step| !every_step.contains(step.as_str())) {
            differences.push(Difference::StepRemoved { step: step.clone() });
        }
        differences
    }

    /// Compares the sources that a build reads with the lock.
    pub fn check_sources(&self, found: &BTreeMap<String, SourceRecord>) -> Vec<Difference> {
        found
            .iter()
            .filter(|(name, source)| self.sources.get(*name) != Some(source))
            .map(|(name, source)| Difference::Source {
                name: name.clone(),
                locked: self.sources.get(name).cloned(),
                found: Some(source.clone()),
            })
            .collect()
    }

    /// Compares a step's result with the lock.
    pub fn check_result(
        &self,
        step: &str,
        result: &ActionResult,
        verdict: Verdict,
    ) -> Vec<Difference> {
        let Some(record) = self.steps.get(step) else {
            return vec![Difference::StepAdded { step: step.to_owned() }];
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
            _ => "E0902",
        }
    }
}

impl StepRecord {
    /// Why the key of `action` is not this record's, part by part. The lock does
    /// not hold the ancestors' results nor where a command's inputs stand: where
    /// nothing else differs, one of these did.
    pub fn changes(&self, action: &Action) -> Vec<Change> {
        let mut new = action.clone();
        let old = self.as_action(&mut new);
        let mut changes = diff(&old, &new);
        if changes.is_empty() && self.key != action.key().unwrap_or(self.key) {
            let what = if action.lineage.is_some() { What::Lineage } else { What::Reading };
            changes.push(Change { what, name: String::new(), old: None, new: None });
        }
        changes
    }

    /// The locked action, as far as the lock holds it; clears in `new` what it
    /// does not hold.
    fn as_action(&self, new: &mut Action) -> Action {
        new.lineage = None;
        new.inputs.values_mut().flatten().for_each(|input| input.at = None);
        let inputs = self.inputs.iter().map(|(port, inputs)| {
            let inputs = inputs.iter().map(|input| ActionInput {
                artifact_type: input.artifact_type.clone(),
                content: input.content,
                splits: input.splits.clone(),
                format: input.format.clone(),
                at: None,
            });
            (port.clone(), inputs.collect())
        });
        let outputs = self.outputs.iter();
        Action {
            encoding: ENCODING,
            kind: self.kind.clone(),
            revision: self.revision,
            worker: self.worker.clone(),
            params: self.params.clone(),
            inputs: inputs.collect(),
            outputs: outputs.map(|(port, a)| (port.clone(), a.artifact_type.clone())).collect(),
            platform: self.platform.clone(),
            seed: self.seed,
            command: self.command.clone(),
            lineage: None,
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source { name, locked, found } => {
                let text = |side: &Option<SourceRecord>| match side {
                    Some(source) => format!("{} ({})", source.path, source.content.short()),
                    None => "nothing".to_owned(),
                };
                write!(f, "source `{name}`: {} -> {}", text(locked), text(found))
            }
            Self::StepAdded { step } => write!(f, "step `{step}` is not in the lock"),
            Self::StepRemoved { step } => write!(f, "step `{step}` is in the lock alone"),
            Self::Key { step, changes } => {
                write!(f, "step `{step}` has another key")?;
                changes.iter().try_for_each(|change| write!(f, "; {}", describe(change)))
            }
            Self::Output { step, port, locked, found } => {
                let text = |side: &Option<Content>| side.map_or("nothing".into(), |c| c.short());
                write!(f, "output `{step}.{port}`: {} -> {}", text(locked), text(found))
            }
            Self::Metric { step, name, locked, found } => {
                let text = |side: &Option<String>| side.clone().unwrap_or("nothing".to_owned());
                write!(f, "metric `{name}` of `{step}`: {} -> {}", text(locked), text(found))
            }
            Self::Findings { step } => write!(f, "the findings of `{step}` are others"),
            Self::Verdict { step, locked, found } => {
                let text = |verdict: &Verdict| format!("{verdict:?}").to_lowercase();
                write!(f, "verdict of `{step}`: {} -> {}", text(locked), text(found))
            }
        }
    }
}

/// `param lr: 0.001 -> 0.0003`.
fn describe(change: &Change) -> String {
    let part = format!("{:?}", change.what).to_lowercase();
    let name = if change.name.is_empty() { part } else { format!("{part} {}", change.name) };
    let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".to_owned());
    match (&change.old, &change.new) {
        (None, None) => format!("{name} changed"),
        (old, new) => format!("{name}: {} -> {}", side(old), side(new)),
    }
}
