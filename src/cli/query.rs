//! `ingot query WHAT`: what depends on a step, a source or a file, or what it needs.

use std::path::Path;

use clap::Args;
use globset::Glob;

use super::output::Output;
use super::{Global, Selection};
use crate::diag::suggest::nearest;
use crate::diag::{Diagnostic, Exit};
use crate::engine::inputs::strip;
use crate::manifest::Manifest;
use crate::manifest::member::within;
use crate::manifest::tool::{self, Tool};
use crate::plan::{Origin, Plan};
use crate::workspace::{Stop, Workspace};

/// Arguments of `ingot query`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A step, a source, or a path of the workspace
    what: String,
    /// What it needs instead of what depends on it
    #[arg(long)]
    needs: bool,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let workspace = Selection::default().open(global)?;
    let plan = workspace.plan_all()?;
    let what = strip(&arguments.what);
    let name = workspace.manifest.full_name(what);
    let path = within(workspace.manifest.current_folder(), what);
    let named = (0..plan.steps.len())
        .filter(|&index| plan.steps[index].name == name || plan.steps[index].base == name)
        .collect::<Vec<_>>();
    let mut found: Vec<(&str, String)> = Vec::new();
    let step = |index: &usize| ("step", plan.steps[*index].name.clone());
    match (named.is_empty(), arguments.needs) {
        (false, false) => {
            let all = plan.with_dependents(&named);
            found.extend(all.iter().filter(|index| !named.contains(index)).map(step));
        }
        (false, true) => {
            let mut needed: Vec<usize> =
                named.iter().flat_map(|&index| plan.ancestors(index)).collect();
            needed.sort_unstable();
            needed.dedup();
            for &index in needed.iter().chain(&named) {
                found.extend(reads(&plan, index));
            }
            found.sort();
            found.dedup();
            found.extend(needed.iter().map(step));
        }
        (true, false) => {
            let readers = readers(&workspace.manifest, &plan, &name, &path);
            if readers.is_empty() && !is_known(&workspace, &name, &path) {
                return Err(unknown(&workspace, &plan, what));
            }
            found.extend(plan.with_dependents(&readers).iter().map(step));
        }
        (true, true) => return Err(unknown(&workspace, &plan, what)),
    }
    for (kind, name) in &found {
        output.data(&match output.json {
            true => format!("{}\n", serde_json::json!({ "event": kind, "name": name })),
            false => format!("{name}\n"),
        });
    }
    if found.is_empty() {
        output.note(match arguments.needs {
            true => "it needs nothing\n",
            false => "nothing depends on it\n",
        });
    }
    Ok(Exit::Done)
}

/// The sources and paths that a step reads itself.
fn reads<'a>(plan: &'a Plan, index: usize) -> impl Iterator<Item = (&'static str, String)> + 'a {
    let step = &plan.steps[index];
    let fed = step.feeds().filter_map(|(_, feed)| match &feed.origin {
        Origin::Source(name) => Some(("source", name.clone())),
        Origin::Path(path) | Origin::Code(path) => {
            Some(("path", format!("./{}", step.home.path(path))))
        }
        Origin::Output { .. } => None,
    });
    let paths = step.params.paths.values();
    let params = paths.map(|path| ("path", step.home.path(&path.value)));
    fed.chain(params)
}

/// The steps that read a source of this name or a path of the workspace themselves.
fn readers(manifest: &Manifest, plan: &Plan, name: &str, path: &str) -> Vec<usize> {
    let covers = |folder: &str, declared: &str| covers(&within(folder, strip(declared)), path);
    let source = |of: &str| {
        of == name
            || manifest.sources.get(of).is_some_and(|source| {
                covers(&source.folder, &source.path.value)
                    && !source.exclude.iter().any(|glob| covers(&source.folder, &glob.value))
            })
    };
    let is_of = |tool: &&Tool| tool.identity.iter().any(|file| covers(&tool.folder, &file.value));
    (0..plan.steps.len())
        .filter(|&index| {
            let step = &plan.steps[index];
            let folder = step.home.folder.as_str();
            let run = step.command.iter().map(|command| command.run.as_slice());
            step.feeds().any(|(_, feed)| match &feed.origin {
                Origin::Source(name) => source(name),
                Origin::Path(path) | Origin::Code(path) => covers(folder, path),
                Origin::Output { .. } => false,
            }) || step.params.paths.values().any(|path| covers(folder, &path.value))
                || run
                    .flat_map(|run| tool::started(&manifest.tools, folder, run).into_values())
                    .any(|tool| is_of(&tool))
        })
        .collect()
}

/// Whether a declared path or glob takes a file or a folder in.
fn covers(declared: &str, path: &str) -> bool {
    Path::new(path).starts_with(declared)
        || Path::new(declared).starts_with(path)
        || Glob::new(declared).is_ok_and(|glob| glob.compile_matcher().is_match(path))
}

fn is_known(workspace: &Workspace, name: &str, path: &str) -> bool {
    workspace.manifest.sources.contains_key(name)
        || crate::sys::fs::exists(&workspace.root.join(path))
}

fn unknown(workspace: &Workspace, plan: &Plan, what: &str) -> Stop {
    let mistake = Diagnostic::error("E0313", format!("there is no step, source or file `{what}`"));
    let steps = plan.steps.iter().map(|step| step.name.as_str());
    let names = steps.chain(workspace.manifest.sources.keys().map(String::as_str));
    workspace.stop(vec![match nearest(what, names) {
        Some(near) => mistake.help(format!("did you mean `{near}`?")),
        None => mistake.help("`ingot graph` shows every step and source"),
    }])
}
