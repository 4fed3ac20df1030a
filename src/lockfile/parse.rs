//! [`Lock::parse`]: text -> lock, or what is wrong with it and where.

use std::collections::BTreeMap;
use std::ops::Range;

use ingot_protocol::{Determinism, Finding, Metric, Platform};
use serde::Deserialize;
use serde_json::{Map, Value};
use toml::Spanned;

use super::{LOCK_VERSION, Lock, LockedInput, SourceRecord, StepRecord};
use crate::diag::{Diagnostic, Span};
use crate::model::action::{ActionKey, CommandSpec, ToolIdentity};
use crate::model::artifact::{Artifact, Content};
use crate::model::result::Verdict;

impl Lock {
    /// Reads a lock. `file` is the text's index in the [`crate::diag::Sources`]
    /// that the diagnostic will be shown with.
    pub fn parse(text: &str, file: u32) -> Result<Self, Diagnostic> {
        let place = |range: Range<usize>| Span { file, start: range.start, end: range.end };
        if let Some((range, what)) = conflict(text) {
            return Err(Diagnostic::error("E0912", "the lock holds an unresolved merge")
                .label(place(range), what)
                .help("take either side's file whole, then run `ingot build`: it rewrites the lock")
                .help("`git checkout --ours ingot.lock` takes yours"));
        }
        let other_version = |version: &Spanned<i64>| {
            let found = version.get_ref();
            let label = format!("this ingot reads version {LOCK_VERSION}");
            Diagnostic::error("E0913", format!("the lock has version {found}"))
                .label(place(version.span()), label)
                .help("use the ingot that wrote it, or remove the file and run `ingot build`")
        };
        let is_ours = |version: &Spanned<i64>| *version.get_ref() == i64::from(LOCK_VERSION);
        let raw: RawLock = toml::from_str(text).map_err(|error| {
            // What this version cannot read may be what another one wrote.
            match toml::from_str::<RawVersion>(text) {
                Ok(raw) if !is_ours(&raw.version) => other_version(&raw.version),
                _ => malformed(&error, place),
            }
        })?;
        if !is_ours(&raw.version) {
            return Err(other_version(&raw.version));
        }
        let mut steps = BTreeMap::new();
        for (name, mut records) in raw.steps {
            if let Some(second) = records.get(1) {
                let twice = format!("the step `{name}` is recorded twice");
                return Err(Diagnostic::error("E0914", twice)
                    .label(place(second.span()), "the second record")
                    .help("remove one of the two, then run `ingot build`"));
            }
            if let Some(record) = records.pop() {
                let span = place(record.span());
                let record = record.into_inner().checked().map_err(|what| {
                    Diagnostic::error("E0911", format!("the record of `{name}` {what}"))
                        .label(span, "")
                        .help(REWRITE)
                })?;
                steps.insert(name, record);
            }
        }
        Ok(Self { plugins: raw.plugins, sources: raw.sources, steps })
    }

    /// The record of one step alone, where the text has one that can be read; the rest of
    /// the text is not looked at. Every header stands at the beginning of a line of its
    /// own, and nothing else does.
    pub fn record(text: &str, step: &str) -> Option<StepRecord> {
        let header = super::render::header(step);
        let start = match text.strip_prefix(&header) {
            Some(_) => 0,
            None => text.find(&format!("\n{header}"))? + 1,
        };
        let rest = &text[start..];
        let end = rest[header.len()..].find("\n[").map_or(rest.len(), |at| at + header.len() + 1);
        let raw: RawRecord = toml::from_str(&rest[..end]).ok()?;
        let mut records = raw.steps.into_values().flatten();
        match (records.next(), records.next()) {
            (Some(record), None) => record.checked().ok(),
            _ => None,
        }
    }
}

#[derive(Deserialize)]
struct RawRecord {
    steps: BTreeMap<String, Vec<RawStep>>,
}

const REWRITE: &str = "undo the edit, or remove the file and run `ingot build`: it is written anew";

fn malformed(error: &toml::de::Error, place: impl Fn(Range<usize>) -> Span) -> Diagnostic {
    let message = error.message().lines().next().unwrap_or_default().to_owned();
    let diagnostic = Diagnostic::error("E0911", "the lock is not in its form");
    match error.span() {
        Some(range) => diagnostic.label(place(range), message),
        None => Diagnostic { causes: vec![message], ..diagnostic },
    }
    .help(REWRITE)
}

/// The first line that git leaves where two branches disagree. No text in a
/// lock spans lines, so none can begin like one by chance.
fn conflict(text: &str) -> Option<(Range<usize>, &'static str)> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let range = start..start + line.trim_end().len();
        start += line.len();
        for (marker, what) in [
            ("<<<<<<<", "one side begins here"),
            ("|||||||", "the common ancestor begins here"),
            ("=======", "the other side begins here"),
            (">>>>>>>", "the other side ends here"),
        ] {
            if line.starts_with(marker) {
                return Some((range, what));
            }
        }
    }
    None
}

