//! P-values of several tests, adjusted for their number.
//!
//! A table of contents: a file each. An adjusted p-value is compared with the level that a
//! single one would be. Each function gives one for each, in the order it was given; none
//! of none. A number that is no probability (NaN too) makes it nothing.

mod benjamini_hochberg;
mod benjamini_yekutieli;
mod bonferroni;
mod holm;

pub use benjamini_hochberg::benjamini_hochberg;
pub use benjamini_yekutieli::benjamini_yekutieli;
pub use bonferroni::bonferroni;
pub use holm::holm;

/// Whether all are probabilities.
fn are_probabilities(values: &[f64]) -> Option<()> {
    values.iter().all(|value| (0.0..=1.0).contains(value)).then_some(())
}

/// The indices by rising p-value, equal ones in their own order.
fn rising(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|one, other| values[*one].total_cmp(&values[*other]));
    order
}
