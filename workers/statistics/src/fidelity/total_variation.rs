//! Whether synthetic categories are as frequent as real ones.

/// How often a category counts as real that only synthetic rows have, as SDMetrics has it.
const UNSEEN: f64 = 1e-6;

/// 1 less half the sum of the differences of shares: in [0, 1], and 1 where they are the same.
///
/// Both are counts of the same categories in one order. SDMetrics' `TVComplement`, with its
/// regularization: a category that no real row has counts a millionth of a row there, which
/// lowers the other shares by so little; without it the distance is
/// [`crate::drift::total_variation_distance`]. Nothing where the lengths differ or a sample has
/// no value.
///
/// Of 1, 1 and 1, 3 it is 3/4.
pub fn total_variation_complement(real: &[u64], synthetic: &[u64]) -> Option<f64> {
    let any = |counts: &[u64]| counts.iter().any(|count| *count > 0);
    if real.len() != synthetic.len() || !any(real) || !any(synthetic) {
        return None;
    }
    let counted = real.iter().zip(synthetic).map(|(real, synthetic)| match (real, synthetic) {
        (0, 1..) => UNSEEN,
        _ => *real as f64,
    });
    let real: Vec<f64> = counted.collect();
    let synthetic: Vec<f64> = synthetic.iter().map(|count| *count as f64).collect();
    let (all, all_synthetic) = (real.iter().sum::<f64>(), synthetic.iter().sum::<f64>());
    let shares = real.iter().map(|count| count / all);
    let differences = shares.zip(&synthetic).map(|(p, count)| (count / all_synthetic - p).abs());
    Some((1.0 - 0.5 * differences.sum::<f64>()).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        assert_eq!(total_variation_complement(&[1, 1], &[1, 3]), Some(0.75));
        assert_eq!(total_variation_complement(&[2, 0], &[5, 0]), Some(1.0));
        let unseen = total_variation_complement(&[1, 0], &[0, 1]).unwrap();
        assert!(unseen > 0.0 && unseen < 2e-6, "{unseen}");
        assert_eq!(total_variation_complement(&[1], &[1, 1]), None);
        assert_eq!(total_variation_complement(&[0, 0], &[1, 1]), None);
    }
}
