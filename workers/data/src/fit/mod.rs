//! The kind `fit`: what operations learn from `train`.
//!
//! On disk: the state is one file, `fitted.json`. Invariant: no row of another split has a
//! part in it: the port reads `train` alone, and a dataset without that split is refused.

use ingot_protocol::worker::{output, single};
use ingot_protocol::{
    Determinism, Event, Failure, InputPort, Kind, Metric, OutputPort, Reads, Request,
};
use ingot_tables::dataset::{Dataset, DatasetError, TRAIN};
use ingot_tables::fitted::{self, Batches, Operations};
use serde_json::{Value, json};

/// Moves when the outputs for the same request change.
pub const REVISION: u32 = 1;

/// Rows that are held at once.
const ROWS: usize = 8192;

/// The kind, as `describe` tells it.
pub fn kind() -> Kind {
    Kind {
        name: "fit".into(),
        summary: "learn from train what operations do to every row".into(),
        revision: REVISION,
        params: json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": false,
            "required": ["operations"],
            "properties": {"operations": Operations::schema()}
        }),
        inputs: vec![InputPort {
            name: "data".into(),
            types: vec!["dataset".into()],
            required: true,
            reads: Reads::Splits(vec![TRAIN.into()]),
            refuses: vec!["test".into()],
            ..InputPort::default()
        }],
        outputs: vec![OutputPort {
            name: "state".into(),
            artifact_type: "fitted".into(),
            file: true,
        }],
        further: None,
        determinism: Determinism::Bitwise,
        random: false,
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
    let operations = request.params.get("operations").unwrap_or(&Value::Null);
    let operations = Operations::parse(operations)?;
    let data = Dataset::open(&single(request, "data")?.path)?;
    if !data.splits()?.iter().any(|split| split == TRAIN) {
        let message = "the dataset has no split `train` to learn from";
        return Err(Failure::new("D0601", message)
            .help("put the step behind a `split` step, or give the rows as `{ train = .. }`"));
    }
    let rows = || -> Result<Batches, DatasetError> { Ok(Box::new(data.batches(TRAIN, ROWS)?)) };
    let state = fitted::fit(&operations, &data.schema, &rows)?;
    emit(Event::Metric(Metric::new("rows", data.rows(TRAIN)? as f64)));
    state.write(&output(request, "state")?)?;
    Ok(())
}
