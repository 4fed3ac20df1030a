//! [`Predictor`]: a model as a call: rows in, answers out.
//!
//! It owns the network, its preprocessing and the order of its classes. Invariant: the same
//! rows in batches of the same size get the same bits, whoever asks. It reads the model's
//! folder once, when it is opened, and nothing else.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use ingot_tables::fitted::{self, FittedState};
use ingot_tables::predictions::lists;
use tch::Kind;

use super::{Card, Model};
use crate::dataset::{Examples, InputSchema, Rows};
use crate::error::Error;
use crate::networks::Classifier;
use crate::nn::Mode;
use crate::platform::{Compute, with_precision};

/// A classifier that is ready to answer.
#[derive(Debug)]
pub struct Predictor {
    card: Card,
    network: Classifier,
    classes: Vec<String>,
    compute: Compute,
    batch_size: i64,
}

/// What a model says of N rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    /// The most probable class of each; of equals the first.
    pub predicted: Vec<String>,
    /// The probabilities of each, in the order of the classes.      N x C
    pub probabilities: Vec<Vec<f64>>,
}

impl Predictor {
    /// Opens a model's folder; `batch_size` rows go through the network at a time.
    pub fn open(model: &Path, compute: Compute, batch_size: i64) -> Result<Self, Error> {
        if batch_size < 1 {
            let what = "is out of its range".into();
            return Err(Error::Param { name: "batch_size".into(), what });
        }
        let read = Model::read(model)?;
        let (network, classes) = read.classifier(model, compute.device)?;
        Ok(Self { card: read.card, network, classes, compute, batch_size })
    }

    /// What a row must look like, behind [`Self::fitted`].
    pub fn input(&self) -> &InputSchema {
        &self.card.input
    }

    /// The fitted states that every row goes through.
    pub fn fitted(&self) -> &[FittedState] {
        &self.card.fitted
    }

    /// The classes, in the order of the probabilities.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Answers a batch: N rows as they are before [`Self::fitted`], which are applied here,
    /// with the columns that those and [`Self::input`] take, in any order and among others.
    /// The answer has N rows with the columns `predicted` (text) and
    /// `probabilities` (a list of float64 in the order of the classes).
    pub fn predict(&self, batch: &RecordBatch) -> Result<RecordBatch, Error> {
        let rows = Rows::of_request(fitted::apply_to_request(&self.card.fitted, batch)?);
        self.card.input.check_columns(&rows)?;
        let Answers { predicted, probabilities } = self.answers(&rows)?;
        let predicted: ArrayRef = Arc::new(StringArray::from(predicted)); // N
        let probabilities = lists(&probabilities); // N x C
        let fields = vec![
            Field::new("predicted", DataType::Utf8, false),
            Field::new("probabilities", probabilities.data_type().clone(), false),
        ];
        RecordBatch::try_new(Arc::new(Schema::new(fields)), vec![predicted, probabilities])
            .map_err(|error| Error::Predictions(error.to_string()))
    }

    /// The same of rows whose columns were looked at.
    pub(crate) fn answers(&self, rows: &Rows) -> Result<Answers, Error> {
        let Card { input, preprocessing, .. } = &self.card;
        let examples = Examples::of(rows, input, preprocessing, self.compute.device)?;
        let probabilities = self.probabilities(&examples)?;
        let is_number = |row: &Vec<f64>| row.iter().all(|value| value.is_finite());
        if let Some(row) = probabilities.iter().position(|row| !is_number(row)) {
            return Err(Error::Predictions(format!(
                "{}: split `{}`, row {row}: the network gives no number for it: a feature is too \
                 large for float32, or a weight is NaN or infinite",
                rows.path.display(),
                rows.split,
            )));
        }
        let predicted = probabilities.iter().map(|row| best(row, &self.classes)).collect();
        Ok(Answers { predicted, probabilities })
    }

    /// Softmax of the logits in f64, so that each row sums to one within 1e-15 or so.
    ///                                                           -> N rows of C
    fn probabilities(&self, examples: &Examples) -> Result<Vec<Vec<f64>>, Error> {
        let _no_grad = tch::no_grad_guard();
        let mut all = Vec::new();
        let mut start = 0;
        while start < examples.rows() {
            let count = self.batch_size.min(examples.rows() - start);
            let x = examples.slice(start, count)?; // [b, ..input]
            let forward = || self.network.forward(&x, Mode::Evaluate);
            let logits = with_precision(self.compute, forward)?; // [b, C]
            let rows = logits.f_to_kind(Kind::Double)?.f_softmax(1, Kind::Double)?; // [b, C]
            all.extend(Vec::<Vec<f64>>::try_from(&rows)?);
            start += count;
        }
        Ok(all)
    }
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
