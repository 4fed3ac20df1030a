//! [`Folds`]: rows dealt into equal parts, one of which is `test` at each point and the others
//! `train`, a part a file.
//!
//! Invariant: the deal depends on the number of folds and on the repeat, not on the fold, so
//! that the points of one repeat have the same files and a row is stored once a repeat.

use std::collections::BTreeMap;

use ingot_protocol::{Failure, Request, seed::derive};
use serde_json::Value;

use super::pool::Pool;

/// The folds of one repeat, and which of them is `test`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Folds {
    count: usize,
    /// From 0.
    test: usize,
    /// From 1.
    repeat: u64,
}

impl Folds {
    /// What the params ask for; nothing where they name no folds.
    pub(super) fn read(request: &Request) -> Result<Option<Self>, Failure> {
        let number = |param: &str| request.params.get(param).and_then(Value::as_u64);
        let Some(count) = number("folds") else { return Ok(None) };
        let (fold, repeat) = (number("fold").unwrap_or(1), number("repeat").unwrap_or(1));
        if fold == 0 || fold > count {
            return Err(Failure::new("D0419", format!("there is no fold {fold} of {count}"))
                .help("leave `fold` out: the points of `folds` set it"));
        }
        let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        Ok(Some(Self { count: size(count), test: size(fold) - 1, repeat }))
    }

    /// Whether the first fold is `test` here.
    pub(super) fn is_first(&self) -> bool {
        self.test == 0
    }

    /// Equal shares, by names in the order of their numbers.
    pub(super) fn shares(&self) -> BTreeMap<String, f64> {
        let digits = self.count.to_string().len();
        let share = 1.0 / self.count as f64;
        (1..=self.count).map(|fold| (format!("fold {fold:0digits$}"), share)).collect()
    }

    /// What this repeat draws from.
    pub(super) fn seed(&self, seed: u64) -> u64 {
        derive(seed, "repeat", self.repeat)
    }

    /// Refuses a given split that a fold makes, and more folds than there are units to deal.
    pub(super) fn check(&self, pool: &Pool<'_>, sizes: &[usize]) -> Result<(), Failure> {
        if pool.others.iter().any(|split| split == TEST) {
            let message = format!("the split `{TEST}` is given, and each fold makes one");
            return Err(Failure::new("D0417", message)
                .help("deal the training rows alone: `inputs.data = \"STEP.data/train\"`"));
        }
        let filled = sizes.iter().filter(|rows| **rows > 0).count();
        if filled < self.count {
            let message = format!("{} folds of {filled} rows or groups", self.count);
            return Err(Failure::new("D0419", message)
                .help("take fewer folds: a group and equal rows stay together"));
        }
        Ok(())
    }

    /// Split -> the parts that make it up.
    pub(super) fn splits(&self) -> BTreeMap<String, Vec<u32>> {
        let (mut train, mut test) = (Vec::new(), Vec::new());
        for fold in 0..self.count {
            let split = if fold == self.test { &mut test } else { &mut train };
            split.push(fold as u32);
        }
        BTreeMap::from([(super::TRAIN.to_owned(), train), (TEST.to_owned(), test)])
    }
}

/// The split that a fold is at its own point.
const TEST: &str = "test";
