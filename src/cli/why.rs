//! `ingot why STEP`: why a step runs, or why it does not.

mod definitions;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use clap::Args;

use super::output::Output;
use super::plan::rows::in_groups;
use super::plan::word;
use super::{Global, Selection};
use crate::diag::Exit;
use crate::diag::escape;
use crate::engine::forecast::{Forecast, State};
use crate::engine::points;
use crate::engine::reasons::Reason;
use crate::kinds::FILES;
use crate::plan::Plan;
use crate::report::summary::time;
use crate::store::compare::HowChanged;
use crate::workspace::analysis::{Analysis, foresee};
use crate::workspace::{Stop, Workspace};
use definitions::definitions;

/// Arguments of `ingot why`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The step
    step: String,
    /// Explain every point of a matrix by itself
    #[arg(long)]
    all: bool,
    /// Override a param of the manifest
    #[arg(long = "set", value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Use a profile of the manifest
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let selection = Selection {
        targets: vec![arguments.step.clone()],
        set: arguments.set.clone(),
        profile: arguments.profile.clone(),
    };
    let (workspace, plan) = selection.open_for(global)?;
    let inputs = workspace.inputs(&plan)?;
    let forecast = foresee(&workspace, &plan, &inputs, &[])?;
    let (workspace, plan, inputs, forecast) = (&workspace, &plan, &inputs, &forecast);
    let analysis = Analysis { workspace, plan, inputs, forecast };
    for &index in &plan.targets {
        if output.json {
            output.data(&format!("{}\n", json(analysis, index)?));
        }
    }
    if !output.json {
        output.data(&Explain(analysis).explain_all(arguments.all)?);
    }
    Ok(Exit::Done)
}

fn json(analysis: Analysis<'_>, index: usize) -> Result<serde_json::Value, Stop> {
    let Analysis { plan, forecast, .. } = analysis;
    let started_by = starts(forecast, index)
        .iter()
        .filter_map(|way| way.split_first())
        .map(|(&root, between)| {
            let reasons = analysis.reasons(root)?;
            let names = between.iter().map(|&step| plan.steps[step].name.as_str());
            Ok(serde_json::json!({
                "step": plan.steps[root].name,
                "by_way_of": names.collect::<Vec<_>>(),
                "reasons": reasons,
            }))
        })
        .collect::<Result<Vec<_>, Stop>>()?;
    Ok(serde_json::json!({
        "event": "why",
        "step": plan.steps[index].name,
        "kind": plan.steps[index].kind.name,
        "state": word(&forecast.states[index]),
        "reasons": analysis.reasons(index)?,
        "started_by": started_by,
    }))
}

/// Explains one or several steps.
#[derive(Clone, Copy)]
struct Explain<'a>(Analysis<'a>);

impl Explain<'_> {
    /// The targets, each by itself; unless `all`, points of which the same is to be said
    /// together.
    fn explain_all(self, all: bool) -> Result<String, Stop> {
        let names = self.0.plan.targets.iter().map(|&index| self.0.plan.steps[index].name.as_str());
        let groups = points::groups(names);
        let mut texts: Vec<(String, Vec<usize>)> = Vec::new();
        for &index in &self.0.plan.targets {
            let group = points::group(&self.0.plan.steps[index].name);
            let together = !all && group.is_some_and(|group| groups.contains_key(&group));
            let text = self.explain(index, together)?;
            match texts.iter_mut().find(|(known, _)| together && *known == text) {
                Some((_, points)) => points.push(index),
                None => texts.push((text, vec![index])),
            }
        }
        texts
            .into_iter()
            .map(|(text, points)| match points.as_slice() {
                [alone] => self.explain(*alone, false),
                points => Ok(format!("{} points of {text}", points.len())),
            })
            .collect()
    }

    /// Why a step is in its state; `together` says what is true of all its points.
    fn explain(self, index: usize, together: bool) -> Result<String, Stop> {
        let Analysis { workspace, plan, forecast, .. } = self.0;
        let called = |step: usize| {
            let name = &plan.steps[step].name;
            let group = points::group(name).filter(|_| together);
            group.unwrap_or_else(|| name.clone())
        };
        let told = |reasons: Vec<Reason>| if together { in_groups(&reasons) } else { reasons };
        let own = &plan.steps[index].name;
        let name = called(index);
        Ok(match &forecast.states[index] {
            State::Hit(_) if together => {
                format!("{name} do not run: the store has their results\n")
            }
            State::Hit(known) => {
                let key = known.result.key;
                format!("{name} does not run: the store has its result\n  key {key}\n")
            }
            State::Run { key, .. } => {
                let reasons = told(self.0.reasons(index)?);
                let reasons = lines(workspace, &reasons, "  ");
                match together {
                    true => format!("{name} run:\n{reasons}"),
                    false => {
                        let cost = cost(workspace, own);
                        format!("{name} runs:\n{reasons}{cost}  key {key}\n")
                    }
                }
            }
            State::Blocked { by } => {
                let (by, verb) = (called(*by), if together { "are" } else { "is" });
                format!(
                    "{name} {verb} blocked: the verdict of {by} is no pass\n  `ingot show {by}` says why\n"
                )
            }
            State::Depends { on } => {
                let dependencies = &plan.steps[index].dependencies;
                let twin = on.iter().find(|on| !dependencies.contains(on));
                let verb = if together { "run" } else { "runs" };
                let mut text = match twin {
                    Some(&twin) => {
                        let twin = called(twin);
                        format!("{name} is the same action as {twin}, and takes its result:\n")
                    }
                    None => format!("{name} {verb} if these give it something new:\n"),
                };
                for way in starts(forecast, index) {
                    let Some((&root, between)) = way.split_first() else { continue };
                    let reasons = told(self.0.reasons(root)?);
                    let between: Vec<String> = between.iter().map(|&step| called(step)).collect();
                    text.push_str(&format!(
                        "  {} runs{}:\n{}",
                        called(root),
                        by_way_of(&between),
                        lines(workspace, &reasons, "    ")
                    ));
                }
                if twin.is_none() && !together {
                    text.push_str(&cost(workspace, own));
                    text.push_str(&cost_in_all(workspace, plan, forecast, index));
                }
                text
            }
        })
    }
}

