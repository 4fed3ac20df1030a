//! What a column of a table is like, in one pass and in bounded memory.
//!
//! A table of contents: a file each. Invariant: what several parts of a column are like is
//! merged in the order that the caller gives, and that order and the seeds give the bits.
//! Counts, extremes, histograms and distinct counts are the same in every order.

mod aligned;
mod column;
mod columns;
mod distinct;
mod edges;
mod frequent;
mod hash;
mod histogram;
mod moments;
mod quantiles;
mod text;

pub use aligned::AlignedHistogram;
pub use column::{NumberProfile, Settings};
pub use columns::{constant, duplicate_columns};
pub use distinct::Distinct;
pub use edges::{Bins, bin_edges};
pub use frequent::Frequent;
pub use hash::{hash_bytes, hash_number, hash_word};
pub use histogram::{Histogram, histogram};
pub use moments::Moments;
pub use quantiles::Quantiles;
pub use text::TextProfile;

/// Two summaries that were made differently are not merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// Two histograms.
    #[error("the edges of the histograms differ")]
    Edges,
    /// Two sketches of quantiles.
    #[error("the sketches of quantiles keep {0} and {1} values a level")]
    Quantiles(usize, usize),
    /// Two distinct counts.
    #[error("the distinct counts have 2^{0} and 2^{1} registers")]
    Distinct(u32, u32),
    /// Two lists of frequent values.
    #[error("the lists of frequent values have room for {0} and {1}")]
    Frequent(usize, usize),
}
