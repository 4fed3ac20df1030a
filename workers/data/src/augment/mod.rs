//! The kind `augment`: changed copies of training images.
//!
//! Only the split `train` changes: its rows first, as they are, then `copies` of
//! each. Other splits pass through. A copy says by `row_parents` which row it was made of.
//! Invariant: a copy's draw is from (seed, row, copy), and all arithmetic is the same on every machine (`libm`, no fused
//! operations), so the class is bitwise.

mod affine;

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, UInt64Array};
use arrow::compute::{concat, take_record_batch};
use arrow::record_batch::RecordBatch;
use ingot_protocol::worker::{output, single};
use ingot_protocol::{
    Determinism, Event, Failure, InputPort, Kind, Metric, OutputPort, Request, seed,
};
use ingot_tables::dataset::{
    self, Dataset, Image, ROW_KEY, ROW_PARENTS, TRAIN, labels, row_key, row_parents,
};
use serde_json::{Value, json};

use affine::Strength;

/// Moves when the outputs for the same request change.
pub const REVISION: u32 = 3;

/// The kind, as `describe` tells it.
pub fn kind() -> Kind {
    let number = |default: f64, most: f64, description: &str| json!({"type": "number", "minimum": 0, "maximum": most, "default": default, "description": description});
    Kind {
        name: "augment".into(),
        summary: "add changed copies of training images".into(),
        revision: REVISION,
        params: json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "copies": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 1, "description": "copies of each image"},
                "labelled_only": {"type": "boolean", "default": false, "description": "copy images with a label alone"},
                "rotation": number(10.0, 180.0, "largest rotation, in degrees"),
                "translation": number(0.5, 64.0, "largest shift along each axis, in pixels"),
                "scale": number(0.1, 0.9, "largest change of size, as a share"),
                "noise": number(0.02, 1.0, "standard deviation of the noise, as a share of white")
            }
        }),
        inputs: vec![InputPort {
            name: "data".into(),
            types: vec!["dataset".into()],
            required: true,
            ..InputPort::default()
        }],
        outputs: vec![OutputPort {
            name: "data".into(),
            artifact_type: "dataset".into(),
            file: false,
        }],
        further: None,
        determinism: Determinism::Bitwise,
        random: true,
        lineage: false,
        waivers: false,
        accepts_failed: false,
        metrics: Vec::new(),
        findings: Default::default(),
        expands: Vec::new(),
    }
}

/// Runs one step of the kind.
pub fn run(request: &Request, emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
    let data = Dataset::open(&single(request, "data")?.path)?.with_parents();
    let Some(image) = &data.schema.image else {
        return Err(Failure::new("D0501", "the dataset has no images")
            .help("name the pixel columns in the contract: [image] columns = \"pixel_*\""));
    };
    let mut splits: BTreeMap<String, RecordBatch> = BTreeMap::new();
    for split in data.splits()? {
        let batch = data.read(&split)?;
        splits.insert(split, batch);
    }
    let Some(train) = splits.get(TRAIN) else {
        return Err(Failure::new("D0502", "the dataset has no split `train`")
            .help("augment behind a `split` step"));
    };
    let rows = chosen(request, &data, train)?;
    let augmented = augment(request, image, train, &rows)?;
    emit(Event::Metric(Metric::new("copied", rows.len() as f64)));
    emit(Event::Metric(Metric::new("rows", augmented.num_rows() as f64)));
    splits.insert(TRAIN.to_owned(), augmented);
    Ok(dataset::write(&output(request, "data")?, &data.schema, &splits)?)
}

/// The rows that are copied.
fn chosen(request: &Request, data: &Dataset, train: &RecordBatch) -> Result<Vec<usize>, Failure> {
    let labelled = request.params.get("labelled_only").and_then(Value::as_bool).unwrap_or(false);
    let all = 0..train.num_rows();
    Ok(match data.schema.label().filter(|_| labelled) {
        Some(label) => {
            let values = labels(train, &label.name)?;
            all.filter(|&row| values[row].is_some()).collect()
        }
        None => all.collect(),
    })
}

fn augment(
    request: &Request,
    image: &Image,
    train: &RecordBatch,
    rows: &[usize],
) -> Result<RecordBatch, Failure> {
    let number = |name: &str| request.params.get(name).and_then(Value::as_f64).unwrap_or(0.0);
    let strength = Strength {
        rotation: number("rotation"),
        translation: number("translation"),
        scale: number("scale"),
        noise: number("noise"),
    };
    let copies = request.params.get("copies").and_then(Value::as_u64).unwrap_or(1);
    let seed = request.seed.unwrap_or_default();
    let wrong = |error: arrow::error::ArrowError| Failure::new("D0503", error.to_string());
    let at = train.schema().index_of(&image.column).map_err(wrong)?;
    let originals = train.column(at).as_binary::<i32>();
    let none = || Failure::new("D0503", "the rows have no keys");
    let keys = row_key::values(train).ok_or_else(none)?;
    let mut parents = row_parents::values(train).ok_or_else(none)?;
    let (mut indices, mut images, mut made) = (Vec::new(), Vec::new(), Vec::new());
    for &row in rows {
        for copy in 0..copies {
            indices.push(row as u64);
            made.push(row_key::derived(&keys[row], "augment", copy));
            parents.push(row_parents::of_made([(keys[row], &parents[row])]));
            let drawn = seed::derive(seed, "augment", row as u64 * copies + copy);
            let bytes = originals.is_valid(row).then(|| originals.value(row));
            images.push(bytes.map(|bytes| affine::change(bytes, image, &strength, drawn)));
        }
    }
    let copied = take_record_batch(train, &UInt64Array::from(indices)).map_err(wrong)?;
    let changed: ArrayRef = Arc::new(images.iter().map(Option::as_deref).collect::<BinaryArray>());
    let named: ArrayRef = Arc::new(row_key::array(&made).map_err(wrong)?);
    let columns: Vec<ArrayRef> = train
        .schema()
        .fields()
        .iter()
        .enumerate()
        .filter(|(_, field)| field.name() != ROW_PARENTS)
        .map(|(column, field)| {
            let more = match field.name().as_str() {
                ROW_KEY => &named,
                _ if column == at => &changed,
                _ => copied.column(column),
            };
            concat(&[train.column(column).as_ref(), more.as_ref()])
        })
        .collect::<Result<_, _>>()
        .map_err(wrong)?;
    let fields = train.schema();
    let fields = fields.fields().iter().filter(|field| field.name() != ROW_PARENTS).cloned();
    let schema = Arc::new(arrow::datatypes::Schema::new(fields.collect::<Vec<_>>()));
    let augmented = RecordBatch::try_new(schema, columns).map_err(wrong)?;
    let parents = row_parents::array(&parents).map_err(wrong)?;
    row_parents::with_parents(&augmented, Arc::new(parents)).map_err(wrong)
}
