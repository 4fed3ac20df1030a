//! The expansion of Pelz and Good.

use core::f64::consts::PI;

/// P(D_n <= x), as K0(z) + K1(z) / sqrt n + K2(z) / n + K3(z) / n^1.5 with z = x sqrt n.
///
/// Pelz and Good, Approximating the Lower Tail-areas of the Kolmogorov-Smirnov One-sample
/// Statistic (1976), as SciPy's `_kolmogn_PelzGood`. For more than 140 draws.
pub(super) fn distribution(n: u64, x: f64) -> f64 {
    let size = n as f64;
    let z = size.sqrt() * x;
    let z2 = z * z;
    let (z3, z4, z6) = (z2 * z, z2 * z2, z2 * z2 * z2);
    let logarithm = -PI * PI / 8.0 / z2;
    if logarithm < -708.0 {
        return 0.0;
    }
    let (pi2, pi4, pi6) = (PI * PI, PI * PI * PI * PI, PI * PI * PI * PI * PI * PI);
    // The coefficients of m^0, m^2, m^4 and m^6 in the sums.
    let k1 = [-z2, pi2 / 4.0];
    let k2 =
        [6.0 * z6 + 2.0 * z4, (2.0 * z4 - 5.0 * z2) * pi2 / 4.0, pi4 * (1.0 - 2.0 * z2) / 16.0];
    let k3 = [
        -30.0 * z6 - 90.0 * z4 * z4,
        pi2 * (135.0 * z4 - 96.0 * z6) / 4.0,
        pi4 * (-60.0 * z2 + 212.0 * z4) / 16.0,
        pi6 * (5.0 - 30.0 * z2) / 64.0,
    ];
    let terms = (16.0 * z / PI).ceil() as i32;
    let mut sums = [0.0; 4];
    for k in (1..=terms).rev() {
        let m2 = f64::from(2 * k - 1) * f64::from(2 * k - 1);
        let (m4, m6) = (m2 * m2, m2 * m2 * m2);
        let power = libm::exp(logarithm * 8.0 * f64::from(k));
        let terms = [
            1.0,
            k1[0] + k1[1] * m2,
            k2[0] + k2[1] * m2 + k2[2] * m4,
            k3[0] + k3[1] * m2 + k3[2] * m4 + k3[3] * m6,
        ];
        for (sum, term) in sums.iter_mut().zip(terms) {
            *sum = *sum * power + term;
        }
    }
    let scale = libm::exp(logarithm) * (2.0 * PI).sqrt();
    let divisors = [z, 6.0 * z4, 72.0 * z6 * z, 6480.0 * z6 * z4];
    for (sum, divisor) in sums.iter_mut().zip(divisors) {
        *sum *= scale / divisor;
    }
    let (mut extra2, mut extra3) = (0.0, 0.0);
    for k in (1..=terms).rev() {
        let k = f64::from(k);
        let term = k * k * libm::exp(-PI * PI / 2.0 / z2 * k * k);
        extra2 += term;
        extra3 += (3.0 * z2 - pi2 * k * k) * term;
    }
    sums[2] -= extra2 * pi2 * (2.0 * PI).sqrt() / (36.0 * z3);
    sums[3] += extra3 * pi2 * (2.0 * PI).sqrt() / (216.0 * z6);
    let root = size.sqrt();
    let sum = sums[0] + sums[1] / root + sums[2] / size + sums[3] / (size * root);
    sum.clamp(0.0, 1.0)
}
