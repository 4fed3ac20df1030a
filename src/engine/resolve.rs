//! A planned step with its inputs known becomes an [`Action`].
//!
//! Owns what enters the key and in which order, on the engine's side: the
//! field list itself is `model::action`'s. Invariant: the same plan, the same
//! contents and the same ancestors' results give the same action; nothing here
//! asks the machine what it is.

use std::collections::BTreeMap;

use ingot_protocol::{Determinism, Lineage, LineageSource, LineageStep};

use super::inputs::Inputs;
use super::known::Known;
use super::{EngineError, NoSuchSplit, Results, waivers};
use crate::diag::Spanned;
use crate::lockfile::StepRecord;
use crate::manifest::Command;
use crate::model::action::{Action, ActionInput, CommandSpec, ENCODING, ToolIdentity};
use crate::model::artifact::Content;
use crate::plan::{Cut, Feed, Origin, Plan, Step};
use crate::store::{Store, StoreError};

/// An action, and how the manifest names each of its inputs.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The action.
    pub action: Action,
    /// Input port -> references, in the action's order.
    pub references: BTreeMap<String, Vec<String>>,
}

/// Where the content of an artifact cut to splits comes from.
#[derive(Debug, Clone, Copy)]
pub struct Cuts<'a> {
    /// The store, which holds the artifact.
    pub store: &'a Store,
    /// Where it does not: what the lock says that the step saw.
    pub locked: Option<&'a StepRecord>,
}

impl<'a> Cuts<'a> {
    /// From the store alone.
    pub fn of(store: &'a Store) -> Self {
        Self { store, locked: None }
    }

    fn remembered(&self, port: &str, feed: &Feed) -> Option<(Content, Vec<String>)> {
        let inputs = self.locked?.inputs.get(port)?;
        let input = inputs.iter().find(|input| input.from == feed.reference)?;
        Some((input.content, input.splits.clone()))
    }
}

/// The action of `plan.steps[index]`, whose dependencies are all in `results`.
pub fn resolve(
    plan: &Plan,
    index: usize,
    inputs: &Inputs,
    results: &Results,
    cuts: Cuts<'_>,
) -> Result<Resolved, EngineError> {
    let step = &plan.steps[index];
    let mut ports = BTreeMap::new();
    let mut references = BTreeMap::new();
    for (port, groups) in &step.inputs {
        let mut resolved = groups
            .iter()
            .map(|group| {
                group
                    .iter()
                    .map(|feed| {
                        let input = input(step, port, feed, inputs, results, cuts)?;
                        Ok((input, feed.reference.clone()))
                    })
                    .collect::<Result<Vec<_>, EngineError>>()
            })
            .collect::<Result<Vec<_>, _>>()?;
        if !step.is_ordered(port) {
            resolved.sort_by_key(|group| {
                let contents = group
                    .iter()
                    .map(|(input, _)| (input.split.clone(), input.content, input.splits.clone()));
                contents.collect::<Vec<_>>()
            });
        }
        let (found, names) = resolved.into_iter().flatten().unzip();
        ports.insert(port.clone(), found);
        references.insert(port.clone(), names);
    }
    for (name, path) in &step.params.paths {
        let content = inputs.param(step, name)?;
        let artifact_type = crate::kinds::FILES.to_owned();
        let input = ActionInput {
            artifact_type,
            content,
            splits: Vec::new(),
            split: None,
            format: None,
            at: None,
        };
        ports.insert(param_port(name), vec![input]);
        references.insert(param_port(name), vec![path.value.clone()]);
    }
    let bound = step.kind.determinism != Determinism::Bitwise;
    let action = Action {
        encoding: ENCODING,
        kind: step.kind.name.clone(),
        revision: step.kind.revision,
        worker: step.worker.clone(),
        params: step.params.semantic.clone(),
        inputs: ports,
        outputs: step
            .outputs
            .values()
            .map(|port| (port.name.clone(), port.artifact_type.clone()))
            .collect(),
        platform: bound.then(|| step.platform.clone()),
        seed: step.seed.as_ref().map(|seed| seed.value),
        command: step.command.as_ref().map(|command| spec(command, step, inputs)).transpose()?,
        lineage: step.kind.lineage.then(|| lineage(plan, index, inputs, results)),
    };
    Ok(Resolved { action, references })
}

/// The name under which a param's content stands among the inputs of an action.
pub fn param_port(param: &str) -> String {
    format!("params.{param}")
}

fn input(
    step: &Step,
    port: &str,
    feed: &Feed,
    inputs: &Inputs,
    results: &Results,
    cuts: Cuts<'_>,
) -> Result<ActionInput, EngineError> {
    let (content, at) = match &feed.origin {
        Origin::Source(name) => {
            let source = inputs.source(name)?;
            (source.content, source.at.clone())
        }
        Origin::Path(path) => (inputs.path(&step.home.path(path))?, Some(path.clone())),
        Origin::Code(path) => (inputs.code(&step.home.path(path))?, Some(path.clone())),
        Origin::Output { step: producer, port } => (output(results, *producer, port)?, None),
    };
    let (content, splits) = cut(step, port, feed, content, cuts)?;
    Ok(ActionInput {
        artifact_type: feed.artifact_type.clone(),
        content,
        splits,
        split: feed.split.clone(),
        format: feed.format.clone(),
        at: at.filter(|_| step.command.is_some()),
    })
}

