//! One action laid out, ready to be launched: its exec root, its request or its
//! arguments, its environment, and what of the machine it may see.
//!
//! Invariant: what stands in the exec root is what stands in the action; every
//! path that the step is told is relative to the root.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use ingot_protocol::{Determinism, Input, Output, PROTOCOL, Platform, PluginRequest, Request};

use super::Context;
use super::execute::StepContext;
use super::trouble::{Trouble, failure};
use crate::diag::Spanned;
use crate::kinds::{Plugin, Provider};
use crate::manifest::tool;
use crate::plan::Step;
use crate::runner::exec_root::ExecRoot;
use crate::runner::launch::Launch;
use crate::runner::mask::{self, Mask};
use crate::runner::plugins::Hosting;
use crate::runner::{RunError, command, environment, tools, worker};
use crate::store::failed::FailedStep;
use crate::store::in_place::InPlace;
use crate::store::work::{Started, WorkFolder};
use crate::sys::fs;

/// A step that is ready to be launched.
pub struct Prepared {
    /// The exec root.
    pub root: PathBuf,
    /// The orders for the launcher.
    pub launch: Launch,
    /// The values of its secrets, which nothing that it says may hold.
    pub mask: Mask,
    /// What it reads in the workspace itself.
    pub in_place: Vec<InPlace>,
    /// The programs that a command starts, by what it calls them.
    pub started: BTreeMap<String, Started>,
}

impl Prepared {
    /// How the step is started, without the values of its secrets.
    pub fn described(&self, run: &StepContext<'_>) -> FailedStep {
        let secrets: Vec<String> = run
            .step
            .command
            .iter()
            .flat_map(|command| &command.secrets)
            .map(|name| name.value.clone())
            .collect();
        let program = self.launch.program.display().to_string();
        let words = std::iter::once(program).chain(self.launch.arguments.iter().cloned());
        let variables = self.launch.environment.iter().filter(|(name, _)| !secrets.contains(name));
        FailedStep {
            run: words.collect(),
            environment: variables
                .map(|(name, value)| (name.clone(), value.to_string_lossy().into_owned()))
                .collect(),
            secrets,
            ..FailedStep::new(&run.step.name, run.key)
        }
    }
}

