//! Student's test of two means.

use super::Test;
use super::pool::sorted;
use crate::profile::Moments;
use crate::special::student_t_two_sided;

/// t = (mean of first - mean of second) / sqrt(v1 / n + v2 / m), with variances of n - 1,
/// and the two-sided p-value at Welch's degrees of freedom.
///
/// Welch 1947; SciPy's `ttest_ind(equal_var=False)`. Rows are summed in rising order.
/// Nothing where a sample has fewer than two values, NaN or infinities, or where neither
/// varies. Departure: where neither varies and the means differ SciPy says an infinite t.
///
/// Of 1, 2, 3 and 2, 3, 4: t = -1 / sqrt(2/3), 4 degrees.
pub fn welch_t(first: &[f64], second: &[f64]) -> Option<Test> {
    let (one, other) = (moments(first, 2)?, moments(second, 2)?);
    let part = |of: &Moments| Some(of.variance(1)? / of.count() as f64);
    let (left, right) = (part(&one)?, part(&other)?);
    let below = left * left / (one.count() - 1) as f64 + right * right / (other.count() - 1) as f64;
    let degrees = (left + right) * (left + right) / below;
    test(one.mean()? - other.mean()?, (left + right).sqrt(), degrees)
}

/// t with one variance of both samples, and its two-sided p-value at n + m - 2 degrees.
///
/// SciPy's `ttest_ind`, which Evidently's `t_test` is. Nothing where the samples have fewer
/// than three values together, and as of [`welch_t`].
///
/// Of 1, 2, 3 and 2, 3, 4: t = -1 / sqrt(2/3), p = 0.2878641347266908.
pub fn pooled_t(first: &[f64], second: &[f64]) -> Option<Test> {
    let (one, other) = (moments(first, 1)?, moments(second, 1)?);
    let (n, m) = (one.count() as f64, other.count() as f64);
    let degrees = n + m - 2.0;
    if degrees <= 0.0 {
        return None;
    }
    let squares = one.variance(0)? * n + other.variance(0)? * m;
    let error = (squares / degrees * (1.0 / n + 1.0 / m)).sqrt();
    test(one.mean()? - other.mean()?, error, degrees)
}

fn moments(values: &[f64], least: usize) -> Option<Moments> {
    let values = sorted(values)?;
    let finite = values.iter().all(|value| value.is_finite());
    (finite && values.len() >= least).then(|| Moments::of(&values))
}

fn test(difference: f64, error: f64, degrees: f64) -> Option<Test> {
    let statistic = difference / error;
    let p_value = student_t_two_sided(statistic, degrees)?;
    (error > 0.0).then_some(Test { statistic, p_value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let (first, second) = ([1.0, 2.0, 3.0], [4.0, 2.0, 3.0]);
        for test in [welch_t(&first, &second).unwrap(), pooled_t(&first, &second).unwrap()] {
            assert!((test.statistic + 1.5_f64.sqrt()).abs() < 1e-15, "{test:?}");
            assert!((test.p_value - 0.287_864_134_726_690_8).abs() < 1e-12, "{test:?}");
        }
    }

    #[test]
    fn what_has_no_value() {
        assert_eq!(welch_t(&[1.0], &[1.0, 2.0]), None);
        assert_eq!(pooled_t(&[1.0], &[1.0]), None);
        assert_eq!(pooled_t(&[1.0, 1.0], &[2.0, 2.0]), None);
        assert!(pooled_t(&[1.0], &[1.0, 2.0]).is_some());
        assert_eq!(welch_t(&[1.0, f64::NAN], &[1.0, 2.0]), None);
    }
}
