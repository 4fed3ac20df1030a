//! [`NumberAnswers`]: a number for each row.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use arrow::datatypes::{DataType, Field};

use super::PredictionsError;
use super::answers::{Arrays, LABEL, Mistake, PREDICTED};
use super::columns::{Columns, not_finite};

/// The columns `label` (float64 or null) and `predicted` (float64).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NumberAnswers {
    /// What the data say, where they say something.
    pub labels: Vec<Option<f64>>,
    /// What the model says.
    pub predicted: Vec<f64>,
}

impl NumberAnswers {
    pub(super) fn arrays(&self) -> Arrays {
        let labels: ArrayRef = Arc::new(Float64Array::from(self.labels.clone()));
        let predicted: ArrayRef = Arc::new(Float64Array::from(self.predicted.clone()));
        vec![
            (Field::new(LABEL, DataType::Float64, true), labels), // N
            (Field::new(PREDICTED, DataType::Float64, false), predicted), // N
        ]
    }

    pub(super) fn of(columns: &Columns<'_>) -> Result<Self, PredictionsError> {
        Ok(Self { labels: columns.numbers(LABEL)?, predicted: columns.whole_numbers(PREDICTED)? })
    }

    pub(super) fn extend(&mut self, more: Self) {
        self.labels.extend(more.labels);
        self.predicted.extend(more.predicted);
    }

    pub(super) fn mistake(&self) -> Option<Mistake> {
        not_finite(LABEL, self.labels.iter().copied())
            .or_else(|| not_finite(PREDICTED, self.predicted.iter().copied().map(Some)))
    }
}
