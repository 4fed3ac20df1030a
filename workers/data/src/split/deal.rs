//! The deal itself. Pure.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use ingot_protocol::seed::derive;

use super::quota::{apportion, controlled};

/// Rows of each split, in the order of `fractions` (by name), each sorted.
///
/// Units are ordered by derive(seed, "split", first row of the unit). Within each
/// stratum (of the unit's first row) split k gets rows until it holds its quota, and the
/// quotas of all strata add up to the largest-remainder apportionment of the whole. So
/// without groups the shares of the whole hold up to one row, and those of a stratum up
/// to one row too wherever both can be. With groups a unit goes to the split that is
/// furthest below its quota; what a stratum missed is made up for in the next one, and no
/// split stays empty while there are units for all of them.
pub(super) fn deal(
    strata: &[usize],
    units: &[usize],
    fractions: &BTreeMap<String, f64>,
    seed: u64,
) -> Vec<Vec<usize>> {
    let shares: Vec<f64> = fractions.values().copied().collect();
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new(); // unit -> rows
    for (row, &unit) in units.iter().enumerate() {
        members.entry(unit).or_default().push(row);
    }
    let grouped = members.len() < units.len();
    let mut units_left = members.len();
    let mut by_stratum: BTreeMap<usize, Vec<Vec<usize>>> = BTreeMap::new();
    for rows in members.into_values() {
        by_stratum.entry(strata[rows[0]]).or_default().push(rows);
    }
    let place = |rows: &[usize]| (derive(seed, "split", rows[0] as u64), rows[0]);
    let mut strata: Vec<Vec<Vec<usize>>> = by_stratum.into_values().collect();
    strata.iter_mut().for_each(|units| units.sort_by_key(|rows| place(rows)));
    // In an order that has nothing to do with the stratum's value: who comes first gets
    // the odd rows of the largest split.
    strata.sort_by_key(|units| units.first().map(|rows| place(rows)));

    let sizes: Vec<usize> = strata.iter().map(|units| units.iter().map(Vec::len).sum()).collect();
    let total = apportion(units.len(), &shares);
    let quotas = controlled(&sizes, &total, &shares); // (strata, splits)
    let mut splits: Vec<Vec<usize>> = vec![Vec::new(); shares.len()];
    let mut missed: Vec<i64> = vec![0; shares.len()];
    for (units, quota) in strata.into_iter().zip(quotas) {
        missed.iter_mut().zip(quota).for_each(|(missed, quota)| *missed += quota as i64);
        for rows in units {
            let empty = splits.iter().filter(|rows| rows.is_empty()).count();
            let last_chance = grouped && units_left <= empty;
            let best = (0..shares.len())
                .filter(|&split| !last_chance || splits[split].is_empty())
                .max_by_key(|&split| (missed[split], Reverse(split)))
                .unwrap_or(0);
            missed[best] -= rows.len() as i64;
            splits[best].extend(rows);
            units_left -= 1;
        }
    }
    splits.iter_mut().for_each(|rows| rows.sort_unstable());
    splits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fractions(shares: &[(&str, f64)]) -> BTreeMap<String, f64> {
        shares.iter().map(|(name, share)| ((*name).to_owned(), *share)).collect()
    }

    fn sizes(splits: &[Vec<usize>]) -> Vec<usize> {
        splits.iter().map(Vec::len).collect()
    }

    #[test]
    fn strata_of_few_rows_keep_the_shares_of_the_whole() {
        let shares = fractions(&[("test", 0.2), ("train", 0.6), ("valid", 0.2)]);
        let units: Vec<usize> = (0..100).collect();
        for rows in [1, 2, 3, 4, 7] {
            let strata: Vec<usize> = units.iter().map(|row| row / rows).collect();
            let splits = deal(&strata, &units, &shares, 1);
            assert_eq!(sizes(&splits), [20, 60, 20], "{rows} rows a stratum");
        }
        // Which strata a split has is drawn, not the first ones by value.
        let splits = deal(&units, &units, &shares, 1);
        let low = |split: &Vec<usize>| split.iter().filter(|&&row| row < 50).count();
        assert!(splits.iter().all(|split| low(split) > 3 && low(split) < split.len() - 3));
    }

    #[test]
    fn no_split_stays_empty_while_there_is_a_group_for_it() {
        let shares = fractions(&[("test", 0.2), ("train", 0.6), ("valid", 0.2)]);
        let units = [0, 0, 0, 1, 1, 1, 2, 2, 2];
        assert_eq!(sizes(&deal(&[0; 9], &units, &shares, 5)), [3, 3, 3]);
        let empty = sizes(&deal(&[0; 6], &units[..6], &shares, 5));
        assert_eq!(empty.iter().filter(|&&size| size == 0).count(), 1, "{empty:?}");
    }

    proptest! {
        #[test]
        fn every_row_is_in_one_split_and_the_shares_are_kept(
            strata in prop::collection::vec(0usize..40, 0..200), seed in any::<u64>(),
        ) {
            let shares = fractions(&[("test", 0.2), ("train", 0.7), ("valid", 0.1)]);
            let units: Vec<usize> = (0..strata.len()).collect();
            let splits = deal(&strata, &units, &shares, seed);
            let mut all: Vec<usize> = splits.concat();
            all.sort_unstable();
            prop_assert_eq!(&all, &units);
            for (split, share) in splits.iter().zip(shares.values()) {
                prop_assert!((split.len() as f64 - share * units.len() as f64).abs() < 1.0);
            }
            for stratum in 0..40 {
                let total = strata.iter().filter(|&&s| s == stratum).count() as f64;
                for (split, share) in splits.iter().zip(shares.values()) {
                    let held = split.iter().filter(|&&row| strata[row] == stratum).count() as f64;
                    prop_assert!((held - share * total).abs() <= 1.0 + 1e-9);
                }
            }
        }

        #[test]
        fn a_group_is_never_torn_apart(units in prop::collection::vec(0usize..12, 1..120), seed in any::<u64>()) {
            let shares = fractions(&[("test", 0.3), ("train", 0.7)]);
            let splits = deal(&vec![0; units.len()], &units, &shares, seed);
            for unit in 0..12 {
                let held = splits.iter().filter(|rows| rows.iter().any(|&row| units[row] == unit));
                prop_assert!(held.count() <= 1);
            }
        }
    }
}
