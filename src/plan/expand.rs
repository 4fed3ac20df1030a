//! Steps that fill ports: `evaluate` without predictions gets a `predict`, by the
//! rule its descriptor states. Plugins use the same rules; those that go by a list of
//! kinds are applied in [`listed`].

use std::collections::{BTreeMap, BTreeSet};

use ingot_protocol::{Expansion, InputPort, Kind, OutputPort, Reads};
use serde_json::Value;

use super::{Draft, DraftFeed, inert, listed};
use crate::diag::{Diagnostic, Span};
use crate::kinds::params::Checker;
use crate::kinds::{Kinds, Provided, command};
use crate::manifest::{Node, NodeKind, Reference, Resources};

/// How many rounds of implied steps may imply further ones.
const DEPTH: usize = 8;

/// Most steps with those that are implied.
pub(super) const MOST: usize = 500_000;

/// Adds implied steps until no rule fires, then drops ports that only fed them.
pub(super) fn expand(
    drafts: &mut Vec<Draft>,
    kinds: &Kinds,
    checker: &Checker,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut first = 0;
    for _ in 0..DEPTH {
        let mut implied: Vec<Draft> = Vec::new();
        let known = drafts.len();
        for draft in &mut drafts[first..] {
            if known + implied.len() > MOST {
                let message =
                    format!("with the steps that others imply there are more than {MOST}");
                diagnostics.push(
                    Diagnostic::error("E0219", message)
                        .label(draft.span, "too many from here on")
                        .help("take points away, or fill the ports yourself"),
                );
                drafts.clear();
                return;
            }
            let rules = draft.provided.kind.expands.clone();
            // A kind that is listed takes no name from a step that another rule adds.
            let mut names: BTreeSet<String> = rules.iter().map(|rule| rule.name.clone()).collect();
            for rule in rules {
                implied.extend(match &rule.each {
                    None => apply(draft, &rule, kinds, checker, diagnostics),
                    Some(param) => {
                        let items = draft.lists.remove(param).unwrap_or_default();
                        listed::apply(draft, &rule, &items, &mut names, kinds, checker, diagnostics)
                    }
                });
            }
        }
        if implied.is_empty() {
            break;
        }
        first = drafts.len();
        drafts.extend(implied);
    }
    inert::check_forwarded(drafts, diagnostics);
    inert::check_handed_on(drafts, diagnostics);
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
    // A command has no meaning without the words that only a manifest gives it.
    let provided = kinds.get(&rule.kind).filter(|provided| provided.kind.name != command::NAME);
    let Some(provided) = provided else {
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
    let new = New {
        name: &rule.name,
        provided,
        output: &rule.output,
        params: given(draft, rule),
        span: draft.span,
    };
    let (implied, outputs) = imply(draft, rule, &new, checker, diagnostics);
    draft.inputs.insert(rule.port.clone(), outputs.into_iter().collect());
    draft.feeds.extend(rule.inputs.values().cloned());
    implied
}

/// What a rule adds to a step.
pub(super) struct New<'a> {
    /// The name behind the slash.
    pub(super) name: &'a str,
    /// The kind.
    pub(super) provided: &'a Provided,
    /// The output that fills the port.
    pub(super) output: &'a str,
    /// The params, as they were written.
    pub(super) params: BTreeMap<String, Node>,
    /// What asked for it.
    pub(super) span: Span,
}

/// The new steps, one for each artifact on the ports that they feed from, and their
/// outputs as what one reference puts on the port; nothing where a mistake was told.
pub(super) fn imply(
    draft: &Draft,
    rule: &Expansion,
    new: &New<'_>,
    checker: &Checker,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vec<Draft>, Option<Vec<DraftFeed>>) {
    let kind = &new.provided.kind;
    let fed: BTreeMap<&String, Vec<&DraftFeed>> = rule
        .inputs
        .iter()
        .map(|(new, own)| (new, draft.inputs[own].iter().flatten().collect()))
        .collect();
    let several = fed.values().map(Vec::len).max().unwrap_or(1);
    let longest = fed.values().find(|feeds| feeds.len() == several).cloned().unwrap_or_default();
    let mut partners: BTreeMap<&String, Vec<&DraftFeed>> = BTreeMap::new();
    for (&port, feeds) in &fed {
        let partners_of = pair(&longest, feeds);
        let Some(found) = partners_of else {
            diagnostics.push(
                Diagnostic::error(
                    "E0308",
                    format!(
                        "`{}` of `{}` takes {several} artifacts or one here, not {}",
                        new.name,
                        draft.name,
                        feeds.len()
                    ),
                )
                .label(feeds.first().map_or(draft.span, |feed| feed.span), "")
                .help(format!("give as many, or fill `inputs.{}` yourself", rule.port)),
            );
            return (Vec::new(), None);
        };
        partners.insert(port, found);
    }
    let (params, mistakes) = checker.check(&kind.name, &kind.params, &new.params, new.span);
    let taken: Vec<Span> =
        rule.params.values().filter_map(|own| draft.params.places.get(own).copied()).collect();
    // What is wrong within a param that the owner has too was told at its place there.
    let is_told = |mistake: &Diagnostic| {
        let place = mistake.labels.first().map(|label| label.span);
        let place = place.filter(|place| taken.contains(place));
        place.is_some_and(|place| {
            let known = diagnostics.iter().flat_map(|known| known.labels.first());
            known.map(|label| label.span).any(|span| place.contains(span))
        })
    };
    let mistakes: Vec<Diagnostic> =
        mistakes.into_iter().filter(|mistake| !is_told(mistake)).collect();
    diagnostics.extend(mistakes);
    let mut implied = Vec::new();
    let mut outputs = Vec::new();
    for (index, suffix) in suffixes(&fed, several).into_iter().enumerate() {
        let name = format!("{}/{}{suffix}", draft.name, new.name);
        outputs.push(DraftFeed {
            reference: Reference::Output {
                name: name.clone(),
                every_point: false,
                port: Some(new.output.to_owned()),
                splits: Vec::new(),
            },
            reads: Reads::All,
            split: None,
            span: new.span,
        });
        let inputs = partners
            .iter()
            .map(|(&port, feeds)| {
                let feed = feeds.get(index).map(|&feed| feed.clone());
                // A step of its own for each split: there it is the whole. What its owner
                // reads whole it may read in part: `fit` sees less than `preprocess` does.
                let feed = feed.map(|feed| DraftFeed {
                    reads: match feed.reads {
                        Reads::All => reads(kind, port),
                        own => own,
                    },
                    split: None,
                    ..feed
                });
                (port.clone(), vec![feed.into_iter().collect()])
            })
            .collect();
        implied.push(Draft {
            base: format!("{}/{}", draft.base, new.name),
            point: draft.point.clone(),
            replicate: draft.replicate,
            home: draft.home.clone(),
            span: new.span,
            params: params.clone(),
            lists: lists(kind, &new.params),
            feeds: BTreeSet::new(),
            inputs,
            outputs: outputs_of(&kind.outputs),
            platform: draft.platform.clone(),
            platform_places: draft.platform_places.clone(),
            seed: draft.seed.clone(),
            resources: Resources { cpu: draft.platform.threads.max(1), memory: None, gpu: 0 },
            timeout: draft.timeout,
            retries: draft.retries,
            gates: Vec::new(),
            requires: Vec::new(),
            command: None,
            provided: new.provided.clone(),
            name,
        });
    }
    (implied, Some(outputs))
}

