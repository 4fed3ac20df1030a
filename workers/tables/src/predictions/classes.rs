//! [`ClassAnswers`]: one class of several, and how sure the model is of each.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::datatypes::{DataType, Field};

use super::PredictionsError;
use super::answers::{Arrays, LABEL, PREDICTED, PROBABILITIES};
use super::columns::{Columns, lists};

/// The columns `label` (text or null), `predicted` (text) and `probabilities` (a list of
/// float64 in the order of the classes).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ClassAnswers {
    /// What the data say, where they say something.
    pub labels: Vec<Option<String>>,
    /// What the model says.
    pub predicted: Vec<String>,
    /// How sure it is of each class; in the order of the classes.
    pub probabilities: Vec<Vec<f64>>,
}

impl ClassAnswers {
    pub(super) fn arrays(&self) -> Arrays {
        let labels: ArrayRef = Arc::new(StringArray::from(self.labels.clone()));
        let predicted: ArrayRef = Arc::new(StringArray::from(self.predicted.clone()));
        let probabilities = lists(&self.probabilities);
        vec![
            (Field::new(LABEL, DataType::Utf8, true), labels), // N
            (Field::new(PREDICTED, DataType::Utf8, false), predicted), // N
            (Field::new(PROBABILITIES, probabilities.data_type().clone(), false), probabilities), // N x C
        ]
    }

    pub(super) fn of(columns: &Columns<'_>) -> Result<Self, PredictionsError> {
        Ok(Self {
            labels: columns.texts(LABEL)?,
            predicted: columns.whole_texts(PREDICTED)?,
            probabilities: columns.number_lists(PROBABILITIES)?,
        })
    }

    pub(super) fn extend(&mut self, more: Self) {
        self.labels.extend(more.labels);
        self.predicted.extend(more.predicted);
        self.probabilities.extend(more.probabilities);
    }
}
