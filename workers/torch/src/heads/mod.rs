//! Heads: what stands behind an encoder, from representations to what a loss compares.
//!
//! Each is one file, which says its name, its layers and, where labels teach it, what it
//! learns of them, its loss, its metric and what its outputs say of a row; [`HEADS`] is the
//! one list. Invariant: what the outputs of a trained head mean stands in `model.json` under
//! the head's name ([`Outputs`]), and nobody but the head reads it.

mod classes;
mod head;
mod outputs;
mod projection;

pub use head::{Answer, Build, Head, Layers, Supervision, Targets};
pub use outputs::{Outputs, card};
pub use projection::PROJECTION;

/// Every head, sorted by name; the first that takes a dataset's labels learns them. A new one
/// is a file and a line here.
pub const HEADS: &[Head] = &[classes::CLASSES, projection::PROJECTION];
