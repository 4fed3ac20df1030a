//! The data worker: tables and images as datasets, and what is done to them.
//!
//! As a library it owns the formats that other workers read and write, the folders
//! [`dataset`] and [`predictions`] and the files of [`reported`]; as the program
//! `ingot-data` it provides the step kinds listed in [`worker`]. Invariant: every output is a pure function of the
//! request, to the byte, on any machine: Parquet is written with fixed properties,
//! JSON with sorted keys, and no draw depends on the order of evaluation.

pub mod augment;
pub mod check;
pub mod codes;
pub mod dataset;
pub mod document;
pub mod evaluate;
pub mod inspect;
mod json;
pub mod package;
pub mod parquet_file;
pub mod predictions;
pub mod regular;
pub mod reported;
pub mod select;
pub mod shards;
pub mod source;
pub mod split;
pub mod validate;
pub mod worker;
