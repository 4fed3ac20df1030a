//! `ingot build`: does what `plan` says, writes the lock, copies the exports.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use clap::Args;
use rayon::prelude::*;

use super::output::Output;
use super::plan::{outlook, reasons_of};
use super::{CacheFrom, CacheTo, Global, Selection, error, exports};
use crate::diag::{Diagnostic, Exit, codes};
use crate::engine::drive::{self, Driven, Options};
use crate::engine::event::BuildEvent;
use crate::engine::forecast::{Forecast, State, forecast_and_fetch};
use crate::engine::inputs::{self, Inputs};
use crate::engine::known::Known;
use crate::engine::memo::Finished;
use crate::engine::reasons::{self, Reason};
use crate::engine::scheduler::Pool;
use crate::engine::{EngineError, estimate, leasing, locked, machine};
use crate::manifest::tool;
use crate::model::result::Verdict;
use crate::plan::{Export, Plan};
use crate::report::Report;
use crate::store::{Store, StoreError};
use crate::sys::{clock, env, signal};
use crate::workspace::memo::Asked;
use crate::workspace::{LOCK, MANIFEST, Stop, Workspace, forms, locks, plugins, remotes, revision};
use lock::Ended;
use watch::Watch;

mod lock;
#[cfg(test)]
mod tests;
mod walls;
mod watch;

/// Arguments of `ingot build`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    from: CacheFrom,
    #[command(flatten)]
    to: CacheTo,
    /// Cores to use
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    jobs: Option<u32>,
    /// Go on with other steps after a failure
    #[arg(short, long)]
    keep_going: bool,
    /// Run this step whatever the store holds
    #[arg(long, value_name = "STEP")]
    rerun: Vec<String>,
    /// Keep the exec root of a step that fails
    #[arg(long)]
    keep_failed: bool,
    /// Build only what differs from the lock of a git revision, and what depends on it
    #[arg(long, value_name = "REV")]
    affected_since: Option<String>,
    /// Build again whenever something that it reads changes; never starts a step on a GPU
    #[arg(long, conflicts_with = "rerun")]
    watch: bool,
    /// Fail unless the lock agrees with what is built
    #[arg(long)]
    locked: bool,
    /// Like --locked, and run nothing
    #[arg(long)]
    frozen: bool,
    /// Refuse commands whose tools have no declared identity, remotes that nobody signs, and
    /// a sandbox that does not hold
    #[arg(long)]
    strict: bool,
    /// Run steps without a sandbox: they see the whole machine, and may leave processes
    #[arg(long)]
    no_sandbox: bool,
    /// Refuse to run commands at all
    #[arg(long)]
    no_commands: bool,
    /// Write this export also where --set or --profile alters the build, which writes none
    #[arg(long, value_name = "PATH")]
    export: Vec<String>,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    match arguments.watch {
        true => watch::run(arguments, global, output),
        false => build(arguments, global, output, &Arc::new(AtomicBool::new(false)), None),
    }
}

/// Builds once.
fn build(
    arguments: &Arguments,
    global: &Global,
    output: &Output,
    interrupt: &Arc<AtomicBool>,
    watch: Option<&mut Watch>,
) -> Result<Exit, Stop> {
    let mut report = Report::stderr(output.json, output.terminal, output.colour, output.width);
    let mut emit = |event: BuildEvent| report.event(&event);
    let asked = match output.json || !arguments.is_plain() {
        true => None,
        false => Asked::new(global.directory(), &arguments.selection.targets),
    };
    // A remote that is named may not be there: the short way would not look.
    if let Some(asked) = asked.as_ref().filter(|_| !arguments.from.is_named())
        && let Some(exit) = asked.replay(&mut emit)?
    {
        return Ok(exit);
    }
    let began = clock::now();
    let mut workspace = arguments.selection.open(global)?;
    let settings = &workspace.settings;
    let (from, to) = (arguments.from.folder(settings)?, arguments.to.folder(settings)?);
    if let Some(from) = from.as_deref().filter(|_| arguments.strict) {
        remotes::refuse_unsigned(from, settings)?;
    }
    workspace.attach(from.as_deref(), to.as_deref())?;
    let asked = asked.as_ref();
    build_opened(Once { arguments, output, interrupt, began, asked }, workspace, watch, &mut emit)
}

/// What one build was asked for.
struct Once<'a> {
    arguments: &'a Arguments,
    output: &'a Output,
    interrupt: &'a Arc<AtomicBool>,
    /// A moment before the workspace was opened.
    began: Duration,
    asked: Option<&'a Asked>,
}

