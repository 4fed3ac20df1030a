//! `ingot build`: does what `plan` says, writes the lock, copies the exports.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use clap::Args;

use super::exit::{Exit, Stop};
use super::memo::Asked;
use super::output::Output;
use super::plan::{outlook, reasons_of};
use super::workspace::{LOCK, MANIFEST, Workspace};
use super::{Global, Selection, remotes, revision};
use crate::diag::Diagnostic;
use crate::engine::drive::{self, Driven, Options};
use crate::engine::event::BuildEvent;
use crate::engine::forecast::{Forecast, State, forecast_and_fetch};
use crate::engine::inputs::Inputs;
use crate::engine::memo::Finished;
use crate::engine::reasons::{self, Reason};
use crate::engine::scheduler::Pool;
use crate::engine::{EngineError, leasing, locked, record};
use crate::lockfile::Lock;
use crate::model::result::Verdict;
use crate::plan::Plan;
use crate::report::Report;
use crate::sys::{clock, env, fs, signal};

/// Arguments of `ingot build`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    from: remotes::From,
    #[command(flatten)]
    to: remotes::To,
    /// Cores to use
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    jobs: Option<u32>,
    /// Go on with other steps after a failure
    #[arg(short, long)]
    keep_going: bool,
    /// Run this step whatever the store holds
    #[arg(long, value_name = "STEP")]
    rerun: Vec<String>,
    /// Build only what differs from the lock of a git revision, and what depends on it
    #[arg(long, value_name = "REV")]
    affected_since: Option<String>,
    /// Fail unless the lock agrees with what is built
    #[arg(long)]
    locked: bool,
    /// Like --locked, and run nothing
    #[arg(long)]
    frozen: bool,
    /// Refuse commands whose tools have no declared identity
    #[arg(long)]
    strict: bool,
    /// Refuse to run commands at all
    #[arg(long)]
    no_commands: bool,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let asked = match output.json || !arguments.is_plain() {
        true => None,
        false => Asked::new(global, &arguments.selection.targets),
    };
    if let Some(asked) = &asked
        && let Some(exit) = asked.replay(output)?
    {
        return Ok(exit);
    }
    let began = clock::now();
    let mut workspace = Workspace::open(global, &arguments.selection)?;
    workspace.attach(arguments.from.folder().as_deref(), arguments.to.folder().as_deref())?;
    let mut plan = workspace.plan(&arguments.selection.targets)?;
    refuse_commands(arguments, &workspace, &plan)?;
    let inputs = workspace.inputs(&plan)?;
    if let Some(revision) = &arguments.affected_since {
        let affected = affected(&workspace, &plan, &inputs, revision)?;
        if affected.is_empty() {
            output.note(&format!("no step is affected since {revision}\n"));
            return Ok(Exit::Done);
        }
        plan = workspace.plan(&affected)?;
    }
    if arguments.locked || arguments.frozen {
        check_lock(&workspace, &plan, &inputs)?;
    }
    let rerun = rerun(arguments, &workspace, &plan)?;
    let forecast = forecast_and_fetch(&outlook(&workspace, &plan, &inputs, &rerun))
        .map_err(|error| workspace.stop(vec![diagnose(&error)]))?;
    if arguments.frozen {
        refuse_runs(&workspace, &plan, &forecast)?;
    }
    workspace.ingest(&plan, forecast.running(), &inputs)?;
    let expected = expected(&workspace, &plan, &forecast);
    let mut report = Report::stderr(output.json, output.terminal, output.colour, output.width);
    report.event(&planned(&plan, &forecast, &expected));
    remotes::tell_fetched(&workspace.store, &mut |event| report.event(&event));
    let leased = leasing::lease(&workspace.store, &inputs, &forecast, began);
    let lease = leased.map_err(|error| workspace.store_stop(&error))?;
    if lease.is_some() {
        workspace.hold = None;
    }
    let locked = workspace.lock.as_ref().filter(|_| arguments.locked || arguments.frozen);
    let context = workspace.context(&inputs, expected, locked, lease.as_ref())?;
    let options = options(arguments, &workspace, rerun);
    let why = |index: usize, action: &crate::model::Action| -> Vec<String> {
        let name = &plan.steps[index].name;
        let found = match &forecast.states[index] {
            State::Run { .. } => reasons_of(&workspace, &plan, &inputs, &forecast, index),
            _ => {
                let last = workspace.lock.as_ref().and_then(|lock| lock.steps.get(name));
                let (sources, store) = (&workspace.sources, &workspace.store);
                reasons::reasons(&plan, index, action, last, &inputs, sources, store)
            }
        };
        found.iter().map(Reason::text).collect()
    };
    let mut emit = |event: BuildEvent| report.event(&event);
    let driven = drive::drive(&context, &plan, &forecast, &options, &why, &mut emit)
        .map_err(|error| workspace.stop(vec![diagnose(&error)]))?;
    let finished = finish(&workspace, &plan, &inputs, &driven, arguments, &mut emit)
        .and_then(|()| give(&workspace, &driven, &mut emit));
    remotes::tell_fetched(&workspace.store, &mut emit);
    let summary = driven.summary;
    emit(BuildEvent::Summary(summary));
    finished?;
    if let Some(asked) = &asked
        && summary.executed + summary.cached == summary.steps
    {
        let (manifest, results) = (&workspace.manifest, &driven.results);
        let finished =
            Finished { manifest, plan: &plan, inputs: &inputs, forecast: &forecast, results };
        asked.leave(&finished, &workspace.store);
    }
    Ok(exit(&workspace, &driven))
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
            rerun,
            affected_since,
            locked,
            frozen,
            strict,
            no_commands,
        } = self;
        let flags = [*locked, *frozen, *strict, *no_commands];
        let altered = !selection.set.is_empty() || selection.profile.is_some();
        // What the memo relies on is here; what the remote has, it does not know.
        let gives = to.folder().is_some();
        !altered && !gives && rerun.is_empty() && affected_since.is_none() && flags == [false; 4]
    }
}

