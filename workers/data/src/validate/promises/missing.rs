//! `nullable` and `max_null_fraction`: which values may be missing, and how many. The latter
//! is judged for each split.

use ingot_protocol::{Failure, Severity};

use super::super::breaches::{ColumnFindings, Terms};
use super::super::splits::{each, of_split};
use super::super::tally::Tally;
use super::{Judges, Promise, Promising, Values};

pub(super) fn of<'a>(column: &Promising<'a>) -> Result<Judges<'a>, Failure> {
    let promises = column.promises;
    let mut judges: Judges<'a> = Vec::new();
    if !promises.is_nullable() {
        let terms = Terms::of(promises.nullable.as_ref(), promises);
        judges.push(Box::new(Nullable { terms, tally: terms.tally() }));
    }
    if let Some(most) = &promises.max_null_fraction {
        let severity = Terms::of(Some(most), promises).severity();
        judges.push(Box::new(Share { most: most.value, severity, tally: Tally::default() }));
    }
    Ok(judges)
}

struct Nullable {
    terms: Terms,
    tally: Tally,
}

impl Promise for Nullable {
    fn take(&mut self, values: &Values<'_>) -> Result<(), Failure> {
        // What is not of its type was told as that.
        let missing = values.nulls.iter().copied();
        let missing = missing.filter(|row| values.misfits.binary_search(row).is_err());
        let missing: Vec<usize> = missing.collect();
        self.tally.add(values.at, &missing, |row| values.text(row));
        Ok(())
    }

    fn tell(self: Box<Self>, told: &mut ColumnFindings<'_>) {
        told.broken("nullable", self.terms, ("D0304", "missing"), self.tally);
    }
}

struct Share {
    most: f64,
    severity: Severity,
    tally: Tally,
}

impl Promise for Share {
    fn take(&mut self, values: &Values<'_>) -> Result<(), Failure> {
        self.tally.add(values.at, values.nulls, |row| values.text(row));
        Ok(())
    }

    fn tell(self: Box<Self>, told: &mut ColumnFindings<'_>) {
        for (number, (split, range)) in each(told.splits).enumerate() {
            let here = self.tally.of(number);
            if here.rows as f64 / range.len().max(1) as f64 > self.most {
                let what = match of_split(told.splits, split).is_empty() {
                    true => "missing, more than the contract allows".to_owned(),
                    false => format!("of {split} missing, more than the contract allows"),
                };
                told.say(self.severity, "D0305", &what, &here);
            }
        }
    }
}
