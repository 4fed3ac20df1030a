//! Ingot compiles `ingot.toml` into a content-hashed graph of cached steps and
//! runs what changed. This page is the code map; `docs/architecture.md` tells
//! the story.
//!
//! One datum's way: text -> [`manifest`] -> `plan` -> `engine` resolves each
//! step to an [`model::Action`], looks it up in the `store`, runs it through
//! the `runner`, records the result; `lockfile` and `report` fold the same
//! event stream. `workspace` opens what a command works with; `cli` is one file a
//! command.

pub mod cli;
pub mod code;
pub mod config;
pub mod diag;
pub mod digest;
pub mod engine;
pub mod import;
pub mod kinds;
pub mod lockfile;
pub mod manifest;
pub mod model;
pub mod plan;
pub mod report;
pub mod runner;
pub mod store;
pub mod sys;
pub mod workspace;
