//! Small datasets made of numbers, and requests as the core would send them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, Float64Array, StringArray};
use arrow::record_batch::RecordBatch;
use ingot_protocol::{Event, Failure, Input, Output, PROTOCOL, Platform, Request};
use ingot_tables::dataset::{self, Column, DataType, Image, Modality, Role, Schema};
use ingot_tables::predictions::{Answers, ClassAnswers, SplitPredictions};
use ingot_torch::kinds;
use ingot_torch::worker::{Hooks, run};
use serde_json::{Map, Value};

/// A folder for one test, and what is made in it.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a kind with the schema's defaults below `given`, writing `output`.
    pub(crate) fn run(
        &self,
        kind: &str,
        given: Value,
        inputs: &[(&str, &Path)],
        output: &str,
    ) -> Result<Vec<Event>, Failure> {
        run_request(&self.request(kind, given, inputs, output), Hooks::default())
    }

    pub(crate) fn request(
        &self,
        kind: &str,
        given: Value,
        inputs: &[(&str, &Path)],
        output: &str,
    ) -> Request {
        let found = kinds::kinds().into_iter().find(|found| found.name == kind).unwrap();
        let port = &found.outputs[0];
        let input = |path: &Path| Input {
            artifact_type: "any".into(),
            path: path.to_owned(),
            digest: path.file_name().unwrap().to_string_lossy().into_owned(),
            format: None,
            splits: Vec::new(),
            split: None,
        };
        let output = Output { artifact_type: port.artifact_type.clone(), path: self.path(output) };
        Request {
            protocol: PROTOCOL,
            kind: kind.into(),
            revision: found.revision,
            params: with_defaults(&found.params, given),
            seed: found.random.then_some(17),
            platform: Platform { isa: isa().into(), ..Platform::default() },
            inputs: inputs
                .iter()
                .map(|(port, path)| ((*port).to_owned(), vec![input(path)]))
                .collect(),
            outputs: BTreeMap::from([(port.name.clone(), output)]),
            tmp: self.path("tmp"),
            cpus: 1,
            checkpoints: None,
            lineage: None,
            plugin: None,
        }
    }
}

/// The instruction set of these tests: the default one where there is a choice.
pub(crate) fn isa() -> &'static str {
    if cfg!(target_arch = "x86_64") { "avx2" } else { "default" }
}

pub(crate) fn run_request(request: &Request, hooks: Hooks) -> Result<Vec<Event>, Failure> {
    let mut events = Vec::new();
    run(request, hooks, &mut |event| events.push(event))?;
    Ok(events)
}

