//! Whether a promise may be broken as its column says. Pure.

use std::ops::Range;

use super::{Contradiction, found};
use crate::contract::{ColumnPromises, Consequence, Promised};

/// What is the same of every promise.
struct About<'a> {
    name: &'static str,
    place: &'a Range<usize>,
    severity: Option<Consequence>,
    allow: f64,
    /// Whether a row breaks it; else the column does.
    of_rows: bool,
}

/// The first contradiction.
pub(super) fn contradiction(promises: &ColumnPromises) -> Contradiction {
    let each = [
        about("type", &promises.data_type, true),
        about("nullable", &promises.nullable, true),
        about("max_null_fraction", &promises.max_null_fraction, false),
        about("min", &promises.min, true),
        about("max", &promises.max, true),
        about("set", &promises.set, true),
        about("pattern", &promises.pattern, true),
        about("min_length", &promises.min_length, true),
        about("max_length", &promises.max_length, true),
        about("nan", &promises.nan, true),
        about("unique", &promises.unique, true),
        about("monotonic", &promises.monotonic, true),
        about("newest", &promises.newest, false),
        about("references", &promises.references, true),
    ];
    each.into_iter().flatten().find_map(|promise| {
        let About { name, place, severity, allow, of_rows } = promise;
        if let Some(found) = share(&format!("`{name}`"), allow, place) {
            return Some(found);
        }
        if of_rows {
            return None;
        }
        if severity == Some(Consequence::Quarantine) {
            let what = format!("`{name}` is of the column: no row breaks it");
            return found(place.clone(), what, "give it another severity");
        }
        if allow > 0.0 {
            let what = format!("`{name}` is of the column: no share of rows may break it");
            return found(place.clone(), what, "leave `allow` out");
        }
        None
    })
}

fn about<'a, T>(
    name: &'static str,
    promise: &'a Option<Promised<T>>,
    of_rows: bool,
) -> Option<About<'a>> {
    let Promised { place, severity, allow, .. } = promise.as_ref()?;
    Some(About { name, place, severity: *severity, allow: *allow, of_rows })
}

/// A share that is none.
pub(super) fn share(name: &str, allow: f64, place: &Range<usize>) -> Contradiction {
    match (0.0..=1.0).contains(&allow) {
        true => None,
        false => {
            let what = format!("`allow` of {name} is {allow}, and a share is in [0, 1]");
            found(place.clone(), what, "write a share, such as 0.01")
        }
    }
}
