//! [`TokenAnswers`]: how well the tokens of each row's text were predicted.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array};
use arrow::datatypes::{DataType, Field};

use super::PredictionsError;
use super::answers::{Arrays, Mistake};
use super::columns::{Columns, not_finite};

const TOKENS: &str = "tokens";
const LOSS: &str = "loss";

/// The columns `tokens` (int64: how many of the row's text were predicted) and `loss`
/// (float64: the sum of their `-ln p(token)`, in nats).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TokenAnswers {
    /// How many tokens were predicted.
    pub tokens: Vec<i64>,
    /// The sum of their losses.
    pub losses: Vec<f64>,
}

impl TokenAnswers {
    pub(super) fn arrays(&self) -> Arrays {
        let tokens: ArrayRef = Arc::new(Int64Array::from(self.tokens.clone()));
        let losses: ArrayRef = Arc::new(Float64Array::from(self.losses.clone()));
        vec![
            (Field::new(TOKENS, DataType::Int64, false), tokens), // N
            (Field::new(LOSS, DataType::Float64, false), losses), // N
        ]
    }

    pub(super) fn of(columns: &Columns<'_>) -> Result<Self, PredictionsError> {
        Ok(Self { tokens: columns.whole_integers(TOKENS)?, losses: columns.whole_numbers(LOSS)? })
    }

    pub(super) fn extend(&mut self, more: Self) {
        self.tokens.extend(more.tokens);
        self.losses.extend(more.losses);
    }

    pub(super) fn mistake(&self) -> Option<Mistake> {
        let negative = self.tokens.iter().position(|tokens| *tokens < 0);
        negative
            .map(|row| (TOKENS, row, "a count below 0".to_owned()))
            .or_else(|| not_finite(LOSS, self.losses.iter().copied().map(Some)))
            .or_else(|| {
                let negative = self.losses.iter().position(|loss| *loss < 0.0);
                negative.map(|row| (LOSS, row, "a loss below 0".to_owned()))
            })
    }
}
