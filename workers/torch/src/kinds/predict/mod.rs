//! `predict`: a model's probabilities for each row of each split it is given.

use std::collections::BTreeMap;

use ingot_protocol::{Determinism, Kind as StepKind};
use ingot_tables::dataset::Dataset;
use ingot_tables::predictions::{self, Predictions, SplitPredictions};
use serde::Deserialize;
use serde_json::{Value, json};
use tch::Kind;

use super::{Step, dataset_port, model_port, output_port};
use crate::dataset::{Examples, Split};
use crate::error::Error;
use crate::model::Model;
use crate::networks::Classifier;
use crate::nn::Mode;
use crate::params::parse;
use crate::platform::{Compute, with_precision};
use crate::schema;

/// The kind's name.
pub const NAME: &str = "predict";
/// See the module above.
pub const REVISION: u32 = 3;

/// The kind's descriptor.
pub fn kind() -> StepKind {
    StepKind {
        name: NAME.into(),
        summary: "a model's class probabilities for each row".into(),
        revision: REVISION,
        params: schema(),
        inputs: vec![dataset_port(&["test"]), model_port("model", true)],
        outputs: vec![output_port("predictions", "predictions")],
        determinism: Determinism::Platform,
        random: false,
        lineage: false,
        accepts_failed: false,
        expands: Vec::new(),
    }
}

fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            // The kernels that libtorch chooses can depend on it, and so the last bits.
            "batch_size": schema::integer("Rows a forward pass.", 512, 1, 1_000_000),
        },
        "additionalProperties": false,
    })
}

#[derive(Debug, Deserialize)]
struct Params {
    batch_size: i64,
}

/// Predicts every split that is there and writes the port `predictions`.
pub(super) fn run(step: &Step<'_>) -> Result<(), Error> {
    let params: Params = parse(&step.request.params)?;
    if params.batch_size < 1 {
        let what = "is out of its range".into();
        return Err(Error::Param { name: "batch_size".into(), what });
    }
    let data = &step.input("data")?.path;
    let at = &step.input("model")?.path;
    let model = Model::read(at)?;
    let (network, classes) = model.classifier(at, step.compute.device)?;
    let dataset = Dataset::open(data)?;
    model.card.input.check_takes(&dataset.schema, data)?;
    let mut splits = BTreeMap::new();
    for name in dataset.splits()? {
        let split = Split::read(&dataset, data, &name)?;
        let Model { card, .. } = &model;
        let examples = Examples::of(&split, &card.input, &card.preprocessing, step.compute.device)?;
        let probabilities = probabilities(&network, &examples, params.batch_size, step.compute)?;
        let is_number = |row: &Vec<f64>| row.iter().all(|value| value.is_finite());
        if let Some(row) = probabilities.iter().position(|row| !is_number(row)) {
            let at = data.display();
            return Err(Error::Predictions(format!(
                "{at}: split `{name}`, row {row}: the network gives no number for it: a feature is \
                 too large for float32, or a weight is NaN or infinite"
            )));
        }
        let count = split.batch.num_rows();
        let labels = split.labels()?.unwrap_or_else(|| vec![None; count]);
        let predicted = probabilities.iter().map(|row| best(row, &classes)).collect();
        let rows = (0..i64::try_from(count).unwrap_or(i64::MAX)).collect();
        let answers = SplitPredictions::of_classes(rows, labels, predicted, probabilities);
        splits.insert(name, answers);
    }
    if splits.is_empty() {
        let (path, split, found) = (data.clone(), "test".into(), "none at all".into());
        return Err(Error::NoSplit { path, split, found });
    }
    let about = Predictions::of_classes(classes);
    predictions::write(&step.output("predictions")?, &about, &splits)
        .map_err(|error| Error::Predictions(error.to_string()))
}

/// Softmax of the logits in f64, so that each row sums to one within 1e-15 or so.
///                                                           -> N rows of C
fn probabilities(
    network: &Classifier,
    examples: &Examples,
    batch: i64,
    compute: Compute,
) -> Result<Vec<Vec<f64>>, Error> {
    let _no_grad = tch::no_grad_guard();
    let mut all = Vec::new();
    let mut start = 0;
    while start < examples.rows() {
        let count = batch.min(examples.rows() - start);
        let x = examples.slice(start, count)?; // [b, ..input]
        let logits = with_precision(compute, || network.forward(&x, Mode::Evaluate))?; // [b, C]
        let rows = logits.f_to_kind(Kind::Double)?.f_softmax(1, Kind::Double)?; // [b, C]
        all.extend(Vec::<Vec<f64>>::try_from(&rows)?);
        start += count;
    }
    Ok(all)
}

/// The most probable class; of equals the first.
fn best(probabilities: &[f64], classes: &[String]) -> String {
    let mut best = (f64::NEG_INFINITY, "");
    for (probability, class) in probabilities.iter().zip(classes) {
        if *probability > best.0 {
            best = (*probability, class);
        }
    }
    best.1.to_owned()
}