/// Builds an opened workspace; all that happens goes to `emit`.
fn build_opened(
    once: Once<'_>,
    mut workspace: Workspace,
    watch: Option<&mut Watch>,
    emit: &mut dyn FnMut(BuildEvent),
) -> Result<Exit, Stop> {
    let Once { arguments, output, interrupt, began, asked } = once;
    let mut plan = workspace.plan(&arguments.selection.targets)?;
    refuse_commands(arguments, &workspace, &plan)?;
    let watches = watch.is_some();
    if let Some(watch) = watch {
        watch.begin(Some(inputs::reads(&workspace.manifest, &plan)));
    }
    let inputs = workspace.inputs(&plan)?;
    forms::check(&workspace, &plan)?;
    if let Some(revision) = &arguments.affected_since {
        let affected = affected(&workspace, &plan, &inputs, revision)?;
        if affected.is_empty() {
            output.note(&format!("no step is affected since {revision}\n"));
            return Ok(Exit::Done);
        }
        plan = workspace.plan_of(&affected)?;
    }
    if arguments.locked || arguments.frozen {
        check_lock(&workspace, &plan, &inputs)?;
    }
    let rerun = rerun(arguments, &workspace, &plan)?;
    let exports = exports::chosen(&workspace, &plan, &arguments.export)?;
    let forecast = forecast_and_fetch(&outlook(&workspace, &plan, &inputs, &rerun))
        .map_err(|error| workspace.stop(vec![diagnose(&error)]))?;
    if arguments.locked || arguments.frozen {
        check_hits(&workspace, &plan, &forecast)?;
    }
    if arguments.frozen {
        refuse_runs(&workspace, &plan, &forecast)?;
    }
    let held_back = if watches { watch::held_back(&plan) } else { Vec::new() };
    let lacking =
        machine::check(&plan, forecast.running().filter(|step| !held_back.contains(step)));
    if !lacking.is_empty() {
        return Err(workspace.stop(lacking));
    }
    workspace.ingest(&plan, forecast.running(), &inputs)?;
    let expected = estimate::recorded(&workspace.store, &plan, &forecast);
    let options = Options {
        pools: pools(arguments.jobs, &workspace)?,
        keep_going: arguments.keep_going,
        gates_fail: workspace.manifest.gates_fail,
        rerun,
        held_back,
        interrupt: Arc::clone(interrupt),
    };
    let time = estimate::whole(&plan, &forecast, &expected, options.pools);
    emit(planned(&plan, &forecast, time));
    remotes::tell_fetched(&workspace.store, emit);
    let leased = leasing::lease(&workspace.store, &inputs, &forecast, began);
    let lease = leased.map_err(|error| workspace.store_stop(&error))?;
    if lease.is_some() {
        if arguments.strict {
            walls::demand(&workspace, !arguments.no_sandbox)?;
        }
        workspace.hold = None;
    }
    let lock = match arguments.locked || arguments.frozen || lease.is_some() {
        true => workspace.lock.whole()?,
        false => None,
    };
    let locked = lock.filter(|_| arguments.locked || arguments.frozen);
    let mut context = workspace.context(&inputs, expected, locked, lease.as_ref());
    context.keep_failed = arguments.keep_failed;
    context.sandbox = !arguments.no_sandbox;
    let why = |index: usize, action: &crate::model::Action| -> Vec<String> {
        let name = &plan.steps[index].name;
        let found = match &forecast.states[index] {
            _ if options.rerun.contains(&index) => vec![Reason::plain("asked")],
            State::Run { .. } => {
                reasons_of(&workspace, &plan, &inputs, &forecast, index).unwrap_or_default()
            }
            _ => {
                let last = lock.and_then(|lock| lock.steps.get(name));
                let (sources, store) = (&workspace.sources, &workspace.store);
                reasons::reasons(&plan, index, action, last, &inputs, sources, store)
            }
        };
        found.iter().map(Reason::text).collect()
    };
    if !watches {
        // Until something runs, an interrupt ends the process: it has nothing to wait for.
        signal::on_interrupt(interrupt);
    }
    let driven = drive::drive(&context, &plan, &forecast, &options, &why, emit)
        .map_err(|error| workspace.stop(vec![diagnose(&error)]))?;
    let asked_for = (arguments, exports.as_slice());
    let finished = finish(&workspace, &plan, &inputs, &forecast, &driven, asked_for, emit)
        .and_then(|refused| give(&workspace, &driven, emit).map(|()| refused));
    remotes::tell_fetched(&workspace.store, emit);
    let summary = driven.summary;
    emit(BuildEvent::Summary(summary));
    error::more(&workspace.kinds, &plan, &driven, output);
    let refused = finished?;
    let exit = exit(&workspace, &driven);
    if !refused.is_empty() {
        return refused_exports(&workspace, refused, exit, output);
    }
    if let Some(asked) = asked
        && summary.executed + summary.cached == summary.steps
    {
        let Workspace { manifest, plugins, workers, .. } = &workspace;
        let (results, inputs, forecast) = (&driven.results, &inputs, &forecast);
        let plan = &plan;
        let finished = Finished { manifest, plugins, workers, plan, inputs, forecast, results };
        asked.leave(&finished, &workspace.store);
    }
    drop(lease);
    if !watches {
        // The process ends here. To take a plan of ten thousand steps apart, piece by
        // piece, costs as much as to look them up.
        drop(exports);
        std::mem::forget((plan, inputs, forecast, driven));
        workspace.leave();
    }
    Ok(exit)
}

