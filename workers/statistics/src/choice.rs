//! Which of several points is best. Pure.
//!
//! Sources: the rule of one standard error is that of Breiman, Friedman, Olshen and
//! Stone, Classification and Regression Trees (1984), section 3.4.3; Hastie, Tibshirani
//! and Friedman, The Elements of Statistical Learning (2009), section 7.10, use it for
//! any family of models. Departure: they order models by complexity; here the simplest
//! is the one that the manifest names first.

use crate::metric::Direction;

/// How a point is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The best value; of equal ones the first.
    Best,
    /// The first point that is at most one standard error of the best one worse than it.
    OneStandardError,
}

/// What is known of a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// The metric; finite.
    pub value: f64,
    /// The value's standard error, in the metric's unit; at least 0.
    pub standard_error: Option<f64>,
}

/// The index of the chosen point. Nothing where there is no point, or where the rule
/// needs a standard error that the best point lacks.
///
/// With `Higher` and one standard error: the first `i` with
/// `value[i] >= value[best] - standard_error[best]`. For values 0.80, 0.84, 0.85 and
/// a standard error of 0.02 that is the second.
pub fn choose(points: &[Measured], direction: Direction, rule: Rule) -> Option<usize> {
    // Less of the opposite is more.
    let sign = if direction == Direction::Lower { -1.0 } else { 1.0 };
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
        assert_eq!(choose(&values, Direction::Higher, Rule::Best), Some(1));
        assert_eq!(choose(&values, Direction::Lower, Rule::Best), Some(2));
        assert_eq!(choose(&[], Direction::Higher, Rule::Best), None);
    }

    #[test]
    fn one_standard_error_takes_the_first_that_is_near_enough() {
        let values = points(&[0.80, 0.84, 0.85], 0.02);
        assert_eq!(choose(&values, Direction::Higher, Rule::OneStandardError), Some(1));
        let exact = points(&[0.5, 0.75, 1.0], 0.25);
        assert_eq!(
            choose(&exact, Direction::Higher, Rule::OneStandardError),
            Some(1),
            "at the limit"
        );
        assert_eq!(choose(&exact, Direction::Lower, Rule::OneStandardError), Some(0));
        let unsure = [Measured { value: 1.0, standard_error: None }];
        assert_eq!(choose(&unsure, Direction::Higher, Rule::OneStandardError), None);
    }
}
