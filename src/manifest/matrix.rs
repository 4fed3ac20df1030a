//! `matrix` and `replicates`: one step's table becomes one a point. Pure.
//!
//! Axes are sorted by name; points are in the order of the axes' values. Adding
//! a value or an axis renames no other point of the same axes, and a name is in
//! no key, so what was built stays built.

use std::collections::BTreeMap;

use super::fields::wrong_type;
use super::node::{Node, NodeKind};
use crate::diag::{Diagnostic, Span};

/// Most points of one step.
const MOST: usize = 10_000;
/// The axis of seeds.
const REPLICATE: &str = "replicate";

type Entries = BTreeMap<String, (Span, Node)>;

/// One point: its coordinates, its table, and which replicate it is.
pub(super) struct Point {
    /// Axis -> label.
    pub(super) labels: BTreeMap<String, String>,
    /// The step's table at this point.
    pub(super) entries: Entries,
    /// From 1.
    pub(super) replicate: u32,
}

/// The name of a point of `base`.
pub(super) fn name(base: &str, labels: &BTreeMap<String, String>) -> String {
    if labels.is_empty() {
        return base.to_owned();
    }
    let labels: Vec<String> =
        labels.iter().map(|(axis, label)| format!("{axis}={label}")).collect();
    format!("{base}@{}", labels.join(","))
}

/// The points of a step's table, whose keys `matrix` and `replicates` are gone.
pub(super) fn points(base: &str, table: &Entries, diagnostics: &mut Vec<Diagnostic>) -> Vec<Point> {
    let mut entries = table.clone();
    let matrix = entries.remove("matrix");
    let replicates = entries.remove("replicates");
    let mut points = vec![Point { labels: BTreeMap::new(), entries, replicate: 1 }];
    for axis in axes(base, matrix.as_ref(), diagnostics) {
        points = spread(points, &axis);
        if points.len() > MOST {
            diagnostics.push(
                Diagnostic::error("E0211", format!("`{base}` has more than {MOST} points"))
                    .label(axis.span, "with this axis")
                    .help("take values or axes away"),
            );
            return Vec::new();
        }
    }
    let Some((_, node)) = replicates else { return points };
    match node.kind {
        NodeKind::Integer(count @ 1..=1000) => replicate(points, count as u32),
        NodeKind::Integer(_) => {
            diagnostics.push(
                Diagnostic::error("E0211", "`replicates` is out of range")
                    .label(node.span, "")
                    .help("write a whole number from 1 to 1000"),
            );
            points
        }
        _ => {
            diagnostics.push(wrong_type("replicates", &node, "a whole number"));
            points
        }
    }
}

/// One axis: label -> the keys that it sets.
struct Axis {
    name: String,
    span: Span,
    values: Vec<(String, Entries)>,
}

fn axes(base: &str, matrix: Option<&(Span, Node)>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Axis> {
    let Some((_, matrix)) = matrix else { return Vec::new() };
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
        let values = match &node.kind {
            NodeKind::Array(items) => listed(name, *span, items, diagnostics),
            NodeKind::Table(points) => named(name, points, diagnostics),
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
        let mut labels: Vec<&String> = values.iter().map(|(label, _)| label).collect();
        labels.sort();
        if let Some(twice) = labels.windows(2).find(|pair| pair[0] == pair[1]) {
            diagnostics.push(
                Diagnostic::error("E0211", format!("the axis `{name}` has `{}` twice", twice[0]))
                    .label(node.span, "")
                    .help("take one away"),
            );
            continue;
        }
        axes.push(Axis { name: name.clone(), span: node.span, values });
    }
    axes
}

fn listed(
    axis: &str,
    span: Span,
    items: &[Node],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(String, Entries)> {
    items
        .iter()
        .filter_map(|item| match label(item) {
            Some(label) => {
                Some((label, BTreeMap::from([(axis.to_owned(), (span, item.clone()))])))
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
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(String, Entries)> {
    points
        .iter()
        .filter_map(|(label, (span, node))| {
            super::names::check("point", label, *span, diagnostics).then_some(())?;
            match &node.kind {
                NodeKind::Table(keys) => Some((label.clone(), keys.clone())),
                _ => {
                    let entry = (*span, node.clone());
                    Some((label.clone(), BTreeMap::from([(axis.to_owned(), entry)])))
                }
            }
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
    let fits = |c: char| c.is_ascii_alphanumeric() || "_-.+".contains(c);
    let good = !label.is_empty() && label.len() <= 60 && label.chars().all(fits);
    (good && !label.starts_with('.')).then_some(label)
}

fn spread(points: Vec<Point>, axis: &Axis) -> Vec<Point> {
    let mut spread = Vec::with_capacity(points.len() * axis.values.len());
    for point in points {
        for (label, keys) in &axis.values {
            let mut labels = point.labels.clone();
            labels.insert(axis.name.clone(), label.clone());
            let mut entries = point.entries.clone();
            entries.extend(keys.clone());
            spread.push(Point { labels, entries, replicate: 1 });
            if spread.len() > MOST {
                return spread;
            }
        }
    }
    spread
}

fn replicate(points: Vec<Point>, count: u32) -> Vec<Point> {
    let mut replicated = Vec::new();
    for point in points {
        for number in 1..=count {
            let mut labels = point.labels.clone();
            labels.insert(REPLICATE.to_owned(), number.to_string());
            replicated.push(Point { labels, entries: point.entries.clone(), replicate: number });
        }
    }
    replicated
}
