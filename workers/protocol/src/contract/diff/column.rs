//! How the promises of one column differ. Pure.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt::Display;

use super::strength::{Strength, bound, consequence, less};
use super::{Change, arrow, told};
use crate::contract::{ColumnPromises, Distribution, Monotonic, Nan, Promised};

/// What has changed of a column.
pub(super) fn changes(
    about: &str,
    old: &ColumnPromises,
    new: &ColumnPromises,
    changes: &mut Vec<Change>,
) {
    let both = Both { about, old, new };
    if old.role() != new.role() {
        let what = format!("{} -> {}", old.role(), new.role());
        told(about, "role", Strength::Other, what, changes);
    }
    let types = |column: &ColumnPromises| column.data_type().map(str::to_owned);
    let (one, other) = (types(old), types(new));
    let strength = match (&one, &other) {
        (Some(one), Some(other)) if one != other => Strength::Other,
        (one, other) => bound(one.as_ref(), other.as_ref(), |_, _| Some(Ordering::Equal)),
    };
    let terms = both.terms(&old.data_type, &new.data_type);
    told(about, "type", strength.and(terms), arrow(one, other), changes);
    let (before, after) = (!old.is_nullable(), !new.is_nullable());
    both.is(("nullable", &old.nullable, &new.nullable), kept(before, after), changes);
    both.upper("max_null_fraction", &old.max_null_fraction, &new.max_null_fraction, changes);
    both.bounds(changes);
    both.upper("max_length", &old.max_length, &new.max_length, changes);
    let lower = both.strength(&old.min_length, &new.min_length, |old, new| new.partial_cmp(old));
    both.say("min_length", (&old.min_length, &new.min_length), lower, changes);
    set(&both, changes);
    let same = both.strength(&old.pattern, &new.pattern, equal);
    both.say("pattern", (&old.pattern, &new.pattern), same, changes);
    both.is(("nan", &old.nan, &new.nan), nan(old.nan(), new.nan()), changes);
    let (before, after) = (old.is_unique(), new.is_unique());
    both.is(("unique", &old.unique, &new.unique), kept(before, after), changes);
    let order = both.strength(&old.monotonic, &new.monotonic, monotonic);
    let name = |promise: &Option<Promised<Monotonic>>| promise.as_ref().map(|one| one.value.name());
    told(about, "monotonic", order, arrow(name(&old.monotonic), name(&new.monotonic)), changes);
    let newer = both.strength(&old.newest, &new.newest, |old, new| new.partial_cmp(old));
    told(about, "newest", newer, "another date".to_owned(), changes);
    let same = both.strength(&old.references, &new.references, equal);
    both.say("references", (&old.references, &new.references), same, changes);
    distribution(about, old, new, changes);
}

/// A column before and after.
struct Both<'a> {
    about: &'a str,
    old: &'a ColumnPromises,
    new: &'a ColumnPromises,
}

type Pair<'a, T> = (&'a Option<Promised<T>>, &'a Option<Promised<T>>);

impl Both<'_> {
    /// What became of the severity and of the rows that may break a promise which stays.
    fn terms<T>(&self, old: &Option<Promised<T>>, new: &Option<Promised<T>>) -> Strength {
        let of = |promise: &Option<Promised<T>>, column: &ColumnPromises| match promise {
            Some(promise) => (promise.consequence(column.severity), promise.allow),
            None => (column.severity, 0.0),
        };
        let (one, other) = (of(old, self.old), of(new, self.new));
        consequence(one.0, other.0).and(less(Some(one.1), Some(other.1)))
    }

    fn strength<T>(
        &self,
        old: &Option<Promised<T>>,
        new: &Option<Promised<T>>,
        stricter: impl Fn(&T, &T) -> Option<Ordering>,
    ) -> Strength {
        let value = |promise| Option::as_ref(promise).map(|one: &Promised<T>| &one.value);
        let found = bound(value(old), value(new), |old, new| stricter(old, new));
        match (old, new) {
            (Some(_), Some(_)) => found.and(self.terms(old, new)),
            _ => found,
        }
    }

    fn say<T: Display>(
        &self,
        key: &str,
        (old, new): Pair<'_, T>,
        strength: Strength,
        changes: &mut Vec<Change>,
    ) {
        let value = |promise: &Option<Promised<T>>| {
            let promise = promise.as_ref()?;
            let severity = promise.severity.map(|severity| format!(" ({})", severity.name()));
            Some(format!("{}{}", promise.value, severity.unwrap_or_default()))
        };
        told(self.about, key, strength, arrow(value(old), value(new)), changes);
    }

    fn upper<T: PartialOrd + Display>(
        &self,
        key: &str,
        old: &Option<Promised<T>>,
        new: &Option<Promised<T>>,
        changes: &mut Vec<Change>,
    ) {
        let strength = self.strength(old, new, |old, new| old.partial_cmp(new));
        self.say(key, (old, new), strength, changes);
    }

    fn bounds(&self, changes: &mut Vec<Change>) {
        let (old, new) = (self.old, self.new);
        let lower = self.strength(&old.min, &new.min, |old, new| new.to(*old));
        self.say("min", (&old.min, &new.min), lower, changes);
        let upper = self.strength(&old.max, &new.max, |old, new| old.to(*new));
        self.say("max", (&old.max, &new.max), upper, changes);
    }

    /// A promise that is there without being written.
    fn is<T>(
        &self,
        (key, old, new): (&str, &Option<Promised<T>>, &Option<Promised<T>>),
        found: Option<(Strength, &str)>,
        changes: &mut Vec<Change>,
    ) {
        let (strength, what) =
            found.unwrap_or_else(|| (self.terms(old, new), "its severity or `allow`"));
        told(self.about, key, strength, what.to_owned(), changes);
    }
}

