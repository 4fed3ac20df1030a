//! Generalisation: each value of a column replaced by what it has in common with others.
//!
//! A number becomes the band in which it lies, a date its month or year, a text its first
//! characters. Invariant: the new value follows from the old one alone, so rows do not decide
//! what becomes of other rows; whether enough of them share a value is for
//! [`super::anonymity`] to say.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringArray};
use datafusion::arrow::compute::kernels::cast_utils::Parser;
use datafusion::arrow::datatypes::{DataType as ArrowType, Date32Type, Float64Type, Int64Type};
use ingot_protocol::Failure;
use serde::Deserialize;
use serde_json::{Value, json};

/// What is said of the param.
pub(super) fn schema() -> Value {
    json!({
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["column"],
            "properties": {
                "column": {"type": "string", "description": "a column of the result"},
                "bands": {
                    "type": "array", "minItems": 1, "items": {"type": "number"},
                    "description": "numbers, ascending: where bands begin; 18, 65 makes `< 18`, `[18, 65)` and `>= 65`"
                },
                "width": {
                    "type": "integer", "minimum": 1,
                    "description": "numbers: bands of this width, from 0 on; 10 makes `[30, 40)` of 37"
                },
                "date": {
                    "enum": ["month", "year"],
                    "description": "dates as text, YYYY-MM-DD and what may follow: to what is kept"
                },
                "prefix": {
                    "type": "integer", "minimum": 1,
                    "description": "texts: how many characters are kept"
                }
            }
        },
        "description": "columns whose values become coarser, behind the SQL; each by one of bands, width, date and prefix"
    })
}

/// How one column becomes coarser, as the manifest says it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Generalisation {
    pub(super) column: String,
    bands: Option<Vec<f64>>,
    width: Option<u32>,
    date: Option<Part>,
    prefix: Option<usize>,
}

/// What is kept of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Part {
    Month,
    Year,
}

/// How values become coarser.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Level {
    Bands(Vec<f64>),
    Width(u32),
    Date(Part),
    Prefix(usize),
}

impl Generalisation {
    /// The one way that is said.
    pub(super) fn level(&self) -> Result<Level, Failure> {
        let ways = [
            self.bands.clone().map(Level::Bands),
            self.width.map(Level::Width),
            self.date.map(Level::Date),
            self.prefix.map(Level::Prefix),
        ];
        let mut ways: Vec<Level> = ways.into_iter().flatten().collect();
        let why = match (ways.pop(), ways.len()) {
            (Some(Level::Bands(bands)), 0) if !bands.is_sorted_by(|one, next| one < next) => {
                "has `bands` that do not ascend"
            }
            (Some(Level::Width(0) | Level::Prefix(0)), 0) => "has a 0",
            (Some(level), 0) => return Ok(level),
            _ => "does not say one of `bands`, `width`, `date` and `prefix`",
        };
        let message = format!("the entry of `generalise` for `{}` {why}", self.column);
        Err(Failure::new("Q0510", message).help(
            "say one: bands = [18, 65], width = 10, date = \"month\" or \"year\", prefix = 3",
        ))
    }
}

impl Level {
    /// Whether it is of numbers; else it is of texts.
    pub(super) fn of_numbers(&self) -> bool {
        matches!(self, Self::Bands(_) | Self::Width(_))
    }

    /// The values of a column, int64, float64 or text as [`Level::of_numbers`] says, made
    /// coarser; what is missing stays so. `None` where one is no date.
    pub(super) fn replace(&self, values: &ArrayRef) -> Option<ArrayRef> {
        let replaced: Option<Vec<Option<String>>> = match values.data_type() {
            ArrowType::Int64 => {
                let numbers = values.as_primitive::<Int64Type>().iter();
                Some(numbers.map(|number| number.map(|number| self.whole(number))).collect())
            }
            ArrowType::Float64 => {
                let numbers = values.as_primitive::<Float64Type>().iter();
                Some(numbers.map(|number| number.map(|number| self.float(number))).collect())
            }
            _ => {
                let texts = values.as_string_opt::<i32>()?.iter();
                texts
                    .map(|text| text.map_or(Some(None), |text| self.text(text).map(Some)))
                    .collect()
            }
        };
        Some(Arc::new(StringArray::from(replaced?)))
    }

    fn whole(&self, number: i64) -> String {
        match self {
            Self::Width(width) => band(i128::from(number), *width),
            _ => self.float(number as f64),
        }
    }

    fn float(&self, number: f64) -> String {
        match self {
            // What is none, or beyond all numbers, is in no band.
            _ if !number.is_finite() => number.to_string(),
            Self::Width(width) => band(number.floor() as i128, *width),
            Self::Bands(bands) => {
                let above = bands.partition_point(|begin| *begin <= number);
                match (above.checked_sub(1).and_then(|below| bands.get(below)), bands.get(above)) {
                    (None, Some(end)) => format!("< {end}"),
                    (Some(begin), Some(end)) => format!("[{begin}, {end})"),
                    (Some(begin), None) => format!(">= {begin}"),
                    (None, None) => String::new(),
                }
            }
            Self::Date(_) | Self::Prefix(_) => String::new(),
        }
    }

