//! The edges of equal bins, by the rules that NumPy has.

use core::f64::consts::PI;

use super::Moments;
use crate::drift::sorted;
use crate::quantile::numpy_quantile;

/// More bins than any picture needs: a rule that asks for more has no edges.
const MOST: f64 = 10_000_000.0;

/// How many bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bins {
    /// So many.
    Count(usize),
    /// Width: the smaller of [`Self::FreedmanDiaconis`] and [`Self::Sturges`]; the latter
    /// where the former is 0.
    Auto,
    /// Width 2 IQR / n^(1/3) (Freedman and Diaconis 1981).
    FreedmanDiaconis,
    /// Width range / (log2 n + 1) (Sturges 1926).
    Sturges,
    /// Width deviation * (24 sqrt(pi) / n)^(1/3) (Scott 1979).
    Scott,
    /// Width range / (2 n^(1/3)).
    Rice,
    /// Width range / sqrt n.
    SquareRoot,
}

/// The edges of bins of equal width from the least value to the largest; one more than bins.
///
/// NumPy's `histogram_bin_edges`: the count is the range over the rule's width, rounded up;
/// 1 where the width is 0; equal values are widened by 1/2 on both sides. Edge i is
/// least + i * step, the last one the largest value itself.
///
/// Nothing of no values, with NaN or infinities, of no bins, of bins too narrow for their
/// edges to differ (NumPy refuses those), or of more than ten million.
///
/// Of 0, 1, 2, 3 Sturges has log2(4) + 1 = 3 bins: 0, 1, 2, 3.
pub fn bin_edges(values: &[f64], bins: Bins) -> Option<Vec<f64>> {
    let values = sorted(values)?;
    if !values.iter().all(|value| value.is_finite()) {
        return None;
    }
    let (mut low, mut high) = (*values.first()?, *values.last()?);
    let width = width(&values, bins)?;
    if low == high {
        (low, high) = (low - 0.5, high + 0.5);
    }
    let count = match bins {
        Bins::Count(count) => count as f64,
        _ if width > 0.0 => ((high - low) / width).ceil(),
        _ => 1.0,
    };
    if !(1.0..=MOST).contains(&count) {
        return None;
    }
    let step = (high - low) / count;
    let mut edges: Vec<f64> = (0..count as usize).map(|i| i as f64 * step + low).collect();
    edges.push(high);
    edges.windows(2).all(|pair| pair[0] < pair[1]).then_some(edges)
}

/// The width that a rule asks for; 0 where it has none.
fn width(sorted: &[f64], bins: Bins) -> Option<f64> {
    let size = sorted.len() as f64;
    let range = sorted.last()? - sorted.first()?;
    let third = |value: f64| libm::pow(value, 1.0 / 3.0);
    let sturges = || range / (libm::log2(size) + 1.0);
    let diaconis = || {
        let quartiles = numpy_quantile(sorted, 0.75)? - numpy_quantile(sorted, 0.25)?;
        Some(2.0 * quartiles * libm::pow(size, -1.0 / 3.0))
    };
    Some(match bins {
        Bins::Count(_) => 0.0,
        Bins::Auto => match diaconis()? {
            0.0 => sturges(),
            width => width.min(sturges()),
        },
        Bins::FreedmanDiaconis => diaconis()?,
        Bins::Sturges => sturges(),
        Bins::Scott => third(24.0 * PI.sqrt() / size) * Moments::of(sorted).deviation(0)?,
        Bins::Rice => range / (2.0 * third(size)),
        Bins::SquareRoot => range / size.sqrt(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let of = |values: &[f64], bins| bin_edges(values, bins);
        assert_eq!(of(&[3.0, 0.0, 1.0, 2.0], Bins::Sturges), Some(vec![0.0, 1.0, 2.0, 3.0]));
        assert_eq!(of(&[0.0, 4.0], Bins::Count(2)), Some(vec![0.0, 2.0, 4.0]));
        assert_eq!(of(&[1.0, 1.0], Bins::Auto), Some(vec![0.5, 1.5]));
        assert_eq!(of(&[1.0, 1.0], Bins::Count(2)), Some(vec![0.5, 1.0, 1.5]));
        assert_eq!(of(&[0.0, 16.0], Bins::SquareRoot).map(|edges| edges.len()), Some(3));
    }

    #[test]
    fn what_has_no_edges() {
        assert_eq!(bin_edges(&[], Bins::Auto), None);
        assert_eq!(bin_edges(&[1.0, f64::NAN], Bins::Auto), None);
        assert_eq!(bin_edges(&[1.0, f64::INFINITY], Bins::Auto), None);
        assert_eq!(bin_edges(&[1.0, 2.0], Bins::Count(0)), None);
        // Two neighbours have no edge between them.
        assert_eq!(bin_edges(&[1.0, 1.0 + f64::EPSILON], Bins::Count(4)), None);
    }

    #[test]
    fn powers_of_two_have_whole_logarithms() {
        for power in 0..50 {
            assert_eq!(libm::log2(libm::exp2(f64::from(power))), f64::from(power));
        }
    }
}
