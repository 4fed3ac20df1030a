//! Weights of rows that make a sample like a population.
//!
//! A table of contents: a file each. Invariant: weights are finite and not negative; sums
//! run in the order of the rows. Who asks says which margins the population has.

mod raking;

pub use raking::{Margin, Raking, RakingError, effective_size, rake};
