//! [`RankingAnswers`]: a score for each row, by which the rows of a group are ordered.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, StringArray};
use arrow::datatypes::{DataType, Field};

use super::PredictionsError;
use super::answers::{Arrays, LABEL, Mistake, PREDICTED};
use super::columns::{Columns, not_finite};

const GROUP: &str = "group";

/// The columns `group` (text), `label` (float64 or null: how relevant the row is, at least
/// 0) and `predicted` (float64: the score, more is earlier).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RankingAnswers {
    /// The group of each row, such as a query.
    pub groups: Vec<String>,
    /// How relevant the data say it is, where they say something.
    pub labels: Vec<Option<f64>>,
    /// The score.
    pub predicted: Vec<f64>,
}

impl RankingAnswers {
    pub(super) fn arrays(&self) -> Arrays {
        let groups: ArrayRef = Arc::new(StringArray::from(self.groups.clone()));
        let labels: ArrayRef = Arc::new(Float64Array::from(self.labels.clone()));
        let predicted: ArrayRef = Arc::new(Float64Array::from(self.predicted.clone()));
        vec![
            (Field::new(GROUP, DataType::Utf8, false), groups), // N
            (Field::new(LABEL, DataType::Float64, true), labels), // N
            (Field::new(PREDICTED, DataType::Float64, false), predicted), // N
        ]
    }

    pub(super) fn of(columns: &Columns<'_>) -> Result<Self, PredictionsError> {
        Ok(Self {
            groups: columns.whole_texts(GROUP)?,
            labels: columns.numbers(LABEL)?,
            predicted: columns.whole_numbers(PREDICTED)?,
        })
    }

    pub(super) fn extend(&mut self, more: Self) {
        self.groups.extend(more.groups);
        self.labels.extend(more.labels);
        self.predicted.extend(more.predicted);
    }

    pub(super) fn mistake(&self) -> Option<Mistake> {
        let negative = self.labels.iter().position(|label| label.is_some_and(|label| label < 0.0));
        not_finite(LABEL, self.labels.iter().copied())
            .or_else(|| negative.map(|row| (LABEL, row, "a relevance below 0".to_owned())))
            .or_else(|| not_finite(PREDICTED, self.predicted.iter().copied().map(Some)))
    }
}
