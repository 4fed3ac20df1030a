//! How faithful synthetic rows are to real ones, and whether they only repeat them.
//!
//! A table of contents: a file each. The definitions are those of SDMetrics 0.32, where 1 is
//! faithful and 0 is not; each function says where it differs. Missing values are passed over,
//! in the closest record they are a value of their own. Invariant: nothing is random, and rows
//! may come in any order with the same bits, but for the sums of correlations.

mod closest_record;
mod correlation;
mod kolmogorov_smirnov;
mod total_variation;

pub use closest_record::{Closeness, RecordColumn, closeness, distances_to_closest};
pub use correlation::{Coefficient, correlation, correlation_similarity};
pub use kolmogorov_smirnov::kolmogorov_smirnov_complement;
pub use total_variation::total_variation_complement;
