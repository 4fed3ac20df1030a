//! Softmax cross-entropy with label smoothing.

use tch::{Kind, Reduction, Tensor};

use crate::error::Error;

/// Mean over rows of `-sum_c q_c log softmax(z)_c`, in nats.
///
/// `q_c = (1 - s) [c = target] + s / C` for label smoothing `s` in [0, 1)
/// (Szegedy et al. 2016, section 7). `logits` f32 or bf16, [N, C]; `targets` i64 in
/// 0..C, [N]. Computed in f32 by libtorch's log-softmax, which subtracts the row's
/// maximum. For logits (0, 0) and no smoothing: ln 2.
pub fn cross_entropy(logits: &Tensor, targets: &Tensor, smoothing: f64) -> Result<Tensor, Error> {
    let logits = logits.f_to_kind(Kind::Float)?; // [N, C]
    Ok(logits.f_cross_entropy_loss(targets, None::<&Tensor>, Reduction::Mean, -100, smoothing)?) // []
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn matches_values_by_hand() {
        let logits = Tensor::from_slice(&[0.0_f32, 0.0, 3.0, 0.0]).view([2, 2]);
        let targets = Tensor::from_slice(&[0_i64, 0]);
        let second = (1.0 + (-3.0_f64).exp()).ln();
        let loss = cross_entropy(&logits, &targets, 0.0).unwrap().double_value(&[]);
        assert!((loss - (2.0_f64.ln() + second) / 2.0).abs() < 1e-6);
        // Smoothing 0.2 over two classes: 0.9 of the target's term, 0.1 of the other's.
        let smoothed = cross_entropy(&logits, &targets, 0.2).unwrap().double_value(&[]);
        let expected = (2.0_f64.ln() + 0.9 * second + 0.1 * (3.0 + second)) / 2.0;
        assert!((smoothed - expected).abs() < 1e-6);
    }
}
