//! The deal itself. Pure.

use std::collections::BTreeMap;

use ingot_protocol::seed::derive;

/// Rows of each split, in the order of `fractions` (by name), each sorted.
///
/// Units are ordered by derive(seed, "split", first row of the unit). Within each
/// stratum (of the unit's first row) split k gets rows until it holds
/// quota_k = the largest-remainder apportionment of the stratum's rows: without
/// groups the shares hold up to one row a stratum. With groups a unit goes to the
/// split that is furthest below its share.
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
    let mut by_stratum: BTreeMap<usize, Vec<Vec<usize>>> = BTreeMap::new();
    for rows in members.into_values() {
        by_stratum.entry(strata[rows[0]]).or_default().push(rows);
    }
    let mut splits: Vec<Vec<usize>> = vec![Vec::new(); shares.len()];
    for mut units in by_stratum.into_values() {
        units.sort_by_key(|rows| (derive(seed, "split", rows[0] as u64), rows[0]));
        let total: usize = units.iter().map(Vec::len).sum();
        let quota = apportion(total, &shares);
        let mut held = vec![0; shares.len()];
        for rows in units {
            let missing = |split: usize| quota[split] as i64 - held[split] as i64;
            let best =
                (0..shares.len()).max_by_key(|&split| (missing(split), std::cmp::Reverse(split)));
            let best = best.unwrap_or(0);
            held[best] += rows.len();
            splits[best].extend(rows);
        }
    }
    splits.iter_mut().for_each(|rows| rows.sort_unstable());
    splits
}

/// Whole numbers that add up to `total`, each within one of its share: floors
/// first, then one more by the largest remainder (Hamilton), ties by position.
fn apportion(total: usize, shares: &[f64]) -> Vec<usize> {
    let exact: Vec<f64> = shares.iter().map(|share| share * total as f64).collect();
    let mut quota: Vec<usize> = exact.iter().map(|value| (value + 1e-9).floor() as usize).collect();
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|&a, &b| {
        let rest = |at: usize| exact[at] - quota[at] as f64;
        rest(b).total_cmp(&rest(a)).then(a.cmp(&b))
    });
    let given: usize = quota.iter().sum();
    for &at in order.iter().cycle().take(total.saturating_sub(given)) {
        quota[at] += 1;
    }
    quota
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fractions(shares: &[(&str, f64)]) -> BTreeMap<String, f64> {
        shares.iter().map(|(name, share)| ((*name).to_owned(), *share)).collect()
    }

    #[test]
    fn remainders_go_to_the_largest() {
        assert_eq!(apportion(10, &[0.1, 0.2, 0.7]), [1, 2, 7]);
        assert_eq!(apportion(5, &[0.1, 0.2, 0.7]), [1, 1, 3]);
        assert_eq!(apportion(0, &[0.5, 0.5]), [0, 0]);
    }

    proptest! {
        #[test]
        fn every_row_is_in_one_split_and_strata_keep_their_shares(
            strata in prop::collection::vec(0usize..4, 0..200), seed in any::<u64>(),
        ) {
            let shares = fractions(&[("test", 0.2), ("train", 0.7), ("valid", 0.1)]);
            let units: Vec<usize> = (0..strata.len()).collect();
            let splits = deal(&strata, &units, &shares, seed);
            let mut all: Vec<usize> = splits.concat();
            all.sort_unstable();
            prop_assert_eq!(all, units);
            for stratum in 0..4 {
                let total = strata.iter().filter(|&&s| s == stratum).count() as f64;
                for (split, share) in splits.iter().zip(shares.values()) {
                    let held = split.iter().filter(|&&row| strata[row] == stratum).count() as f64;
                    prop_assert!((held - share * total).abs() <= 1.0);
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