/// Lays the exec root out, and says what to launch in it.
pub fn prepare(run: &StepContext<'_>, work: &WorkFolder) -> Result<Prepared, Trouble> {
    let mut root = ExecRoot::new(work.path())?;
    let (places, in_place) = place_inputs(run, &mut root)?;
    let checkpoints = run.context.store.checkpoint_folder(run.key)?;
    let threads = run.step.platform.threads;
    let mut writes = vec![root.path().join("out"), root.path().join("tmp")];
    if has_checkpoints(run.step) {
        fs::symlink(&checkpoints, &root.path().join(CHECKPOINTS))?;
        writes.push(checkpoints);
    }
    let mut launch = Launch {
        program: PathBuf::new(),
        arguments: Vec::new(),
        environment: Vec::new(),
        directory: root.path().to_owned(),
        reads: reads_of(&root, &in_place),
        writes,
        protects: protects(run.context),
        network: run.step.command.as_ref().is_some_and(|command| command.network),
        gpu: run.step.resources.gpu > 0 || run.step.platform.device != "cpu",
        memory: run.step.resources.memory,
    };
    let mut mask = Mask::default();
    let mut started = BTreeMap::new();
    let mut variables;
    match (&run.step.provider, &run.step.command) {
        (Provider::Worker { program, .. }, _) => {
            variables = environment::environment(root.path(), threads, &[]);
            variables.insert("ATEN_CPU_CAPABILITY".into(), run.step.platform.isa.clone().into());
            let libraries = run.context.libraries.get(program).cloned().unwrap_or_default();
            launch.reads.extend(libraries);
            launch.program = program.clone();
            launch.arguments = vec!["run".into(), worker::REQUEST.into()];
            worker::write_request(root.path(), &request(run, places))?;
        }
        (Provider::Plugin { plugin, kind }, _) => {
            variables = environment::environment(root.path(), threads, &[]);
            let compiled = compiled(run, plugin, &launch.protects)?;
            launch
                .reads
                .extend(run.context.libraries.get(&plugin.host).cloned().unwrap_or_default());
            launch.reads.push(compiled.clone());
            launch.memory =
                launch.memory.or(Some(plugin.limits.memory.saturating_add(HOST_MEMORY)));
            launch.program = plugin.host.clone();
            launch.arguments = vec!["run".into(), worker::REQUEST.into()];
            let (grants, limits) = (plugin.grants.clone(), plugin.limits);
            let plugin = PluginRequest { kind: kind.clone(), compiled, grants, limits };
            let request = Request { plugin: Some(plugin), ..request(run, places) };
            worker::write_request(root.path(), &request)?;
        }
        (Provider::Command, Some(command)) => {
            let template: Vec<String> = command.run.iter().map(|word| word.value.clone()).collect();
            let mut arguments = command::arguments(&template, &values(run, &places));
            let first = if arguments.is_empty() { String::new() } else { arguments.remove(0) };
            let tool = program(run.context, run.step, (&first, &command.run), &root)?;
            variables = environment::environment(root.path(), threads, &tool.folders);
            variables.insert("INGOT_EVENTS".into(), EVENTS.into());
            for (name, value) in &command.environment {
                variables.insert(name.clone(), value.value.clone().into());
            }
            let names: Vec<String> =
                command.secrets.iter().map(|name| name.value.clone()).collect();
            let secrets = environment::secrets(&names)?;
            mask = mask_of(&secrets)?;
            variables.extend(secrets);
            launch.reads.extend(tool.reads);
            launch.program = tool.program;
            started = tool.started;
            launch.arguments = arguments;
        }
        (Provider::Command, None) => {
            let message = format!("`{}` has no command", run.step.name);
            return Err(Trouble::Engine(failure("E7001", message, None)));
        }
    }
    launch.environment = variables.into_iter().collect();
    let root = root.path().to_owned();
    Ok(Prepared { root, launch, mask, in_place, started })
}

/// Whether a step keeps checkpoints: a worker may, a command that names them does. What
/// another run left would else decide what a command gives.
fn has_checkpoints(step: &Step) -> bool {
    step.command.as_ref().is_none_or(|command| {
        let words = command.run.iter().chain(command.environment.values());
        words.into_iter().any(|word| word.value.contains("{checkpoint}"))
    })
}

/// Where a step finds its checkpoints, relative to its exec root.
const CHECKPOINTS: &str = "checkpoint";

/// What masks these secrets; each is long enough to be one.
fn mask_of(secrets: &[(String, OsString)]) -> Result<Mask, RunError> {
    // Space around it is no part of what a program shows of it.
    let length = |value: &OsString| value.as_encoded_bytes().trim_ascii().len();
    let short = secrets.iter().find(|(_, value)| length(value) < mask::SHORTEST);
    if let Some((name, value)) = short {
        return Err(RunError::ShortSecret { name: name.clone(), length: length(value) });
    }
    Ok(Mask::new(secrets.iter().map(|(_, value)| value.as_encoded_bytes())))
}

/// What the worker that hosts a plugin needs beside the plugin's own memory: a row group
/// of what it reads, and one of what it writes.
const HOST_MEMORY: u64 = 2 << 30;

/// A plugin's machine code; compiled here where this machine has none yet.
fn compiled(
    run: &StepContext<'_>,
    plugin: &Plugin,
    protects: &[PathBuf],
) -> Result<PathBuf, Trouble> {
    let work = run.context.store.work_folder()?;
    let libraries = run.context.libraries.get(&plugin.host).map(Vec::as_slice);
    let hosting = Hosting {
        launcher: run.context.launcher,
        sandbox: run.context.sandbox,
        program: &plugin.host,
        libraries: libraries.unwrap_or_default(),
        protects,
        cancel: run.cancel,
    };
    Ok(hosting.compiled(&plugin.component, plugin.digest, work.path())?)
}

