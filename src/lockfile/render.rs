//! [`Lock::render`]: lock -> its one text.
//!
//! Written by hand rather than by a TOML library, because the layout is the
//! contract: one field a line, one item of a list a line, nothing that spans
//! lines, so that git merges by record.

use std::collections::BTreeMap;
use std::fmt::Write;

use ingot_protocol::{Determinism, Finding, Metric, Platform, Severity};
use rayon::prelude::*;
use serde_json::{Map, Value};

use super::{LOCK_VERSION, Lock, LockedInput, StepRecord};
use crate::model::action::{CommandSpec, ToolIdentity};
use crate::model::artifact::Artifact;
use crate::model::result::Verdict;

const HEADER: &str = "\
# What this pipeline was last built from and into. `ingot build` writes this
# file; commit it, and `ingot build --locked` holds everyone to it.
";

impl Lock {
    /// The lock's text.
    pub fn render(&self) -> String {
        let mut text = format!("{HEADER}version = {LOCK_VERSION}\n");
        for (table, records) in [("plugins", &self.plugins), ("sources", &self.sources)] {
            for (name, record) in records {
                let _ = writeln!(text, "\n[{table}.{}]", key(name));
                field(&mut text, "path", &string(&record.path));
                field(&mut text, "content", &string(&record.content.to_string()));
            }
        }
        let records: Vec<(&String, &StepRecord)> = self.steps.iter().collect();
        let texts: Vec<String> = records.par_chunks(RECORDS).map(records_text).collect();
        text.reserve(texts.iter().map(String::len).sum());
        texts.iter().for_each(|records| text.push_str(records));
        text
    }
}

/// How many records one thread writes at a time.
const RECORDS: usize = 256;

fn records_text(records: &[(&String, &StepRecord)]) -> String {
    let mut text = String::new();
    for (name, record) in records {
        text.push('\n');
        text.push_str(&header(name));
        step(&mut text, record);
    }
    text
}

/// The line that begins a step's record.
pub(super) fn header(step: &str) -> String {
    format!("[[steps.{}]]\n", key(step))
}

fn step(text: &mut String, record: &StepRecord) {
    field(text, "kind", &string(&record.kind));
    field(text, "revision", &record.revision.to_string());
    field(text, "worker", &string(&record.worker));
    field(text, "determinism", &string(class(record.determinism)));
    field(text, "key", &string(&record.key.to_string()));
    if let Some(seed) = record.seed {
        field(text, "seed", &self::seed(seed));
    }
    if let Some(platform) = &record.platform {
        field(text, "platform", &self::platform(platform));
    }
    if record.weak_identity {
        field(text, "weak_identity", "true");
    }
    members(text, "params", &record.params);
    if let Some(command) = &record.command {
        self::command(text, command);
    }
    for (port, inputs) in &record.inputs {
        list(text, &format!("inputs.{}", key(port)), inputs.iter().map(input));
    }
    for (port, output) in &record.outputs {
        field(text, &format!("outputs.{}", key(port)), &artifact(output));
    }
    if !record.metrics.is_empty() {
        list(text, "metrics", record.metrics.iter().map(metric));
    }
    if !record.findings.is_empty() {
        list(text, "findings", record.findings.iter().map(finding));
    }
    field(text, "verdict", &string(verdict(record.verdict)));
}

fn class(determinism: Determinism) -> &'static str {
    match determinism {
        Determinism::Bitwise => "bitwise",
        Determinism::Platform => "platform",
        Determinism::None => "none",
    }
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Fail => "fail",
    }
}

/// TOML's integers end at 2^63 - 1; a seed above it is a string.
fn seed(seed: u64) -> String {
    match i64::try_from(seed) {
        Ok(number) => number.to_string(),
        Err(_) => string(&seed.to_string()),
    }
}

fn platform(platform: &Platform) -> String {
    inline([
        ("threads", platform.threads.to_string()),
        ("isa", string(&platform.isa)),
        ("device", string(&platform.device)),
        ("precision", string(&platform.precision)),
    ])
}

fn command(text: &mut String, command: &CommandSpec) {
    list(text, "command.run", command.run.iter().map(|word| string(word)));
    for (name, value) in &command.environment {
        field(text, &format!("command.environment.{}", key(name)), &string(value));
    }
    if !command.secrets.is_empty() {
        list(text, "command.secrets", command.secrets.iter().map(|name| string(name)));
    }
    for (name, tool) in &command.tools {
        field(text, &format!("command.tools.{}", key(name)), &self::tool(tool));
    }
    if command.network {
        field(text, "command.network", "true");
    }
}

fn tool(tool: &ToolIdentity) -> String {
    let files = tool.files.iter().map(|(path, content)| (path, string(&content.to_string())));
    inline([("program", string(&tool.program)), ("files", inline(files))])
}

