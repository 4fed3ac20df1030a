//! `selection.json`: which points there were, and which one was chosen.
//!
//! It stands beside `report.json` in the report that `select` writes. Points have no
//! names here, as nothing in an artifact has: a model is its digest.

use std::path::Path;

use ingot_protocol::Failure;
use serde::{Deserialize, Serialize};

use crate::{json, regular};

/// The version of `selection.json`.
pub const VERSION: u32 = 1;

/// The file in the report's folder.
pub const SELECTION_FILE: &str = "selection.json";

/// What was chosen, and from what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// 1.
    pub version: u32,
    /// The metric that points are compared by.
    pub metric: String,
    /// `max` or `min`.
    pub goal: String,
    /// `best` or `one-standard-error`.
    pub rule: String,
    /// The chosen point, from 1.
    pub selected: u64,
    /// Every point, in the order of the manifest.
    pub points: Vec<SelectionPoint>,
}

/// One point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SelectionPoint {
    /// Digests of its models: one, or its replicates in order.
    pub models: Vec<String>,
    /// The metric; of replicates the mean.
    pub value: f64,
    /// The interval's lower end, where one report gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// The interval's upper end, where one report gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// The value's standard error, from the interval or over the replicates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard_error: Option<f64>,
}

impl Selection {
    /// Writes it into a report's folder.
    pub fn write(&self, report: &Path) -> Result<(), Failure> {
        let file = report.join(SELECTION_FILE);
        json::write(&file, self).map_err(|error| not_written(&file, &error))
    }

    /// Reads that of a report's folder; nothing where `select` did not write the report.
    pub fn read(report: &Path) -> Result<Option<Self>, Failure> {
        let file = report.join(SELECTION_FILE);
        if !file.is_file() {
            return Ok(None);
        }
        let selection: Self = regular::within(report, &file)
            .and_then(|()| json::read(&file))
            .map_err(|error| Failure::new("D1007", format!("{}: {error}", file.display())))?;
        if selection.version == VERSION {
            return Ok(Some(selection));
        }
        let found = selection.version;
        let message = format!("{}: version {found}, where {VERSION} is read", file.display());
        Err(Failure::new("D1007", message))
    }
}

/// What is said where the chosen model, its report or the selection cannot be written.
pub fn not_written(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new("D1006", format!("{}: {error}", path.display()))
}