/// Where a command reports events, relative to its exec root.
pub(super) const EVENTS: &str = "tmp/events.jsonl";

/// What no step may change: the workspace and the store.
fn protects(context: &Context<'_>) -> Vec<PathBuf> {
    let store = context.store.root().to_owned();
    let workspace = fs::canonical(context.workspace).unwrap_or(context.workspace.to_owned());
    if store.starts_with(&workspace) { vec![workspace] } else { vec![workspace, store] }
}

/// The views, and the files in the workspace that they link to.
fn reads_of(root: &ExecRoot, in_place: &[InPlace]) -> Vec<PathBuf> {
    let files = in_place.iter().map(|file| file.path().to_owned());
    root.reads().iter().cloned().chain(files).collect()
}

/// Where inputs stand in an exec root, and which files of the workspace they are.
type Placed = (BTreeMap<String, Vec<PathBuf>>, Vec<InPlace>);

/// Every input's path in the exec root, by port in the action's order.
fn place_inputs(run: &StepContext<'_>, root: &mut ExecRoot) -> Result<Placed, Trouble> {
    let mut places = BTreeMap::new();
    let mut in_place: Vec<InPlace> = Vec::new();
    for (port, inputs) in &run.action.inputs {
        let param = port.strip_prefix("params.");
        let alone = !run.step.takes_many(port) && inputs.len() == 1;
        let mut paths = Vec::new();
        for (index, input) in inputs.iter().enumerate() {
            let files = run.context.store.in_place(input.content)?;
            files.iter().try_for_each(InPlace::unmoved)?;
            in_place.extend(files);
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
    Ok((places, in_place))
}

fn request(run: &StepContext<'_>, places: BTreeMap<String, Vec<PathBuf>>) -> Request {
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
        checkpoints: Some(CHECKPOINTS.into()),
        lineage: run.action.lineage.clone(),
        plugin: None,
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

/// A command's program, what it reads, where declared tools are, and what is started.
struct Program {
    program: PathBuf,
    reads: Vec<PathBuf>,
    folders: Vec<PathBuf>,
    started: BTreeMap<String, Started>,
}

fn program(
    context: &Context<'_>,
    step: &Step,
    run: (&str, &[Spanned<String>]),
    root: &ExecRoot,
) -> Result<Program, Trouble> {
    let (first, words) = run;
    let folder = context.workspace.join(&step.home.folder);
    let (mut reads, mut folders) = (Vec::new(), Vec::new());
    let (mut started, mut programs) = (BTreeMap::new(), BTreeMap::new());
    for (name, tool) in tool::started(context.tools, &step.home.folder, words) {
        let found = tools::find(tool.program(), true, &folder).map_err(|_| RunError::NoTool {
            tool: name.to_owned(),
            program: tool.program().to_owned(),
        })?;
        // First in PATH: only there a path below the exec root becomes one of the step.
        let own = root.place_tool(name, &found.program)?;
        folders.splice(0..0, (!folders.contains(&own)).then_some(own));
        folders.extend(found.program.parent().map(Path::to_owned));
        reads.extend(found.reads);
        reads.extend(tool.reads.iter().map(|read| folder.join(&read.value)));
        started.insert(name.to_owned(), started_as(&found.program));
        programs.insert(name, found.program);
    }
    let of_first = tool::named(context.tools, &step.home.folder, first);
    let declared = of_first.first().and_then(|(name, _)| programs.get(name).cloned());
    let program = match declared {
        Some(program) => program,
        None if first.contains('/') && !Path::new(first).is_absolute() => root.path().join(first),
        None => {
            let found = tools::find(first, false, &folder)?;
            reads.extend(found.reads);
            started.insert(first.to_owned(), started_as(&found.program));
            found.program
        }
    };
    Ok(Program { program, reads, folders, started })
}

/// A program, and what it is behind its links.
fn started_as(program: &Path) -> Started {
    let real = fs::canonical(program).unwrap_or_else(|_| program.to_owned());
    let behind = (real != program).then(|| real.display().to_string());
    Started { path: program.display().to_string(), behind }
}
