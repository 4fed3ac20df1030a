//! Steps that fill missing ports: `evaluate` without predictions gets a
//! `predict`, by the rule its descriptor states. Plugins use the same rule.

use std::collections::BTreeMap;

use ingot_protocol::{Expansion, InputPort, OutputPort};

use super::{Draft, DraftFeed};
use crate::diag::Diagnostic;
use crate::kinds::{Kinds, params};
use crate::manifest::{Reference, Resources};

/// How many rounds of implied steps may imply further ones.
const DEPTH: usize = 8;

/// Adds implied steps until no rule fires, then drops ports that only fed them.
pub(super) fn expand(drafts: &mut Vec<Draft>, kinds: &Kinds, diagnostics: &mut Vec<Diagnostic>) {
    let mut first = 0;
    for _ in 0..DEPTH {
        let mut implied = Vec::new();
        for draft in &mut drafts[first..] {
            for rule in draft.provided.kind.expands.clone() {
                implied.extend(apply(draft, &rule, kinds, diagnostics));
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
        return Vec::new();
    };
    let fed: BTreeMap<&String, Vec<&DraftFeed>> = rule
        .inputs
        .iter()
        .map(|(new, own)| (new, draft.inputs[own].iter().flatten().collect()))
        .collect();
    let several = fed.values().map(Vec::len).max().unwrap_or(0);
    let mut implied = Vec::new();
    let mut outputs = Vec::new();
    for index in 0..several {
        let suffix = if several == 1 { String::new() } else { point_suffix(&fed, several, index) };
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
        let given = BTreeMap::new();
        let (mut params, mistakes) =
            params::check(&rule.kind, &provided.kind.params, &given, draft.span);
        diagnostics.extend(mistakes);
        for (new, own) in &rule.params {
            if let Some(value) = draft.params.all.get(own) {
                params.all.insert(new.clone(), value.clone());
                params.semantic.insert(new.clone(), value.clone());
            }
        }
        implied.push(Draft {
            base: format!("{}/{}", draft.base, rule.name),
            point: draft.point.clone(),
            replicate: draft.replicate,
            span: draft.span,
            params,
            inputs,
            outputs: outputs_of(&provided.kind.outputs),
            platform: draft.platform.clone(),
            seed: provided.kind.random.then_some(draft.seed).flatten(),
            resources: Resources { cpu: draft.platform.threads.max(1), memory: None, gpu: 0 },
            timeout: draft.timeout,
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

/// `@lr=0.1` where the artifact comes from a point, else `@2` by position.
fn point_suffix(fed: &BTreeMap<&String, Vec<&DraftFeed>>, several: usize, index: usize) -> String {
    let point = fed.values().filter(|feeds| feeds.len() == several).find_map(|feeds| match &feeds
        .get(index)?
        .reference
    {
        Reference::Output { name, .. } => name.split_once('@').map(|(_, point)| point),
        Reference::Path(_) => None,
    });
    match point {
        Some(point) => format!("@{point}"),
        None => format!("@{}", index + 1),
    }
}

/// The ports that could be given instead of `port`, for a diagnostic.
pub(super) fn alternatives(draft: &Draft, port: &InputPort) -> Option<String> {
    let rule = draft.provided.kind.expands.iter().find(|rule| rule.port == port.name)?;
    let ports: Vec<String> = rule.inputs.values().map(|own| format!("`inputs.{own}`")).collect();
    Some(ports.join(" and "))
}
