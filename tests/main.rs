//! The integration tests: one program, a file a feature.

#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]

mod commands;
mod config;
mod damage;
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
mod kept;
mod leftovers;
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
mod seen;
mod select;
mod shared;
mod signed;
mod store;
mod support;
mod terminal;
mod tidy;
mod together;
mod trust;
mod verify;
mod walls;
mod watch;
mod why;
mod workspace;
