//! One class of several: a linear layer, softmax and cross-entropy.

use std::collections::BTreeSet;

use ingot_statistics::metrics::accuracy;
use ingot_statistics::{Sample, sample};
use ingot_tables::class_order;
use ingot_tables::dataset::check_classes;
use ingot_tables::predictions::{Answers, ClassAnswers, Predictions};
use serde_json::Value;
use tch::{Kind, Tensor};

use super::head::{Head, Layers, Supervision, Targets};
use crate::dataset::{Rows, Split};
use crate::error::Error;
use crate::losses::cross_entropy;
use crate::nn::{Linear, Mode};

/// The entry; its tensors stand below the name `head`. What is known of the outputs is the
/// list of classes, in their order.
pub(super) const CLASSES: Head = Head {
    name: "classes",
    build: |at, features, outputs| Ok(Box::new(LinearHead(at.linear("head", features, outputs)?))),
    supervision: Some(Supervision {
        learn: |train| train.schema.label().map(|_| learn(train)).transpose(),
        mistake,
        count: |known| i64::try_from(classes(known).len()).unwrap_or(0),
        describe: |known| format!("classifier of {} classes", classes(known).len()),
        targets,
        loss: |logits, targets, regularisation| {
            cross_entropy(logits, targets, regularisation.label_smoothing)
        },
        metric: &accuracy::METRIC,
        sample,
        // In f64, so that each row sums to one within 1e-15 or so.
        activation: |logits| Ok(logits.f_to_kind(Kind::Double)?.f_softmax(1, Kind::Double)?),
        about: |known| Predictions::of_classes(classes(known)),
        answers,
    }),
};

/// Unnormalised log-probabilities; dropout stands before the layer.
#[derive(Debug)]
struct LinearHead(Linear);

impl Layers for LinearHead {
    fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor, Error> {
        let x = x.f_dropout(mode.dropout(), mode.is_train())?; // [N, D]
        self.0.forward(&x) // [N, C]
    }
}

/// The schema's closed set, else the distinct labels of the training split, in the one
/// order of classes. At least two labels must occur in training.
fn learn(train: &Split) -> Result<Value, Error> {
    let path = train.rows.path.clone();
    let column = train.schema.label().ok_or_else(|| Error::NoLabelColumn { path: path.clone() })?;
    let labels = train.labels()?.unwrap_or_default();
    check_classes(&train.schema, &labels)?;
    let found: BTreeSet<String> = labels.into_iter().flatten().collect();
    match found.first() {
        None => return Err(Error::NoLabels { path, column: column.name.clone() }),
        Some(class) if found.len() == 1 => {
            return Err(Error::OneClass { path, class: class.clone() });
        }
        Some(_) => {}
    }
    let mut classes = column.classes.clone().unwrap_or_else(|| found.into_iter().collect());
    classes.sort_by(|one, other| class_order(one, other));
    Ok(classes.into())
}

/// The names in the order of the outputs.
fn classes(known: &Value) -> Vec<String> {
    let names = known.as_array().into_iter().flatten();
    names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

fn mistake(known: &Value) -> Option<String> {
    let names = classes(known);
    if known.as_array().is_none_or(|values| values.len() != names.len()) {
        return Some("`classes` is no list of texts".to_owned());
    }
    let mut seen = BTreeSet::new();
    let twice = names.iter().find(|name| !seen.insert(*name))?;
    Some(format!("two classes are named `{twice}`"))
}

/// The labelled rows of a split, and the index of each one's class.            [n] i64
fn targets(split: &Split, known: &Value) -> Result<Targets, Error> {
    let classes = classes(known);
    let labels = split.labels()?.unwrap_or_default();
    let (mut rows, mut targets) = (Vec::new(), Vec::new());
    for (row, label) in labels.into_iter().enumerate() {
        let Some(label) = label else { continue };
        let Some(class) = classes.iter().position(|class| *class == label) else {
            let Rows { path, split: name, .. } = &split.rows;
            return Err(Error::UnknownClass {
                path: path.clone(),
                split: name.clone(),
                row,
                label,
            });
        };
        rows.push(i64::try_from(row).unwrap_or(i64::MAX));
        targets.push(i64::try_from(class).unwrap_or(i64::MAX));
    }
    Ok(Targets { rows, values: Tensor::f_from_slice(&targets)? })
}

/// The most probable class of each row, of equals the first, against the true one. Accuracy
/// asks for no probability, and to rank the rows by each class takes long: it has none here.
fn sample(logits: &Tensor, targets: &Tensor) -> Result<Sample, Error> {
    let indices = |of: &Tensor| -> Result<Vec<usize>, Error> {
        let values = Vec::<i64>::try_from(of)?;
        Ok(values.into_iter().map(|index| usize::try_from(index).unwrap_or_default()).collect())
    };
    let predicted = indices(&logits.f_argmax(1, false)?)?; // [n]
    let probabilities = vec![Vec::new(); predicted.len()];
    let sample = sample::Classes::new((0, 0), indices(targets)?, predicted, &probabilities);
    Ok(Sample::Classes(sample))
}

fn answers(
    probabilities: Vec<Vec<f64>>, // N x C
    split: Option<&Split>,
    known: &Value,
) -> Result<Answers, Error> {
    let classes = classes(known);
    let labels = split.map(Split::labels).transpose()?.flatten();
    let labels = labels.unwrap_or_else(|| vec![None; probabilities.len()]);
    let predicted = probabilities.iter().map(|row| best(row, &classes)).collect();
    Ok(Answers::Classes(ClassAnswers { labels, predicted, probabilities }))
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
