//! [`Foreign`]: a job that somebody else made, and this machine to run it on.
//!
//! Needs a store, and no workspace: the job's blob says what to run, the store holds what
//! it reads, and what it calls by name is found here. Invariant: what this machine has
//! otherwise than the action says (a worker of another identity, another platform) is
//! refused, since the result would stand under a key that is not its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::host::{Component, Host, machine_code};
use super::open::launcher;
use super::store::{open_at, open_store, store_stop};
use super::{Opener, Settings, Stop, place, workers};
use crate::diag::Diagnostic;
use crate::digest::Digest;
use crate::engine::job::{JOB, Job, JobProvider, JobTool};
use crate::engine::machine;
use crate::engine::prepare::protects;
use crate::engine::site::{Site, SiteProgram};
use crate::kinds::{Kinds, Provider, plugin};
use crate::model::action::{Action, ActionKey, ENCODING};
use crate::model::artifact::Content;
use crate::runner::launcher::Launcher;
use crate::store::{Store, StoreError};

/// A job, and this machine.
pub struct Foreign {
    /// The job.
    pub job: Job,
    /// The key of its action.
    pub key: ActionKey,
    /// The store.
    pub store: Store,
    root: Option<PathBuf>,
    launcher: Launcher,
    program: SiteProgram,
    libraries: BTreeMap<PathBuf, Vec<PathBuf>>,
    judges: BTreeMap<String, PathBuf>,
}

impl Foreign {
    /// The job that the blob of this name is, with what runs it here.
    pub fn open(opener: &Opener<'_>, name: &str) -> Result<Self, Stop> {
        let root = place::find(opener.directory).ok().map(|place| place.root);
        let settings = Settings::load(root.as_deref())?;
        let store = match (&root, settings.store_anywhere()) {
            (Some(root), _) => open_store(root)?,
            (None, Some(folder)) => open_at(&folder)?,
            (None, None) => {
                let mistake =
                    Diagnostic::error("E1001", "no store is named, and here is no workspace");
                return Err(Stop::of(mistake.help("name one in INGOT_STORE or with `-C`")));
            }
        };
        let job = read(&store, name)?;
        let key = job.action.key().map_err(|error| store_stop(&error.into()))?;
        let lacking = machine::lacking(&job.platform, job.demands.iter().map(String::as_str));
        if let Some((_, lacking)) = lacking {
            let mistake = Diagnostic::error(machine::CODE, format!("the job declares {lacking}"));
            return Err(Stop::of(mistake.help(machine::HELP)));
        }
        let launcher = launcher()?;
        let found = workers::find(&settings.workers().value, Some(&store), &launcher);
        let host = found.host().map(|program| Host {
            program,
            libraries: &found.libraries,
            launcher: &launcher,
            store: &store,
            tell: opener.tell,
        });
        let (kinds, _) = Kinds::new(found.workers.clone());
        let program = Here { kinds: &kinds, settings: &settings, host }.program(&job)?;
        let (judges, libraries) = (kinds.judges(), found.libraries);
        Ok(Self { job, key, store, root, launcher, program, libraries, judges })
    }

    /// Lays out what the job reads, all of which the store must hold.
    pub fn check_inputs(&self) -> Result<(), Stop> {
        for (port, inputs) in &self.job.action.inputs {
            for input in inputs {
                self.store.view(input.content).map_err(|error| match &error {
                    StoreError::BlobMissing { .. } => refused(
                        format!("the store does not hold the input `{port}`: {error}"),
                        "bring it here; a source that was too large to copy has no blob, and is \
                         read where it stands: build with a higher INGOT_COPY_LIMIT",
                    ),
                    _ => store_stop(&error),
                })?;
            }
        }
        Ok(())
    }

    /// The machine, as far as the job can see it.
    pub fn site<'a>(&'a self, cancel: &'a AtomicBool) -> Site<'a> {
        Site {
            store: &self.store,
            launcher: &self.launcher,
            sandbox: true,
            program: self.program.clone(),
            libraries: &self.libraries,
            judges: &self.judges,
            protects: protects(self.root.as_deref(), &self.store),
            cancel,
        }
    }
}

