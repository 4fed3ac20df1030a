//! The integration tests: one program, a file a feature.

#![allow(clippy::unwrap_used, missing_docs)]

mod rebuild;
mod sandbox;
mod support;
