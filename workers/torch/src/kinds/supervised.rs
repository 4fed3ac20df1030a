//! What `train` and `fine-tune` do: minimise the loss of a head over the labelled rows.

use std::path::Path;

use ingot_protocol::{Event, Metric};
use ingot_tables::dataset::{Dataset, Schema};
use ingot_tables::fitted;
use serde_json::Value;
use tch::Tensor;

use super::{Step, fine_tune, text};
use crate::augment::Augmentation;
use crate::dataset::{Examples, InputSchema, Preprocessing, Split};
use crate::error::Error;
use crate::heads::{Outputs, Supervision, Targets};
use crate::model::{self, Card, Model};
use crate::networks::{Architecture, ENCODER, FAMILIES, Family, Modality, WithHead};
use crate::nn::{Builder, Mode, Parameters};
use crate::params::{Freezing, OfImages, OfTables, Optimisation, Regularisation, parse};
use crate::platform::{Compute, with_precision};
use crate::schema;
use crate::training::{self, Measurements, Run, Task};

/// Rows a forward pass without gradients.
const EVALUATION_BATCH: i64 = 512;

/// The defaults of a kind.
pub(super) struct Defaults {
    /// The loop's, where rows are images.
    pub(super) images: Optimisation,
    /// The loop's, where rows are those of tables.
    pub(super) tables: Optimisation,
    /// Whether weights learn, where the kind lets one say it.
    pub(super) freezing: Option<Freezing>,
}

/// The params of a kind: a branch for each family of networks.
pub(super) fn params(defaults: &Defaults) -> Value {
    schema::families(FAMILIES.iter().map(|family| branch(family, defaults)).collect())
}

fn branch(family: &Family, defaults: &Defaults) -> Value {
    let regularisation = Regularisation { dropout: family.dropout, label_smoothing: 0.0 };
    let (of_rows, optimisation) = match family.input {
        Modality::Image => (schema::properties(&OfImages::default()), &defaults.images),
        Modality::Table => (schema::properties(&OfTables::default()), &defaults.tables),
    };
    let mut pieces = vec![(family.sizes)(), of_rows, schema::properties(&regularisation)];
    pieces.push(schema::properties(optimisation));
    pieces.extend(defaults.freezing.iter().map(schema::properties));
    schema::branch(family.name, family.summary, pieces)
}

/// What the step's params say, typed.
struct Params {
    architecture: Architecture,
    optimisation: Optimisation,
    regularisation: Regularisation,
    /// Of images.
    augmentation: Option<Augmentation>,
    /// Of tables.
    max_categories: usize,
    freeze: bool,
}

impl Params {
    fn read(step: &Step<'_>) -> Result<Self, Error> {
        let given = &step.request.params;
        let architecture = Architecture::of(text(given, "family")?, given)?;
        let (augmentation, of_tables) = match architecture.family().input {
            Modality::Image => (Some(parse::<OfImages>(given)?.augmentation), OfTables::default()),
            Modality::Table => (None, parse(given)?),
        };
        let freezing = match step.request.kind.as_str() {
            fine_tune::NAME => parse(given)?,
            _ => Freezing::default(),
        };
        Ok(Self {
            architecture,
            optimisation: parse(given)?,
            regularisation: parse(given)?,
            augmentation,
            max_categories: of_tables.max_categories,
            freeze: freezing.freeze,
        })
    }
}

