//! Steps that a param lists: `validate` with `checks = ["NAME:KIND"]` gets a step of
//! that kind whose output stands on its port, by the rule its descriptor states.
//!
//! Invariant: every mistake is told at the item's place, and what stands on the port
//! by itself stays there.

use std::collections::{BTreeMap, BTreeSet};

use ingot_protocol::{Expansion, InputPort, Kind};

use super::Draft;
use super::expand::{New, given, imply};
use crate::diag::{Diagnostic, Span};
use crate::kinds::Kinds;
use crate::kinds::params::{Checker, nearest};
use crate::manifest::{Node, NodeKind};

/// The key of an item that names its kind.
const KIND: &str = "kind";

/// The steps that one rule adds for the items of its param. `names` are those that
/// the owner's new steps have.
pub(super) fn apply(
    draft: &mut Draft,
    rule: &Expansion,
    items: &[Node],
    names: &mut BTreeSet<String>,
    kinds: &Kinds,
    checker: &Checker,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Draft> {
    let owner = draft.provided.kind.clone();
    let port = |name: &String| owner.inputs.iter().find(|port| port.name == *name);
    // A rule that fills no port of its owner is the worker's mistake.
    let (Some(first), Some(fills)) = (items.first(), port(&rule.port)) else { return Vec::new() };
    let missing: Vec<&String> =
        rule.inputs.values().filter(|own| !draft.inputs.contains_key(*own)).collect();
    for own in &missing {
        // A required port that is empty is told by itself.
        if !port(own).is_some_and(|port| port.required) {
            diagnostics.push(needs(draft, rule, own, first.span));
        }
    }
    if !missing.is_empty() {
        return Vec::new();
    }
    let mut implied = Vec::new();
    for item in items {
        // What is too many is told by who counts them all.
        if implied.len() > super::expand::MOST {
            break;
        }
        // What is neither a text nor a table with a kind breaks the param's schema.
        let Some((name, place, params)) = taken_apart(item) else { continue };
        let listed = Listed { draft, rule, fills, name, place, kinds };
        let Some(provided) = kinds.get(name) else {
            diagnostics.push(listed.unknown());
            continue;
        };
        let output = match listed.output(&provided.kind) {
            Ok(output) => output,
            Err(diagnostic) => {
                diagnostics.push(*diagnostic);
                continue;
            }
        };
        let name = own_name(name, names);
        let mut all = given(draft, rule);
        all.extend(params);
        let new = New { name: &name, provided, output, params: all, span: item.span };
        let (steps, outputs) = imply(draft, rule, &new, checker, diagnostics);
        draft.inputs.entry(rule.port.clone()).or_default().extend(outputs);
        draft.feeds.extend(rule.inputs.values().cloned());
        implied.extend(steps);
    }
    implied
}

/// An item's kind, the kind's place, and the params of the new step.
fn taken_apart(item: &Node) -> Option<(&str, Span, BTreeMap<String, Node>)> {
    match &item.kind {
        NodeKind::String(kind) => Some((kind, item.span, BTreeMap::new())),
        NodeKind::Table(entries) => {
            let (_, kind) = entries.get(KIND)?;
            let NodeKind::String(name) = &kind.kind else { return None };
            let params = entries
                .iter()
                .filter(|(key, _)| *key != KIND)
                .map(|(key, (_, value))| (key.clone(), value.clone()));
            Some((name, kind.span, params.collect()))
        }
        _ => None,
    }
}

/// The name behind the slash: the kind's, with a number where it is taken.
fn own_name(kind: &str, names: &mut BTreeSet<String>) -> String {
    let plain = kind.replace(':', "-");
    let numbered = (2..).map(|number: usize| format!("{plain}-{number}"));
    let free = std::iter::once(plain.clone()).chain(numbered).find(|name| !names.contains(name));
    let name = free.unwrap_or(plain);
    names.insert(name.clone());
    name
}

fn needs(draft: &Draft, rule: &Expansion, own: &str, place: Span) -> Diagnostic {
    let each = rule.each.as_deref().unwrap_or_default();
    Diagnostic::error("E0306", format!("`{each}` of `{}` needs the input `{own}`", draft.name))
        .label(place, "")
        .label(draft.span, format!("no `inputs.{own}`"))
        .help(format!("add `inputs.{own} = \"..\"`, or remove `{each}`"))
}

/// One item where it stands.
struct Listed<'a> {
    draft: &'a Draft,
    rule: &'a Expansion,
    /// The port that it is to fill.
    fills: &'a InputPort,
    name: &'a str,
    place: Span,
    kinds: &'a Kinds,
}

impl Listed<'_> {
    /// The output that fills the port, of a kind that takes what the rule feeds.
    fn output<'k>(&self, kind: &'k Kind) -> Result<&'k str, Box<Diagnostic>> {
        match (self.lacking(kind), self.filling(kind)) {
            (None, Some(output)) => Ok(output),
            (Some(port), _) => Err(Box::new(self.misfit(&format!("input port `{port}`")))),
            (None, None) => {
                let types = self.fills.types.join(" or ");
                Err(Box::new(self.misfit(&format!("output of the type {types}"))))
            }
        }
    }

    /// A port that the rule feeds and the kind does not have.
    fn lacking(&self, kind: &Kind) -> Option<&String> {
        let has = |name: &String| kind.inputs.iter().any(|port| port.name == *name);
        self.rule.inputs.keys().find(|name| !has(name))
    }

    fn filling<'k>(&self, kind: &'k Kind) -> Option<&'k str> {
        let fitting = || {
            let outputs = kind.outputs.iter();
            outputs.filter(|output| self.fills.types.contains(&output.artifact_type))
        };
        let named = fitting().find(|output| output.name == self.rule.output);
        named.or_else(|| fitting().next()).map(|output| output.name.as_str())
    }

    fn fits(&self, kind: &Kind) -> bool {
        self.lacking(kind).is_none() && self.filling(kind).is_some()
    }

    fn unknown(&self) -> Diagnostic {
        let diagnostic = Diagnostic::error("E0304", format!("there is no kind `{}`", self.name))
            .label(self.place, "unknown kind");
        let fitting = self.kinds.iter().filter(|provided| self.fits(&provided.kind));
        match nearest(self.name, fitting.map(|provided| provided.kind.name.as_str())) {
            Some(name) => diagnostic.help(format!("did you mean `{name}`?")),
            None => diagnostic.help(self.wanted()),
        }
    }

    fn misfit(&self, lacks: &str) -> Diagnostic {
        let each = self.rule.each.as_deref().unwrap_or_default();
        Diagnostic::error(
            "E0317",
            format!("the kind `{}` is none for `{each}`: it has no {lacks}", self.name),
        )
        .label(self.place, format!("listed by `{}`", self.draft.name))
        .help(self.wanted())
    }

    /// Which kinds may stand in the list.
    fn wanted(&self) -> String {
        let ports: Vec<String> = self.rule.inputs.keys().map(|port| format!("`{port}`")).collect();
        let fitting: Vec<String> = self
            .kinds
            .iter()
            .filter(|provided| self.fits(&provided.kind))
            .map(|provided| format!("`{}`", provided.kind.name))
            .collect();
        let wanted = format!(
            "name a kind with the input {} and an output of the type {}",
            ports.join(" and "),
            self.fills.types.join(" or ")
        );
        match fitting.is_empty() {
            true => format!("{wanted}; no worker and no plugin has one"),
            false => format!("{wanted}: {}", fitting.join(", ")),
        }
    }
}
