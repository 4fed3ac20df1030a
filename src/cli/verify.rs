//! `ingot verify [STEP..]`: runs steps again and compares what they give with what is
//! recorded. Nothing is recorded but the verdict.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use clap::Args;
use ingot_protocol::Determinism;
use serde::Serialize;

use super::output::Output;
use super::{Global, Selection};
use crate::diag::{Diagnostic, Exit};
use crate::engine::event::FailureSummary;
use crate::engine::execute::StepContext;
use crate::engine::forecast::State;
use crate::engine::inputs::Inputs;
use crate::engine::job::Job;
use crate::engine::known::Known;
use crate::engine::resolve::{Cuts, resolve};
use crate::engine::verify::{OtherOutput, Rebuilt, verify};
use crate::engine::{Context, Results};
use crate::plan::Plan;
use crate::report::summary::time;
use crate::store::verified::Verification;
use crate::sys::{clock, signal};
use crate::workspace::analysis::foresee;
use crate::workspace::{Stop, Workspace};

/// Arguments of `ingot verify`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Steps or target groups; none means every step of the manifest's default
    steps: Vec<String>,
    /// Only this part of them, those first that were verified longest ago
    #[arg(long, value_name = "P", value_parser = share)]
    sample: Option<f64>,
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "it is no number".to_owned())?;
    let good = share > 0.0 && share <= 1.0;
    if good { Ok(share) } else { Err("it is above 0 and at most 1".to_owned()) }
}

/// One step's line.
#[derive(Debug, Serialize)]
struct Line<'a> {
    event: &'static str,
    step: &'a str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<String>,
    seconds: f64,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let workspace = Selection::default().open(global)?;
    let plan = workspace.plan(&arguments.steps)?;
    let inputs = workspace.inputs(&plan)?;
    let known = known(&workspace, &plan, &inputs, arguments)?;
    let context = workspace.context(&inputs, BTreeMap::new(), None, None);
    let interrupt = Arc::new(AtomicBool::new(false));
    signal::on_interrupt(&interrupt);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let chosen = chosen(&workspace, &plan, &known, arguments)?;
    workspace.ingest(&plan, chosen.iter().map(|(index, _)| *index), &inputs)?;
    for (index, found) in chosen {
        if interrupt.load(Ordering::SeqCst) {
            return Ok(Exit::Interrupted);
        }
        let begun = Instant::now();
        let step = &plan.steps[index];
        let (verdict, first) = match step.determinism() {
            Determinism::None => ("skipped", Some("its kind promises no bytes".to_owned())),
            Determinism::Bitwise | Determinism::Platform => {
                let results = &known.results;
                match rebuild(&context, &plan, index, results, found, &interrupt) {
                    Err(_) if interrupt.load(Ordering::SeqCst) => return Ok(Exit::Interrupted),
                    Err(failure) => ("failed", Some(failure.message)),
                    Ok(Rebuilt::Same) => ("same", None),
                    Ok(Rebuilt::Told { what }) => ("differs", Some(format!("`{what}` differs"))),
                    Ok(Rebuilt::Output(other)) => ("differs", Some(describe(&workspace, &other))),
                }
            }
        };
        if matches!(verdict, "same" | "differs") {
            let differs = first.clone();
            let found_now = Verification { version: 1, at: clock::now().as_secs(), differs };
            let noted = workspace.store.verified(found.result.key, &found_now);
            noted.map_err(|error| workspace.store_stop(&error))?;
        }
        *counts.entry(verdict).or_default() += 1;
        let seconds = begun.elapsed().as_secs_f64();
        let line = Line { event: "verified", step: &step.name, verdict, first, seconds };
        output.data(&if output.json { json(&line) } else { text(&line) });
    }
    let count = |verdict: &str| counts.get(verdict).copied().unwrap_or_default();
    output.note(&format!(
        "{} the same, {} differ, {} failed, {} skipped\n",
        count("same"),
        count("differs"),
        count("failed"),
        count("skipped")
    ));
    Ok(match (count("differs"), count("failed")) {
        (0, 0) => Exit::Done,
        (0, _) => Exit::StepFailed,
        _ => Exit::Locked,
    })
}

fn json(line: &Line<'_>) -> String {
    serde_json::to_string(line).unwrap_or_default() + "\n"
}

