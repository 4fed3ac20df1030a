//! Values and rows that lie far from the rest, categories that few rows have.
//!
//! A table of contents: a file each. Invariant: the answer does not depend on the order of
//! the rows, but for the forest, whose draws are of places; NaN and nothing have no value (`None`). What is dropped is the caller's to say.

mod fences;
mod isolation_forest;
mod modified_z;
mod rare;

pub use fences::{Fences, fences};
pub use isolation_forest::{Forest, IsolationForest};
pub use modified_z::{modified_z, modified_z_outliers};
pub use rare::rare;
