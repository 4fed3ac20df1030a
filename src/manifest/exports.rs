//! `[exports]`: where outputs are copied, and what they would write over. Pure.
//!
//! Invariant: an export writes nothing that a build reads, no file of the workspace's own
//! and no other export, nor anything that these stand in or that stands in them. Paths are
//! compared without case, since some file systems do. What it does not do: what stands
//! there on disk is looked at when it is written.

use std::collections::BTreeMap;

use globset::GlobBuilder;

use super::fields::{self, Fields};
use super::member::{local, within};
use super::{Manifest, PluginOrigin, Reference, StepInput, inputs, paths};
use crate::diag::{Diagnostic, Span, Spanned};

/// Workspace path -> the output that is copied there.
pub type Exports = BTreeMap<String, Spanned<Reference>>;

/// Files that say what a workspace is, in the folder of each manifest.
const OWN: [(&str, &str); 3] =
    [("ingot.toml", "a manifest"), ("ingot.lock", "a lock"), ("ingot.local.toml", "a config")];

/// Folders that hold a repository or a store, wherever they stand.
const KEPT: [&str; 4] = [".git", ".hg", ".jj", ".ingot"];

/// Reads the table of one manifest.
pub(super) fn read(fields: &mut Fields<'_>, diagnostics: &mut Vec<Diagnostic>) -> Exports {
    let mut exports = Exports::new();
    for (path, span, node) in fields.table("exports", diagnostics) {
        let Some(text) = fields::text(&format!("exports.{path}"), node, diagnostics) else {
            continue;
        };
        let reference = inputs::reference(&text, diagnostics);
        let written = Spanned::new(path.to_owned(), span);
        let Some(inside) = paths::inside(&written, diagnostics) else { continue };
        if let Some(reference) = reference {
            add(&mut exports, inside, reference, diagnostics);
        }
    }
    exports
}

/// Adds an export to others.
pub(super) fn add(
    exports: &mut Exports,
    path: String,
    reference: Spanned<Reference>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    match exports.get(&path) {
        Some(other) => diagnostics.push(overlap(&path, other.span, &path, reference.span)),
        None => drop(exports.insert(path, reference)),
    }
}

/// Tells of exports that would write over something that the manifests name.
pub(super) fn check(manifest: &Manifest, diagnostics: &mut Vec<Diagnostic>) {
    if manifest.exports.is_empty() {
        return;
    }
    let mut others = Taken::default();
    for (path, reference) in &manifest.exports {
        let span = reference.span;
        let kept = path.split('/').find(|part| KEPT.contains(&part.to_lowercase().as_str()));
        if path == "." || kept.is_some() {
            diagnostics.push(refused(format!("an export cannot write `{path}`"), span));
        }
        if let Some((other, place)) = others.meets(path) {
            diagnostics.push(overlap(other, *place, path, span));
        }
        others.add(path, path.clone(), span);
    }
    taken(manifest).check(manifest, diagnostics);
}

/// Tells of tests that expect a file which something else is, too: `--bless` would change it.
pub(super) fn check_tests(manifest: &Manifest, diagnostics: &mut Vec<Diagnostic>) {
    if manifest.tests.is_empty() {
        return;
    }
    let mut taken = taken(manifest);
    for (name, test) in &manifest.tests {
        for input in test.inputs.values().flatten() {
            if let Reference::Path(path) | Reference::Code(path) = &input.reference.value {
                let what = format!("`./{path}`, which the test `{name}` reads");
                taken.add(&within(&test.folder, path), what, input.reference.span);
            }
        }
    }
    for (path, reference) in &manifest.exports {
        taken.add(path, format!("the export `{path}`"), reference.span);
    }
    for (name, test) in &manifest.tests {
        for file in test.expect.values().flatten() {
            let path = within(&test.folder, &file.path.value);
            if let Some((what, place)) = taken.meets(&path) {
                let message = format!("the file that `{name}` expects is {what}");
                let told = Diagnostic::error("E0227", message)
                    .label(file.path.span, "`--bless` would write it")
                    .help("give each expectation a file of its own");
                diagnostics.push(match *place == Span::default() {
                    true => told,
                    false => told.label(*place, "named here"),
                });
            }
            taken.add(&path, format!("one that `{name}` expects"), file.path.span);
        }
    }
}

