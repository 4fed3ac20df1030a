//! One action, from a reservation to a record.
//!
//! Views of its inputs become an exec root, the runner does the step, what it
//! wrote becomes content, and the record is the last write. Invariant: nothing
//! is recorded of a step that failed, was killed or took too long; outputs are
//! taken only after every process of the step is gone.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use ingot_protocol::{
    Determinism, Event, Finding, Input, Metric, Output, PROTOCOL, Platform, Request,
};

use super::event::FailureSummary;
use super::{Context, EngineError};
use crate::kinds::Provider;
use crate::model::action::{Action, ActionKey};
use crate::model::artifact::Artifact;
use crate::model::result::{ActionResult, RESULT_VERSION};
use crate::plan::Step;
use crate::runner::exec_root::ExecRoot;
use crate::runner::launch::Launch;
use crate::runner::supervise::{Ended, Run, supervise};
use crate::runner::{RunError, command, environment, tools, undeclared, worker};
use crate::store::action_cache::{Lookup, Reservation};
use crate::store::work::{Observation, WorkFolder};
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

/// Executes one step, or takes the result that another process makes meanwhile.
pub fn execute(run: &StepContext<'_>, emit: &mut dyn FnMut(Event)) -> Result<Ran, FailureSummary> {
    let store = run.context.store;
    let explain = |error: StoreError| run.context.explain(&EngineError::Store(error));
    let reservation = if run.forced {
        store.reserve(run.key).map_err(explain)?
    } else {
        match reserve(run).map_err(explain)? {
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
    let work = store.work_folder().map_err(explain)?;
    let mut prepared = prepare(run, &work).map_err(|error| error.explain(run))?;
    let mut results = Results::default();
    let begun = Instant::now();
    let lock = reservation.lock_file().map_err(|error| explain(error.into()))?;
    let log = store.log_path(run.key);
    let is_command = run.step.command.is_some();
    let (ended, outcome) = supervise(
        Run {
            launcher: &run.context.launcher,
            work: work.path(),
            launch: prepared.launch,
            environment: std::mem::take(&mut prepared.environment),
            secrets: prepared.secrets,
            lock: Some(lock),
            log: &log,
            timeout: run.step.timeout,
            memory: run.step.resources.memory,
            cancel: run.cancel,
            events: !is_command,
        },
        &mut |event| results.take(event, emit),
    );
    let seconds = begun.elapsed().as_secs_f64();
    let taken = outcome.and_then(|()| {
        if is_command {
            results.take_file(&prepared.root, emit)?;
        }
        results.check()
    });
    let finished = taken
        .map_err(Trouble::Run)
        .and_then(|()| record(run, reservation, &prepared.root, results));
    match finished {
        Ok(result) => {
            observe(run, &ended, seconds);
            Ok(Ran { result, executed: true, held: Some(ended.held.join(" ")) })
        }
        Err(trouble) => Err(describe_failure(run, trouble, &prepared.root, ended, &log)),
    }
}

/// The recorded result with all that is needed of it, or the right to make it.
fn reserve(run: &StepContext<'_>) -> Result<Result<Box<ActionResult>, Reservation>, StoreError> {
    let store = run.context.store;
    match store.lookup(run.key)? {
        Lookup::Miss(reservation) => Ok(Err(reservation)),
        Lookup::Hit(result) => {
            let needed: Vec<&str> = run.needed.iter().map(String::as_str).collect();
            if store.complete(&result, &needed)? {
                return Ok(Ok(result));
            }
            Ok(Err(store.reserve(run.key)?))
        }
    }
}

/// A step that is ready to be launched.
struct Prepared {
    root: PathBuf,
    launch: Launch,
    environment: Vec<(String, OsString)>,
    secrets: Vec<OsString>,
}

/// What can go wrong around a run.
enum Trouble {
    Store(StoreError),
    Run(RunError),
    Engine(FailureSummary),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<RunError> for Trouble {
    fn from(error: RunError) -> Self {
        Self::Run(error)
    }
}

impl From<crate::sys::PathError> for Trouble {
    fn from(error: crate::sys::PathError) -> Self {
        Self::Run(error.into())
    }
}

impl Trouble {
    fn explain(self, run: &StepContext<'_>) -> FailureSummary {
        match self {
            Self::Store(error) => run.context.explain(&EngineError::Store(error)),
            Self::Engine(summary) => summary,
            Self::Run(error) => {
                let mut message = error.to_string();
                if let RunError::Path(path) = &error {
                    message.push_str(&format!(": {}", path.source));
                }
                failure(error.code(), message, error.help())
            }
        }
    }
}

fn failure(code: &str, message: String, help: Option<String>) -> FailureSummary {
    FailureSummary { code: code.to_owned(), message, help, tail: Vec::new(), log: None }
}

/// Lays the exec root out, and says what to launch in it.
fn prepare(run: &StepContext<'_>, work: &WorkFolder) -> Result<Prepared, Trouble> {
    let mut root = ExecRoot::new(work.path())?;
    let places = place_inputs(run, &mut root)?;
    let checkpoints = run.context.store.checkpoint_path(run.key);
    fs::create_dir_all(&checkpoints)?;
    let threads = run.step.platform.threads;
    let mut writes = vec![root.path().join("out"), root.path().join("tmp"), checkpoints.clone()];
    writes.sort();
    let mut launch = Launch {
        program: PathBuf::new(),
        arguments: Vec::new(),
        directory: root.path().to_owned(),
        reads: root.reads().to_vec(),
        writes,
        protects: protects(run.context),
        network: run.step.command.as_ref().is_some_and(|command| command.network),
        gpu: run.step.resources.gpu > 0 || run.step.platform.device != "cpu",
        memory: run.step.resources.memory,
    };
    let mut secrets = Vec::new();
    let mut variables;
    match (&run.step.provider, &run.step.command) {
        (Provider::Worker { program, .. }, _) => {
            variables = environment::environment(root.path(), threads, &[]);
            variables.insert("ATEN_CPU_CAPABILITY".into(), run.step.platform.isa.clone().into());
            let libraries = run.context.libraries.get(program).cloned().unwrap_or_default();
            launch.reads.extend(libraries);
            launch.program = program.clone();
            launch.arguments = vec!["run".into(), worker::REQUEST.into()];
            worker::write_request(root.path(), &request(run, places, checkpoints))?;
        }
        (Provider::Command, Some(command)) => {
            fs::symlink(&checkpoints, &root.path().join("checkpoint"))?;
            let template: Vec<String> = command.run.iter().map(|word| word.value.clone()).collect();
            let mut arguments = command::arguments(&template, &values(run, &places));
            let first = if arguments.is_empty() { String::new() } else { arguments.remove(0) };
            let tool = tool(run.context, &first, root.path())?;
            variables = environment::environment(root.path(), threads, &tool.folders);
            variables.insert("INGOT_EVENTS".into(), EVENTS.into());
            for (name, value) in &command.environment {
                variables.insert(name.clone(), value.value.clone().into());
            }
            let names: Vec<String> =
                command.secrets.iter().map(|name| name.value.clone()).collect();
            for (name, value) in environment::secrets(&names) {
                secrets.push(value.clone());
                variables.insert(name, value);
            }
            launch.reads.extend(tool.reads);
            launch.program = tool.program;
            launch.arguments = arguments;
        }
        (Provider::Command, None) => {
            let message = format!("`{}` has no command", run.step.name);
            return Err(Trouble::Engine(failure("E7001", message, None)));
        }
    }
    let environment = variables.into_iter().collect();
    Ok(Prepared { root: root.path().to_owned(), launch, environment, secrets })
}

/// Where a command reports events, relative to its exec root.
const EVENTS: &str = "tmp/events.jsonl";

/// What no step may change: the workspace and the store.
fn protects(context: &Context<'_>) -> Vec<PathBuf> {
    let store = context.store.root().to_owned();
    let workspace = fs::canonical(context.workspace).unwrap_or(context.workspace.to_owned());
    if store.starts_with(&workspace) { vec![workspace] } else { vec![workspace, store] }
}

/// Every input's path in the exec root, by port in the action's order.
fn place_inputs(
    run: &StepContext<'_>,
    root: &mut ExecRoot,
) -> Result<BTreeMap<String, Vec<PathBuf>>, Trouble> {
    let mut places = BTreeMap::new();
    for (port, inputs) in &run.action.inputs {
        let param = port.strip_prefix("params.");
        let alone = !run.step.takes_many(port) && inputs.len() == 1;
        let mut paths = Vec::new();
        for (index, input) in inputs.iter().enumerate() {
            let view = run.context.store.view(input.content)?;
            let name = match param {
                Some(param) => format!("params/{param}"),
                None if alone => port.clone(),
                None => format!("{port}/{index}"),
            };
            paths.push(match &input.at {
                Some(at) => root.place_at(at, &view)?,
                None => root.place_input(&name, &view)?,
            });
        }
        places.insert(port.clone(), paths);
    }
    Ok(places)
}

fn request(
    run: &StepContext<'_>,
    places: BTreeMap<String, Vec<PathBuf>>,
    checkpoints: PathBuf,
) -> Request {
    let mut params = run.step.params.all.clone();
    let mut inputs = BTreeMap::new();
    for (port, paths) in places {
        let Some(resolved) = run.action.inputs.get(&port) else { continue };
        if let Some(param) = port.strip_prefix("params.") {
            if let Some(path) = paths.first() {
                params.insert(param.to_owned(), path.display().to_string().into());
            }
            continue;
        }
        let artifacts = resolved
            .iter()
            .zip(paths)
            .map(|(input, path)| Input {
                artifact_type: input.artifact_type.clone(),
                path,
                digest: input.content.to_string(),
                format: input.format.clone(),
                splits: input.splits.clone(),
            })
            .collect();
        inputs.insert(port, artifacts);
    }
    Request {
        protocol: PROTOCOL,
        kind: run.step.kind.name.clone(),
        revision: run.step.kind.revision,
        params,
        seed: run.action.seed,
        platform: platform(run.step),
        inputs,
        outputs: run
            .step
            .outputs
            .values()
            .map(|port| {
                let path = ExecRoot::output(&port.name);
                let output = Output { artifact_type: port.artifact_type.clone(), path };
                (port.name.clone(), output)
            })
            .collect(),
        tmp: PathBuf::from("tmp"),
        checkpoints: Some(checkpoints),
        lineage: run.action.lineage.clone(),
    }
}

/// What a worker is told of the platform: the default for a kind whose bytes do
/// not depend on it, so that they cannot come to.
fn platform(step: &Step) -> Platform {
    match step.kind.determinism {
        Determinism::Bitwise => Platform::default(),
        Determinism::Platform | Determinism::None => step.platform.clone(),
    }
}

fn values(run: &StepContext<'_>, places: &BTreeMap<String, Vec<PathBuf>>) -> command::Values {
    let mut values = command::Values::default();
    for (port, paths) in places {
        values.paths(format!("inputs.{port}"), paths);
    }
    for port in run.step.outputs.keys() {
        values.paths(format!("outputs.{port}"), &[ExecRoot::output(port)]);
    }
    values.value("checkpoint", "checkpoint");
    values.value("threads", run.step.platform.threads);
    if let Some(seed) = run.action.seed {
        values.value("seed", seed);
    }
    values
}

/// A command's program, what it reads, and the folders of declared tools.
struct Program {
    program: PathBuf,
    reads: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

fn tool(context: &Context<'_>, name: &str, root: &Path) -> Result<Program, Trouble> {
    if name.contains('/') && !Path::new(name).is_absolute() {
        return Ok(Program { program: root.join(name), reads: Vec::new(), folders: Vec::new() });
    }
    let declared: Vec<_> =
        context.tools.values().filter(|tool| tool.program.value == name).collect();
    let found = tools::find(name, !declared.is_empty(), context.workspace)?;
    let mut reads = found.reads;
    for read in declared.iter().flat_map(|tool| &tool.reads) {
        reads.push(context.workspace.join(&read.value));
    }
    let folders = match declared.is_empty() {
        true => Vec::new(),
        false => found.program.parent().map(Path::to_owned).into_iter().collect(),
    };
    Ok(Program { program: found.program, reads, folders })
}

/// What a run says of its result.
#[derive(Default)]
struct Results {
    metrics: Vec<Metric>,
    findings: Vec<Finding>,
}

impl Results {
    fn take(&mut self, event: Event, emit: &mut dyn FnMut(Event)) {
        match &event {
            Event::Metric(metric) => self.metrics.push(metric.clone()),
            Event::Finding(finding) => self.findings.push(finding.clone()),
            Event::Progress { .. } | Event::Observe { .. } | Event::Error { .. } => {}
        }
        emit(event);
    }

    fn take_file(&mut self, root: &Path, emit: &mut dyn FnMut(Event)) -> Result<(), RunError> {
        let text = fs::read_optional(&root.join(EVENTS))?.unwrap_or_default();
        for event in command::events(&text).map_err(|line| RunError::Garbage { line })? {
            if let Event::Error { code, message, help } = event {
                return Err(RunError::Said { code, message, help });
            }
            self.take(event, emit);
        }
        Ok(())
    }

    /// A metric that is no number has no place in a record.
    fn check(&self) -> Result<(), RunError> {
        let bad = self.metrics.iter().find(|metric| {
            !metric.value.is_finite()
                || [metric.low, metric.high].iter().flatten().any(|x| !x.is_finite())
        });
        match bad {
            Some(metric) => {
                Err(RunError::Garbage { line: format!("the metric {} is not finite", metric.name) })
            }
            None => Ok(()),
        }
    }
}

/// Takes the outputs in, and writes the record.
fn record(
    run: &StepContext<'_>,
    reservation: Reservation,
    root: &Path,
    results: Results,
) -> Result<ActionResult, Trouble> {
    let store: &Store = run.context.store;
    let mut outputs = BTreeMap::new();
    for port in run.step.outputs.values() {
        let relative = ExecRoot::output(&port.name);
        let path = root.join(&relative);
        if !fs::exists(&path) {
            return Err(RunError::NoOutput { port: port.name.clone(), path: relative }.into());
        }
        let content = store.ingest_output(&path)?;
        let artifact_type = port.artifact_type.clone();
        outputs.insert(port.name.clone(), Artifact { artifact_type, content });
    }
    let Results { metrics, findings } = results;
    let mut result =
        ActionResult { version: RESULT_VERSION, key: run.key, outputs, metrics, findings };
    result.sort_metrics();
    agree(run, &result)?;
    let bytes = run.action.encode().map_err(StoreError::from)?;
    store.put_bytes(&bytes)?;
    store.record(reservation, result.clone())?;
    Ok(result)
}

/// Under `--locked`, an output that differs from the lock is a mismatch.
fn agree(run: &StepContext<'_>, result: &ActionResult) -> Result<(), Trouble> {
    let record = run.context.locked.and_then(|lock| lock.steps.get(&run.step.name));
    let Some(record) = record.filter(|_| run.step.determinism() != Determinism::None) else {
        return Ok(());
    };
    let differing = result.outputs.iter().find(|(port, output)| {
        record.outputs.get(*port).is_none_or(|locked| locked.content != output.content)
    });
    match differing {
        None => Ok(()),
        Some((port, output)) => {
            let locked = record.outputs.get(port).map(|locked| locked.content.short());
            let message = format!(
                "its output `{port}` is {}, the lock has {}",
                output.content.short(),
                locked.unwrap_or_else(|| "none".to_owned())
            );
            let help =
                "the step is not reproducible here: compare the platform and the worker's version";
            Err(Trouble::Engine(failure("E0904", message, Some(help.to_owned()))))
        }
    }
}

fn observe(run: &StepContext<'_>, ended: &Ended, seconds: f64) {
    let observation = Observation {
        version: 1,
        key: run.key,
        at: clock::now().as_secs(),
        seconds,
        peak_memory: (ended.peak_memory > 0).then_some(ended.peak_memory),
        held: ended.held.clone(),
    };
    let _ = run.context.store.observe(&run.step.name, &observation);
}

fn describe_failure(
    run: &StepContext<'_>,
    trouble: Trouble,
    root: &Path,
    ended: Ended,
    log: &Path,
) -> FailureSummary {
    let program_failed = matches!(trouble, Trouble::Run(RunError::Exit { .. }));
    let mut summary = trouble.explain(run);
    if program_failed
        && run.step.command.is_some()
        && let Some(path) = undeclared::find(&ended.tail, run.context.workspace, root)
    {
        let port: String = Path::new(&path)
            .file_stem()
            .map(|stem| stem.to_string_lossy().to_lowercase())
            .unwrap_or_default()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .collect();
        summary.code = "E0809".to_owned();
        summary.message = format!("it reads `{path}`, which it does not declare");
        summary.help =
            Some(format!("add to [steps.{}]: inputs.{port} = \"./{path}\"", run.step.base));
    }
    summary.tail = ended.tail;
    let shown = log.strip_prefix(run.context.workspace).unwrap_or(log);
    summary.log = Some(shown.display().to_string());
    summary
}
