//! One job laid out, ready to be launched: its exec root, its request or its
//! arguments, its environment, and what of the machine it may see.
//!
//! Invariant: what stands in the exec root is what stands in the action; every
//! path that the step is told is relative to the root.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use ingot_protocol::{Input, Output, PROTOCOL, PluginRequest, Request};

use super::job::{Job, JobProvider, JobTool};
use super::site::{Site, SiteProgram};
use super::trouble::{StepError, failure};
use crate::digest::Digest;
use crate::model::action::ActionKey;
use crate::runner::exec_root::ExecRoot;
use crate::runner::launch::Launch;
use crate::runner::mask::{self, Mask};
use crate::runner::plugins::Hosting;
use crate::runner::{RunError, command, environment, tools, worker};
use crate::store::Store;
use crate::store::failed::FailedStep;
use crate::store::in_place::InPlace;
use crate::store::work::{Started, WorkFolder};
use crate::sys::fs;

/// A job that is ready to be launched.
#[derive(Debug)]
pub struct Prepared {
    /// The exec root.
    pub root: PathBuf,
    /// The orders for the launcher.
    pub launch: Launch,
    /// The values of its secrets, which nothing that it says may hold.
    pub mask: Mask,
    /// The names of its secrets.
    pub secrets: Vec<String>,
    /// What it reads in the workspace itself.
    pub in_place: Vec<InPlace>,
    /// The programs that a command starts, by what it calls them.
    pub started: BTreeMap<String, Started>,
}

impl Prepared {
    /// How the step of this name is started, without the values of its secrets.
    pub fn described(&self, step: &str, key: ActionKey) -> FailedStep {
        let program = self.launch.program.display().to_string();
        let words = std::iter::once(program).chain(self.launch.arguments.iter().cloned());
        let open = |(name, _): &&(String, OsString)| !self.secrets.contains(name);
        FailedStep {
            run: words.collect(),
            environment: (self.launch.environment.iter().filter(open))
                .map(|(name, value)| (name.clone(), value.to_string_lossy().into_owned()))
                .collect(),
            secrets: self.secrets.clone(),
            ..FailedStep::new(step, key)
        }
    }
}

