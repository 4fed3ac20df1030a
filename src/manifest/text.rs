//! Bytes to a [`Node`] tree: UTF-8, size, TOML, depth and number ranges.
//!
//! Pure. The parser goes on behind a mistake, so all of them are told at once.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned as Toml;
use toml::de::{DeTable, DeValue};

use super::needed;
use super::node::{Node, NodeKind};
use crate::diag::{Diagnostic, Span};

/// Largest manifest.
pub const LARGEST: usize = 32 << 20;
/// Deepest nesting of a value.
const DEEPEST: usize = 32;

/// The text, and the root table where there is one. `what` names the file in messages,
/// `file` is its index in the [`crate::diag::Sources`]. With `wanted`, of the steps those
/// that these need, and no exports.
pub(crate) fn parse(
    what: &str,
    file: u32,
    bytes: &[u8],
    wanted: Option<&[String]>,
    diagnostics: &mut Vec<Diagnostic>,
) -> (String, Option<Node>) {
    if bytes.len() > LARGEST {
        let message = format!("{what} has {} bytes, more than {LARGEST}", bytes.len());
        diagnostics.push(
            Diagnostic::error("E0102", message)
                .label(Span { file, start: 0, end: 0 }, "")
                .help("data belongs into files that [sources] names"),
        );
        return (String::new(), None);
    }
    let text = match std::str::from_utf8(bytes) {
        // Line ends are the editor's and the checkout's: in a text of several lines they are one.
        Ok(text) => text.replace("\r\n", "\n"),
        Err(error) => {
            let text = String::from_utf8_lossy(bytes).into_owned();
            let at = error.valid_up_to();
            let line = bytes[..at].iter().filter(|&&byte| byte == b'\n').count() + 1;
            diagnostics.push(
                Diagnostic::error("E0101", format!("line {line} is not UTF-8"))
                    .label(Span { file, start: at, end: at + 3 }, "this byte")
                    .help("save the file as UTF-8"),
            );
            return (text, None);
        }
    };
    if let Some(at) = too_deep(&text) {
        diagnostics.push(deep(Span { file, start: at, end: at + 1 }));
        return (text, None);
    }
    let (table, errors) = DeTable::parse_recoverable(&text);
    let broken = !errors.is_empty();
    // The parser goes on inside a broken line and finds more of the same there.
    let mut last = None;
    for error in errors {
        let span = error.span().unwrap_or_default();
        let line = text.get(..span.start).unwrap_or(&text).matches('\n').count();
        if last.replace(line).is_some_and(|last| line <= last + 1) {
            continue;
        }
        // The parser has a bound of its own, which also ends keys of many dots.
        if error.message().contains("recurs") {
            diagnostics.push(deep(Span { file, start: span.start, end: span.end }));
            continue;
        }
        diagnostics.push(
            Diagnostic::error("E0103", error.message().trim().to_owned())
                .label(Span { file, start: span.start, end: span.end }, "")
                .help("correct the TOML here; https://toml.io says how values are written"),
        );
    }
    if broken {
        return (text, None);
    }
    let kept = wanted.and_then(|wanted| needed::steps(table.get_ref(), wanted));
    let mut reader = Reader { file, diagnostics };
    let root = match kept {
        None => reader.table(table.get_ref(), reader.place(&table), DEEPEST),
        Some(steps) => reader.part(&table, &steps),
    };
    (text, Some(root))
}

/// A text that is one value and nothing else, as a command line brings it.
pub(super) fn value(text: &str) -> Option<Node> {
    let (before, after) = ("value = ", "\nend = true");
    let line = format!("{before}{text}{after}");
    let mut diagnostics = Vec::new();
    let (line, root) = parse("a value", 0, line.as_bytes(), None, &mut diagnostics);
    let NodeKind::Table(mut entries) = root.filter(|_| diagnostics.is_empty())?.kind else {
        return None;
    };
    let (_, value) = entries.remove("value").filter(|_| entries.len() == 1)?;
    // All of it, so that no comment and no further line hides behind it.
    let whole = before.len()..line.len() - after.len();
    (line.get(whole)?.trim() == line.get(value.span.start..value.span.end)?).then_some(value)
}