#[derive(Deserialize)]
struct RawVersion {
    version: Spanned<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLock {
    version: Spanned<i64>,
    #[serde(default)]
    plugins: BTreeMap<String, SourceRecord>,
    #[serde(default)]
    sources: BTreeMap<String, SourceRecord>,
    #[serde(default)]
    steps: BTreeMap<String, Vec<Spanned<RawStep>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    kind: String,
    revision: u32,
    worker: String,
    determinism: Determinism,
    key: ActionKey,
    seed: Option<toml::Value>,
    platform: Option<Platform>,
    #[serde(default)]
    weak_identity: bool,
    #[serde(default)]
    params: BTreeMap<String, toml::Value>,
    command: Option<RawCommand>,
    #[serde(default)]
    inputs: BTreeMap<String, Vec<RawInput>>,
    #[serde(default)]
    outputs: BTreeMap<String, Artifact>,
    #[serde(default)]
    metrics: Vec<Metric>,
    #[serde(default)]
    findings: Vec<Finding>,
    verdict: Verdict,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCommand {
    run: Vec<String>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    #[serde(default)]
    secrets: Vec<String>,
    #[serde(default)]
    tools: BTreeMap<String, ToolIdentity>,
    #[serde(default)]
    network: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawInput {
    from: String,
    #[serde(rename = "type")]
    artifact_type: String,
    content: Content,
    #[serde(default)]
    splits: Vec<String>,
    split: Option<String>,
    format: Option<toml::Value>,
}

impl RawStep {
    fn checked(self) -> Result<StepRecord, String> {
        let mut inputs = BTreeMap::new();
        for (port, raw) in self.inputs {
            let checked: Result<Vec<_>, _> = raw.into_iter().map(RawInput::checked).collect();
            inputs.insert(port, checked?);
        }
        let command = self.command.map(|raw| CommandSpec {
            run: raw.run,
            environment: raw.environment,
            secrets: raw.secrets,
            tools: raw.tools,
            network: raw.network,
        });
        let seed = self.seed.map(seed).transpose()?;
        Ok(StepRecord {
            kind: self.kind,
            revision: self.revision,
            worker: self.worker,
            determinism: self.determinism,
            key: self.key,
            seed,
            platform: self.platform,
            weak_identity: self.weak_identity,
            params: members(self.params)?,
            command,
            inputs,
            outputs: self.outputs,
            metrics: self.metrics,
            findings: self.findings,
            verdict: self.verdict,
        })
    }
}

impl RawInput {
    fn checked(self) -> Result<LockedInput, String> {
        Ok(LockedInput {
            from: self.from,
            artifact_type: self.artifact_type,
            content: self.content,
            splits: self.splits,
            split: self.split,
            format: self.format.map(json).transpose()?,
        })
    }
}

/// TOML's integers end at 2^63 - 1; a seed above it is a string.
fn seed(value: toml::Value) -> Result<u64, String> {
    let seed = match &value {
        toml::Value::Integer(number) => u64::try_from(*number).ok(),
        toml::Value::String(text) => text.parse().ok(),
        _ => None,
    };
    seed.ok_or_else(|| format!("has the seed `{value}`, which is none"))
}

fn members(
    table: impl IntoIterator<Item = (String, toml::Value)>,
) -> Result<Map<String, Value>, String> {
    table.into_iter().map(|(key, value)| Ok((key, json(value)?))).collect()
}

/// The JSON value that [`super::render`] wrote; the inverse of its escape: a
/// table whose one key is `json` holds what TOML has no form for.
fn json(value: toml::Value) -> Result<Value, String> {
    Ok(match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) => Value::from(number),
        toml::Value::Boolean(flag) => Value::Bool(flag),
        toml::Value::Datetime(_) => return Err("holds a date, which no param is".to_owned()),
        toml::Value::Array(items) => {
            Value::Array(items.into_iter().map(json).collect::<Result<_, _>>()?)
        }
        toml::Value::Table(mut table) if table.len() == 1 && table.contains_key("json") => {
            match table.remove("json") {
                Some(toml::Value::String(text)) => serde_json::from_str(&text)
                    .map_err(|error| format!("holds `{text}`, which is no JSON: {error}"))?,
                Some(toml::Value::Table(escaped)) => Value::Object(members(escaped)?),
                _ => return Err("has `json` with neither a text nor a table".to_owned()),
            }
        }
        toml::Value::Table(table) => Value::Object(members(table)?),
    })
}
