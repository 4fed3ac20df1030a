//! [`Settings`]: facts of this machine, each from the first place that says it.
//!
//! The order: the command line, the environment, `ingot.local.toml` beside the
//! manifest, the user's `config.toml`, the default. Owns where those files are. Relative
//! paths in a file are relative to its folder; `~/` is the home.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Stop;
use super::files::{self, Kind};
use super::tracked::{self, Tracked};
use super::trusted_keys;
use crate::config::{self, Config, Owner};
use crate::diag::suggest::nearest;
use crate::diag::{Diagnostic, Level, Sources, Span, Spanned};
use crate::manifest::Manifest;
use crate::manifest::member::local;
use crate::model::signature::PublicKey;
use crate::store::remote::Address;
use crate::sys::env;

/// The workspace's own file, which is not committed.
pub const LOCAL: &str = "ingot.local.toml";

/// Where values come from when nothing says them.
const DEFAULT: &str = "default";

/// What the environment and the files say.
#[derive(Debug, Default)]
pub struct Settings {
    config: Config,
    sources: Sources,
    /// The keys whose signatures count in a remote, by its name.
    trust: BTreeMap<String, Vec<PublicKey>>,
    /// The files that were looked for, in the order of the sources, and whether each is there.
    files: Vec<(PathBuf, bool)>,
}

/// A value, and who says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set<T> {
    /// The value.
    pub value: T,
    /// A variable, a place in a file, or `default`.
    pub by: String,
}

