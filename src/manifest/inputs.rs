//! `inputs` of a step: what the manifest puts on each port. Pure.
//!
//! A port's value is a reference, a list of them, a table of code (`path` and `as`), or one
//! reference a split: `{ train = "one", test = "other" }`. Invariant: a split has a name
//! that a file's name can hold, and no split of a port is given twice.

use std::collections::BTreeMap;

use super::fields::{Fields, texts};
use super::node::{Node, NodeKind};
use super::reference::Reference;
use super::step::StepInput;
use super::{names, paths};
use crate::diag::{Diagnostic, Span, Spanned};

/// The language whose comments and layout can be left out.
const PYTHON: &str = "python";

/// A name that Hugging Face's readers keep for all splits together.
const ALL: &str = "all";

/// Input port -> what stands on it.
pub(super) type Inputs = BTreeMap<String, Vec<StepInput>>;

/// The inputs of a step, and the ports that were given a list.
pub(super) fn inputs(
    fields: &mut Fields<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Inputs, Vec<String>) {
    let mut inputs = BTreeMap::new();
    let mut listed = Vec::new();
    for (port, span, node) in fields.table("inputs", diagnostics) {
        if matches!(node.kind, NodeKind::Bool(false)) {
            continue;
        }
        if !names::check("port", port, span, diagnostics) {
            continue;
        }
        let given: Vec<StepInput> = match &node.kind {
            NodeKind::Table(entries)
                if ["path", "as"].iter().any(|key| entries.contains_key(*key)) =>
            {
                code(port, node, diagnostics).map(whole).into_iter().collect()
            }
            NodeKind::Table(entries) => entries
                .iter()
                .filter_map(|(split, (place, node))| {
                    given(port, (split, *place), node, diagnostics)
                })
                .collect(),
            kind => {
                if matches!(kind, NodeKind::Array(_)) {
                    listed.push(port.to_owned());
                }
                texts(&format!("inputs.{port}"), node, diagnostics)
                    .into_iter()
                    .filter_map(|text| reference(&text, diagnostics).map(whole))
                    .collect()
            }
        };
        inputs.insert(port.to_owned(), given);
    }
    (inputs, listed)
}

fn whole(reference: Spanned<Reference>) -> StepInput {
    StepInput { reference, split: None }
}

/// What is given as one split.
fn given(
    port: &str,
    (split, place): (&str, Span),
    node: &Node,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<StepInput> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if split == ALL || split.is_empty() || !split.chars().all(word) {
        let help = match split {
            ALL => "call it `whole`: readers of datasets mean every split by `all`",
            _ => "use letters, digits and `_`",
        };
        let message = format!("`{split}` cannot be the name of a split");
        diagnostics.push(Diagnostic::error("E0225", message).label(place, "").help(help));
        return None;
    }
    let NodeKind::String(text) = &node.kind else {
        let what = format!("inputs.{port}.{split}");
        diagnostics.push(super::fields::wrong_type(&what, node, "one source or output"));
        return None;
    };
    let reference = reference(&Spanned::new(text.clone(), node.span), diagnostics)?;
    Some(StepInput { reference, split: Some(Spanned::new(split.to_owned(), place)) })
}

/// What of a path counts: `{ path = "./tools", as = "python" }`.
fn code(port: &str, node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Spanned<Reference>> {
    let mut fields = Fields::of(format!("inputs.{port}"), node, diagnostics);
    let path = fields.needed_text("path", diagnostics);
    let language = fields.needed_text("as", diagnostics);
    fields.finish(diagnostics);
    let (path, language) = (path?, language?);
    if language.value != PYTHON {
        diagnostics.push(
            Diagnostic::error("E0204", format!("`as = \"{}\"` is no language", language.value))
                .label(language.span, "")
                .help("write `as = \"python\"`, or `inputs.NAME = \"./path\"` for any other file"),
        );
    }
    let inside = paths::inside(&path, diagnostics)?;
    Some(Spanned::new(Reference::Code(inside), path.span))
}

/// A text as a reference; a path stays inside the workspace.
pub(super) fn reference(
    text: &Spanned<String>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Spanned<Reference>> {
    match Reference::parse(&text.value) {
        Ok(Reference::Path(path)) => {
            let path = paths::inside(&Spanned::new(path, text.span), diagnostics)?;
            Some(Spanned::new(Reference::Path(path), text.span))
        }
        Ok(reference) => Some(Spanned::new(reference, text.span)),
        Err(message) => {
            diagnostics.push(
                Diagnostic::error("E0206", format!("`{}` {message}", text.value))
                    .label(text.span, "")
                    .help("write a source, `step.port`, `step.port/split` or `./path`"),
            );
            None
        }
    }
}
