//! `[steps.NAME]`: one table at one point becomes a [`Step`]. Pure.

use std::collections::BTreeMap;

use super::command::command;
use super::fields::Fields;
use super::inputs::inputs;
use super::matrix::{Entries, Point};
use super::member::Home;
use super::node::{Node, NodeKind};
use super::resources::Taken;
use super::step::{PlatformSpec, Resources, Step};
use super::{gates, matrix, units};
use crate::diag::{Diagnostic, Span, Spanned};

/// The kind whose keys are the core's own.
const COMMAND: &str = "command";

/// Keys of other tools that people try here.
const FOREIGN: [(&str, &str); 6] = [
    ("cmd", "run"),
    ("deps", "inputs"),
    ("outs", "outputs"),
    ("depends_on", "inputs"),
    ("env", "environment"),
    ("foreach", "matrix"),
];

/// Whether a step's table says that it is a command.
pub(super) fn is_command(entries: &Entries) -> bool {
    let kind = entries.get("kind").map(|(_, node)| &node.kind);
    matches!(kind, Some(NodeKind::String(kind)) if kind == COMMAND)
}

/// What the steps of one manifest share.
#[derive(Debug, Default)]
pub(super) struct Pipeline {
    /// Where they are declared.
    pub(super) home: Home,
    /// The seed of those that have none of their own.
    pub(super) seed: Spanned<u64>,
}

/// The step at one point.
pub(super) fn step(
    base: &str,
    span: Span,
    point: &Point,
    entries: Entries,
    pipeline: &Pipeline,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Step> {
    let name = matrix::name(base, &point.labels);
    let what = format!("[steps.{base}]");
    let node = Node { span, kind: NodeKind::Table(entries) };
    let mut fields = Fields::of(what.clone(), &node, diagnostics);
    fields.any("like");
    let kind = fields.needed_text("kind", diagnostics);
    let (inputs, listed) = inputs(&mut fields, diagnostics);
    let own_seed = fields.seed(diagnostics);
    let places =
        [("seed", own_seed.as_ref().map(|seed| seed.span)), ("replicates", point.replicates)];
    let seed_places = places.into_iter().filter_map(|(key, span)| Some((key.to_owned(), span?)));
    let threads = fields.integer("threads", 1, 1024, diagnostics);
    let platform = PlatformSpec {
        places: ["threads", "isa", "device", "precision"]
            .into_iter()
            .filter_map(|key| Some((key.to_owned(), fields.any(key)?.1.span)))
            .collect(),
        threads: threads.and_then(|threads| threads.try_into().ok()),
        isa: fields.word("isa", &["default", "avx2", "avx512"], diagnostics),
        device: fields.word("device", &["cpu", "cuda"], diagnostics),
        precision: fields.word("precision", &["fp32", "bf16"], diagnostics),
    };
    let resources = resources(&what, &mut fields, platform.threads, diagnostics);
    let timeout =
        fields.any("timeout").and_then(|(_, node)| units::duration("timeout", node, diagnostics));
    let retries = fields.integer("retries", 0, 10, diagnostics);
    let gates = fields
        .any("gates")
        .map(|(_, node)| gates::gates(&what, node, diagnostics))
        .unwrap_or_default();
    let requires = fields.texts("requires", diagnostics);
    let is_command = kind.as_ref().is_some_and(|kind| kind.value == COMMAND);
    let command = match is_command {
        true => command(&what, &mut fields, &inputs, diagnostics),
        false => None,
    };
    if is_command {
        fields.finish(diagnostics);
    }
    let mut params = BTreeMap::new();
    for (key, key_span, value) in fields.rest() {
        match FOREIGN.iter().find(|(foreign, _)| *foreign == key) {
            Some((_, ours)) if !is_command => diagnostics.push(
                Diagnostic::error("E0201", format!("{what} has no key `{key}`"))
                    .label(key_span, "unknown key")
                    .help(format!("here it is called `{ours}`")),
            ),
            _ if !is_command => {
                params.insert(key.to_owned(), value.clone());
            }
            _ => {}
        }
    }
    Some(Step {
        name,
        base: base.to_owned(),
        point: point.labels.clone(),
        data_axes: point.partitions.keys().cloned().collect(),
        replicate: point.replicate,
        home: pipeline.home.clone(),
        span,
        kind: kind?,
        inputs,
        listed,
        params,
        seed: own_seed.unwrap_or(pipeline.seed.clone()),
        seed_places: seed_places.collect(),
        platform,
        resources,
        timeout,
        retries: retries.and_then(|retries| retries.try_into().ok()).unwrap_or(0),
        gates,
        requires,
        command,
    })
}

/// What a step takes of the pools: as many cores as threads, where nothing is
/// said.
fn resources(
    what: &str,
    fields: &mut Fields<'_>,
    threads: Option<u32>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Resources {
    let default = Resources { cpu: threads.unwrap_or(1), memory: None, gpu: 0 };
    let Some((_, node)) = fields.any("resources") else { return default };
    Taken::read(&format!("`resources` of {what}"), node, diagnostics).over(default)
}
