//! Objectives of pretraining: what an encoder learns from rows without labels.
//!
//! Each is one file, which says its name, its params, which rows it takes and its loss;
//! [`OBJECTIVES`] is the one list of them. Labels are never read.

mod objective;
mod simclr;

pub use objective::{Build, Learn, Objective, Rows};

/// Every objective, sorted by name. A new one is a file and a line here.
pub const OBJECTIVES: &[Objective] = &[simclr::OBJECTIVE];
