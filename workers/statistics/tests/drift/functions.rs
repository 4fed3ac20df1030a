use ingot_statistics::special::kolmogorov::kolmogorov_survival;
use ingot_statistics::special::{
    incomplete_gamma_upper, normal_distribution, scaled_bessel_k, student_t_two_sided,
};

use crate::{cases, numbers};

/// Compares within a share of the expected number.
fn check(name: &str, of: impl Fn(f64, f64) -> Option<f64>, tolerance: f64) {
    let cases = cases();
    let cases = cases["functions"][name].as_array().unwrap().clone();
    assert!(cases.len() >= 8, "{name}");
    for case in &cases {
        let case = numbers(case);
        let (arguments, expected) = (&case[..case.len() - 1], case[case.len() - 1]);
        let found = of(arguments[0], arguments.get(1).copied().unwrap_or(0.0)).unwrap();
        let gap = (found - expected).abs();
        // Below 1e-290 the reference itself runs out of digits; 1 - p loses those of p.
        let near = gap <= tolerance * expected || gap < 1e-290;
        assert!(near, "{name} {arguments:?}: {found}, SciPy says {expected}");
    }
}

#[test]
fn special_functions_agree_with_scipy() {
    check("gammaincc", incomplete_gamma_upper, 1e-11);
    check("t", student_t_two_sided, 1e-10);
    check("kve", scaled_bessel_k, 1e-12);
    check("ndtr", |z, _| Some(normal_distribution(z)), 1e-13);
    check("kstwo", |n, x| kolmogorov_survival(n as u64, x), 1e-10);
}
