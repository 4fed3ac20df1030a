//! `predict`: a model's probabilities for each row of each split it is given.

use std::collections::BTreeMap;

use ingot_protocol::{Determinism, Kind as StepKind};
use ingot_tables::dataset::Dataset;
use ingot_tables::dataset::row_key;
use ingot_tables::fitted;
use ingot_tables::predictions::{self, SplitPredictions};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Step, dataset_port, model_port, output_port};
use crate::dataset::Split;
use crate::error::Error;
use crate::model::Predictor;
use crate::params::parse;
use crate::schema;

/// The kind's name.
pub const NAME: &str = "predict";
/// See the module above.
pub const REVISION: u32 = 5;

/// The kind's descriptor.
pub fn kind() -> StepKind {
    StepKind {
        name: NAME.into(),
        summary: "a model's class probabilities for each row".into(),
        revision: REVISION,
        params: schema(),
        inputs: vec![dataset_port(&["test"]), model_port("model", true)],
        outputs: vec![output_port("predictions", "predictions")],
        further: None,
        determinism: Determinism::Platform,
        random: false,
        lineage: false,
        waivers: false,
        accepts_failed: false,
        metrics: Vec::new(),
        findings: Default::default(),
        expands: Vec::new(),
    }
}

fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": schema::properties(&Params::default()),
        "additionalProperties": false,
    })
}

/// What the kind takes.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Params {
    /// Rows a forward pass.
    // The kernels that libtorch chooses can depend on it, and so the last bits.
    #[schemars(range(min = 1, max = 1_000_000))]
    batch_size: i64,
}

impl Default for Params {
    fn default() -> Self {
        Self { batch_size: 512 }
    }
}

/// Predicts every split that is there and writes the port `predictions`.
///
/// Rows that lack fitted states of the model go through them first; those that went through
/// another one are refused.
pub(super) fn run(step: &Step<'_>) -> Result<(), Error> {
    let params: Params = parse(&step.request.params)?;
    let data = &step.input("data")?.path;
    let at = &step.input("model")?.path;
    let predictor = Predictor::open(at, step.compute, params.batch_size)?;
    let dataset = Dataset::open(data)?;
    let states = fitted::missing(&dataset.schema.fitted, predictor.fitted())?;
    let schema = states
        .iter()
        .try_fold(dataset.schema.clone(), |schema, fitted| fitted.state.schema(&schema))?;
    predictor.input().check_takes(&schema, data)?;
    let mut splits = BTreeMap::new();
    for name in dataset.splits()? {
        let split = Split::read(&dataset, data, &name)?.behind(states)?;
        let answers = predictor.answers(&split)?;
        let count = i64::try_from(split.rows.batch.num_rows()).unwrap_or(i64::MAX);
        let (rows, keys) = ((0..count).collect(), row_key::values(&split.rows.batch));
        splits.insert(name, SplitPredictions { rows, keys, answers });
    }
    if splits.is_empty() {
        let (path, split, found) = (data.clone(), "test".into(), "none at all".into());
        return Err(Error::NoSplit { path, split, found });
    }
    predictions::write(&step.output("predictions")?, &predictor.about(), &splits)
        .map_err(|error| Error::Predictions(error.to_string()))
}
