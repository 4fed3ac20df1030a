//! What a run says while it runs: one JSON object a line on stdout.
//!
//! `metric` and `finding` are results: they are recorded with the artifacts and
//! must be deterministic. `progress` and `observe` are observations: they are
//! shown, and never enter a result, a key or a lock.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One event of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A result that gates can be set on.
    Metric(Metric),
    /// Something a person should read.
    Finding(Finding),
    /// How far the run has come.
    Progress {
        /// Units done.
        done: u64,
        /// Units in all.
        total: u64,
        /// What is counted, for example `epochs`.
        unit: String,
    },
    /// A fact of this run alone: throughput, memory, a loss curve's point.
    Observe {
        /// The name.
        name: String,
        /// The value.
        value: f64,
    },
    /// Why the run is about to fail, in the user's words.
    Error {
        /// A stable code, for example `D0104`.
        code: String,
        /// What is wrong, as a lower-case fragment, with the place in it.
        message: String,
        /// What to do about it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        help: Option<String>,
    },
}

/// A named number, with its interval where one was computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// The name, for example `accuracy`.
    pub name: String,
    /// The value; finite.
    pub value: f64,
    /// The interval's lower end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// The interval's upper end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// The interval's confidence, for example 0.95.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// The part of the data it is about (`{"class": "3"}`); empty for all of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub slice: BTreeMap<String, String>,
    /// What it is compared with, for a difference (`baseline`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub than: Option<String>,
}

/// Something found in the data or a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// A stable code, for example `D0301`.
    pub code: String,
    /// What was found. Never a value of a `personal` column.
    pub message: String,
    /// The column, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// How many rows it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// A few of those rows, 0-based in the input's order, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<u64>,
}

/// How bad a finding is. An `error` makes the step's verdict fail: the result
/// is recorded, and what consumes it is blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Worth a look.
    Warning,
    /// Breaks what was promised.
    Error,
}

impl Metric {
    /// A metric without interval, over all of the data.
    pub fn new(name: impl Into<String>, value: f64) -> Self {
        Self {
            name: name.into(),
            value,
            low: None,
            high: None,
            confidence: None,
            slice: BTreeMap::new(),
            than: None,
        }
    }
}
