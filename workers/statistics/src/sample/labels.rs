//! [`Labels`]: any number of several classes for each row.

/// Which classes a row has, and which are predicted.
#[derive(Debug, Clone)]
pub struct Labels {
    classes: usize,
    truth: Vec<Vec<bool>>,     // (rows, classes)
    predicted: Vec<Vec<bool>>, // (rows, classes)
}

impl Labels {
    /// Rows of `classes` classes, for each whether the row has it.
    pub fn new(classes: usize, truth: Vec<Vec<bool>>, predicted: Vec<Vec<bool>>) -> Self {
        Self { classes, truth, predicted }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.truth.len()
    }

    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// In how many classes a row's prediction differs from what is true.
    pub fn differences(&self, row: usize) -> usize {
        let pairs = self.truth[row].iter().zip(&self.predicted[row]);
        pairs.filter(|(truth, predicted)| truth != predicted).count()
    }
}