/// Lays the exec root of a job out, and says what to launch in it.
pub fn prepare(
    site: &Site<'_>,
    job: &Job,
    key: ActionKey,
    work: &WorkFolder,
) -> Result<Prepared, StepError> {
    let mut root = ExecRoot::new(work.path())?;
    let (places, in_place) = place_inputs(site, job, &mut root)?;
    let checkpoints = site.store.checkpoint_folder(key)?;
    let threads = job.platform.threads;
    let mut writes = vec![root.path().join("out"), root.path().join("tmp")];
    if job.has_checkpoints() {
        fs::symlink(&checkpoints, &root.path().join(CHECKPOINTS))?;
        writes.push(checkpoints);
    }
    let command = job.action.command.as_ref();
    let mut launch = Launch {
        program: PathBuf::new(),
        arguments: Vec::new(),
        environment: Vec::new(),
        directory: root.path().to_owned(),
        reads: reads_of(&root, &in_place),
        writes,
        protects: site.protects.clone(),
        network: command.is_some_and(|command| command.network),
        gpu: job.has_gpu(),
        memory: job.limits.memory,
    };
    let mut mask = Mask::default();
    let mut secrets = Vec::new();
    let mut started = BTreeMap::new();
    let mut variables;
    match (&job.provider, &site.program, command) {
        (JobProvider::Worker, SiteProgram::Worker(program), _) => {
            variables = environment::environment(root.path(), threads, &[]);
            variables.insert("ATEN_CPU_CAPABILITY".into(), job.platform.isa.clone().into());
            launch.reads.extend(site.libraries_of(program).iter().cloned());
            launch.program = program.clone();
            launch.arguments = vec!["run".into(), worker::REQUEST.into()];
            worker::write_request(root.path(), &request(job, places))?;
        }
        (
            JobProvider::Plugin { component, kind, grants, limits },
            SiteProgram::Plugin { host, component: file },
            _,
        ) => {
            variables = environment::environment(root.path(), threads, &[]);
            let compiled = compiled(site, host, (file, *component))?;
            launch.reads.extend(site.libraries_of(host).iter().cloned());
            launch.reads.push(compiled.clone());
            launch.memory = launch.memory.or(Some(limits.memory.saturating_add(HOST_MEMORY)));
            launch.program = host.clone();
            launch.arguments = vec!["run".into(), worker::REQUEST.into()];
            let (kind, grants, limits) = (kind.clone(), grants.clone(), *limits);
            let plugin = PluginRequest { kind, compiled, grants, limits };
            let request = Request { plugin: Some(plugin), ..request(job, places) };
            worker::write_request(root.path(), &request)?;
        }
        (
            JobProvider::Command { first, tools },
            SiteProgram::Command { folder, tools: here },
            Some(command),
        ) => {
            let mut arguments = command::arguments(&command.run, &values(job, &places));
            let word = if arguments.is_empty() { String::new() } else { arguments.remove(0) };
            let tools = Tools { folder, declared: tools, here };
            let tool = tools.program((&word, first.as_deref()), &root)?;
            variables = environment::environment(root.path(), threads, &tool.folders);
            variables.insert("INGOT_EVENTS".into(), EVENTS.into());
            for (name, value) in &command.environment {
                variables.insert(name.clone(), value.clone().into());
            }
            secrets.clone_from(&command.secrets);
            let values = environment::secrets(&secrets)?;
            mask = mask_of(&values)?;
            variables.extend(values);
            launch.reads.extend(tool.reads);
            launch.program = tool.program;
            started = tool.started;
            launch.arguments = arguments;
        }
        _ => {
            let message = format!("nobody here does the kind `{}`", job.action.kind);
            return Err(StepError::Engine(failure("E7001", message, None)));
        }
    }
    launch.environment = variables.into_iter().collect();
    let root = root.path().to_owned();
    Ok(Prepared { root, launch, mask, secrets, in_place, started })
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
    site: &Site<'_>,
    host: &Path,
    (component, digest): (&Path, Digest),
) -> Result<PathBuf, StepError> {
    let work = site.store.work_folder()?;
    let hosting = Hosting {
        launcher: site.launcher,
        sandbox: site.sandbox,
        program: host,
        libraries: site.libraries_of(host),
        protects: &site.protects,
        cancel: site.cancel,
    };
    Ok(hosting.compiled(component, digest, work.path())?)
}

/// Where a command reports events, relative to its exec root.
pub(super) const EVENTS: &str = "tmp/events.jsonl";

/// What no step may change: the workspace, where there is one, and the store.
pub fn protects(workspace: Option<&Path>, store: &Store) -> Vec<PathBuf> {
    let store = store.root().to_owned();
    let real = |path: &Path| fs::canonical(path).unwrap_or(path.to_owned());
    match workspace.map(real) {
        Some(workspace) if store.starts_with(&workspace) => vec![workspace],
        Some(workspace) => vec![workspace, store],
        None => vec![store],
    }
}

/// The views, and the files in the workspace that they link to.
fn reads_of(root: &ExecRoot, in_place: &[InPlace]) -> Vec<PathBuf> {
    let files = in_place.iter().map(|file| file.path().to_owned());
    root.reads().iter().cloned().chain(files).collect()
}

/// Where inputs stand in an exec root, and which files of the workspace they are.
type Placed = (BTreeMap<String, Vec<PathBuf>>, Vec<InPlace>);

