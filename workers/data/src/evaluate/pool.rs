//! Out-of-fold predictions as those of whole repeats. Pure.
//!
//! Predictions of one procedure are replicates where they are of the same rows, and parts of
//! a replicate where each row is in one of them: the folds of a repeat. Which parts make up a
//! repeat is told by the row keys alone, so anybody's predictions can be pooled that carry
//! them. Invariant: what comes out has each row once, in the order of the keys.

use std::collections::{BTreeMap, BTreeSet};

use ingot_protocol::Failure;
use ingot_tables::dataset::row_key::RowKey;

use super::procedure::Predicted;

/// Most looks for parts that fit together: real folds need one for each part.
const MOST_LOOKS: usize = 100_000;

/// The replicates that predictions make up; as they are where these have the same rows.
pub(super) fn pool(parts: Vec<Predicted>) -> Result<Vec<Predicted>, Failure> {
    let is_same = |pair: &[Predicted]| pair[0].table.rows == pair[1].table.rows;
    let keys: Option<Vec<BTreeSet<RowKey>>> = parts
        .iter()
        .map(|part| Some(part.table.keys.as_ref()?.iter().copied().collect()))
        .collect();
    let Some(keys) = keys else { return Ok(parts) };
    if parts.len() < 2
        || keys.windows(2).all(|pair| pair[0] == pair[1]) && parts.windows(2).all(is_same)
    {
        return Ok(parts);
    }
    let Some(covers) = Covers::of(&keys) else {
        let message = format!(
            "{} predictions make up no whole folds: a row is in some more often than another",
            parts.len()
        );
        return Err(Failure::new("D0703", message)
            .help("give the predictions of every fold of every repeat, or of the same rows"));
    };
    let mut parts: BTreeMap<usize, Predicted> = parts.into_iter().enumerate().collect();
    Ok(covers
        .into_iter()
        .filter_map(|cover| {
            let mut members = cover.into_iter().filter_map(|part| parts.remove(&part));
            let mut whole = members.next()?;
            members.for_each(|part| whole.table.extend(part.table));
            whole.table.sort_by_key();
            Some(whole)
        })
        .collect())
}

/// Looks for sets of parts that each have every row once.
struct Covers<'a> {
    keys: &'a [BTreeSet<RowKey>],
    rows: usize,
    looks: usize,
}

impl<'a> Covers<'a> {
    /// Every part in one cover; nothing where there is no such deal.
    fn of(keys: &'a [BTreeSet<RowKey>]) -> Option<Vec<Vec<usize>>> {
        let all: BTreeSet<RowKey> = keys.iter().flatten().copied().collect();
        let mut covers = Self { keys, rows: all.len(), looks: 0 };
        let mut found = Vec::new();
        let free: BTreeSet<usize> = (0..keys.len()).collect();
        covers.fill(&all, free, Vec::new(), BTreeSet::new(), &mut found).then_some(found)
    }

    /// Completes a cover by the parts that have its first missing row, and then the next one.
    fn fill(
        &mut self,
        all: &BTreeSet<RowKey>,
        free: BTreeSet<usize>,
        cover: Vec<usize>,
        held: BTreeSet<RowKey>,
        found: &mut Vec<Vec<usize>>,
    ) -> bool {
        self.looks += 1;
        if self.looks > MOST_LOOKS {
            return false;
        }
        if held.len() == self.rows {
            found.push(cover);
            if free.is_empty() || self.fill(all, free, Vec::new(), BTreeSet::new(), found) {
                return true;
            }
            found.pop();
            return false;
        }
        let Some(missing) = all.iter().find(|key| !held.contains(*key)) else { return false };
        let candidates: Vec<usize> = free
            .iter()
            .copied()
            .filter(|&part| self.keys[part].contains(missing) && self.keys[part].is_disjoint(&held))
            .collect();
        candidates.into_iter().any(|part| {
            let mut free = free.clone();
            free.remove(&part);
            let mut cover = cover.clone();
            cover.push(part);
            let held = held.union(&self.keys[part]).copied().collect();
            self.fill(all, free, cover, held, found)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(row: usize) -> RowKey {
        (row as u128).to_be_bytes()
    }

    fn covers(parts: &[&[usize]]) -> Option<Vec<Vec<usize>>> {
        let keys: Vec<BTreeSet<RowKey>> =
            parts.iter().map(|rows| rows.iter().map(|&row| key(row)).collect()).collect();
        Covers::of(&keys)
    }

    #[test]
    fn folds_are_told_by_their_rows() {
        assert_eq!(
            covers(&[&[0, 1], &[2, 3], &[0, 2], &[1, 3]]),
            Some(vec![vec![0, 1], vec![2, 3]])
        );
        // The first part fits two others; only one of them leaves a whole repeat.
        let twisted: &[&[usize]] = &[&[0, 1], &[2], &[3], &[2, 3], &[0], &[1]];
        assert_eq!(covers(twisted).map(|found| found.len()), Some(2));
        assert_eq!(covers(&[&[0, 1], &[1, 2]]), None);
        assert_eq!(covers(&[&[0], &[1], &[0]]), None);
    }

    proptest! {
        #[test]
        fn repeats_of_any_deal_are_found(
            deals in prop::collection::vec(prop::collection::vec(0usize..4, 12), 1..4),
        ) {
            let mut parts: Vec<Vec<usize>> = Vec::new();
            for deal in &deals {
                for fold in 0..4 {
                    let rows: Vec<usize> =
                        (0..12).filter(|&row| deal[row] == fold).collect();
                    if !rows.is_empty() {
                        parts.push(rows);
                    }
                }
            }
            let slices: Vec<&[usize]> = parts.iter().map(Vec::as_slice).collect();
            let found = covers(&slices).unwrap_or_default();
            prop_assert_eq!(found.len(), deals.len());
            for cover in found {
                let mut rows: Vec<usize> =
                    cover.iter().flat_map(|&part| parts[part].clone()).collect();
                rows.sort_unstable();
                prop_assert_eq!(rows, (0..12).collect::<Vec<_>>());
            }
        }
    }
}
