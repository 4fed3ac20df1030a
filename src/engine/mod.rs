//! The engine: foresees a build, drives it, says why a step runs.
//!
//! | file | owns |
//! |---|---|
//! | [`inputs`] | the digest of every workspace file that the plan reads |
//! | [`resolve`] | step -> action, once its inputs are known |
//! | [`forecast`] | hit, run, depends or blocked, before anything runs |
//! | [`look_ahead`] | actions and records, found side by side for a forecast |
//! | [`reasons`] | why a step runs, in the user's terms |
//! | [`scheduler`] | what may start now: pure, `on(event) -> commands` |
//! | [`job`] | all that running one action takes, as a blob |
//! | [`site`] | the machine that a job runs on |
//! | [`perform`] | a job run on a site |
//! | [`prepare`] | its exec root, request, environment and sandbox |
//! | [`execute`] | one step of a build, from a reservation to a record |
//! | [`retry`] | which failures are the machine's |
//! | [`diagnose`] | what a failed command missed, and the line that gives it |
//! | [`trouble`] | what goes wrong around a run, in words |
//! | [`own_names`] | what a worker calls its inputs, in the names of the user |
//! | [`estimate`] | how long it will take |
//! | [`drive`] | threads: carries the scheduler's commands out |
//! | [`gates`] | judges metrics |
//! | [`waivers`] | which errors somebody answers for |
//! | [`verify`] | one action run again, and compared |
//! | [`leasing`] | what a build keeps collections away from |
//! | [`locked`] | `--locked`: keys checked before anything runs |
//! | [`memo`] | that nothing moved since the last build, seen without planning |
//! | [`record`] | what a build writes into the lock |
//! | [`event`] | the one event stream |
//!
//! Invariant: every state change passes through the scheduler, and every fact
//! for a person or a file through [`event`]; lock, summary and report fold that
//! stream. What it does not do: it reads no manifest text and prints nothing.

pub mod code;
mod curve;
mod diagnose;
pub mod drive;
pub mod estimate;
pub mod event;
mod evidence;
pub mod execute;
pub mod forecast;
pub mod gates;
pub mod inputs;
pub mod job;
pub mod known;
pub mod leasing;
pub mod locked;
pub mod look_ahead;
pub mod machine;
pub mod memo;
pub mod own_names;
pub mod perform;
pub mod places;
pub mod points;
pub mod prepare;
pub mod reasons;
pub mod record;
pub mod resolve;
pub mod retry;
pub mod scheduler;
pub mod site;
pub mod targets;
pub mod trouble;
pub mod verify;
pub mod waivers;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::diag::{Diagnostic, Span};
use crate::lockfile::{Difference, Lock};
use crate::manifest::Tool;
use crate::model::canonical::CanonicalError;
use crate::runner::launcher::Launcher;
use crate::store::lease::Lease;
use crate::store::{Store, StoreError};
use event::FailureSummary;
use inputs::Inputs;
use known::Known;

/// Why the engine cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A value without canonical form.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// A step was resolved before what it reads was known.
    #[error("`{port}` is not known yet")]
    UnknownInput {
        /// The port, source or path.
        port: String,
    },
    /// An artifact lacks a split that a step reads.
    #[error(transparent)]
    NoSuchSplit(#[from] Box<NoSuchSplit>),
    /// Under `--locked`, a result is not what the lock has.
    #[error("{}", locked::said(.0))]
    Differs(Box<Difference>),
    /// Under `--locked`, what a step reads is not what the lock was made with.
    #[error("`{step}` reads something else than when the lock was written")]
    NotLocked {
        /// The step.
        step: String,
    },
}

/// An artifact lacks a split that a step reads.
#[derive(Debug, thiserror::Error)]
#[error("`{step}` reads {} of `{reference}` on its port `{port}`, which is not there", asked.join(" and "))]
pub struct NoSuchSplit {
    /// The step that reads.
    pub step: String,
    /// Its port.
    pub port: String,
    /// The reference as written.
    pub reference: String,
    /// Its place.
    pub span: Span,
    /// What it reads.
    pub asked: Vec<String>,
    /// What is there.
    pub there: Vec<String>,
}

impl NoSuchSplit {
    /// What to do about it.
    pub fn fix(&self) -> String {
        match self.there.as_slice() {
            [] => "it has no splits: put a `split` step in between".to_owned(),
            [first, ..] => {
                let asked = self.reference.rsplit_once('/');
                let whole = asked.filter(|(_, split)| self.asked.iter().any(|one| one == split));
                let whole = whole.map_or(self.reference.as_str(), |(whole, _)| whole);
                format!("it has {}; write `{whole}/{first}` to read that", self.there.join(", "))
            }
        }
    }
}