    fn text(&self, text: &str) -> Option<String> {
        match self {
            Self::Prefix(kept) => Some(text.chars().take(*kept).collect()),
            Self::Date(part) => {
                let (date, rest) = text.split_at_checked(10)?;
                let digits = date.bytes().enumerate().all(|(at, byte)| match at {
                    4 | 7 => byte == b'-',
                    _ => byte.is_ascii_digit(),
                });
                let is_date = digits
                    && !rest.starts_with(|next: char| next.is_ascii_digit())
                    && Date32Type::parse(date).is_some();
                let kept = if *part == Part::Month { 7 } else { 4 };
                date.get(..kept).filter(|_| is_date).map(str::to_owned)
            }
            Self::Bands(_) | Self::Width(_) => None,
        }
    }
}

/// The band of a width in which a whole number lies.
fn band(number: i128, width: u32) -> String {
    let width = i128::from(width);
    let begin = number.div_euclid(width).saturating_mul(width);
    format!("[{begin}, {})", begin.saturating_add(width))
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Float64Array, Int64Array};

    use super::*;

    fn level(said: Value) -> Result<Level, Failure> {
        let mut said = said;
        said["column"] = json!("x");
        serde_json::from_value::<Generalisation>(said).unwrap().level()
    }

    fn replaced(said: Value, values: impl Array + 'static) -> Option<Vec<String>> {
        let replaced = level(said).unwrap().replace(&(Arc::new(values) as ArrayRef))?;
        let texts = replaced.as_string::<i32>().iter();
        Some(texts.map(|text| text.unwrap_or("null").to_owned()).collect())
    }

    #[test]
    fn numbers_lie_in_bands_that_begin_with_their_first_number() {
        let whole = Int64Array::from(vec![Some(17), Some(18), Some(64), Some(65), None]);
        assert_eq!(
            replaced(json!({ "bands": [18, 65] }), whole).unwrap(),
            ["< 18", "[18, 65)", "[18, 65)", ">= 65", "null"]
        );
        let floats = vec![-0.1, 0.0, 0.25, f64::NAN, f64::INFINITY, f64::MAX];
        assert_eq!(
            replaced(json!({ "bands": [0, 0.25] }), Float64Array::from(floats)).unwrap(),
            ["< 0", "[0, 0.25)", ">= 0.25", "NaN", "inf", ">= 0.25"]
        );
        let whole = Int64Array::from(vec![-1, 0, 9, 10, i64::MAX, i64::MIN]);
        assert_eq!(
            replaced(json!({ "width": 10 }), whole).unwrap(),
            [
                "[-10, 0)",
                "[0, 10)",
                "[0, 10)",
                "[10, 20)",
                "[9223372036854775800, 9223372036854775810)",
                "[-9223372036854775810, -9223372036854775800)"
            ]
        );
        let floats = Float64Array::from(vec![-0.5, 9.99, 1e300]);
        let floats = replaced(json!({ "width": 10 }), floats).unwrap();
        assert_eq!(floats[..2], ["[-10, 0)", "[0, 10)"]);
    }

    #[test]
    fn dates_keep_their_month_or_year_and_texts_what_they_begin_with() {
        let dates = || StringArray::from(vec![Some("2024-02-29"), None, Some("1999-12-31T23:59")]);
        assert_eq!(
            replaced(json!({ "date": "month" }), dates()).unwrap(),
            ["2024-02", "null", "1999-12"]
        );
        assert_eq!(replaced(json!({ "date": "year" }), dates()).unwrap(), ["2024", "null", "1999"]);
        for wrong in
            ["2023-02-29", "2024-2-1", "20240201", "2024-02-011", "", "é024-02-01", "1/2/2024"]
        {
            let wrong = StringArray::from(vec![wrong]);
            assert_eq!(replaced(json!({ "date": "year" }), wrong), None);
        }
        let texts = StringArray::from(vec!["90210", "9", "é€x", ""]);
        assert_eq!(replaced(json!({ "prefix": 2 }), texts).unwrap(), ["90", "9", "é€", ""]);
    }

    #[test]
    fn there_is_one_way() {
        for (said, expected) in [
            (json!({}), "does not say one"),
            (json!({ "width": 1, "prefix": 1 }), "does not say one"),
            (json!({ "bands": [2, 1] }), "has `bands` that do not ascend"),
            (json!({ "bands": [1, 1] }), "has `bands` that do not ascend"),
            (json!({ "width": 0 }), "has a 0"),
        ] {
            assert!(level(said.clone()).unwrap_err().message.contains(expected), "{said}");
        }
    }
}