/// What it will cost, from the last time it ran.
fn cost(workspace: &Workspace, step: &str) -> String {
    match workspace.store.last_observation(step) {
        Ok(Some(last)) => format!("  it took {} the last time\n", time(last.seconds)),
        _ => String::new(),
    }
}

/// What it will cost together with the steps before it that run or may run.
fn cost_in_all(workspace: &Workspace, plan: &Plan, forecast: &Forecast, index: usize) -> String {
    let may_run =
        |&step: &usize| matches!(forecast.states[step], State::Run { .. } | State::Depends { .. });
    let steps: Vec<usize> =
        plan.ancestors(index).into_iter().chain([index]).filter(may_run).collect();
    let last = |&step: &usize| workspace.store.last_observation(&plan.steps[step].name).ok()?;
    let seconds: Vec<f64> = steps.iter().filter_map(last).map(|last| last.seconds).collect();
    if seconds.is_empty() {
        return String::new();
    }
    let sum = time(seconds.iter().sum());
    format!("  building it runs up to {} steps, about {sum} by their last times\n", steps.len())
}

/// The steps between a start and what it sets off, the first few by name.
fn by_way_of(between: &[String]) -> String {
    const NAMED: usize = 3;
    let names = between.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match between.len() {
        0 => String::new(),
        count if count > NAMED => format!(", by way of {names} and {} more", count - NAMED),
        _ => format!(", by way of {names}"),
    }
}

fn lines(workspace: &Workspace, reasons: &[Reason], indent: &str) -> String {
    let mut text = String::new();
    for reason in reasons {
        let at = reason.at.as_ref().map(|at| format!("   ({at})")).unwrap_or_default();
        text.push_str(&format!("{indent}{}{at}\n", escape::line(&reason.text())));
        for line in details(workspace, reason) {
            text.push_str(&format!("{indent}  {}\n", escape::line(&line)));
        }
    }
    text
}

/// Lines of one input that are shown.
const SHOWN: usize = 10;

/// What differs in an input: in its own terms where a worker knows them, else by file.
fn details(workspace: &Workspace, reason: &Reason) -> Vec<String> {
    let mut lines = meaning(workspace, reason).unwrap_or_else(|| {
        let mut lines = Vec::new();
        for file in &reason.files {
            let sign = match file.change {
                HowChanged::Added => '+',
                HowChanged::Removed => '-',
                HowChanged::Changed => '~',
            };
            if !file.path.is_empty() {
                lines.push(format!("{sign} {}", file.path));
            }
            lines.extend(definitions(&workspace.store, reason, file));
        }
        lines
    });
    if lines.len() > SHOWN {
        let more = lines.len() - SHOWN;
        lines.truncate(SHOWN);
        lines.push(format!("and {more} more"));
    }
    lines
}

/// The difference as the worker says it that knows the artifact type.
fn meaning(workspace: &Workspace, reason: &Reason) -> Option<Vec<String>> {
    let contents = reason.contents.as_ref()?;
    if contents.artifact_type == FILES {
        return None;
    }
    let program = workspace.kinds.inspector(&contents.artifact_type)?;
    let old = workspace.store.view(contents.old).ok()?;
    let new = workspace.store.view(contents.new).ok()?;
    let difference = workspace
        .inspecting(program, |worker| worker.diff(&contents.artifact_type, &old, &new))
        .ok()?;
    let mut lines = vec![difference.summary];
    for line in difference.first.into_iter().chain(difference.details) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    Some(lines)
}

/// Where it started: each step that runs by itself and sets this one off, with those
/// between the two on a shortest way, in the order of the plan.
fn starts(forecast: &Forecast, index: usize) -> Vec<Vec<usize>> {
    let mut next: BTreeMap<usize, usize> = BTreeMap::new();
    let mut queue = VecDeque::from([index]);
    let mut roots = BTreeSet::new();
    while let Some(step) = queue.pop_front() {
        match &forecast.states[step] {
            State::Depends { on } => {
                for &before in on {
                    if let Entry::Vacant(unseen) = next.entry(before) {
                        unseen.insert(step);
                        queue.push_back(before);
                    }
                }
            }
            State::Run { .. } if step != index => {
                roots.insert(step);
            }
            _ => {}
        }
    }
    let way = |root: usize| {
        let steps = std::iter::successors(Some(root), |step| next.get(step).copied());
        steps.take_while(|&step| step != index).collect()
    };
    roots.into_iter().map(way).collect()
}
