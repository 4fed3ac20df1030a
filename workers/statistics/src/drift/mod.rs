//! How far a second sample lies from a first: distances, divergences and tests.
//!
//! A table of contents: a file each. The first sample is the reference, the second the
//! current one. Invariant: empty samples and NaN have no value (`None`), rows may come in
//! any order with the same bits, and nothing is random. A threshold is the caller's;
//! [`crate::calibration`] finds one.

mod anderson_darling;
mod bins;
mod categories;
mod cramer_von_mises;
mod divergence;
mod energy;
mod epps_singleton;
mod goodness_of_fit;
mod independence;
mod kolmogorov_smirnov;
mod mann_whitney;
mod maximum_mean_discrepancy;
mod pool;
mod population_stability;
mod proportions;
mod shares;
mod student_t;
mod symmetric;
mod wasserstein;

pub use anderson_darling::{AndersonDarling, anderson_darling};
pub use bins::{counts_between, quantile_edges};
pub use categories::counts_of_categories;
pub use cramer_von_mises::cramer_von_mises;
pub use divergence::{
    hellinger_distance, jensen_shannon_distance, jensen_shannon_divergence,
    kullback_leibler_divergence, largest_difference, total_variation_distance,
};
pub use energy::energy_distance;
pub use epps_singleton::epps_singleton;
pub use goodness_of_fit::{Divergence, goodness_of_fit};
pub use independence::{Independence, cramers_v, independence};
pub use kolmogorov_smirnov::kolmogorov_smirnov;
pub use mann_whitney::{Alternative, mann_whitney};
pub use maximum_mean_discrepancy::{Discrepancy, maximum_mean_discrepancy};
pub(crate) use pool::sorted;
pub use population_stability::{Empty, population_stability_index};
pub use proportions::two_proportions;
pub use shares::{
    Shares, replace_zeros, shares_of_categories, shares_of_numbers, shares_over_distinct,
};
pub use student_t::{pooled_t, welch_t};
pub use wasserstein::{scaled_wasserstein_distance, wasserstein_distance};

/// What a test says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Test {
    /// The statistic.
    pub statistic: f64,
    /// How often chance alone gives a statistic as extreme, in [0, 1].
    pub p_value: f64,
}

/// How a p-value is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// Exact where SciPy's `auto` is, which each test says.
    #[default]
    Auto,
    /// From the distribution of all arrangements of two samples of these sizes.
    Exact,
    /// From the limit of large samples.
    Asymptotic,
}
