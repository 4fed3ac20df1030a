//! Whether two columns go together in synthetic rows as in real ones.

/// How two columns are correlated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Coefficient {
    /// Of the values: how far they are on a line.
    #[default]
    Pearson,
    /// Of the ranks, the mean rank of those that tie: how far one rises with the other.
    Spearman,
}

/// The correlation of two columns, in [-1, 1].
///
/// Pearson: the sum of (x - mean x) (y - mean y) over the lengths of both differences, as SciPy's
/// `pearsonr`; Spearman: the same of ranks, as its `spearmanr`. Rows in which either is NaN are
/// passed over; sums run in the order of the rows. Nothing where the columns differ in length,
/// fewer than two rows are left, a value is infinite, or a column is constant.
///
/// Of 1, 2, 3 and 2, 4, 6 it is 1.
pub fn correlation(x: &[f64], y: &[f64], coefficient: Coefficient) -> Option<f64> {
    if x.len() != y.len() {
        return None;
    }
    let pairs = x.iter().zip(y).filter(|(x, y)| !x.is_nan() && !y.is_nan());
    let (x, y): (Vec<f64>, Vec<f64>) = pairs.map(|(x, y)| (*x, *y)).unzip();
    let (x, y) = match coefficient {
        Coefficient::Pearson => (x, y),
        Coefficient::Spearman => (ranks(&x), ranks(&y)),
    };
    let (x, y) = (direction(&x)?, direction(&y)?);
    let product: f64 = x.iter().zip(&y).map(|(x, y)| x * y).sum();
    product.is_finite().then(|| product.clamp(-1.0, 1.0))
}

/// 1 - |r of real - r of synthetic| / 2: in [0, 1], and 1 where both are as correlated.
///
/// Each argument is two columns. SDMetrics' `CorrelationSimilarity` with its defaults: nothing
/// where the real columns are not correlated at all, so that there is nothing to keep, and nothing
/// as of [`correlation`].
///
/// Of columns with the correlations 1 and 0 it is 1/2.
pub fn correlation_similarity(
    real: (&[f64], &[f64]),
    synthetic: (&[f64], &[f64]),
    coefficient: Coefficient,
) -> Option<f64> {
    let of_real = correlation(real.0, real.1, coefficient)?;
    let of_synthetic = correlation(synthetic.0, synthetic.1, coefficient)?;
    (of_real != 0.0).then(|| 1.0 - (of_real - of_synthetic).abs() / 2.0)
}

/// The differences from the mean, of length 1.
fn direction(values: &[f64]) -> Option<Vec<f64>> {
    let first = values.first()?;
    if values.len() < 2 || values.iter().all(|value| value == first) {
        return None;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let differences: Vec<f64> = values.iter().map(|value| value - mean).collect();
    // By the largest, so that squares neither vanish nor overflow.
    let largest = differences.iter().fold(0.0_f64, |most, it| most.max(it.abs()));
    if !largest.is_finite() || largest == 0.0 {
        return None;
    }
    let scaled: Vec<f64> = differences.iter().map(|it| it / largest).collect();
    let length = libm::sqrt(scaled.iter().map(|it| it * it).sum());
    Some(scaled.into_iter().map(|it| it / length).collect())
}

/// Ranks from 1; values that tie have the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<(f64, usize)> = values.iter().map(|value| value + 0.0).zip(0..).collect();
    order.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for tied in order.chunk_by(|one, other| one.0 == other.0) {
        let rank = before as f64 + (tied.len() + 1) as f64 / 2.0;
        before += tied.len();
        for (_, at) in tied {
            if let Some(place) = ranks.get_mut(*at) {
                *place = rank;
            }
        }
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let (x, y) = ([1.0, 2.0, 3.0], [2.0, 4.0, 6.0]);
        let pearson = correlation(&x, &y, Coefficient::Pearson).unwrap();
        assert!((pearson - 1.0).abs() < 1e-15);
        assert_eq!(ranks(&[5.0, 1.0, 5.0, -0.0]), [3.5, 2.0, 3.5, 1.0]);
        let curved = [1.0, 8.0, 27.0];
        let spearman = correlation(&x, &curved, Coefficient::Spearman).unwrap();
        assert!((spearman - 1.0).abs() < 1e-15);
        let flat = [1.0, 2.0, 1.0];
        let half = correlation_similarity((&x, &y), (&x, &flat), Coefficient::Pearson).unwrap();
        assert!((half - 0.5).abs() < 1e-15);
    }

    #[test]
    fn what_has_no_value() {
        let of = |x: &[f64], y: &[f64]| correlation(x, y, Coefficient::Pearson);
        assert_eq!(of(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!(of(&[1.0, f64::NAN], &[1.0, 2.0]), None);
        assert_eq!(of(&[1.0, f64::INFINITY], &[1.0, 2.0]), None);
        assert_eq!(of(&[1.0], &[1.0, 2.0]), None);
        assert!(of(&[1e300, -1e300, 0.0], &[1e-300, -1e-300, 0.0]).unwrap() > 0.99);
    }
}