fn output(results: &Results, step: usize, port: &str) -> Result<Content, EngineError> {
    results
        .get(step)
        .and_then(|known: &Known| known.result.outputs.get(port))
        .map(|artifact| artifact.content)
        .ok_or_else(|| EngineError::UnknownInput { port: port.to_owned() })
}

/// The content cut to the splits that the step sees, and those splits.
fn cut(
    step: &Step,
    port: &str,
    feed: &Feed,
    content: Content,
    cuts: Cuts<'_>,
) -> Result<(Content, Vec<String>), EngineError> {
    let (pattern, splits, asked) = match &feed.cut {
        Cut::Whole => return Ok((content, Vec::new())),
        Cut::Reads { pattern, splits } => (pattern, splits, false),
        Cut::Asked { pattern, splits } => (pattern, splits, true),
    };
    let store = cuts.store;
    let there = match store.splits(content, pattern) {
        Err(StoreError::BlobMissing { digest }) => {
            let missing = StoreError::BlobMissing { digest };
            return cuts.remembered(port, feed).ok_or_else(|| missing.into());
        }
        there => there?,
    };
    let chosen: Vec<String> =
        splits.iter().filter(|split| there.contains(split)).cloned().collect();
    if (chosen.is_empty() && !splits.is_empty()) || (asked && chosen.len() < splits.len()) {
        return Err(EngineError::from(Box::new(NoSuchSplit {
            step: step.name.clone(),
            port: port.to_owned(),
            reference: feed.reference.clone(),
            span: feed.span,
            asked: splits.clone(),
            there,
        })));
    }
    Ok((store.cut(content, pattern, &chosen)?, chosen))
}

fn spec(command: &Command, step: &Step, inputs: &Inputs) -> Result<CommandSpec, EngineError> {
    Ok(CommandSpec {
        run: command.run.iter().map(|word| word.value.clone()).collect(),
        environment: command
            .environment
            .iter()
            .map(|(name, value)| (name.clone(), value.value.clone()))
            .collect(),
        secrets: command.secrets.iter().map(|name| name.value.clone()).collect(),
        tools: tools(&command.run, step, inputs)?,
        network: command.network,
    })
}

/// The declared tools that a command starts; for its first word one without identity files
/// where none is declared. A program inside the exec root is an input, not a tool.
fn tools(
    run: &[Spanned<String>],
    step: &Step,
    inputs: &Inputs,
) -> Result<BTreeMap<String, ToolIdentity>, EngineError> {
    let program = run.first().map(|word| word.value.as_str()).unwrap_or_default();
    let mut tools = inputs.tools(&step.home, run)?;
    let is_path = program.contains('/') || program.contains('{');
    if !is_path && !inputs.is_tool(&step.home, program) {
        let weak = ToolIdentity { program: program.to_owned(), files: BTreeMap::new() };
        tools.insert(program.to_owned(), weak);
    }
    Ok(tools)
}

fn lineage(plan: &Plan, index: usize, inputs: &Inputs, results: &Results) -> Lineage {
    let ancestors = plan.ancestors(index);
    let with_waivers = plan.steps[index].kind.waivers;
    let mut sources = BTreeMap::new();
    for step in ancestors.iter().chain([&index]).map(|&index| &plan.steps[index]) {
        for (_, feed) in step.feeds() {
            if let Origin::Source(name) = &feed.origin
                && let Ok(source) = inputs.source(name)
            {
                let digest = source.content.to_string();
                sources.insert(name.clone(), LineageSource { path: source.path.clone(), digest });
            }
        }
    }
    Lineage {
        pipeline: plan.steps[index].home.pipeline.clone(),
        step: plan.steps[index].name.clone(),
        steps: ancestors
            .into_iter()
            .filter_map(|ancestor| {
                ancestor_result(&plan.steps[ancestor], results.get(ancestor)?, with_waivers)
            })
            .collect(),
        sources,
    }
}

fn ancestor_result(step: &Step, known: &Known, with_waivers: bool) -> Option<LineageStep> {
    let mut inputs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (port, feed) in step.feeds() {
        inputs.entry(port.to_owned()).or_default().push(feed.reference.clone());
    }
    Some(LineageStep {
        step: step.name.clone(),
        kind: step.kind.name.clone(),
        key: known.result.key.to_string(),
        params: step.params.semantic.clone(),
        seed: step.seed.as_ref().map(|seed| seed.value),
        inputs,
        outputs: known
            .result
            .outputs
            .iter()
            .map(|(port, artifact)| (port.clone(), artifact.content.to_string()))
            .collect(),
        metrics: known.result.metrics.clone(),
        findings: known.result.findings.clone(),
        waivers: match with_waivers {
            true => waivers::lineage(&step.waivers, &known.result.findings),
            false => Vec::new(),
        },
    })
}
