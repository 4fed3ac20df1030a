//! `newest`: the newest value of a column, in whatever split, is not before a date of the
//! contract. No clock is read.
//!
//! A time is text as ISO 8601 writes it, or whole seconds since 1970.

use arrow::array::Array;
use ingot_protocol::contract::Moment;
use ingot_protocol::{Failure, Finding};
use ingot_tables::dataset::Role;
use ingot_tables::source::typed::{Key, key};

use super::super::breaches::{Breaches, Terms, finding};
use super::super::contract::role;
use super::Judged;

pub(super) fn judge(column: &Judged<'_>, told: &mut Breaches<'_>) -> Result<(), Failure> {
    let Some(promise) = &column.promises.newest else { return Ok(()) };
    let terms = Terms::of(Some(promise), column.promises);
    let none = column.rows(|value| moment(value).is_none());
    told.say(terms.severity(), "D0327", "no times", &none);
    let times =
        (0..column.array.len()).filter_map(|row| Some((moment(key(column.array, row)?)?, row)));
    // The first row of those with the newest value.
    let newest = times.reduce(|best, other| if other.0 > best.0 { other } else { best });
    let name = &told.column.name;
    let (message, rows) = match newest {
        Some((newest, _)) if newest >= promise.value => return Ok(()),
        None => (format!("`{name}`: no value is a time, so none is new enough"), None),
        Some((_, row)) => {
            let value = match role(column.promises) {
                Role::Personal => None,
                _ => told.column.cells.text(row),
            };
            let value = value.map(|value| format!(" `{value}`")).unwrap_or_default();
            let place = told.places.of(row).map(|place| format!(" in {place}"));
            let place = place.unwrap_or_default();
            let message = format!(
                "`{name}`: the newest value{value}{place} is before the date of the contract"
            );
            (message, Some(row))
        }
    };
    let rows: Vec<usize> = rows.into_iter().collect();
    let stale = finding("D0328", terms.severity(), Some(name), message, &rows);
    told.findings.push(Finding { rows: None, ..stale });
    Ok(())
}

fn moment(value: Key<'_>) -> Option<Moment> {
    match value {
        Key::Whole(seconds) => Some(Moment { seconds, nanoseconds: 0 }),
        Key::Text(text) => Moment::read(text),
        Key::Float(_) | Key::Truth(_) => None,
    }
}
