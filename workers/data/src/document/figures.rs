//! Pictures as inline SVG: the lineage, and a confusion matrix. Pure.
//!
//! Colours are `currentColor` and its shades, so a picture follows the page, light
//! or dark.

use std::collections::BTreeMap;
use std::fmt::Write;

use ingot_protocol::Lineage;

use super::facts::anchor;

/// Boxes by depth, edges from left to right.
pub(super) fn graph(lineage: &Lineage) -> String {
    let mut depth: BTreeMap<&str, usize> = BTreeMap::new();
    let mut columns: Vec<Vec<&str>> = vec![lineage.sources.keys().map(String::as_str).collect()];
    for name in lineage.sources.keys() {
        depth.insert(name, 0);
    }
    let mut edges: Vec<(&str, &str)> = Vec::new();
    for step in &lineage.steps {
        let before: Vec<&str> = step
            .inputs
            .values()
            .flatten()
            .filter_map(|reference| origin(reference, &depth))
            .collect();
        let at =
            before.iter().filter_map(|name| depth.get(name)).max().map_or(1, |depth| depth + 1);
        depth.insert(&step.step, at);
        if columns.len() <= at {
            columns.resize(at + 1, Vec::new());
        }
        columns[at].push(&step.step);
        edges.extend(before.into_iter().map(|name| (name, step.step.as_str())));
    }
    edges.sort_unstable();
    edges.dedup();
    let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
    let (wide, high) = (columns.len() * 170, rows * 34 + 10);
    let place: BTreeMap<&str, (usize, usize)> = columns
        .iter()
        .enumerate()
        .flat_map(|(column, names)| {
            let top = (rows - names.len()) * 17;
            names
                .iter()
                .enumerate()
                .map(move |(row, name)| (*name, (column * 170, top + row * 34 + 5)))
        })
        .collect();
    let mut svg = format!(
        "<svg role=\"img\" aria-label=\"lineage\" viewBox=\"0 0 {wide} {high}\" width=\"{wide}\" \
         height=\"{high}\" font-size=\"11\" fill=\"currentColor\">"
    );
    for (from, to) in edges {
        if let (Some((x1, y1)), Some((x2, y2))) = (place.get(from), place.get(to)) {
            let (x1, y1, y2) = (x1 + 146, y1 + 12, y2 + 12);
            let middle = (x1 + x2) / 2;
            let _ = write!(
                svg,
                "<path d=\"M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}\" fill=\"none\" \
                 stroke=\"currentColor\" stroke-opacity=\".35\"/>"
            );
        }
    }
    for (name, (x, y)) in place {
        let shown: String = match name.chars().count() {
            0..=23 => name.to_owned(),
            _ => name.chars().take(22).chain(['…']).collect(),
        };
        let _ = write!(
            svg,
            "<a href=\"#{}\"><rect x=\"{x}\" y=\"{y}\" width=\"146\" height=\"24\" rx=\"4\" \
             fill-opacity=\".06\" stroke=\"currentColor\" stroke-opacity=\".4\"/>\
             <text x=\"{}\" y=\"{}\">{}</text></a>",
            anchor(name),
            x + 7,
            y + 16,
            escape(&shown)
        );
    }
    svg.push_str("</svg>");
    svg
}

/// The step or source that a reference names.
fn origin<'a>(reference: &str, known: &BTreeMap<&'a str, usize>) -> Option<&'a str> {
    let names = known.keys().filter(|name| {
        reference
            .strip_prefix(**name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '/']))
    });
    names.max_by_key(|name| name.len()).copied()
}

/// Cells shaded by the share of their row.
pub(super) fn confusion(classes: &[String], counts: &[Vec<u64>]) -> String {
    const CELL: usize = 34;
    let size = classes.len() * CELL + 90;
    let mut svg = format!(
        "<svg role=\"img\" aria-label=\"confusion matrix\" viewBox=\"0 0 {size} {size}\" \
         width=\"{size}\" height=\"{size}\" font-size=\"11\" text-anchor=\"middle\" fill=\"currentColor\">\
         <text x=\"{}\" y=\"14\">predicted</text>\
         <text transform=\"translate(12 {}) rotate(-90)\">true</text>",
        80 + classes.len() * CELL / 2,
        50 + classes.len() * CELL / 2
    );
    for (at, class) in classes.iter().enumerate() {
        let along = 80 + at * CELL + CELL / 2;
        let shown = escape(&class.chars().take(5).collect::<String>());
        let _ = write!(
            svg,
            "<text x=\"{along}\" y=\"36\">{shown}</text><text x=\"58\" y=\"{}\">{shown}</text>",
            46 + at * CELL + CELL / 2 + 4
        );
    }
    for (row, counts) in counts.iter().enumerate() {
        let all: u64 = counts.iter().sum();
        for (column, &count) in counts.iter().enumerate() {
            let (x, y) = (80 + column * CELL, 46 + row * CELL);
            let share = if all == 0 { 0.0 } else { count as f64 / all as f64 };
            let _ = write!(
                svg,
                "<rect x=\"{x}\" y=\"{y}\" width=\"{0}\" height=\"{0}\" fill-opacity=\"{1:.3}\"/>",
                CELL - 2,
                share * 0.45 + 0.03
            );
            if count > 0 {
                let _ = write!(svg, "<text x=\"{}\" y=\"{}\">{count}</text>", x + 16, y + 20);
            }
        }
    }
    svg.push_str("</svg>");
    svg
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
