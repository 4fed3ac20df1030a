//! `perplexity`: e to the mean loss of a token.

use crate::metric::{Direction, Function, Metric};
use crate::sample::Tokens;

/// The entry.
pub const METRIC: Metric = Metric {
    name: "perplexity",
    summary: "e to the mean loss of a token",
    direction: Direction::Lower,
    function: Function::Tokens(perplexity),
    of_class: None,
    undefined: "no token was predicted, or it is infinite",
};

/// exp of [`crate::metrics::cross_entropy`]; at least 1. Tokens of which each has the
/// probability 1/4 have 4.
///
/// Jelinek et al. 1977.
pub fn perplexity(sample: &Tokens, weights: &[f64]) -> Option<f64> {
    sample.mean_loss(weights).map(libm::exp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_one_in_four() {
        let sample = Tokens::new(vec![2.0], vec![2.0 * 4.0_f64.ln()]);
        let found = perplexity(&sample, &[1.0]).unwrap_or(f64::NAN);
        assert!((found - 4.0).abs() < 1e-12, "{found}");
    }
}
