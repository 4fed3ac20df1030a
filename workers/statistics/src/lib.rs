//! Pure numbers: slices in, numbers out.
//!
//! [`METRICS`] is the one table of metrics, a file each; [`bootstrap`] puts intervals around
//! them, [`choice`] takes the best of several. [`drift`] compares two samples, with thresholds
//! by [`calibration`] and several tests at once by [`correction`], [`fidelity`] synthetic rows
//! with real ones; [`profile`] sums up a column, [`outliers`] finds what lies far out,
//! [`labels`] which labels are likely wrong, [`weights`] makes a sample like a population;
//! [`special`] is what p-values stand on. Invariant: the same input gives the same bits on every
//! machine: sums run in the order of the rows, elementary functions are `libm`'s, and every draw
//! is from a seed that the caller gives. Nothing here knows a file, a protocol or Arrow; what is
//! undefined is `None`, never 0 or NaN.

pub mod bootstrap;
pub mod calibration;
pub mod choice;
pub mod correction;
pub mod drift;
pub mod fidelity;
pub mod labels;
mod metric;
pub mod metrics;
pub mod outliers;
pub mod profile;
mod quantile;
pub mod random;
pub mod sample;
pub mod special;
pub mod standard_error;
mod task;
pub mod weights;

pub use metric::{Direction, Function, Metric, OfClass, find, of_task};
pub use metrics::METRICS;
pub use quantile::{numpy_quantile, quantile};
pub use sample::Sample;
pub use task::Task;
