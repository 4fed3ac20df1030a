//! `[steps.NAME]`: one table at one point becomes a [`Step`]. Pure.

use std::collections::BTreeMap;

use super::fields::{Fields, text, texts, wrong_type};
use super::matrix::{Entries, Point};
use super::member::Home;
use super::node::{Node, NodeKind};
use super::reference::Reference;
use super::resources::Taken;
use super::step::{Command, PlatformSpec, Resources, Step};
use super::{gates, matrix, names, paths, units};
use crate::diag::suggest::nearest;
use crate::diag::{Diagnostic, Span, Spanned};

/// The kind whose keys are the core's own.
const COMMAND: &str = "command";

/// Keys of other tools that people try here.
const FOREIGN: [(&str, &str); 6] = [
    ("cmd", "run"),
    ("deps", "inputs"),
    ("outs", "outputs"),
    ("depends_on", "inputs"),
    ("env", "environment"),
    ("foreach", "matrix"),
];

/// Whether a step's table says that it is a command.
pub(super) fn is_command(entries: &Entries) -> bool {
    let kind = entries.get("kind").map(|(_, node)| &node.kind);
    matches!(kind, Some(NodeKind::String(kind)) if kind == COMMAND)
}

/// What the steps of one manifest share.
#[derive(Debug, Default)]
pub(super) struct Pipeline {
    /// Where they are declared.
    pub(super) home: Home,
    /// The seed of those that have none of their own.
    pub(super) seed: Spanned<u64>,
}

/// The step at one point.
pub(super) fn step(
    base: &str,
    span: Span,
    point: &Point,
    entries: Entries,
    pipeline: &Pipeline,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Step> {
    let name = matrix::name(base, &point.labels);
    let what = format!("[steps.{base}]");
    let node = Node { span, kind: NodeKind::Table(entries) };
    let mut fields = Fields::of(what.clone(), &node, diagnostics);
    fields.any("like");
    let kind = fields.needed_text("kind", diagnostics);
    let (inputs, listed) = inputs(&mut fields, diagnostics);
    let own_seed = fields.seed(diagnostics);
    let places =
        [("seed", own_seed.as_ref().map(|seed| seed.span)), ("replicates", point.replicates)];
    let seed_places = places.into_iter().filter_map(|(key, span)| Some((key.to_owned(), span?)));
    let threads = fields.integer("threads", 1, 1024, diagnostics);
    let platform = PlatformSpec {
        places: ["threads", "isa", "device", "precision"]
            .into_iter()
            .filter_map(|key| Some((key.to_owned(), fields.any(key)?.1.span)))
            .collect(),
        threads: threads.and_then(|threads| threads.try_into().ok()),
        isa: fields.word("isa", &["default", "avx2", "avx512"], diagnostics),
        device: fields.word("device", &["cpu", "cuda"], diagnostics),
        precision: fields.word("precision", &["fp32", "bf16"], diagnostics),
    };
    let resources = resources(&what, &mut fields, platform.threads, diagnostics);
    let timeout =
        fields.any("timeout").and_then(|(_, node)| units::duration("timeout", node, diagnostics));
    let retries = fields.integer("retries", 0, 10, diagnostics);
    let gates = fields
        .any("gates")
        .map(|(_, node)| gates::gates(&what, node, diagnostics))
        .unwrap_or_default();
    let requires = fields.texts("requires", diagnostics);
    let is_command = kind.as_ref().is_some_and(|kind| kind.value == COMMAND);
    let command = match is_command {
        true => command(&what, &mut fields, &inputs, diagnostics),
        false => None,
    };
    if is_command {
        fields.finish(diagnostics);
    }
    let mut params = BTreeMap::new();
    for (key, key_span, value) in fields.rest() {
        match FOREIGN.iter().find(|(foreign, _)| *foreign == key) {
            Some((_, ours)) if !is_command => diagnostics.push(
                Diagnostic::error("E0201", format!("{what} has no key `{key}`"))
                    .label(key_span, "unknown key")
                    .help(format!("here it is called `{ours}`")),
            ),
            _ if !is_command => {
                params.insert(key.to_owned(), value.clone());
            }
            _ => {}
        }
    }
    Some(Step {
        name,
        base: base.to_owned(),
        point: point.labels.clone(),
        replicate: point.replicate,
        home: pipeline.home.clone(),
        span,
        kind: kind?,
        inputs,
        listed,
        params,
        seed: own_seed.unwrap_or(pipeline.seed.clone()),
        seed_places: seed_places.collect(),
        platform,
        resources,
        timeout,
        retries: retries.and_then(|retries| retries.try_into().ok()).unwrap_or(0),
        gates,
        requires,
        command,
    })
}

type Inputs = BTreeMap<String, Vec<Spanned<Reference>>>;

fn inputs(fields: &mut Fields<'_>, diagnostics: &mut Vec<Diagnostic>) -> (Inputs, Vec<String>) {
    let mut inputs = BTreeMap::new();
    let mut listed = Vec::new();
    for (port, span, node) in fields.table("inputs", diagnostics) {
        if matches!(node.kind, NodeKind::Bool(false)) {
            continue;
        }
        if !names::check("port", port, span, diagnostics) {
            continue;
        }
        if matches!(node.kind, NodeKind::Array(_)) {
            listed.push(port.to_owned());
        }
        let references = texts(&format!("inputs.{port}"), node, diagnostics)
            .into_iter()
            .filter_map(|text| reference(&text, diagnostics))
            .collect();
        inputs.insert(port.to_owned(), references);
    }
    (inputs, listed)
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

/// What a step takes of the pools: as many cores as threads, where nothing is
/// said.
fn resources(
    what: &str,
    fields: &mut Fields<'_>,
    threads: Option<u32>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Resources {
    let default = Resources { cpu: threads.unwrap_or(1), memory: None, gpu: 0 };
    let Some((_, node)) = fields.any("resources") else { return default };
    Taken::read(&format!("`resources` of {what}"), node, diagnostics).over(default)
}

fn command(
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
    let mut outputs = BTreeMap::new();
    for (port, span, node) in fields.table("outputs", diagnostics) {
        if names::check("port", port, span, diagnostics)
            && let Some(artifact_type) = text(&format!("outputs.{port}"), node, diagnostics)
        {
            outputs.insert(port.to_owned(), artifact_type);
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
    Some(Command { run, draws, outputs, environment, secrets, network })
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
