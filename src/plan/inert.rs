//! Keys that a step writes and that nothing of it heeds: a seed where nothing is drawn, a
//! platform where no byte depends on it. Pure.
//!
//! A step that implies others hands both on to them, so they count with it.

use std::collections::BTreeMap;

use ingot_protocol::Determinism;
use serde_json::Value;

use super::Draft;
use crate::diag::{Diagnostic, Span};
use crate::manifest::{Manifest, Step};

/// What a declared step and the steps that it implies heed.
#[derive(Debug, Clone, Copy, Default)]
struct Heeds {
    seed: bool,
    platform: bool,
}

/// Tells of each such key once, however many points its step has.
pub(super) fn check(manifest: &Manifest, drafts: &[Draft], diagnostics: &mut Vec<Diagnostic>) {
    let mut heeds: BTreeMap<&str, Heeds> = BTreeMap::new();
    for draft in drafts {
        let declared = declared(manifest, &draft.name);
        let heeds = heeds.entry(declared).or_default();
        heeds.seed |= draft.draws();
        heeds.platform |= draft.provided.kind.determinism != Determinism::Bitwise;
    }
    // By `like` and at the points of a matrix one key is several steps': it acts if it acts
    // in one of them.
    let mut keys: BTreeMap<Span, (&str, &Step, bool)> = BTreeMap::new();
    for step in manifest.steps.values() {
        let Some(heeds) = heeds.get(step.name.as_str()) else { continue };
        let seeds = step.seed_places.iter().map(|place| (place, heeds.seed));
        let platforms = step.platform.places.iter().map(|place| (place, heeds.platform));
        for ((key, &span), acts) in seeds.chain(platforms) {
            keys.entry(span).or_insert((key, step, acts)).2 |= acts;
        }
    }
    for (span, (key, step, _)) in keys.into_iter().filter(|(_, (_, _, acts))| !acts) {
        let label = format!("`{}` does not depend on it", step.kind.value);
        let mistake =
            Diagnostic::error("E0320", format!("`{key}` does nothing in `{}`", step.base));
        diagnostics.push(mistake.label(span, label).help(match (key, step.command.is_some()) {
            ("threads", _) => "remove it; how many cores it takes is `resources = { cpu = 2 }`",
            ("seed" | "replicates", true) => "hand it to the program: put `{seed}` into `run`",
            _ => "remove it",
        }));
    }
}

/// Tells of inputs that only feed steps which a step implies, where it implies none that
/// they feed: they would name data that nobody reads.
pub(super) fn check_forwarded(drafts: &[Draft], diagnostics: &mut Vec<Diagnostic>) {
    let mut inputs: BTreeMap<Span, (&Draft, &str, bool)> = BTreeMap::new();
    for draft in drafts {
        for port in draft.provided.kind.inputs.iter().filter(|port| port.forwarded) {
            let acts = draft.feeds.contains(&port.name);
            for feed in draft.inputs.get(&port.name).into_iter().flatten().flatten() {
                inputs.entry(feed.span).or_insert((draft, &port.name, acts)).2 |= acts;
            }
        }
    }
    for (span, (draft, port, _)) in inputs.into_iter().filter(|(_, (_, _, acts))| !acts) {
        let kind = &draft.provided.kind;
        let is_filled = |name: &str| draft.inputs.contains_key(name);
        let must = |name: &str| kind.inputs.iter().any(|port| port.name == name && port.required);
        let rules = kind.expands.iter().filter(|rule| rule.inputs.values().any(|own| own == port));
        let fills: Vec<&str> = rules.map(|rule| rule.port.as_str()).collect();
        // A port that must be filled and is not is told by itself.
        if fills.iter().any(|name| must(name) && !is_filled(name)) {
            continue;
        }
        let filled: Vec<String> = fills
            .iter()
            .filter(|name| is_filled(name))
            .map(|name| format!("`inputs.{name}`"))
            .collect();
        let message = format!("`inputs.{port}` does nothing in `{}`", draft.base);
        let label =
            format!("`{}` reads it for a step that it implies, and implies none", kind.name);
        diagnostics.push(Diagnostic::error("E0320", message).label(span, label).help(
            match filled.as_slice() {
                [] => format!("remove it, or give what else `{}` needs for it", kind.name),
                filled => format!("remove it, or remove {}", filled.join(" and ")),
            },
        ));
    }
}

/// Tells of params that only implied steps heed, where no step is implied that takes them:
/// `operations` of a step whose `inputs.fitted` is given.
pub(super) fn check_handed_on(drafts: &[Draft], diagnostics: &mut Vec<Diagnostic>) {
    let mut params: BTreeMap<Span, (&Draft, &str, &str, bool)> = BTreeMap::new();
    for draft in drafts {
        let kind = &draft.provided.kind;
        for rule in kind.expands.iter().filter(|rule| rule.each.is_none()) {
            let fired = rule.inputs.values().all(|own| draft.feeds.contains(own));
            for own in rule.params.values().filter(|own| is_handed_on(&kind.params, own)) {
                let Some(&span) = draft.params.places.get(own) else { continue };
                params.entry(span).or_insert((draft, own, &rule.port, fired)).3 |= fired;
            }
        }
    }
    for (span, (draft, param, port, _)) in params.into_iter().filter(|(_, (.., fired))| !fired) {
        // A port that could not be filled is told by itself.
        if !draft.inputs.contains_key(port) {
            continue;
        }
        let message = format!("`{param}` does nothing in `{}`", draft.base);
        let label = "it is for a step that this one implies, and it implies none";
        diagnostics.push(
            Diagnostic::error("E0320", message)
                .label(span, label)
                .help(format!("remove it, or remove `inputs.{port}`")),
        );
    }
}

/// Whether a param is for implied steps alone.
fn is_handed_on(schema: &Value, param: &str) -> bool {
    schema["properties"][param]["x-ingot-implied"] == Value::Bool(true)
}

/// The declared step that a draft is, or that implies it.
fn declared<'a>(manifest: &Manifest, name: &'a str) -> &'a str {
    let ends = name.match_indices('/').map(|(at, _)| &name[..at]);
    ends.chain([name]).find(|name| manifest.steps.contains_key(*name)).unwrap_or(name)
}
