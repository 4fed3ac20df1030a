//! `dvc.yaml` as a manifest. Pure.
//!
//! | file | owns |
//! |---|---|
//! | [`stage`] | a stage as it is written |
//! | [`template`] | `${..}` |
//! | [`link`] | which step makes what another reads |
//! | [`words`] | the words of a step's command |
//! | [`write`] | the manifest's text |
//! | [`lock`] | `dvc.lock` |
//!
//! A stage becomes a `command`. Its command finds everything where DVC has it: either
//! its words name every output, so that they can name the step's ports instead, or a
//! few lines of shell lay the workspace out in the step's own `tmp`, run the command
//! there, and move the outputs to their ports.

mod link;
pub mod lock;
mod stage;
mod template;
mod words;
mod write;

use std::collections::BTreeMap;

use super::Note;
use super::yaml::{Mistake, Value, Yaml, parse};
use stage::Stage;
use template::Scope;

/// The pipeline's file.
pub const DVC_YAML: &str = "dvc.yaml";
/// What DVC recorded of the last run.
pub const DVC_LOCK: &str = "dvc.lock";
/// Where params are when no file is named.
const PARAMS_YAML: &str = "params.yaml";

/// What a pipeline became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translation {
    /// The manifest.
    pub manifest: String,
    /// What a person must know, by place.
    pub notes: Vec<Note>,
    /// Every step, in the order of the file.
    pub points: Vec<Point>,
}

/// One step and the stage that it was, with every template filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// The step.
    pub step: String,
    /// What `dvc.lock` calls it.
    pub stage: String,
    /// Where it runs, relative to `dvc.yaml`.
    pub folder: String,
    /// Its commands.
    pub commands: Vec<String>,
    /// Params file, relative to `dvc.yaml` -> the keys that it watches.
    pub params: Vec<(String, Vec<String>)>,
    /// What it reads, relative to `dvc.yaml`.
    pub reads: Vec<String>,
    /// Output port -> path, relative to `dvc.yaml`.
    pub makes: BTreeMap<String, String>,
}

/// Why a pipeline cannot be translated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, {mistake}")]
pub struct Unreadable {
    /// The file.
    pub file: String,
    /// What is wrong with it.
    #[source]
    pub mistake: Mistake,
}

/// Notes that are being gathered of one file.
#[derive(Debug)]
struct Notes {
    file: String,
    /// Those of the whole file.
    head: Vec<Note>,
    /// Those of its stages.
    notes: Vec<Note>,
}

impl Notes {
    fn add(&mut self, line: usize, text: impl Into<String>) {
        let note = Note { file: self.file.clone(), line, text: text.into() };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

/// Translates the pipeline called `name`; `read` gives a file beside `dvc.yaml`.
pub fn translate(
    name: &str,
    text: &str,
    read: &dyn Fn(&str) -> Option<String>,
) -> Result<Translation, Unreadable> {
    let unreadable = |file: &str| {
        let file = file.to_owned();
        move |mistake| Unreadable { file, mistake }
    };
    let root = parse(text).map_err(unreadable(DVC_YAML))?;
    let mut notes = Notes { file: DVC_YAML.to_owned(), head: Vec::new(), notes: Vec::new() };
    let mut values: Vec<(String, Yaml)> = Vec::new();
    if let Some(text) = read(PARAMS_YAML) {
        let params = parse(&text).map_err(unreadable(PARAMS_YAML))?;
        put(&mut values, params.entries());
    }
    for var in root.get("vars").map(Yaml::items).unwrap_or_default() {
        match var.text() {
            None => put(&mut values, var.entries()),
            Some(file) => {
                let (path, keys) = file.split_once(':').unwrap_or((file, ""));
                match read(path) {
                    Some(text) => {
                        let found = parse(&text).map_err(unreadable(path))?;
                        let keys: Vec<&str> =
                            keys.split(',').filter(|key| !key.is_empty()).collect();
                        let wanted = found
                            .entries()
                            .iter()
                            .filter(|(key, _)| keys.is_empty() || keys.contains(&key.as_str()));
                        put(&mut values, &wanted.cloned().collect::<Vec<_>>());
                    }
                    None => notes.add(
                        var.line,
                        format!("`vars` names `{path}`, which cannot be read as YAML"),
                    ),
                }
            }
        }
    }
    for (key, value) in root.entries() {
        let text = match key.as_str() {
            "stages" | "vars" => continue,
            "metrics" => {
                "the list of `metrics` is not translated: a step tells its metrics in $INGOT_EVENTS"
            }
            "plots" => "the list of `plots` is not translated: a step makes its figures as outputs",
            "params" => "the list of `params` is not translated: what a step reads is its input",
            _ => "",
        };
        notes.add(
            value.line,
            match text {
                "" => format!("`{key}` is not translated"),
                text => text.to_owned(),
            },
        );
    }
    std::mem::swap(&mut notes.head, &mut notes.notes);
    let values = Yaml { line: 1, value: Value::Map(values) };
    let stages = stage::stages(&root, &values, &mut notes);
    let steps = link::link(&stages, &values, &mut notes);
    let locked = |file: &str| read(file).is_some();
    let manifest = write::write(name, &steps, &values, &locked, &mut notes);
    let points = steps.iter().flat_map(|step| step.points(&values)).collect();
    let Notes { head, mut notes, .. } = notes;
    notes.extend(head);
    notes.sort();
    Ok(Translation { manifest, notes, points })
}

/// Puts entries over others of their names.
fn put(values: &mut Vec<(String, Yaml)>, entries: &[(String, Yaml)]) {
    for (name, value) in entries {
        values.retain(|(known, _)| known != name);
        values.push((name.clone(), value.clone()));
    }
}

impl Stage {
    /// The scope of its templates; `axes` are the names of its axes.
    fn scope<'a>(&self, values: &'a Yaml, axes: &'a [String]) -> Scope<'a> {
        Scope { values, axes, single: self.single }
    }

    /// Every combination of its axes, in their order; one empty one where it has none.
    fn combinations(&self) -> Vec<Vec<(String, String)>> {
        let mut all = vec![Vec::new()];
        for (axis, values) in &self.axes {
            all = all
                .iter()
                .flat_map(|point: &Vec<(String, String)>| {
                    values.iter().map(move |value| {
                        let mut point = point.clone();
                        point.push((axis.clone(), value.clone()));
                        point
                    })
                })
                .collect();
        }
        all
    }
}
