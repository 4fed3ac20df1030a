//! The kind `package`: a model with everything that is needed to use it and to
//! say where it came from.
//!
//! On disk: the bundle is a folder with `bundle.json`, `model/`, `schema.json` and
//! `README.md`. Invariant: every file but `bundle.json` is listed there by digest
//! and size; the actions that the model came from are those of the lineage.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use ingot_protocol::worker::{optional, output, single};
use ingot_protocol::{
    Determinism, Event, Failure, InputPort, Kind, Lineage, OutputPort, Reads, Request,
};
use ingot_tables::bundle::{self, BUNDLE_FILE, Bundle, FileFacts};
use ingot_tables::dataset::Dataset;
use ingot_tables::report::Report;
use ingot_tables::{json, regular};
use serde::Serialize;
use serde_json::{Value, json};

/// Moves when the outputs for the same request change.
pub const REVISION: u32 = 3;

/// The kind, as `describe` tells it.
pub fn kind() -> Kind {
    let port = |name: &str, required: bool| InputPort {
        name: name.into(),
        types: vec![if name == "data" { "dataset" } else { name }.into()],
        required,
        reads: if name == "data" { Reads::Splits(vec!["train".into()]) } else { Reads::All },
        ..InputPort::default()
    };
    Kind {
        name: "package".into(),
        summary: "a model with its preprocessing, schema and the actions it came from".into(),
        revision: REVISION,
        params: json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "name": {"type": "string", "default": "model", "description": "the bundle's name"},
                "license": {"type": "string", "default": "", "description": "the model's licence"}
            }
        }),
        inputs: vec![port("model", true), port("data", false), port("report", false)],
        outputs: vec![OutputPort {
            name: "bundle".into(),
            artifact_type: "bundle".into(),
            file: false,
        }],
        further: None,
        determinism: Determinism::Bitwise,
        random: false,
        lineage: true,
        waivers: false,
        accepts_failed: false,
        metrics: Vec::new(),
        findings: Default::default(),
        expands: Vec::new(),
    }
}

/// Runs one step of the kind.
pub fn run(request: &Request, _emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
    let root = output(request, "bundle")?;
    let model = &single(request, "model")?.path;
    make(&root)?;
    let mut files = BTreeMap::new();
    copy(model, model, &root, "model", &mut files)?;
    let about = read_json(model, "model.json")?;
    if let Some(data) = optional(request, "data")? {
        let dataset = Dataset::open(&data.path)?;
        add_json(&root, "schema.json", &dataset.schema, &mut files)?;
    }
    let mut metrics = Vec::new();
    if let Some(report) = optional(request, "report")? {
        let report = Report::read(&report.path)?;
        let whole = report.metrics.iter().filter(|metric| metric.slice.is_empty());
        metrics = whole.filter_map(|metric| serde_json::to_value(metric).ok()).collect();
    }
    let text = |name: &str| {
        request.params.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let lineage = request.lineage.clone().unwrap_or_default();
    let readme = readme(&text("name"), &about, &files, &lineage);
    add(&root, "README.md", readme.as_bytes(), &mut files)?;
    let bundle = Bundle {
        version: bundle::VERSION,
        name: text("name"),
        license: text("license"),
        files,
        model: about,
        metrics,
        lineage,
    };
    json::write(&root.join(BUNDLE_FILE), &bundle).map_err(|error| wrong(&root, &error))
}

fn readme(
    name: &str,
    model: &Value,
    files: &BTreeMap<String, FileFacts>,
    from: &Lineage,
) -> String {
    let said = |key: &str| shown(model.get(key).and_then(Value::as_str).unwrap_or("unknown"));
    let runtime = said("runtime");
    let mut lines = vec![format!("# {name}\n")];
    if runtime == "torch" {
        let family = said("family");
        lines.extend([
            format!("A `{family}` model for the runtime `torch`, built by the pipeline `{}`.\n", from.pipeline),
            "* `model/model.json`: architecture, preprocessing fitted on the training split, classes".into(),
            "* `model/weights.safetensors`: the weights".into(),
        ]);
    } else {
        // What another runtime keeps is its own: it is listed, and nothing is said of it.
        lines.extend([
            format!(
                "A model for the runtime `{runtime}`, built by the pipeline `{}`.\n",
                from.pipeline
            ),
            "* `model/model.json`: what the model says of itself".into(),
        ]);
        let others = files
            .keys()
            .filter(|file| file.starts_with("model/") && file.as_str() != "model/model.json");
        lines.extend(others.map(|file| format!("* `{}`", shown(file))));
    }
    if files.contains_key("schema.json") {
        lines.push("* `schema.json`: the columns that the model was trained on".into());
    }
    lines.push(format!(
        "* `bundle.json`: digests of every file, metrics, and the {} actions behind them",
        from.steps.len()
    ));
    if runtime == "torch" {
        lines.push(
            "\nInputs go through the preprocessing of `model.json` before the network; its outputs\n\
             are logits in the order of `classes`."
                .into(),
        );
    }
    lines.join("\n") + "\n"
}

/// A text of somebody else's on one line: what steers a terminal or ends a line is written
/// out.
fn shown(text: &str) -> String {
    let one = |character: char| match character.is_control() {
        true => character.escape_default().to_string(),
        false => character.to_string(),
    };
    text.chars().map(one).collect()
}

fn read_json(artifact: &Path, name: &str) -> Result<Value, Failure> {
    let path = artifact.join(name);
    let read = regular::within(artifact, &path).and_then(|()| json::read(&path));
    read.map_err(|error| wrong(&path, &error))
}

fn wrong(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new("D0801", format!("{}: {error}", path.display()))
}

fn make(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| wrong(folder, &error))
}