/// The job in the blob of this name.
fn read(store: &Store, name: &str) -> Result<Job, Stop> {
    let refuse = |why: &str| {
        let mistake = Diagnostic::error("E1028", format!("`{name}` {why}"));
        Stop::of(mistake.help("name the `job` of a `started` event; the store must hold its blob"))
    };
    let digest: Digest = name.parse().map_err(|_| refuse("is no digest"))?;
    let bytes = match store.read(digest) {
        Ok(bytes) => bytes,
        Err(StoreError::BlobMissing { .. }) => return Err(refuse("is not in the store")),
        Err(error) => return Err(store_stop(&error)),
    };
    let job = Job::decode(&bytes).map_err(|_| refuse("is no job"))?;
    if job.job != JOB || job.action.encoding != ENCODING {
        return Err(refuse("is a job of another version"));
    }
    if job.agrees() { Ok(job) } else { Err(refuse("contradicts the action that is in it")) }
}

/// A job that cannot run here.
fn refused(message: String, help: &str) -> Stop {
    Stop::of(Diagnostic::error("E0618", message).help(help))
}

/// What this machine has to run jobs with.
struct Here<'a> {
    kinds: &'a Kinds,
    settings: &'a Settings,
    host: Option<Host<'a>>,
}

impl Here<'_> {
    /// What the provider of a job is here.
    fn program(&self, job: &Job) -> Result<SiteProgram, Stop> {
        let action = &job.action;
        match &job.provider {
            JobProvider::Worker => {
                let found = self.kinds.get(&action.kind).filter(|provided| {
                    provided.identity() == action.worker
                        && provided.kind.revision == action.revision
                });
                match found.map(|provided| &provided.provider) {
                    Some(Provider::Worker { program, .. }) => {
                        Ok(SiteProgram::Worker(program.clone()))
                    }
                    _ => Err(refused(
                        format!(
                            "no worker here is `{}` with revision {} of `{}`",
                            action.worker, action.revision, action.kind
                        ),
                        RELEASE,
                    )),
                }
            }
            JobProvider::Plugin { component, kind, grants, .. } => {
                self.plugin(action, kind, (*component, grants))
            }
            JobProvider::Command { tools, .. } => {
                let here = tools
                    .iter()
                    .map(|(name, tool)| Ok((name.clone(), tool_here(name, tool, self.settings)?)));
                let tools = here.collect::<Result<_, Stop>>()?;
                Ok(SiteProgram::Command { folder: PathBuf::from("/"), tools })
            }
        }
    }

    /// The component as the store has it, which must be here what the action says of it.
    fn plugin(
        &self,
        action: &Action,
        kind: &str,
        (digest, grants): (Digest, &[String]),
    ) -> Result<SiteProgram, Stop> {
        let name = &action.kind;
        let Some(host) = &self.host else {
            return Err(refused(
                format!("`{name}` is a plugin's, and no worker here hosts them"),
                RELEASE,
            ));
        };
        let content = Content::File { digest, executable: false };
        let file = host.store.view(content).map_err(|error| match &error {
            StoreError::BlobMissing { .. } => refused(
                format!("the store does not hold the plugin of `{name}`: {error}"),
                "bring it here: a build puts it beside the job when it starts the step",
            ),
            _ => store_stop(&error),
        })?;
        let said =
            host.described(name, Component { file: &file, digest, grants }).map_err(|error| {
                let message = format!("the plugin of `{name}` cannot be used here: {error}");
                let help = error.help(name).unwrap_or_else(|| RELEASE.to_owned());
                let code = machine_code(&error).unwrap_or("E0618");
                Stop::of(Diagnostic::error(code, message).help(help))
            })?;
        let here = plugin::identity(digest, &said);
        let of_revision =
            |revision| said.kinds.iter().any(|own| own.name == kind && own.revision == revision);
        if here != action.worker || !of_revision(action.revision) {
            let wanted = format!("`{}` with revision {}", action.worker, action.revision);
            return Err(refused(
                format!("`{name}` is `{here}` here, and the job wants {wanted}"),
                RELEASE,
            ));
        }
        Ok(SiteProgram::Plugin { host: host.program.to_owned(), component: file })
    }
}

/// What helps where a worker is missing, or another one.
const RELEASE: &str = "install the workers of the release that made the job";

/// The program of a declared tool on this machine.
fn tool_here(name: &str, tool: &JobTool, settings: &Settings) -> Result<String, Stop> {
    let here = settings.tool(name);
    let is_relative = |path: &str| !Path::new(path).is_absolute();
    let stands = |path: &str| {
        let message = format!("`{path}` of the tool `{name}` stands in a workspace");
        Err(refused(
            message,
            "name it by an absolute path: in your config.toml, or in the manifest",
        ))
    };
    if let Some(read) = tool.reads.iter().find(|read| is_relative(read)) {
        return stands(read);
    }
    match here {
        Some(here) => Ok(here),
        None if tool.program.contains('/') && is_relative(&tool.program) => stands(&tool.program),
        None => Ok(tool.program.clone()),
    }
}
