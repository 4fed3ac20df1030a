//! What a step of the kind `command` says beside the keys of every step. Pure.
//!
//! Invariant: each placeholder of `run` stands for something, and each text can be handed
//! to a program.

use std::collections::BTreeMap;

use super::fields::{Fields, text, wrong_type};
use super::inputs::Inputs;
use super::names;
use super::node::{Node, NodeKind};
use super::step::Command;
use crate::diag::suggest::nearest;
use crate::diag::{Diagnostic, Span, Spanned};

/// The artifact type of files that say nothing of themselves.
const FILES: &str = "files";

/// What it runs, what it writes, and what it has.
pub(super) fn command(
    what: &str,
    fields: &mut Fields<'_>,
    inputs: &Inputs,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Command> {
    let run = match fields.any("run") {
        Some((_, node)) => match &node.kind {
            NodeKind::Array(items) if !items.is_empty() => {
                items.iter().filter_map(|item| text("run", item, diagnostics)).collect()
            }
            _ => {
                let wanted = "a list of words: [\"python3\", \"tools/x.py\"]";
                diagnostics.push(wrong_type("run", node, wanted));
                Vec::new()
            }
        },
        None => {
            diagnostics.push(
                Diagnostic::error("E0203", format!("{what} needs `run`"))
                    .label(fields.span, "no `run`")
                    .help("add `run = [\"python3\", \"tools/x.py\", \"{outputs.y}\"]`"),
            );
            Vec::new()
        }
    };
    let (mut outputs, mut formats) = (BTreeMap::new(), BTreeMap::new());
    for (port, span, node) in fields.table("outputs", diagnostics) {
        if names::check("port", port, span, diagnostics)
            && let Some((artifact_type, format)) = output(port, node, diagnostics)
        {
            outputs.insert(port.to_owned(), artifact_type);
            formats.extend(format.map(|format| (port.to_owned(), format)));
        }
    }
    let mut environment = BTreeMap::new();
    for (name, span, node) in fields.table("environment", diagnostics) {
        if variable("variable", name, span, diagnostics)
            && let Some(value) = text(&format!("environment.{name}"), node, diagnostics)
            && whole(&value, diagnostics)
        {
            environment.insert(name.to_owned(), value);
        }
    }
    let secrets: Vec<Spanned<String>> = fields
        .texts("secrets", diagnostics)
        .into_iter()
        .filter(|name| variable("secret", &name.value, name.span, diagnostics))
        .collect();
    for secret in &secrets {
        if let Some(value) = environment.get(&secret.value) {
            let name = &secret.value;
            diagnostics.push(
                Diagnostic::error("E0205", format!("`{name}` is a secret and a variable"))
                    .label(secret.span, "a secret")
                    .label(value.span, "a variable")
                    .help("name one of them otherwise: a program sees one value of a name"),
            );
        }
    }
    let network = fields.flag("network", diagnostics).unwrap_or(false);
    let mut draws = false;
    for word in &run {
        draws |= whole(word, diagnostics) && placeholders(word, inputs, &outputs, diagnostics);
    }
    Some(Command { run, draws, outputs, formats, environment, secrets, network })
}

/// The type that a command writes a port's output as, and how a dataset port reads files.
fn output(
    port: &str,
    node: &Node,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(Spanned<String>, Option<Node>)> {
    let what = format!("outputs.{port}");
    if !matches!(node.kind, NodeKind::Table(_)) {
        return Some((text(&what, node, diagnostics)?, None));
    }
    let mut fields = Fields::of(what.clone(), node, diagnostics);
    let artifact_type = fields.needed_text("type", diagnostics);
    let format = fields.any("format").map(|(_, node)| node.clone());
    fields.finish(diagnostics);
    let artifact_type = artifact_type?;
    match &format {
        Some(format) if artifact_type.value != FILES => diagnostics.push(
            Diagnostic::error("E0204", format!("a `{}` has no `format`", artifact_type.value))
                .label(format.span, "")
                .help("remove it, or write `type = \"files\"`"),
        ),
        Some(format) if !matches!(format.kind, NodeKind::Table(_)) => {
            let wanted = "a table: { type = \"csv\" }";
            diagnostics.push(wrong_type(&format!("{what}.format"), format, wanted));
        }
        _ => {}
    }
    Some((artifact_type, format))
}

/// Tells of a text that no program can be handed: there a NUL is the end.
fn whole(text: &Spanned<String>, diagnostics: &mut Vec<Diagnostic>) -> bool {
    let good = !text.value.contains('\0');
    if !good {
        diagnostics.push(
            Diagnostic::error("E0204", "there is a NUL in this text")
                .label(text.span, "")
                .help("hand it over in a file: an input"),
        );
    }
    good
}

fn variable(what: &str, name: &str, span: Span, diagnostics: &mut Vec<Diagnostic>) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let good = !name.is_empty()
        && name.chars().all(fits)
        && !name.starts_with(|c: char| c.is_ascii_digit());
    if !good {
        diagnostics.push(
            Diagnostic::error("E0205", format!("`{name}` cannot be the name of a {what}"))
                .label(span, "")
                .help("use letters, digits and `_`"),
        );
    }
    good
}

/// Tells of a placeholder that stands for nothing. Whether one is the seed.
fn placeholders(
    word: &Spanned<String>,
    inputs: &Inputs,
    outputs: &BTreeMap<String, Spanned<String>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> bool {
    let known: Vec<String> = inputs
        .keys()
        .map(|port| format!("inputs.{port}"))
        .chain(outputs.keys().map(|port| format!("outputs.{port}")))
        .chain(["checkpoint", "seed", "threads"].map(str::to_owned))
        .collect();
    let text = word.value.replace("{{", "").replace("}}", "");
    let mut rest = text.as_str();
    let mut draws = false;
    while let Some((_, tail)) = rest.split_once('{') {
        let Some((name, after)) = tail.split_once('}') else {
            diagnostics.push(
                Diagnostic::error("E0209", "this brace begins no placeholder")
                    .label(word.span, "")
                    .help("close it, or write `{{` for a brace"),
            );
            return draws;
        };
        draws |= name == "seed";
        // One of a param or an axis that is not there has been told.
        let told = name.starts_with("params.") || name.starts_with("matrix.");
        if !told && !known.iter().any(|known| known == name) {
            let mistake = Diagnostic::error("E0209", format!("`{{{name}}}` stands for nothing"))
                .label(word.span, "");
            diagnostics.push(match nearest(name, known.iter().map(String::as_str)) {
                Some(near) => mistake.help(format!("did you mean `{{{near}}}`?")),
                None => mistake.help(format!(
                    "it can be {}; `{{{{` is a brace",
                    known.iter().map(|name| format!("{{{name}}}")).collect::<Vec<_>>().join(", ")
                )),
            });
        }
        rest = after;
    }
    draws
}
