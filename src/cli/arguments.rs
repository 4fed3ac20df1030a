//! What many commands take: where to work, what to plan, which remotes to use.
//!
//! Owns how these are written on a command line; a workspace gets them as plain data.

use std::path::{Path, PathBuf};

use clap::Args;

use super::output;
use crate::diag::Diagnostic;
use crate::plan::Plan;
use crate::store::remote::Address;
use crate::workspace::{self, Opener, Place, Settings, Stop, Workspace, place, remotes};

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub(super) struct Global {
    /// Work in this folder instead of the current one
    #[arg(short = 'C', long = "directory", global = true, value_name = "DIR")]
    pub(super) directory: Option<PathBuf>,
    /// Print one JSON event a line on stdout
    #[arg(long, global = true)]
    pub(super) json: bool,
}

impl Global {
    /// What opens the workspace.
    pub(super) fn opener(&self) -> Opener<'_> {
        Opener { directory: self.directory(), tell: output::tell }
    }

    /// The folder to work in, where it is not the current one.
    pub(super) fn directory(&self) -> Option<&Path> {
        self.directory.as_deref()
    }

    /// The workspace that the command runs in.
    pub(super) fn place(&self) -> Result<Place, Stop> {
        place::find(self.directory())
    }
}

/// What selects and alters a plan.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Selection {
    /// Steps or target groups; none means the manifest's default
    pub(super) targets: Vec<String>,
    /// Override a param of the manifest
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub(super) set: Vec<String>,
    /// Use a profile of the manifest
    #[arg(long, value_name = "NAME")]
    pub(super) profile: Option<String>,
}

impl Selection {
    /// The workspace that the command line names.
    pub(super) fn open(&self, global: &Global) -> Result<Workspace, Stop> {
        Workspace::open(&global.opener(), &self.parsed()?)
    }

    /// The workspace for a command that writes nothing.
    pub(super) fn open_to_look(&self, global: &Global) -> Result<Workspace, Stop> {
        Workspace::open_to_look(&global.opener(), &self.parsed()?)
    }

    /// The workspace and its plan for a question about the targets.
    pub(super) fn open_for(&self, global: &Global) -> Result<(Workspace, Plan), Stop> {
        Workspace::open_for(&global.opener(), &self.parsed()?)
    }

    /// The same as plain data.
    pub(super) fn parsed(&self) -> Result<workspace::Selection, Stop> {
        let set = self.set.iter().map(|text| {
            let (name, value) = text.split_once('=').ok_or_else(|| {
                Stop::of(
                    Diagnostic::error("E1002", format!("`--set {text}` has no `=`"))
                        .help("write `--set NAME=VALUE`"),
                )
            })?;
            Ok((name.to_owned(), value.to_owned()))
        });
        let set = set.collect::<Result<_, Stop>>()?;
        let (targets, profile) = (self.targets.clone(), self.profile.clone());
        Ok(workspace::Selection { targets, set, profile })
    }
}

/// Where results are taken from.
#[derive(Debug, Args)]
pub(super) struct CacheFrom {
    /// Take results from the remote in this folder, or of this name, too; nothing is written there
    #[arg(long, value_name = "REMOTE")]
    cache_from: Option<PathBuf>,
}

/// Where results are given to.
#[derive(Debug, Args)]
pub(super) struct CacheTo {
    /// Give every result of the build to the remote in this folder, or of this name
    #[arg(long, value_name = "REMOTE")]
    cache_to: Option<PathBuf>,
}

impl CacheFrom {
    /// The remote: what the flag says, else the settings.
    pub(super) fn address(&self, settings: &Settings) -> Result<Option<Address>, Stop> {
        remotes::chosen(self.cache_from.as_deref(), settings.cache_from()?, settings)
    }

    /// Whether the flag names one.
    pub(super) fn is_named(&self) -> bool {
        self.cache_from.is_some()
    }
}

impl CacheTo {
    /// The remote: what the flag says, else the settings.
    pub(super) fn address(&self, settings: &Settings) -> Result<Option<Address>, Stop> {
        remotes::chosen(self.cache_to.as_deref(), settings.cache_to()?, settings)
    }

    /// Whether the flag names one.
    pub(super) fn is_named(&self) -> bool {
        self.cache_to.is_some()
    }
}
