//! Pure numbers: slices in, numbers out.
//!
//! [`METRICS`] is the one table of metrics, a file each; [`bootstrap`] puts intervals around
//! them, [`choice`] takes the best of several. Invariant: the same input gives the same
//! bits on every machine: sums run in the order of the rows, elementary functions are
//! `libm`'s, and every draw is from a seed that the caller gives. Nothing here knows a
//! file, a protocol or Arrow; what is undefined is `None`, never 0 or NaN.

pub mod bootstrap;
pub mod choice;
mod metric;
pub mod metrics;
mod quantile;
pub mod random;
pub mod sample;
pub mod standard_error;
mod task;

pub use metric::{Direction, Function, Metric, OfClass, find, of_task};
pub use metrics::METRICS;
pub use quantile::quantile;
pub use sample::Sample;
pub use task::Task;
