//! How unequal classes are.

/// The rows of the largest class for each row of the smallest one: 1 of equal classes.
///
/// Imbalanced-learn's word for it is the imbalance ratio, whose inverse its `sampling_strategy`
/// is. Classes without a row are passed over: of those nothing can be drawn. Nothing of no row.
///
/// Of 90, 10 and 0 it is 9.
pub fn imbalance_ratio(counts: &[u64]) -> Option<f64> {
    let there = || counts.iter().copied().filter(|count| *count > 0);
    Some(there().max()? as f64 / there().min()? as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        assert_eq!(imbalance_ratio(&[90, 10, 0]), Some(9.0));
        assert_eq!(imbalance_ratio(&[3]), Some(1.0));
        assert_eq!(imbalance_ratio(&[0, 0]), None);
    }
}
