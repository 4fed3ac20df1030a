//! [`StepError`]: what can go wrong around a run, and how a person is told.

use std::path::PathBuf;

use super::event::FailureSummary;
use super::retry::is_infrastructure;
use super::{Context, EngineError};
use crate::runner::RunError;
use crate::store::StoreError;
use crate::store::failed::FailedStep;
use crate::store::work::WorkFolder;

/// What can go wrong around a run.
#[derive(Debug)]
pub enum StepError {
    /// The store.
    Store(StoreError),
    /// The run.
    Run(RunError),
    /// The engine, in the user's words already.
    Engine(Box<FailureSummary>),
}

impl From<StoreError> for StepError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<RunError> for StepError {
    fn from(error: RunError) -> Self {
        Self::Run(error)
    }
}

impl From<crate::sys::PathError> for StepError {
    fn from(error: crate::sys::PathError) -> Self {
        Self::Run(error.into())
    }
}

/// A run that gave nothing.
#[derive(Debug)]
pub struct FailedRun {
    /// Why, in the user's words.
    pub summary: Box<FailureSummary>,
    /// Whether the machine was to blame, so that the same run may end better.
    pub infrastructure: bool,
    /// What it left, where that is to be kept if the step fails.
    pub left: Option<Remains>,
}

/// What a run left behind.
#[derive(Debug)]
pub struct Remains {
    /// The folder that its exec root stands in.
    pub work: WorkFolder,
    /// The exec root.
    pub root: PathBuf,
    /// How it was started.
    pub step: FailedStep,
}

impl FailedRun {
    /// The end of a step that is not run again: keeps what it left.
    pub fn end(self, context: &Context<'_>) -> Box<FailureSummary> {
        let Self { mut summary, left, .. } = self;
        let Some(Remains { work: _work, root, step }) = left else { return summary };
        match context.store.keep_failed(step, &root) {
            Ok(kept) => summary.kept = Some(context.shown(&kept)),
            Err(error) => {
                let why = EngineError::Store(error).failure().message;
                summary.message.push_str(&format!("; its exec root could not be kept: {why}"));
            }
        }
        summary
    }
}

impl StepError {
    /// As the end of a run.
    pub fn fail(self, step: &str) -> Box<FailedRun> {
        let infrastructure = is_infrastructure(&self);
        Box::new(FailedRun { summary: self.explain(step), infrastructure, left: None })
    }

    /// In the user's words; `step` is what the job is called.
    pub fn explain(self, step: &str) -> Box<FailureSummary> {
        match self {
            Self::Store(error) => EngineError::Store(error).failure(),
            Self::Engine(summary) => summary,
            Self::Run(error) => {
                let mut message = error.to_string();
                if let RunError::Path(path) = &error {
                    message.push_str(&format!(": {}", path.source));
                }
                failure(error.code(), message, error.help(step))
            }
        }
    }
}

/// A failure without log.
pub(super) fn failure(code: &str, message: String, help: Option<String>) -> Box<FailureSummary> {
    let code = code.to_owned();
    Box::new(FailureSummary { code, message, help, tail: Vec::new(), log: None, kept: None })
}