/// What became of a promise that may be there; nothing where it stays.
fn kept(old: bool, new: bool) -> Option<(Strength, &'static str)> {
    match (old, new) {
        (true, false) => Some((Strength::Weaker, "no longer promised")),
        (false, true) => Some((Strength::Stricter, "promised from here on")),
        (false, false) => Some((Strength::Same, "")),
        (true, true) => None,
    }
}

fn nan(old: Nan, new: Nan) -> Option<(Strength, &'static str)> {
    match (old, new) {
        (Nan::Refuse, Nan::Refuse) => None,
        (old, new) if old == new => Some((Strength::Same, "")),
        (_, Nan::Refuse) => Some((Strength::Stricter, "refused from here on")),
        (_, Nan::Allow) => Some((Strength::Weaker, "allowed from here on")),
        (_, Nan::Null) => Some((Strength::Other, "missing values from here on")),
    }
}

fn equal<T: PartialEq>(old: &T, new: &T) -> Option<Ordering> {
    (old == new).then_some(Ordering::Equal)
}

/// A strict order is stricter than the other of its direction.
fn monotonic(old: &Monotonic, new: &Monotonic) -> Option<Ordering> {
    use Monotonic::{Decreasing, Increasing, StrictlyDecreasing, StrictlyIncreasing};
    match (old, new) {
        (old, new) if old == new => Some(Ordering::Equal),
        (Increasing, StrictlyIncreasing) | (Decreasing, StrictlyDecreasing) => {
            Some(Ordering::Greater)
        }
        (StrictlyIncreasing, Increasing) | (StrictlyDecreasing, Decreasing) => Some(Ordering::Less),
        _ => None,
    }
}

fn set(both: &Both<'_>, changes: &mut Vec<Change>) {
    let values = |column: &ColumnPromises| -> Option<BTreeSet<String>> {
        Some(column.set()?.iter().map(ToString::to_string).collect())
    };
    let (old, new) = (values(both.old), values(both.new));
    let none = BTreeSet::new();
    let (before, after) = (old.as_ref().unwrap_or(&none), new.as_ref().unwrap_or(&none));
    let listed = |one: &BTreeSet<String>, other: &BTreeSet<String>| -> Vec<String> {
        one.difference(other).cloned().collect()
    };
    let (gone, come) = (listed(before, after), listed(after, before));
    let strength = both.strength(&both.old.set, &both.new.set, |_, _| {
        match (gone.is_empty(), come.is_empty()) {
            (true, true) => Some(Ordering::Equal),
            (false, true) => Some(Ordering::Greater),
            (true, false) => Some(Ordering::Less),
            (false, false) => None,
        }
    });
    let what = match (&old, &new) {
        (None, _) => format!("promised from here on: {}", come.join(", ")),
        (_, None) => "no longer promised".to_owned(),
        _ if gone.is_empty() && come.is_empty() => "its severity or `allow`".to_owned(),
        _ if gone.is_empty() => format!("{} came", come.join(", ")),
        _ if come.is_empty() => format!("{} went", gone.join(", ")),
        _ => format!("{} came, {} went", come.join(", "), gone.join(", ")),
    };
    told(both.about, "set", strength, what, changes);
}

fn distribution(
    about: &str,
    old: &ColumnPromises,
    new: &ColumnPromises,
    changes: &mut Vec<Change>,
) {
    let of = |column: &ColumnPromises| {
        let promise: &Distribution = column.distribution.as_ref()?.get_ref();
        let severity = promise.severity.as_ref().map(|severity| *severity.get_ref());
        let test = promise.test.as_ref().map(|test| test.get_ref().name());
        let of_what = (promise.reference.get_ref().clone(), test);
        Some((of_what, promise.max(), promise.alpha(), severity.unwrap_or(column.severity)))
    };
    let strength = match (of(old), of(new)) {
        (Some(old), Some(new)) => {
            let same = if old.0 == new.0 { Strength::Same } else { Strength::Other };
            // A larger alpha tells more often.
            let alpha = super::more(old.2, new.2);
            same.and(less(old.1, new.1)).and(alpha).and(consequence(old.3, new.3))
        }
        (old, new) => bound(old, new, |_, _| None),
    };
    told(about, "distribution", strength, "another promise, or none".to_owned(), changes);
}
