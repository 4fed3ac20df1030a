//! `ingot query WHAT`: what depends on a step, a source or a file, or what it needs.

use std::path::Path;

use clap::Args;
use globset::Glob;

use super::exit::{Exit, Stop};
use super::output::Output;
use super::workspace::Workspace;
use super::{Global, Selection};
use crate::diag::Diagnostic;
use crate::diag::suggest::nearest;
use crate::engine::inputs::strip;
use crate::manifest::Manifest;
use crate::plan::{Origin, Plan};

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
    let workspace = Workspace::open(global, &Selection::default())?;
    let every: Vec<String> = workspace.manifest.points.keys().cloned().collect();
    let plan = workspace.plan(&every)?;
    let what = strip(&arguments.what);
    let named = (0..plan.steps.len())
        .filter(|&index| plan.steps[index].name == what || plan.steps[index].base == what)
        .collect::<Vec<_>>();
    let mut found: Vec<(&str, String)> = Vec::new();
    let name = |index: &usize| ("step", plan.steps[*index].name.clone());
    match (named.is_empty(), arguments.needs) {
        (false, false) => {
            let all = plan.with_dependents(&named);
            found.extend(all.iter().filter(|index| !named.contains(index)).map(name));
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
            found.extend(needed.iter().map(name));
        }
        (true, false) => {
            let readers = readers(&workspace.manifest, &plan, what);
            if readers.is_empty() && !is_known(&workspace, what) {
                return Err(unknown(&workspace, &plan, what));
            }
            found.extend(plan.with_dependents(&readers).iter().map(name));
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
        Origin::Path(path) => Some(("path", format!("./{path}"))),
        Origin::Output { .. } => None,
    });
    let params = step.params.paths.values().map(|path| ("path", path.value.clone()));
    fed.chain(params)
}

/// The steps that read a source or a path themselves.
fn readers(manifest: &Manifest, plan: &Plan, what: &str) -> Vec<usize> {
    let covers = |declared: &str| covers(strip(declared), what);
    let source = |name: &str| {
        name == what
            || manifest.sources.get(name).is_some_and(|source| {
                covers(&source.path.value) && !source.exclude.iter().any(|glob| covers(&glob.value))
            })
    };
    let tools: Vec<&str> = manifest
        .tools
        .values()
        .filter(|tool| tool.identity.iter().any(|file| covers(&file.value)))
        .map(|tool| tool.program.value.as_str())
        .collect();
    (0..plan.steps.len())
        .filter(|&index| {
            let step = &plan.steps[index];
            let program = step.command.as_ref().and_then(|command| command.run.first());
            step.feeds().any(|(_, feed)| match &feed.origin {
                Origin::Source(name) => source(name),
                Origin::Path(path) => covers(path),
                Origin::Output { .. } => false,
            }) || step.params.paths.values().any(|path| covers(&path.value))
                || program.is_some_and(|program| tools.contains(&program.value.as_str()))
        })
        .collect()
}

/// Whether a declared path or glob takes a file or a folder in.
fn covers(declared: &str, path: &str) -> bool {
    Path::new(path).starts_with(declared)
        || Path::new(declared).starts_with(path)
        || Glob::new(declared).is_ok_and(|glob| glob.compile_matcher().is_match(path))
}

fn is_known(workspace: &Workspace, what: &str) -> bool {
    workspace.manifest.sources.contains_key(what)
        || crate::sys::fs::exists(&workspace.root.join(what))
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
