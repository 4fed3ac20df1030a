//! What data are under a file of a form, without a step: `hold FORM QUESTION DATA`.

use serde::{Deserialize, Serialize};

use crate::draft::Question;
use crate::{Finding, Metric};

/// What is asked, beside the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Holding {
    /// What the data are and how they are read.
    pub data: Question,
    /// The text of the file.
    pub text: String,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// What was found, in the worker's order.
    pub findings: Vec<Finding>,
    /// Figures of the data.
    pub metrics: Vec<Metric>,
}
