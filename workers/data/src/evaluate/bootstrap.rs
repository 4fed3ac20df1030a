//! Percentile bootstrap intervals, and paired differences. Pure.
//!
//! A model may stand for a procedure with several replicates (seeds): its value
//! is the mean over them. Each resample draws rows and replicates, both with
//! replacement, so an interval covers the rows that were not seen and the seeds
//! that were not tried. A baseline is measured on the same draws of rows, and of
//! replicates where both have as many: the difference is paired.
//!
//! Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapters
//! 8 (two-way data) and 13 (percentile intervals). Departure: the replicates of a
//! resample share its rows.

use ingot_protocol::seed::derive;

use super::measures::{Measures, Scores};

/// Replicates of one procedure over the same rows.
pub(super) type Replicates = Vec<Scores>;

/// A value and its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Estimate {
    /// Over all rows, the mean over replicates.
    pub value: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
}

/// Each measure by name; a measure that is not defined is left out.
pub(super) type Estimates = Vec<(&'static str, Estimate)>;

/// How intervals are computed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    /// Resamples.
    pub resamples: u64,
    /// The intervals' confidence, in (0, 1).
    pub confidence: f64,
    /// Every draw is from it.
    pub seed: u64,
}

/// The estimates of a procedure, and of its difference to a baseline.
pub(super) fn estimate(
    model: &Replicates,
    baseline: Option<&Replicates>,
    settings: &Settings,
) -> (Estimates, Estimates) {
    let rows = model.first().map_or(0, Scores::rows);
    let ones = vec![1; rows];
    let everyone = |procedure: &Replicates| average(procedure, &ones, &all(procedure.len()));
    let value = everyone(model);
    let base_value = baseline.map(everyone);
    let mut values: Vec<Means> = Vec::new();
    let mut differences: Vec<Means> = Vec::new();
    for resample in 0..settings.resamples {
        let mut draws = Draws(derive(settings.seed, "bootstrap", resample));
        let weights = draws.counts(rows);
        let chosen = draws.choose(model.len());
        let means = average(model, &weights, &chosen);
        if let Some(baseline) = baseline {
            let chosen =
                if baseline.len() == model.len() { chosen } else { draws.choose(baseline.len()) };
            differences.push(minus(&means, &average(baseline, &weights, &chosen)));
        }
        values.push(means);
    }
    let estimates = intervals(&value, &values, settings.confidence);
    let compared = base_value.map(|base| minus(&value, &base));
    let compared = compared.map(|value| intervals(&value, &differences, settings.confidence));
    (estimates, compared.unwrap_or_default())
}

/// Names and order of the measures.
pub(super) const NAMES: [&str; 4] = ["accuracy", "balanced_accuracy", "log_loss", "roc_auc"];

/// The mean of each measure, in the order of [`NAMES`].
type Means = [Option<f64>; 4];

fn all(count: usize) -> Vec<usize> {
    (0..count).collect()
}

fn average(procedure: &Replicates, weights: &[u32], chosen: &[usize]) -> Means {
    let mut measured: Vec<Option<Measures>> = vec![None; procedure.len()];
    let mut sums = [Some(0.0); 4];
    for &index in chosen {
        let measures =
            measured[index].get_or_insert_with(|| procedure[index].measures(weights)).clone();
        let values = [
            Some(measures.accuracy),
            Some(measures.balanced_accuracy),
            Some(measures.log_loss),
            measures.roc_auc,
        ];
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum = sum.zip(value).map(|(sum, value)| sum + value);
        }
    }
    sums.map(|sum| sum.map(|sum| sum / chosen.len() as f64))
}

fn minus(one: &Means, other: &Means) -> Means {
    std::array::from_fn(|index| Some(one[index]? - other[index]?))
}

fn intervals(value: &Means, resampled: &[Means], confidence: f64) -> Estimates {
    NAMES
        .iter()
        .enumerate()
        .filter_map(|(index, &name)| {
            let value = value[index]?;
            let mut values: Vec<f64> = resampled.iter().filter_map(|means| means[index]).collect();
            values.sort_by(f64::total_cmp);
            let tail = (1.0 - confidence) / 2.0;
            let low = quantile(&values, tail).unwrap_or(value);
            let high = quantile(&values, 1.0 - tail).unwrap_or(value);
            Some((name, Estimate { value, low, high }))
        })
        .collect()
}

/// The quantile of sorted values, linear between the nearest two (Hyndman and Fan
/// 1996, type 7).
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let at = share * last as f64;
    let below = at.floor() as usize;
    let above = (below + 1).min(last);
    Some(sorted[below] + (at - below as f64) * (sorted[above] - sorted[below]))
}

/// SplitMix64 (Steele, Lea and Flood 2014): a stream of 64-bit words.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// A number below `count`, by the high bits of the product.
    fn below(&mut self, count: usize) -> usize {
        ((u128::from(self.next()) * count as u128) >> 64) as usize
    }

    /// How often each of `count` rows is drawn in `count` draws.
    fn counts(&mut self, count: usize) -> Vec<u32> {
        let mut counts = vec![0; count];
        for _ in 0..count {
            counts[self.below(count)] += 1;
        }
        counts
    }

    /// `count` draws of `count` things.
    fn choose(&mut self, count: usize) -> Vec<usize> {
        (0..count).map(|_| self.below(count)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(right: usize, rows: usize) -> Scores {
        let truth: Vec<usize> = (0..rows).map(|row| row % 2).collect();
        let predicted: Vec<usize> =
            truth.iter().enumerate().map(|(row, &t)| if row < right { t } else { 1 - t }).collect();
        let p: Vec<Vec<f64>> = predicted
            .iter()
            .map(|&c| if c == 1 { vec![0.2, 0.8] } else { vec![0.8, 0.2] })
            .collect();
        Scores::new(2, 1, truth, predicted, &p)
    }

    const SETTINGS: Settings = Settings { resamples: 2000, confidence: 0.95, seed: 17 };

    #[test]
    fn the_interval_of_a_share_is_near_the_binomial_one() {
        let (estimates, _) = estimate(&vec![scores(80, 100)], None, &SETTINGS);
        let accuracy = estimates[0].1;
        assert_eq!(accuracy.value, 0.8);
        // The normal approximation: 0.8 +- 1.96 * sqrt(0.8 * 0.2 / 100) = [0.722, 0.878].
        assert!((accuracy.low - 0.722).abs() < 0.02 && (accuracy.high - 0.878).abs() < 0.02);
    }

    #[test]
    fn a_procedure_does_not_differ_from_itself() {
        let model = vec![scores(80, 100), scores(90, 100)];
        let (_, differences) = estimate(&model, Some(&model.clone()), &SETTINGS);
        for (name, difference) in differences {
            assert_eq!(
                (difference.low, difference.value, difference.high),
                (0.0, 0.0, 0.0),
                "{name}"
            );
        }
    }

    #[test]
    fn replicates_that_differ_widen_the_interval() {
        let wide = vec![scores(60, 100), scores(100, 100)];
        let narrow = vec![scores(80, 100), scores(80, 100)];
        let width = |model: &Replicates| {
            let accuracy = estimate(model, None, &SETTINGS).0[0].1;
            accuracy.high - accuracy.low
        };
        assert!(width(&wide) > width(&narrow));
    }

    #[test]
    fn quantiles_are_those_of_type_seven() {
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 0.5), Some(2.5));
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 0.25), Some(1.75));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