fn input(input: &LockedInput) -> String {
    let mut fields = vec![
        ("from", string(&input.from)),
        ("type", string(&input.artifact_type)),
        ("content", string(&input.content.to_string())),
    ];
    if !input.splits.is_empty() {
        fields.push(("splits", array(input.splits.iter().map(|split| string(split)))));
    }
    if let Some(split) = &input.split {
        fields.push(("split", string(split)));
    }
    if let Some(format) = &input.format {
        fields.push(("format", value(format)));
    }
    inline(fields)
}

fn artifact(artifact: &Artifact) -> String {
    inline([
        ("type", string(&artifact.artifact_type)),
        ("content", string(&artifact.content.to_string())),
    ])
}

fn metric(metric: &Metric) -> String {
    let mut fields = vec![("name", string(&metric.name))];
    if !metric.slice.is_empty() {
        fields.push(("slice", inline(metric.slice.iter().map(|(k, v)| (k, string(v))))));
    }
    if let Some(than) = &metric.than {
        fields.push(("than", string(than)));
    }
    fields.push(("value", float(metric.value)));
    for (name, number) in
        [("low", metric.low), ("high", metric.high), ("confidence", metric.confidence)]
    {
        if let Some(number) = number {
            fields.push((name, float(number)));
        }
    }
    inline(fields)
}

fn finding(finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    let mut fields = vec![
        ("severity", string(severity)),
        ("code", string(&finding.code)),
        ("message", string(&finding.message)),
    ];
    if let Some(column) = &finding.column {
        fields.push(("column", string(column)));
    }
    if let Some(metric) = &finding.metric {
        fields.push(("metric", string(metric)));
    }
    if let Some(rows) = finding.rows {
        fields.push(("rows", rows.to_string()));
    }
    if !finding.examples.is_empty() {
        fields.push(("examples", array(finding.examples.iter().map(u64::to_string))));
    }
    inline(fields)
}

/// One line a leaf: nested objects become dotted keys, a list an item a line.
fn members(text: &mut String, prefix: &str, object: &Map<String, Value>) {
    let sorted: BTreeMap<&String, &Value> = object.iter().collect();
    for (name, member) in sorted {
        let path = format!("{prefix}.{}", key(name));
        match member {
            Value::Object(inner) if !inner.is_empty() && !needs_escape(inner) => {
                members(text, &path, inner);
            }
            Value::Array(items) if !items.is_empty() => list(text, &path, items.iter().map(value)),
            leaf => field(text, &path, &value(leaf)),
        }
    }
}

/// A value on one line. What TOML has no form for (null, whole numbers above
/// 2^63 - 1) is `{ json = "TEXT" }`; an object that looks like that is wrapped
/// once more.
fn value(json: &Value) -> String {
    match json {
        Value::Null => escaped(json),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => match (number.as_i64(), number.is_f64()) {
            (Some(whole), _) => whole.to_string(),
            (None, true) => float(number.as_f64().unwrap_or(f64::NAN)),
            (None, false) => escaped(json),
        },
        Value::String(text) => string(text),
        Value::Array(items) => array(items.iter().map(value)),
        Value::Object(object) => {
            let sorted: BTreeMap<&String, &Value> = object.iter().collect();
            let plain = inline(sorted.into_iter().map(|(name, member)| (name, value(member))));
            if needs_escape(object) { inline([("json", plain)]) } else { plain }
        }
    }
}

fn escaped(json: &Value) -> String {
    inline([("json", string(&json.to_string()))])
}

fn needs_escape(object: &Map<String, Value>) -> bool {
    object.len() == 1 && object.contains_key("json")
}

fn field(text: &mut String, name: &str, value: &str) {
    let _ = writeln!(text, "{name} = {value}");
}

fn list(text: &mut String, name: &str, items: impl ExactSizeIterator<Item = String>) {
    if items.len() == 0 {
        return field(text, name, "[]");
    }
    let _ = writeln!(text, "{name} = [");
    for item in items {
        let _ = writeln!(text, "    {item},");
    }
    text.push_str("]\n");
}

fn array(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

fn inline<K: AsRef<str>>(fields: impl IntoIterator<Item = (K, String)>) -> String {
    let fields: Vec<String> = fields
        .into_iter()
        .map(|(name, value)| format!("{} = {value}", key(name.as_ref())))
        .collect();
    if fields.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", fields.join(", ")) }
}

/// The shortest text that reads back as the same number, always with a point
/// or an exponent.
fn float(number: f64) -> String {
    if number.is_nan() { "nan".to_owned() } else { format!("{number:?}") }
}

fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(bare) { name.to_owned() } else { string(name) }
}

/// A basic string, on one line whatever it holds.
fn string(content: &str) -> String {
    let mut text = String::from("\"");
    for c in content.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            '\r' => text.push_str("\\r"),
            c if c.is_control() => {
                let _ = write!(text, "\\u{:04X}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push('"');
    text
}
