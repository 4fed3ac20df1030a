//! What `train` and `fine-tune` do: minimise cross-entropy over the labelled rows.

use std::path::Path;

use ingot_protocol::{Event, Metric};
use ingot_tables::dataset::Dataset;
use tch::{Kind, Tensor};

use super::Step;
use crate::dataset::{Classes, Examples, InputSchema, Preprocessing, Split, targets};
use crate::error::Error;
use crate::losses::cross_entropy;
use crate::model::{self, Card, Model};
use crate::networks::{Architecture, Classifier, ENCODER};
use crate::nn::{Builder, Mode, Parameters};
use crate::params::{TrainingParams, parse};
use crate::platform::{Compute, with_precision};
use crate::training::{self, Run};

/// Rows a forward pass without gradients.
const EVALUATION_BATCH: i64 = 512;

/// Trains and writes the port `model`.
///
/// Rows of split `train` with a null label are left out. Metrics: `train_loss`, the
/// mean cross-entropy of the last epoch's batches as they were trained on (nats,
/// augmented, with label smoothing); and, where split `valid` has labelled rows,
/// `valid_accuracy` and `valid_loss` of the final weights.
pub(super) fn run(step: &Step<'_>, emit: &mut dyn FnMut(Event)) -> Result<(), Error> {
    let params = TrainingParams::read(&step.request.params)?;
    let architecture: Architecture = architecture(step)?;
    let seed = step.seed()?;
    let path = &step.input("data")?.path;
    let dataset = Dataset::open(path)?;
    let train = Split::read(&dataset, path, "train")?;
    let valid = Split::read_if_there(&dataset, path, "valid")?;
    let input = InputSchema::of(&train.schema, path)?;
    input.check_family(&architecture, path)?;
    let classes = Classes::of(&train)?;
    let init = match step.optional("init")? {
        Some(init) => Some((init.path.as_path(), Model::read(&init.path)?)),
        None => None,
    };
    let (input, preprocessing) = match &init {
        Some((at, model)) => {
            check_init(at, model, &architecture, &input, path)?;
            (model.card.input.clone(), model.card.preprocessing.clone())
        }
        None => {
            let preprocessing = Preprocessing::fit(&train, &input, params.max_categories)?;
            (input, preprocessing)
        }
    };

    let mut parameters = Parameters::default();
    let mut builder = Builder::new(&mut parameters, seed, step.compute.device);
    let shape = input.shape(&preprocessing);
    let mut network = Classifier::build(&mut builder, &architecture, shape, classes.0.len())?;
    if let Some((at, model)) = &init {
        if let Some(what) = parameters.load(ENCODER, &encoder(model))? {
            return Err(Error::InitDiffers { path: (*at).to_owned(), what });
        }
        if params.freeze {
            parameters.freeze(ENCODER)?;
            network.frozen = true;
        }
    } else if params.freeze {
        let what = "an encoder from scratch would stay random; give `inputs.init`".into();
        return Err(Error::Param { name: "freeze".into(), what });
    }

    let device = step.compute.device;
    let (rows, labels) = targets(&train, &classes)?;
    let examples = Examples::of(&train, &input, &preprocessing, device)?.select(&rows)?;
    let labels = Tensor::f_from_slice(&labels)?.f_to_device(device)?; // [n]
    let valid = match &valid {
        Some(valid) => Some(held_out(valid, &input, &preprocessing, &classes, step.compute)?),
        None => None,
    };
    let mode = Mode::Train { dropout: params.dropout };
    let loss = |batch: &Tensor| {
        let x = examples.batch(batch, Some(&params.augmentation))?; // [b, ..input]
        let logits = network.forward(&x, mode)?; // [b, C]
        cross_entropy(&logits, &labels.f_index_select(0, batch)?, params.label_smoothing)
    };
    let run = Run {
        seed,
        params: &params,
        compute: step.compute,
        rows: examples.rows(),
        drop_last: false,
        identity: step.identity(),
        checkpoints: step.request.checkpoints.as_deref(),
        stop_after: step.hooks.stop_after,
    };
    let train_loss = training::train(&run, &parameters, emit, &loss)?;

    emit(Event::Metric(Metric::new("train_loss", train_loss)));
    if let Some(held_out) = valid.filter(|held_out| held_out.examples.rows() > 0) {
        let (accuracy, loss) = score(&network, &held_out, step.compute)?;
        emit(Event::Metric(Metric::new("valid_accuracy", accuracy)));
        emit(Event::Metric(Metric::new("valid_loss", loss)));
    }
    let card = Card::new(architecture, preprocessing, Some(classes.0), input);
    model::write(&step.output("model")?, &card, &parameters, false)
}