/// The end of a build that could not write an export: a part of it was not done.
fn refused_exports(
    workspace: &Workspace,
    refused: Vec<Diagnostic>,
    exit: Exit,
    output: &Output,
) -> Result<Exit, Stop> {
    match exit {
        Exit::Done | Exit::Gate => Err(workspace.stop(refused)),
        exit => {
            output.diagnostics(&refused, &workspace.sources);
            Ok(exit)
        }
    }
}

impl Arguments {
    /// Whether nothing alters, forces or restricts the build.
    fn is_plain(&self) -> bool {
        let Self {
            selection,
            from: _,
            to,
            jobs: _,
            keep_going: _,
            keep_failed: _,
            no_sandbox: _,
            rerun,
            affected_since,
            watch,
            locked,
            frozen,
            strict,
            no_commands,
            export,
        } = self;
        let flags = [*watch, *locked, *frozen, *strict, *no_commands];
        let altered = !selection.set.is_empty() || selection.profile.is_some();
        // What the memo relies on is here; what the remote has, it does not know.
        let gives = to.is_named();
        let named = [rerun, export].iter().any(|list| !list.is_empty());
        !altered && !gives && !named && affected_since.is_none() && flags == [false; 5]
    }
}

/// Writes what outlives the build: durable records, output links, exports, lock. Gives what
/// is wrong with the exports that were refused.
fn finish(
    workspace: &Workspace,
    plan: &Plan,
    inputs: &Inputs,
    forecast: &Forecast,
    driven: &Driven,
    (arguments, exports): (&Arguments, &[&Export]),
    emit: &mut dyn FnMut(BuildEvent),
) -> Result<Vec<Diagnostic>, Stop> {
    let store_error = |error: StoreError| workspace.store_stop(&error);
    let _hold = workspace.store.hold().map_err(store_error)?;
    workspace.store.flush().map_err(store_error)?;
    let (results, store): (Vec<_>, _) = (driven.results.iter().collect(), &workspace.store);
    // What `--set` or a profile made is not the latest of what the manifest says.
    let results = if workspace.altered { Vec::new() } else { results };
    results
        .into_par_iter()
        .try_for_each(|(index, known)| {
            let is_hit = matches!(forecast.states[index], State::Hit(_));
            link_outputs(store, &plan.steps[index].name, known, is_hit)
        })
        .map_err(|error| workspace.store_stop(&error))?;
    let refused = exports::write(workspace, plan, exports, driven, emit);
    workspace.store.save_index().map_err(store_error)?;
    if workspace.altered {
        exports::elsewhere(&arguments.selection, plan, exports).into_iter().for_each(&mut *emit);
    }
    let ended = Ended { workspace, plan, inputs, forecast, driven };
    match workspace.altered || arguments.locked || arguments.frozen {
        true => ended.register(workspace.lock.whole().ok().flatten()),
        false => ended.register(Some(&ended.write_lock(emit)?)),
    }?;
    Ok(refused)
}

/// Gives every result of the build to the remote, where there is one to give to.
fn give(
    workspace: &Workspace,
    driven: &Driven,
    emit: &mut dyn FnMut(BuildEvent),
) -> Result<(), Stop> {
    let mut given = remotes::Given::default();
    // Who interrupts a build does not wait for a network.
    if workspace.store.gives() && !driven.interrupted {
        for (_, known) in driven.results.iter() {
            let gift = workspace.store.give(&known.result);
            given.add(gift.map_err(|error| workspace.store_stop(&error))?);
        }
    }
    if given.blobs > 0 {
        emit(BuildEvent::Note { step: None, message: given.line() });
    }
    Ok(())
}

