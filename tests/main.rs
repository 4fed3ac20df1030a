//! The integration tests: one program, a file a feature.

#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]

mod commands;
mod config;
mod diff;
mod docs;
mod estimate;
mod failed;
mod faults;
mod foreign;
mod fuzz;
mod import;
mod in_place;
mod interrupt;
mod listed;
mod machine;
mod memo;
mod merge;
mod mistakes;
mod points;
mod query;
mod random;
mod rebuild;
mod remotes;
mod resume;
mod retries;
mod sandbox;
mod screens;
mod select;
mod shared;
mod store;
mod support;
mod terminal;
mod tidy;
mod verify;
mod watch;
mod why;
mod workspace;
