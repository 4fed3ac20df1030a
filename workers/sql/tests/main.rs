//! The SQL worker as the core uses it: requests in, folders and events out.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

#[path = "../../data/tests/artifacts.rs"]
mod artifacts;
mod changes;
mod columns;
mod contract_rules;
mod golden;
mod hostile;
mod keys;
mod ordering;
mod queries;
mod refused;
mod support;
