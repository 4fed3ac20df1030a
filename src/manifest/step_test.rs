//! [`StepTest`]: `[tests.NAME]`, what a step is to give for small inputs. Pure.
//!
//! Invariant: a test names a step, at least one output that is expected, and files of the
//! workspace for these. Ports of the step that it does not name keep what they have.

use std::collections::BTreeMap;

use super::fields::{Fields, wrong_type};
use super::inputs::{self, Inputs};
use super::member::Member;
use super::node::{Node, NodeKind};
use super::{Reference, names};
use crate::diag::{Diagnostic, Span, Spanned};

/// One test of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct StepTest {
    /// The place of the table's header.
    pub span: Span,
    /// The folder of its manifest, relative to the workspace; empty for the root.
    pub folder: String,
    /// The step, or one point of it.
    pub step: Spanned<String>,
    /// Input port -> what stands on it instead.
    pub inputs: Inputs,
    /// Output port -> the files that it is to be: one, or one a split.
    pub expect: BTreeMap<String, Vec<Expected>>,
    /// How far floats may lie apart.
    pub tolerance: f64,
}

/// A file that an output, or a split of it, is to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    /// The split, where it is one.
    pub split: Option<Spanned<String>>,
    /// A path in the workspace, relative to the manifest.
    pub path: Spanned<String>,
}

/// Every test of a manifest.
pub(super) fn read(
    fields: &mut Fields<'_>,
    member: &Member,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, StepTest> {
    let mut tests = BTreeMap::new();
    for (name, span, node) in fields.table("tests", diagnostics) {
        if !names::check("test", name, span, diagnostics) {
            continue;
        }
        let mut fields = Fields::of(format!("[tests.{name}]"), node, diagnostics);
        let step = fields.needed_text("step", diagnostics);
        let (inputs, _) = inputs::inputs(&mut fields, diagnostics);
        let tolerance = fields.number("tolerance", diagnostics);
        let mut expect = BTreeMap::new();
        for (port, _, node) in fields.table("expect", diagnostics) {
            expect.insert(port.to_owned(), expected(port, node, diagnostics));
        }
        fields.finish(diagnostics);
        if expect.is_empty() {
            let message = format!("the test `{name}` expects nothing");
            diagnostics.push(
                Diagnostic::error("E0227", message)
                    .label(span, "")
                    .help("write `expect.PORT = \"./tests/FILE\"`; `--bless` makes the file"),
            );
            continue;
        }
        let tolerance = match tolerance {
            Some(Spanned { value, span }) if !(0.0..).contains(&value) => {
                let mistake = Diagnostic::error("E0227", "`tolerance` is below 0");
                diagnostics.push(mistake.label(span, "").help("write 0, or a small number"));
                continue;
            }
            given => given.map_or(0.0, |given| given.value),
        };
        let Some(step) = step else { continue };
        let folder = member.folder.clone();
        tests.insert(name.to_owned(), StepTest { span, folder, step, inputs, expect, tolerance });
    }
    tests
}

fn expected(port: &str, node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Vec<Expected> {
    let what = format!("expect.{port}");
    let mut one = |split: Option<Spanned<String>>, node: &Node| {
        let NodeKind::String(text) = &node.kind else {
            diagnostics.push(wrong_type(&what, node, "a file, or one a split"));
            return None;
        };
        let text = Spanned::new(text.clone(), node.span);
        let reference = inputs::reference(&text, diagnostics)?;
        match reference.value {
            Reference::Path(path) => {
                Some(Expected { split, path: Spanned::new(path, reference.span) })
            }
            _ => {
                let message = format!("`{}` is no file of the workspace", text.value);
                diagnostics.push(
                    Diagnostic::error("E0227", message)
                        .label(text.span, "")
                        .help("write a path that begins with `./`"),
                );
                None
            }
        }
    };
    match &node.kind {
        NodeKind::Table(entries) => entries
            .iter()
            .filter_map(|(split, (place, node))| {
                one(Some(Spanned::new(split.clone(), *place)), node)
            })
            .collect(),
        _ => one(None, node).into_iter().collect(),
    }
}
