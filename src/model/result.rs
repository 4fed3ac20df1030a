//! [`ActionResult`]: what running an action gave. Immutable; the action cache's value.
//!
//! Invariant: nothing of this run alone (times, host, throughput) is in it, so
//! the same action gives the same result bytes wherever its class promises so.

use std::collections::BTreeMap;

use ingot_protocol::{Finding, Metric, Severity};
use serde::{Deserialize, Serialize};

use super::action::ActionKey;
use super::artifact::Artifact;

/// The version of the record.
pub const RESULT_VERSION: u32 = 1;

/// What running an action gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionResult {
    /// [`RESULT_VERSION`].
    pub version: u32,
    /// The action.
    pub key: ActionKey,
    /// Output port -> artifact.
    pub outputs: BTreeMap<String, Artifact>,
    /// Metrics, sorted by name, comparison and slice.
    pub metrics: Vec<Metric>,
    /// Findings, in the worker's order.
    pub findings: Vec<Finding>,
}

/// Whether a step's result holds up: a result, not a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing speaks against it.
    Pass,
    /// A gate's interval straddles its bound.
    Inconclusive,
    /// A finding is an error, or a gate's bound is broken.
    Fail,
}

impl ActionResult {
    /// Whether it is as Ingot writes one: each metric once, in order, each number finite.
    pub fn is_canonical(&self) -> bool {
        let numbers = |metric: &Metric| [Some(metric.value), metric.low, metric.high];
        self.metrics.is_sorted_by(|a, b| place(a) < place(b))
            && self.metrics.iter().flat_map(numbers).flatten().all(f64::is_finite)
    }

    /// The verdict of the findings alone; gates are judged outside the record.
    pub fn findings_verdict(&self) -> Verdict {
        if self.findings.iter().any(|finding| finding.severity == Severity::Error) {
            Verdict::Fail
        } else {
            Verdict::Pass
        }
    }
}

/// The order of metrics in a record: name, comparison, slice.
fn place(metric: &Metric) -> (&str, Option<&str>, &BTreeMap<String, String>) {
    (&metric.name, metric.than.as_deref(), &metric.slice)
}

/// A metric in words: `accuracy for digit=3, site=a over baseline`.
pub fn metric_name(name: &str, slice: &BTreeMap<String, String>, than: Option<&str>) -> String {
    let mut text = name.to_owned();
    let parts: Vec<String> = slice.iter().map(|(key, value)| format!("{key}={value}")).collect();
    if !parts.is_empty() {
        text.push_str(&format!(" for {}", parts.join(", ")));
    }
    if let Some(than) = than {
        text.push_str(&format!(" over {than}"));
    }
    text
}
