//! `[[waivers]]`: errors that somebody answers for. Pure.
//!
//! Invariant: a waiver says what it covers, why, who answers for it and until when; it is
//! in no key. What it does not do: it knows no kinds and no steps, so that whether there is
//! such a step, and whether that can find such an error, is said while planning.

use super::day::Day;
use super::fields::{Fields, wrong_type};
use super::node::{Node, NodeKind};
use crate::diag::{Diagnostic, Span, Spanned};

/// Most waivers of a manifest.
const MOST: usize = 1000;

/// An error that somebody answers for.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiver {
    /// The table's place.
    pub span: Span,
    /// The step that finds it; one point of it, where it has points.
    pub step: Spanned<String>,
    /// The finding's name, such as `contract.range`; its code where it has none.
    pub finding: Spanned<String>,
    /// The column, where findings about another one are not meant.
    pub column: Option<Spanned<String>>,
    /// How many rows it covers, where the finding counts rows.
    pub rows: Option<Spanned<u64>>,
    /// Why the error is accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it holds.
    pub until: Spanned<Day>,
}

impl Waiver {
    /// What it is about, in words: `contract.range` of `age`.
    pub fn about(&self) -> String {
        let column = self.column.as_ref().map(|column| format!(" of `{}`", column.value));
        format!("`{}`{}", self.finding.value, column.unwrap_or_default())
    }
}

/// Every waiver of a manifest, in its order.
pub(super) fn read(fields: &mut Fields<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Waiver> {
    let Some((_, node)) = fields.any("waivers") else { return Vec::new() };
    match &node.kind {
        NodeKind::Array(items) if items.len() > MOST => {
            let message = format!("there are {} waivers, more than {MOST}", items.len());
            diagnostics.push(
                Diagnostic::error("E0228", message)
                    .label(node.span, "")
                    .help("mend the data, or correct what is promised of them"),
            );
            Vec::new()
        }
        NodeKind::Array(items) => {
            items.iter().filter_map(|item| waiver(item, diagnostics)).collect()
        }
        _ => {
            diagnostics.push(wrong_type("waivers", node, "a list of tables ([[waivers]])"));
            Vec::new()
        }
    }
}

fn waiver(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Waiver> {
    let mut fields = Fields::of("a waiver", node, diagnostics);
    let step = fields.needed_text("step", diagnostics);
    let finding = fields.needed_text("finding", diagnostics);
    let column = fields.text("column", diagnostics);
    let rows = fields.any("rows").map(|(_, node)| node.span);
    let rows = fields.integer("rows", 1, i64::MAX, diagnostics).zip(rows);
    let rows = rows.map(|(rows, span)| Spanned::new(rows.unsigned_abs(), span));
    let reason = said("reason", fields.needed_text("reason", diagnostics), diagnostics);
    let owner = said("owner", fields.needed_text("owner", diagnostics), diagnostics);
    let until = fields.needed_text("until", diagnostics);
    fields.finish(diagnostics);
    let until = until.and_then(|until| match Day::read(&until.value) {
        Some(day) => Some(Spanned::new(day, until.span)),
        None => {
            let message = format!("`{}` is no day of the calendar", until.value);
            diagnostics.push(
                Diagnostic::error("E0228", message)
                    .label(until.span, "")
                    .help("write the last day on which it holds: until = 2027-12-31"),
            );
            None
        }
    });
    Some(Waiver {
        span: node.span,
        step: step?,
        finding: finding?,
        column,
        rows,
        reason: reason?,
        owner: owner?,
        until: until?,
    })
}

/// A text that says something.
fn said(
    key: &str,
    text: Option<Spanned<String>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<String> {
    let text = text?;
    if text.value.trim().is_empty() {
        diagnostics.push(
            Diagnostic::error("E0228", format!("the `{key}` of a waiver is empty"))
                .label(text.span, "")
                .help(match key {
                    "owner" => "name who answers for the error: a person or a team",
                    _ => "say why the error is accepted",
                }),
        );
        return None;
    }
    Some(text.value)
}