fn text(line: &Line<'_>) -> String {
    let more = line.first.as_ref().map(|first| format!(": {first}")).unwrap_or_default();
    format!("{:<8} {} in {}{more}\n", line.verdict, line.step, time(line.seconds))
}

/// The results of the plan, which must all be there: what a step reads is not built here.
struct Built {
    steps: Vec<usize>,
    results: Results,
}

fn known(
    workspace: &Workspace,
    plan: &Plan,
    inputs: &Inputs,
    arguments: &Arguments,
) -> Result<Built, Stop> {
    let forecast = foresee(workspace, plan, inputs, &[])?;
    let mut results = Results::new(plan.steps.len());
    for (index, state) in forecast.states.iter().enumerate() {
        if let State::Hit(known) = state {
            results.set(index, Arc::clone(known));
        }
    }
    let all: Vec<usize> = (0..plan.steps.len()).collect();
    let steps = if arguments.steps.is_empty() { all } else { plan.targets.clone() };
    let missing: Vec<&str> = steps
        .iter()
        .filter(|&&index| results.get(index).is_none())
        .map(|&index| plan.steps[index].name.as_str())
        .collect();
    if missing.is_empty() {
        return Ok(Built { steps, results });
    }
    let message = format!("{} has no result for this manifest", missing.join(", "));
    let mistake = Diagnostic::error("E1006", message);
    Err(workspace.stop(vec![mistake.help("`ingot build` makes what is missing")]))
}

/// The steps to verify, with their results. Of a sample, those that were verified
/// longest ago or never come first; ties go by key, so that no name is favoured.
fn chosen<'a>(
    workspace: &Workspace,
    plan: &Plan,
    built: &'a Built,
    arguments: &Arguments,
) -> Result<Vec<(usize, &'a Known)>, Stop> {
    let mut chosen = Vec::new();
    for &index in &built.steps {
        let Some(known) = built.results.get(index) else { continue };
        let past = workspace.store.verifications(known.result.key);
        let past = past.map_err(|error| workspace.store_stop(&error))?;
        chosen.push((past.last().map(|last| last.at), known.result.key, index, known));
    }
    if let Some(sample) = arguments.sample {
        let promised = |index: usize| plan.steps[index].determinism() != Determinism::None;
        chosen.retain(|(_, _, index, _)| promised(*index));
        chosen.sort_by_key(|(at, key, ..)| (*at, *key));
        chosen.truncate((sample * chosen.len() as f64).ceil() as usize);
        chosen.sort_by_key(|(.., index, _)| *index);
    }
    Ok(chosen.into_iter().map(|(_, _, index, known)| (index, known)).collect())
}

fn rebuild(
    context: &Context<'_>,
    plan: &Plan,
    index: usize,
    results: &Results,
    known: &Known,
    cancel: &AtomicBool,
) -> Result<Rebuilt, Box<FailureSummary>> {
    let cuts = Cuts::of(context.store);
    let resolved = resolve(plan, index, context.inputs, results, cuts);
    let action = resolved.map_err(|error| error.failure())?.action;
    let job = Job::of(&plan.steps[index], action, context.tools);
    let run = StepContext {
        context,
        step: &plan.steps[index],
        job: &job,
        key: known.result.key,
        needed: &[],
        forced: true,
        cancel,
    };
    verify(&run, &known.result, &mut |_| {})
}

/// The first difference: the file, and what the worker says of it.
fn describe(workspace: &Workspace, other: &OtherOutput) -> String {
    let file = other.files.first().map(|file| file.path.as_str()).unwrap_or_default();
    let place = if file.is_empty() { String::new() } else { format!("/{file}") };
    let meaning = workspace.kinds.inspector(&other.artifact_type).and_then(|program| {
        let old = workspace.store.view(other.old).ok()?;
        let new = workspace.store.view(other.new).ok()?;
        let difference = workspace
            .inspecting(program, |worker| worker.diff(&other.artifact_type, &old, &new))
            .ok()?;
        difference.first.filter(|_| !difference.same)
    });
    let shorts = format!("{} -> {}", other.old.short(), other.new.short());
    format!("output `{}`{place}: {}", other.port, meaning.unwrap_or(shorts))
}
