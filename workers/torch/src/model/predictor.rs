//! [`Predictor`]: a model as a call: rows in, answers out.
//!
//! It owns the network, its preprocessing and what its outputs mean. Invariant: the same
//! rows in batches of the same size get the same bits, whoever asks. It reads the model's
//! folder once, when it is opened, and nothing else.

use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::Schema;
use arrow::record_batch::RecordBatch;
use ingot_tables::fitted::{self, FittedState};
use ingot_tables::predictions::{Answers, LABEL, Predictions};

use super::{Card, Model};
use crate::dataset::{Examples, InputSchema, Rows, Split};
use crate::error::Error;
use crate::heads::Outputs;
use crate::networks::WithHead;
use crate::nn::Mode;
use crate::platform::{Compute, with_precision};

/// A model with a head that is ready to answer.
#[derive(Debug)]
pub struct Predictor {
    card: Card,
    network: WithHead,
    outputs: Outputs,
    compute: Compute,
    batch_size: i64,
}

impl Predictor {
    /// Opens a model's folder; `batch_size` rows go through the network at a time.
    pub fn open(model: &Path, compute: Compute, batch_size: i64) -> Result<Self, Error> {
        if batch_size < 1 {
            let what = "is out of its range".into();
            return Err(Error::Param { name: "batch_size".into(), what });
        }
        let read = Model::read(model)?;
        let (network, outputs) = read.network(model, compute.device)?;
        Ok(Self { card: read.card, network, outputs, compute, batch_size })
    }

    /// What a row must look like, behind [`Self::fitted`].
    pub fn input(&self) -> &InputSchema {
        &self.card.input
    }

    /// The fitted states that every row goes through.
    pub fn fitted(&self) -> &[FittedState] {
        &self.card.fitted
    }

    /// What its answers are about: the task, and the classes in the order of probabilities.
    pub fn about(&self) -> Predictions {
        self.outputs.about()
    }

    /// Answers a batch: N rows as they are before [`Self::fitted`], which are applied here,
    /// with the columns that those and [`Self::input`] take, in any order and among others.
    /// The answer has N rows with the columns of the task's predictions but the label: of a
    /// classifier `predicted` (text) and `probabilities` (a list of float64 in the order of
    /// the classes).
    pub fn predict(&self, batch: &RecordBatch) -> Result<RecordBatch, Error> {
        let rows = Rows::of_request(fitted::apply_to_request(&self.card.fitted, batch)?);
        self.card.input.check_columns(&rows)?;
        let answers = self.outputs.answers(self.numbers(&rows)?, None)?;
        let said = answers.arrays().into_iter().filter(|(field, _)| field.name() != LABEL);
        let (fields, columns): (Vec<_>, Vec<_>) = said.unzip();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
            .map_err(|error| Error::Predictions(error.to_string()))
    }

    /// The same of a split whose columns were looked at, beside its labels.
    pub(crate) fn answers(&self, split: &Split) -> Result<Answers, Error> {
        self.outputs.answers(self.numbers(&split.rows)?, Some(split))
    }

    /// The numbers of the answers.                               -> N rows of outputs
    fn numbers(&self, rows: &Rows) -> Result<Vec<Vec<f64>>, Error> {
        let Card { input, preprocessing, .. } = &self.card;
        let examples = Examples::of(rows, input, preprocessing, self.compute.device)?;
        let numbers = self.forward(&examples)?;
        let is_number = |row: &Vec<f64>| row.iter().all(|value| value.is_finite());
        if let Some(row) = numbers.iter().position(|row| !is_number(row)) {
            return Err(Error::Predictions(format!(
                "{}: split `{}`, row {row}: the network gives no number for it: a feature is too \
                 large for float32, or a weight is NaN or infinite",
                rows.path.display(),
                rows.split,
            )));
        }
        Ok(numbers)
    }

    /// Batch by batch through the network, and behind the head's activation.
    ///                                                           -> N rows of outputs
    fn forward(&self, examples: &Examples) -> Result<Vec<Vec<f64>>, Error> {
        let _no_grad = tch::no_grad_guard();
        let mut all = Vec::new();
        let mut start = 0;
        while start < examples.rows() {
            let count = self.batch_size.min(examples.rows() - start);
            let x = examples.slice(start, count)?; // [b, ..input]
            let forward = || self.network.forward(&x, Mode::Evaluate);
            let outputs = with_precision(self.compute, forward)?; // [b, outputs]
            let rows = (self.outputs.supervision().activation)(&outputs)?; // [b, outputs] f64
            all.extend(Vec::<Vec<f64>>::try_from(&rows)?);
            start += count;
        }
        Ok(all)
    }
}
