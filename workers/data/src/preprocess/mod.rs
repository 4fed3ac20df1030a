//! The kind `preprocess`: operations that are fitted on `train` and done to every row.
//!
//! What is learned comes from the kind [`fit`](crate::fit), of which a step `STEP/fit` is
//! implied. The operations themselves stand in [`ingot_tables::fitted`]. Invariant: each row
//! is changed by the state and by itself alone; the dataset carries the state behind those
//! that its rows went through.

use std::collections::BTreeMap;

use ingot_protocol::worker::{output, single};
use ingot_protocol::{
    Determinism, Event, Expansion, Failure, InputPort, Kind, Metric, OutputPort, Request,
};
use ingot_tables::dataset::{Dataset, Writer};
use ingot_tables::fitted::{Operations, State};
use serde_json::json;

/// Moves when the outputs for the same request change.
pub const REVISION: u32 = 1;

/// Rows that are held at once.
const ROWS: usize = 8192;

/// The kind, as `describe` tells it.
pub fn kind() -> Kind {
    let mut operations = Operations::schema();
    // It is the implied step's, and what it says is seen on the port.
    operations["x-ingot-implied"] = json!(true);
    operations["x-ingot-semantic"] = json!(false);
    Kind {
        name: "preprocess".into(),
        summary: "impute, scale, encode by what is learned from train".into(),
        revision: REVISION,
        params: json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": false,
            "properties": {"operations": operations}
        }),
        inputs: vec![
            InputPort {
                name: "data".into(),
                types: vec!["dataset".into()],
                required: true,
                ..InputPort::default()
            },
            InputPort {
                name: "fitted".into(),
                types: vec!["fitted".into()],
                required: true,
                ..InputPort::default()
            },
        ],
        outputs: vec![OutputPort {
            name: "data".into(),
            artifact_type: "dataset".into(),
            file: false,
        }],
        further: None,
        determinism: Determinism::Bitwise,
        random: false,
        lineage: false,
        waivers: false,
        accepts_failed: false,
        metrics: Vec::new(),
        findings: Default::default(),
        expands: vec![Expansion {
            port: "fitted".into(),
            name: "fit".into(),
            kind: "fit".into(),
            output: "state".into(),
            inputs: BTreeMap::from([("data".to_owned(), "data".to_owned())]),
            params: BTreeMap::from([("operations".to_owned(), "operations".to_owned())]),
            each: None,
        }],
    }
}

/// Runs one step of the kind.
pub fn run(request: &Request, emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
    let data = Dataset::open(&single(request, "data")?.path)?.with_parents();
    let state = State::read(&single(request, "fitted")?.path)?;
    let schema = state.schema(&data.schema)?;
    let writer = Writer::begin(&output(request, "data")?, &schema)?;
    for split in data.splits()? {
        let mut rows = writer.split(&split)?;
        for batch in data.batches(&split, ROWS)? {
            rows.write(&state.apply(&data.schema, &batch?)?)?;
        }
        rows.finish()?;
    }
    emit(Event::Metric(Metric::new("columns", schema.columns.len() as f64)));
    Ok(())
}
