//! Runs a job on a site: views of its inputs become an exec root, the runner does it, what
//! it wrote becomes content of the store.
//!
//! Whoever runs a job runs it here: a build, `ingot verify`, `ingot exec-action`. Invariant:
//! nothing is recorded of a job that failed, was killed or took too long; outputs are taken
//! only after every process of it is gone. What it does not do: it knows no step, no plan
//! and no lock, and writes no record but by [`record`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ingot_protocol::{Event, Finding, Metric};

use super::curve::Recorder;
use super::evidence::Evidence;
use super::job::{Job, JobProvider};
use super::prepare::{Prepared, prepare};
use super::retry;
use super::site::Site;
use super::trouble::{FailedRun, StepError};
use crate::model::action::ActionKey;
use crate::model::artifact::Artifact;
use crate::model::result::{ActionResult, RESULT_VERSION};
use crate::runner::exec_root::ExecRoot;
use crate::runner::mask::Mask;
use crate::runner::supervise::{Ended, GRACE, Output, Run, supervise};
use crate::runner::worker::Inquiry;
use crate::runner::{RunError, leak};
use crate::store::action_cache::Reservation;
use crate::store::in_place::InPlace;
use crate::store::lease::Held;
use crate::store::work::{Started, WorkFolder};
use crate::store::{Store, StoreError};
use crate::sys::fs;

/// How often one who waits to try again looks whether the job is to end.
const TICK: Duration = Duration::from_millis(20);

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
    /// Seconds that runs took whose checkpoints this one went on from.
    pub before: f64,
    /// The programs that a command started.
    pub programs: BTreeMap<String, Started>,
    /// Keeps collections away from the outputs until they are recorded.
    _hold: Held,
}

impl Produced {
    /// As the result of an action.
    pub fn result(&self, key: ActionKey) -> ActionResult {
        ActionResult {
            version: RESULT_VERSION,
            key,
            outputs: self.outputs.clone(),
            metrics: self.metrics.clone(),
            findings: self.findings.clone(),
        }
    }
}

/// A run that gave nothing.
#[derive(Debug)]
pub struct Unfinished {
    /// Why.
    pub trouble: StepError,
    /// What there is of it, where it was laid out.
    pub scene: Option<Scene>,
}

/// What a run left behind.
#[derive(Debug)]
pub struct Scene {
    /// The folder that its exec root stands in.
    pub work: WorkFolder,
    /// Its exec root and how it was started.
    pub prepared: Prepared,
    /// The log's last lines.
    pub tail: Vec<String>,
    /// The whole log.
    pub log: PathBuf,
}

impl From<StepError> for Box<Unfinished> {
    fn from(trouble: StepError) -> Self {
        Box::new(Unfinished { trouble, scene: None })
    }
}

/// What is told of a job that runs.
#[derive(Debug)]
pub enum Progress {
    /// What its worker says.
    Event(Event),
    /// That it will be run again, and why.
    Retry(String),
}

/// Runs a job, and again while the machine is to blame that it failed. `explain` says in the
/// user's words why it gave nothing.
pub fn perform(
    site: &Site<'_>,
    job: &Job,
    reservation: &Reservation,
    explain: &dyn Fn(Box<Unfinished>) -> Box<FailedRun>,
    tell: &mut dyn FnMut(Progress),
) -> Result<Produced, Box<FailedRun>> {
    let retries = job.retries;
    let mut retry = 0;
    loop {
        let mut recorder = Recorder::begin(site.store, reservation.key());
        let before = recorder.before();
        let produced = produce(site, job, reservation, &mut |event| {
            recorder.take(&event);
            tell(Progress::Event(event));
        });
        recorder.end(produced.is_ok());
        let failed = match produced {
            Ok(produced) => return Ok(Produced { before, ..produced }),
            Err(unfinished) => explain(unfinished),
        };
        retry += 1;
        if !failed.infrastructure || retry > retries || site.is_cancelled() {
            return Err(failed);
        }
        let (pause, cause) = (retry::pause(retry), &failed.summary.message);
        let seconds = pause.as_secs_f64();
        tell(Progress::Retry(format!("retry {retry} of {retries} in {seconds} s: {cause}")));
        let until = Instant::now() + pause;
        while Instant::now() < until && !site.is_cancelled() {
            std::thread::sleep(TICK);
        }
        if site.is_cancelled() {
            return Err(Box::new(FailedRun { left: None, ..*failed }));
        }
    }
}

