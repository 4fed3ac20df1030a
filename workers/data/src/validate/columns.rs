//! One column: its cells in a type, its promises judged. Pure.
//!
//! Invariant: a promise is judged on the values that are written, never on the text that
//! they had and never through another type.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::compute::nullif;
use arrow::datatypes::{DataType as ArrowType, Float64Type};
use ingot_protocol::contract::{ColumnPromises, Nan};
use ingot_protocol::{Failure, Finding, Severity};
use ingot_tables::dataset::{DataType, Role};
use ingot_tables::source::natural::{Values, natural};
use ingot_tables::source::typed::{Key, Typed, typed};
use ingot_tables::source::{Places, SourceColumn};

use super::breaches::{Breaches, Taken, Terms};
use super::contract::{data_type, role};
use super::others::Others;
use super::promises::set::allowed;
use super::promises::{Judged, judge};
use super::splits::Splits;

/// A column that was checked.
pub(super) struct Checked {
    pub(super) data_type: DataType,
    pub(super) array: ArrayRef, // (rows)
    /// The rows without a value.
    pub(super) nulls: Vec<usize>,
    /// The values of a set, as the names of classes.
    pub(super) classes: Option<Vec<String>>,
    pub(super) findings: Vec<Finding>,
    /// What is allowed: said, and no finding.
    pub(super) said: Vec<Finding>,
    pub(super) taken: Vec<Taken>,
}

/// What stands beside a column.
pub(super) struct Beside<'a> {
    pub(super) places: &'a Places,
    pub(super) splits: &'a Splits,
    pub(super) others: &'a Others,
}

/// Types and checks a column; `is_number` where something else than its promises says so.
pub(super) fn check(
    column: &SourceColumn,
    promises: &ColumnPromises,
    beside: &Beside<'_>,
    is_number: bool,
) -> Result<Checked, Failure> {
    let known = match (is_number || promises.is_numeric(), promises.is_truth()) {
        (true, _) => Values::Numbers,
        (_, true) => Values::Truths,
        _ => Values::Any,
    };
    let text = promises.is_text().then_some(DataType::Utf8);
    let said = data_type(promises).or(text);
    let data_type = match said {
        Some(data_type) => data_type,
        None => natural(column, known, beside.places)?,
    };
    let mut told = Breaches {
        column,
        promises,
        places: beside.places,
        splits: beside.splits,
        findings: Vec::new(),
        said: Vec::new(),
        taken: Vec::new(),
    };
    let Typed { array, misfits } = typed(&column.cells, data_type, said.is_none());
    let terms = Terms::of(promises.data_type.as_ref(), promises);
    let what = format!("not of the type {data_type}");
    told.broken("type", terms, ("D0303", &what), &misfits);
    let array = not_a_number(array, &mut told)?;
    let nulls: Vec<usize> = (0..array.len()).filter(|&row| array.is_null(row)).collect();
    let judged = Judged {
        promises,
        data_type,
        array: &array,
        misfits: &misfits,
        nulls: &nulls,
        splits: beside.splits,
        others: beside.others,
    };
    judge(&judged, &mut told)?;
    let Breaches { findings, said, taken, .. } = told;
    let classes = promises.set().filter(|_| role(promises) == Role::Label);
    let classes = classes.map(|set| allowed(set, data_type).iter().map(name).collect());
    Ok(Checked { data_type, array, nulls, classes, findings, said, taken })
}

/// Tells of values that are no numbers and of those without end; with `nan = "null"`
/// the former are missing from here on.
fn not_a_number(array: ArrayRef, told: &mut Breaches<'_>) -> Result<ArrayRef, Failure> {
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
    let terms = Terms::of(promises.nan.as_ref(), promises);
    match promises.nan() {
        Nan::Allow => {}
        Nan::Null => {
            let mask: BooleanArray =
                floats.iter().map(|value| value.map(|value| value.is_nan())).collect();
            return nullif(&array, &mask).map_err(|error| Failure::new("D0312", error.to_string()));
        }
        Nan::Refuse => {
            let broken = promises.nan.is_some()
                || promises.min.is_some()
                || promises.max.is_some()
                || promises.set.is_some()
                || !promises.is_nullable()
                // A class, a group or a weight of that name would mean nothing.
                || !matches!(role(promises), Role::Feature | Role::Ignore);
            let what = "NaN, which `nan = \"null\"` or `nan = \"allow\"` in the contract permits";
            match broken {
                true => told.broken("nan", terms, ("D0317", what), &nan),
                false => told.say(terms.severity().min(Severity::Warning), "D0317", what, &nan),
            }
        }
    }
    if promises.min.is_none() || promises.max.is_none() {
        let endless = such(f64::is_infinite);
        let severity = Terms::of(promises.min.as_ref().or(promises.max.as_ref()), promises);
        told.say(severity.severity().min(Severity::Warning), "D0318", "infinite", &endless);
    }
    Ok(array)
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
