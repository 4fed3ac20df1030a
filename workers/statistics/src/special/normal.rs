//! The normal distribution.

/// P(Z <= z) of the standard normal distribution: erfc(-z / sqrt 2) / 2, in [0, 1].
///
/// SciPy's `ndtr`; `erfc` is `libm`'s, within 1 unit in the last place. Half of all lies
/// below 0, and 0.975 below 1.959963984540054.
pub fn normal_distribution(z: f64) -> f64 {
    0.5 * libm::erfc(-z * core::f64::consts::FRAC_1_SQRT_2)
}

/// P(Z > z), which is [`normal_distribution`] of -z: no digits are lost in the tail.
pub fn normal_survival(z: f64) -> f64 {
    normal_distribution(-z)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_tables() {
        assert_eq!(normal_distribution(0.0), 0.5);
        assert!((normal_distribution(1.959_963_984_540_054) - 0.975).abs() < 1e-15);
        // SciPy: norm.sf(10).
        assert!((normal_survival(10.0) / 7.619_853_024_160_527e-24 - 1.0).abs() < 1e-13);
    }
}
