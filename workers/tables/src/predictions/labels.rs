//! [`LabelAnswers`]: any number of several classes, and how sure the model is of each.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, ListBuilder, StringBuilder};
use arrow::datatypes::Field;

use super::PredictionsError;
use super::answers::{Arrays, LABEL, Mistake, PREDICTED, PROBABILITIES};
use super::columns::{Columns, lists};

/// The columns `label` (a list of text, or null), `predicted` (a list of text) and
/// `probabilities` (a list of float64 in the order of the classes).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LabelAnswers {
    /// The classes that the data say, where they say something; it may be none.
    pub labels: Vec<Option<Vec<String>>>,
    /// The classes that the model says; it may be none.
    pub predicted: Vec<Vec<String>>,
    /// How sure it is of each class; in the order of the classes.
    pub probabilities: Vec<Vec<f64>>,
}

impl LabelAnswers {
    pub(super) fn arrays(&self) -> Arrays {
        let labels = text_lists(self.labels.iter().map(Option::as_ref));
        let predicted = text_lists(self.predicted.iter().map(Some));
        let probabilities = lists(&self.probabilities);
        vec![
            (Field::new(LABEL, labels.data_type().clone(), true), labels), // N x any
            (Field::new(PREDICTED, predicted.data_type().clone(), false), predicted), // N x any
            (Field::new(PROBABILITIES, probabilities.data_type().clone(), false), probabilities), // N x C
        ]
    }

    pub(super) fn of(columns: &Columns<'_>) -> Result<Self, PredictionsError> {
        Ok(Self {
            labels: columns.text_lists(LABEL)?,
            predicted: columns.whole_text_lists(PREDICTED)?,
            probabilities: columns.number_lists(PROBABILITIES)?,
        })
    }

    /// A class that is there twice in a row, or that the model says and does not know.
    pub(super) fn mistake(&self, classes: &[String]) -> Option<Mistake> {
        let twice = |names: &[String]| {
            let mut seen = BTreeSet::new();
            names.iter().find(|name| !seen.insert(*name)).cloned()
        };
        for (row, (label, said)) in self.labels.iter().zip(&self.predicted).enumerate() {
            if let Some(name) = label.as_deref().and_then(twice) {
                return Some((LABEL, row, format!("`{name}` is there twice")));
            }
            if let Some(name) = twice(said) {
                return Some((PREDICTED, row, format!("`{name}` is there twice")));
            }
            if let Some(name) = said.iter().find(|name| !classes.contains(name)) {
                return Some((PREDICTED, row, format!("`{name}` is none of the `classes`")));
            }
        }
        None
    }

    pub(super) fn extend(&mut self, more: Self) {
        self.labels.extend(more.labels);
        self.predicted.extend(more.predicted);
        self.probabilities.extend(more.probabilities);
    }
}

fn text_lists<'a>(rows: impl Iterator<Item = Option<&'a Vec<String>>>) -> ArrayRef {
    let mut builder = ListBuilder::new(StringBuilder::new());
    for row in rows {
        for text in row.into_iter().flatten() {
            builder.values().append_value(text);
        }
        builder.append(row.is_some());
    }
    Arc::new(builder.finish())
}
