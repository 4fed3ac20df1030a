//! `newest`: the newest value of a column, in whatever split, is not before a date of the
//! contract. No clock is read.
//!
//! A time is a date, a timestamp, text as ISO 8601 writes it, or whole seconds since 1970.

use ingot_protocol::Failure;
use ingot_protocol::contract::Moment;
use ingot_tables::source::typed::Key;

use super::super::breaches::{ColumnFindings, Terms, finding, of_no_rows};
use super::super::tally::{Offenders, Tally};
use super::row_wise::rows;
use super::{Judges, Promise, Promising, Values};

const DAY: i64 = 86_400;
const MICROS: i64 = 1_000_000;

pub(super) fn of<'a>(column: &Promising<'a>) -> Result<Judges<'a>, Failure> {
    let Some(promise) = &column.promises.newest else { return Ok(Vec::new()) };
    let terms = Terms::of(Some(promise), column.promises);
    let (date, none) = (promise.value, Tally::default());
    Ok(vec![Box::new(Newest { date, terms, none, newest: None })])
}

struct Newest {
    date: Moment,
    terms: Terms,
    /// Values that are no times.
    none: Tally,
    /// The newest time, and the first row that has it.
    newest: Option<(Moment, Offenders)>,
}

impl Promise for Newest {
    fn take(&mut self, values: &Values<'_>) -> Result<(), Failure> {
        let mut times: Vec<Option<Moment>> = Vec::with_capacity(values.array.len());
        let there = rows(values.array, |value| {
            times.push(moment(value));
            true
        });
        let none: Vec<usize> =
            there.iter().zip(&times).filter(|(_, time)| time.is_none()).map(|(r, _)| *r).collect();
        self.none.add(values.at, &none, |row| values.text(row));
        let times = there.iter().zip(times).filter_map(|(row, time)| Some((time?, *row)));
        // The first row of those with the newest value.
        let Some((time, row)) = times.reduce(|best, other| match other.0 > best.0 {
            true => other,
            false => best,
        }) else {
            return Ok(());
        };
        if self.newest.as_ref().is_none_or(|(newest, _)| time > *newest) {
            let mut tally = Tally::default();
            tally.add(values.at, &[row], |row| values.text(row));
            self.newest = Some((time, tally.all()));
        }
        Ok(())
    }

    fn tell(self: Box<Self>, told: &mut ColumnFindings<'_>) {
        let Self { date, terms, none, newest } = *self;
        let severity = terms.severity();
        told.say(severity, "D0327", "no times", &none.all());
        let name = told.column;
        let stale = match newest {
            Some((newest, _)) if newest >= date => return,
            None => {
                let message = format!("`{name}`: no value is a time, so none is new enough");
                of_no_rows("D0328", severity, Some(name), message)
            }
            Some((_, found)) => {
                let value = found.shown.value.as_ref().map(|value| format!(" `{value}`"));
                let place = found.shown.place.as_ref().map(|place| format!(" in {place}"));
                let (value, place) = (value.unwrap_or_default(), place.unwrap_or_default());
                let message = format!(
                    "`{name}`: the newest value{value}{place} is before the date of the contract"
                );
                ingot_protocol::Finding {
                    rows: None,
                    ..finding("D0328", severity, Some(name), message, &found)
                }
            }
        };
        told.findings.push(stale);
    }
}

/// The point in time that a value is.
pub(crate) fn moment(value: Key<'_>) -> Option<Moment> {
    match value {
        Key::Date(days) => Some(Moment { seconds: i64::from(days) * DAY, nanoseconds: 0 }),
        Key::Timestamp(micros) => Some(Moment {
            seconds: micros.div_euclid(MICROS),
            nanoseconds: (micros.rem_euclid(MICROS) * 1_000) as u32,
        }),
        Key::Whole(seconds) => Some(Moment { seconds, nanoseconds: 0 }),
        Key::Text(text) => Moment::read(text),
        Key::Float(_) | Key::Truth(_) => None,
    }
}
