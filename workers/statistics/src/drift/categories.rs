//! Counts of categories in two samples.

use std::collections::BTreeMap;

/// Every category of either sample in rising order, with how often each has it: 0 for one
/// that a sample has not seen. None of no values.
///
/// Of b, a, b and c, b: (a, 1, 0), (b, 2, 1), (c, 0, 1).
pub fn counts_of_categories<'a, T: Ord>(
    reference: &'a [T],
    current: &'a [T],
) -> Vec<(&'a T, u64, u64)> {
    let mut counts: BTreeMap<&T, (u64, u64)> = BTreeMap::new();
    reference.iter().for_each(|value| counts.entry(value).or_default().0 += 1);
    current.iter().for_each(|value| counts.entry(value).or_default().1 += 1);
    counts.into_iter().map(|(value, (one, other))| (value, one, other)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let found = counts_of_categories(&["b", "a", "b"], &["c", "b"]);
        assert_eq!(found, [(&"a", 1, 0), (&"b", 2, 1), (&"c", 0, 1)]);
        assert!(counts_of_categories::<u8>(&[], &[]).is_empty());
    }
}
