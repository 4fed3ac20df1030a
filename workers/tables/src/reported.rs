//! The artifacts `findings` and `metrics`: what one step reports for another to take up.
//!
//! On disk: one JSON file each, `{"version": 1, "findings": [..]}` and
//! `{"version": 1, "metrics": [..]}`, whose items are those of the worker protocol.
//! Invariant: what is written and what is read is finite, and names each metric once
//! (by name, slice and comparison). Judging them is the business of who takes them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ingot_protocol::{Failure, Finding, Metric};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{json, regular};

/// The version of both files.
const VERSION: u32 = 1;

/// Why findings or metrics could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ReportedError {
    /// The file could not be written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The file cannot be read, or says something else.
    #[error("{path}: no {what}: {source}")]
    Other {
        /// The file.
        path: PathBuf,
        /// The artifact type that was looked for.
        what: &'static str,
        /// What is wrong with it.
        source: std::io::Error,
    },
    /// The file is of another version.
    #[error("{path}: version {found}, where version {VERSION} is read")]
    Version {
        /// The file.
        path: PathBuf,
        /// The version in it.
        found: u32,
    },
    /// A metric that is no number, or is there twice.
    #[error("{path}: the metric `{name}` {what}")]
    Metric {
        /// The file.
        path: PathBuf,
        /// The metric.
        name: String,
        /// What is wrong with it.
        what: &'static str,
    },
}

impl From<ReportedError> for Failure {
    fn from(error: ReportedError) -> Self {
        let code = match error {
            ReportedError::Io { .. } => "D1101",
            ReportedError::Other { .. } => "D1102",
            ReportedError::Version { .. } => "D1103",
            ReportedError::Metric { .. } => "D1104",
        };
        let failure = Self::new(code, error.to_string());
        match error {
            ReportedError::Metric { .. } => {
                failure.help("report each metric once for each slice, as a finite number")
            }
            ReportedError::Version { .. } => failure.help("make it again with this version"),
            _ => failure,
        }
    }
}

/// What both files say first.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Findings {
    version: u32,
    findings: Vec<Finding>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Metrics {
    version: u32,
    metrics: Vec<Metric>,
}

/// Writes findings as one file; equal findings give equal bytes.
pub fn write_findings(path: &Path, findings: &[Finding]) -> Result<(), ReportedError> {
    write(path, &Findings { version: VERSION, findings: findings.to_vec() })
}

/// Reads a file of findings, in the order in which they were reported.
pub fn read_findings(path: &Path) -> Result<Vec<Finding>, ReportedError> {
    Ok(read::<Findings>(path, "findings")?.findings)
}

/// Writes metrics as one file; equal metrics give equal bytes.
pub fn write_metrics(path: &Path, metrics: &[Metric]) -> Result<(), ReportedError> {
    check(path, metrics)?;
    write(path, &Metrics { version: VERSION, metrics: metrics.to_vec() })
}

/// Reads a file of metrics, in the order in which they were reported.
pub fn read_metrics(path: &Path) -> Result<Vec<Metric>, ReportedError> {
    let metrics = read::<Metrics>(path, "metrics")?.metrics;
    check(path, &metrics)?;
    Ok(metrics)
}

fn check(path: &Path, metrics: &[Metric]) -> Result<(), ReportedError> {
    let mut seen = BTreeSet::new();
    for metric in metrics {
        let wrong =
            |what| ReportedError::Metric { path: path.to_owned(), name: metric.name.clone(), what };
        let numbers = [Some(metric.value), metric.low, metric.high, metric.confidence];
        if !numbers.iter().flatten().all(|number| number.is_finite()) {
            return Err(wrong("is not finite"));
        }
        if !seen.insert((&metric.name, &metric.slice, &metric.than)) {
            return Err(wrong("is there twice"));
        }
    }
    Ok(())
}

fn write(path: &Path, content: &impl Serialize) -> Result<(), ReportedError> {
    json::write(path, content).map_err(|source| ReportedError::Io { path: path.to_owned(), source })
}

fn read<T: DeserializeOwned>(path: &Path, what: &'static str) -> Result<T, ReportedError> {
    let other = |source| ReportedError::Other { path: path.to_owned(), what, source };
    let text = regular::read(path, regular::MOST_TEXT).map_err(other)?;
    let Head { version } = json::parse(&text).map_err(other)?;
    if version != VERSION {
        return Err(ReportedError::Version { path: path.to_owned(), found: version });
    }
    json::parse(&text).map_err(other)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;
    use std::fs;

    use ingot_protocol::Severity;

    use super::*;

    fn metric(name: &str, value: f64, class: &str) -> Metric {
        let slice = BTreeMap::from([("class".to_owned(), class.to_owned())]);
        Metric { slice, low: Some(value / 3.0), ..Metric::new(name, value) }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reported");
        let findings = [Finding {
            severity: Severity::Warning,
            code: "P1".into(),
            message: "3 rows are odd".into(),
            column: Some("age".into()),
            metric: None,
            rows: Some(3),
            examples: vec![1, 5],
        }];
        write_findings(&path, &findings).unwrap();
        assert_eq!(read_findings(&path).unwrap(), findings);
        insta::assert_snapshot!(fs::read_to_string(&path).unwrap(), @r#"
        {
          "findings": [
            {
              "code": "P1",
              "column": "age",
              "examples": [
                1,
                5
              ],
              "message": "3 rows are odd",
              "rows": 3,
              "severity": "warning"
            }
          ],
          "version": 1
        }
        "#);
        let metrics =
            [metric("gini", 0.1 + 0.2, "a"), metric("gini", 1e-300, "b"), Metric::new("x", -0.0)];
        write_metrics(&path, &metrics).unwrap();
        assert_eq!(read_metrics(&path).unwrap(), metrics);
    }

    #[test]
    fn what_says_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reported");
        let code = |error: ReportedError| Failure::from(error).code;
        for (text, expected) in [
            ("", "D1102"),
            (r#"{"version": 1, "findings": []}"#, "D1102"),
            (r#"{"version": 1, "metrics": [], "more": 1}"#, "D1102"),
            (r#"{"version": 2, "metrics": {}}"#, "D1103"),
            (r#"{"version": 1, "metrics": [{"name": "x", "value": NaN}]}"#, "D1102"),
            (r#"{"version": 1, "metrics": [{"name": "x", "value": null}]}"#, "D1104"),
            (
                r#"{"version": 1, "metrics": [{"name": "x", "value": 1}, {"name": "x", "value": 2}]}"#,
                "D1104",
            ),
        ] {
            fs::write(&path, text).unwrap();
            assert_eq!(code(read_metrics(&path).unwrap_err()), expected, "{text}");
        }
        fs::write(
            &path,
            "{\"version\": 1,\n\"metrics\": [{\"name\": \"x\", \"value\": -Infinity}]}",
        )
        .unwrap();
        let error = read_metrics(&path).unwrap_err().to_string();
        assert!(error.ends_with("JSON has no NaN and no infinity"), "{error}");
        for wrong in [f64::NAN, f64::INFINITY] {
            let one = [Metric { high: Some(wrong), ..Metric::new("x", 1.0) }];
            assert_eq!(code(write_metrics(&path, &one).unwrap_err()), "D1104");
        }
        assert_eq!(code(write_findings(folder.path(), &[]).unwrap_err()), "D1101");
    }
}
