//! The report artifact: `report.json` in a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use ingot_protocol::{Failure, Metric};
use ingot_statistics::Task;
use serde::{Deserialize, Serialize};

use crate::{json, regular};

/// The version of `report.json`.
pub const VERSION: u32 = 1;

/// The file in the report's folder.
pub const REPORT_FILE: &str = "report.json";

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// 1.
    pub version: u32,
    /// What was asked of the models, by the name of the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// Rows with a label.
    pub rows: u64,
    /// Models that stand for the procedure.
    pub replicates: u64,
    /// Models that stand for the baseline; 0 without one.
    pub baseline_replicates: u64,
    /// The classes, sorted; none where rows have no class.
    pub classes: Vec<String>,
    /// Rows by (true class, predicted class), added up over the replicates; empty where a
    /// row is not of one class.
    pub confusion: Vec<Vec<u64>>,
    /// Every metric.
    pub metrics: Vec<ReportMetric>,
}

/// One metric as it stands in the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportMetric {
    /// The name.
    pub name: String,
    /// The value.
    pub value: f64,
    /// The interval's lower end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// The interval's upper end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// The interval's confidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// The part of the data it is about.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub slice: BTreeMap<String, String>,
    /// What it is a difference to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub than: Option<String>,
}

impl From<&Metric> for ReportMetric {
    fn from(metric: &Metric) -> Self {
        Self {
            name: metric.name.clone(),
            value: metric.value,
            low: metric.low,
            high: metric.high,
            confidence: metric.confidence,
            slice: metric.slice.clone(),
            than: metric.than.clone(),
        }
    }
}

impl Report {
    /// Writes the report's folder.
    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        let wrong =
            |error: std::io::Error| Failure::new("D0705", format!("{}: {error}", path.display()));
        fs::create_dir_all(path).map_err(wrong)?;
        json::write(&path.join(REPORT_FILE), self).map_err(wrong)
    }

    /// Reads a report's folder.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let file = path.join(REPORT_FILE);
        let report: Self = regular::within(path, &file)
            .and_then(|()| json::read(&file))
            .map_err(|error| Failure::new("D0706", format!("{}: {error}", file.display())))?;
        match report.mistake() {
            None => Ok(report),
            Some(what) => Err(Failure::new("D0706", format!("{}: {what}", file.display()))),
        }
    }

    /// What of it is of another version, or contradicts itself.
    fn mistake(&self) -> Option<String> {
        if self.version != VERSION {
            return Some(format!("version {}, where version {VERSION} is read", self.version));
        }
        let mut names = BTreeSet::new();
        if let Some(twice) = self.classes.iter().find(|class| !names.insert(*class)) {
            return Some(format!("two classes are named `{twice}`"));
        }
        if let Some(task) = &self.task
            && Task::of_name(task).is_none()
        {
            return Some(format!("there is no task `{task}`"));
        }
        let of_one_class =
            |task: &String| matches!(Task::of_name(task), Some(Task::Binary | Task::Multiclass));
        let size = match self.task.as_ref().is_none_or(of_one_class) {
            true => self.classes.len(),
            false => 0,
        };
        if self.confusion.len() != size || self.confusion.iter().any(|row| row.len() != size) {
            return Some(format!("`confusion` is not {size} rows of {size}, one for each class"));
        }
        let mut names = BTreeSet::new();
        let mut named = |metric: &&ReportMetric| {
            !names.insert((metric.name.clone(), metric.slice.clone(), metric.than.clone()))
        };
        let twice = self.metrics.iter().find(|metric| named(metric))?;
        Some(format!("the metric `{}` is there twice", twice.name))
    }
}
