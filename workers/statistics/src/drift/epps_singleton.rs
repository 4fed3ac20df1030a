//! The Epps-Singleton test.

use super::Test;
use super::pool::sorted;
use super::symmetric::Eigen;
use crate::quantile::numpy_quantile;
use crate::special::chi_square_survival;

/// Where the characteristic functions are compared.
const POINTS: [f64; 2] = [0.4, 0.8];

/// An eigenvalue below this share of the largest is 0 but for rounding.
const NOISE: f64 = 1e-12;

/// How far the empirical characteristic functions of two samples differ at 0.4 and 0.8
/// half interquartile ranges: the Mahalanobis square of the difference of their cosines and
/// sines, which is chi-square of 4 degrees under chance; and its p-value.
///
/// Epps and Singleton 1986, with Goerg and Kaiser's correction of small samples (both below
/// 25 values); SciPy's `epps_singleton_2samp`. Where the covariance has not full rank its
/// pseudo-inverse stands in and the degrees are the rank; departure: an eigenvalue counts as
/// 0 below 1e-12 of the largest, where SciPy says 1e-15 and the rounding of long sums passes
/// that. Sums run in rising order.
///
/// Nothing where a sample has fewer than five values, NaN or infinities, or where the
/// interquartile range of both is 0.
pub fn epps_singleton(first: &[f64], second: &[f64]) -> Option<Test> {
    let (first, second) = (sorted(first)?, sorted(second)?);
    let both = sorted(&[first.as_slice(), second.as_slice()].concat())?;
    let finite = both.iter().all(|value| value.is_finite());
    let half = (numpy_quantile(&both, 0.75)? - numpy_quantile(&both, 0.25)?) / 2.0;
    if first.len() < 5 || second.len() < 5 || !finite || half <= 0.0 {
        return None;
    }
    let (n, m) = (first.len() as f64, second.len() as f64);
    let size = n + m;
    let (one, other) = (Waves::new(&first, half), Waves::new(&second, half));
    let mut covariance = [[0.0; 4]; 4];
    for (row, elements) in covariance.iter_mut().enumerate() {
        for (at, element) in elements.iter_mut().enumerate() {
            *element = size / n * one.covariance[row][at] + size / m * other.covariance[row][at];
        }
    }
    let difference: [f64; 4] = core::array::from_fn(|at| one.mean[at] - other.mean[at]);
    let eigen = Eigen::new(covariance);
    let largest = eigen.values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let (mut square, mut rank) = (0.0, 0.0);
    for (value, vector) in eigen.values.iter().zip(&eigen.vectors) {
        if value.abs() > NOISE * largest {
            let along: f64 = vector.iter().zip(&difference).map(|(a, b)| a * b).sum();
            square += along * along / value;
            rank += 1.0;
        }
    }
    let mut statistic = size * square;
    if n.max(m) < 25.0 {
        let small = libm::pow(n, -1.7) + libm::pow(m, -1.7);
        statistic *= 1.0 / (1.0 + libm::pow(size, -0.45) + 10.1 * small);
    }
    Some(Test { statistic, p_value: chi_square_survival(statistic, rank)? })
}

/// The cosines and sines of a sample: their means, and their covariance over n.
struct Waves {
    mean: [f64; 4],
    covariance: [[f64; 4]; 4],
}

impl Waves {
    fn new(values: &[f64], half: f64) -> Self {
        let rows: Vec<[f64; 4]> = values
            .iter()
            .map(|value| {
                let [near, far] = POINTS.map(|point| point / half * value);
                [libm::cos(near), libm::cos(far), libm::sin(near), libm::sin(far)]
            })
            .collect();
        let count = values.len() as f64;
        let mean: [f64; 4] =
            core::array::from_fn(|at| rows.iter().map(|row| row[at]).sum::<f64>() / count);
        let product = |a: usize, b: usize| {
            rows.iter().map(|row| (row[a] - mean[a]) * (row[b] - mean[b])).sum::<f64>() / count
        };
        let covariance = core::array::from_fn(|a| core::array::from_fn(|b| product(a, b)));
        Self { mean, covariance }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_value_and_what_is_alike() {
        let five = [1.0, 2.0, 3.0, 4.0, 5.0];
        assert_eq!(epps_singleton(&five, &five[..4]), None);
        assert_eq!(epps_singleton(&[1.0; 5], &[1.0; 5]), None);
        assert_eq!(epps_singleton(&five, &[1.0, 2.0, f64::NAN, 4.0, 5.0]), None);
        let alike = epps_singleton(&five, &five).unwrap();
        assert_eq!(alike, Test { statistic: 0.0, p_value: 1.0 });
    }
}
