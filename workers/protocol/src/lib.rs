//! The worker protocol: what Ingot's core and a worker say to each other.
//!
//! A worker is a program with three verbs:
//!
//! * `WORKER describe` prints a [`Descriptor`] as JSON on stdout;
//! * `WORKER run REQUEST.json` does one step: it reads a [`Request`], writes the
//!   declared outputs, and prints [`Event`]s as JSON lines on stdout (its log
//!   goes to stderr);
//! * `WORKER inspect show|diff TYPE ARTIFACT..` says what an artifact's bytes mean,
//!   as an [`Inspection`] or a [`Difference`] in JSON on stdout.
//!
//! One that knows a form of files may have a fourth: `WORKER draft FORM QUESTION DATA` prints
//! a [`draft::Draft`] of such a file for the data at a path.
//!
//! A run that exits 0 has succeeded and every declared output exists. Any other
//! exit is a failure of the step; the last [`Event::Error`] says why, in the
//! user's words.
//!
//! Invariant: these types are data only. Nothing here knows what a kind does (of
//! [`contract`], a form of files that the core checks for kinds, only whether it is one),
//! and nothing here reads a file except [`worker::main`], which is a worker's
//! side of the conversation.

pub mod codes;
#[cfg(feature = "contract")]
pub mod contract;
pub mod descriptor;
pub mod draft;
pub mod event;
pub mod figure;
pub mod hold;
pub mod inspect;
pub mod request;
pub mod seed;
pub mod worker;

pub use codes::Code;
pub use descriptor::{
    ArtifactType, Better, Descriptor, Determinism, Expansion, InputPort, Kind, KindMetric,
    OutputPort, Reads, TypeTests,
};
pub use event::{Event, Finding, Metric, Severity};
pub use inspect::{Difference, Inspection};
pub use request::{
    Input, Lineage, LineageSource, LineageStep, LineageWaiver, OWN_NAMES, Output, Platform,
    PluginLimits, PluginRequest, Request,
};
pub use worker::{Failure, Worker};

/// The version of the protocol. A core and a worker that disagree about it
/// refuse each other by name.
pub const PROTOCOL: u32 = 1;
