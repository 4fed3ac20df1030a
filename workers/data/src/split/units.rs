//! [`Units`]: rows that no deal tears apart, and what is drawn for them. Pure.
//!
//! Invariant: a unit's draw depends on the seed and on what its rows hold, on nothing that
//! stands beside them. A copy is in the unit of the row that it was made of, and by that in
//! the unit of every row with a parent in common.

use std::collections::HashMap;
use std::ops::Range;

use ingot_protocol::seed::derive;
use ingot_tables::dataset::row_key::RowKey;

use super::facts::{Facts, of_group};
use crate::crossed::Name;

/// Rows of one group, or equal ones and what was made of them.
pub(super) struct Units {
    /// The rows, those of a unit together and sorted.
    rows: Vec<u32>, // (rows)
    /// Where each unit begins among them, and the end.
    starts: Vec<u32>, // (units + 1)
    /// What is drawn for each.
    draws: Vec<u64>, // (units)
}

impl Units {
    /// By their groups where there are such, else by all that is not personal.
    pub(super) fn of(facts: &Facts, seed: u64) -> Self {
        let draw = |name: Name| derive(seed, "split", u64::from_le_bytes(name));
        match (&facts.groups, &facts.made) {
            (Some(groups), _) => {
                let names: Vec<Name> = groups.values().into_iter().map(of_group).collect();
                let names: Vec<Name> =
                    groups.of.iter().map(|group| names[*group as usize]).collect();
                Self::named(&names, draw)
            }
            (None, Some(_)) => Self::named(&with_their_parents(facts), draw),
            (None, None) => Self::named(&facts.values, draw),
        }
    }

    /// A unit for each name that rows have.
    pub(super) fn named(names: &[Name], draw: impl Fn(Name) -> u64) -> Self {
        // Sorted with their names: to look each one up would wait for memory.
        let mut named: Vec<(Name, u32)> = names.iter().copied().zip(0..).collect();
        named.sort_unstable();
        let (mut starts, mut draws) = (Vec::new(), Vec::new());
        let mut last = None;
        for (at, (name, _)) in named.iter().enumerate() {
            if last != Some(*name) {
                starts.push(at as u32);
                draws.push(draw(*name));
                last = Some(*name);
            }
        }
        starts.push(names.len() as u32);
        Self { rows: named.into_iter().map(|(_, row)| row).collect(), starts, draws }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.draws.len()
    }

    /// Their numbers.
    pub(super) fn all(&self) -> Range<u32> {
        0..self.len() as u32
    }

    /// The rows of one, sorted; at least one.
    pub(super) fn rows(&self, unit: u32) -> &[u32] {
        let unit = unit as usize;
        &self.rows[self.starts[unit] as usize..self.starts[unit + 1] as usize]
    }

    /// What is drawn for one.
    pub(super) fn draw(&self, unit: u32) -> u64 {
        self.draws[unit as usize]
    }

    /// Where one stands among all in a deal: no two have one place.
    pub(super) fn place(&self, unit: u32) -> (u64, u32) {
        (self.draw(unit), self.rows(unit)[0])
    }
}

/// The names of rows, where a row that was made has the name of what it was made of.
///
/// Rows are joined by the keys of their parents: each set takes the least of its names that a
/// row has which was read, or of all where none was.
fn with_their_parents(facts: &Facts) -> Vec<Name> {
    let (names, made) = (&facts.values, facts.made.as_deref().unwrap_or_default());
    let mut sets = Sets::default();
    // Rows of one name are in one set already.
    let named: Vec<usize> = names.iter().map(|name| sets.of(Member::Row(*name))).collect();
    for ((key, parents), named) in made.iter().zip(&named) {
        match parents {
            None => sets.join(*named, Member::Key(*key)),
            Some(parents) => parents.iter().for_each(|key| sets.join(*named, Member::Key(*key))),
        }
    }
    let mut least: HashMap<usize, (bool, Name)> = HashMap::new();
    for ((name, (_, parents)), named) in names.iter().zip(made).zip(&named) {
        let found = (parents.is_some(), *name);
        let set = sets.first(*named);
        least.entry(set).and_modify(|least| *least = found.min(*least)).or_insert(found);
    }
    let mut name = |named: usize| least.get(&sets.first(named)).map(|(_, name)| *name);
    names.iter().zip(&named).map(|(own, named)| name(*named).unwrap_or(*own)).collect()
}

/// What stands for a row in a set.
#[derive(PartialEq, Eq, Hash)]
enum Member {
    Row(Name),
    Key(RowKey),
}

/// Rows that belong together: a forest, in which each points to one of its set.
#[derive(Default)]
struct Sets {
    numbers: HashMap<Member, usize>,
    up: Vec<usize>,
}

impl Sets {
    fn of(&mut self, member: Member) -> usize {
        let next = self.up.len();
        let number = *self.numbers.entry(member).or_insert(next);
        if number == next {
            self.up.push(next);
        }
        number
    }

    fn join(&mut self, one: usize, member: Member) {
        let other = self.of(member);
        let (one, other) = (self.first(one), self.first(other));
        self.up[one.max(other)] = one.min(other);
    }

    /// The first of a set; the way to it gets shorter each time.
    fn first(&mut self, mut number: usize) -> usize {
        while self.up[number] != number {
            self.up[number] = self.up[self.up[number]];
            number = self.up[number];
        }
        number
    }
}
