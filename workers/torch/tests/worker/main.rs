//! What the worker promises, shown through its own front door: requests in,
//! artifacts, metrics and failures out.
#![allow(clippy::unwrap_used)]

mod bad_inputs;
mod determinism;
mod fitted;
mod formats;
mod golden;
mod inspect;
mod learning;
mod makers;
mod protocol;
mod support;
mod tables;
