//! [`Manifest`]: what the user asked for, checked, every value with its span.
//!
//! Pure: text in, a manifest and all diagnostics at once out (`load`). Owns the
//! form of `ingot.toml` (edition 1). What it does not do: it knows no kinds and
//! checks no params (that is `kinds` and `plan`), reads no file, and resolves
//! no reference. Params are substituted, `like` is copied, matrix and
//! replicates are expanded: [`Manifest::steps`] holds one [`Step`] a point.

mod command;
pub mod day;
pub mod exports;
pub(crate) mod fields;
mod gates;
pub(crate) mod growth;
mod inputs;
mod join;
mod like;
mod load;
mod matrix;
pub mod member;
pub(crate) mod names;
mod needed;
pub mod node;
pub mod partition;
mod paths;
pub mod plugin;
mod points;
mod profile;
pub mod reference;
mod resources;
mod set;
pub mod step;
pub mod step_test;
mod steps;
mod substitute;
pub(crate) mod text;
pub mod tool;
mod units;
pub mod waivers;
pub mod worker;

use std::collections::BTreeMap;

use crate::diag::{Span, Spanned};
pub use day::Day;
pub use load::{File, Files, Loaded, load, load_all, load_for};
pub use matrix::{is_label, name as point_name};
pub use member::{Home, Member};
pub use node::{Node, NodeKind};
pub use partition::Lister;
pub use plugin::{Plugin, PluginOrigin};
pub use reference::Reference;
pub use step::{Bound, Command, Gate, Inconclusive, PlatformSpec, Resources, Step, StepInput};
pub use step_test::StepTest;
pub use text::LARGEST;
pub use tool::Tool;
pub use units::bytes;
pub use waivers::Waiver;
pub use worker::Worker;

/// A checked manifest; of a workspace, all of them, in its names ([`member`]).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Manifest {
    /// Every manifest that it was read from, the root's first.
    pub members: Vec<Member>,
    /// The name of the member in which the command runs; empty for the root.
    pub current: String,
    /// What a bare `ingot build` builds; empty means every step that nothing consumes.
    pub default: Vec<Spanned<String>>,
    /// Params after `--set` and the profile.
    pub params: BTreeMap<String, Node>,
    /// Sources by name.
    pub sources: BTreeMap<String, Source>,
    /// Declared tools by name.
    pub tools: BTreeMap<String, Tool>,
    /// Wasm plugins by name; one name for the whole workspace.
    pub plugins: BTreeMap<String, Plugin>,
    /// Workers that stand in the workspace, by name; one name for the whole workspace.
    pub workers: BTreeMap<String, Worker>,
    /// Steps by full name (`tune@lr=0.001`).
    pub steps: BTreeMap<String, Step>,
    /// Base name -> the names of its points in coordinate order; for a step
    /// without matrix the one name itself.
    pub points: BTreeMap<String, Vec<String>>,
    /// Named groups of targets.
    pub targets: BTreeMap<String, Vec<Spanned<String>>>,
    /// Tests of steps, by name.
    pub tests: BTreeMap<String, StepTest>,
    /// Errors that somebody answers for.
    pub waivers: Vec<Waiver>,
    /// Workspace path -> the output that is copied there.
    pub exports: exports::Exports,
    /// Whether each step stands at every point of the data that it reads
    /// (`plan::axes` spreads them).
    pub is_spread: bool,
    /// Whether gates fail the build (`[profiles.NAME] gates = "warn"` turns that off).
    pub gates_fail: bool,
}

/// A declared input of the pipeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// The name's place.
    pub span: Span,
    /// The folder of its manifest, relative to the workspace; empty for the root.
    pub folder: String,
    /// A file, a folder or a glob, relative to the manifest's folder.
    pub path: Spanned<String>,
    /// Globs of what is left out of a folder or glob.
    pub exclude: Vec<Spanned<String>>,
    /// How a dataset port reads it.
    pub format: Option<Node>,
    /// Its partitions, where its path has a placeholder.
    pub partitions: Option<partition::Partitions>,
    /// The folder in which its tree begins, where that is not the one before the first
    /// pattern: of a partition.
    pub root: Option<String>,
}

/// What the command line adds to the text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overrides {
    /// `--set NAME=VALUE`, in order; of a member, `member:NAME`.
    pub set: Vec<(String, String)>,
    /// `--profile NAME`.
    pub profile: Option<String>,
}