impl Settings {
    /// Reads the files of the user and, where there is one, of the workspace.
    pub fn load(root: Option<&Path>) -> Result<Self, Stop> {
        let mut settings = Self::default();
        let mut diagnostics = Vec::new();
        let user = user_file().map(|path| (Owner::User, path.clone(), path));
        let local = root.map(|root| (Owner::Workspace, root.join(LOCAL), PathBuf::from(LOCAL)));
        for (owner, path, shown) in user.into_iter().chain(local) {
            let read = match (owner, root) {
                (Owner::Workspace, Some(root)) => files::read_optional(root, &path, Kind::Small),
                _ => files::read_own(&path, Kind::Small),
            };
            let fix = "make the file readable, or remove it";
            let bytes = read.map_err(|error| files::stop(&error, Kind::Small, fix))?;
            let file = settings.files.len().try_into().unwrap_or(u32::MAX);
            settings.files.push((path, bytes.is_some()));
            if bytes.is_some() && owner == Owner::Workspace {
                diagnostics.extend(root.and_then(|root| of_the_repository(root, file)));
            }
            let bytes = bytes.unwrap_or_default();
            let (text, config) = config::parse(owner, file, &bytes, &mut diagnostics);
            let is_local = owner == Owner::Workspace;
            settings.trust.extend(trusted_keys::read(&config.remotes, is_local, &mut diagnostics));
            settings.sources.files.push((shown, text));
            settings.config = config.or(settings.config);
        }
        match diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error) {
            true => Err(Stop { diagnostics, sources: settings.sources }),
            false => Ok(settings),
        }
    }

    /// The store's folder: `INGOT_STORE`, else `[store] path`, else `.ingot` in the workspace.
    pub fn store(&self, root: &Path) -> Set<PathBuf> {
        self.variable("INGOT_STORE", PathBuf::from)
            .or_else(|| self.said(self.config.store.as_ref(), |path| self.path(path)))
            .unwrap_or_else(|| Set { value: root.join(".ingot"), by: DEFAULT.to_owned() })
    }

    /// The store's folder where no workspace has one of its own.
    pub fn store_anywhere(&self) -> Option<PathBuf> {
        self.variable("INGOT_STORE", PathBuf::from)
            .or_else(|| self.said(self.config.store.as_ref(), |path| self.path(path)))
            .map(|set| set.value)
    }

    /// How many cores a build takes where the command line does not say it:
    /// `INGOT_JOBS`, else `[build] jobs`, else every processor.
    pub fn jobs(&self) -> Result<Set<u32>, Stop> {
        if let Some(text) = self.variable("INGOT_JOBS", |text| text) {
            let jobs = text.value.parse().ok().filter(|jobs| *jobs > 0);
            let value = jobs.ok_or_else(|| {
                let message = format!("INGOT_JOBS cannot be `{}`", text.value);
                Stop::of(
                    Diagnostic::error("E1011", message)
                        .help("set it to a whole number of at least 1, or unset it"),
                )
            })?;
            return Ok(Set { value, by: text.by });
        }
        let said = self.said(self.config.jobs.as_ref(), |jobs| jobs.value);
        Ok(said.unwrap_or_else(|| Set { value: env::processors(), by: DEFAULT.to_owned() }))
    }

    /// The folders with workers: `INGOT_WORKERS`, else `[workers] folders` of the user's own
    /// file: a workspace names no program that runs outside of the sandbox.
    pub fn workers(&self) -> Set<Vec<PathBuf>> {
        let split = |text: String| {
            let folders = text.split(':').filter(|folder| !folder.is_empty());
            folders.map(PathBuf::from).collect()
        };
        let folders = self.config.workers.as_ref();
        let said = || {
            let folders = folders?;
            let value = folders.iter().map(|folder| self.path(folder)).collect();
            Some(Set { value, by: self.place(folders.first()?.span) })
        };
        self.variable("INGOT_WORKERS", split)
            .or_else(said)
            .unwrap_or_else(|| Set { value: Vec::new(), by: DEFAULT.to_owned() })
    }

    /// The mounts: `[mounts]` of the user's own file. A relative folder stands beside it.
    pub fn mounts(&self) -> BTreeMap<String, PathBuf> {
        let mounts = self.config.mounts.iter();
        mounts.map(|(name, folder)| (name.clone(), self.path(folder))).collect()
    }

    /// The remote that results are taken from: `INGOT_CACHE_FROM`, else `[cache] from`.
    pub fn cache_from(&self) -> Result<Option<Set<Address>>, Stop> {
        self.cache("INGOT_CACHE_FROM", self.config.cache.from.as_ref())
    }

    /// The remote that results are given to: `INGOT_CACHE_TO`, else `[cache] to`.
    pub fn cache_to(&self) -> Result<Option<Set<Address>>, Stop> {
        self.cache("INGOT_CACHE_TO", self.config.cache.to.as_ref())
    }

    fn cache(
        &self,
        variable: &str,
        said: Option<&Spanned<String>>,
    ) -> Result<Option<Set<Address>>, Stop> {
        if let Some(text) = self.variable(variable, |text| text) {
            return Ok(Some(Set { value: self.remote(Path::new(&text.value))?, by: text.by }));
        }
        let Some(text) = said else { return Ok(None) };
        let named_one = self.config.remotes.get(&text.value);
        let value = self.address(named_one.map_or(text, |remote| &remote.path))?;
        Ok(Some(Set { value, by: self.place(text.span) }))
    }

    /// The address of a remote that is given by its name, or by its address.
    pub fn remote(&self, named: &Path) -> Result<Address, Stop> {
        match named.to_str().and_then(|name| self.config.remotes.get(name)) {
            Some(remote) => self.address(&remote.path),
            None => Address::parse(named, Path::to_owned).map_err(|error| {
                Stop::of(Diagnostic::error("E0704", error.to_string()).help(error.help()))
            }),
        }
    }

    /// An address as a file means it.
    fn address(&self, text: &Spanned<String>) -> Result<Address, Stop> {
        Address::parse(Path::new(&text.value), |_| self.path(text)).map_err(|error| {
            let mistake = Diagnostic::error("E0704", error.to_string()).label(text.span, "");
            let diagnostics = vec![mistake.help(error.help())];
            Stop { diagnostics, sources: self.sources.clone() }
        })
    }

    /// Tells the tools of a manifest where this machine has their programs. One that the
    /// workspace's own file names and the manifest does not declare is a mistake.
    pub fn place_tools(&self, manifest: &mut Manifest) -> Result<(), Stop> {
        for (name, tool) in &mut manifest.tools {
            let said = self.config.tools.get(name).or_else(|| self.config.tools.get(local(name)));
            tool.here = said.map(|said| self.program(&said.program));
        }
        let is_declared =
            |name: &str| manifest.tools.keys().any(|tool| tool == name || local(tool) == name);
        let is_local = |span: Span| {
            let file = self.files.get(span.file as usize);
            file.is_some_and(|(path, _)| path.file_name().is_some_and(|name| name == LOCAL))
        };
        let unknown = self.config.tools.iter().filter(|(name, _)| !is_declared(name));
        let diagnostics: Vec<Diagnostic> = unknown
            .filter(|(_, tool)| is_local(tool.span))
            .map(|(name, tool)| {
                let message = format!("the manifest declares no tool `{name}`");
                let help = match nearest(name, manifest.tools.keys().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("declare it there: [tools.{name}] program = \"{name}\""),
                };
                Diagnostic::error("E0201", message).label(tool.span, "").help(help)
            })
            .collect();
        match diagnostics.is_empty() {
            true => Ok(()),
            false => Err(Stop { diagnostics, sources: self.sources.clone() }),
        }
    }

    /// The program that this machine has for a tool, where a config says so.
    pub fn tool(&self, name: &str) -> Option<String> {
        self.config.tools.get(name).map(|said| self.program(&said.program))
    }

    /// A program as a file means it: a name, or a path.
    fn program(&self, program: &Spanned<String>) -> String {
        match program.value.contains('/') {
            true => self.path(program).display().to_string(),
            false => program.value.clone(),
        }
    }

    /// Who says where this machine has the program of a tool.
    pub fn tool_by(&self, name: &str) -> Option<String> {
        let said = self.config.tools.get(name).or_else(|| self.config.tools.get(local(name)))?;
        Some(self.place(said.program.span))
    }

    /// The keys whose signatures count in the remote at this address, whichever way it was
    /// named; nothing where the user does not say.
    pub fn trust(&self, at: &Address) -> Option<Vec<PublicKey>> {
        let of_it = self.trust.iter().filter(|(name, _)| {
            let remote = self.config.remotes.get(*name);
            let address = remote.and_then(|remote| self.address(&remote.path).ok());
            address.is_some_and(|address| address.leads_where(at))
        });
        let mut keys = None;
        of_it.for_each(|(_, more)| keys.get_or_insert_with(Vec::new).extend(more.clone()));
        keys
    }

    /// The remotes that have names: name and address.
    pub fn remotes(&self) -> Result<Vec<(&str, Set<Address>)>, Stop> {
        let named = self.config.remotes.iter().map(|(name, remote)| {
            let by = self.place(remote.span);
            Ok((name.as_str(), Set { value: self.address(&remote.path)?, by }))
        });
        named.collect()
    }

    /// The files that were looked for, and whether each is there.
    pub fn files(&self) -> &[(PathBuf, bool)] {
        &self.files
    }

    /// What a variable says, if it is set and not empty.
    fn variable<T>(&self, name: &str, read: impl Fn(String) -> T) -> Option<Set<T>> {
        let text = env::variable(name).filter(|text| !text.is_empty())?;
        Some(Set { value: read(text), by: name.to_owned() })
    }

    /// What a file says.
    fn said<F, T>(
        &self,
        value: Option<&Spanned<F>>,
        read: impl Fn(&Spanned<F>) -> T,
    ) -> Option<Set<T>> {
        value.map(|value| Set { value: read(value), by: self.place(value.span) })
    }

    fn place(&self, span: Span) -> String {
        self.sources.place(span)
    }

    /// A path as a file means it.
    fn path(&self, path: &Spanned<String>) -> PathBuf {
        if let Some(below) = path.value.strip_prefix("~/")
            && let Some(home) = env::variable_os("HOME")
        {
            return PathBuf::from(home).join(below);
        }
        let file = self.files.get(path.span.file as usize);
        let folder = file.and_then(|(file, _)| file.parent()).unwrap_or(Path::new(""));
        folder.join(&path.value)
    }
}

/// What is wrong with a workspace's config that came with its repository.
fn of_the_repository(root: &Path, file: u32) -> Option<Diagnostic> {
    let told = match tracked::tracked(root, LOCAL) {
        Tracked::No => return None,
        Tracked::Yes => Diagnostic::error("E0527", format!("git tracks {LOCAL}")).help(format!(
            "read it, and where it says what you want: `git rm --cached {LOCAL}`; `ingot new` \
             lists it in .gitignore"
        )),
        Tracked::Unknown(why) => {
            let message = format!("whether git tracks {LOCAL} cannot be known");
            let told = Diagnostic { causes: vec![why], ..Diagnostic::error("E0528", message) };
            told.help("say it in your own config.toml or in the environment, and remove the file")
        }
    };
    Some(told.label(Span { file, start: 0, end: 0 }, ""))
}

/// The user's own file: `$XDG_CONFIG_HOME/ingot/config.toml`, else below `~/.config`.
fn user_file() -> Option<PathBuf> {
    Some(env::config_folder()?.join("config.toml"))
}
