//! Categories that few rows have.

/// The indices of categories whose count is above 0 and below `share` of all.
///
/// Nothing where all counts are 0, or of a share outside of [0, 1]. Of 90, 9, 1, 0 and 0.05
/// it is the third.
pub fn rare(counts: &[u64], share: f64) -> Option<Vec<usize>> {
    let all: u128 = counts.iter().map(|count| u128::from(*count)).sum();
    if all == 0 || !(0.0..=1.0).contains(&share) {
        return None;
    }
    let few = |index: &usize| counts[*index] > 0 && (counts[*index] as f64) / (all as f64) < share;
    Some((0..counts.len()).filter(few).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        assert_eq!(rare(&[90, 9, 1, 0], 0.05), Some(vec![2]));
        assert_eq!(rare(&[90, 10], 0.1), Some(vec![]));
        assert_eq!(rare(&[0, 0], 0.1), None);
        assert_eq!(rare(&[1], f64::NAN), None);
    }
}
