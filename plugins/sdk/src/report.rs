//! What a step reports: metrics and findings.
//!
//! Both are results: they are recorded with the artifacts, so the same step must
//! report the same ones, in the same order.

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Worth a look.
    Warning,
    /// Breaks what was promised: the step's verdict fails.
    Error,
}

/// Something found in the data or a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// A stable code of the plugin's own.
    pub code: String,
    /// What was found. Never a value of a `personal` column.
    pub message: String,
    /// The column, where it is about one.
    pub column: Option<String>,
    /// How many rows it is about.
    pub rows: Option<u64>,
    /// A few of those rows, 0-based.
    pub examples: Vec<u64>,
}

/// A named number that gates can be set on; finite.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Metric {
    /// The name.
    pub name: String,
    /// The value.
    pub value: f64,
    /// The lower end of its interval.
    pub low: Option<f64>,
    /// The upper end of its interval.
    pub high: Option<f64>,
    /// The interval's confidence, in (0, 1).
    pub confidence: Option<f64>,
    /// The part of the data that it is about: column and value.
    #[serde(serialize_with = "as_object")]
    pub slice: Vec<(String, String)>,
}

impl Finding {
    /// A finding about the whole artifact.
    pub fn new(severity: Severity, code: &str, message: impl Into<String>) -> Self {
        Self {
            severity,
            code: code.to_owned(),
            message: message.into(),
            column: None,
            rows: None,
            examples: Vec::new(),
        }
    }

    /// It is about this column.
    #[must_use]
    pub fn column(self, column: &str) -> Self {
        Self { column: Some(column.to_owned()), ..self }
    }

    /// It is about so many rows, of which these are a few.
    #[must_use]
    pub fn rows(self, rows: u64, examples: Vec<u64>) -> Self {
        Self { rows: Some(rows), examples, ..self }
    }
}

impl Metric {
    /// A metric without interval, over all of the data.
    pub fn new(name: &str, value: f64) -> Self {
        Self {
            name: name.to_owned(),
            value,
            low: None,
            high: None,
            confidence: None,
            slice: Vec::new(),
        }
    }

    /// Its interval.
    #[must_use]
    pub fn interval(self, low: f64, high: f64, confidence: f64) -> Self {
        Self { low: Some(low), high: Some(high), confidence: Some(confidence), ..self }
    }

    /// It is about the rows whose `column` is `value`.
    #[must_use]
    pub fn slice(mut self, column: &str, value: &str) -> Self {
        self.slice.push((column.to_owned(), value.to_owned()));
        self
    }

    /// Whether every number in it is finite.
    pub(crate) fn is_finite(&self) -> bool {
        let ends = [self.low, self.high, self.confidence];
        self.value.is_finite() && ends.into_iter().flatten().all(f64::is_finite)
    }
}

fn as_object<S: Serializer>(slice: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(slice.len()))?;
    slice.iter().try_for_each(|(column, value)| map.serialize_entry(column, value))?;
    map.end()
}
