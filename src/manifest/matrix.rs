//! `matrix` and `replicates`: one step's table becomes one a point. Pure.
//!
//! An axis sets the key of its name, and `{matrix.AXIS}` stands for its value in any
//! text of the step. A command has no keys of its own: there it is the text alone. An axis
//! of [`partition`]s sets no key: it says what of a source is read.
//!
//! Axes are sorted by name; points are in the order of the axes' values. Adding
//! a value or an axis renames no other point of the same axes, and a name is in
//! no key, so what was built stays built.

use std::collections::BTreeMap;

use super::fields::wrong_type;
use super::growth::{self, Growth};
use super::node::{Node, NodeKind};
use super::{Source, partition};
use crate::diag::{Diagnostic, Span};

/// Most points of one step.
const MOST: u64 = 10_000;
/// Most points of one step with their replicates.
const MOST_REPLICATES: u64 = 100_000;
/// Most axes of one step: each one's label is in a point's name.
const MOST_AXES: usize = 16;
/// The axis of seeds.
const REPLICATE: &str = "replicate";

/// A step's table.
pub(super) type Entries = BTreeMap<String, (Span, Node)>;

/// One point: its coordinates, what they set, and which replicate it is.
#[derive(Clone)]
pub(super) struct Point {
    /// Axis -> label.
    pub(super) labels: BTreeMap<String, String>,
    /// Axis -> value, for `{matrix.AXIS}`.
    pub(super) values: BTreeMap<String, Node>,
    /// The keys of the step's table that are other ones at this point.
    pub(super) entries: Entries,
    /// From 1.
    pub(super) replicate: u32,
    /// Where `replicates` was written.
    pub(super) replicates: Option<Span>,
    /// Axis -> the source whose partition it is.
    pub(super) partitions: BTreeMap<String, String>,
}

/// What a step says of its points.
pub(super) struct Written<'a> {
    pub(super) base: &'a str,
    pub(super) matrix: Option<&'a Node>,
    pub(super) replicates: Option<&'a Node>,
    /// Whether an axis sets the key of its name.
    pub(super) sets_keys: bool,
    /// What axes may take their points from.
    pub(super) sources: &'a BTreeMap<String, Source>,
}

/// The name of a point of `base`.
pub fn name(base: &str, labels: &BTreeMap<String, String>) -> String {
    if labels.is_empty() {
        return base.to_owned();
    }
    let labels: Vec<String> =
        labels.iter().map(|(axis, label)| format!("{axis}={label}")).collect();
    format!("{base}@{}", labels.join(","))
}

