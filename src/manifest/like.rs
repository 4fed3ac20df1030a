//! `like = "other"`: a step's or source's table copied, then changed. Pure.
//!
//! Own keys win. Tables merge key by key, so `inputs.init = false` changes one
//! input and keeps the others. Chains are followed; a circle is a mistake.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::growth::Growth;
use super::node::{Node, NodeKind};
use crate::diag::suggest::nearest;
use crate::diag::{Diagnostic, Span};

/// Step or source -> where it stands, and its table.
pub(super) type Tables<'a, T> = BTreeMap<&'a str, (Span, T)>;

/// Every table with what it is like merged in; one whose `like` leads nowhere keeps its
/// own keys. `what` they are is a step or a source.
pub(super) fn resolve<'a>(
    what: &str,
    steps: &Tables<'a, &'a Node>,
    growth: &Growth,
    diagnostics: &mut Vec<Diagnostic>,
) -> Tables<'a, Cow<'a, Node>> {
    let mut resolved: Tables<'a, Cow<'a, Node>> = BTreeMap::new();
    for name in steps.keys() {
        let mut chain = chain(what, name, steps, &resolved, diagnostics);
        // From what the others are like to the step itself, each one once.
        while let Some(step) = chain.pop() {
            let Some(&(span, own)) = steps.get(step) else { continue };
            let base = like(own).and_then(|(other, _)| resolved.get(other));
            let table = match base {
                Some((_, base))
                    if growth.add_copy(base, diagnostics) && growth.add_copy(own, diagnostics) =>
                {
                    Cow::Owned(merge(base, own))
                }
                _ => Cow::Borrowed(own),
            };
            resolved.insert(step, (span, table));
        }
    }
    resolved
}

/// The step, what it is like, and so on, as far as that is not resolved.
fn chain<'a>(
    what: &str,
    name: &'a str,
    steps: &Tables<'a, &'a Node>,
    resolved: &Tables<'a, Cow<'a, Node>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<&'a str> {
    let mut chain: Vec<&'a str> = Vec::new();
    let mut places: HashMap<&'a str, usize> = HashMap::new();
    let mut at = name;
    while !resolved.contains_key(at) {
        if let Some(&first) = places.get(at) {
            diagnostics.push(circle(what, &chain[first..], steps));
            break;
        }
        let Some((step, (_, node))) = steps.get_key_value(at) else { break };
        places.insert(step, chain.len());
        chain.push(step);
        let Some((other, span)) = like(node) else { break };
        if !steps.contains_key(other) {
            diagnostics.push(unknown(what, other, span, steps));
        }
        at = other;
    }
    chain
}

fn like(node: &Node) -> Option<(&str, Span)> {
    let NodeKind::Table(entries) = &node.kind else { return None };
    let (_, like) = entries.get("like")?;
    match &like.kind {
        NodeKind::String(other) => Some((other, like.span)),
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

/// Most steps of a circle that are named.
const NAMED: usize = 10;

fn circle(what: &str, names: &[&str], steps: &Tables<'_, &Node>) -> Diagnostic {
    // From the first by name, wherever the circle was entered.
    let first = (0..names.len()).min_by_key(|&index| names[index]).unwrap_or(0);
    let round = names[first..].iter().chain(&names[..first]);
    let mut list: Vec<&str> = round.take(NAMED).copied().collect();
    let mut mistake = Diagnostic::error("E0210", String::new());
    for name in &list {
        if let Some((_, span)) = steps.get(name).and_then(|(_, node)| like(node)) {
            mistake = mistake.label(span, format!("`{name}` is like this"));
        }
    }
    let more = format!("and {} more", names.len().saturating_sub(NAMED));
    if names.len() > NAMED {
        list.push(&more);
    }
    mistake.message = format!("{what}s are like each other: {}", list.join(", "));
    mistake.help("write one of them out")
}

fn unknown(what: &str, other: &str, span: Span, steps: &Tables<'_, &Node>) -> Diagnostic {
    let mistake = Diagnostic::error("E0210", format!("there is no {what} `{other}` to be like"))
        .label(span, "");
    match nearest(other, steps.keys().copied()) {
        Some(near) => mistake.help(format!("did you mean `{near}`?")),
        None => mistake.help(format!("name another {what} of this manifest")),
    }
}
