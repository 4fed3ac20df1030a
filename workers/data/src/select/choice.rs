//! Which of several points is best. Pure.
//!
//! Sources: the rule of one standard error is that of Breiman, Friedman, Olshen and
//! Stone, Classification and Regression Trees (1984), section 3.4.3; Hastie, Tibshirani
//! and Friedman, The Elements of Statistical Learning (2009), section 7.10, use it for
//! any family of models. Departure: they order models by complexity; here the simplest
//! is the one that the manifest names first.

use libm::{erf, sqrt};

/// Which way a metric is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// More is better.
    Max,
    /// Less is better.
    Min,
}

/// How a point is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// The best value; of equal ones the first.
    Best,
    /// The first point that is at most one standard error of the best one worse than it.
    OneStandardError,
}

/// What is known of a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measured {
    /// The metric; finite.
    pub value: f64,
    /// The value's standard error, in the metric's unit; at least 0.
    pub standard_error: Option<f64>,
}

/// The index of the chosen point. Nothing where there is no point, or where the rule
/// needs a standard error that the best point lacks.
///
/// With `Max` and one standard error: the first `i` with
/// `value[i] >= value[best] - standard_error[best]`. For values 0.80, 0.84, 0.85 and
/// a standard error of 0.02 that is the second.
pub(super) fn choose(points: &[Measured], goal: Goal, rule: Rule) -> Option<usize> {
    // Less of the opposite is more.
    let sign = if goal == Goal::Max { 1.0 } else { -1.0 };
    let merit = |index: usize| sign * points[index].value;
    let best =
        (1..points.len()).fold((!points.is_empty()).then_some(0), |best, index| match best {
            Some(best) if merit(index) > merit(best) => Some(index),
            best => best,
        })?;
    match rule {
        Rule::Best => Some(best),
        Rule::OneStandardError => {
            let limit = merit(best) - points[best].standard_error?;
            (0..points.len()).find(|&index| merit(index) >= limit)
        }
    }
}

/// The standard error behind an interval of this confidence, in (0, 1):
/// `(high - low) / (2 z)`, where a standard normal variable lies within `z` of 0 with
/// that probability (1.96 for 0.95).
pub(super) fn of_interval(low: f64, high: f64, confidence: f64) -> f64 {
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
pub(super) fn of_replicates(values: &[f64]) -> Measured {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let standard_error = (values.len() > 1).then(|| sqrt(squares / (count - 1.0) / count));
    Measured { value: mean, standard_error }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(values: &[f64], standard_error: f64) -> Vec<Measured> {
        let point = |&value| Measured { value, standard_error: Some(standard_error) };
        values.iter().map(point).collect()
    }

    #[test]
    fn the_best_is_chosen_and_of_equals_the_first() {
        let values = points(&[0.8, 0.9, 0.7, 0.9, 0.7], 0.0);
        assert_eq!(choose(&values, Goal::Max, Rule::Best), Some(1));
        assert_eq!(choose(&values, Goal::Min, Rule::Best), Some(2));
        assert_eq!(choose(&[], Goal::Max, Rule::Best), None);
    }

    #[test]
    fn one_standard_error_takes_the_first_that_is_near_enough() {
        let values = points(&[0.80, 0.84, 0.85], 0.02);
        assert_eq!(choose(&values, Goal::Max, Rule::OneStandardError), Some(1));
        let exact = points(&[0.5, 0.75, 1.0], 0.25);
        assert_eq!(choose(&exact, Goal::Max, Rule::OneStandardError), Some(1), "at the limit");
        assert_eq!(choose(&exact, Goal::Min, Rule::OneStandardError), Some(0));
        let unsure = [Measured { value: 1.0, standard_error: None }];
        assert_eq!(choose(&unsure, Goal::Max, Rule::OneStandardError), None);
    }

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
