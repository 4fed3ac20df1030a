//! [`Tally`]: rows that break something, counted as they are come upon.
//!
//! Pure. Invariant: what is held is a few rows a split, and where rows are taken out a set of
//! them that takes a bit a row at the most.

use std::ops::Range;

use ingot_tables::source::Places;
use roaring::RoaringTreemap;

use super::splits::{Splits, each};

/// Most rows that a finding names.
const EXAMPLES: usize = 5;
/// Most characters of a value in a message.
const SHOWN: usize = 40;

/// Where rows that stand one behind the other begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct At<'a> {
    /// The number of their split.
    pub(super) split: usize,
    /// The number of the first in the table.
    pub(super) first: usize,
    pub(super) places: &'a Places,
}

/// Rows of the table, those of each split apart.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    splits: Vec<Offenders>,
    /// Whether the rows themselves are kept.
    takes: bool,
}

/// Rows that were found.
#[derive(Debug, Clone, Default)]
pub(super) struct Offenders {
    /// How many.
    pub(super) rows: u64,
    /// The first of them.
    pub(super) examples: Vec<u64>,
    /// What is told of the first one.
    pub(super) shown: Shown,
    /// All of them, where they are taken out.
    pub(super) taken: RoaringTreemap,
}

/// A value, where it may be told, and where it stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Shown {
    pub(super) value: Option<String>,
    pub(super) place: Option<String>,
}

/// Rows that a promise takes out of the data.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    /// The key of the promise, or the name of the rule.
    pub(super) rule: String,
    /// The column whose promise it is; nothing of a rule.
    pub(super) column: Option<String>,
    pub(super) rows: RoaringTreemap,
}

impl Tally {
    /// Of no rows; `takes` where they are taken out of the data.
    pub(super) fn new(takes: bool) -> Self {
        Self { splits: Vec::new(), takes }
    }

    /// Takes in rows, counted from where these begin, sorted; `value` is what may be told of
    /// one.
    pub(super) fn add(
        &mut self,
        at: At<'_>,
        rows: &[usize],
        value: impl FnOnce(usize) -> Option<String>,
    ) {
        let Some(&first) = rows.first() else { return };
        if self.splits.len() <= at.split {
            self.splits.resize(at.split + 1, Offenders::default());
        }
        let Some(found) = self.splits.get_mut(at.split) else { return };
        if found.rows == 0 {
            let value = value(first).map(|value| value.chars().take(SHOWN).collect());
            found.shown = Shown { value, place: at.places.of(first) };
        }
        found.rows += rows.len() as u64;
        let row = |row: &usize| (at.first + row) as u64;
        found.examples.extend(rows.iter().take(EXAMPLES - found.examples.len()).map(row));
        if self.takes {
            found.taken.extend(rows.iter().map(row));
        }
    }

    /// How many rows of a split there are.
    pub(super) fn rows(&self, split: usize) -> u64 {
        self.splits.get(split).map_or(0, |found| found.rows)
    }

    /// Those of one split.
    pub(super) fn of(&self, split: usize) -> Offenders {
        self.splits.get(split).cloned().unwrap_or_default()
    }

    /// All of them.
    pub(super) fn all(self) -> Offenders {
        self.splits.into_iter().fold(Offenders::default(), Offenders::and)
    }

    /// Those of the splits of which they are a larger share than this, and the other ones.
    pub(super) fn over(self, allow: f64, splits: &Splits) -> (Offenders, Offenders) {
        let (mut over, mut within) = (Offenders::default(), Offenders::default());
        for (found, (_, range)) in self.splits.into_iter().zip(each(splits)) {
            let share = found.rows as f64 / range.len().max(1) as f64;
            let side = if allow == 0.0 || share > allow { &mut over } else { &mut within };
            *side = std::mem::take(side).and(found);
        }
        (over, within)
    }
}

impl Offenders {
    pub(super) fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// These rows, and those behind them.
    fn and(mut self, other: Self) -> Self {
        if self.is_empty() {
            return other;
        }
        self.rows += other.rows;
        let room = EXAMPLES.saturating_sub(self.examples.len());
        self.examples.extend(other.examples.into_iter().take(room));
        self.taken |= other.taken;
        self
    }

    /// Of a set of rows, those within a range; nothing is shown of them.
    pub(super) fn within(rows: &RoaringTreemap, range: Range<usize>) -> Self {
        let mut here = rows.clone();
        here.remove_range(..range.start as u64);
        here.remove_range(range.end as u64..);
        let examples = here.iter().take(EXAMPLES).collect();
        Self { rows: here.len(), examples, ..Self::default() }
    }
}