/// Writes what outlives the build: durable records, output links, exports, lock.
fn finish(
    workspace: &Workspace,
    plan: &Plan,
    inputs: &Inputs,
    driven: &Driven,
    arguments: &Arguments,
    emit: &mut dyn FnMut(BuildEvent),
) -> Result<(), Stop> {
    let store_error = |error: crate::store::StoreError| workspace.store_stop(&error);
    let _hold = workspace.store.hold().map_err(store_error)?;
    workspace.store.register(&workspace.root).map_err(store_error)?;
    workspace.store.flush().map_err(store_error)?;
    for (index, known) in driven.results.iter() {
        for (port, artifact) in &known.result.outputs {
            let step = &plan.steps[index].name;
            if workspace.store.complete(&known.result, &[port]).map_err(store_error)? {
                workspace.store.link_output(step, port, artifact.content).map_err(store_error)?;
            }
        }
    }
    for export in &plan.exports {
        let Some(known) = driven.results.get(export.step) else { continue };
        let Some(artifact) = known.result.outputs.get(&export.port) else { continue };
        let destination = workspace.root.join(&export.path);
        let changed =
            workspace.store.copy_out(artifact.content, &destination).map_err(store_error)?;
        emit(BuildEvent::Exported { path: export.path.clone(), changed });
    }
    workspace.store.save_index().map_err(store_error)?;
    if !workspace.altered && !arguments.locked && !arguments.frozen {
        write_lock(workspace, plan, inputs, driven)?;
    }
    Ok(())
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

fn write_lock(
    workspace: &Workspace,
    plan: &Plan,
    inputs: &Inputs,
    driven: &Driven,
) -> Result<(), Stop> {
    let old = workspace.lock.clone().unwrap_or_default();
    let declared = workspace
        .plan(&all_steps(workspace))
        .map(|plan| plan.steps.iter().map(|step| step.name.clone()).collect::<Vec<_>>())?;
    let (results, store) = (&driven.results, &workspace.store);
    let lock: Lock = record::update(old, &declared, plan, inputs, results, store)
        .map_err(|error| workspace.stop(vec![diagnose(&error)]))?;
    let text = lock.render();
    let path = workspace.root.join(LOCK);
    let unchanged =
        fs::read_optional(&path).ok().flatten().is_some_and(|found| found == text.as_bytes());
    if unchanged {
        return Ok(());
    }
    fs::write_atomically(&path, text.as_bytes(), 0o644).map_err(|error| {
        Stop::of(
            Diagnostic::error("E0503", error.to_string())
                .caused_by(&error)
                .help("make the workspace writable, or build with --locked"),
        )
    })
}

/// Every declared step, by its base name.
fn all_steps(workspace: &Workspace) -> Vec<String> {
    workspace.manifest.points.keys().cloned().collect()
}

fn options(arguments: &Arguments, workspace: &Workspace, rerun: Vec<usize>) -> Options {
    let interrupt = Arc::new(AtomicBool::new(false));
    signal::on_interrupt(&interrupt);
    Options {
        pools: Pool {
            cpu: arguments.jobs.unwrap_or_else(env::processors),
            memory: env::memory().unwrap_or(u64::MAX),
            gpu: env::gpus(),
        },
        keep_going: arguments.keep_going,
        gates_fail: workspace.manifest.gates_fail,
        rerun,
        interrupt,
    }
}

fn rerun(arguments: &Arguments, workspace: &Workspace, plan: &Plan) -> Result<Vec<usize>, Stop> {
    let mut found = Vec::new();
    for name in &arguments.rerun {
        let matching = (0..plan.steps.len())
            .filter(|&i| plan.steps[i].name == *name || plan.steps[i].base == *name);
        let before = found.len();
        found.extend(matching);
        if found.len() == before {
            return Err(workspace.stop(vec![
                Diagnostic::error("E0313", format!("there is no step `{name}` in this build"))
                    .help("`ingot plan` lists the steps"),
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
        let declared =
            program.is_some_and(|program| {
                program.value.contains('/')
                    || workspace.manifest.tools.values().any(|tool| {
                        tool.program.value == program.value && !tool.identity.is_empty()
                    })
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
    let lock = revision::find(&workspace.root, revision)?;
    let mismatches = locked::check(plan, inputs, &workspace.store, &lock, &workspace.sources)
        .map_err(|error| workspace.stop(vec![diagnose(&error)]))?;
    let steps: Vec<usize> =
        mismatches.iter().filter_map(|mismatch| plan.find(&mismatch.step)).collect();
    let affected = plan.with_dependents(&steps);
    Ok(affected.into_iter().map(|index| plan.steps[index].name.clone()).collect())
}

fn check_lock(workspace: &Workspace, plan: &Plan, inputs: &Inputs) -> Result<(), Stop> {
    let Some(lock) = &workspace.lock else {
        return Err(workspace.stop(vec![
            Diagnostic::error("E0901", format!("there is no {LOCK}"))
                .help("`ingot build` writes it; commit it"),
        ]));
    };
    let mismatches = locked::check(plan, inputs, &workspace.store, lock, &workspace.sources)
        .map_err(|error| workspace.stop(vec![diagnose(&error)]))?;
    if mismatches.is_empty() {
        return Ok(());
    }
    let mistakes = mismatches
        .iter()
        .map(|mismatch| {
            let mut mistake =
                Diagnostic::error("E0902", format!("`{}` is not as {LOCK} has it", mismatch.step));
            for reason in &mismatch.reasons {
                let at = reason.at.as_ref().map(|at| format!(" ({at})")).unwrap_or_default();
                mistake.causes.push(reason.text() + &at);
            }
            mistake.help(format!("`ingot build` updates {LOCK}; or undo the change to {MANIFEST}"))
        })
        .collect();
    Err(Stop { diagnostics: mistakes, sources: workspace.sources.clone() })
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

/// The recorded time of every step that may run.
fn expected(workspace: &Workspace, plan: &Plan, forecast: &Forecast) -> BTreeMap<String, Duration> {
    let mut expected = BTreeMap::new();
    for (step, state) in plan.steps.iter().zip(&forecast.states) {
        if matches!(state, State::Run { .. } | State::Depends { .. })
            && let Ok(Some(last)) = workspace.store.last_observation(&step.name)
            && let Ok(duration) = Duration::try_from_secs_f64(last.seconds)
        {
            expected.insert(step.name.clone(), duration);
        }
    }
    expected
}

fn planned(plan: &Plan, forecast: &Forecast, expected: &BTreeMap<String, Duration>) -> BuildEvent {
    let count =
        |matches: fn(&State) -> bool| forecast.states.iter().filter(|s| matches(s)).count() as u64;
    let seconds: f64 = expected.values().map(Duration::as_secs_f64).sum();
    BuildEvent::Planned {
        steps: plan.steps.len() as u64,
        hits: count(|state| matches!(state, State::Hit(_))),
        runs: count(|state| matches!(state, State::Run { .. })),
        depends: count(|state| matches!(state, State::Depends { .. })),
        expected_seconds: (!expected.is_empty()).then_some(seconds),
    }
}

fn exit(workspace: &Workspace, driven: &Driven) -> Exit {
    if driven.interrupted {
        return Exit::Interrupted;
    }
    let has = |prefix: &str| driven.failures.iter().any(|code| code.starts_with(prefix));
    if has("E06") {
        return Exit::Environment;
    }
    if has("E09") {
        return Exit::Locked;
    }
    if driven.summary.failed > 0 {
        return Exit::StepFailed;
    }
    let broken = driven.results.iter().any(|(_, known)| known.verdict != Verdict::Pass);
    if broken && workspace.manifest.gates_fail { Exit::Gate } else { Exit::Done }
}

/// An engine's error as a diagnostic.
pub(super) fn diagnose(error: &EngineError) -> Diagnostic {
    let diagnostic = Diagnostic::error(error.code(), error.to_string());
    match error {
        EngineError::NoSuchSplit(missing) => diagnostic.label(missing.span, "").help(missing.fix()),
        _ => diagnostic
            .caused_by(error)
            .help("build again; if it stays, start from an empty store with `ingot clean --all`"),
    }
}
