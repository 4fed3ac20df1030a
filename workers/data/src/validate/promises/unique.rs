//! `unique`: no value is there twice, in whatever split. The first one keeps the promise.
//!
//! Hashes of all values say whether any may be there twice. Where some are, the rows are seen
//! again, and the values of those hashes are compared.

use std::collections::HashSet;

use ingot_protocol::Failure;
use ingot_tables::source::typed::Keys;

use super::super::breaches::{ColumnFindings, Terms};
use super::super::repeats::{Hashes, hash};
use super::super::tally::Tally;
use super::row_wise::rows;
use super::{Judges, Promise, Promising, Values};

pub(super) fn of<'a>(column: &Promising<'a>) -> Result<Judges<'a>, Failure> {
    if !column.promises.is_unique() {
        return Ok(Vec::new());
    }
    let terms = Terms::of(column.promises.unique.as_ref(), column.promises);
    let (hashes, repeated, seen) = (Hashes::default(), HashSet::new(), Keys::default());
    Ok(vec![Box::new(Unique { terms, hashes, repeated, seen, tally: terms.tally() })])
}

struct Unique {
    terms: Terms,
    hashes: Hashes,
    /// Hashes that came twice.
    repeated: HashSet<u64>,
    /// Values of those hashes.
    seen: Keys,
    tally: Tally,
}

impl Promise for Unique {
    fn take(&mut self, values: &Values<'_>) -> Result<(), Failure> {
        let mut hashes = Vec::with_capacity(values.array.len());
        rows(values.array, |value| {
            hashes.push(hash(value));
            false
        });
        self.hashes.extend(hashes.into_iter())
    }

    fn asks_again(&mut self) -> Result<bool, Failure> {
        self.repeated = std::mem::take(&mut self.hashes).repeated()?;
        Ok(!self.repeated.is_empty())
    }

    fn again(&mut self, values: &Values<'_>) {
        let Self { repeated, seen, .. } = self;
        let twice =
            rows(values.array, |value| repeated.contains(&hash(value)) && !seen.insert(value));
        self.tally.add(values.at, &twice, |row| values.text(row));
    }

    fn tell(self: Box<Self>, told: &mut ColumnFindings<'_>) {
        told.broken("unique", self.terms, ("D0308", "there twice"), self.tally);
    }
}
