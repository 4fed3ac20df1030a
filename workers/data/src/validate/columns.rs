//! One column: its cells in a type, its promises judged. Pure.
//!
//! Invariant: a promise is judged on the values that are written, never on the text that
//! they had and never through another type.

use std::cmp::Ordering;
use std::collections::HashSet;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::compute::nullif;
use arrow::datatypes::{DataType as ArrowType, Float64Type};
use ingot_protocol::contract::{Bound, ColumnPromises, Nan};
use ingot_protocol::{Failure, Finding, Severity};
use ingot_tables::dataset::{DataType, Role};
use ingot_tables::source::natural::{Values, natural};
use ingot_tables::source::typed::{Key, Typed, key, typed};
use ingot_tables::source::{Places, SourceColumn};

use super::contract::{data_type, role};
use super::set::allowed;
use super::{Splits, of_split, shares};

/// Most rows that a finding names.
const EXAMPLES: usize = 5;
/// Most characters of a value in a message.
const SHOWN: usize = 40;

/// A column that was checked.
pub(super) struct Checked {
    pub(super) data_type: DataType,
    pub(super) array: ArrayRef, // (rows)
    /// The rows without a value.
    pub(super) nulls: Vec<usize>,
    /// The values of a set, as the names of classes.
    pub(super) classes: Option<Vec<String>>,
    pub(super) findings: Vec<Finding>,
}

/// A finding about rows of a column; never one of its values where it is personal.
pub(super) fn finding(
    code: &str,
    severity: Severity,
    column: &str,
    message: String,
    rows: &[usize],
) -> Finding {
    Finding {
        severity,
        code: code.to_owned(),
        message,
        column: Some(column.to_owned()),
        metric: None,
        rows: Some(rows.len() as u64),
        examples: rows.iter().take(EXAMPLES).map(|&row| row as u64).collect(),
    }
}

/// Types and checks a column; `is_number` where something else than its promises says so.
pub(super) fn check(
    column: &SourceColumn,
    promises: &ColumnPromises,
    (places, splits): (&Places, &Splits),
    is_number: bool,
) -> Result<Checked, Failure> {
    let known = match (is_number || promises.is_numeric(), promises.is_truth()) {
        (true, _) => Values::Numbers,
        (_, true) => Values::Truths,
        _ => Values::Any,
    };
    let said = data_type(promises);
    let data_type = match said {
        Some(data_type) => data_type,
        None => natural(column, known, places)?,
    };
    let mut told = ColumnFindings { column, promises, places, findings: Vec::new() };
    let Typed { array, misfits } = typed(&column.cells, data_type, said.is_none());
    told.rows("D0303", &format!("not of the type {data_type}"), &misfits);
    let array = not_a_number(array, &mut told)?;
    let nulls: Vec<usize> = (0..array.len()).filter(|&row| array.is_null(row)).collect();
    missing(&nulls, &misfits, splits, &mut told);
    bounds(&array, &mut told);
    let mut classes = None;
    if let Some(set) = promises.set() {
        let allowed = allowed(set, data_type);
        // What a NaN is was said before.
        let nan = Key::float(f64::NAN);
        let others = rows(&array, |value| value != nan && !allowed.contains(&value));
        told.rows("D0307", "not in the set", &others);
        classes = (role(promises) == Role::Label).then(|| allowed.iter().map(name).collect());
    }
    if promises.unique {
        let mut seen = HashSet::new();
        let twice = rows(&array, |value| !seen.insert(value));
        told.rows("D0308", "there twice", &twice);
    }
    let findings = told.findings;
    Ok(Checked { data_type, nulls, array, classes, findings })
}

/// The findings about one column.
struct ColumnFindings<'a> {
    column: &'a SourceColumn,
    promises: &'a ColumnPromises,
    places: &'a Places,
    findings: Vec<Finding>,
}

impl ColumnFindings<'_> {
    fn rows(&mut self, code: &str, what: &str, rows: &[usize]) {
        self.say(self.promises.severity, code, what, rows);
    }

    fn say(&mut self, severity: Severity, code: &str, what: &str, rows: &[usize]) {
        let Some(&first) = rows.first() else { return };
        let value = match role(self.promises) {
            Role::Personal => None,
            _ => self.column.cells.text(first),
        };
        let value = value.map(|value| value.chars().take(SHOWN).collect::<String>());
        let shown = match (value, self.places.of(first)) {
            (Some(value), Some(place)) => format!(", such as `{value}` in {place}"),
            (Some(value), None) => format!(", such as `{value}`"),
            (None, Some(place)) => format!(", such as in {place}"),
            (None, None) => String::new(),
        };
        let (name, count) = (&self.column.name, rows.len());
        let values = if count == 1 { "value" } else { "values" };
        let message = format!("`{name}`: {count} {values} {what}{shown}");
        self.findings.push(finding(code, severity, name, message, rows));
    }
}

