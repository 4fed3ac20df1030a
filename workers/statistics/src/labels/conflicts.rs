//! Rows that are equal and have different labels.

use std::collections::BTreeMap;

/// A row that equals one with another label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conflict {
    /// The row.
    pub row: usize,
    /// Its set of equal rows, numbered from 0 in the order of their first rows.
    pub set: usize,
    /// The label that most rows of the set have; none where several have it equally often.
    pub most: Option<usize>,
}

/// The rows of which an equal one has another label, rising.
///
/// `values` says what a row holds, so that rows are equal where it is equal, and `labels` its
/// class; a row without one is passed over. The shorter of both lists counts.
///
/// Of a, a, a, b with the labels 0, 1, 0, 1 they are the first three, most of which have 0.
pub fn conflicts<V: Ord>(values: &[V], labels: &[Option<usize>]) -> Vec<Conflict> {
    let mut sets: BTreeMap<&V, Vec<(usize, usize)>> = BTreeMap::new();
    for (row, (value, label)) in values.iter().zip(labels).enumerate() {
        if let Some(label) = label {
            sets.entry(value).or_default().push((row, *label));
        }
    }
    let differs = |rows: &Vec<(usize, usize)>| {
        rows.iter().any(|(_, label)| rows.first().is_some_and(|(_, first)| label != first))
    };
    let mut differing: Vec<Vec<(usize, usize)>> = sets.into_values().filter(differs).collect();
    differing.sort_by_key(|rows| rows.first().copied());
    let mut found: Vec<Conflict> = Vec::new();
    for (set, rows) in differing.into_iter().enumerate() {
        let most = most(&rows);
        found.extend(rows.into_iter().map(|(row, _)| Conflict { row, set, most }));
    }
    found.sort_by_key(|conflict| conflict.row);
    found
}

/// The label that more rows have than have any other one.
fn most(rows: &[(usize, usize)]) -> Option<usize> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    rows.iter().for_each(|(_, label)| *counts.entry(*label).or_default() += 1);
    let largest = counts.values().max().copied()?;
    let mut labels = counts.into_iter().filter(|(_, count)| *count == largest);
    match (labels.next(), labels.next()) {
        (Some((label, _)), None) => Some(label),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let labels = [Some(0), Some(1), Some(0), Some(1), None, Some(2), Some(1), Some(3)];
        let found = conflicts(&["a", "a", "a", "b", "b", "c", "d", "c"], &labels);
        let told: Vec<_> = found.iter().map(|it| (it.row, it.set, it.most)).collect();
        let expected =
            [(0, 0, Some(0)), (1, 0, Some(0)), (2, 0, Some(0)), (5, 1, None), (7, 1, None)];
        assert_eq!(told, expected);
        assert_eq!(conflicts::<u8>(&[], &[]), []);
    }
}
