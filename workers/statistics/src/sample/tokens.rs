//! [`Tokens`]: texts, each with the sum of its tokens' losses.

/// The losses of texts.
#[derive(Debug, Clone)]
pub struct Tokens {
    counts: Vec<f64>, // (rows)
    losses: Vec<f64>, // (rows), nats
}

impl Tokens {
    /// Texts: how many tokens of each were predicted, and the sum of their
    /// `-ln p(token)`, in nats.
    pub fn new(counts: Vec<f64>, losses: Vec<f64>) -> Self {
        Self { counts, losses }
    }

    /// The number of texts.
    pub fn rows(&self) -> usize {
        self.counts.len()
    }

    /// The mean loss of a token, in nats, where text `i` counts `weights[i]` times; in the
    /// order of the texts. Nothing where there is no token.
    pub fn mean_loss(&self, weights: &[f64]) -> Option<f64> {
        let (mut tokens, mut loss) = (0.0, 0.0);
        for (row, &weight) in weights.iter().enumerate() {
            tokens += weight * self.counts[row];
            loss += weight * self.losses[row];
        }
        (tokens > 0.0).then(|| loss / tokens)
    }
}
