//! [`Numbers`]: the values of a column as numbers, a batch after the other. Pure.

use std::collections::HashMap;

/// Each value has one number, in the order in which values come.
#[derive(Default)]
pub(super) struct Numbers {
    known: HashMap<Option<String>, u32>,
    /// Each row's.
    pub(super) of: Vec<u32>, // (rows)
}

impl Numbers {
    /// Takes in the values of the next rows.
    pub(super) fn take(&mut self, values: Vec<Option<String>>) {
        for value in values {
            let next = self.known.len() as u32;
            self.of.push(*self.known.entry(value).or_insert(next));
        }
    }

    /// The values by their numbers.
    pub(super) fn values(&self) -> Vec<Option<&str>> {
        let mut values: Vec<(u32, Option<&str>)> =
            self.known.iter().map(|(value, number)| (*number, value.as_deref())).collect();
        values.sort_unstable();
        values.into_iter().map(|(_, value)| value).collect()
    }

    /// How many different values there are, and how many rows have one.
    pub(super) fn counts(&self) -> (usize, usize) {
        let missing = self.known.get(&None);
        let without = self.of.iter().filter(|number| Some(*number) == missing).count();
        (self.known.len() - usize::from(missing.is_some()), self.of.len() - without)
    }
}
