//! [`Fields`]: reads a table key by key, and tells of what is wrong or left over.
//!
//! Every getter pushes its own diagnostic and gives nothing, so a reader goes on
//! and all mistakes are told at once. [`Fields::finish`] names unknown keys.

use std::collections::{BTreeMap, BTreeSet};

use super::node::{Node, NodeKind};
use crate::diag::suggest::nearest;
use crate::diag::{Diagnostic, Span, Spanned};

/// A table that is being read.
pub(crate) struct Fields<'a> {
    /// What the table is, for messages: `[steps.tune]`.
    what: String,
    /// The table's place.
    pub(crate) span: Span,
    entries: &'a BTreeMap<String, (Span, Node)>,
    known: BTreeSet<&'static str>,
}

static EMPTY: BTreeMap<String, (Span, Node)> = BTreeMap::new();

impl<'a> Fields<'a> {
    /// The fields of a table; any other value is a mistake, and has none.
    pub(crate) fn of(
        what: impl Into<String>,
        node: &'a Node,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let what = what.into();
        let entries = match &node.kind {
            NodeKind::Table(entries) => entries,
            _ => {
                diagnostics.push(wrong_type(&what, node, "a table"));
                &EMPTY
            }
        };
        Self { what, span: node.span, entries, known: BTreeSet::new() }
    }

    /// A value, whatever it is.
    pub(crate) fn any(&mut self, key: &'static str) -> Option<(Span, &'a Node)> {
        self.known.insert(key);
        self.entries.get(key).map(|(span, node)| (*span, node))
    }

    /// A text.
    pub(crate) fn text(
        &mut self,
        key: &'static str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Spanned<String>> {
        let (_, node) = self.any(key)?;
        text(&self.path(key), node, diagnostics)
    }

    /// A text that must be there.
    pub(crate) fn needed_text(
        &mut self,
        key: &'static str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Spanned<String>> {
        if !self.entries.contains_key(key) {
            self.known.insert(key);
            diagnostics.push(
                Diagnostic::error("E0203", format!("{} needs `{key}`", self.what))
                    .label(self.span, format!("no `{key}`"))
                    .help(format!("add `{key} = \"..\"`")),
            );
            return None;
        }
        self.text(key, diagnostics)
    }

    /// A text or a list of texts.
    pub(crate) fn texts(
        &mut self,
        key: &'static str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<Spanned<String>> {
        match self.any(key) {
            Some((_, node)) => texts(&self.path(key), node, diagnostics),
            None => Vec::new(),
        }
    }

    /// The seed of a table, and where it stands.
    pub(crate) fn seed(&mut self, diagnostics: &mut Vec<Diagnostic>) -> Option<Spanned<u64>> {
        let value = self.integer("seed", 0, i64::MAX, diagnostics)?.unsigned_abs();
        let span = self.any("seed").map_or(self.span, |(_, node)| node.span);
        Some(Spanned::new(value, span))
    }

