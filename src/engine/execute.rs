//! One step of a build, from a reservation to a record.
//!
//! The step's job runs on this machine as any job does ([`super::perform`]); here stands
//! what only a build knows of it: what the step is called, what the lock expects, what the
//! user wrote where something is missing. Invariant: the record is the last write.

use std::sync::atomic::AtomicBool;

use ingot_protocol::{Determinism, Event};

use super::Context;
use super::diagnose::{Scene, diagnose};
use super::event::FailureSummary;
use super::job::Job;
use super::known::Known;
use super::own_names::in_own_names;
use super::perform::{self, Produced, Progress, Unfinished, perform};
use super::prepare::protects;
use super::site::{Site, SiteProgram};
use super::trouble::{FailedRun, Remains, StepError, failure};
use super::{EngineError, locked, machine};
use crate::kinds::Provider;
use crate::lockfile::Difference;
use crate::manifest::tool;
use crate::model::action::ActionKey;
use crate::model::result::ActionResult;
use crate::plan::Step;
use crate::runner::RunError;
use crate::runner::undeclared::Folders;
use crate::store::StoreError;
use crate::store::action_cache::{Lookup, Reservation};
use crate::store::holder::Waiting;
use crate::store::work::Observation;
use crate::sys::clock;

/// One step to execute.
#[derive(Debug)]
pub struct StepContext<'a> {
    /// What every step shares.
    pub context: &'a Context<'a>,
    /// The step.
    pub step: &'a Step,
    /// All that running it takes.
    pub job: &'a Job,
    /// The action's key.
    pub key: ActionKey,
    /// Output ports whose blobs must be there afterwards.
    pub needed: &'a [String],
    /// Whether it runs whatever the store holds.
    pub forced: bool,
    /// Set when the build ends.
    pub cancel: &'a AtomicBool,
}

impl<'a> StepContext<'a> {
    /// This machine, as far as the step can see it.
    pub fn site(&self) -> Site<'a> {
        let Context { workspace, store, launcher, sandbox, libraries, judges, tools, .. } =
            self.context;
        let folder = &self.step.home.folder;
        let program = match &self.step.provider {
            Provider::Worker { program, .. } => SiteProgram::Worker(program.clone()),
            Provider::Plugin { plugin, .. } => SiteProgram::Plugin {
                host: plugin.host.clone(),
                component: plugin.component.clone(),
            },
            Provider::Command => {
                let run = self.step.command.as_ref().map(|command| command.run.as_slice());
                let started = tool::started(tools, folder, run.unwrap_or_default());
                let here = started.into_iter().map(|(name, tool)| {
                    let program = tool.program().to_owned();
                    (name.to_owned(), program)
                });
                SiteProgram::Command { folder: workspace.join(folder), tools: here.collect() }
            }
        };
        Site {
            store,
            launcher,
            sandbox: *sandbox,
            program,
            libraries,
            judges,
            protects: protects(Some(workspace), store),
            cancel: self.cancel,
        }
    }
}

/// What executing a step gave.
#[derive(Debug)]
pub struct Execution {
    /// The result.
    pub result: ActionResult,
    /// Whether this process ran it; else another one just had.
    pub executed: bool,
    /// What of the sandbox held.
    pub held: Option<String>,
}

/// What is told of a step that runs.
#[derive(Debug)]
pub enum StepMessage {
    /// What its worker says.
    Event(Event),
    /// That it will be run again, and why.
    Retry(String),
    /// That another process runs it, and is waited for.
    Waiting(Waiting),
}

/// Executes one step, or takes the result that another process makes meanwhile.
pub fn execute(
    run: &StepContext<'_>,
    tell: &mut dyn FnMut(StepMessage),
) -> Result<Execution, Box<FailureSummary>> {
    let store = run.context.store;
    let explain = |error: StoreError| EngineError::Store(error).failure();
    let waiting = &mut |waiting| tell(StepMessage::Waiting(waiting));
    let reservation = if run.forced {
        store.reserve(run.key, run.cancel, waiting).map_err(explain)?
    } else {
        match reserve(run, waiting).map_err(explain)? {
            Ok(result) => return Ok(Execution { result: *result, executed: false, held: None }),
            Err(reservation) => reservation,
        }
    };
    if run.context.locked.is_some() && run.step.determinism() == Determinism::None {
        return Err(failure(
            "E0905",
            "its output is not reproducible, and no store has the locked one".to_owned(),
            Some("bring the store that has it, or build without --locked".to_owned()),
        ));
    }
    if let Some((message, _)) = machine::lacks(run.step) {
        return Err(failure(machine::CODE, message, Some(machine::HELP.to_owned())));
    }
    store_job(run).map_err(explain)?;
    let explain = |unfinished: Box<Unfinished>| end(run, *unfinished);
    let mut told = |progress| match progress {
        Progress::Event(event) => tell(StepMessage::Event(event)),
        Progress::Retry(message) => tell(StepMessage::Retry(message)),
    };
    let produced = perform(&run.site(), run.job, &reservation, &explain, &mut told)
        .map_err(|failed| failed.end(run.context))?;
    let held = produced.ended.held.join(" ");
    match record(run, reservation, &produced) {
        Ok(result) => {
            observe(run, &produced);
            Ok(Execution { result, executed: true, held: Some(held) })
        }
        Err(trouble) => Err(trouble.explain(&run.step.name)),
    }
}

