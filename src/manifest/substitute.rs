//! `{params.NAME}` in texts. Pure.
//!
//! A text that is one placeholder alone becomes the param: its value with its type,
//! and its place, because that is where a person changes it.
//! `{{` and `}}` are braces. In a command's words the braces stay as they are:
//! the runner fills the other placeholders, and takes the doubled ones apart.

use std::collections::BTreeMap;

use super::node::{Node, NodeKind};
use crate::diag::suggest::nearest;
use crate::diag::{Diagnostic, Span};

/// What may stand in braces beside params.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Others {
    /// Nothing.
    Refused,
    /// Anything; it stays as it is written.
    Kept,
}

/// A copy of `node` with every param in it.
pub(super) fn substitute(
    node: &Node,
    params: &BTreeMap<String, Node>,
    others: Others,
    diagnostics: &mut Vec<Diagnostic>,
) -> Node {
    let kind = match &node.kind {
        NodeKind::String(text) => match alone(text).map(|name| params.get(name).ok_or(name)) {
            Some(Ok(param)) => return param.clone(),
            Some(Err(name)) => {
                diagnostics.push(unknown(name, node.span, params));
                node.kind.clone()
            }
            None => string(text, node.span, params, others, diagnostics),
        },
        NodeKind::Array(items) => NodeKind::Array(
            items.iter().map(|item| substitute(item, params, others, diagnostics)).collect(),
        ),
        NodeKind::Table(entries) => NodeKind::Table(
            entries
                .iter()
                .map(|(key, (span, value))| {
                    (key.clone(), (*span, substitute(value, params, others, diagnostics)))
                })
                .collect(),
        ),
        other => other.clone(),
    };
    Node { span: node.span, kind }
}

/// The name in a text that is one placeholder.
fn alone(text: &str) -> Option<&str> {
    let name = text.strip_prefix("{params.")?.strip_suffix('}')?;
    (!name.contains(['{', '}'])).then_some(name)
}

fn string(
    text: &str,
    span: Span,
    params: &BTreeMap<String, Node>,
    others: Others,
    diagnostics: &mut Vec<Diagnostic>,
) -> NodeKind {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        filled.push_str(&rest[..at]);
        let tail = &rest[at..];
        if tail.starts_with("{{") || tail.starts_with("}}") {
            let shown = if others == Others::Kept { &tail[..2] } else { &tail[..1] };
            filled.push_str(shown);
            rest = &tail[2..];
            continue;
        }
        let inner = tail.find('}').filter(|_| tail.starts_with('{')).map(|end| &tail[1..end]);
        match inner.and_then(|inner| Some((inner, inner.strip_prefix("params.")?))) {
            Some((inner, name)) => {
                match params.get(name).map(plain) {
                    Some(Some(value)) => filled.push_str(&value),
                    Some(None) => diagnostics.push(
                        Diagnostic::error(
                            "E0209",
                            format!("the param `{name}` is no single value"),
                        )
                        .label(span, "used inside a text here")
                        .help(format!("write \"{{params.{name}}}\" alone")),
                    ),
                    None => diagnostics.push(unknown(name, span, params)),
                }
                rest = &tail[inner.len() + 2..];
            }
            None => {
                if others == Others::Refused {
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

fn unknown(name: &str, span: Span, params: &BTreeMap<String, Node>) -> Diagnostic {
    let mistake = Diagnostic::error("E0208", format!("there is no param `{name}`")).label(span, "");
    match nearest(name, params.keys().map(String::as_str)) {
        Some(near) => mistake.help(format!("did you mean `{{params.{near}}}`?")),
        None => mistake.help(format!("add `{name} = ..` to [params]")),
    }
}
