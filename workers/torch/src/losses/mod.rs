//! What training minimises.

mod cross_entropy;
mod nt_xent;

pub use cross_entropy::cross_entropy;
pub use nt_xent::nt_xent;