/// Copies a folder of the model below `name`.
fn copy(
    model: &Path,
    from: &Path,
    root: &Path,
    name: &str,
    files: &mut BTreeMap<String, FileFacts>,
) -> Result<(), Failure> {
    make(&root.join(name))?;
    let entries = fs::read_dir(from).map_err(|error| wrong(from, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| wrong(from, &error))?.path();
        let Some(file) = path.file_name().and_then(|file| file.to_str()) else { continue };
        let below = format!("{name}/{file}");
        let link = fs::symlink_metadata(&path).map_err(|error| wrong(&path, &error))?.is_symlink();
        if link {
            // A file of the model under a second name is copied, anything else is not: a
            // folder could hold itself.
            regular::within(model, &path).map_err(|error| wrong(&path, &error))?;
        }
        if path.is_dir() && !link {
            copy(model, &path, root, &below, files)?;
        } else {
            let facts = copy_file(&path, &root.join(&below));
            files.insert(below, facts.map_err(|error| wrong(&path, &error))?);
        }
    }
    Ok(())
}

/// Copies a file, however large, and digests it on the way.
fn copy_file(from: &Path, to: &Path) -> io::Result<FileFacts> {
    let mut from = regular::open(from)?;
    let mut to = File::create(to)?;
    let (mut digest, mut bytes) = (blake3::Hasher::new(), 0);
    let mut buffer = vec![0; 1 << 20];
    loop {
        let length = from.read(&mut buffer)?;
        if length == 0 {
            return Ok(FileFacts { blake3: digest.finalize().to_hex().to_string(), bytes });
        }
        digest.update(&buffer[..length]);
        to.write_all(&buffer[..length])?;
        bytes += length as u64;
    }
}

fn add(
    root: &Path,
    name: &str,
    bytes: &[u8],
    files: &mut BTreeMap<String, FileFacts>,
) -> Result<(), Failure> {
    let path = root.join(name);
    fs::write(&path, bytes).map_err(|error| wrong(&path, &error))?;
    let blake3 = blake3::hash(bytes).to_hex().to_string();
    files.insert(name.to_owned(), FileFacts { blake3, bytes: bytes.len() as u64 });
    Ok(())
}

fn add_json<T: Serialize>(
    root: &Path,
    name: &str,
    value: &T,
    files: &mut BTreeMap<String, FileFacts>,
) -> Result<(), Failure> {
    let path = root.join(name);
    json::write(&path, value).map_err(|error| wrong(&path, &error))?;
    let bytes = fs::read(&path).map_err(|error| wrong(&path, &error))?;
    add(root, name, &bytes, files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_runtime_names_stands_on_a_line_of_its_own() {
        let facts = || FileFacts { blake3: String::new(), bytes: 0 };
        let names = ["model/model.json", "model/a\nb\u{1b}[2J"];
        let files = names.map(|name| (name.to_owned(), facts())).into();
        let text = readme("m", &json!({ "runtime": "x\u{1b}y" }), &files, &Lineage::default());
        assert!(text.contains("runtime `x\\u{1b}y`"), "{text}");
        assert!(text.contains("\n* `model/a\\nb\\u{1b}[2J`\n"), "{text}");
    }
}