/// What a port of a kind reads by itself.
fn reads(kind: &Kind, port: &str) -> Reads {
    let declared = kind.inputs.iter().find(|declared| declared.name == port);
    declared.map_or(Reads::All, |port| port.reads.clone())
}

/// What the params that rules go by list, as it was written.
pub(super) fn lists(kind: &Kind, params: &BTreeMap<String, Node>) -> BTreeMap<String, Vec<Node>> {
    let names = kind.expands.iter().filter_map(|rule| rule.each.as_ref());
    names
        .filter_map(|name| match &params.get(name)?.kind {
            NodeKind::Array(items) => Some((name.clone(), items.clone())),
            _ => None,
        })
        .collect()
}

fn outputs_of(ports: &[OutputPort]) -> BTreeMap<String, OutputPort> {
    ports.iter().map(|port| (port.name.clone(), port.clone())).collect()
}

/// The params that the new step takes from its owner.
pub(super) fn given(draft: &Draft, rule: &Expansion) -> BTreeMap<String, Node> {
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

/// Which of `feeds` goes with each of `longest`: the only one, or the one of the same
/// position, or, where these are of other points, the one whose labels agree. Nothing where
/// that is not one.
fn pair<'a>(longest: &[&'a DraftFeed], feeds: &[&'a DraftFeed]) -> Option<Vec<&'a DraftFeed>> {
    if let [only] = feeds {
        return Some(vec![*only; longest.len()]);
    }
    let agree = |one: &DraftFeed, other: &DraftFeed| {
        let (one, other) = (labels_of(one), labels_of(other));
        one.iter()
            .all(|(axis, label)| other.iter().all(|(same, theirs)| axis != same || label == theirs))
    };
    let mut both = longest.iter().zip(feeds);
    if feeds.len() == longest.len() && both.all(|(one, other)| agree(one, other)) {
        return Some(feeds.to_vec());
    }
    let of = |one: &&DraftFeed| {
        let mut fitting = feeds.iter().filter(|other| agree(one, other));
        let first = fitting.next().copied();
        first.filter(|_| fitting.next().is_none())
    };
    longest.iter().map(of).collect()
}

/// Axis and label of the point that a feed comes from.
fn labels_of(feed: &DraftFeed) -> Vec<(&str, &str)> {
    let point = point_of(feed).unwrap_or_default();
    point.split(',').filter_map(|label| label.split_once('=')).collect()
}

/// What tells the new steps of one rule apart: nothing where there is one, else
/// `@split=train` where each artifact is a split, `@lr=0.1` where each comes from a point of
/// its own, else `@2` by position.
fn suffixes(fed: &BTreeMap<&String, Vec<&DraftFeed>>, several: usize) -> Vec<String> {
    if several == 1 {
        return vec![String::new()];
    }
    let splits = fed.values().filter(|feeds| feeds.len() == several).find_map(|feeds| {
        let splits = feeds.iter().map(|feed| Some(format!("@split={}", feed.split.as_ref()?)));
        splits.collect::<Option<Vec<_>>>()
    });
    if let Some(splits) = splits {
        return splits;
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
        Reference::Path(_) | Reference::Code(_) => None,
    }
}

/// The ports that could be given instead of `port`, for a diagnostic.
pub(super) fn alternatives(draft: &Draft, port: &InputPort) -> Option<String> {
    let mut rules = draft.provided.kind.expands.iter();
    let rule = rules.find(|rule| rule.port == port.name && rule.each.is_none())?;
    let ports: Vec<String> = rule.inputs.values().map(|own| format!("`inputs.{own}`")).collect();
    Some(ports.join(" and "))
}
