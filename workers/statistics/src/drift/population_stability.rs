//! The population stability index.

use super::divergence::shares_of;

/// The sum over bins of (p - q) ln(p / q), p and q the shares of the reference and of the
/// current sample: the Kullback-Leibler divergences of both directions together; at least 0.
///
/// Takes counts or shares. A share of 0 is replaced by `least` before the logarithm, and
/// the rest is left as it is: 1e-4 is customary, and Evidently's `psi` where no other share
/// is below that. Without a replacement (`least` of 0) the index is infinite where one bin
/// is empty; a bin that is empty in both adds nothing. Summed in the order of the bins.
///
/// Nothing where the lengths differ, where a sum is 0, for negative numbers or NaN, or a
/// `least` outside of [0, 1]. By custom below 0.1 is stable and above 0.25 a shift
/// (Siddiqi, Credit Risk Scorecards, 2006).
///
/// Of 1, 1 and 1, 3: (1/4) ln 2 + (-1/4) ln(2/3) = ln(3) / 4.
pub fn population_stability_index(reference: &[f64], current: &[f64], least: f64) -> Option<f64> {
    if reference.len() != current.len() || !(0.0..=1.0).contains(&least) {
        return None;
    }
    let (reference, current) = (shares_of(reference)?, shares_of(current)?);
    let filled = |share: f64| if share == 0.0 { least } else { share };
    let term = |(&p, &q): (&f64, &f64)| {
        let (p, q) = (filled(p), filled(q));
        if p == q { 0.0 } else { (p - q) * libm::log(p / q) }
    };
    Some(reference.iter().zip(&current).map(term).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let index = population_stability_index(&[1.0, 1.0], &[1.0, 3.0], 1e-4).unwrap();
        assert!((index - libm::log(3.0) / 4.0).abs() < 1e-15);
        // (1 - 1e-4) ln(1e4), twice.
        let index = population_stability_index(&[1.0, 0.0], &[0.0, 1.0], 1e-4).unwrap();
        assert!((index - 2.0 * 0.9999 * libm::log(1e4)).abs() < 1e-12);
        let bare = population_stability_index(&[1.0, 0.0, 0.0], &[1.0, 1.0, 0.0], 0.0);
        assert_eq!(bare, Some(f64::INFINITY));
        assert_eq!(population_stability_index(&[1.0], &[1.0], f64::NAN), None);
        assert_eq!(population_stability_index(&[1.0], &[1.0, 2.0], 0.0), None);
        assert_eq!(population_stability_index(&[], &[], 0.0), None);
    }
}
