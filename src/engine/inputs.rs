//! [`Inputs`]: the digest of every file of the workspace that the plan reads.
//!
//! Invariant: each path is digested once, when the build starts; what a step
//! later reads comes from the store, so a file edited during the build cannot
//! enter a result under the old key.

use std::collections::{BTreeMap, BTreeSet};

use super::EngineError;
use super::code::Code;
use super::places::{Places, in_mount, prefix};
use crate::diag::{Diagnostic, Span, Spanned};
use crate::manifest::member::{local, within};
use crate::manifest::tool::{self, Tool};
use crate::manifest::{self, Home, Manifest, partition};
use crate::model::action::ToolIdentity;
use crate::model::artifact::Content;
use crate::plan::{Origin, Plan, Step};
use crate::store::{Store, StoreError};
use crate::sys::threads;

/// What the workspace holds, by digest.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    sources: BTreeMap<String, SourceContent>,
    /// By path in the workspace.
    paths: BTreeMap<String, Content>,
    /// What of it is code, by path.
    code: BTreeMap<String, Code>,
    /// The tools that steps start, by their names in the workspace.
    tools: BTreeMap<String, Tool>,
}

/// A source's content.
#[derive(Debug, Clone)]
pub struct SourceContent {
    /// The content.
    pub content: Content,
    /// The path or glob as declared, relative to its manifest.
    pub path: String,
    /// Where it stands in a command's exec root: the path, or the folder that a glob's
    /// matches have in common. Nowhere of its own where it comes from a mount.
    pub at: Option<String>,
    /// Whether other content stands for it, which the store has.
    pub is_replaced: bool,
}

/// What a plan reads of the workspace, by the names and places that the manifest has.
struct Declared<'a> {
    sources: BTreeSet<&'a str>,
    paths: BTreeMap<String, Span>,
    tools: BTreeMap<String, Tool>,
}

fn declared<'a>(manifest: &'a Manifest, plan: &'a Plan) -> Declared<'a> {
    let (sources, mut paths) = read_by(plan.steps.iter());
    let mut started = BTreeSet::new();
    for step in plan.steps.iter().filter(|_| !manifest.tools.is_empty()) {
        let folder = step.home.folder.as_str();
        let run = step.command.iter().map(|command| command.run.as_slice());
        let tools = run.flat_map(|run| tool::started(&manifest.tools, folder, run).into_keys());
        started.extend(tools.map(|name| (folder, name)));
    }
    let starts =
        |(name, tool): &(&String, &Tool)| started.contains(&(tool.folder.as_str(), local(name)));
    let mut tools = BTreeMap::new();
    for (name, tool) in manifest.tools.iter().filter(starts) {
        for file in &tool.identity {
            paths.entry(within(&tool.folder, strip(&file.value))).or_insert(file.span);
        }
        tools.insert(name.clone(), tool.clone());
    }
    Declared { sources, paths, tools }
}

/// Something that a plan reads of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// A path or a glob.
    pub path: String,
    /// Globs of what is left out.
    pub exclude: Vec<String>,
}

/// Everything that `plan` reads of the workspace; what it reads of mounts is left out.
pub fn reads(manifest: &Manifest, plan: &Plan) -> Vec<Read> {
    let Declared { sources, paths, .. } = declared(manifest, plan);
    // A partition that is new stands beside those that are read.
    let sources: BTreeSet<&str> =
        sources.into_iter().flat_map(|name| [name, partition::whole(name)]).collect();
    let sources = sources.into_iter().filter_map(|name| manifest.sources.get(name));
    let here = sources.filter(|source| in_mount(&source.path.value).is_none());
    let sources = here.map(|source| Read {
        path: path_of(source),
        exclude: source.exclude.iter().map(|glob| glob.value.clone()).collect(),
    });
    let paths = paths.into_keys().map(|path| Read { path, exclude: Vec::new() });
    sources.chain(paths).collect()
}

/// Digests what `plan` reads; what cannot be read is a diagnostic with its place.
pub fn digest(
    places: &Places,
    manifest: &Manifest,
    plan: &Plan,
    store: &Store,
) -> Result<Inputs, Vec<Diagnostic>> {
    let Declared { sources, paths, tools } = declared(manifest, plan);
    let sources: Vec<_> =
        sources.into_iter().filter_map(|name| Some((name, manifest.sources.get(name)?))).collect();
    let digest_source = |&(name, source): &(&str, &manifest::Source)| {
        let exclude: Vec<String> = source.exclude.iter().map(|glob| glob.value.clone()).collect();
        let path = strip(&source.path.value).to_owned();
        let place = marked(source);
        let (folder, below) = places.find(&place, source.path.span)?;
        let content = store
            .digest_source(&folder, below, &exclude)
            .map_err(|error| unreadable(&path, source.path.span, &error, store))?;
        let root = source.root.as_deref().unwrap_or_else(|| prefix(&path));
        let at = in_mount(&path).is_none().then(|| root.to_owned());
        Ok((name.to_owned(), SourceContent { content, path, at, is_replaced: false }))
    };
    let digest_path = |(path, span): &(String, Span)| {
        let content = store
            .digest_source(&places.workspace, path, &[])
            .map_err(|error| unreadable(path, *span, &error, store))?;
        Ok((path.clone(), content))
    };
    let sources = threads::each(&sources, digest_source);
    let paths = threads::each(&paths.into_iter().collect::<Vec<_>>(), digest_path);
    let mut diagnostics = Vec::new();
    let sources = good(sources, &mut diagnostics);
    let paths = good(paths, &mut diagnostics);
    let code = code_paths(plan).into_iter().map(|(path, span)| {
        let code = store
            .ingest_source(&places.workspace, &path, &[])
            .and_then(|written| Code::of(store, &path, written))
            .map_err(|error| unreadable(&path, span, &error, store))?;
        Ok((path, code))
    });
    let code = good(code.collect(), &mut diagnostics);
    if diagnostics.is_empty() {
        Ok(Inputs { sources, paths, code, tools })
    } else {
        Err(diagnostics)
    }
}

