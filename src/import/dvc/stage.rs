//! [`Stage`]: one entry of `stages` in `dvc.yaml`, as it is written. Pure.

use super::super::yaml::{Value, Yaml};
use super::{DVC_YAML, Notes, PARAMS_YAML};

/// One stage, its templates not yet filled.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    /// Its name.
    pub(super) name: String,
    /// Its line.
    pub(super) line: usize,
    /// What it says of itself.
    pub(super) about: Option<String>,
    /// Commands, one after the other.
    pub(super) commands: Vec<String>,
    /// Where it runs; empty for the folder of `dvc.yaml`.
    pub(super) folder: String,
    /// What it reads, relative to `dvc.yaml`.
    pub(super) reads: Vec<(usize, String)>,
    /// What it makes, relative to `dvc.yaml`.
    pub(super) makes: Vec<Made>,
    /// Params file, relative to `dvc.yaml` -> the keys that DVC watches; empty for all.
    pub(super) params: Vec<(usize, String, Vec<String>)>,
    /// Axis -> values; of `foreach`, the one axis `item`.
    pub(super) axes: Vec<(String, Vec<String>)>,
    /// Whether the axes are those of `foreach`.
    pub(super) single: bool,
}

/// One output.
#[derive(Debug, Clone)]
pub(super) struct Made {
    /// The path.
    pub(super) path: String,
    /// Whether DVC leaves it in git.
    pub(super) in_git: bool,
}

/// Keys of a stage that are translated.
const KEYS: [&str; 10] =
    ["cmd", "deps", "desc", "foreach", "matrix", "metrics", "outs", "params", "plots", "wdir"];

/// Reads one stage; `values` are what its `foreach` may name.
pub(super) fn read(name: &str, node: &Yaml, values: &Yaml, notes: &mut Notes) -> Option<Stage> {
    let mut single = false;
    let mut axes = Vec::new();
    let mut body = node;
    if let Some(items) = node.get("foreach") {
        single = true;
        axes.push(("item".to_owned(), axis(name, items, values, notes)?));
        match node.get("do") {
            Some(inner) => body = inner,
            None => {
                notes.add(node.line, format!("the stage `{name}` has `foreach` without `do`"));
                return None;
            }
        }
    }
    for (axis_name, items) in node.get("matrix").map(Yaml::entries).unwrap_or_default() {
        axes.push((axis_name.clone(), axis(name, items, values, notes)?));
    }
    for (key, value) in node.entries().iter().chain(body.entries()) {
        let is_body = !std::ptr::eq(node, body) && (key == "do" || key == "foreach");
        if !KEYS.contains(&key.as_str()) && !is_body {
            let text = match key.as_str() {
                "frozen" => "`frozen` is not translated: a step runs when what it reads changed",
                "always_changed" => {
                    "`always_changed` is not translated: `ingot build --rerun STEP` runs it"
                }
                "vars" => "a stage's own `vars` are not translated: move them to the top",
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
    }
    let folder = body.get("wdir").and_then(Yaml::plain).unwrap_or_default();
    let folder = join("", &folder).unwrap_or_default();
    let mut stage = Stage {
        name: name.to_owned(),
        line: node.line,
        about: body.get("desc").and_then(Yaml::plain),
        commands: Vec::new(),
        reads: Vec::new(),
        makes: Vec::new(),
        params: Vec::new(),
        axes,
        single,
        folder,
    };
    for command in body.get("cmd").map(Yaml::items).unwrap_or_default() {
        stage.commands.extend(command.plain());
    }
    if stage.commands.is_empty() {
        notes.add(node.line, format!("the stage `{name}` has no `cmd`, so it makes no step"));
        return None;
    }
    stage.read_paths(body, notes);
    stage.read_params(body, notes);
    Some(stage)
}

/// The values of an axis: single ones, listed here or in `vars`.
fn axis(stage: &str, items: &Yaml, values: &Yaml, notes: &mut Notes) -> Option<Vec<String>> {
    let named = items.text().and_then(|text| text.strip_prefix("${")?.strip_suffix('}'));
    let list = named.and_then(|name| values.at(name.trim())).unwrap_or(items);
    let found: Option<Vec<String>> = match &list.value {
        Value::List(items) => items.iter().map(Yaml::plain).collect(),
        _ => None,
    };
    if found.as_ref().is_none_or(Vec::is_empty) {
        notes.add(
            items.line,
            format!(
                "the stage `{stage}` goes over what is no list of single values, and is not translated: write its steps by hand, or with `matrix` and named points"
            ),
        );
        return None;
    }
    found
}

impl Stage {
    fn read_paths(&mut self, body: &Yaml, notes: &mut Notes) {
        for dep in body.get("deps").map(Yaml::items).unwrap_or_default() {
            let path = dep.plain().unwrap_or_default();
            match join(&self.folder, &path) {
                Some(path) => self.reads.push((dep.line, path)),
                None => notes.add(
                    dep.line,
                    format!("the dependency `{path}` lies outside of the workspace: a step cannot read it; copy it in, or get it in a step with `network = true`"),
                ),
            }
        }
        for key in ["outs", "metrics", "plots"] {
            for out in body.get(key).map(Yaml::items).unwrap_or_default() {
                let (written, options) = match out.entries().first() {
                    Some((path, options)) => (path.clone(), options.entries()),
                    None => (out.plain().unwrap_or_default(), &[][..]),
                };
                let mut in_git = false;
                for (option, value) in options {
                    match option.as_str() {
                        "cache" => in_git = value.value == Value::Bool(false),
                        "desc" | "type" | "labels" => {}
                        _ => notes.add(
                            value.line,
                            format!("`{option}` of the output `{written}` is not translated"),
                        ),
                    }
                }
                match join(&self.folder, &written) {
                    Some(path) => self.makes.push(Made { path, in_git }),
                    None => notes.add(
                        out.line,
                        format!("the output `{written}` lies outside of the workspace, and is not translated"),
                    ),
                }
            }
        }
    }

    fn read_params(&mut self, body: &Yaml, notes: &mut Notes) {
        let mut add = |line, file: &str, keys: Vec<String>| match join(&self.folder, file) {
            Some(file) => match self.params.iter_mut().find(|(_, known, _)| *known == file) {
                Some((.., known)) => known.extend(keys),
                None => self.params.push((line, file, keys)),
            },
            None => {
                notes.add(line, format!("the params file `{file}` lies outside of the workspace"))
            }
        };
        for param in body.get("params").map(Yaml::items).unwrap_or_default() {
            match param.entries() {
                [] => add(param.line, PARAMS_YAML, param.plain().into_iter().collect()),
                files => {
                    for (file, keys) in files {
                        let keys = keys.items().iter().filter_map(|key| key.plain()).collect();
                        add(param.line, file, keys);
                    }
                }
            }
        }
    }
}

/// A path of a stage as one relative to `dvc.yaml`; nothing where it leads out, or is
/// no path of files.
pub(super) fn join(folder: &str, path: &str) -> Option<String> {
    if path.is_empty() && folder.is_empty() {
        return Some(String::new());
    }
    if path.contains("://") || path.starts_with(['/', '~']) || path.contains('\\') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The stages of a file, in its order.
pub(super) fn stages(root: &Yaml, values: &Yaml, notes: &mut Notes) -> Vec<Stage> {
    let Some(stages) = root.get("stages") else {
        notes.add(1, format!("{DVC_YAML} has no stages"));
        return Vec::new();
    };
    let entries = stages.entries().iter();
    entries.filter_map(|(name, node)| read(name, node, values, notes)).collect()
}
