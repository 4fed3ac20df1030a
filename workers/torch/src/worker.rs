//! The three verbs, answered.
//!
//! Invariant: whatever is asked, the answer is a result or a [`Failure`]: a panic
//! out of libtorch's bindings is caught here and becomes one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use ingot_protocol::{Descriptor, Difference, Event, Failure, Inspection, Request, Worker};

use crate::error::Error;
use crate::{kinds, model, platform, random};

/// The worker.
#[derive(Debug, Clone, Copy, Default)]
pub struct TorchWorker;

/// What a caller from within the process may ask besides the request. No request asks it: a
/// test of resuming stops a run where a kill would, and at the same step each time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hooks {
    /// Stop after so many training steps, as a killed run does.
    pub stop_after: Option<u64>,
}

impl Worker for TorchWorker {
    fn describe(&self) -> Descriptor {
        kinds::descriptor(platform::libtorch())
    }

    fn run(&self, request: &Request, emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
        run(request, Hooks::default(), emit)
    }

    fn show(&self, _artifact_type: &str, artifact: &Path) -> Result<Inspection, Failure> {
        guarded(|| model::show(artifact))
    }

    fn check(&self, _artifact_type: &str, artifact: &Path) -> Result<(), Failure> {
        let _alone = random::alone();
        guarded(|| model::check(artifact))
    }

    fn diff(&self, _artifact_type: &str, old: &Path, new: &Path) -> Result<Difference, Failure> {
        guarded(|| model::diff(old, new))
    }
}

/// Does one step; one at a time in a process, since libtorch's generator is one.
pub fn run(request: &Request, hooks: Hooks, emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
    let _alone = random::alone();
    guarded(|| {
        let compute = platform::apply(&request.platform)?;
        kinds::run(request, compute, hooks, emit)
    })
}

fn guarded<T>(body: impl FnOnce() -> Result<T, Error>) -> Result<T, Failure> {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(result) => result.map_err(Failure::from),
        Err(panic) => {
            let text = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("a panic without words");
            Err(Error::torch(text).into())
        }
    }
}
