//! `log_loss`: the mean of -ln of the true class's probability.

use crate::metric::{Direction, Function, Metric};
use crate::sample::{Classes, weighted_mean};

/// The entry.
pub const METRIC: Metric = Metric {
    name: "log_loss",
    summary: "mean of -ln of the true class's probability, in nats",
    direction: Direction::Lower,
    function: Function::Classes(log_loss),
    of_class: None,
    undefined: "no row has a weight",
};

/// sum of w * -ln p(true class) / sum of w, in nats; 0 is perfect. Probabilities are
/// clipped as [`Classes::new`] says.
///
/// As scikit-learn's `log_loss`, without its renormalisation: probabilities are taken as
/// they are.
pub fn log_loss(sample: &Classes, weights: &[f64]) -> Option<f64> {
    weighted_mean(weights, |row| sample.losses()[row])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::tests::four;

    #[test]
    fn logarithms_by_hand() {
        let by_hand = -(0.9_f64.ln() + 0.6_f64.ln() + 0.35_f64.ln() + 0.8_f64.ln()) / 4.0;
        let found = log_loss(&four(), &[1.0; 4]).unwrap_or(f64::NAN);
        assert!((found - by_hand).abs() < 1e-15, "{found}");
    }
}