/// Every input's path in the exec root, by port in the action's order.
fn place_inputs(site: &Site<'_>, job: &Job, root: &mut ExecRoot) -> Result<Placed, StepError> {
    let mut places = BTreeMap::new();
    let mut in_place: Vec<InPlace> = Vec::new();
    for (port, inputs) in &job.action.inputs {
        let param = port.strip_prefix("params.");
        let alone = !job.many.contains(port) && inputs.len() == 1;
        let mut paths = Vec::new();
        for (index, input) in inputs.iter().enumerate() {
            let files = site.store.in_place(input.content)?;
            files.iter().try_for_each(InPlace::unmoved)?;
            in_place.extend(files);
            let view = site.store.view(input.content)?;
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

fn request(job: &Job, places: BTreeMap<String, Vec<PathBuf>>) -> Request {
    let mut params = job.params.clone();
    let mut inputs = BTreeMap::new();
    for (port, paths) in places {
        let Some(resolved) = job.action.inputs.get(&port) else { continue };
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
                split: input.split.clone(),
            })
            .collect();
        inputs.insert(port, artifacts);
    }
    Request {
        protocol: PROTOCOL,
        kind: job.action.kind.clone(),
        revision: job.action.revision,
        params,
        seed: job.action.seed,
        // The default for a kind whose bytes do not depend on it, so that they cannot come to.
        platform: job.action.platform.clone().unwrap_or_default(),
        inputs,
        outputs: (job.action.outputs.iter())
            .map(|(port, artifact_type)| {
                let path = ExecRoot::output(port);
                (port.clone(), Output { artifact_type: artifact_type.clone(), path })
            })
            .collect(),
        tmp: PathBuf::from("tmp"),
        cpus: job.limits.cpu.into(),
        checkpoints: Some(CHECKPOINTS.into()),
        lineage: job.action.lineage.clone(),
        plugin: None,
    }
}

fn values(job: &Job, places: &BTreeMap<String, Vec<PathBuf>>) -> command::Values {
    let mut values = command::Values::default();
    for (port, paths) in places {
        values.paths(format!("inputs.{port}"), paths);
    }
    for port in job.action.outputs.keys() {
        values.paths(format!("outputs.{port}"), &[ExecRoot::output(port)]);
    }
    values.value("checkpoint", "checkpoint");
    values.value("threads", job.platform.threads);
    if let Some(seed) = job.action.seed {
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

/// The programs of a command: as it declares them, and where they are here.
struct Tools<'a> {
    folder: &'a Path,
    declared: &'a BTreeMap<String, JobTool>,
    here: &'a BTreeMap<String, String>,
}

impl Tools<'_> {
    /// What the first word starts; `declared` is the tool that it is, if it is one.
    fn program(
        &self,
        (first, declared): (&str, Option<&str>),
        root: &ExecRoot,
    ) -> Result<Program, StepError> {
        let (mut reads, mut folders) = (Vec::new(), Vec::new());
        let (mut started, mut programs) = (BTreeMap::new(), BTreeMap::new());
        for (name, tool) in self.declared {
            let program = self.here.get(name).unwrap_or(&tool.program);
            let found = tools::find(program, true, self.folder)
                .map_err(|_| RunError::NoTool { tool: name.clone(), program: program.clone() })?;
            // First in PATH: only there a path below the exec root becomes one of the step.
            let own = root.place_tool(name, &found.program)?;
            folders.splice(0..0, (!folders.contains(&own)).then_some(own));
            folders.extend(found.program.parent().map(Path::to_owned));
            reads.extend(found.reads);
            reads.extend(tool.reads.iter().map(|read| self.folder.join(read)));
            started.insert(name.clone(), started_as(&found.program));
            programs.insert(name.as_str(), found.program);
        }
        let program = match declared.and_then(|name| programs.remove(name)) {
            Some(program) => program,
            None if first.contains('/') && !Path::new(first).is_absolute() => {
                root.path().join(first)
            }
            None => {
                let found = tools::find(first, false, self.folder)?;
                reads.extend(found.reads);
                started.insert(first.to_owned(), started_as(&found.program));
                found.program
            }
        };
        Ok(Program { program, reads, folders, started })
    }
}

/// A program, and what it is behind its links.
fn started_as(program: &Path) -> Started {
    let real = fs::canonical(program).unwrap_or_else(|_| program.to_owned());
    let behind = (real != program).then(|| real.display().to_string());
    Started { path: program.display().to_string(), behind }
}
