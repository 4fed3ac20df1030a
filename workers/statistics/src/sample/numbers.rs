//! [`Numbers`]: a number for each row.

/// The true and the predicted number of each row.
#[derive(Debug, Clone)]
pub struct Numbers {
    truth: Vec<f64>,     // (rows)
    predicted: Vec<f64>, // (rows)
}

impl Numbers {
    /// Rows; both have one number for each.
    pub fn new(truth: Vec<f64>, predicted: Vec<f64>) -> Self {
        Self { truth, predicted }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.truth.len()
    }

    /// The true number of each row.
    pub fn truth(&self) -> &[f64] {
        &self.truth
    }

    /// What is true of a row minus what is predicted.
    pub fn residual(&self, row: usize) -> f64 {
        self.truth[row] - self.predicted[row]
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// scikit-learn's example of its regression metrics.
    pub(crate) fn four() -> Numbers {
        Numbers::new(vec![3.0, -0.5, 2.0, 7.0], vec![2.5, 0.0, 2.0, 8.0])
    }
}
