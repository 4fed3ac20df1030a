//! `ingot shell STEP`: a shell where the step would run.
//!
//! The exec root, the inputs and the environment are the step's; the sandbox is
//! not there, so that a person can look around with their own tools. Nothing of
//! it is recorded, and the folder goes with the shell. With `--failed` it is the
//! exec root that a build kept of the step's failure, as it was left, and it stays.

use std::ffi::OsString;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use clap::Args;

use super::output::Output;
use super::{Global, Selection};
use crate::diag::{Diagnostic, Exit};
use crate::engine::execute::StepContext;
use crate::engine::forecast::State;
use crate::engine::job::Job;
use crate::engine::prepare::prepare;
use crate::engine::{Results, resolve};
use crate::sys::env;
use crate::sys::process::{Start, interact};
use crate::workspace::Stop;
use crate::workspace::analysis::foresee;
use crate::workspace::store::{open_store, store_stop};

/// Arguments of `ingot shell`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The step
    step: String,
    /// In the exec root that `build --keep-failed` kept
    #[arg(long)]
    failed: bool,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    if arguments.failed {
        return where_it_failed(&arguments.step, global, output);
    }
    let workspace = Selection::default().open(global)?;
    let plan = workspace.plan(std::slice::from_ref(&arguments.step))?;
    let inputs = workspace.inputs(&plan)?;
    let forecast = foresee(&workspace, &plan, &inputs, &[])?;
    let mistake = |code, message: String, help: String| {
        workspace.stop(vec![Diagnostic::error(code, message).help(help)])
    };
    let [index] = plan.targets[..] else {
        let names: Vec<&str> = plan.targets.iter().map(|&i| plan.steps[i].name.as_str()).collect();
        let message = format!("`{}` has {} points", arguments.step, names.len());
        return Err(mistake("E0310", message, format!("name one: {}", names.join(", "))));
    };
    let step = &plan.steps[index];
    let mut results = Results::new(plan.steps.len());
    for (before, state) in forecast.states.iter().enumerate() {
        if let State::Hit(known) = state {
            results.set(before, known.clone());
        }
    }
    let cuts = resolve::Cuts::of(&workspace.store);
    let resolved = resolve::resolve(&plan, index, &inputs, &results, cuts).map_err(|_| {
        let message = format!("what `{}` reads is not built", step.name);
        let before: Vec<&str> =
            step.dependencies.iter().map(|&i| plan.steps[i].name.as_str()).collect();
        mistake("E1006", message, format!("`ingot build {}` makes it", before.join(" ")))
    })?;
    workspace.ingest(&plan, std::iter::once(index), &inputs)?;
    let action = resolved.action;
    let key = action.key().map_err(|e| mistake("E0703", e.to_string(), "report this".into()))?;
    let context = workspace.context(&inputs, std::collections::BTreeMap::new(), None, None);
    let job = Job::of(step, action, context.tools);
    let cancel = AtomicBool::new(false);
    let run = StepContext {
        context: &context,
        step,
        job: &job,
        key,
        needed: &[],
        forced: false,
        cancel: &cancel,
    };
    let stop = |failure: Box<crate::engine::event::FailureSummary>| {
        mistake("E0503", failure.message, failure.help.unwrap_or_else(|| "build again".into()))
    };
    let work = workspace
        .store
        .work_folder()
        .map_err(|error| mistake(error.code(), error.to_string(), "make room".into()))?;
    let prepared = prepare(&run.site(), &job, key, &work)
        .map_err(|trouble| stop(trouble.explain(&step.name)))?;
    output.note(&format!(
        "in the exec root of {}; it runs\n  {}\n`exit` removes the folder\n",
        step.name,
        words(&prepared.described(&step.name, key).run)
    ));
    open(&prepared.root, prepared.launch.environment)
}

/// A shell in the exec root that a failed step left.
fn where_it_failed(step: &str, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let store = open_store(&global.place()?.root)?;
    let found = store.failed(step).map_err(|error| store_stop(&error))?;
    let Some((failed, root)) = found else {
        let kept = store.failed_steps().map_err(|error| store_stop(&error))?;
        let mistake = Diagnostic::error("E1010", format!("no failure of `{step}` is kept"));
        return Err(Stop::of(mistake.help(match kept.as_slice() {
            [] => format!("`ingot build --keep-failed {step}` keeps the next one"),
            kept => format!("failures of these steps are: {}", kept.join(", ")),
        })));
    };
    output.note(&format!(
        "in the exec root of {step}, as it failed; it ran\n  {}\nthe folder stays\n",
        words(&failed.run)
    ));
    let variables = failed.environment.into_iter().map(|(name, value)| (name, value.into()));
    let secrets = failed.secrets.into_iter().filter_map(|name| {
        let value = env::variable_os(&name)?;
        Some((name, value))
    });
    open(&root, variables.chain(secrets).collect())
}

/// A shell in `folder` with the environment of a step.
fn open(folder: &Path, mut variables: Vec<(String, OsString)>) -> Result<Exit, Stop> {
    let shell = env::variable("SHELL").unwrap_or_else(|| "/bin/sh".to_owned());
    variables.extend(env::variable_os("TERM").map(|term| ("TERM".to_owned(), term)));
    let status = interact(Start {
        program: shell.as_ref(),
        arguments: Vec::new(),
        environment: variables,
        directory: Some(folder),
        stdin: None,
    })
    .map_err(|error| {
        Stop::of(Diagnostic::error("E0605", error.to_string()).caused_by(&error).help("set SHELL"))
    })?;
    Ok(if status.success() { Exit::Done } else { Exit::StepFailed })
}

/// The command line of a step, as one would type it.
fn words(run: &[String]) -> String {
    let plain = |word: &str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
        !word.is_empty() && word.chars().all(fits)
    };
    run.iter()
        .cloned()
        .map(|word| if plain(&word) { word } else { format!("'{}'", word.replace('\'', "'\\''")) })
        .collect::<Vec<_>>()
        .join(" ")
}
