//! What a run says while it runs: one JSON object a line on stdout.
//!
//! `metric` and `finding` are results: they are recorded with the artifacts and
//! must be deterministic. `progress` and `observe` are observations: they are
//! shown, and never enter a result, a key or a lock.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// One event of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
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
        #[serde(deserialize_with = "number")]
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
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// The name, for example `accuracy`.
    pub name: String,
    /// The value. One that is not finite is undefined: it is recorded as a finding.
    #[serde(deserialize_with = "number")]
    pub value: f64,
    /// The interval's lower end.
    #[serde(default, deserialize_with = "end", skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// The interval's upper end.
    #[serde(default, deserialize_with = "end", skip_serializing_if = "Option::is_none")]
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
#[serde(deny_unknown_fields)]
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
    /// The metric, where it says why one is undefined: a gate on it repeats the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
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

impl Event {
    /// The event that one line holds. The words that Python and JavaScript write for a
    /// number that is none (`NaN`, `Infinity`, `null`) are taken, though JSON has none.
    ///
    /// ```
    /// # use ingot_protocol::Event;
    /// let line = br#"{"event": "metric", "name": "loss", "value": NaN}"#;
    /// let Ok(Event::Metric(metric)) = Event::parse(line) else { panic!() };
    /// assert!(metric.value.is_nan());
    /// ```
    pub fn parse(line: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(line).or_else(|error| match quoted(line) {
            Cow::Borrowed(_) => Err(error),
            Cow::Owned(quoted) => serde_json::from_slice(&quoted),
        })
    }
}

/// The words that stand outside of texts where a number would, as texts.
fn quoted(line: &[u8]) -> Cow<'_, [u8]> {
    const WORDS: [&[u8]; 3] = [b"NaN", b"-Infinity", b"Infinity"];
    let (mut quoted, mut taken) = (Vec::new(), 0);
    let (mut at, mut in_text) = (0, false);
    while at < line.len() {
        let word = WORDS.iter().find(|word| !in_text && line[at..].starts_with(word));
        match (line[at], word) {
            (_, Some(word)) => {
                quoted.extend_from_slice(&line[taken..at]);
                quoted.extend([b"\"", *word, b"\""].concat());
                at += word.len();
                taken = at;
                continue;
            }
            (b'\\', None) if in_text => at += 1,
            (b'"', None) => in_text = !in_text,
            _ => {}
        }
        at += 1;
    }
    match taken {
        0 => Cow::Borrowed(line),
        _ => {
            quoted.extend_from_slice(&line[taken..]);
            Cow::Owned(quoted)
        }
    }
}

/// A number as an event may write it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(f64),
    Word(Word),
    Null,
}

/// What stands for a number that is none.
#[derive(Deserialize)]
enum Word {
    #[serde(rename = "NaN")]
    NotANumber,
    Infinity,
    #[serde(rename = "-Infinity")]
    MinusInfinity,
}

fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let written = Written::deserialize(deserializer)
        .map_err(|_| D::Error::custom("its value is no number"))?;
    Ok(match written {
        Written::Number(number) => number,
        Written::Word(Word::NotANumber) | Written::Null => f64::NAN,
        Written::Word(Word::Infinity) => f64::INFINITY,
        Written::Word(Word::MinusInfinity) => f64::NEG_INFINITY,
    })
}

/// One end of an interval; `null` is none.
fn end<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let written = Option::<Written>::deserialize(deserializer)
        .map_err(|_| D::Error::custom("an end of its interval is no number"))?;
    Ok(written.map(|written| match written {
        Written::Number(number) => number,
        Written::Word(_) | Written::Null => f64::NAN,
    }))
}

impl Finding {
    /// A finding that is about no column, no metric and no rows.
    pub fn new(severity: Severity, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            severity,
            code: code.into(),
            message: message.into(),
            column: None,
            metric: None,
            rows: None,
            examples: Vec::new(),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What a line is taken for, in short.
    fn taken(line: &str) -> String {
        match Event::parse(line.as_bytes()) {
            Ok(Event::Metric(metric)) => {
                format!("{} = {} [{:?}, {:?}]", metric.name, metric.value, metric.low, metric.high)
            }
            Ok(event) => format!("{event:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn numbers_that_are_none_are_taken_as_programs_write_them() {
        for (line, expected) in [
            (r#"{"event":"metric","name":"NaN","value":NaN}"#, "NaN = NaN [None, None]"),
            (
                r#"{"event":"metric","name":"a\"NaN","value": -Infinity}"#,
                "a\"NaN = -inf [None, None]",
            ),
            (r#"{"event":"metric","name":"a","value":null}"#, "a = NaN [None, None]"),
            (
                r#"{"event":"metric","name":"a","value":1,"low":null,"high":Infinity}"#,
                "a = 1 [None, Some(NaN)]",
            ),
        ] {
            assert_eq!(taken(line), expected, "{line}");
        }
    }

    #[test]
    fn what_is_no_event_is_refused_with_its_reason() {
        for (line, expected) in [
            (r#"{"event":"metric","name":"a","value":"1"}"#, "its value is no number"),
            (r#"{"event":"metric","name":"a"}"#, "missing field `value`"),
            (r#"{"event":"metric","name":"a","value":1,"slices":{}}"#, "unknown field `slices`"),
            (r#"{"event":"observe","name":"a","value":1,"unit":"s"}"#, "unknown field `unit`"),
            (r#"{"event":"metrics"}"#, "unknown variant `metrics`"),
            (r#"{"event":"metric","name":"a","value":nan}"#, "expected ident"),
            ("loss 0.3", "expected value"),
        ] {
            let said = taken(line);
            assert!(said.contains(expected), "{line}: {said}");
        }
    }
}
