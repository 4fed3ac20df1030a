//! The deal itself. Pure.
//!
//! Invariant: where a unit goes depends on its draw and on how many rows have a smaller one,
//! so rows that come or go move others at the cuts alone.

use std::collections::BTreeMap;

use super::quota::{apportion, controlled};
use super::units::Units;

/// The part of each row: the number of its split in the order of `fractions` (by name).
///
/// A row has a stratum and is in a unit that is never torn apart; a unit has a draw. Within
/// each stratum (of the unit's first row) the units stand in the order of their
/// draws and are cut into the splits one behind the other: a unit belongs to the split in
/// whose part its middle lies. The quotas of all strata add up to the largest-remainder
/// apportionment of the whole. So where units are single rows the shares of the whole hold up
/// to one row, and those of a stratum up to one row too wherever both can be. What a stratum
/// missed because of larger units is made up for in the next one, and no split stays empty
/// while there are units for all of them.
pub(super) fn deal(
    strata: Option<&[u32]>,
    units: &Units,
    fractions: &BTreeMap<String, f64>,
) -> Vec<u32> {
    let shares: Vec<f64> = fractions.values().copied().collect();
    let mut by_stratum: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for unit in units.all() {
        let first = units.rows(unit)[0] as usize;
        by_stratum.entry(strata.map_or(0, |strata| strata[first])).or_default().push(unit);
    }
    let mut strata: Vec<Vec<u32>> = by_stratum.into_values().collect();
    strata.iter_mut().for_each(|of| in_order(units, of));
    // In an order that has nothing to do with the stratum's value: who comes first gets
    // the odd rows of the largest split.
    strata.sort_by_key(|of| of.first().map(|unit| units.place(*unit)));

    let rows = |of: &Vec<u32>| of.iter().map(|unit| units.rows(*unit).len()).sum();
    let sizes: Vec<usize> = strata.iter().map(rows).collect();
    let total = apportion(sizes.iter().sum(), &shares);
    let quotas = controlled(&sizes, &total, &shares); // (strata, splits)
    let mut splits: Vec<Vec<u32>> = vec![Vec::new(); shares.len()];
    let mut missed: Vec<i64> = vec![0; shares.len()];
    for ((of, quota), size) in strata.into_iter().zip(quotas).zip(sizes) {
        missed.iter_mut().zip(quota).for_each(|(missed, quota)| *missed += quota as i64);
        let cuts = cuts(&missed, size);
        let mut before = 0;
        for unit in of {
            let rows = units.rows(unit).len();
            let middle = before as f64 + rows as f64 / 2.0;
            before += rows;
            let split = cuts.iter().position(|cut| middle < *cut).unwrap_or(shares.len() - 1);
            missed[split] -= rows as i64;
            splits[split].push(unit);
        }
    }
    // Of single rows the quotas say which split is empty.
    if units.all().any(|unit| units.rows(unit).len() > 1) {
        fill(units, &mut splits);
    }
    let of = splits.iter().enumerate().flat_map(|(split, of)| of.iter().map(move |u| (*u, split)));
    parts(units, of)
}

/// Sorts units by their places.
fn in_order(units: &Units, of: &mut [u32]) {
    let mut placed: Vec<((u64, u32), u32)> =
        of.iter().map(|unit| (units.place(*unit), *unit)).collect();
    placed.sort_unstable();
    of.iter_mut().zip(placed).for_each(|(unit, (_, placed))| *unit = placed);
}

/// The same by the draw alone: a unit goes where its draw lies among the fractions, whatever
/// else is there, so that nobody ever moves.
pub(super) fn stick(units: &Units, fractions: &BTreeMap<String, f64>) -> Vec<u32> {
    let mut ends = Vec::with_capacity(fractions.len());
    let mut end = 0.0;
    for share in fractions.values() {
        end += share;
        ends.push(end);
    }
    let split = |unit: u32| {
        // In [0, 1), exact: 53 bits.
        let draw = (units.draw(unit) >> 11) as f64 / (1_u64 << 53) as f64;
        ends.iter().position(|end| draw < *end).unwrap_or(ends.len() - 1)
    };
    parts(units, units.all().map(|unit| (unit, split(unit))))
}

