//! One action, from a reservation to a record.
//!
//! Views of its inputs become an exec root, the runner does the step, what it
//! wrote becomes content, and the record is the last write. Invariant: nothing
//! is recorded of a step that failed, was killed or took too long; outputs are
//! taken only after every process of the step is gone.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ingot_protocol::{Determinism, Event, Finding, Metric, OutputPort};

use super::diagnose::{Scene, diagnose};
use super::event::FailureSummary;
use super::evidence::Evidence;
use super::known::Known;
use super::own_names::in_own_names;
use super::prepare::prepare;
use super::trouble::{Failed, Left, Trouble, failure};
use super::{Context, EngineError, locked, machine, retry};
use crate::kinds::Provider;
use crate::lockfile::Difference;
use crate::model::action::{Action, ActionKey};
use crate::model::artifact::Artifact;
use crate::model::result::{ActionResult, RESULT_VERSION};
use crate::plan::Step;
use crate::runner::exec_root::ExecRoot;
use crate::runner::mask::Mask;
use crate::runner::supervise::{Ended, GRACE, Output, Run, supervise};
use crate::runner::undeclared::Folders;
use crate::runner::worker::Asked;
use crate::runner::{RunError, leak};
use crate::store::action_cache::{Lookup, Reservation};
use crate::store::holder::Waiting;
use crate::store::in_place::InPlace;
use crate::store::lease::Held;
use crate::store::work::{Observation, Started};
use crate::store::{Store, StoreError};
use crate::sys::{clock, fs};

/// One step to execute.
#[derive(Debug)]
pub struct StepContext<'a> {
    /// What every step shares.
    pub context: &'a Context<'a>,
    /// The step.
    pub step: &'a Step,
    /// Its action.
    pub action: &'a Action,
    /// The action's key.
    pub key: ActionKey,
    /// Output ports whose blobs must be there afterwards.
    pub needed: &'a [String],
    /// Whether it runs whatever the store holds.
    pub forced: bool,
    /// Set when the build ends.
    pub cancel: &'a AtomicBool,
}

impl StepContext<'_> {
    fn is_cancelled(&self) -> bool {
        self.cancel.load(Ordering::SeqCst)
    }
}

/// How often one who waits to try again looks whether the build ends.
const TICK: Duration = Duration::from_millis(20);

/// What executing a step gave.
#[derive(Debug)]
pub struct Ran {
    /// The result.
    pub result: ActionResult,
    /// Whether this process ran it; else another one just had.
    pub executed: bool,
    /// What of the sandbox held.
    pub held: Option<String>,
}