/// The value of a metric that must be there.
pub(crate) fn metric(events: &[Event], name: &str) -> f64 {
    let found = events.iter().find_map(|event| match event {
        Event::Metric(metric) if metric.name == name => Some(metric.value),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no metric {name}"))
}

/// The classes that are predicted of a split.
pub(crate) fn answers(split: &SplitPredictions) -> &ClassAnswers {
    match &split.answers {
        Answers::Classes(answers) => answers,
        other => panic!("{other:?}"),
    }
}

/// What the core sends: the defaults of the family's branch, overridden.
fn with_defaults(schema: &Value, given: Value) -> Map<String, Value> {
    let branches = schema["oneOf"].as_array().cloned().unwrap_or_else(|| vec![schema.clone()]);
    let branch = branches
        .into_iter()
        .find(|branch| branch["properties"]["family"]["const"] == given["family"])
        .unwrap_or_default();
    let properties = branch["properties"].as_object().cloned().unwrap_or_default();
    let mut params: Map<String, Value> = properties
        .into_iter()
        .filter_map(|(name, property)| Some((name, property.get("default")?.clone())))
        .collect();
    fill(&mut params, given.as_object().cloned().unwrap_or_default());
    params
}

/// Puts what is given over the defaults, into an object that is one of them too.
fn fill(params: &mut Map<String, Value>, given: Map<String, Value>) {
    for (name, value) in given {
        match (params.get_mut(&name), value) {
            (Some(Value::Object(below)), Value::Object(given)) => fill(below, given),
            (_, value) => drop(params.insert(name, value)),
        }
    }
}

/// Every file of a folder: its path in it, and its bytes.
pub(crate) fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_owned();
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// Numbers in [0, 1) from a multiplier (Knuth's MMIX), the same everywhere.
pub(crate) struct Numbers(pub u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// 8x8 images of four classes: a bright bar at a row or a column, on noise.
/// `labelled` says of each row whether its label is kept.
pub(crate) fn bars(rows: usize, seed: u64, labelled: impl Fn(usize) -> bool) -> RecordBatch {
    let mut numbers = Numbers(seed);
    let (mut images, mut labels) = (Vec::new(), Vec::new());
    for row in 0..rows {
        let class = row % 4;
        let pixels: Vec<u8> = (0..64)
            .map(|pixel| {
                let (y, x) = (pixel / 8, pixel % 8);
                let lit = match class {
                    0 => y == 2,
                    1 => y == 5,
                    2 => x == 2,
                    _ => x == 5,
                };
                (numbers.next() * 60.0) as u8 + if lit { 150 } else { 0 }
            })
            .collect();
        images.push(pixels);
        labels.push(labelled(row).then(|| ["down", "left", "right", "up"][class]));
    }
    let images = BinaryArray::from_iter_values(images);
    batch(vec![("image", Arc::new(images)), ("label", Arc::new(StringArray::from(labels)))])
}

pub(crate) fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let columns = columns.into_iter().map(|(name, values)| (name, values, true));
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

pub(crate) fn column(name: &str, data_type: DataType, role: Role) -> Column {
    Column { name: name.into(), data_type, role, nullable: true, classes: None }
}

pub(crate) fn image_schema() -> Schema {
    Schema {
        version: 1,
        modality: Modality::Image,
        image: Some(Image { column: "image".into(), height: 8, width: 8, channels: 1 }),
        columns: vec![
            column("image", DataType::Binary, Role::Feature),
            column("label", DataType::Utf8, Role::Label),
        ],
        fitted: Vec::new(),
    }
}

/// Writes a dataset of these splits and returns its folder.
pub(crate) fn write(path: PathBuf, schema: &Schema, splits: &[(&str, RecordBatch)]) -> PathBuf {
    let splits = splits.iter().map(|(name, batch)| ((*name).to_owned(), batch.clone())).collect();
    dataset::write(&path, schema, &splits).unwrap();
    path
}

/// Train (every third row labelled), valid and test splits of bars.
pub(crate) fn bars_dataset(bench: &Bench) -> PathBuf {
    let splits = [
        ("train", bars(96, 1, |row| row % 3 == 0)),
        ("valid", bars(32, 2, |_| true)),
        ("test", bars(40, 3, |_| true)),
    ];
    write(bench.path("bars"), &image_schema(), &splits)
}

/// A table of two numeric columns with nulls and a text column; `yes` when the
/// first number is above the second and the text is not `c`.
pub(crate) fn table(rows: usize, seed: u64) -> RecordBatch {
    let mut numbers = Numbers(seed);
    let (mut first, mut second, mut text, mut label) = (vec![], vec![], vec![], vec![]);
    for _ in 0..rows {
        let (a, b) = (numbers.next() * 100.0, numbers.next() * 100.0);
        let word = ["a", "b", "c"][(numbers.next() * 3.0) as usize];
        first.push((numbers.next() > 0.05).then_some(a));
        second.push(Some(b));
        text.push((numbers.next() > 0.05).then_some(word));
        label.push(Some(if a > b && word != "c" { "yes" } else { "no" }));
    }
    batch(vec![
        ("first", Arc::new(Float64Array::from(first))),
        ("second", Arc::new(Float64Array::from(second))),
        ("text", Arc::new(StringArray::from(text))),
        ("label", Arc::new(StringArray::from(label))),
    ])
}

pub(crate) fn table_schema() -> Schema {
    Schema {
        version: 1,
        modality: Modality::Table,
        image: None,
        columns: vec![
            column("first", DataType::Float64, Role::Feature),
            column("second", DataType::Float64, Role::Feature),
            column("text", DataType::Utf8, Role::Feature),
            column("label", DataType::Utf8, Role::Label),
        ],
        fitted: Vec::new(),
    }
}
