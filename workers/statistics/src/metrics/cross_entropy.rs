//! `cross_entropy`: the mean loss of a token.

use crate::metric::{Direction, Function, Metric};
use crate::sample::Tokens;

/// The entry.
pub const METRIC: Metric = Metric {
    name: "cross_entropy",
    summary: "mean loss of a token, in nats",
    direction: Direction::Lower,
    function: Function::Tokens(cross_entropy),
    of_class: None,
    undefined: "no token was predicted, or a sum is infinite",
};

/// sum of w * loss / sum of w * tokens, in nats: the mean of -ln p(token). A text of two
/// tokens with probabilities 1/2 and 1/8 has ln(16) / 2 = 1.386.
pub fn cross_entropy(sample: &Tokens, weights: &[f64]) -> Option<f64> {
    sample.mean_loss(weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_counts_once_whatever_its_text() {
        let sample = Tokens::new(vec![1.0, 3.0], vec![2.0, 3.0]);
        assert_eq!(cross_entropy(&sample, &[1.0, 1.0]), Some(1.25));
        assert_eq!(cross_entropy(&sample, &[0.0, 0.0]), None);
    }
}
