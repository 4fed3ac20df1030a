//! `pretrain`: an encoder from rows without labels.
//!
//! The family is the objective ([`crate::objectives`]), `encoder` the network that
//! learns. Labels are never read.

use ingot_protocol::{Determinism, Event, Kind, Metric};
use ingot_tables::dataset::Dataset;
use serde_json::{Map, Value, json};
use tch::Tensor;

use super::{Step, dataset_port, output_port, text};
use crate::dataset::{Examples, InputSchema, Preprocessing, Split};
use crate::error::Error;
use crate::model::{self, Card};
use crate::networks::{Architecture, Encoder, FAMILIES};
use crate::nn::{Builder, Parameters};
use crate::objectives::{OBJECTIVES, Objective, Rows};
use crate::params::{OfTables, Optimisation, parse};
use crate::schema;
use crate::training::{self, Run, Task};

/// The kind's name.
pub const NAME: &str = "pretrain";
/// See the module above.
pub const REVISION: u32 = 2;

/// The kind's descriptor.
pub fn kind() -> Kind {
    Kind {
        name: NAME.into(),
        summary: "learn an encoder from images without labels".into(),
        revision: REVISION,
        params: params(),
        inputs: vec![dataset_port(&["train"])],
        outputs: vec![output_port("model", "model")],
        further: None,
        determinism: Determinism::Platform,
        random: true,
        lineage: false,
        waivers: false,
        accepts_failed: false,
        metrics: Vec::new(),
        findings: Default::default(),
        expands: Vec::new(),
    }
}

fn params() -> Value {
    schema::families(OBJECTIVES.iter().map(branch).collect())
}

/// The params of an objective: its own, those of every encoder that it trains, and the
/// loop's.
fn branch(objective: &Objective) -> Value {
    let encoders = FAMILIES.iter().filter(|family| family.input == objective.input);
    let names: Vec<&str> = encoders.clone().map(|family| family.name).collect();
    let encoder = Map::from_iter([(
        "encoder".to_owned(),
        json!({
            "type": "string",
            "description": "The family of the encoder.",
            "enum": names,
            "default": objective.encoder,
        }),
    )]);
    let mut pieces = vec![encoder];
    pieces.extend(encoders.map(|family| (family.sizes)()));
    pieces.push((objective.params)());
    pieces.push(schema::properties(&(objective.optimisation)()));
    schema::branch(objective.name, objective.summary, pieces)
}

/// Trains and writes the port `model`, an encoder without classes.
///
/// Every row of split `train` is used, labelled or not. Metric: `train_loss`, the
/// mean contrastive loss of the last epoch in nats; `ln(2N - 1)` is what a
/// collapsed encoder has for batches of N.
pub(super) fn run(step: &Step<'_>, emit: &mut dyn FnMut(Event)) -> Result<(), Error> {
    let given = &step.request.params;
    let name = text(given, "family")?;
    let objective = OBJECTIVES.iter().find(|objective| objective.name == name);
    let objective = objective.ok_or_else(|| Error::Param {
        name: "family".into(),
        what: format!("there is no objective `{name}`"),
    })?;
    let params: Optimisation = parse(given)?;
    let architecture = Architecture::of(text(given, "encoder")?, given)?;
    let seed = step.seed()?;
    let path = &step.input("data")?.path;
    let dataset = Dataset::open(path)?;
    let train = Split::read(&dataset, path, "train")?;
    let input = InputSchema::of(&train.schema, path)?;
    input.check_family(architecture.family(), path)?;
    let max_categories = OfTables::default().max_categories;
    let preprocessing = Preprocessing::fit(&train, &input, max_categories)?;
    let examples = Examples::of(&train.rows, &input, &preprocessing, step.compute.device)?;

    let mut parameters = Parameters::default();
    let mut builder = Builder::new(&mut parameters, seed, step.compute.device);
    let encoder = Encoder::build(&mut builder, &architecture, input.shape(&preprocessing))?;
    let learn = (objective.build)(&mut builder, encoder.features(), given)?;
    let loss = |batch: &Tensor| learn(&encoder, &Rows { examples: &examples, batch });
    let run = Run {
        seed,
        params: &params,
        compute: step.compute,
        rows: examples.rows(),
        drop_last: true,
        identity: step.identity(),
        checkpoints: step.request.checkpoints.as_deref(),
        stop_after: step.hooks.stop_after,
    };
    let task = Task { loss: &loss, measure: &|| Ok(Vec::new()) };
    let trained = training::train(&run, &parameters, emit, &task)?;
    emit(Event::Metric(Metric::new("train_loss", trained.loss)));
    let card = Card::new(architecture, preprocessing, None, input);
    let card = Card { fitted: train.schema.fitted, ..card };
    model::write(&step.output("model")?, &card, &parameters, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoders_agree_on_what_they_call_alike() {
        for objective in OBJECTIVES {
            let encoders = FAMILIES.iter().filter(|family| family.input == objective.input);
            let mut known: Map<String, Value> = Map::new();
            for (name, size) in encoders.flat_map(|family| (family.sizes)()) {
                assert_eq!(known.entry(&name).or_insert(size.clone()), &size, "{name}");
            }
        }
    }
}
