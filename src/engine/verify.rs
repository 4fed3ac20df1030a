//! Rebuilding a step to see whether its bytes come again.
//!
//! The action runs in a fresh exec root, without checkpoints, and what it gives is
//! compared with the record. Invariant: the record stays as it is, whatever comes of
//! it; the verdict is an observation.

use ingot_protocol::Event;

use super::EngineError;
use super::event::FailureSummary;
use super::execute::{StepContext, end};
use super::perform::produce;
use crate::model::artifact::Content;
use crate::model::result::ActionResult;
use crate::store::StoreError;
use crate::store::compare::FileChange;
use crate::sys::fs;

/// What a rebuild gave.
#[derive(Debug, Clone, PartialEq)]
pub enum Rebuilt {
    /// The same bytes, metrics and findings.
    Same,
    /// Other bytes.
    Output(Box<OtherOutput>),
    /// The same bytes and other metrics or findings: the first, by name.
    Told {
        /// The metric, or `findings`.
        what: String,
    },
}

/// The first output that is another one.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherOutput {
    /// The port.
    pub port: String,
    /// Its artifact type.
    pub artifact_type: String,
    /// What is recorded.
    pub old: Content,
    /// What the rebuild gave.
    pub new: Content,
    /// The files that differ, sorted.
    pub files: Vec<FileChange>,
}

/// Rebuilds the step and compares.
pub fn verify(
    run: &StepContext<'_>,
    recorded: &ActionResult,
    emit: &mut dyn FnMut(Event),
) -> Result<Rebuilt, Box<FailureSummary>> {
    let store = run.context.store;
    let explain = |error: StoreError| EngineError::Store(error).failure();
    let reservation = store.reserve(run.key, run.cancel, &mut |_| {}).map_err(explain)?;
    let checkpoints = store.checkpoint_path(run.key);
    let forget = || fs::remove_all(&checkpoints).map_err(|error| explain(error.into()));
    forget()?;
    let produced = produce(&run.site(), run.job, &reservation, emit);
    forget()?;
    let produced = produced.map_err(|unfinished| end(run, *unfinished).summary)?;
    for (port, old) in &recorded.outputs {
        let new = produced.outputs.get(port).unwrap_or(old);
        if new.content != old.content {
            let files = store.changes(old.content, new.content).unwrap_or_default();
            return Ok(Rebuilt::Output(Box::new(OtherOutput {
                port: port.clone(),
                artifact_type: old.artifact_type.clone(),
                old: old.content,
                new: new.content,
                files,
            })));
        }
    }
    if produced.metrics != recorded.metrics {
        let told = produced.metrics.iter().chain(&recorded.metrics);
        let first = told.into_iter().find(|metric| {
            !(produced.metrics.contains(metric) && recorded.metrics.contains(metric))
        });
        let what = first.map_or_else(|| "metrics".to_owned(), |metric| metric.name.clone());
        return Ok(Rebuilt::Told { what });
    }
    if produced.findings != recorded.findings {
        return Ok(Rebuilt::Told { what: "findings".to_owned() });
    }
    Ok(Rebuilt::Same)
}
