//! Labels that are likely wrong, by confident learning, and what labels are like by themselves.
//!
//! A table of contents: a file each. The definitions are those of Northcutt, Jiang and Chuang
//! (Confident Learning: Estimating Uncertainty in Dataset Labels, Journal of Artificial
//! Intelligence Research 70, 2021) as cleanlab 2.9 computes them; where numbers tie or are
//! rounded each function says what it does. Invariant: nothing is random, and sums and ties
//! are NumPy's, so that counts and rows are cleanlab's. Whether probabilities are out-of-fold nobody here can know: the caller can.

mod conflicts;
mod imbalance;
mod issues;
mod joint;
mod judged;
mod network;
mod pairwise;
mod quality;
mod rounding;
mod thresholds;

pub use conflicts::{Conflict, conflicts};
pub use imbalance::imbalance_ratio;
pub use issues::{Filter, Issues, label_issues};
pub use joint::{ConfidentJoint, confident_joint};
pub use judged::Judged;
pub use quality::{Quality, label_quality};
pub use thresholds::confident_thresholds;
