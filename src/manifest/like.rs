//! `like = "other"`: a step's table copied, then changed. Pure.
//!
//! Own keys win. Tables merge key by key, so `inputs.init = false` changes one
//! input and keeps the others. Chains are followed; a circle is a mistake.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::node::{Node, NodeKind};
use crate::diag::suggest::nearest;
use crate::diag::{Diagnostic, Span};

/// Step -> where it stands, and its table.
pub(super) type Tables<'a, T> = BTreeMap<&'a str, (Span, T)>;

/// Every step's table with what it is like merged in. A step whose `like` leads
/// nowhere keeps its own keys.
pub(super) fn resolve<'a>(
    steps: &Tables<'a, &'a Node>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Tables<'a, Cow<'a, Node>> {
    steps
        .iter()
        .map(|(name, (span, node))| {
            let chain = chain(name, steps, diagnostics);
            let merged = chain.iter().rev().fold(None, |base: Option<Cow<'a, Node>>, step| {
                Some(match base {
                    None => Cow::Borrowed(*step),
                    Some(base) => Cow::Owned(merge(&base, step)),
                })
            });
            (*name, (*span, merged.unwrap_or(Cow::Borrowed(node))))
        })
        .collect()
}

/// The step's table, then that of what it is like, and so on.
fn chain<'a>(
    name: &str,
    steps: &Tables<'a, &'a Node>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<&'a Node> {
    let mut chain: Vec<&Node> = Vec::new();
    let mut names: Vec<(String, Span)> = Vec::new();
    let mut at = name.to_owned();
    while let Some(&(_, node)) = steps.get(at.as_str()) {
        chain.push(node);
        let Some((other, span)) = like(node) else { break };
        names.push((at.clone(), span));
        if names.iter().any(|(seen, _)| *seen == other) {
            // The first step by name tells, so that a circle is told once.
            if names.iter().map(|(seen, _)| seen).min() == Some(&name.to_owned()) {
                diagnostics.push(circle(&names));
            }
            return chain.into_iter().take(1).collect();
        }
        if !steps.contains_key(other.as_str()) {
            if names.len() == 1 {
                diagnostics.push(unknown(&other, span, steps));
            }
            break;
        }
        at = other;
    }
    chain
}

fn like(node: &Node) -> Option<(String, Span)> {
    let NodeKind::Table(entries) = &node.kind else { return None };
    let (_, like) = entries.get("like")?;
    match &like.kind {
        NodeKind::String(other) => Some((other.clone(), like.span)),
        _ => None,
    }
}

fn merge(base: &Node, own: &Node) -> Node {
    let (NodeKind::Table(base_entries), NodeKind::Table(own_entries)) = (&base.kind, &own.kind)
    else {
        return own.clone();
    };
    let mut entries = base_entries.clone();
    for (key, (span, value)) in own_entries {
        let merged = match entries.get(key) {
            Some((_, there)) => merge(there, value),
            None => value.clone(),
        };
        entries.insert(key.clone(), (*span, merged));
    }
    Node { span: own.span, kind: NodeKind::Table(entries) }
}

fn circle(names: &[(String, Span)]) -> Diagnostic {
    let list: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
    let mut mistake =
        Diagnostic::error("E0210", format!("steps are like each other: {}", list.join(", ")));
    for (name, span) in names {
        mistake = mistake.label(*span, format!("`{name}` is like this"));
    }
    mistake.help("write one of them out")
}

fn unknown(other: &str, span: Span, steps: &Tables<'_, &Node>) -> Diagnostic {
    let mistake = Diagnostic::error("E0210", format!("there is no step `{other}` to be like"))
        .label(span, "");
    match nearest(other, steps.keys().copied()) {
        Some(near) => mistake.help(format!("did you mean `{near}`?")),
        None => mistake.help("name another step of this manifest"),
    }
}
