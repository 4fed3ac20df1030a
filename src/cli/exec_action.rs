//! `ingot exec-action DIGEST`: runs the job that a blob of the store is.
//!
//! It is what another machine runs for a build: it takes the job and what that reads from
//! the store, runs it in the sandbox, and puts the outputs and the record there. Hidden: a
//! runner calls it, no person does. What happens is told as JSON lines, with the job's digest
//! in the place of a step's name.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use clap::Args;

use super::Global;
use super::output::Output;
use crate::diag::{Exit, codes};
use crate::engine::EngineError;
use crate::engine::event::{BuildEvent, FinishedResult, Outcome, Summary};
use crate::engine::leasing::takes;
use crate::engine::perform::{Progress, Unfinished, perform, record};
use crate::engine::trouble::FailedRun;
use crate::model::result::ActionResult;
use crate::store::StoreError;
use crate::store::action_cache::Lookup;
use crate::sys::{clock, signal};
use crate::workspace::Stop;
use crate::workspace::foreign::Foreign;
use crate::workspace::store::store_stop;

/// Arguments of `ingot exec-action`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The digest of the job
    digest: String,
}

/// How it ended: the result and what of the sandbox held, or why there is none.
type Ended = Result<(ActionResult, Outcome, Option<String>), Box<FailedRun>>;

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let begun = Instant::now();
    let cancel = Arc::new(AtomicBool::new(false));
    signal::on_interrupt(&cancel);
    let foreign = Foreign::open(&global.opener(), &arguments.digest)?;
    let step = arguments.digest.clone();
    let mut emit = |event: BuildEvent| {
        output.document(&format!("{}\n", serde_json::to_string(&event).unwrap_or_default()));
    };
    let ended = execute(&foreign, &step, &cancel, &mut emit)?;
    let is_cancelled = cancel.load(Ordering::SeqCst);
    let (outcome, held, result, exit) = match ended {
        Ok((result, outcome, held)) => (outcome, held, Some(result), Exit::Done),
        Err(_) if is_cancelled => (Outcome::Cancelled, None, None, Exit::Interrupted),
        Err(failed) => {
            let exit = codes::of_step(&failed.summary.code);
            (Outcome::Failed(*failed.summary), None, None, exit)
        }
    };
    let mut summary = Summary { interrupted: is_cancelled, ..Summary::default() };
    let verdict = result.as_ref().map(ActionResult::findings_verdict);
    summary.count(&outcome, verdict);
    summary.seconds = begun.elapsed().as_secs_f64();
    let seconds = summary.seconds;
    let result = result.as_ref().map(FinishedResult::of);
    emit(BuildEvent::Finished { step, outcome, seconds, verdict, held, result });
    emit(BuildEvent::Summary(summary));
    Ok(exit)
}

/// Takes the result that is there, or runs the job and records what it gives.
fn execute(
    foreign: &Foreign,
    step: &str,
    cancel: &AtomicBool,
    emit: &mut dyn FnMut(BuildEvent),
) -> Result<Ended, Stop> {
    let Foreign { job, key, store, .. } = foreign;
    let stop = |error: StoreError| store_stop(&error);
    let ports: Vec<&str> = job.action.outputs.keys().map(String::as_str).collect();
    let named = || Some(step.to_owned());
    let hold = store.hold().map_err(stop)?;
    let lease = store.lease().map_err(stop)?;
    lease.begin(clock::now()).map_err(stop)?;
    lease.add([*key], takes(job)).map_err(stop)?;
    drop(hold);
    let waiting = &mut |waiting| emit(BuildEvent::waiting(named(), waiting));
    let reservation = match store.lookup(*key, &ports, cancel, waiting).map_err(stop)? {
        Lookup::Hit(result) => return Ok(Ok((*result, Outcome::Cached, None))),
        Lookup::Miss(reservation) => reservation,
    };
    foreign.check_inputs()?;
    emit(BuildEvent::Started {
        step: step.to_owned(),
        kind: job.action.kind.clone(),
        reasons: Vec::new(),
        job: step.parse().ok(),
    });
    let explain = |unfinished: Box<Unfinished>| {
        let Unfinished { trouble, scene } = *unfinished;
        let mut failed = trouble.fail(&job.action.kind);
        failed.summary.tail = scene.map(|scene| scene.tail).unwrap_or_default();
        failed
    };
    let mut tell = |progress| match progress {
        Progress::Event(event) => {
            BuildEvent::of_worker(step, event).into_iter().for_each(&mut *emit)
        }
        Progress::Retry(message) => emit(BuildEvent::Note { step: named(), message }),
    };
    let produced = match perform(&foreign.site(cancel), job, &reservation, &explain, &mut tell) {
        Ok(produced) => produced,
        Err(failed) => return Ok(Err(failed)),
    };
    let result = produced.result(*key);
    let held = Some(produced.ended.held.join(" "));
    Ok(match record(store, job, reservation, result.clone()) {
        Ok(()) => Ok((result, Outcome::Executed, held)),
        Err(error) => {
            let summary = EngineError::Store(error).failure();
            Err(Box::new(FailedRun { summary, infrastructure: false, left: None }))
        }
    })
}