/// Runs a job in a fresh exec root, and takes its outputs in. Nothing is recorded.
pub fn produce(
    site: &Site<'_>,
    job: &Job,
    reservation: &Reservation,
    emit: &mut dyn FnMut(Event),
) -> Result<Produced, Box<Unfinished>> {
    let store = site.store;
    let key = reservation.key();
    let early = |error: StoreError| Box::<Unfinished>::from(StepError::Store(error));
    let work = store.work_folder().map_err(early)?;
    let prepared = prepare(site, job, key, &work).map_err(Box::<Unfinished>::from)?;
    let mut evidence = Evidence::default();
    let begun = Instant::now();
    let lock = reservation.lock_file().map_err(|error| early(error.into()))?;
    let log = store.log_path(key);
    let is_command = job.action.command.is_some();
    let (ended, outcome) = supervise(
        Run {
            launcher: site.launcher,
            sandbox: site.sandbox,
            launch: prepared.launch.clone(),
            mask: prepared.mask.clone(),
            lock: Some(lock),
            log: &log,
            timeout: job.limits.timeout(),
            cancel: site.cancel,
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
    let hold = store.hold().map_err(early)?;
    let outputs = taken.map_err(StepError::Run).and_then(|evidence| {
        prepared.in_place.iter().try_for_each(InPlace::unmoved)?;
        Ok((take_outputs(site, job, &prepared.root, &prepared.mask)?, evidence))
    });
    match outputs {
        Ok((outputs, (metrics, findings))) => {
            let programs = prepared.started;
            let before = 0.0;
            Ok(Produced {
                outputs,
                metrics,
                findings,
                ended,
                seconds,
                before,
                programs,
                _hold: hold,
            })
        }
        Err(trouble) => {
            let scene = Scene { work, prepared, tail: ended.tail, log };
            Err(Box::new(Unfinished { trouble, scene: Some(scene) }))
        }
    }
}

/// Writes the record of a job's result, after the action that it is of.
pub fn record(
    store: &Store,
    job: &Job,
    reservation: Reservation,
    result: ActionResult,
) -> Result<(), StoreError> {
    store.put_bytes(&job.action.encode()?)?;
    store.record(reservation, result)
}

/// Moves the outputs into the store.
fn take_outputs(
    site: &Site<'_>,
    job: &Job,
    root: &Path,
    mask: &Mask,
) -> Result<BTreeMap<String, Artifact>, StepError> {
    let mut outputs = BTreeMap::new();
    for (port, artifact_type) in &job.action.outputs {
        let relative = ExecRoot::output(port);
        let path = root.join(&relative);
        if !fs::exists(&path) {
            return Err(RunError::NoOutput { port: port.clone(), path: relative }.into());
        }
        leak::look(&path, &relative, mask)?;
        check(site, job, (port, artifact_type), &path)?;
        let content = match site.store.ingest_output(&path, site.cancel) {
            Err(StoreError::Interrupted { .. }) => return Err(RunError::Cancelled.into()),
            content => content?,
        };
        let artifact_type = artifact_type.clone();
        outputs.insert(port.clone(), Artifact { artifact_type, content });
    }
    Ok(outputs)
}

/// Has the worker that knows an output's type look at what somebody else wrote under it, so
/// that a mistake is told where it was made and not by the first step that reads it.
fn check(
    site: &Site<'_>,
    job: &Job,
    (port, artifact_type): (&str, &str),
    path: &Path,
) -> Result<(), StepError> {
    if job.provider == JobProvider::Worker {
        return Ok(());
    }
    let Some(program) = site.judges.get(artifact_type) else { return Ok(()) };
    let work = site.store.work_folder()?;
    let (launcher, libraries) = (site.launcher, site.libraries_of(program));
    let asked = Inquiry { launcher, program, libraries, work: work.path() };
    Ok(asked.check(artifact_type, port, path)?)
}
