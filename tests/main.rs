//! The integration tests: one program, a file a feature.

#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]

mod commands;
mod diff;
mod docs;
mod faults;
mod memo;
mod merge;
mod mistakes;
mod query;
mod random;
mod rebuild;
mod remotes;
mod sandbox;
mod screens;
mod shared;
mod store;
mod support;
mod tidy;
mod verify;
