//! The store against random trees, hostile outputs, edits, rivals and faults.
#![allow(clippy::unwrap_used)]

mod blobs;
mod bounds;
mod clean;
mod collect;
mod edits;
mod exports;
mod faults;
mod hostile;
mod in_place;
mod index;
mod opening;
mod outputs;
mod records;
mod remotes;
mod signatures;
mod sources;
mod splits;
mod support;
mod views;
