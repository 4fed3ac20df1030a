//! The kind `balance`: rows of `train` drawn again, left out or weighed, so that classes or
//! the margins of a population have the shares that are asked for.
//!
//! Only the split `train` changes; of the others each row is passed through. A dataset without
//! `train` is refused: of rows that are split later a copy could judge the model that learned
//! from its original. Invariant: what is drawn depends on the seed and on the keys of rows, so
//! that a new row moves rows at a cut alone, and a copy has a key of its own and says by
//! `row_parents` what it was made of. Values of `personal` columns are in no metric.

mod categories;
mod counts;
mod draw;
mod margins;
mod write;

use arrow::record_batch::RecordBatch;
use ingot_protocol::worker::{output, single};
use ingot_protocol::{
    Determinism, Event, Failure, InputPort, Kind, Metric, OutputPort, Request, seed,
};
use ingot_tables::dataset::{self, Dataset, TRAIN, row_key};
use serde_json::{Value, json};

use categories::Categories;
use draw::Drawn;
use write::Balanced;

/// Moves when the outputs for the same request change.
pub const REVISION: u32 = 1;

/// The kind, as `describe` tells it.
pub fn kind() -> Kind {
    let column = json!({
        "type": "string", "default": "@label",
        "description": "the column of the classes, or @label"
    });
    let counts = json!({
        "type": "object", "minProperties": 1,
        "additionalProperties": {"type": "integer", "minimum": 1, "maximum": 1_000_000_000},
        "description": "class = how many rows of it there shall be; others stay as they are"
    });
    let ratios = json!({
        "type": "object", "minProperties": 1,
        "additionalProperties": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        "description": "class = rows of the smaller class a row of the larger one, where the other is the largest (over) or the smallest (under); others stay as they are"
    });
    let of_classes = |method: &str| {
        json!({"properties": {
            "method": {"const": method},
            "column": column, "counts": counts, "ratios": ratios
        }})
    };
    Kind {
        name: "balance".into(),
        summary: "draw rows of train again, leave out or weigh them".into(),
        revision: REVISION,
        params: json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": false,
            "required": ["method"],
            "properties": {"method": {
                "type": "string",
                "description": "over: copy rows of smaller classes; under: leave out rows of larger ones; rake: weigh rows to the margins of a population"
            }},
            "if": {"required": ["counts"]},
            "then": {"properties": {"ratios": false}},
            "oneOf": [
                of_classes("over"),
                of_classes("under"),
                {"required": ["margins"], "properties": {
                    "method": {"const": "rake"},
                    "margins": {
                        "type": "object", "minProperties": 1,
                        "additionalProperties": {
                            "type": "object", "minProperties": 1, "x-ingot-sum": 1,
                            "additionalProperties": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
                            "description": "value = its share of the population; together 1"
                        },
                        "description": "column = what share of the population has each of its values"
                    },
                    "weight": {
                        "type": "string", "default": "weight", "minLength": 1,
                        "description": "the new column of the weights, where the dataset has none"
                    },
                    "draw": {
                        "type": "integer", "minimum": 1, "maximum": 1_000_000_000,
                        "description": "draw so many rows by their weights, in the place of a column"
                    },
                    "tolerance": {
                        "type": "number", "exclusiveMinimum": 0, "maximum": 0.01, "default": 1e-6,
                        "description": "how far a share may be from the one that is asked for"
                    },
                    "rounds": {
                        "type": "integer", "minimum": 1, "maximum": 1_000_000, "default": 1000,
                        "description": "most rounds over all margins"
                    }
                }}
            ]
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
    let splits = data.splits()?;
    if !splits.iter().any(|split| split == TRAIN) {
        let message = format!(
            "the dataset has no split `{TRAIN}`, only {}: a copy could stand in another split \
             than its original",
            dataset::list(&splits)
        );
        return Err(Failure::new("D1501", message).help(
            "put the step behind a `split`, or give all rows to `validate` as { train = .. }",
        ));
    }
    let train = data.read(TRAIN)?;
    if train.num_rows() == 0 {
        return Err(Failure::new("D1501", format!("the split `{TRAIN}` has no row"))
            .help("look at what the step before left"));
    }
    let (balanced, metrics) = match request.params.get("method").and_then(Value::as_str) {
        Some("rake") => margins::rake(request, &data.schema, &train)?,
        method => by_class(request, (&data, &train), method == Some("over"))?,
    };
    write::write(&data, &train, &balanced, &output(request, "data")?)?;
    metrics.into_iter().for_each(|metric| emit(Event::Metric(metric)));
    Ok(())
}

/// What over- and undersampling leave, and what it has of each class.
fn by_class(
    request: &Request,
    (data, train): (&Dataset, &RecordBatch),
    over: bool,
) -> Result<(Balanced, Vec<Metric>), Failure> {
    let name = request.params.get("column").and_then(Value::as_str).unwrap_or("@label");
    let classes = Categories::read(&data.schema, train, name)?;
    if data.schema.label().is_some_and(|label| label.name == classes.column) {
        dataset::check_measure(&data.schema, &classes.texts())?;
    }
    let wanted = counts::wanted(&request.params, &classes, over)?;
    let seed = request.seed.unwrap_or_default();
    let drawn = match over {
        true => draw::over(&classes.of, &wanted, &ranks(train, seed, "balance over")?),
        false => draw::under(&classes.of, &wanted, &ranks(train, seed, "balance under")?),
    };
    let mut metrics = of_drawn(&drawn, train.num_rows());
    for (name, counts) in [("rows_before", classes.sizes()), ("rows", wanted)] {
        metrics.extend(classes.metrics(name, counts.iter().map(|count| *count as f64)));
    }
    Ok((Balanced { drawn, weights: None }, metrics))
}

/// How many rows there are, how many of them are copies, and how many are left out.
fn of_drawn(drawn: &Drawn, before: usize) -> Vec<Metric> {
    let (kept, copied) = (drawn.kept.len(), drawn.copies.len());
    [("rows", kept + copied), ("copied", copied), ("left_out", before.saturating_sub(kept))]
        .map(|(name, value)| Metric::new(name, value as f64))
        .to_vec()
}

/// Each row's draw, of the seed and its key.
fn ranks(train: &RecordBatch, seed: u64, purpose: &str) -> Result<Vec<u64>, Failure> {
    let keys = row_key::values(train).ok_or_else(|| failed("the rows have no keys"))?;
    let index = |key: &row_key::RowKey| {
        key.iter().take(8).rev().fold(0, |index, byte| index << 8 | u64::from(*byte))
    };
    Ok(keys.iter().map(|key| seed::derive(seed, purpose, index(key))).collect())
}

/// What no data should lead to.
fn failed(why: impl ToString) -> Failure {
    Failure::new("D1510", why.to_string())
}
