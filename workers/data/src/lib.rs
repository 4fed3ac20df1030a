//! The data worker: tables and images as datasets, and what is done to them.
//!
//! As the program `ingot-data` it provides the step kinds listed in [`worker`], on the
//! formats of `ingot-tables`. Invariant: every output is a pure function of the request, to
//! the byte, on any machine, and no draw depends on the order of evaluation.

pub mod anomalies;
pub mod augment;
pub mod balance;
pub mod codes;
pub mod compare;
pub mod document;
pub mod draft;
pub mod evaluate;
pub mod fidelity;
pub mod fit;
pub mod fixture;
pub mod labels;
pub mod package;
pub mod preprocess;
pub mod select;
pub mod split;
mod templates;
pub mod validate;
pub mod worker;
