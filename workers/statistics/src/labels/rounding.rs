//! Whole numbers that keep a sum.

use super::network::argsort;
use super::pairwise::pairwise_sum;

/// Each number rounded, half to even, and then moved by 1 where the sum of the rounded ones is
/// not the rounded sum: up where most was cut off, or down where most was added, the last or first
/// in the order of [`argsort`].
///
/// cleanlab's `round_preserving_sum`, of finite numbers. Of 0.5, 0.5, 2.0 the rounded are 0, 0, 2, and the second becomes 1.
pub(super) fn round_preserving_sum(values: &[f64]) -> Vec<f64> {
    let mut whole: Vec<f64> = values.iter().map(|value| value.round_ties_even()).collect();
    let wanted = pairwise_sum(values).round_ties_even();
    // Each number is moved by less than 1 on average, so one round does it.
    for _ in 0..=values.len() {
        let missing = wanted - whole.iter().sum::<f64>();
        if missing.abs() < 0.5 || !missing.is_finite() {
            break;
        }
        let cut: Vec<f64> = values.iter().zip(&whole).map(|(it, whole)| it - whole).collect();
        let mut order = argsort(&cut);
        if missing > 0.0 {
            order.reverse();
        }
        for at in order.into_iter().take(missing.abs() as usize) {
            if let Some(whole) = whole.get_mut(at) {
                *whole += missing.signum();
            }
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        assert_eq!(round_preserving_sum(&[0.5, 0.5, 2.0]), [0.0, 1.0, 2.0]);
        assert_eq!(round_preserving_sum(&[1.5, 1.5, 0.0]), [1.0, 2.0, 0.0]);
        assert_eq!(round_preserving_sum(&[0.4, 0.4, 0.4, 0.4, 0.4]), [0.0, 0.0, 0.0, 1.0, 1.0]);
        assert_eq!(round_preserving_sum(&[]), Vec::<f64>::new());
    }
}
