//! `pretrain`: an encoder from rows without labels.
//!
//! Family `simclr` (Chen et al. 2020): two random changes of each image are to have
//! representations nearer to each other than to those of any other image. Labels
//! are never read. Departures from the paper: AdamW instead of LARS, no colour
//! distortion (the images here are grey), no blur, and the loss is taken over one
//! batch on one device.

use ingot_protocol::{Determinism, Event, Kind, Metric};
use ingot_tables::dataset::Dataset;
use serde::Deserialize;
use serde_json::{Value, json};
use tch::Tensor;

use super::{Step, dataset_port, output_port};
use crate::dataset::{Examples, InputSchema, Preprocessing, Split};
use crate::error::Error;
use crate::losses::nt_xent;
use crate::model::{self, Card};
use crate::networks::{Architecture, Encoder, Projection};
use crate::nn::{Builder, Mode, Parameters};
use crate::params::{TrainingParams, parse};
use crate::schema::{self, Defaults};
use crate::training::{self, Run};

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
        determinism: Determinism::Platform,
        random: true,
        lineage: false,
        accepts_failed: false,
        expands: Vec::new(),
    }
}

fn params() -> Value {
    let own = json!({
        "encoder": {
            "type": "string",
            "description": "The family of the encoder.",
            "enum": ["cnn", "resnet"],
            "default": "cnn",
        },
        "temperature": {
            "type": "number",
            "description": "What similarities are divided by.",
            "default": 0.5,
            "exclusiveMinimum": 0,
            "maximum": 100,
        },
        "projection": schema::integer("Numbers in what the loss compares.", 64, 1, 65536),
    });
    schema::families(vec![schema::branch(
        "simclr",
        "Contrastive learning of two random views.",
        &[
            own,
            schema::width(16),
            schema::blocks(),
            schema::augmentation(15.0, 1.0, 0.1, 0.1),
            schema::optimisation(Defaults {
                epochs: 40,
                batch_size: 256,
                lr: 3e-3,
                weight_decay: 1e-4,
            }),
        ],
    )])
}

/// What SimCLR takes besides the training params.
#[derive(Debug, Deserialize)]
struct Simclr {
    encoder: EncoderFamily,
    width: i64,
    blocks: i64,
    temperature: f64,
    projection: i64,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum EncoderFamily {
    Cnn,
    Resnet,
}

impl Simclr {
    fn architecture(&self) -> Architecture {
        match self.encoder {
            EncoderFamily::Cnn => Architecture::Cnn { width: self.width },
            EncoderFamily::Resnet => {
                Architecture::Resnet { width: self.width, blocks: self.blocks }
            }
        }
    }

    fn check(&self) -> Result<(), Error> {
        let rules = [
            ("temperature", self.temperature.is_finite() && self.temperature > 0.0),
            ("projection", self.projection >= 1),
        ];
        match rules.into_iter().find(|(_, holds)| !holds) {
            Some((name, _)) => {
                Err(Error::Param { name: name.into(), what: "is out of its range".into() })
            }
            None => self.architecture().check(),
        }
    }
}

/// Trains and writes the port `model`, an encoder without classes.
///
/// Every row of split `train` is used, labelled or not. Metric: `train_loss`, the
/// mean contrastive loss of the last epoch in nats; `ln(2N - 1)` is what a
/// collapsed encoder has for batches of N.
pub(super) fn run(step: &Step<'_>, emit: &mut dyn FnMut(Event)) -> Result<(), Error> {
    let params = TrainingParams::read(&step.request.params)?;
    let simclr: Simclr = parse(&step.request.params)?;
    simclr.check()?;
    let architecture = simclr.architecture();
    let seed = step.seed()?;
    let path = &step.input("data")?.path;
    let dataset = Dataset::open(path)?;
    let train = Split::read(&dataset, path, "train")?;
    let input = InputSchema::of(&train.schema, path)?;
    input.check_family(&architecture, path)?;
    let preprocessing = Preprocessing::fit(&train, &input, params.max_categories)?;
    let examples = Examples::of(&train, &input, &preprocessing, step.compute.device)?;

    let mut parameters = Parameters::default();
    let mut builder = Builder::new(&mut parameters, seed, step.compute.device);
    let encoder = Encoder::build(&mut builder, &architecture, input.shape(&preprocessing))?;
    let projection = Projection::build(&mut builder, encoder.features(), simclr.projection)?;
    let mode = Mode::Train { dropout: 0.0 };
    let loss = |batch: &Tensor| {
        let twice = Tensor::f_cat(&[batch, batch], 0)?; // [2b]
        let views = examples.batch(&twice, Some(&params.augmentation))?; // [2b, C, H, W]
        let z = projection.forward(&encoder.forward(&views, mode)?)?; // [2b, projection]
        let rows = batch.size1()?;
        nt_xent(&z.f_narrow(0, 0, rows)?, &z.f_narrow(0, rows, rows)?, simclr.temperature)
    };
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
    let train_loss = training::train(&run, &parameters, emit, &loss)?;
    emit(Event::Metric(Metric::new("train_loss", train_loss)));
    let card = Card::new(architecture, preprocessing, None, input);
    model::write(&step.output("model")?, &card, &parameters, true)
}