/// Where brackets nest deeper than any manifest does: the parser descends a call
/// a bracket. Brackets in strings count too, which no honest text has so many of.
fn too_deep(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'\n' if depth <= 4 => depth = 0,
            _ => {}
        }
        if depth > 4 * DEEPEST {
            return Some(at);
        }
    }
    None
}

fn deep(span: Span) -> Diagnostic {
    Diagnostic::error("E0104", format!("values are nested deeper than {DEEPEST}"))
        .label(span, "")
        .help("flatten it")
}

/// Turns the parser's values into nodes.
struct Reader<'a> {
    file: u32,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn place<T>(&self, value: &Toml<T>) -> Span {
        let range = value.span();
        Span { file: self.file, start: range.start, end: range.end }
    }

    /// The root table with these steps and their waivers alone, and without exports.
    fn part(&mut self, root: &Toml<DeTable<'_>>, steps: &BTreeSet<String>) -> Node {
        let mut entries = BTreeMap::new();
        for (key, value) in root.get_ref().iter() {
            let name = key.get_ref();
            let node = match value.get_ref() {
                _ if name == "exports" => continue,
                DeValue::Table(table) if name == "steps" => {
                    let is_kept = |step: &str| steps.contains(step);
                    let kept = table.iter().filter(|(step, _)| is_kept(step.get_ref()));
                    self.entries(kept, self.place(value), DEEPEST - 1)
                }
                DeValue::Array(items) if name == "waivers" => {
                    let kept = items.iter().filter(|item| needed::is_waived(item.get_ref(), steps));
                    let kept = kept.map(|item| self.node(item, DEEPEST - 1)).collect();
                    Node { span: self.place(value), kind: NodeKind::Array(kept) }
                }
                _ => self.node(value, DEEPEST - 1),
            };
            entries.insert(name.to_string(), (self.place(key), node));
        }
        Node { span: self.place(root), kind: NodeKind::Table(entries) }
    }

    fn table(&mut self, table: &DeTable<'_>, span: Span, depth: usize) -> Node {
        self.entries(table.iter(), span, depth)
    }

    fn entries<'a, 'i: 'a>(
        &mut self,
        entries: impl Iterator<Item = (&'a Toml<Cow<'i, str>>, &'a Toml<DeValue<'i>>)>,
        span: Span,
        depth: usize,
    ) -> Node {
        let entries: BTreeMap<String, (Span, Node)> = entries
            .map(|(key, value)| {
                let node = self.node(value, depth.saturating_sub(1));
                (key.get_ref().to_string(), (self.place(key), node))
            })
            .collect();
        Node { span, kind: NodeKind::Table(entries) }
    }

    fn node(&mut self, value: &Toml<DeValue<'_>>, depth: usize) -> Node {
        let span = self.place(value);
        if depth == 0 {
            self.diagnostics.push(deep(span));
            return Node { span, kind: NodeKind::Bool(false) };
        }
        let kind = match value.get_ref() {
            DeValue::String(text) => NodeKind::String(text.to_string()),
            DeValue::Boolean(value) => NodeKind::Bool(*value),
            DeValue::Datetime(value) => NodeKind::String(value.to_string()),
            DeValue::Integer(number) => {
                match i64::from_str_radix(number.as_str(), number.radix()) {
                    Ok(number) => NodeKind::Integer(number),
                    Err(_) => {
                        self.diagnostics.push(range(span, "a whole number of 64 bits"));
                        NodeKind::Integer(0)
                    }
                }
            }
            DeValue::Float(number) => match number.as_str().parse::<f64>() {
                Ok(number) if number.is_finite() => NodeKind::Float(number),
                _ => {
                    self.diagnostics.push(range(span, "a finite number"));
                    NodeKind::Float(0.0)
                }
            },
            DeValue::Array(items) => {
                NodeKind::Array(items.iter().map(|item| self.node(item, depth - 1)).collect())
            }
            DeValue::Table(table) => return self.table(table, span, depth),
        };
        Node { span, kind }
    }
}

fn range(span: Span, what: &str) -> Diagnostic {
    Diagnostic::error("E0105", format!("this is not {what}"))
        .label(span, "")
        .help(format!("write {what}"))
}
