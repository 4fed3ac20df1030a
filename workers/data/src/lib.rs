//! The data worker: tables and images as datasets, and what is done to them.
//!
//! As the program `ingot-data` it provides the step kinds listed in [`worker`], on the
//! formats of `ingot-tables`. Invariant: every output is a pure function of the request, to
//! the byte, on any machine, and no draw depends on the order of evaluation.

mod ahead;
pub mod anomalies;
pub mod augment;
pub mod balance;
pub mod codes;
pub mod compare;
mod crossed;
pub mod document;
pub mod draft;
pub mod evaluate;
pub mod fault;
pub mod fidelity;
mod findings;
pub mod fit;
pub mod fixture;
pub mod labels;
pub mod leaks;
pub mod package;
pub mod preprocess;
pub mod select;
pub mod split;
mod stage;
mod templates;
mod thresholds;
mod times;
mod toml_text;
pub mod validate;
pub mod worker;
