//! The nouns that everything else speaks in, and their canonical bytes.
//!
//! Invariant: pure values. Nothing here reads a file, a clock or the
//! environment; the same value has the same canonical bytes for ever (within
//! one [`action::ENCODING`]). A `Step` is declared (see `plan`), an
//! [`Action`] is resolved: every input a digest.

pub mod action;
pub mod artifact;
pub mod canonical;
pub mod diff;
pub mod result;
pub mod signature;

#[cfg(test)]
mod tests;

pub use action::{Action, ActionInput, ActionKey, CommandSpec};
pub use artifact::{Artifact, Content};
pub use result::{ActionResult, Verdict};
