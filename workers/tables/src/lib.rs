//! The formats that workers share: what a dataset, predictions, a report are on disk.
//!
//! It owns the folders [`dataset`], [`predictions`], [`profile`], [`report`] and [`bundle`], the
//! files of [`reported`], how a user's files become a table ([`source`]), and what is learned
//! from rows and done to all ([`fitted`]). It says what an
//! artifact holds ([`inspect`]) and whether somebody else's is one ([`check`]). Invariant:
//! equal values are written as equal bytes on any machine: Parquet with fixed properties,
//! JSON with sorted keys; what others wrote is read with a bound. It has no step kind, and
//! knows nothing of templates or statistics; of contracts it knows their SQL alone (`rules`,
//! with the feature of that name).

mod arrow_file;
pub mod bundle;
mod chain;
pub mod check;
mod class_order;
pub mod codes;
pub mod dataset;
pub mod fitted;
mod guard;
mod image_file;
pub mod inspect;
pub mod json;
pub mod parquet_file;
pub mod predictions;
pub mod profile;
mod quarantine;
pub mod regular;
pub mod report;
pub mod reported;
#[cfg(feature = "rules")]
pub mod rules;
pub mod selection;
pub mod shards;
pub mod source;

pub use class_order::class_order;