/// Trains and writes the port `model`.
///
/// Rows of split `train` with a null label are left out. Metrics: `train_loss`, the
/// mean loss of the last epoch's batches as they were trained on (of classes cross-entropy
/// in nats, augmented, with label smoothing); and, where split `valid` has labelled rows,
/// the head's metric (`valid_accuracy`) and `valid_loss` of the final weights. The same are
/// observed at the end of every epoch.
pub(super) fn run(step: &Step<'_>, emit: &mut dyn FnMut(Event)) -> Result<(), Error> {
    let params = Params::read(step)?;
    let architecture = &params.architecture;
    let seed = step.seed()?;
    let path = &step.input("data")?.path;
    let dataset = Dataset::open(path)?;
    let init = match step.optional("init")? {
        Some(init) => Some((init.path.as_path(), Model::read(&init.path)?)),
        None => None,
    };
    let states = match &init {
        Some((_, model)) => fitted::missing(&dataset.schema.fitted, &model.card.fitted)?,
        None => &[],
    };
    let train = Split::read(&dataset, path, "train")?.behind(states)?;
    let valid = match Split::read_if_there(&dataset, path, "valid")? {
        Some(valid) => Some(valid.behind(states)?),
        None => None,
    };
    let input = InputSchema::of(&train.schema, path)?;
    input.check_family(architecture.family(), path)?;
    let outputs = Outputs::learn(&train)?;
    let (input, preprocessing) = match &init {
        Some((at, model)) => {
            check_init(at, model, architecture, &input, (&train.schema, path))?;
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
    let mut network = WithHead::build(&mut builder, architecture, shape, &outputs)?;
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
    let supervision = outputs.supervision();
    let labelled = |split: &Split| -> Result<LabelledRows, Error> {
        let Targets { rows, values } = outputs.targets(split)?;
        let all = Examples::of(&split.rows, &input, &preprocessing, device)?;
        Ok(LabelledRows { examples: all.select(&rows)?, targets: values.f_to_device(device)? })
    };
    let LabelledRows { examples, targets } = labelled(&train)?;
    let valid = valid.as_ref().map(labelled).transpose()?;
    let valid = valid.filter(|valid| valid.examples.rows() > 0);
    let measure = || match &valid {
        Some(valid) => score(&network, supervision, valid, step.compute),
        None => Ok(Vec::new()),
    };
    let mode = Mode::Train { dropout: params.regularisation.dropout };
    let loss = |batch: &Tensor| {
        let x = examples.batch(batch, params.augmentation.as_ref())?; // [b, ..input]
        let found = network.forward(&x, mode)?; // [b, outputs]
        (supervision.loss)(&found, &targets.f_index_select(0, batch)?, &params.regularisation)
    };
    let run = Run {
        seed,
        params: &params.optimisation,
        compute: step.compute,
        rows: examples.rows(),
        drop_last: false,
        identity: step.identity(),
        checkpoints: step.request.checkpoints.as_deref(),
        stop_after: step.hooks.stop_after,
    };
    let task = Task { loss: &loss, measure: &measure };
    let trained = training::train(&run, &parameters, emit, &task)?;

    emit(Event::Metric(Metric::new("train_loss", trained.loss)));
    for (name, value) in trained.measured {
        emit(Event::Metric(Metric::new(name, value)));
    }
    let card = Card::new(params.architecture, preprocessing, Some(outputs), input);
    let card = Card { fitted: train.schema.fitted, ..card };
    model::write(&step.output("model")?, &card, &parameters, false)
}

/// A start must be the same network over the same kind of rows.
fn check_init(
    at: &Path,
    model: &Model,
    architecture: &Architecture,
    input: &InputSchema,
    (schema, path): (&Schema, &Path),
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
    model.card.input.check_takes(schema, path).map_err(|error| differs(error.to_string()))
}

fn encoder(model: &Model) -> std::collections::BTreeMap<String, Tensor> {
    let tensors = model.weights.iter().filter(|(name, _)| name.starts_with(ENCODER));
    tensors.map(|(name, tensor)| (name.clone(), tensor.shallow_clone())).collect()
}

/// The labelled rows of a split.
struct LabelledRows {
    examples: Examples,
    targets: Tensor, // [n, ..]
}

/// The main metric, and the mean loss without regularisation, of the network as it predicts.
fn score(
    network: &WithHead,
    supervision: &Supervision,
    valid: &LabelledRows,
    compute: Compute,
) -> Result<Measurements, Error> {
    let _no_grad = tch::no_grad_guard();
    let plain = Regularisation { dropout: 0.0, label_smoothing: 0.0 };
    let rows = valid.examples.rows();
    let (mut found, mut loss, mut start) = (Vec::new(), 0.0, 0);
    while start < rows {
        let count = EVALUATION_BATCH.min(rows - start);
        let x = valid.examples.slice(start, count)?; // [b, ..input]
        let targets = valid.targets.f_narrow(0, start, count)?; // [b, ..]
        let outputs = with_precision(compute, || network.forward(&x, Mode::Evaluate))?;
        let mean = (supervision.loss)(&outputs, &targets, &plain)?; // []
        loss += mean.f_double_value(&[])? * count as f64;
        found.push(outputs); // [b, outputs]
        start += count;
    }
    let found = Tensor::f_cat(&found, 0)?; // [n, outputs]
    let sample = (supervision.sample)(&found, &valid.targets)?;
    let metric = supervision.metric;
    let value = metric.value(&sample, &vec![1.0; sample.units()]);
    let measured = value.map(|value| (format!("valid_{}", metric.name), value));
    Ok(measured.into_iter().chain([("valid_loss".to_owned(), loss / rows as f64)]).collect())
}
