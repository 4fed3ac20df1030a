//! Steps that fill missing ports: `evaluate` without predictions gets a
//! `predict`, by the rule its descriptor states. Plugins use the same rule.

use std::collections::{BTreeMap, BTreeSet};

use ingot_protocol::{Expansion, InputPort, OutputPort};
use serde_json::Value;

use super::{Draft, DraftFeed};
use crate::diag::{Diagnostic, Span};
use crate::kinds::Kinds;
use crate::kinds::params::Checker;
use crate::manifest::{Node, NodeKind, Reference, Resources};

/// How many rounds of implied steps may imply further ones.
const DEPTH: usize = 8;

/// Adds implied steps until no rule fires, then drops ports that only fed them.
pub(super) fn expand(
    drafts: &mut Vec<Draft>,
    kinds: &Kinds,
    checker: &Checker,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut first = 0;
    for _ in 0..DEPTH {
        let mut implied = Vec::new();
        for draft in &mut drafts[first..] {
            for rule in draft.provided.kind.expands.clone() {
                implied.extend(apply(draft, &rule, kinds, checker, diagnostics));
            }
        }
        if implied.is_empty() {
            break;
        }
        first = drafts.len();
        drafts.extend(implied);
    }
    for draft in drafts {
        let ports = &draft.provided.kind.inputs;
        draft
            .inputs
            .retain(|name, _| !ports.iter().any(|port| port.name == *name && port.forwarded));
    }
}