/// Points each output's link at its view, where the store still has it; the links of
/// outputs that the step had once go. The view of what was made again is looked over: it
/// may be why.
fn link_outputs(store: &Store, step: &str, known: &Known, is_hit: bool) -> Result<(), StoreError> {
    store.unlink_others(step, &known.result.outputs)?;
    for (port, artifact) in &known.result.outputs {
        if !(is_hit && store.is_shown(step, port, artifact.content)?)
            && store.complete(&known.result, &[port])?
        {
            store.link_output(step, port, artifact.content)?;
        }
    }
    Ok(())
}

/// What this machine gives to the steps of a build.
pub(super) fn pools(jobs: Option<u32>, workspace: &Workspace) -> Result<Pool, Stop> {
    let cpu = match jobs {
        Some(jobs) => jobs,
        None => workspace.settings.jobs()?.value,
    };
    Ok(Pool { cpu, memory: env::memory().unwrap_or(u64::MAX), gpu: env::gpus() })
}

fn rerun(arguments: &Arguments, workspace: &Workspace, plan: &Plan) -> Result<Vec<usize>, Stop> {
    let mut found = Vec::new();
    for name in &arguments.rerun {
        let name = workspace.manifest.full_name(name);
        let matching = (0..plan.steps.len())
            .filter(|&i| plan.steps[i].name == name || plan.steps[i].base == name);
        let before = found.len();
        found.extend(matching);
        if found.len() == before {
            return Err(workspace.stop(vec![
                Diagnostic::error("E1012", format!("there is no step `{name}` in this build"))
                    .help("`ingot plan` lists its steps"),
            ]));
        }
    }
    Ok(found)
}

fn refuse_commands(arguments: &Arguments, workspace: &Workspace, plan: &Plan) -> Result<(), Stop> {
    let mut mistakes = Vec::new();
    for step in plan.steps.iter().filter(|step| step.command.is_some()) {
        if arguments.no_commands {
            mistakes.push(
                Diagnostic::error("E1004", format!("`{}` is a command", step.name))
                    .label(step.span, "")
                    .help("read it, then build without --no-commands"),
            );
        }
        let program = step.command.as_ref().and_then(|command| command.run.first());
        let declared = program.is_some_and(|program| {
            let tools = tool::named(&workspace.manifest.tools, &step.home.folder, &program.value);
            match tools.as_slice() {
                [] => program.value.contains('/'),
                tools => tools.iter().any(|(_, tool)| !tool.identity.is_empty()),
            }
        });
        if arguments.strict && !declared {
            let name = program.map_or("", |program| &program.value);
            mistakes.push(
                Diagnostic::error("E1005", format!("`{name}` has a weak identity"))
                    .label(program.map_or(step.span, |program| program.span), "")
                    .help(format!(
                        "declare [tools.{name}] program = \"{name}\", identity = [\"a lock file of it\"]"
                    )),
            );
        }
    }
    if mistakes.is_empty() { Ok(()) } else { Err(workspace.stop(mistakes)) }
}

/// The steps whose keys are not as in the lock of a revision, and what depends on them.
fn affected(
    workspace: &Workspace,
    plan: &Plan,
    inputs: &Inputs,
    revision: &str,
) -> Result<Vec<String>, Stop> {
    let lock = locks::gather(&workspace.place, |folder| revision::find(folder, revision))?;
    let mismatches = locked::check(plan, inputs, &workspace.store, &lock, &workspace.sources)
        .map_err(|error| workspace.stop(vec![diagnose(&error)]))?;
    let indices = plan.indices();
    let steps: Vec<usize> = mismatches
        .iter()
        .filter_map(|mismatch| indices.get(mismatch.step.as_str()).copied())
        .collect();
    let affected = plan.with_dependents(&steps);
    Ok(affected.into_iter().map(|index| plan.steps[index].name.clone()).collect())
}

