//! The contrastive loss of SimCLR.

use tch::{Kind, Reduction, Tensor};

use crate::error::Error;

/// Normalised temperature-scaled cross-entropy over two views of a batch, in nats.
///
/// With the 2N projections scaled to length one and `s_ik = z_i . z_k / t`, the mean
/// over all i of `-log(exp(s_ij) / sum_(k != i) exp(s_ik))`, where j is the other
/// view of i's row (Chen et al. 2020, equation 1 and algorithm 1). `first` and
/// `second` are [N, D] of any float kind, `temperature` > 0. Computed in f32; a
/// projection shorter than 1e-12 is left as it is instead of divided by zero.
///
/// By hand: N = 2, both views (1, 0) and (0, 1), t = 1. Each row sees its partner
/// at 1 and two strangers at 0: `ln(e + 2) - 1 = 0.5514`.
pub fn nt_xent(first: &Tensor, second: &Tensor, temperature: f64) -> Result<Tensor, Error> {
    let rows = first.size2()?.0;
    let z = Tensor::f_cat(&[first, second], 0)?.f_to_kind(Kind::Float)?; // [2N, D]
    let length = z.f_square()?.f_sum_dim_intlist(Some([1_i64].as_slice()), true, Kind::Float)?;
    let z = z.f_div(&length.f_sqrt()?.f_clamp_min(1e-12)?)?; // [2N, D]
    let similarity = z.f_matmul(&z.f_transpose(0, 1)?)?.f_div_scalar(temperature)?; // [2N, 2N]
    let itself = Tensor::f_eye(2 * rows, (Kind::Bool, z.device()))?; // [2N, 2N]
    let similarity = similarity.f_masked_fill(&itself, f64::NEG_INFINITY)?; // [2N, 2N]
    let index = Tensor::f_arange(2 * rows, (Kind::Int64, z.device()))?; // [2N]
    let partner = index.f_add_scalar(rows)?.f_remainder(2 * rows)?; // [2N]
    Ok(similarity.f_cross_entropy_loss(&partner, None::<&Tensor>, Reduction::Mean, -100, 0.0)?) // []
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn value(first: &Tensor, second: &Tensor, temperature: f64) -> f64 {
        nt_xent(first, second, temperature).unwrap().double_value(&[])
    }

    #[test]
    fn matches_the_value_by_hand() {
        let views = Tensor::from_slice(&[1.0_f32, 0.0, 0.0, 1.0]).view([2, 2]);
        let expected = (1.0_f64.exp() + 2.0).ln() - 1.0;
        assert!((value(&views, &views, 1.0) - expected).abs() < 1e-6);
        let expected = (2.0_f64.exp() + 2.0).ln() - 2.0;
        assert!((value(&views, &views, 0.5) - expected).abs() < 1e-6);
        // A longer vector points the same way.
        assert!((value(&(&views * 7.0), &views, 0.5) - expected).abs() < 1e-6);
    }

    #[test]
    fn one_row_has_no_strangers() {
        let row = Tensor::from_slice(&[0.3_f32, -2.0]).view([1, 2]);
        assert!(value(&row, &row, 0.1).abs() < 1e-6);
    }

    #[test]
    fn gradient_agrees_with_finite_differences() {
        let base = [0.4_f32, -1.1, 0.7, 0.2, 0.9, -0.3, 1.3, 0.5];
        let other =
            Tensor::from_slice(&[0.1_f32, 0.8, -0.6, 1.0, 0.3, 0.3, -0.9, 0.4]).view([4, 2]);
        let at = Tensor::from_slice(&base).view([4, 2]).set_requires_grad(true);
        nt_xent(&at, &other, 0.5).unwrap().backward();
        let gradient = at.grad().view([8]);
        let step = 1e-2_f32;
        for index in 0..8 {
            let shifted = |by: f32| {
                let mut values = base;
                values[index] += by;
                value(&Tensor::from_slice(&values).view([4, 2]), &other, 0.5)
            };
            let numeric = (shifted(step) - shifted(-step)) / (2.0 * f64::from(step));
            let exact = gradient.double_value(&[index as i64]);
            assert!((numeric - exact).abs() < 1e-3, "{index}: {numeric} and {exact}");
        }
    }
}
