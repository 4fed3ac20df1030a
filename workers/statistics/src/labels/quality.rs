//! How likely a given label is right.

use super::judged::Judged;

/// Nothing is divided by less.
const LEAST: f64 = 1e-6;

/// How a label is scored; the names are cleanlab's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quality {
    /// The probability of the given class.
    #[default]
    SelfConfidence,
    /// (the probability of the given class - the largest one of another class + 1) / 2.
    NormalizedMargin,
    /// ln(e / s + 1) / (e / s), where s is the probability of the given class and e the entropy
    /// of all of them, divided by the logarithm of their number.
    ConfidenceWeightedEntropy,
}

impl Quality {
    /// Every score, the default first.
    pub const EVERY: [Self; 3] =
        [Self::SelfConfidence, Self::NormalizedMargin, Self::ConfidenceWeightedEntropy];

    /// cleanlab's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::SelfConfidence => "self_confidence",
            Self::NormalizedMargin => "normalized_margin",
            Self::ConfidenceWeightedEntropy => "confidence_weighted_entropy",
        }
    }

    fn of(self, given: usize, probabilities: &[f64]) -> f64 {
        let own = probabilities.get(given).copied().unwrap_or_default();
        match self {
            Self::SelfConfidence => own,
            Self::NormalizedMargin => {
                let others = probabilities.iter().enumerate().filter(|(class, _)| *class != given);
                let most = others.map(|(_, p)| *p).fold(f64::NEG_INFINITY, f64::max);
                (own - most + 1.0) / 2.0
            }
            Self::ConfidenceWeightedEntropy => {
                let nats = |p: &f64| if *p > 0.0 { p * libm::log(*p) } else { 0.0 };
                let entropy = -probabilities.iter().map(nats).sum::<f64>();
                let weighted = entropy / libm::log(probabilities.len() as f64) / own.max(LEAST);
                libm::log(weighted + 1.0) / weighted.max(LEAST)
            }
        }
    }
}

/// Each row's score in [0, 1], of which a low one says that the label is likely wrong. // (rows)
///
/// cleanlab's `get_label_quality_scores`, without its adjustment by thresholds. In the third one
/// nothing is divided by less than 1e-6, so that it is 0, and not 1, of a row whose entropy is
/// 0: that is cleanlab's. Summed in the order of the classes.
///
/// Of (0.8, 0.2) given 1 they are 0.2, 0.2 and 0.423.
pub fn label_quality(judged: &Judged, quality: Quality) -> Vec<f64> {
    judged.rows().map(|(given, probabilities)| quality.of(given, probabilities)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let judged = Judged::new(vec![1, 0], vec![0.8, 0.2, 1.0, 0.0], 2).unwrap();
        let of = |quality| label_quality(&judged, quality);
        assert_eq!(of(Quality::SelfConfidence), [0.2, 1.0]);
        assert!((of(Quality::NormalizedMargin)[0] - 0.2).abs() < 1e-15);
        let entropy = of(Quality::ConfidenceWeightedEntropy);
        assert!((entropy[0] - 0.4233).abs() < 1e-4, "{entropy:?}");
        assert_eq!(entropy[1], 0.0);
    }
}
