//! [`ColumnCheck`]: one column, its promises judged. Pure.
//!
//! Invariant: a promise is judged on the values that are written, never on the text that
//! they had and never through another type.

use arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use arrow::datatypes::Float64Type;
use ingot_protocol::contract::{ColumnPromises, Nan};
use ingot_protocol::{Failure, Severity};
use ingot_tables::dataset::Role;
use ingot_tables::source::Cells;
use ingot_tables::source::typed::Typed;

use super::breaches::{ColumnFindings, Terms};
use super::contract::role;
use super::others::Others;
use super::promises::{self, Promise, Promising, Values};
use super::shape::Kept;
use super::tally::{At, Tally};

/// What checks a column.
pub(super) struct ColumnCheck<'a> {
    kept: &'a Kept<'a>,
    /// Cells that are not of the type.
    misfits: Tally,
    /// Values that are no numbers.
    nan: Tally,
    /// Values without end.
    endless: Tally,
    /// Rows without a value.
    pub(super) nulls: Tally,
    promises: Vec<Box<dyn Promise + 'a>>,
    /// Whether a promise has to see all rows again.
    asks_again: bool,
}

impl<'a> ColumnCheck<'a> {
    pub(super) fn new(kept: &'a Kept<'a>, others: &'a Others) -> Result<Self, Failure> {
        let promising = Promising { promises: kept.promises, data_type: kept.data_type, others };
        Ok(Self {
            kept,
            misfits: type_terms(kept.promises).tally(),
            nan: nan_terms(kept.promises).tally(),
            endless: Tally::default(),
            nulls: Tally::default(),
            promises: promises::of(&promising)?,
            asks_again: false,
        })
    }

    /// Takes in the next rows; the array as it is kept.
    pub(super) fn take(
        &mut self,
        cells: &Cells,
        Typed { array, misfits }: Typed,
        at: At<'_>,
    ) -> Result<ArrayRef, Failure> {
        let cells = (!self.kept.is_personal()).then_some(cells);
        let text = |row: usize| cells?.text(row);
        self.misfits.add(at, &misfits, text);
        if let Some(floats) = array.as_primitive_opt::<Float64Type>().filter(|f| !are_finite(f)) {
            let such = |is: fn(f64) -> bool| -> Vec<usize> {
                let rows = floats.iter().enumerate();
                rows.filter(|(_, value)| value.is_some_and(is)).map(|(row, _)| row).collect()
            };
            if self.kept.promises.nan() == Nan::Refuse {
                self.nan.add(at, &such(f64::is_nan), text);
            }
            if self.asks_ends() {
                self.endless.add(at, &such(f64::is_infinite), text);
            }
        }
        let array = self.kept.cleaned(array)?;
        let nulls = missing(&array);
        self.nulls.add(at, &nulls, |_| None);
        let values = Values { array: &array, misfits: &misfits, nulls: &nulls, cells, at };
        self.promises.iter_mut().try_for_each(|promise| promise.take(&values))?;
        Ok(array)
    }

    /// Whether infinite values are told: where a bound does not say what of them.
    fn asks_ends(&self) -> bool {
        self.kept.promises.nan() != Nan::Null
            && (self.kept.promises.min.is_none() || self.kept.promises.max.is_none())
    }

    /// Whether all rows have to be seen again.
    pub(super) fn asks_again(&mut self) -> Result<bool, Failure> {
        for promise in &mut self.promises {
            self.asks_again |= promise.asks_again()?;
        }
        Ok(self.asks_again)
    }

    /// Takes in the next rows of those that are seen again.
    pub(super) fn again(&mut self, cells: &Cells, array: &ArrayRef, at: At<'_>) {
        if !self.asks_again {
            return;
        }
        let cells = (!self.kept.is_personal()).then_some(cells);
        let values = Values { array, misfits: &[], nulls: &[], cells, at };
        self.promises.iter_mut().for_each(|promise| promise.again(&values));
    }

    /// Says what was broken.
    pub(super) fn tell(self, told: &mut ColumnFindings<'_>) {
        let promises = self.kept.promises;
        let what = format!("not of the type {}", self.kept.data_type);
        told.broken("type", type_terms(promises), ("D0303", &what), self.misfits);
        let terms = nan_terms(promises);
        let broken = promises.nan.is_some()
            || promises.min.is_some()
            || promises.max.is_some()
            || promises.set.is_some()
            || !promises.is_nullable()
            // A class, a group or a weight of that name would mean nothing.
            || !matches!(role(promises), Role::Feature | Role::Ignore);
        let what = "NaN, which `nan = \"null\"` or `nan = \"allow\"` in the contract permits";
        match broken {
            true => told.broken("nan", terms, ("D0317", what), self.nan),
            false => {
                let severity = terms.severity().min(Severity::Warning);
                told.say(severity, "D0317", what, &self.nan.all());
            }
        }
        let bound = promises.min.as_ref().or(promises.max.as_ref());
        let severity = Terms::of(bound, promises).severity().min(Severity::Warning);
        told.say(severity, "D0318", "infinite", &self.endless.all());
        self.promises.into_iter().for_each(|promise| promise.tell(told));
    }
}

fn type_terms(promises: &ColumnPromises) -> Terms {
    Terms::of(promises.data_type.as_ref(), promises)
}

fn nan_terms(promises: &ColumnPromises) -> Terms {
    Terms::of(promises.nan.as_ref(), promises)
}

/// Whether every value is finite, those behind a null too; looked at without a branch.
fn are_finite(floats: &Float64Array) -> bool {
    floats.values().iter().fold(true, |all, value| all & value.is_finite())
}

/// The rows without a value.
fn missing(array: &ArrayRef) -> Vec<usize> {
    match array.nulls().filter(|nulls| nulls.null_count() > 0) {
        None => Vec::new(),
        Some(nulls) => (0..array.len()).filter(|&row| nulls.is_null(row)).collect(),
    }
}