/// The content of one source, all of which the store has then.
pub fn of_source(
    places: &Places,
    source: &manifest::Source,
    store: &Store,
) -> Result<Content, Diagnostic> {
    let exclude: Vec<String> = source.exclude.iter().map(|glob| glob.value.clone()).collect();
    let (path, span) = (path_of(source), source.path.span);
    let (folder, below) = places.find(&path, span)?;
    let content = store.ingest_source(&folder, below, &exclude);
    content.map_err(|error| unreadable(&path, span, &error, store))
}

/// The paths of the workspace that steps read as code.
fn code_paths(plan: &Plan) -> BTreeMap<String, Span> {
    let mut paths = BTreeMap::new();
    for step in &plan.steps {
        for (_, feed) in step.feeds() {
            if let Origin::Code(path) = &feed.origin {
                paths.entry(step.home.path(path)).or_insert(feed.span);
            }
        }
    }
    paths
}

/// What could be read; the rest becomes diagnostics.
fn good<T>(
    read: Vec<Result<(String, T), Diagnostic>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, T> {
    read.into_iter()
        .filter_map(|one| one.map_err(|mistake| diagnostics.push(mistake)).ok())
        .collect()
}

/// Makes sure that the store holds what these steps read of the workspace, byte for byte:
/// [`digest`] takes the word of the stat index for it.
pub fn ingest(
    places: &Places,
    manifest: &Manifest,
    plan: &Plan,
    steps: impl Iterator<Item = usize>,
    inputs: &Inputs,
    store: &Store,
) -> Result<(), Vec<Diagnostic>> {
    let (sources, paths) = read_by(steps.map(|index| &plan.steps[index]));
    let sources = sources.into_iter().filter_map(|name| {
        let (declared, source) = (manifest.sources.get(name)?, inputs.sources.get(name)?);
        if source.is_replaced {
            return None;
        }
        let exclude = declared.exclude.iter().map(|glob| glob.value.clone()).collect();
        Some((marked(declared), exclude, source.content, declared.path.span))
    });
    let paths = paths.into_iter().filter_map(|(path, span)| {
        let content = *inputs.paths.get(&path)?;
        Some((path, Vec::new(), content, span))
    });
    let mut diagnostics = Vec::new();
    for (path, exclude, content, span) in sources.chain(paths) {
        let found = match places.find(&path, span) {
            Ok((folder, below)) => store.ingest_source(&folder, below, &exclude),
            Err(missing) => {
                diagnostics.push(missing);
                continue;
            }
        };
        match found {
            Ok(found) if found == content => {}
            Ok(_) => diagnostics.push(
                Diagnostic::error("E0502", format!("`{path}` changed while the build began"))
                    .label(span, "")
                    .help("build again when nothing writes to it"),
            ),
            Err(error) => diagnostics.push(unreadable(&path, span, &error, store)),
        }
    }
    if diagnostics.is_empty() { Ok(()) } else { Err(diagnostics) }
}

/// The sources that steps read, and the paths in the workspace.
fn read_by<'a>(
    steps: impl Iterator<Item = &'a Step>,
) -> (BTreeSet<&'a str>, BTreeMap<String, Span>) {
    let (mut sources, mut paths) = (BTreeSet::new(), BTreeMap::new());
    for step in steps {
        for (_, feed) in step.feeds() {
            match &feed.origin {
                Origin::Source(name) => {
                    sources.insert(name.as_str());
                }
                Origin::Path(path) | Origin::Code(path) => {
                    paths.entry(step.home.path(path)).or_insert(feed.span);
                }
                Origin::Output { .. } => {}
            }
        }
        for path in step.params.paths.values() {
            paths.entry(step.home.path(strip(&path.value))).or_insert(path.span);
        }
    }
    (sources, paths)
}

impl Inputs {
    /// Lets other content stand for a source, of which the store has all.
    pub fn replace(&mut self, source: &str, content: Content) {
        if let Some(found) = self.sources.get_mut(source) {
            *found = SourceContent { content, is_replaced: true, ..found.clone() };
        }
    }

