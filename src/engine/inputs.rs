//! [`Inputs`]: the digest of every file of the workspace that the plan reads.
//!
//! Invariant: each path is digested once, when the build starts; what a step
//! later reads comes from the store, so a file edited during the build cannot
//! enter a result under the old key.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::EngineError;
use crate::diag::{Diagnostic, Span};
use crate::manifest::Manifest;
use crate::model::action::ToolIdentity;
use crate::model::artifact::Content;
use crate::plan::{Origin, Plan, Step};
use crate::store::{Store, StoreError};

/// What the workspace holds, by digest.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    sources: BTreeMap<String, Source>,
    paths: BTreeMap<String, Content>,
    tools: BTreeMap<String, (String, Vec<String>)>,
}

/// A source's content.
#[derive(Debug, Clone)]
pub struct Source {
    /// The content.
    pub content: Content,
    /// The path or glob as declared.
    pub path: String,
    /// Where it stands in a command's exec root: the path, or the folder that a
    /// glob's matches have in common.
    pub at: String,
}

/// Digests what `plan` reads; what cannot be read is a diagnostic with its place.
pub fn digest(
    workspace: &Path,
    manifest: &Manifest,
    plan: &Plan,
    store: &Store,
) -> Result<Inputs, Vec<Diagnostic>> {
    let mut inputs = Inputs::default();
    let mut diagnostics = Vec::new();
    let mut paths: BTreeMap<String, Span> = BTreeMap::new();
    let mut sources = BTreeSet::new();
    let mut programs = BTreeSet::new();
    for step in &plan.steps {
        for (_, feed) in step.feeds() {
            match &feed.origin {
                Origin::Source(name) => {
                    sources.insert(name);
                }
                Origin::Path(path) => {
                    paths.entry(path.clone()).or_insert(feed.span);
                }
                Origin::Output { .. } => {}
            }
        }
        for path in step.params.paths.values() {
            paths.entry(strip(&path.value).to_owned()).or_insert(path.span);
        }
        programs.extend(
            step.command.iter().filter_map(|command| command.run.first()).map(|p| &p.value),
        );
    }
    for (name, tool) in &manifest.tools {
        if programs.contains(&tool.program.value) {
            let files = tool.identity.iter().map(|file| strip(&file.value).to_owned()).collect();
            inputs.tools.insert(name.clone(), (tool.program.value.clone(), files));
            for file in &tool.identity {
                paths.entry(strip(&file.value).to_owned()).or_insert(file.span);
            }
        }
    }
    for name in sources {
        let Some(source) = manifest.sources.get(name) else { continue };
        let exclude: Vec<String> = source.exclude.iter().map(|glob| glob.value.clone()).collect();
        let path = strip(&source.path.value);
        match store.digest_source(workspace, path, &exclude) {
            Ok(content) => {
                let at = fixed_prefix(path).to_owned();
                inputs.sources.insert(name.clone(), Source { content, path: path.to_owned(), at });
            }
            Err(error) => diagnostics.push(unreadable(path, source.path.span, &error)),
        }
    }
    for (path, span) in paths {
        match store.digest_source(workspace, &path, &[]) {
            Ok(content) => {
                inputs.paths.insert(path, content);
            }
            Err(error) => diagnostics.push(unreadable(&path, span, &error)),
        }
    }
    if diagnostics.is_empty() { Ok(inputs) } else { Err(diagnostics) }
}

/// Makes sure that the store holds what these steps read of the workspace, byte for byte:
/// [`digest`] takes the word of the stat index for it.
pub fn ingest(
    workspace: &Path,
    manifest: &Manifest,
    plan: &Plan,
    steps: impl Iterator<Item = usize>,
    inputs: &Inputs,
    store: &Store,
) -> Result<(), Vec<Diagnostic>> {
    let mut read: BTreeMap<(&str, Vec<String>), (Content, Span)> = BTreeMap::new();
    for step in steps.map(|index| &plan.steps[index]) {
        for (_, feed) in step.feeds() {
            match &feed.origin {
                Origin::Source(name) => {
                    if let (Some(source), Some(declared)) =
                        (inputs.sources.get(name), manifest.sources.get(name))
                    {
                        let exclude = declared.exclude.iter().map(|glob| glob.value.clone());
                        let key = (source.path.as_str(), exclude.collect());
                        read.insert(key, (source.content, declared.path.span));
                    }
                }
                Origin::Path(path) => {
                    if let Some(content) = inputs.paths.get(path) {
                        read.insert((path, Vec::new()), (*content, feed.span));
                    }
                }
                Origin::Output { .. } => {}
            }
        }
        for path in step.params.paths.values() {
            if let Some(content) = inputs.paths.get(strip(&path.value)) {
                read.insert((strip(&path.value), Vec::new()), (*content, path.span));
            }
        }
    }
    let mut diagnostics = Vec::new();
    for ((path, exclude), (content, span)) in read {
        match store.ingest_source(workspace, path, &exclude) {
            Ok(found) if found == content => {}
            Ok(_) => diagnostics.push(
                Diagnostic::error("E0502", format!("`{path}` changed while the build began"))
                    .label(span, "")
                    .help("build again when nothing writes to it"),
            ),
            Err(error) => diagnostics.push(unreadable(path, span, &error)),
        }
    }
    if diagnostics.is_empty() { Ok(()) } else { Err(diagnostics) }
}

