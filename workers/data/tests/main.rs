//! The data worker as the core uses it: requests in, folders and events out.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod anomalies;
mod artifacts;
mod balance;
mod check;
mod compare;
mod distribution;
mod draft;
mod evaluate;
mod fidelity;
mod formats;
mod fuzz;
mod golden;
mod hostile;
mod images;
mod labels;
mod leaks;
mod profile;
mod python;
mod quarantine;
mod real;
mod reference;
mod reported;
mod select;
mod split;
mod support;
mod templates;
mod types;