/// The family and sizes, from flat params.
fn architecture(step: &Step<'_>) -> Result<Architecture, Error> {
    #[derive(serde::Deserialize)]
    #[serde(tag = "family", rename_all = "lowercase")]
    enum Family {
        Cnn { width: i64 },
        Resnet { width: i64, blocks: i64 },
        Mlp { hidden: Vec<i64> },
    }
    let architecture = match parse(&step.request.params)? {
        Family::Cnn { width } => Architecture::Cnn { width },
        Family::Resnet { width, blocks } => Architecture::Resnet { width, blocks },
        Family::Mlp { hidden } => Architecture::Mlp { hidden },
    };
    architecture.check()?;
    Ok(architecture)
}

/// A start must be the same network over the same kind of rows.
fn check_init(
    at: &Path,
    model: &Model,
    architecture: &Architecture,
    input: &InputSchema,
    path: &Path,
) -> Result<(), Error> {
    let differs = |what: String| Error::InitDiffers { path: at.to_owned(), what };
    let found = &model.card.architecture;
    if found != architecture {
        return Err(differs(format!("it is {found}, and this step trains {architecture}")));
    }
    let fits = std::mem::discriminant(&model.card.input) == std::mem::discriminant(input);
    if !fits {
        return Err(differs("it takes another kind of data".into()));
    }
    let dataset = Dataset::open(path)?;
    model.card.input.check_takes(&dataset.schema, path).map_err(|error| differs(error.to_string()))
}

fn encoder(model: &Model) -> std::collections::BTreeMap<String, Tensor> {
    let tensors = model.weights.iter().filter(|(name, _)| name.starts_with(ENCODER));
    tensors.map(|(name, tensor)| (name.clone(), tensor.shallow_clone())).collect()
}

/// The labelled rows of the validation split.
struct HeldOut {
    examples: Examples,
    labels: Tensor, // [n]
}

fn held_out(
    split: &Split,
    input: &InputSchema,
    preprocessing: &Preprocessing,
    classes: &Classes,
    compute: Compute,
) -> Result<HeldOut, Error> {
    let (rows, labels) = targets(split, classes)?;
    let examples = Examples::of(split, input, preprocessing, compute.device)?.select(&rows)?;
    let labels = Tensor::f_from_slice(&labels)?.f_to_device(compute.device)?;
    Ok(HeldOut { examples, labels })
}

/// Accuracy, and mean cross-entropy in nats, of the network as it predicts.
fn score(network: &Classifier, held_out: &HeldOut, compute: Compute) -> Result<(f64, f64), Error> {
    let _no_grad = tch::no_grad_guard();
    let rows = held_out.examples.rows();
    let (mut right, mut loss, mut start) = (0.0, 0.0, 0);
    while start < rows {
        let count = EVALUATION_BATCH.min(rows - start);
        let x = held_out.examples.slice(start, count)?; // [b, ..input]
        let labels = held_out.labels.f_narrow(0, start, count)?; // [b]
        let logits = with_precision(compute, || network.forward(&x, Mode::Evaluate))?; // [b, C]
        loss += cross_entropy(&logits, &labels, 0.0)?.f_double_value(&[])? * count as f64;
        let hits = logits.f_argmax(1, false)?.f_eq_tensor(&labels)?; // [b]
        right += hits.f_sum(Kind::Double)?.f_double_value(&[])?;
        start += count;
    }
    Ok((right / rows as f64, loss / rows as f64))
}