/// Tells of values that are no numbers and of those without end; with `nan = "null"`
/// the former are missing from here on.
fn not_a_number(array: ArrayRef, told: &mut ColumnFindings<'_>) -> Result<ArrayRef, Failure> {
    if *array.data_type() != ArrowType::Float64 {
        return Ok(array);
    }
    let floats = array.as_primitive::<Float64Type>();
    let such = |is: fn(f64) -> bool| -> Vec<usize> {
        let rows = floats.iter().enumerate();
        rows.filter(|(_, value)| value.is_some_and(is)).map(|(row, _)| row).collect()
    };
    let promises = told.promises;
    let nan = such(f64::is_nan);
    match promises.nan() {
        Nan::Allow => {}
        Nan::Null => {
            let mask: BooleanArray =
                floats.iter().map(|value| value.map(|value| value.is_nan())).collect();
            return nullif(&array, &mask).map_err(|error| Failure::new("D0312", error.to_string()));
        }
        Nan::Refuse => {
            let broken = promises.min.is_some()
                || promises.max.is_some()
                || promises.set.is_some()
                || !promises.nullable
                // A class, a group or a weight of that name would mean nothing.
                || !matches!(role(promises), Role::Feature | Role::Ignore);
            let severity = match broken {
                true => promises.severity,
                false => promises.severity.min(Severity::Warning),
            };
            let what = "NaN, which `nan = \"null\"` or `nan = \"allow\"` in the contract permits";
            told.say(severity, "D0317", what, &nan);
        }
    }
    if promises.min.is_none() || promises.max.is_none() {
        let endless = such(f64::is_infinite);
        let severity = promises.severity.min(Severity::Warning);
        told.say(severity, "D0318", "infinite", &endless);
    }
    Ok(array)
}

fn missing(nulls: &[usize], misfits: &[usize], splits: &Splits, told: &mut ColumnFindings<'_>) {
    if !told.promises.nullable {
        let missing = nulls.iter().copied().filter(|row| misfits.binary_search(row).is_err());
        told.rows("D0304", "missing", &missing.collect::<Vec<_>>());
    }
    let Some(most) = told.promises.max_null_fraction.as_ref() else { return };
    let most = *most.get_ref();
    let mut first = 0;
    for ((split, share), (_, rows)) in shares(nulls, splits).into_iter().zip(splits) {
        let here: Vec<usize> =
            nulls.iter().copied().filter(|row| (first..first + rows).contains(row)).collect();
        first += rows;
        if share > most {
            let what = match of_split(splits, split).is_empty() {
                true => "missing, more than the contract allows".to_owned(),
                false => format!("of {split} missing, more than the contract allows"),
            };
            told.rows("D0305", &what, &here);
        }
    }
}

fn bounds(array: &ArrayRef, told: &mut ColumnFindings<'_>) {
    let promises = told.promises;
    let beyond = |bound: Bound, wrong: Ordering| {
        rows(array, |value| match value {
            Key::Whole(whole) => bound.of_whole(whole) == Some(wrong),
            Key::Float(bits) => bound.of_float(f64::from_bits(bits)) == Some(wrong),
            Key::Truth(_) | Key::Text(_) => false,
        })
    };
    if let Some(min) = &promises.min {
        let below = beyond(*min.get_ref(), Ordering::Less);
        told.rows("D0306", &format!("below {}", min.get_ref()), &below);
    }
    if let Some(max) = &promises.max {
        let above = beyond(*max.get_ref(), Ordering::Greater);
        told.rows("D0306", &format!("above {}", max.get_ref()), &above);
    }
    if role(promises) == Role::Weight {
        let negative = beyond(Bound::Whole(0), Ordering::Less);
        told.rows("D0306", "below 0, and a weight is not", &negative);
    }
}

/// The rows whose value is there and breaks something.
fn rows<'a>(array: &'a ArrayRef, mut broken: impl FnMut(Key<'a>) -> bool) -> Vec<usize> {
    (0..array.len()).filter(|&row| key(array, row).is_some_and(&mut broken)).collect()
}

/// A value as [`ingot_tables::dataset::labels`] names its class.
fn name(value: &Key<'_>) -> String {
    match value {
        Key::Whole(whole) => whole.to_string(),
        Key::Float(bits) => f64::from_bits(*bits).to_string(),
        Key::Truth(truth) => truth.to_string(),
        Key::Text(text) => (*text).to_owned(),
    }
}
