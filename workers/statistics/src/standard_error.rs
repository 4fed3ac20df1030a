//! Standard errors: of an interval, and of replicates.

use libm::{erf, sqrt};

use crate::choice::Measured;

/// The standard error behind an interval of this confidence, in (0, 1):
/// `(high - low) / (2 z)`, where a standard normal variable lies within `z` of 0 with
/// that probability (1.96 for 0.95).
pub fn of_interval(low: f64, high: f64, confidence: f64) -> f64 {
    // P(|Z| < z) = erf(z / sqrt 2) grows with z, and is 1 in float64 well before 10.
    let (mut below, mut above) = (0.0, 10.0);
    for _ in 0..100 {
        let middle = (below + above) / 2.0;
        if erf(middle / std::f64::consts::SQRT_2) < confidence {
            below = middle;
        } else {
            above = middle;
        }
    }
    (high - low) / (2.0 * above)
}

/// The mean of replicates, and its standard error `s / sqrt n`, where `s` is the
/// sample's standard deviation (divided by `n - 1`); none of one replicate. Sums run in
/// order, so the result is the same on every machine.
pub fn of_replicates(values: &[f64]) -> Measured {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let standard_error = (values.len() > 1).then(|| sqrt(squares / (count - 1.0) / count));
    Measured { value: mean, standard_error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standard_error_comes_from_the_interval_or_the_replicates() {
        // Tabulated: 1.959964 for 0.95, 1.644854 for 0.9, 2.575829 for 0.99.
        for (confidence, z) in [(0.95, 1.959_964), (0.9, 1.644_854), (0.99, 2.575_829)] {
            let found = 1.0 / of_interval(0.0, 2.0, confidence);
            assert!((found - z).abs() < 1e-6, "{confidence}: {found}");
        }
        // Values 1, 2, 3: mean 2, s = 1, 1 / sqrt 3.
        let measured = of_replicates(&[1.0, 2.0, 3.0]);
        assert_eq!(measured.value, 2.0);
        assert!((measured.standard_error.unwrap() - 0.577_350_269).abs() < 1e-9);
        assert_eq!(of_replicates(&[4.0]).standard_error, None);
    }
}