fn check_lock(workspace: &Workspace, plan: &Plan, inputs: &Inputs) -> Result<(), Stop> {
    let Some(lock) = workspace.lock.whole()? else {
        return Err(workspace.stop(vec![
            Diagnostic::error("E0901", format!("there is no {LOCK}"))
                .help("`ingot build` writes it; commit it"),
        ]));
    };
    let mismatches = locked::check(plan, inputs, &workspace.store, lock, &workspace.sources)
        .map_err(|error| workspace.stop(vec![diagnose(&error)]))?;
    let changed = plugins::changed(&workspace.manifest, &workspace.plugins, lock);
    let misjudged = match mismatches.is_empty() {
        true => locked::misjudged(plan, lock),
        false => Vec::new(),
    };
    if mismatches.is_empty() && changed.is_empty() && misjudged.is_empty() {
        return Ok(());
    }
    let keys = mismatches.iter().map(|mismatch| ("E0902", mismatch));
    let mistakes = keys
        .chain(misjudged.iter().map(|mismatch| ("E0907", mismatch)))
        .map(|(code, mismatch)| {
            let mut mistake =
                Diagnostic::error(code, format!("`{}` is not as {LOCK} has it", mismatch.step));
            for reason in &mismatch.reasons {
                let at = reason.at.as_ref().map(|at| format!(" ({at})")).unwrap_or_default();
                mistake.causes.push(reason.text() + &at);
            }
            mistake.help(format!("`ingot build` updates {LOCK}; or undo the change to {MANIFEST}"))
        })
        .collect::<Vec<_>>();
    let mistakes = changed.into_iter().chain(mistakes).collect();
    Err(Stop { diagnostics: mistakes, sources: workspace.sources.clone() })
}

/// Results that a store has must be those of the lock, as those that are made anew.
fn check_hits(workspace: &Workspace, plan: &Plan, forecast: &Forecast) -> Result<(), Stop> {
    let Some(lock) = workspace.lock.whole()? else { return Ok(()) };
    let mut mistakes = Vec::new();
    for (step, state) in plan.steps.iter().zip(&forecast.states) {
        let State::Hit(known) = state else { continue };
        if let Some(first) = locked::differences(lock, step, known).into_iter().next() {
            let message = format!("`{}` is not as {LOCK} has it", step.name);
            let mut mistake = Diagnostic::error(first.code(), message);
            mistake.causes.push(locked::said(&first));
            mistakes.push(
                mistake.help(EngineError::Differs(Box::new(first)).help().unwrap_or_default()),
            );
        }
    }
    if mistakes.is_empty() { Ok(()) } else { Err(workspace.stop(mistakes)) }
}

fn refuse_runs(workspace: &Workspace, plan: &Plan, forecast: &Forecast) -> Result<(), Stop> {
    let runs: Vec<&str> = forecast
        .states
        .iter()
        .zip(&plan.steps)
        .filter(|(state, _)| matches!(state, State::Run { .. } | State::Depends { .. }))
        .map(|(_, step)| step.name.as_str())
        .collect();
    if runs.is_empty() {
        return Ok(());
    }
    let mut said = vec![
        Diagnostic::error(
            "E0903",
            format!("--frozen runs nothing, but {} would run", runs.join(", ")),
        )
        .help("build with --locked, or take the results from where they are: --cache-from DIR"),
    ];
    said.extend(remotes::troubles(&workspace.store));
    Err(workspace.stop(said))
}

fn planned(plan: &Plan, forecast: &Forecast, time: Option<Duration>) -> BuildEvent {
    let count =
        |matches: fn(&State) -> bool| forecast.states.iter().filter(|s| matches(s)).count() as u64;
    BuildEvent::Planned {
        steps: plan.steps.len() as u64,
        hits: count(|state| matches!(state, State::Hit(_))),
        runs: count(|state| matches!(state, State::Run { .. })),
        depends: count(|state| matches!(state, State::Depends { .. })),
        expected_seconds: time.map(|time| time.as_secs_f64()),
    }
}

fn exit(workspace: &Workspace, driven: &Driven) -> Exit {
    if driven.interrupted {
        return Exit::Interrupted;
    }
    // What a step did wrong is its own, whatever the code says of a command that has it; but
    // not what this machine lacks, or what the lock has otherwise.
    let failed = driven.failures.iter().map(|(_, code)| match codes::find(code) {
        Some(known) if [Exit::Environment, Exit::Locked].contains(&known.exit) => known.exit,
        _ => Exit::StepFailed,
    });
    if let Some(exit) = Exit::first(failed) {
        return exit;
    }
    let broken = driven.results.iter().any(|(_, known)| known.verdict != Verdict::Pass);
    if broken && workspace.manifest.gates_fail { Exit::Gate } else { Exit::Done }
}

/// An engine's error as a diagnostic.
pub(super) fn diagnose(error: &EngineError) -> Diagnostic {
    let diagnostic = Diagnostic::error(error.code(), error.to_string());
    match error {
        EngineError::NoSuchSplit(missing) => diagnostic.label(missing.span, "").help(missing.fix()),
        EngineError::Store(refused @ (StoreError::Path(_) | StoreError::Moved { .. })) => {
            diagnostic.caused_by(refused).help(refused.help())
        }
        _ => diagnostic
            .caused_by(error)
            .help("build again; if it stays, start from an empty store with `ingot clean --all`"),
    }
}