/// The steps that one rule adds for one step.
fn apply(
    draft: &mut Draft,
    rule: &Expansion,
    kinds: &Kinds,
    checker: &Checker,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Draft> {
    let fires = !draft.inputs.contains_key(&rule.port)
        && rule.inputs.values().all(|port| draft.inputs.contains_key(port));
    if !fires {
        return Vec::new();
    }
    let Some(provided) = kinds.get(&rule.kind) else {
        diagnostics.push(
            Diagnostic::error(
                "E0304",
                format!(
                    "`{}` without `{}` needs the kind `{}`, which no worker provides",
                    draft.provided.kind.name, rule.port, rule.kind
                ),
            )
            .label(draft.span, "")
            .help(format!("install its worker, or give `inputs.{}`", rule.port)),
        );
        // Said once: the port counts as filled.
        draft.inputs.insert(rule.port.clone(), Vec::new());
        return Vec::new();
    };
    let fed: BTreeMap<&String, Vec<&DraftFeed>> = rule
        .inputs
        .iter()
        .map(|(new, own)| (new, draft.inputs[own].iter().flatten().collect()))
        .collect();
    let several = fed.values().map(Vec::len).max().unwrap_or(1);
    if let Some(odd) = fed.values().find(|feeds| feeds.len() > 1 && feeds.len() < several) {
        diagnostics.push(
            Diagnostic::error(
                "E0308",
                format!(
                    "`{}` of `{}` takes {several} artifacts or one here, not {}",
                    rule.name,
                    draft.name,
                    odd.len()
                ),
            )
            .label(odd.first().map_or(draft.span, |feed| feed.span), "")
            .help(format!("give as many, or fill `inputs.{}` yourself", rule.port)),
        );
        draft.inputs.insert(rule.port.clone(), Vec::new());
        return Vec::new();
    }
    let mut implied = Vec::new();
    let mut outputs = Vec::new();
    for (index, suffix) in suffixes(&fed, several).into_iter().enumerate() {
        let name = format!("{}/{}{suffix}", draft.name, rule.name);
        outputs.push(DraftFeed {
            reference: Reference::Output {
                name: name.clone(),
                every_point: false,
                port: Some(rule.output.clone()),
                splits: Vec::new(),
            },
            reads: Vec::new(),
            span: draft.span,
        });
        let inputs = fed
            .iter()
            .map(|(&port, feeds)| {
                let feed = feeds.get(index).or(feeds.first()).map(|&feed| feed.clone());
                (port.clone(), vec![feed.into_iter().collect()])
            })
            .collect();
        let (params, mistakes) =
            checker.check(&rule.kind, &provided.kind.params, &given(draft, rule), draft.span);
        diagnostics.extend(mistakes);
        implied.push(Draft {
            base: format!("{}/{}", draft.base, rule.name),
            point: draft.point.clone(),
            replicate: draft.replicate,
            home: draft.home.clone(),
            span: draft.span,
            params,
            inputs,
            outputs: outputs_of(&provided.kind.outputs),
            platform: draft.platform.clone(),
            platform_places: draft.platform_places.clone(),
            seed: draft.seed.clone(),
            resources: Resources { cpu: draft.platform.threads.max(1), memory: None, gpu: 0 },
            timeout: draft.timeout,
            retries: draft.retries,
            gates: Vec::new(),
            requires: Vec::new(),
            command: None,
            provided: provided.clone(),
            name,
        });
    }
    draft.inputs.insert(rule.port.clone(), vec![outputs]);
    implied
}

fn outputs_of(ports: &[OutputPort]) -> BTreeMap<String, OutputPort> {
    ports.iter().map(|port| (port.name.clone(), port.clone())).collect()
}

/// The params that the new step takes from its owner.
fn given(draft: &Draft, rule: &Expansion) -> BTreeMap<String, Node> {
    let params = &draft.params;
    let taken = rule.params.iter().filter_map(|(new, own)| {
        let span = params.places.get(own).copied().unwrap_or(draft.span);
        Some((new.clone(), node(params.all.get(own)?, span)?))
    });
    taken.collect()
}

/// A value as if it had been written at `span`; nothing for `null`.
fn node(value: &Value, span: Span) -> Option<Node> {
    let kind = match value {
        Value::Null => return None,
        Value::Bool(value) => NodeKind::Bool(*value),
        Value::Number(number) => match number.as_i64() {
            Some(value) => NodeKind::Integer(value),
            None => NodeKind::Float(number.as_f64()?),
        },
        Value::String(text) => NodeKind::String(text.clone()),
        Value::Array(items) => {
            NodeKind::Array(items.iter().filter_map(|item| node(item, span)).collect())
        }
        Value::Object(entries) => {
            let entries = entries
                .iter()
                .filter_map(|(key, value)| Some((key.clone(), (span, node(value, span)?))));
            NodeKind::Table(entries.collect())
        }
    };
    Some(Node { span, kind })
}

/// What tells the new steps of one rule apart: nothing where there is one, else
/// `@lr=0.1` where each artifact comes from a point of its own, else `@2` by
/// position.
fn suffixes(fed: &BTreeMap<&String, Vec<&DraftFeed>>, several: usize) -> Vec<String> {
    if several == 1 {
        return vec![String::new()];
    }
    let points = fed.values().filter(|feeds| feeds.len() == several).find_map(|feeds| {
        let points: Option<BTreeSet<&str>> = feeds.iter().map(|feed| point_of(feed)).collect();
        points.filter(|points| points.len() == several)?;
        feeds.iter().map(|feed| Some(format!("@{}", point_of(feed)?))).collect()
    });
    points.unwrap_or_else(|| (1..=several).map(|number| format!("@{number}")).collect())
}

/// The point of the step that a feed comes from.
fn point_of(feed: &DraftFeed) -> Option<&str> {
    match &feed.reference {
        Reference::Output { name, .. } => {
            let (_, point) = name.rsplit_once('@')?;
            (!point.contains('/')).then_some(point)
        }
        Reference::Path(_) => None,
    }
}

/// The ports that could be given instead of `port`, for a diagnostic.
pub(super) fn alternatives(draft: &Draft, port: &InputPort) -> Option<String> {
    let rule = draft.provided.kind.expands.iter().find(|rule| rule.port == port.name)?;
    let ports: Vec<String> = rule.inputs.values().map(|own| format!("`inputs.{own}`")).collect();
    Some(ports.join(" and "))
}
