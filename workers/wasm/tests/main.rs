//! Hostile plugins: what no plugin may do to the machine, to a result, or to who waits.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod bench;
mod bombs;
mod components;
mod fetch;
mod frozen;
mod guest;
mod jobs;
mod lies;
mod rows;
mod streams;
mod value;
mod whole;
mod workspace;