/// What is told of a step that runs.
#[derive(Debug)]
pub enum Told {
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
    tell: &mut dyn FnMut(Told),
) -> Result<Ran, Box<FailureSummary>> {
    let store = run.context.store;
    let explain = |error: StoreError| run.context.explain(&EngineError::Store(error));
    let waiting = &mut |waiting| tell(Told::Waiting(waiting));
    let reservation = if run.forced {
        store.reserve(run.key, run.cancel, waiting).map_err(explain)?
    } else {
        match reserve(run, waiting).map_err(explain)? {
            Ok(result) => return Ok(Ran { result: *result, executed: false, held: None }),
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
    let produced = produce_in_the_end(run, &reservation, tell)?;
    let held = produced.ended.held.join(" ");
    match record(run, reservation, &produced) {
        Ok(result) => {
            observe(run, &produced);
            Ok(Ran { result, executed: true, held: Some(held) })
        }
        Err(trouble) => Err(trouble.explain(run)),
    }
}

/// Runs an action again while the machine is to blame that it failed.
fn produce_in_the_end(
    run: &StepContext<'_>,
    reservation: &Reservation,
    tell: &mut dyn FnMut(Told),
) -> Result<Produced, Box<FailureSummary>> {
    let retries = run.step.retries;
    let mut retry = 0;
    loop {
        let failed = match produce(run, reservation, &mut |event| tell(Told::Event(event))) {
            Ok(produced) => return Ok(produced),
            Err(failed) => failed,
        };
        retry += 1;
        if !failed.infrastructure || retry > retries || run.is_cancelled() {
            return Err(failed.end(run));
        }
        let (pause, cause) = (retry::pause(retry), &failed.summary.message);
        let seconds = pause.as_secs_f64();
        tell(Told::Retry(format!("retry {retry} of {retries} in {seconds} s: {cause}")));
        let until = Instant::now() + pause;
        while Instant::now() < until && !run.is_cancelled() {
            std::thread::sleep(TICK);
        }
        if run.is_cancelled() {
            return Err(failed.summary);
        }
    }
}

/// What one run gave, before it is a record.
pub struct Produced {
    /// Output port -> artifact; its blobs are in the store.
    pub outputs: BTreeMap<String, Artifact>,
    /// Metrics, in their canonical order.
    pub metrics: Vec<Metric>,
    /// Findings, in the worker's order.
    pub findings: Vec<Finding>,
    /// How the processes ended.
    pub ended: Ended,
    /// Seconds from the launch to the end.
    pub seconds: f64,
    /// The programs that a command started.
    pub programs: BTreeMap<String, Started>,
    /// Keeps collections away from the outputs until they are recorded.
    _hold: Held,
}

/// Runs an action in a fresh exec root, and takes its outputs in. Nothing is recorded.
pub fn produce(
    run: &StepContext<'_>,
    reservation: &Reservation,
    emit: &mut dyn FnMut(Event),
) -> Result<Produced, Box<Failed>> {
    let store = run.context.store;
    let fail = |error: StoreError| Trouble::Store(error).fail(run);
    let work = store.work_folder().map_err(fail)?;
    let prepared = prepare(run, &work).map_err(|error| error.fail(run))?;
    let kept = run.context.keep_failed.then(|| prepared.described(run));
    let mut evidence = Evidence::default();
    let begun = Instant::now();
    let lock = reservation.lock_file().map_err(|error| fail(error.into()))?;
    let log = store.log_path(run.key);
    let is_command = run.step.command.is_some();
    let program = prepared.launch.program.clone();
    let (ended, outcome) = supervise(
        Run {
            launcher: run.context.launcher,
            sandbox: run.context.sandbox,
            launch: prepared.launch,
            mask: prepared.mask.clone(),
            lock: Some(lock),
            log: &log,
            timeout: run.step.timeout,
            cancel: run.cancel,
            grace: GRACE,
            output: if is_command { Output::Log } else { Output::Events },
        },
        &mut |event| evidence.take(event, emit),
    );
    let seconds = begun.elapsed().as_secs_f64();
    let taken = outcome.and_then(|()| {
        if is_command {
            evidence.take_file(&prepared.root, &prepared.mask, emit)?;
        }
        evidence.finish(emit)
    });
    let hold = store.hold().map_err(fail)?;
    let outputs = taken.map_err(Trouble::Run).and_then(|evidence| {
        prepared.in_place.iter().try_for_each(InPlace::unmoved)?;
        Ok((take_outputs(run, &prepared.root, &prepared.mask)?, evidence))
    });
    match outputs {
        Ok((outputs, (metrics, findings))) => {
            let programs = prepared.started;
            Ok(Produced { outputs, metrics, findings, ended, seconds, programs, _hold: hold })
        }
        Err(trouble) => {
            let mut failed =
                describe_failure(run, trouble, (&prepared.root, &program), ended, &log);
            failed.left = kept.filter(|_| !run.is_cancelled()).map(|step| Left {
                work,
                root: prepared.root,
                step,
            });
            Err(failed)
        }
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

/// Has the worker that knows an output's type look at what somebody else wrote under it, so
/// that a mistake is told where it was made and not by the first step that reads it.
fn check(run: &StepContext<'_>, port: &OutputPort, path: &Path) -> Result<(), Trouble> {
    let context = run.context;
    if matches!(run.step.provider, Provider::Worker { .. }) {
        return Ok(());
    }
    let Some(program) = context.judges.get(&port.artifact_type) else { return Ok(()) };
    let work = context.store.work_folder()?;
    let asked = Asked {
        launcher: context.launcher,
        program,
        libraries: context.libraries.get(program).map(Vec::as_slice).unwrap_or_default(),
        work: work.path(),
    };
    Ok(asked.check(&port.artifact_type, &port.name, path)?)
}

/// Moves the outputs into the store.
fn take_outputs(
    run: &StepContext<'_>,
    root: &Path,
    mask: &Mask,
) -> Result<BTreeMap<String, Artifact>, Trouble> {
    let mut outputs = BTreeMap::new();
    for port in run.step.outputs.values() {
        let relative = ExecRoot::output(&port.name);
        let path = root.join(&relative);
        if !fs::exists(&path) {
            return Err(RunError::NoOutput { port: port.name.clone(), path: relative }.into());
        }
        leak::look(&path, &relative, mask)?;
        check(run, port, &path)?;
        let content = match run.context.store.ingest_output(&path, run.cancel) {
            Err(StoreError::Interrupted { .. }) => return Err(RunError::Cancelled.into()),
            content => content?,
        };
        let artifact_type = port.artifact_type.clone();
        outputs.insert(port.name.clone(), Artifact { artifact_type, content });
    }
    Ok(outputs)
}

/// Writes the record.
fn record(
    run: &StepContext<'_>,
    reservation: Reservation,
    produced: &Produced,
) -> Result<ActionResult, Trouble> {
    let store: &Store = run.context.store;
    let result = ActionResult {
        version: RESULT_VERSION,
        key: run.key,
        outputs: produced.outputs.clone(),
        metrics: produced.metrics.clone(),
        findings: produced.findings.clone(),
    };
    let differs = first_difference(run, &result);
    if let Some(first @ Difference::Output { .. }) = &differs {
        return Err(not_locked(first));
    }
    let bytes = run.action.encode().map_err(StoreError::from)?;
    store.put_bytes(&bytes)?;
    // What the step says now is known from here on, so that the lock can be held to it.
    store.record(reservation, result.clone())?;
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

fn not_locked(first: &Difference) -> Trouble {
    let help = EngineError::Differs(Box::new(first.clone())).help();
    Trouble::Engine(failure(first.code(), locked::said(first), help))
}

fn observe(run: &StepContext<'_>, produced: &Produced) {
    let ended = &produced.ended;
    let observation = Observation {
        version: 1,
        key: run.key,
        at: clock::now().as_secs(),
        seconds: produced.seconds,
        peak_memory: (ended.peak_memory > 0).then_some(ended.peak_memory),
        held: ended.held.clone(),
        programs: produced.programs.clone(),
    };
    let _ = run.context.store.observe(&run.step.name, &observation);
}

fn describe_failure(
    run: &StepContext<'_>,
    trouble: Trouble,
    (root, program): (&Path, &Path),
    ended: Ended,
    log: &Path,
) -> Box<Failed> {
    let program_failed = matches!(trouble, Trouble::Run(RunError::Exit { .. }));
    let mut failed = trouble.fail(run);
    let summary = &mut failed.summary;
    if run.step.command.is_none() {
        let Context { inputs, .. } = run.context;
        summary.message = in_own_names(&summary.message, run.step, run.action, inputs);
    }
    if program_failed && run.step.command.is_some() {
        let workspace = run.context.workspace.join(&run.step.home.folder);
        let folders = Folders { workspace: &workspace, root };
        diagnose(&Scene { step: run.step, folders, program }, &ended.tail, summary);
    }
    summary.tail = ended.tail;
    summary.log = Some(run.context.shown(log));
    failed
}
