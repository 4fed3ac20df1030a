//! The kind `document`: a model card and a datasheet, from recorded results.
//!
//! Everything it says is from the lineage and the reports that it is given: no
//! number is computed here. Every number links to the step that it came from, and
//! the step to its key and the digests of its outputs. Sections follow Mitchell et
//! al. 2019 (model cards) and Gebru et al. 2021 (datasheets). Templates can be
//! overridden in the workspace; they are strict: an unknown name is a failure.

mod facts;
mod figures;

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use ingot_protocol::figure::figure;
use ingot_protocol::worker::output;
use ingot_protocol::{Determinism, Event, Failure, InputPort, Kind, OutputPort, Request};
use ingot_tables::regular;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde_json::{Value, json};

use facts::Facts;

/// Moves when the outputs for the same request change.
pub const REVISION: u32 = 4;

/// The kind, as `describe` tells it.
pub fn kind() -> Kind {
    let port = |name: &str, types: &str| InputPort {
        name: name.into(),
        types: vec![types.into()],
        many: true,
        ..InputPort::default()
    };
    let text =
        |description: &str| json!({"type": "string", "default": "", "description": description});
    let template = |description: &str| json!({"type": "string", "format": "ingot-path", "description": description});
    let out =
        |name: &str| OutputPort { name: name.into(), artifact_type: "document".into(), file: true };
    Kind {
        name: "document".into(),
        summary: "a model card and a datasheet, every number linked to its step".into(),
        revision: REVISION,
        params: json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "title": text("the card's title; the pipeline's name without it"),
                "summary": text("what the model does, in a sentence or two"),
                "intended_use": text("what it is for, and what it is not for"),
                "limitations": text("what is known to go wrong"),
                "license": text("the model's licence"),
                "contact": text("whom to ask"),
                "data_source": text("where the data is from, and under which licence"),
                "card_template": template("a template instead of the card's own"),
                "datasheet_template": template("a template instead of the datasheet's own"),
                "html_template": template("a template instead of the page's own")
            }
        }),
        inputs: vec![
            port("bundle", "bundle"),
            port("data", "dataset"),
            port("model", "model"),
            port("report", "report"),
        ],
        outputs: vec![out("card"), out("datasheet"), out("html")],
        further: None,
        determinism: Determinism::Bitwise,
        random: false,
        lineage: true,
        waivers: true,
        accepts_failed: true,
        metrics: Vec::new(),
        findings: Default::default(),
        expands: Vec::new(),
    }
}

/// What a template may do: a loop over every metric of a large card takes some millions.
const FUEL: u64 = 100_000_000;
/// Most bytes of a page.
const MOST_TEXT: usize = 64 << 20;

const CARD: &str = include_str!("templates/card.md.j2");
const DATASHEET: &str = include_str!("templates/datasheet.md.j2");
const PAGE: &str = include_str!("templates/page.html.j2");

/// Runs one step of the kind.
pub fn run(request: &Request, _emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
    if request.inputs.values().all(Vec::is_empty) {
        return Err(Failure::new("D0901", "there is nothing to document")
            .help("give `inputs.report`, `inputs.model` or `inputs.data`"));
    }
    let facts = Facts::gather(request)?;
    for (port, param, own) in [
        ("card", "card_template", CARD),
        ("datasheet", "datasheet_template", DATASHEET),
        ("html", "html_template", PAGE),
    ] {
        let template = match request.params.get(param).and_then(Value::as_str) {
            Some(path) => read(Path::new(path))?,
            None => own.to_owned(),
        };
        let text = render(port, &template, &facts)?;
        let path = output(request, port)?;
        fs::write(&path, text)
            .map_err(|error| Failure::new("D0903", format!("{}: {error}", path.display())))?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, Failure> {
    regular::text(path)
        .map_err(|error| Failure::new("D0902", format!("{}: {error}", path.display())))
}

/// One template with the facts; what is no markup of ours is escaped.
fn render(name: &str, template: &str, facts: &Facts) -> Result<String, Failure> {
    let wrong = |error: minijinja::Error| {
        Failure::new("D0904", format!("the template of `{name}`: {error:#}"))
            .help("the names that a template can use stand in docs/reference/document.md")
    };
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()
        .map_err(wrong)?;
    environment.set_syntax(syntax);
    if name == "html" {
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
    } else {
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_formatter(|out, state, value| {
            if value.is_safe() || value.is_undefined() {
                return minijinja::escape_formatter(out, state, value);
            }
            out.write_str(&escape_markdown(&value.to_string())).map_err(minijinja::Error::from)
        });
    }
    environment.add_filter("figure", figure);
    environment.add_template(name, template).map_err(wrong)?;
    let template = environment.get_template(name).map_err(wrong)?;
    let mut text = Bounded(Vec::new());
    template.render_captured_to(Serde(facts), &mut text).map_err(wrong)?;
    String::from_utf8(text.0)
        .map_err(|error| Failure::new("D0904", format!("the template of `{name}`: {error}")))
}

/// A text of at most [`MOST_TEXT`] bytes.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MOST_TEXT {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "a page of more than 64 MiB"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Text that Markdown shows as it is, in a paragraph and in a cell of a table.
fn escape_markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\n' | '\r' => escaped.push(' '),
            '\\' | '|' | '[' | ']' | '*' | '`' => escaped.extend(['\\', c]),
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
