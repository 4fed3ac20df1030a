//! [`Value`]: what an expression is for each row of a slice, and what it could not be.
//!
//! Invariant: a float array has neither a negative zero nor a NaN but the one of
//! `f64::NAN`, so that Arrow's order of all floats is the order of SQL.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Datum, Float64Array, Scalar, UInt32Array, new_null_array,
};
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Float64Type};
use ingot_protocol::contract::sql::Type;

use super::RuleError;

/// Why a value could not be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A whole number was divided by zero.
    DivisionByZero,
    /// A whole number beyond 64 bits.
    Overflow,
    /// A value that is none of the type it was cast to.
    Cast(Type),
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DivisionByZero => formatter.write_str("a whole number is divided by zero"),
            Self::Overflow => formatter.write_str("a whole number leaves 64 bits"),
            Self::Cast(data_type) => {
                write!(formatter, "a value cannot be cast to {}", data_type.name())
            }
        }
    }
}

/// Faults by row.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults(BTreeMap<usize, Fault>);

impl Faults {
    pub(super) fn insert(&mut self, row: usize, fault: Fault) {
        self.0.entry(row).or_insert(fault);
    }

    pub(super) fn get(&self, row: usize) -> Option<Fault> {
        self.0.get(&row).copied()
    }

    pub(super) fn holds(&self, row: usize) -> bool {
        !self.0.is_empty() && self.0.contains_key(&row)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn first(&self) -> Option<(usize, Fault)> {
        self.iter().next()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, Fault)> + '_ {
        self.0.iter().map(|(row, fault)| (*row, *fault))
    }
}

/// What an expression is for each row.
#[derive(Debug, Clone)]
pub(super) struct Value {
    /// One a row, or a single one for all of them.
    pub(super) values: ArrayRef, // (rows), or (1)
    pub(super) is_one: bool,
    pub(super) faults: Faults,
}

impl Value {
    /// One a row.
    pub(super) fn each(values: ArrayRef) -> Self {
        Self { values, is_one: false, faults: Faults::default() }
    }

    /// The same for every row.
    pub(super) fn one(values: ArrayRef) -> Self {
        Self { values, is_one: true, faults: Faults::default() }
    }

    /// Where the value of a row stands.
    pub(super) fn at(&self, row: usize) -> usize {
        if self.is_one { 0 } else { row }
    }

    /// The fault of a row.
    pub(super) fn fault(&self, row: usize) -> Option<Fault> {
        self.faults.get(self.at(row))
    }

    /// The truth value of a row.
    pub(super) fn truth(&self, row: usize) -> Result<Option<bool>, RuleError> {
        if *self.values.data_type() == DataType::Null {
            return Ok(None);
        }
        let truths = self.values.as_boolean_opt().ok_or_else(|| self.wrong("a condition"))?;
        let at = self.at(row);
        Ok((at < truths.len() && truths.is_valid(at)).then(|| truths.value(at)))
    }

    /// As an operand of a kernel, beside one that has a value a row.
    pub(super) fn datum(&self, is_one: bool) -> Box<dyn Datum> {
        match self.is_one && !is_one {
            true => Box::new(Scalar::new(Arc::clone(&self.values))),
            false => Box::new(Arc::clone(&self.values)),
        }
    }

    /// With a value for each of so many rows. One without a type is a truth value.
    pub(super) fn expanded(self, rows: usize) -> Result<Self, RuleError> {
        let this = match self.values.data_type() {
            DataType::Null => self.of_type(&DataType::Boolean)?,
            _ => self,
        };
        if !this.is_one {
            return Ok(this);
        }
        let faults = spread(&[&this], false, rows);
        let values = take(&this.values, &UInt32Array::from(vec![0; rows]), None)?;
        Ok(Self { values, is_one: false, faults })
    }

    /// In a type: whole numbers become the nearest floats, and what has no type gets one.
    pub(super) fn of_type(self, data_type: &DataType) -> Result<Self, RuleError> {
        let values = match (self.values.data_type(), data_type) {
            (found, wanted) if found == wanted => return Ok(self),
            (DataType::Null, _) => new_null_array(data_type, self.values.len()),
            (DataType::Int64, DataType::Float64) => cast(&self.values, data_type)?,
            _ => return Err(self.wrong("values of one type")),
        };
        Ok(Self { values, ..self })
    }

    pub(super) fn wrong(&self, what: &'static str) -> RuleError {
        RuleError::Types { what, types: self.values.data_type().to_string() }
    }
}

/// Values in the type that they have in common; truth values where none of them has one.
pub(super) fn common(values: Vec<Value>) -> Result<Vec<Value>, RuleError> {
    let mut data_type = DataType::Null;
    for value in &values {
        data_type = match (&data_type, value.values.data_type()) {
            (DataType::Null, found) => found.clone(),
            (DataType::Int64, DataType::Float64) => DataType::Float64,
            _ => data_type,
        };
    }
    if data_type == DataType::Null {
        data_type = DataType::Boolean;
    }
    values.into_iter().map(|value| value.of_type(&data_type)).collect()
}

/// The faults of operands, each of which is needed. A fault of what is the same for every
/// row is one of every row.
pub(super) fn spread(operands: &[&Value], is_one: bool, rows: usize) -> Faults {
    let mut faults = Faults::default();
    for operand in operands.iter().filter(|operand| !operand.faults.is_empty()) {
        match (operand.is_one && !is_one, operand.faults.first()) {
            (true, Some((_, fault))) => (0..rows).for_each(|row| faults.insert(row, fault)),
            _ => operand.faults.iter().for_each(|(row, fault)| faults.insert(row, fault)),
        }
    }
    faults
}

/// A float of the order of SQL: one zero, one NaN.
pub(super) fn plain(float: f64) -> f64 {
    if float.is_nan() { f64::NAN } else { float + 0.0 }
}

/// Floats of the order of SQL.
pub(super) fn plain_floats(values: &ArrayRef) -> ArrayRef {
    let floats = values.as_primitive::<Float64Type>();
    let is_other = |float: &f64| float.is_nan() || (*float == 0.0 && float.is_sign_negative());
    match floats.values().iter().any(is_other) {
        true => Arc::new(floats.unary::<_, Float64Type>(plain)) as ArrayRef,
        false => Arc::clone(values),
    }
}

/// An array of floats of the order of SQL.
pub(super) fn floats(values: Float64Array) -> ArrayRef {
    plain_floats(&(Arc::new(values) as ArrayRef))
}