/// The points of a step's table.
pub(super) fn points(
    written: &Written<'_>,
    growth: &Growth,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Point> {
    let Written { base, matrix, replicates, .. } = *written;
    let mut points = vec![Point {
        labels: BTreeMap::new(),
        values: BTreeMap::new(),
        entries: BTreeMap::new(),
        replicate: 1,
        replicates: replicates.map(|node| node.span),
        partitions: BTreeMap::new(),
    }];
    let axes = axes(written, diagnostics);
    if axes.len() > MOST_AXES {
        let message = format!("`{base}` has {} axes, more than {MOST_AXES}", axes.len());
        diagnostics.push(
            Diagnostic::error("E0211", message)
                .label(matrix.map_or(Span::default(), |matrix| matrix.span), "")
                .help("name points that set several keys: matrix.AXIS = { small = { .. }, .. }"),
        );
        return Vec::new();
    }
    let all = axes.iter().fold(1_u64, |all, axis| all.saturating_mul(axis.values.len() as u64));
    if all > MOST {
        diagnostics.push(
            Diagnostic::error("E0211", format!("`{base}` has {all} points, more than {MOST}"))
                .label(matrix.map_or(Span::default(), |matrix| matrix.span), "")
                .help("take values or axes away"),
        );
        return Vec::new();
    }
    for axis in &axes {
        let Some(wider) = spread(&points, axis, growth, diagnostics) else { return Vec::new() };
        points = wider;
    }
    let Some(node) = replicates else { return points };
    match node.kind {
        NodeKind::Integer(count @ 1..=1000) => {
            let all = all * count.unsigned_abs();
            if all > MOST_REPLICATES {
                let message =
                    format!("`{base}` has {all} replicates of points, more than {MOST_REPLICATES}");
                diagnostics.push(
                    Diagnostic::error("E0211", message)
                        .label(node.span, "with these replicates")
                        .help("take replicates or points away"),
                );
                return Vec::new();
            }
            replicate(&points, count as u32, growth, diagnostics)
        }
        NodeKind::Integer(count) => {
            diagnostics.push(
                Diagnostic::error("E0211", format!("`replicates` is {count}, out of range"))
                    .label(node.span, "")
                    .help("write a whole number from 1 to 1000"),
            );
            points
        }
        _ => {
            diagnostics.push(wrong_type("replicates", node, "a whole number"));
            points
        }
    }
}

/// One axis.
struct Axis {
    name: String,
    span: Span,
    values: Vec<Value>,
    /// The source whose partitions they are.
    source: Option<String>,
}

/// One value of an axis: its label, what `{matrix.AXIS}` stands for, the keys it sets.
struct Value {
    label: String,
    value: Node,
    entries: Entries,
}

fn axes(written: &Written<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Axis> {
    let Written { base, matrix, sets_keys, .. } = *written;
    let Some(matrix) = matrix else { return Vec::new() };
    let NodeKind::Table(entries) = &matrix.kind else {
        diagnostics.push(wrong_type("matrix", matrix, "a table of axes"));
        return Vec::new();
    };
    let mut axes = Vec::new();
    for (name, (span, node)) in entries {
        if matches!(node.kind, NodeKind::Bool(false)) {
            continue;
        }
        if name == REPLICATE || !super::names::is_name(name) {
            diagnostics.push(
                Diagnostic::error("E0211", format!("`{name}` cannot be an axis"))
                    .label(*span, "")
                    .help("an axis of seeds is `replicates = N`; others are named like params"),
            );
            continue;
        }
        let from = partition::from((name, *span), node, written.sources, diagnostics);
        let values = match &node.kind {
            _ if let Some(from) = &from => {
                // What is wrong with it is told already.
                let Some(from) = from else { continue };
                from.labels.iter().map(|label| partition_value(label, node.span)).collect()
            }
            NodeKind::Array(items) => listed(name, *span, items, sets_keys, diagnostics),
            NodeKind::Table(points) => named(name, points, sets_keys, diagnostics),
            _ => {
                diagnostics.push(wrong_type(&format!("matrix.{name}"), node, "a list of values"));
                continue;
            }
        };
        if values.is_empty() {
            diagnostics.push(
                Diagnostic::error("E0211", format!("the axis `{name}` of `{base}` has no value"))
                    .label(node.span, "")
                    .help("give it a value, or take it away"),
            );
            continue;
        }
        let mut labels: Vec<&String> = values.iter().map(|value| &value.label).collect();
        labels.sort();
        if let Some(twice) = labels.windows(2).find(|pair| pair[0] == pair[1]) {
            diagnostics.push(
                Diagnostic::error("E0211", format!("the axis `{name}` has `{}` twice", twice[0]))
                    .label(node.span, "")
                    .help("take one away"),
            );
            continue;
        }
        let source = from.flatten().map(|from| from.source);
        axes.push(Axis { name: name.clone(), span: node.span, values, source });
    }
    axes
}

/// A partition sets no key: it is read where the source stands on a port.
fn partition_value(label: &str, span: Span) -> Value {
    let value = Node { span, kind: NodeKind::String(label.to_owned()) };
    Value { label: label.to_owned(), value, entries: Entries::new() }
}

fn listed(
    axis: &str,
    span: Span,
    items: &[Node],
    sets_keys: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Value> {
    items
        .iter()
        .filter_map(|item| match label(item) {
            Some(label) => {
                let entry = sets_keys.then(|| (axis.to_owned(), (span, item.clone())));
                Some(Value { label, value: item.clone(), entries: entry.into_iter().collect() })
            }
            None => {
                diagnostics.push(
                    Diagnostic::error("E0211", "this value gives no name for its point")
                        .label(item.span, "")
                        .help(format!(
                            "name the points: matrix.{axis} = {{ small = {{ .. }}, big = {{ .. }} }}"
                        )),
                );
                None
            }
        })
        .collect()
}

fn named(
    axis: &str,
    points: &Entries,
    sets_keys: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Value> {
    // In the order of the manifest: what chooses among points takes the first of equals.
    let mut written: Vec<_> = points.iter().collect();
    written.sort_by_key(|(_, (span, _))| *span);
    written
        .into_iter()
        .filter_map(|(label, (span, node))| {
            super::names::check("point", label, *span, diagnostics).then_some(())?;
            let label = label.clone();
            Some(match &node.kind {
                NodeKind::Table(keys) => {
                    let value = Node { span: *span, kind: NodeKind::String(label.clone()) };
                    Value { label, value, entries: keys.clone() }
                }
                _ => {
                    let entry = sets_keys.then(|| (axis.to_owned(), (*span, node.clone())));
                    Value { label, value: node.clone(), entries: entry.into_iter().collect() }
                }
            })
        })
        .collect()
}

/// The word for a value: a number in its shortest form.
fn label(node: &Node) -> Option<String> {
    let label = match &node.kind {
        NodeKind::Bool(value) => value.to_string(),
        NodeKind::Integer(value) => value.to_string(),
        NodeKind::Float(value) if *value != 0.0 && !(1e-7..1e15).contains(&value.abs()) => {
            format!("{value:e}")
        }
        NodeKind::Float(value) => value.to_string(),
        NodeKind::String(value) => value.clone(),
        NodeKind::Array(_) | NodeKind::Table(_) => return None,
    };
    is_label(&label).then_some(label)
}

/// Whether a text can stand in the name of a point.
pub fn is_label(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_-.+".contains(c);
    let good = !text.is_empty() && text.len() <= 60 && text.chars().all(fits);
    good && !text.starts_with('.')
}

/// Each point at each value of one more axis; nothing where that is too much.
fn spread(
    points: &[Point],
    axis: &Axis,
    growth: &Growth,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Vec<Point>> {
    let mut spread = Vec::with_capacity(points.len() * axis.values.len());
    for point in points {
        for value in &axis.values {
            let set: u64 = value.entries.values().map(|(_, node)| growth::size(node)).sum();
            let bytes = size(point) + set + growth::size(&value.value);
            growth.add(bytes, axis.span, diagnostics).then_some(())?;
            let mut point = point.clone();
            point.labels.insert(axis.name.clone(), value.label.clone());
            point.values.insert(axis.name.clone(), value.value.clone());
            point.entries.extend(value.entries.clone());
            let source = axis.source.iter().map(|source| (axis.name.clone(), source.clone()));
            point.partitions.extend(source);
            spread.push(point);
        }
    }
    Some(spread)
}

/// About what a point takes.
fn size(point: &Point) -> u64 {
    let set = point.entries.values().map(|(_, node)| node);
    growth::STEP + point.values.values().chain(set).map(growth::size).sum::<u64>()
}

fn replicate(
    points: &[Point],
    count: u32,
    growth: &Growth,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Point> {
    let mut all = Vec::new();
    for point in points {
        for number in 1..=count {
            let place = point.values.values().next().map_or(Span::default(), |value| value.span);
            if !growth.add(size(point), place, diagnostics) {
                return Vec::new();
            }
            let mut point = Point { replicate: number, ..point.clone() };
            point.labels.insert(REPLICATE.to_owned(), number.to_string());
            all.push(point);
        }
    }
    all
}
