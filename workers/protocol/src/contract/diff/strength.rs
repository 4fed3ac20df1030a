//! Whether a promise says more than another one. Pure.

use std::cmp::Ordering;

use crate::contract::Consequence;

/// What became of a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strength {
    /// It is as it was.
    Same,
    /// What keeps it kept the old one.
    Stricter,
    /// What kept the old one keeps it, and more does.
    Weaker,
    /// Neither.
    Other,
}

impl Strength {
    /// Of two changes of one promise.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Same, both) | (both, Self::Same) => both,
            (one, other) if one == other => one,
            _ => Self::Other,
        }
    }
}

/// Of a lower bound: more is stricter, and none is the weakest.
pub(super) fn more<T: PartialOrd>(old: Option<T>, new: Option<T>) -> Strength {
    bound(old, new, |old, new| new.partial_cmp(old))
}

/// Of an upper bound: less is stricter, and none is the weakest.
pub(super) fn less<T: PartialOrd>(old: Option<T>, new: Option<T>) -> Strength {
    bound(old, new, |old, new| old.partial_cmp(new))
}

/// Of a bound, by how much stricter the new one is.
pub(super) fn bound<T>(
    old: Option<T>,
    new: Option<T>,
    stricter: impl Fn(&T, &T) -> Option<Ordering>,
) -> Strength {
    match (old, new) {
        (None, None) => Strength::Same,
        (None, Some(_)) => Strength::Stricter,
        (Some(_), None) => Strength::Weaker,
        (Some(old), Some(new)) => match stricter(&old, &new) {
            Some(Ordering::Equal) => Strength::Same,
            Some(Ordering::Greater) => Strength::Stricter,
            Some(Ordering::Less) => Strength::Weaker,
            None => Strength::Other,
        },
    }
}

/// Of what follows from a broken promise: an error, or rows that are taken out, keep what
/// breaks it from who reads the data.
pub(super) fn consequence(old: Consequence, new: Consequence) -> Strength {
    let holds = |one| matches!(one, Consequence::Error | Consequence::Quarantine);
    match (holds(old), holds(new)) {
        (true, false) => Strength::Weaker,
        (false, true) => Strength::Stricter,
        _ => Strength::Same,
    }
}