/// The recorded result with all that is needed of it, or the right to make it.
fn reserve(
    run: &StepContext<'_>,
    tell: &mut dyn FnMut(Waiting),
) -> Result<Result<Box<ActionResult>, Reservation>, StoreError> {
    let needed: Vec<&str> = run.needed.iter().map(String::as_str).collect();
    Ok(match run.context.store.lookup(run.key, &needed, run.cancel, tell)? {
        Lookup::Hit(result) => Ok(result),
        Lookup::Miss(reservation) => Err(reservation),
    })
}

/// Puts the job where another runner finds it, and beside it the component of a plugin.
fn store_job(run: &StepContext<'_>) -> Result<(), StoreError> {
    let store = run.context.store;
    store.put_bytes(&run.job.encode()?)?;
    match &run.step.provider {
        Provider::Plugin { plugin, .. } => store.put_file(&plugin.component, plugin.digest),
        Provider::Worker { .. } | Provider::Command => Ok(()),
    }
}

/// Writes the record.
fn record(
    run: &StepContext<'_>,
    reservation: Reservation,
    produced: &Produced,
) -> Result<ActionResult, StepError> {
    let result = produced.result(run.key);
    let differs = first_difference(run, &result);
    if let Some(first @ Difference::Output { .. }) = &differs {
        return Err(not_locked(first));
    }
    // What the step says now is known from here on, so that the lock can be held to it.
    perform::record(run.context.store, run.job, reservation, result.clone())?;
    match differs {
        None => Ok(result),
        Some(first) => Err(not_locked(&first)),
    }
}

/// Under `--locked`, the first thing in which a result is not as the lock has it.
fn first_difference(run: &StepContext<'_>, result: &ActionResult) -> Option<Difference> {
    let known = Known::judge(run.step, result.clone());
    locked::differences(run.context.locked?, run.step, &known).into_iter().next()
}

fn not_locked(first: &Difference) -> StepError {
    let help = EngineError::Differs(Box::new(first.clone())).help();
    StepError::Engine(failure(first.code(), locked::said(first), help))
}

fn observe(run: &StepContext<'_>, produced: &Produced) {
    let ended = &produced.ended;
    let observation = Observation {
        version: 1,
        key: run.key,
        at: clock::now().as_secs(),
        seconds: produced.before + produced.seconds,
        before: produced.before,
        peak_memory: (ended.peak_memory > 0).then_some(ended.peak_memory),
        held: ended.held.clone(),
        programs: produced.programs.clone(),
    };
    let _ = run.context.store.observe(&run.step.name, &observation);
}

/// Why a run of the step gave nothing, in the user's words, and what it left.
pub(super) fn end(run: &StepContext<'_>, unfinished: Unfinished) -> Box<FailedRun> {
    let Unfinished { trouble, scene } = unfinished;
    let program_failed = matches!(trouble, StepError::Run(RunError::Exit { .. }));
    let mut failed = trouble.fail(&run.step.name);
    let Some(perform::Scene { work, prepared, tail, log }) = scene else { return failed };
    let summary = &mut failed.summary;
    if run.step.command.is_none() {
        let Context { inputs, .. } = run.context;
        summary.message = in_own_names(&summary.message, run.step, &run.job.action, inputs);
    }
    if program_failed && run.step.command.is_some() {
        let workspace = run.context.workspace.join(&run.step.home.folder);
        let folders = Folders { workspace: &workspace, root: &prepared.root };
        let program = &prepared.launch.program;
        diagnose(&Scene { step: run.step, folders, program }, &tail, summary);
    }
    summary.tail = tail;
    summary.log = Some(run.context.shown(&log));
    if run.context.keep_failed && !run.cancel.load(std::sync::atomic::Ordering::SeqCst) {
        let step = prepared.described(&run.step.name, run.key);
        failed.left = Some(Remains { work, root: prepared.root, step });
    }
    failed
}