    /// A whole number in a range.
    pub(crate) fn integer(
        &mut self,
        key: &'static str,
        least: i64,
        most: i64,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<i64> {
        let (_, node) = self.any(key)?;
        match node.kind {
            NodeKind::Integer(value) if (least..=most).contains(&value) => Some(value),
            NodeKind::Integer(_) => {
                let message = format!("`{}` is out of range", self.path(key));
                let help = match most {
                    i64::MAX => format!("write a whole number of at least {least}"),
                    _ => format!("write a whole number from {least} to {most}"),
                };
                diagnostics
                    .push(Diagnostic::error("E0204", message).label(node.span, "").help(help));
                None
            }
            _ => {
                diagnostics.push(wrong_type(&self.path(key), node, "a whole number"));
                None
            }
        }
    }

    /// A finite number.
    pub(crate) fn number(
        &mut self,
        key: &'static str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Spanned<f64>> {
        let (_, node) = self.any(key)?;
        match node.kind {
            NodeKind::Integer(value) => Some(Spanned::new(value as f64, node.span)),
            NodeKind::Float(value) => Some(Spanned::new(value, node.span)),
            _ => {
                diagnostics.push(wrong_type(&self.path(key), node, "a number"));
                None
            }
        }
    }

    /// `true` or `false`.
    pub(crate) fn flag(
        &mut self,
        key: &'static str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<bool> {
        let (_, node) = self.any(key)?;
        match node.kind {
            NodeKind::Bool(value) => Some(value),
            _ => {
                diagnostics.push(wrong_type(&self.path(key), node, "true or false"));
                None
            }
        }
    }

    /// One of a few words.
    pub(crate) fn word(
        &mut self,
        key: &'static str,
        words: &[&str],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<String> {
        let found = self.text(key, diagnostics)?;
        if words.contains(&found.value.as_str()) {
            return Some(found.value);
        }
        let list: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        let message = format!("`{}` cannot be `{}`", self.path(key), found.value);
        diagnostics.push(
            Diagnostic::error("E0204", message)
                .label(found.span, "")
                .help(format!("write {}", list.join(" or "))),
        );
        None
    }

    /// The entries of a table.
    pub(crate) fn table(
        &mut self,
        key: &'static str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<(&'a str, Span, &'a Node)> {
        let Some((_, node)) = self.any(key) else { return Vec::new() };
        match &node.kind {
            NodeKind::Table(entries) => {
                entries.iter().map(|(name, (span, node))| (name.as_str(), *span, node)).collect()
            }
            _ => {
                diagnostics.push(wrong_type(&self.path(key), node, "a table"));
                Vec::new()
            }
        }
    }

    /// What nobody asked for: with its key's place.
    pub(crate) fn rest(&self) -> impl Iterator<Item = (&'a str, Span, &'a Node)> {
        self.entries
            .iter()
            .filter(|(key, _)| !self.known.contains(key.as_str()))
            .map(|(key, (span, node))| (key.as_str(), *span, node))
    }

    /// Names every key that nobody asked for.
    pub(crate) fn finish(&self, diagnostics: &mut Vec<Diagnostic>) {
        for (key, span, _) in self.rest() {
            let message = format!("{} has no key `{key}`", self.what);
            let mistake = Diagnostic::error("E0201", message).label(span, "unknown key");
            diagnostics.push(match nearest(key, self.known.iter().copied()) {
                Some(near) => mistake.help(format!("did you mean `{near}`?")),
                None => {
                    let keys: Vec<&str> = self.known.iter().copied().collect();
                    mistake.help(format!("its keys are {}", keys.join(", ")))
                }
            });
        }
    }

    fn path(&self, key: &str) -> String {
        format!("{key}` of `{}", self.what)
    }
}

/// A node as text.
pub(crate) fn text(
    what: &str,
    node: &Node,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Spanned<String>> {
    match &node.kind {
        NodeKind::String(text) => Some(Spanned::new(text.clone(), node.span)),
        _ => {
            diagnostics.push(wrong_type(what, node, "a text"));
            None
        }
    }
}

/// A node as one text or several.
pub(crate) fn texts(
    what: &str,
    node: &Node,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Spanned<String>> {
    match &node.kind {
        NodeKind::Array(items) => {
            items.iter().filter_map(|item| text(what, item, diagnostics)).collect()
        }
        _ => text(what, node, diagnostics).into_iter().collect(),
    }
}

/// A value of the wrong type.
pub(crate) fn wrong_type(what: &str, node: &Node, wanted: &str) -> Diagnostic {
    let found = match node.kind {
        NodeKind::Bool(_) => "a truth value",
        NodeKind::Integer(_) => "a whole number",
        NodeKind::Float(_) => "a number",
        NodeKind::String(_) => "a text",
        NodeKind::Array(_) => "a list",
        NodeKind::Table(_) => "a table",
    };
    Diagnostic::error("E0202", format!("`{what}` must be {wanted}"))
        .label(node.span, format!("this is {found}"))
        .help(format!("write {wanted}"))
}