impl EngineError {
    /// Whether what a producer could make again is not there, or is not what it should be.
    pub fn is_loss(&self) -> bool {
        let lost = |error: &StoreError| {
            matches!(
                error,
                StoreError::BlobMissing { .. }
                    | StoreError::BlobDamaged { .. }
                    | StoreError::Canonical(_)
            )
        };
        matches!(self, Self::Store(error) if lost(error))
    }

    /// The diagnostic code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Canonical(_) => "E0703",
            Self::UnknownInput { .. } => "E7001",
            Self::NoSuchSplit(_) => "E0314",
            Self::Differs(difference) => difference.code(),
            Self::NotLocked { .. } => "E0902",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::NoSuchSplit(missing) => return Some(missing.fix()),
            Self::Store(StoreError::Cancelled { .. }) => return None,
            Self::Store(error) => error.help(),
            Self::Differs(difference) if matches!(**difference, Difference::Verdict { .. }) => {
                "a gate, a waiver or the lock was changed: `ingot build` brings the lock up to date"
            }
            Self::Differs(_) => {
                "the step is not reproducible here, or the lock was edited: compare the platform and the worker's version; `ingot build` brings the lock up to date"
            }
            _ => return None,
        };
        Some(text.to_owned())
    }

    /// As the end of a command.
    pub fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::error(self.code(), self.to_string());
        match self {
            Self::NoSuchSplit(missing) => diagnostic.label(missing.span, "").help(missing.fix()),
            Self::Store(error) => diagnostic.caused_by(error).help(error.help()),
            Self::UnknownInput { .. } | Self::Canonical(_) => {
                diagnostic.caused_by(self).help("report it with the manifest and the command")
            }
            Self::Differs(_) | Self::NotLocked { .. } => {
                let help = self.help();
                let help =
                    help.unwrap_or_else(|| "`ingot build` brings the lock up to date".into());
                diagnostic.caused_by(self).help(help)
            }
        }
    }

    /// As a step's failure.
    pub fn failure(&self) -> Box<FailureSummary> {
        let mut message = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            message.push_str(&format!(": {cause}"));
            source = cause.source();
        }
        Box::new(FailureSummary {
            code: self.code().to_owned(),
            message,
            help: self.help(),
            tail: Vec::new(),
            log: None,
            kept: None,
        })
    }
}

/// What every step of a build shares.
#[derive(Debug)]
pub struct Context<'a> {
    /// The folder of the manifest; of a workspace's, the root's.
    pub workspace: &'a Path,
    /// The store.
    pub store: &'a Store,
    /// The digests of what the workspace holds.
    pub inputs: &'a Inputs,
    /// What starts steps in the sandbox.
    pub launcher: &'a Launcher,
    /// Step -> the time it took last.
    pub expected: BTreeMap<String, Duration>,
    /// What keeps collections away from what the build reads, where it runs anything.
    pub lease: Option<&'a Lease>,
    /// Whether the exec root of a step that fails is kept.
    pub keep_failed: bool,
    /// Whether steps run in a sandbox.
    pub sandbox: bool,
    /// The lock that outputs must agree with.
    pub locked: Option<&'a Lock>,
    /// Worker program -> the folders of its libraries.
    pub libraries: &'a BTreeMap<PathBuf, Vec<PathBuf>>,
    /// Artifact type -> the worker that judges what a command or a plugin wrote under it.
    pub judges: BTreeMap<String, PathBuf>,
    /// The declared tools.
    pub tools: &'a BTreeMap<String, Tool>,
}

impl Context<'_> {
    /// The time a step took last.
    pub fn expected(&self, step: &str) -> Option<Duration> {
        self.expected.get(step).copied()
    }

    /// A path as a person is shown it: relative to the workspace where it lies in it.
    pub fn shown(&self, path: &Path) -> String {
        path.strip_prefix(self.workspace).unwrap_or(path).display().to_string()
    }
}

/// The results known so far, by step index.
#[derive(Debug, Clone, Default)]
pub struct Results(Vec<Option<Arc<Known>>>);

impl Results {
    /// No results for so many steps.
    pub fn new(steps: usize) -> Self {
        Self(vec![None; steps])
    }

    /// A step's result.
    pub fn get(&self, step: usize) -> Option<&Known> {
        self.0.get(step)?.as_deref()
    }

    /// Sets a step's result.
    pub fn set(&mut self, step: usize, known: Arc<Known>) {
        if let Some(slot) = self.0.get_mut(step) {
            *slot = Some(known);
        }
    }

    /// Every known result with its index.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Known)> {
        self.0.iter().enumerate().filter_map(|(index, known)| Some((index, known.as_deref()?)))
    }
}
