//! What is asked of a build before anything runs: of its commands, of the lock, of what the
//! user named.

use super::BuildRequest;
use crate::diag::Diagnostic;
use crate::engine::forecast::{Forecast, State};
use crate::engine::inputs::Inputs;
use crate::engine::{EngineError, locked};
use crate::manifest::tool;
use crate::plan::Plan;
use crate::workspace::{LOCK, MANIFEST, Stop, Workspace, locks, plugins, remotes, revision};

/// The indices of the steps that these names mean.
pub(super) fn rerun(
    names: &[String],
    workspace: &Workspace,
    plan: &Plan,
) -> Result<Vec<usize>, Stop> {
    let mut found = Vec::new();
    for name in names {
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

/// Refuses commands, or those that nobody can vouch for.
pub(super) fn refuse_commands(
    request: &BuildRequest<'_>,
    workspace: &Workspace,
    plan: &Plan,
) -> Result<(), Stop> {
    let mut mistakes = Vec::new();
    for step in plan.steps.iter().filter(|step| step.command.is_some()) {
        if request.no_commands {
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
        if request.strict && !declared {
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

/// Refuses waivers whose last day is over, where a failed verdict counts.
pub(super) fn refuse_expired(workspace: &Workspace, plan: &Plan) -> Result<(), Stop> {
    if !workspace.manifest.gates_fail {
        return Ok(());
    }
    let waivers = plan.steps.iter().flat_map(|step| step.waivers.iter().map(move |it| (step, it)));
    let mistakes: Vec<Diagnostic> = waivers
        .filter(|(_, waiver)| waiver.expired)
        .map(|(step, waiver)| {
            let written = &waiver.written;
            let message = format!("the waiver of `{}` for {} ran out", step.name, written.about());
            Diagnostic::error("E0817", message)
                .label(written.until.span, format!("{} answered for it until then", written.owner))
                .help("mend what was found and take the waiver away; or agree with its owner on a later `until`")
        })
        .collect();
    if mistakes.is_empty() { Ok(()) } else { Err(workspace.stop(mistakes)) }
}

/// The steps whose keys are not as in the lock of a revision, and what depends on them.
pub(super) fn affected(
    workspace: &Workspace,
    plan: &Plan,
    inputs: &Inputs,
    revision: &str,
) -> Result<Vec<String>, Stop> {
    let lock = locks::gather(&workspace.place, |folder| revision::find(folder, revision))?;
    let mismatches = locked::check(plan, inputs, &workspace.store, &lock, &workspace.sources)
        .map_err(|error| workspace.engine_stop(&error))?;
    let indices = plan.indices();
    let steps: Vec<usize> = mismatches
        .iter()
        .filter_map(|mismatch| indices.get(mismatch.step.as_str()).copied())
        .collect();
    let affected = plan.with_dependents(&steps);
    Ok(affected.into_iter().map(|index| plan.steps[index].name.clone()).collect())
}

/// The keys of the plan must be those of the lock.
pub(super) fn check_lock(workspace: &Workspace, plan: &Plan, inputs: &Inputs) -> Result<(), Stop> {
    let Some(lock) = workspace.lock.whole()? else {
        return Err(workspace.stop(vec![
            Diagnostic::error("E0901", format!("there is no {LOCK}"))
                .help("`ingot build` writes it; commit it"),
        ]));
    };
    let mismatches = locked::check(plan, inputs, &workspace.store, lock, &workspace.sources)
        .map_err(|error| workspace.engine_stop(&error))?;
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
pub(super) fn check_hits(
    workspace: &Workspace,
    plan: &Plan,
    forecast: &Forecast,
) -> Result<(), Stop> {
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

/// Nothing may run.
pub(super) fn refuse_runs(
    workspace: &Workspace,
    plan: &Plan,
    forecast: &Forecast,
) -> Result<(), Stop> {
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
