//! `{params.NAME}` and `{matrix.AXIS}` in texts. Pure.
//!
//! A text that is one placeholder alone becomes the value with its type, and its
//! place, because that is where a person changes it; where a text is asked for, it is
//! spelled out. `{{` and `}}` are braces. In a command's words the braces stay as they
//! are: the runner fills the other placeholders, and takes the doubled ones apart;
//! those of a value are doubled, so that no value can become a placeholder.

use std::collections::BTreeMap;

use super::growth::Growth;
use super::node::{Node, NodeKind};
use crate::diag::suggest::nearest;
use crate::diag::{Diagnostic, Span};

/// What placeholders stand for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Values<'a> {
    /// `{params.NAME}`.
    pub(super) params: &'a BTreeMap<String, Node>,
    /// `{matrix.AXIS}`; nothing outside of a step.
    pub(super) matrix: Option<&'a BTreeMap<String, Node>>,
    /// How much was written out so far.
    pub(super) growth: &'a Growth,
}

impl<'a> Values<'a> {
    /// The table and the name that a placeholder begins with, if it is one of ours.
    fn table<'t>(
        &self,
        inner: &'t str,
    ) -> Option<(&'static str, &'a BTreeMap<String, Node>, &'t str)> {
        let (table, name) = inner.split_once('.')?;
        match (table, self.matrix) {
            ("params", _) => Some(("params", self.params, name)),
            ("matrix", Some(matrix)) => Some(("matrix", matrix, name)),
            _ => None,
        }
    }
}

/// What the result is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A value: a placeholder alone keeps its type.
    Value,
    /// A text: a placeholder alone is spelled out.
    Text,
    /// A command's words: texts in which other placeholders stay as they are written.
    Words,
}

/// A copy of `node` with every value in it.
pub(super) fn substitute(
    node: &Node,
    values: Values<'_>,
    form: Form,
    diagnostics: &mut Vec<Diagnostic>,
) -> Node {
    // What is below it is counted where it is copied.
    let own = Node { span: node.span, kind: NodeKind::Bool(false) };
    if !values.growth.add_copy(&own, diagnostics) {
        return own;
    }
    let kind = match &node.kind {
        NodeKind::String(text) => match alone(text).and_then(|inner| values.table(inner)) {
            Some((table, known, name)) => match known.get(name) {
                Some(value) if form == Form::Value => {
                    return match values.growth.add_copy(value, diagnostics) {
                        true => value.clone(),
                        false => node.clone(),
                    };
                }
                Some(value) if plain(value).is_some() => {
                    let kind = string(text, node.span, values, form, diagnostics);
                    return Node { span: value.span, kind };
                }
                Some(_) => string(text, node.span, values, form, diagnostics),
                None => {
                    diagnostics.push(unknown(table, name, node.span, known));
                    node.kind.clone()
                }
            },
            None => string(text, node.span, values, form, diagnostics),
        },
        NodeKind::Array(items) => NodeKind::Array(
            items.iter().map(|item| substitute(item, values, form, diagnostics)).collect(),
        ),
        NodeKind::Table(entries) => NodeKind::Table(
            entries
                .iter()
                .map(|(key, (span, value))| {
                    (key.clone(), (*span, substitute(value, values, form, diagnostics)))
                })
                .collect(),
        ),
        other => other.clone(),
    };
    Node { span: node.span, kind }
}

/// What stands in a text that is one placeholder.
fn alone(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    (!inner.contains(['{', '}'])).then_some(inner)
}

/// A text whose braces are braces, wherever it comes to stand.
fn doubled(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

fn string(
    text: &str,
    span: Span,
    values: Values<'_>,
    form: Form,
    diagnostics: &mut Vec<Diagnostic>,
) -> NodeKind {
    let length = filled_length(text, values);
    if length > LONGEST {
        diagnostics.push(
            Diagnostic::error("E0220", format!("with its params this text has {length} bytes"))
                .label(span, format!("more than {LONGEST}"))
                .help("hand a file over instead: an input, or a param that is a path"),
        );
        return NodeKind::String(String::new());
    }
    if !values.growth.add(length, span, diagnostics) {
        return NodeKind::String(String::new());
    }
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        filled.push_str(&rest[..at]);
        let tail = &rest[at..];
        if tail.starts_with("{{") || tail.starts_with("}}") {
            let shown = if form == Form::Words { &tail[..2] } else { &tail[..1] };
            filled.push_str(shown);
            rest = &tail[2..];
            continue;
        }
        let inner = tail.find('}').filter(|_| tail.starts_with('{')).map(|end| &tail[1..end]);
        match inner.and_then(|inner| Some((inner, values.table(inner)?))) {
            Some((inner, (table, known, name))) => {
                match known.get(name).map(plain) {
                    Some(Some(value)) if form == Form::Words => {
                        filled.push_str(&doubled(&value));
                    }
                    Some(Some(value)) => filled.push_str(&value),
                    Some(None) => diagnostics.push(
                        Diagnostic::error("E0209", format!("`{table}.{name}` is no single value"))
                            .label(span, "used inside a text here")
                            .help("take a text, a number or a truth value"),
                    ),
                    None => diagnostics.push(unknown(table, name, span, known)),
                }
                rest = &tail[inner.len() + 2..];
            }
            None => {
                if form != Form::Words {
                    diagnostics.push(
                        Diagnostic::error("E0209", "this brace begins no placeholder")
                            .label(span, "")
                            .help("write `{params.NAME}`, or `{{` for a brace"),
                    );
                }
                filled.push_str(&tail[..1]);
                rest = &tail[1..];
            }
        }
    }
    filled.push_str(rest);
    NodeKind::String(filled)
}

/// Longest text with its params written out.
const LONGEST: u64 = 16 << 20;

/// How long a text is with its placeholders filled; braces that are doubled count once.
fn filled_length(text: &str, values: Values<'_>) -> u64 {
    text.split('{').skip(1).fold(text.len() as u64, |length, part| {
        let inner = part.split_once('}').map_or("", |(inner, _)| inner);
        let value = values.table(inner).and_then(|(_, known, name)| known.get(name));
        match value.map(|value| &value.kind) {
            Some(NodeKind::String(value)) => {
                length.saturating_add(value.len() as u64) - inner.len() as u64 - 2
            }
            _ => length,
        }
    })
}

/// A single value as text.
fn plain(node: &Node) -> Option<String> {
    match &node.kind {
        NodeKind::Bool(value) => Some(value.to_string()),
        NodeKind::Integer(value) => Some(value.to_string()),
        NodeKind::Float(value) => Some(value.to_string()),
        NodeKind::String(value) => Some(value.clone()),
        NodeKind::Array(_) | NodeKind::Table(_) => None,
    }
}

fn unknown(table: &str, name: &str, span: Span, known: &BTreeMap<String, Node>) -> Diagnostic {
    let what = if table == "matrix" { "axis" } else { "param" };
    let mistake =
        Diagnostic::error("E0208", format!("there is no {what} `{name}`")).label(span, "");
    match nearest(name, known.keys().map(String::as_str)) {
        Some(near) => mistake.help(format!("did you mean `{{{table}.{near}}}`?")),
        None if table == "matrix" => {
            mistake.help(format!("add `matrix.{name} = [..]` to the step"))
        }
        None => mistake.help(format!("add `{name} = ..` to [params]")),
    }
}