/// What the manifests name beside the exports.
fn taken(manifest: &Manifest) -> Taken {
    let mut taken = Taken::default();
    for (name, what) in OWN {
        for member in &manifest.members {
            taken.add(&within(&member.folder, name), what.to_owned(), Span::default());
        }
    }
    for (name, source) in &manifest.sources {
        let what = format!("the source `{name}`");
        taken.add_glob(&within(&source.folder, &source.path.value), what, source.path.span);
    }
    for (name, tool) in &manifest.tools {
        for file in &tool.identity {
            let what = format!("a file of the tool `{}`", local(name));
            taken.add(&within(&tool.folder, &file.value), what, file.span);
        }
    }
    for (name, plugin) in &manifest.plugins {
        if let PluginOrigin::Path(path) = &plugin.origin.value {
            taken.add(path, format!("the plugin `{name}`"), plugin.origin.span);
        }
    }
    for (name, worker) in &manifest.workers {
        taken.add(&worker.path.value, format!("the worker `{name}`"), worker.path.span);
    }
    for step in manifest.steps.values() {
        for StepInput { reference, .. } in step.inputs.values().flatten() {
            if let Reference::Path(path) | Reference::Code(path) = &reference.value {
                let what = format!("`./{path}`, which `{}` reads", step.name);
                taken.add(&step.home.path(path), what, reference.span);
            }
        }
    }
    taken
}

fn refused(message: String, span: Span) -> Diagnostic {
    Diagnostic::error("E0215", message).label(span, "").help("export to another path")
}

fn overlap(one: &str, place: Span, other: &str, span: Span) -> Diagnostic {
    let message = match one == other {
        true => format!("two exports write `{one}`"),
        false => format!("the exports `{one}` and `{other}` overlap"),
    };
    refused(message, span).label(place, "the other one")
}

/// Paths that exports may not write.
#[derive(Debug, Default)]
pub struct Taken {
    /// Path without case -> what it is, and where that is said.
    paths: BTreeMap<String, (String, Span)>,
    /// Globs by their parts, likewise.
    globs: Vec<(Vec<String>, (String, Span))>,
}

impl Taken {
    /// Adds a path of the workspace.
    pub fn add(&mut self, path: &str, what: String, span: Span) {
        self.paths.entry(path.to_lowercase()).or_insert((what, span));
    }

    /// Adds a path or a glob.
    fn add_glob(&mut self, path: &str, what: String, span: Span) {
        if path.contains(['*', '?', '[', '{']) {
            let parts = path.to_lowercase().split('/').map(str::to_owned).collect();
            self.globs.push((parts, (what.clone(), span)));
        }
        self.add(path, what, span);
    }

    /// Tells of exports that write one of them.
    pub fn check(&self, manifest: &Manifest, diagnostics: &mut Vec<Diagnostic>) {
        for (path, reference) in &manifest.exports {
            let Some((what, place)) = self.meets(path) else { continue };
            let told = refused(format!("the export would change {what}"), reference.span);
            diagnostics.push(match *place == Span::default() {
                true => told,
                false => told.label(*place, "named here"),
            });
        }
    }

    /// What stands at a path, above it or below it.
    fn meets(&self, path: &str) -> Option<&(String, Span)> {
        let path = path.to_lowercase();
        let slashes = path.match_indices('/').map(|(at, _)| &path[..at]);
        let mut above = slashes.chain([path.as_str(), "."]);
        let found = above.find_map(|above| self.paths.get(above));
        let below = format!("{path}/");
        let first = self.paths.range(below.clone()..).next();
        let first = first.filter(|(name, _)| name.starts_with(&below)).map(|(_, what)| what);
        let in_glob = |(parts, _): &&(Vec<String>, _)| may_match(parts, &path);
        found.or(first).or_else(|| self.globs.iter().find(in_glob).map(|(_, what)| what))
    }
}

/// Whether a glob may find a path, or something in it, or a folder that it is in.
fn may_match(glob: &[String], path: &str) -> bool {
    for (glob, part) in glob.iter().zip(path.split('/')) {
        // What is in braces may be of several parts.
        if glob == "**" || glob.contains(['{', '}']) {
            return true;
        }
        let glob = GlobBuilder::new(glob).literal_separator(true).build();
        if glob.is_ok_and(|glob| !glob.compile_matcher().is_match(part)) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_takes_what_it_may_find() {
        for (glob, path, meets) in [
            ("data/*.csv", "data/x.csv", true),
            ("data/*.csv", "Data/X.CSV", true),
            ("data/*.csv", "data", true),
            ("data/*.csv", "data/report.html", false),
            ("data/*.csv", "reports/x.csv", false),
            ("data/**/*.csv", "data/report.html", true),
            ("data/*/x", "data/a", true),
            ("data/*", "data/a/b", true),
            ("{a,b/c}/x", "q", true),
        ] {
            let mut taken = Taken::default();
            taken.add_glob(glob, "a source".to_owned(), Span::default());
            assert_eq!(taken.meets(path).is_some(), meets, "{glob} {path}");
        }
    }
}