    /// A declared source.
    pub fn source(&self, name: &str) -> Result<&SourceContent, EngineError> {
        self.sources.get(name).ok_or_else(|| EngineError::UnknownInput { port: name.to_owned() })
    }

    /// A path of the workspace.
    pub fn path(&self, path: &str) -> Result<Content, EngineError> {
        self.paths
            .get(path)
            .copied()
            .ok_or_else(|| EngineError::UnknownInput { port: path.to_owned() })
    }

    /// A path of the workspace without what of its code means nothing.
    pub fn code(&self, path: &str) -> Result<Content, EngineError> {
        let code = self.code.get(path);
        let unknown = || EngineError::UnknownInput { port: path.to_owned() };
        code.map(|code| code.canonical).ok_or_else(unknown)
    }

    /// The content behind a param that is a path.
    pub fn param(&self, step: &Step, name: &str) -> Result<Content, EngineError> {
        match step.params.paths.get(name) {
            Some(path) => self.path(&step.home.path(strip(&path.value))),
            None => Err(EngineError::UnknownInput { port: name.to_owned() }),
        }
    }

    /// Path or glob in the workspace, what it leaves out, and its content, of all that was
    /// digested.
    pub fn declared(&self, manifest: &Manifest) -> Vec<(String, Vec<String>, Content)> {
        let sources = self.sources.iter().map(|(name, source)| {
            let declared = manifest.sources.get(name);
            let exclude = declared.iter().flat_map(|source| &source.exclude);
            let exclude = exclude.map(|glob| glob.value.clone()).collect::<Vec<_>>();
            let path = declared.map_or_else(|| source.path.clone(), marked);
            (path, exclude, source.content)
        });
        let paths = self.paths.iter().map(|(path, content)| (path.clone(), Vec::new(), *content));
        sources.chain(paths).collect()
    }

    /// Every content of the workspace that the plan reads.
    pub fn contents(&self) -> impl Iterator<Item = Content> {
        let sources = self.sources.values().map(|source| source.content);
        let code = self.code.values().map(|code| code.canonical);
        sources.chain(self.paths.values().copied()).chain(code)
    }

    /// Every source, sorted by name.
    pub fn sources(&self) -> impl Iterator<Item = (&str, &SourceContent)> {
        self.sources.iter().map(|(name, source)| (name.as_str(), source))
    }

    /// Whether a word names a tool of the manifest.
    pub fn is_tool(&self, home: &Home, word: &str) -> bool {
        !tool::named(&self.tools, &home.folder, word).is_empty()
    }

    /// The tools that a command starts.
    pub fn tools(
        &self,
        home: &Home,
        run: &[Spanned<String>],
    ) -> Result<BTreeMap<String, ToolIdentity>, EngineError> {
        let mut tools = BTreeMap::new();
        for (name, tool) in tool::started(&self.tools, &home.folder, run) {
            let files = tool
                .identity
                .iter()
                .map(|file| {
                    let file = strip(&file.value);
                    Ok((file.to_owned(), self.path(&home.path(file))?))
                })
                .collect::<Result<_, EngineError>>()?;
            let identity = ToolIdentity { program: tool.in_key(name).to_owned(), files };
            tools.insert(name.to_owned(), identity);
        }
        Ok(tools)
    }
}

/// A path without its leading `./`.
pub fn strip(path: &str) -> &str {
    path.strip_prefix("./").unwrap_or(path)
}

/// A declared source's path in the workspace, or in a mount.
fn path_of(source: &manifest::Source) -> String {
    match in_mount(&source.path.value) {
        Some(_) => source.path.value.clone(),
        None => within(&source.folder, strip(&source.path.value)),
    }
}

/// The same as the store takes it: with a mark where the source's tree begins.
fn marked(source: &manifest::Source) -> String {
    let path = path_of(source);
    let root = source.root.as_deref().map(|root| match in_mount(root) {
        Some(_) => root.to_owned(),
        None => within(&source.folder, root),
    });
    match root.as_deref() {
        Some(".") => format!("././{path}"),
        Some(root) => match path.strip_prefix(root) {
            Some(rest) => format!("{root}/.{rest}"),
            None => path,
        },
        None => path,
    }
}

fn unreadable(path: &str, span: Span, error: &StoreError, store: &Store) -> Diagnostic {
    let help = match error {
        StoreError::SourceMissing { .. } => {
            "create it, or correct the path; it is relative to the manifest"
        }
        StoreError::Moved { .. } => error.help(),
        StoreError::Refused { reason, .. } if reason.contains("leads out of") => {
            "data of another place is a mount: [mounts] NAME = \"/folder\" in your own config.toml, \
             and path = \"mount:NAME/..\" in [sources]"
        }
        StoreError::Path(refused) if refused.path.starts_with(store.root()) => error.help(),
        _ => "make it a readable file or folder of the workspace",
    };
    Diagnostic::error(error.code(), format!("cannot read `{path}`"))
        .label(span, "")
        .caused_by(error)
        .help(help)
}
