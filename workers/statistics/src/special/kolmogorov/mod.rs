//! The distribution of the two-sided one-sample Kolmogorov-Smirnov statistic.
//!
//! Which of the algorithms answers is the choice of Simard and L'Ecuyer (2011), as SciPy's
//! `kstwo` makes it; each stands in a file. Invariant: a probability in [0, 1].

mod durbin;
mod pelz_good;
mod pomeranz;
mod smirnov;

pub use smirnov::smirnov_survival;

/// P(D_n >= x), where D_n is the largest distance between the distribution function of `n`
/// draws and that of their distribution. Nothing for n = 0 or for NaN.
///
/// SciPy's `kstwo.sf(x, n)`. Of one draw and x in [1/2, 1] it is 2 (1 - x).
pub fn kolmogorov_survival(n: u64, x: f64) -> Option<f64> {
    if n == 0 || x.is_nan() {
        return None;
    }
    let size = n as f64;
    let t = size * x;
    if x >= 1.0 {
        return Some(0.0);
    }
    if t <= 0.5 {
        return Some(1.0);
    }
    let survival = if t <= 1.0 {
        1.0 - least(n, t)
    } else if t >= size - 1.0 {
        2.0 * libm::pow(1.0 - x, size)
    } else if x >= 0.5 {
        2.0 * smirnov_survival(n, x)
    } else {
        inner(n, x)
    };
    Some(survival.clamp(0.0, 1.0))
}

/// P(D_n <= t / n) for 1/2 < t <= 1: n! ((2 t - 1) / n)^n (Ruben and Gambino 1982).
fn least(n: u64, t: f64) -> f64 {
    let size = n as f64;
    if n <= 140 {
        return (1..=n).map(|i| i as f64 / size * (2.0 * t - 1.0)).product();
    }
    libm::exp(libm::lgamma(size + 1.0) - size * libm::log(size) + size * libm::log(2.0 * t - 1.0))
}

/// Where none of the closed forms holds.
fn inner(n: u64, x: f64) -> f64 {
    let size = n as f64;
    let square = size * x * x;
    if n <= 140 {
        return if square <= 0.754_693 {
            1.0 - durbin::distribution(n, x)
        } else if square <= 4.0 {
            1.0 - pomeranz::distribution(n, x)
        } else {
            2.0 * smirnov_survival(n, x)
        };
    }
    if square >= 370.0 {
        0.0
    } else if square >= 2.2 {
        2.0 * smirnov_survival(n, x)
    } else if n <= 100_000 && size * x * x.sqrt() <= 1.4 {
        1.0 - durbin::distribution(n, x)
    } else {
        1.0 - pelz_good::distribution(n, x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (n, x, SciPy's `kstwo.sf(x, n)`).
    const CASES: &[(u64, f64, f64)] = &[
        (5, 0.15, 0.998_8),
        (10, 0.08, 0.999_997_805_803_405_4),
        (100, 0.06, 0.842_884_795_627_412_3),
        (100, 0.15, 0.019_839_242_125_641_813),
        (100, 0.3, 1.771_986_989_266_291_7e-8),
        (100, 0.6, 5.912_822_156_396_238e-35),
        (140, 0.006_9, 1.0),
        (1000, 0.01, 0.999_949_674_537_061_1),
        (1000, 0.03, 0.322_690_214_391_463_6),
        (5000, 0.02, 0.036_139_413_953_256_37),
        (5000, 0.027_7, 0.000_912_619_742_178_133_7),
        (3000, 0.5, 0.0),
        (200_000, 0.002, 0.399_950_853_690_380_97),
        (200_000, 0.003_5, 0.014_858_338_517_072_333),
        (7, 0.9, 1.999_999_999_999_997e-7),
        (20, 0.2, 0.352_720_173_623_415),
        (2_000_000, 0.000_9, 0.078_276_096_301_535_31),
        (2_000_000, 0.002, 2.247_704_493_692_889e-7),
        (141, 0.12, 0.031_600_605_277_584_68),
    ];

    #[test]
    fn each_algorithm_says_what_scipy_says() {
        for (n, x, expected) in CASES.iter().copied() {
            let found = kolmogorov_survival(n, x).unwrap();
            assert!((found - expected).abs() < 1e-12, "{n} {x}: {found}, SciPy says {expected}");
            assert!(expected == 0.0 || (found / expected - 1.0).abs() < 1e-10, "{n} {x}: {found}");
        }
        assert_eq!(kolmogorov_survival(0, 0.5), None);
        assert_eq!(kolmogorov_survival(5, f64::NAN), None);
        assert_eq!(kolmogorov_survival(1, 0.75), Some(0.5));
    }
}
