//! `[[steps.NAME.gates]]`: conditions on a result's metrics. Pure.

use std::collections::BTreeMap;

use super::fields::{Fields, text, wrong_type};
use super::node::{Node, NodeKind};
use super::step::{Bound, Gate, Inconclusive};
use crate::diag::Diagnostic;

/// Most gates of a step: each is looked up among all of its metrics.
const MOST: usize = 1000;

/// The gates of a step.
pub(super) fn gates(what: &str, node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Vec<Gate> {
    match &node.kind {
        NodeKind::Array(items) if items.len() > MOST => {
            let message = format!("{what} has {} gates, more than {MOST}", items.len());
            diagnostics.push(
                Diagnostic::error("E0212", message)
                    .label(node.span, "")
                    .help("let the step report the worst of its metrics, and judge that"),
            );
            Vec::new()
        }
        NodeKind::Array(items) => {
            items.iter().filter_map(|item| gate(what, item, diagnostics)).collect()
        }
        _ => {
            let wanted = "a list of tables ([[steps.NAME.gates]])";
            diagnostics.push(wrong_type("gates", node, wanted));
            Vec::new()
        }
    }
}

fn gate(what: &str, node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Gate> {
    let mut fields = Fields::of(format!("a gate of {what}"), node, diagnostics);
    let metric = fields.needed_text("metric", diagnostics);
    let min = fields.number("min", diagnostics);
    let max = fields.number("max", diagnostics);
    let confidence = fields.number("confidence", diagnostics);
    let than = fields.text("than", diagnostics);
    let words = ["fail", "hold", "pass"];
    let inconclusive = match fields.word("inconclusive", &words, diagnostics).as_deref() {
        Some("hold") => Inconclusive::Hold,
        Some("pass") => Inconclusive::Pass,
        _ => Inconclusive::Fail,
    };
    let mut slice = BTreeMap::new();
    for (column, _, value) in fields.table("slice", diagnostics) {
        let value = match &value.kind {
            NodeKind::Integer(number) => Some(number.to_string()),
            NodeKind::Bool(flag) => Some(flag.to_string()),
            _ => text("slice", value, diagnostics).map(|text| text.value),
        };
        slice.extend(value.map(|value| (column.to_owned(), value)));
    }
    fields.finish(diagnostics);
    let bounded = fields.any("min").is_some() || fields.any("max").is_some();
    if !bounded {
        diagnostics.push(
            Diagnostic::error("E0212", "the gate has no bound")
                .label(node.span, "no `min` and no `max`")
                .help("add `min = ..` or `max = ..`"),
        );
    }
    if let (Some(min), Some(max)) = (&min, &max)
        && min.value > max.value
    {
        diagnostics.push(
            Diagnostic::error("E0212", "the gate's `min` is above its `max`")
                .label(min.span, "this is above")
                .label(max.span, "this")
                .help("swap them"),
        );
    }
    if let Some(confidence) = &confidence
        && !(confidence.value > 0.0 && confidence.value < 1.0)
    {
        diagnostics.push(
            Diagnostic::error("E0212", "a confidence is between 0 and 1")
                .label(confidence.span, "")
                .help("write 0.95 for 95 %"),
        );
    }
    Some(Gate {
        span: node.span,
        metric: metric?,
        bound: Bound { min: min.map(|min| min.value), max: max.map(|max| max.value) },
        confidence: confidence.map(|confidence| confidence.value),
        slice,
        than: than.map(|than| than.value),
        inconclusive,
    })
}