/// The part of each row, of which those of a unit share one.
fn parts(units: &Units, of: impl Iterator<Item = (u32, usize)>) -> Vec<u32> {
    let mut parts = vec![0; units.all().map(|unit| units.rows(unit).len()).sum()];
    for (unit, split) in of {
        units.rows(unit).iter().for_each(|row| parts[*row as usize] = split as u32);
    }
    parts
}

/// Where each split's part of a stratum ends, in rows; what one got too much before, the
/// others have more of here.
fn cuts(missed: &[i64], size: usize) -> Vec<f64> {
    let wanted: Vec<f64> = missed.iter().map(|&missed| missed.max(0) as f64).collect();
    let scale = size as f64 / wanted.iter().sum::<f64>().max(1.0);
    let mut end = 0.0;
    wanted
        .iter()
        .map(|wanted| {
            end += wanted;
            end * scale
        })
        .collect()
}

/// Gives each split without a unit the smallest of the one that has most units, the last of
/// equals.
fn fill(units: &Units, splits: &mut [Vec<u32>]) {
    while let Some(empty) = splits.iter().position(Vec::is_empty) {
        let most = (0..splits.len()).max_by_key(|&split| splits[split].len()).unwrap_or(empty);
        if splits[most].len() < 2 {
            return;
        }
        let last = splits[most].len() - 1;
        let smallest = (0..=last).rev().min_by_key(|&at| units.rows(splits[most][at]).len());
        let unit = splits[most].remove(smallest.unwrap_or(last));
        splits[empty].push(unit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fractions(shares: &[(&str, f64)]) -> BTreeMap<String, f64> {
        shares.iter().map(|(name, share)| ((*name).to_owned(), *share)).collect()
    }

    /// Units by numbers that rows have.
    fn units(numbers: &[usize], seed: u64) -> Units {
        let names: Vec<[u8; 8]> = numbers.iter().map(|unit| (*unit as u64).to_le_bytes()).collect();
        let draw = |name| ingot_protocol::seed::derive(seed, "test", u64::from_le_bytes(name));
        Units::named(&names, draw)
    }

    /// The rows of each part.
    fn rows(parts: &[u32], shares: &BTreeMap<String, f64>) -> Vec<Vec<usize>> {
        let of = |part| (0..parts.len()).filter(|&row| parts[row] as usize == part).collect();
        (0..shares.len()).map(of).collect()
    }

    fn deal(
        strata: &[usize],
        numbers: &[usize],
        shares: &BTreeMap<String, f64>,
        seed: u64,
    ) -> Vec<Vec<usize>> {
        let strata: Vec<u32> = strata.iter().map(|stratum| *stratum as u32).collect();
        rows(&super::deal(Some(&strata), &units(numbers, seed), shares), shares)
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
        fn a_new_row_moves_one_row_at_each_cut(rows in 10usize..300, seed in any::<u64>()) {
            let shares = fractions(&[("test", 0.2), ("train", 0.7), ("valid", 0.1)]);
            let all: Vec<usize> = (0..=rows).collect();
            let before = deal(&vec![0; rows], &all[..rows], &shares, seed);
            let after = deal(&vec![0; rows + 1], &all, &shares, seed);
            let moved = (0..rows).filter(|row| {
                before.iter().position(|split| split.contains(row))
                    != after.iter().position(|split| split.contains(row))
            });
            prop_assert!(moved.count() <= 2);
            let stuck = stick(&units(&all[..rows], seed), &shares);
            let more = stick(&units(&all, seed), &shares);
            prop_assert_eq!(&stuck[..], &more[..rows]);
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
