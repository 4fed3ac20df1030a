//! What is done to rows before a network sees them, fitted on the training split.

use serde::{Deserialize, Serialize};

use super::{InputSchema, Split, images, tables};
use crate::error::Error;

/// Fitted preprocessing, as it stands in `model.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Preprocessing {
    /// `(pixel - mean) / std` for each channel, pixels from 0 to 255.
    Image {
        /// A mean for each channel.
        mean: Vec<f64>,
        /// A standard deviation for each channel, above 0.
        std: Vec<f64>,
    },
    /// Each column becomes some numbers, in this order.
    Table {
        /// The columns.
        columns: Vec<TableColumn>,
    },
}

/// How one column of a table becomes numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "encoding", rename_all = "lowercase")]
pub enum TableColumn {
    /// `(value - mean) / std`; a null is the mean. Booleans are 0 and 1.
    Numeric {
        /// The column.
        name: String,
        /// Mean of the values that are there.
        mean: f64,
        /// Population standard deviation; 1 for a constant column.
        std: f64,
        /// Whether the training split had nulls: then one number more, 1 for a null.
        missing: bool,
    },
    /// One number for each category, 1 for the row's own; all 0 for others.
    Categorical {
        /// The column.
        name: String,
        /// The categories, sorted.
        categories: Vec<String>,
        /// As above.
        missing: bool,
    },
}

impl Preprocessing {
    /// Fits on a split, which should be the training split.
    pub fn fit(split: &Split, input: &InputSchema, max_categories: usize) -> Result<Self, Error> {
        match input {
            InputSchema::Image { image } => {
                let (mean, std) = images::moments(&images::pixels(&split.rows, image)?)?;
                Ok(Self::Image { mean, std })
            }
            InputSchema::Table { features } => {
                let fit = |feature| tables::fit(&split.rows, feature, max_categories);
                let columns = features.iter().map(fit).collect::<Result<_, _>>()?;
                Ok(Self::Table { columns })
            }
        }
    }

    /// Numbers a table row becomes; channels of an image.
    pub fn numbers(&self) -> i64 {
        let count = match self {
            Self::Image { mean, .. } => mean.len(),
            Self::Table { columns } => columns.iter().map(TableColumn::numbers).sum(),
        };
        i64::try_from(count).unwrap_or(i64::MAX)
    }
}

impl TableColumn {
    fn numbers(&self) -> usize {
        match self {
            Self::Numeric { missing, .. } => 1 + usize::from(*missing),
            Self::Categorical { categories, missing, .. } => {
                categories.len() + usize::from(*missing)
            }
        }
    }
}
