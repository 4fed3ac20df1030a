//! The most frequent values, by Misra and Gries.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash};

use super::Mismatch;
use super::hash::Mixer;

/// Counters of at most `room` values. A counter is at most `error` below the true count of
/// its value and never above it; a value without one occurs at most `error` times; `error`
/// is at most all / (room + 1).
///
/// Misra and Gries, Finding Repeated Elements (1982); merged as by Agarwal and others,
/// Mergeable Summaries (2012), which keeps that bound. The bits depend on the order of
/// values and of merges, and on nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frequent<T: Ord + Hash> {
    room: usize,
    counters: HashMap<T, u64, BuildHasherDefault<Mixer>>,
    all: u64,
    error: u64,
}

impl<T: Ord + Hash + Clone> Frequent<T> {
    /// No values, with room for so many; nothing without room.
    pub fn new(room: usize) -> Option<Self> {
        (room > 0).then(|| Self { room, counters: HashMap::default(), all: 0, error: 0 })
    }

    /// Takes a value in.
    pub fn add<Q>(&mut self, value: &Q)
    where
        T: Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = T> + ?Sized,
    {
        self.all += 1;
        if let Some(counter) = self.counters.get_mut(value) {
            *counter += 1;
        } else if self.counters.len() < self.room {
            self.counters.insert(value.to_owned(), 1);
        } else {
            self.lower(1);
        }
    }

    /// Takes in what another with the same room has.
    pub fn merge(&mut self, other: &Self) -> Result<(), Mismatch> {
        if self.room != other.room {
            return Err(Mismatch::Frequent(self.room, other.room));
        }
        for (value, count) in &other.counters {
            *self.counters.entry(value.clone()).or_insert(0) += count;
        }
        self.all += other.all;
        self.error += other.error;
        if self.counters.len() > self.room {
            let mut counts: Vec<u64> = self.counters.values().copied().collect();
            counts.sort_unstable_by(|one, other| other.cmp(one));
            self.lower(counts[self.room]);
        }
        Ok(())
    }

    fn lower(&mut self, by: u64) {
        self.error += by;
        // A map that is emptied has no traces of what was in it, which it would have to clear
        // away time and again.
        let lowered = |(value, counter): (T, u64)| Some((value, counter.checked_sub(by)?));
        let kept = self.counters.drain().filter_map(lowered).filter(|(_, counter)| *counter > 0);
        let kept: Vec<(T, u64)> = kept.collect();
        self.counters.extend(kept);
    }

    /// How many different values there are, where each has a counter.
    pub fn distinct(&self) -> Option<usize> {
        (self.error == 0).then_some(self.counters.len())
    }

    /// How many values were taken in.
    pub fn all(&self) -> u64 {
        self.all
    }

    /// How far a counter may lie below the true count; 0 where none had to make room.
    pub fn error(&self) -> u64 {
        self.error
    }

    /// At most `most` values with their counters, by falling counter and then by value.
    pub fn top(&self, most: usize) -> Vec<(T, u64)> {
        let mut top: Vec<(T, u64)> =
            self.counters.iter().map(|(value, count)| (value.clone(), *count)).collect();
        top.sort_unstable_by(|(one, of_one), (other, of_other)| {
            of_other.cmp(of_one).then_with(|| one.cmp(other))
        });
        top.truncate(most);
        top
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_few_values_are_counted_exactly() {
        let mut frequent = Frequent::new(3).unwrap();
        "abacaba".chars().for_each(|letter| frequent.add(&letter));
        assert_eq!(frequent.top(2), [('a', 4), ('b', 2)]);
        assert_eq!((frequent.all(), frequent.error()), (7, 0));
        assert_eq!(Frequent::<char>::new(0), None);
        let other = Frequent::new(4).unwrap();
        assert_eq!(frequent.merge(&other), Err(Mismatch::Frequent(3, 4)));
    }

    #[test]
    fn counters_keep_their_bound_through_merges() {
        // Value v < 50 of every part occurs 2000 / (v + 1) times or so, in a mixed order.
        let value = |i: u64| 50 / (1 + (i * 7919) % 50 + i % 3);
        let mut merged = Frequent::new(9).unwrap();
        let mut exact: BTreeMap<u64, u64> = BTreeMap::new();
        for part in 0..7 {
            let mut frequent = Frequent::new(9).unwrap();
            for i in part * 500..(part + 1) * 500 {
                frequent.add(&value(i));
                *exact.entry(value(i)).or_default() += 1;
            }
            merged.merge(&frequent).unwrap();
        }
        assert!(exact.len() > 9, "the room is too wide for the test");
        assert!(merged.error() <= merged.all() / 10 && merged.all() == 3_500);
        let counters: BTreeMap<u64, u64> = merged.top(9).into_iter().collect();
        for (value, count) in exact {
            let counter = counters.get(&value).copied().unwrap_or(0);
            assert!(counter <= count && count <= counter + merged.error(), "{value}");
        }
    }
}