impl Inputs {
    /// A declared source.
    pub fn source(&self, name: &str) -> Result<&Source, EngineError> {
        self.sources.get(name).ok_or_else(|| EngineError::UnknownInput { port: name.to_owned() })
    }

    /// A `./` path.
    pub fn path(&self, path: &str) -> Result<Content, EngineError> {
        self.paths
            .get(path)
            .copied()
            .ok_or_else(|| EngineError::UnknownInput { port: path.to_owned() })
    }

    /// The content behind a param that is a path.
    pub fn param(&self, step: &Step, name: &str) -> Result<Content, EngineError> {
        match step.params.paths.get(name) {
            Some(path) => self.path(strip(&path.value)),
            None => Err(EngineError::UnknownInput { port: name.to_owned() }),
        }
    }

    /// Path or glob, what it leaves out, and its content, of all that was digested.
    pub fn declared(&self, manifest: &Manifest) -> Vec<(String, Vec<String>, Content)> {
        let sources = self.sources.iter().map(|(name, source)| {
            let exclude = manifest.sources.get(name).map(|declared| {
                declared.exclude.iter().map(|glob| glob.value.clone()).collect::<Vec<_>>()
            });
            (source.path.clone(), exclude.unwrap_or_default(), source.content)
        });
        let paths = self.paths.iter().map(|(path, content)| (path.clone(), Vec::new(), *content));
        sources.chain(paths).collect()
    }

    /// Every content of the workspace that the plan reads.
    pub fn contents(&self) -> impl Iterator<Item = Content> {
        let sources = self.sources.values().map(|source| source.content);
        sources.chain(self.paths.values().copied())
    }

    /// Every source, sorted by name.
    pub fn sources(&self) -> impl Iterator<Item = (&str, &Source)> {
        self.sources.iter().map(|(name, source)| (name.as_str(), source))
    }

    /// The declared tools that are `program`.
    pub fn tools(&self, program: &str) -> Result<BTreeMap<String, ToolIdentity>, EngineError> {
        let mut tools = BTreeMap::new();
        for (name, (declared, files)) in &self.tools {
            if declared == program {
                let files = files
                    .iter()
                    .map(|file| Ok((file.clone(), self.path(file)?)))
                    .collect::<Result<_, EngineError>>()?;
                tools.insert(name.clone(), ToolIdentity { program: declared.clone(), files });
            }
        }
        Ok(tools)
    }
}

/// A path without its leading `./`.
pub fn strip(path: &str) -> &str {
    path.strip_prefix("./").unwrap_or(path)
}

/// The part of a glob before its first pattern; the whole path where it is none.
fn fixed_prefix(path: &str) -> &str {
    match path.find(['*', '?', '[', '{']) {
        None => path,
        Some(pattern) => path[..pattern].rfind('/').map_or(".", |slash| &path[..slash]),
    }
}

fn unreadable(path: &str, span: Span, error: &StoreError) -> Diagnostic {
    let help = match error {
        StoreError::SourceMissing { .. } => {
            "create it, or correct the path; it is relative to the manifest"
        }
        _ => "make it a readable file or folder of the workspace",
    };
    Diagnostic::error(error.code(), format!("cannot read `{path}`"))
        .label(span, "")
        .caused_by(error)
        .help(help)
}

#[cfg(test)]
mod tests {
    use super::fixed_prefix;

    #[test]
    fn a_glob_stands_at_the_folder_before_its_first_pattern() {
        assert_eq!(fixed_prefix("data/a.csv"), "data/a.csv");
        assert_eq!(fixed_prefix("data/x*/b.csv"), "data");
        assert_eq!(fixed_prefix("*.csv"), ".");
    }
}
