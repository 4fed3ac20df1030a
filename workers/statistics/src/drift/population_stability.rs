//! The population stability index.

use super::divergence::shares_of;
use super::shares::replace_zeros;

/// What stands for a share of 0, whose logarithm is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Empty {
    /// This share, in (0, 1]; 1e-4 is customary.
    Share(f64),
    /// What [`replace_zeros`] says, as in Evidently: 1e-4, or a millionth of the least other
    /// share of that sample where it is at most 1e-4.
    Least,
    /// Nothing: the index is infinite where one sample has none, and a bin that is empty in
    /// both adds nothing.
    Kept,
}

/// The sum over bins of (p - q) ln(p / q), p and q the shares of the reference and of the
/// current sample: the Kullback-Leibler divergences of both directions together; at least 0.
///
/// Takes counts or shares. A share of 0 is replaced first, and the others are left as they
/// are, so that they no longer sum to 1. Evidently's `psi` is that of [`shares_of_numbers`]
/// or [`shares_of_categories`] with [`Empty::Least`]. Summed in the order of the bins.
///
/// Nothing where the lengths differ, where a sum is 0, for negative numbers or NaN, or for a
/// replacement outside of (0, 1]. By custom below 0.1 is stable and above 0.25 a shift
/// (Siddiqi, Credit Risk Scorecards, 2006).
///
/// Of 1, 1 and 1, 3: (1/4) ln 2 + (-1/4) ln(2/3) = ln(3) / 4.
///
/// [`shares_of_numbers`]: super::shares_of_numbers
/// [`shares_of_categories`]: super::shares_of_categories
pub fn population_stability_index(reference: &[f64], current: &[f64], empty: Empty) -> Option<f64> {
    if reference.len() != current.len() {
        return None;
    }
    let fill = |shares: Vec<f64>| match empty {
        Empty::Share(least) => {
            let filled = |share: &f64| if *share == 0.0 { least } else { *share };
            (least > 0.0 && least <= 1.0).then(|| shares.iter().map(filled).collect())
        }
        Empty::Least => Some(replace_zeros(&shares)),
        Empty::Kept => Some(shares),
    };
    let (reference, current) = (fill(shares_of(reference)?)?, fill(shares_of(current)?)?);
    let term = |(&p, &q): (&f64, &f64)| if p == q { 0.0 } else { (p - q) * libm::log(p / q) };
    Some(reference.iter().zip(&current).map(term).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let of = population_stability_index;
        let index = of(&[1.0, 1.0], &[1.0, 3.0], Empty::Kept).unwrap();
        assert!((index - libm::log(3.0) / 4.0).abs() < 1e-15);
        // (1 - 1e-4) ln(1e4), twice.
        for empty in [Empty::Share(1e-4), Empty::Least] {
            let index = of(&[1.0, 0.0], &[0.0, 1.0], empty).unwrap();
            assert!((index - 2.0 * 0.9999 * libm::log(1e4)).abs() < 1e-12);
        }
        let bare = of(&[1.0, 0.0, 0.0], &[1.0, 1.0, 0.0], Empty::Kept);
        assert_eq!(bare, Some(f64::INFINITY));
        assert_eq!(of(&[1.0], &[1.0], Empty::Share(f64::NAN)), None);
        assert_eq!(of(&[1.0], &[1.0], Empty::Share(0.0)), None);
        assert_eq!(of(&[1.0], &[1.0, 2.0], Empty::Least), None);
        assert_eq!(of(&[], &[], Empty::Least), None);
    }
}
