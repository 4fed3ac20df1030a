//! [`Classes`]: one class of several, with a probability for each.

/// What a classifier says of each row, and what is true.
#[derive(Debug, Clone)]
pub struct Classes {
    classes: usize,
    positive: usize,
    truth: Vec<usize>,         // (rows)
    predicted: Vec<usize>,     // (rows)
    probabilities: Vec<f64>,   // (rows, classes), row by row
    losses: Vec<f64>,          // (rows), -ln p(truth)
    order: Vec<Vec<Vec<u32>>>, // (classes): rows by falling score, in runs of equal scores
}

impl Classes {
    /// Prepares rows of `classes` classes. `truth` and `predicted` are indices of classes,
    /// `probabilities` is (rows, classes); a value that is missing is 0. `positive` counts
    /// where there are two classes.
    ///
    /// Rows are sorted once for each class, O(classes * rows * log rows), so that what
    /// ranks them is linear for each weighting.
    ///
    /// The loss of a row is -ln(clip(p, e, 1 - e)) with e = 2^-52, as scikit-learn's
    /// `log_loss` clips float64.
    pub fn new(
        (classes, positive): (usize, usize),
        truth: Vec<usize>,
        predicted: Vec<usize>,
        probabilities: &[Vec<f64>],
    ) -> Self {
        let at = |row: usize, class: usize| probabilities[row].get(class).copied().unwrap_or(0.0);
        let order =
            (0..classes).map(|class| runs(probabilities.len(), |row| at(row, class))).collect();
        let losses = truth
            .iter()
            .enumerate()
            .map(|(row, &class)| -libm::log(at(row, class).clamp(f64::EPSILON, 1.0 - f64::EPSILON)))
            .collect();
        let rows = 0..probabilities.len();
        let probabilities =
            rows.flat_map(|row| (0..classes).map(move |class| at(row, class))).collect();
        Self { classes, positive, truth, predicted, probabilities, losses, order }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.truth.len()
    }

    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The positive class of two.
    pub fn positive(&self) -> usize {
        self.positive
    }

    /// The true class of each row.
    pub fn truth(&self) -> &[usize] {
        &self.truth
    }

    /// The predicted class of each row.
    pub fn predicted(&self) -> &[usize] {
        &self.predicted
    }

    /// The probability of a class in a row.
    pub fn probability(&self, row: usize, class: usize) -> f64 {
        self.probabilities[row * self.classes + class]
    }

    /// The loss of each row, -ln of its true class's probability, in nats.
    pub fn losses(&self) -> &[f64] {
        &self.losses
    }

    /// Rows by falling probability of a class, in runs of equal ones; each in row order.
    pub fn order(&self, class: usize) -> &[Vec<u32>] {
        &self.order[class]
    }

    /// Of a class: the weights of its rows that are predicted as it, of its rows, and of
    /// the rows that are predicted as it.
    pub fn counts(&self, class: usize, weights: &[f64]) -> (f64, f64, f64) {
        let (mut right, mut support, mut predicted) = (0.0, 0.0, 0.0);
        for (row, &weight) in weights.iter().enumerate() {
            let (is, said) = (self.truth[row] == class, self.predicted[row] == class);
            right += if is && said { weight } else { 0.0 };
            support += if is { weight } else { 0.0 };
            predicted += if said { weight } else { 0.0 };
        }
        (right, support, predicted)
    }

    /// Rows by (true class, predicted class).
    pub fn confusion(&self) -> Vec<Vec<u64>> {
        let mut confusion = vec![vec![0; self.classes]; self.classes]; // (true, predicted)
        for (&truth, &predicted) in self.truth.iter().zip(&self.predicted) {
            confusion[truth][predicted] += 1;
        }
        confusion
    }
}

/// Rows by falling score, in runs of equal scores; ties in row order.
pub(super) fn runs(rows: usize, score: impl Fn(usize) -> f64) -> Vec<Vec<u32>> {
    let score = |row: u32| score(row as usize);
    let mut sorted: Vec<u32> = (0..rows as u32).collect();
    sorted.sort_by(|&a, &b| score(b).total_cmp(&score(a)).then(a.cmp(&b)));
    let mut runs: Vec<Vec<u32>> = Vec::new();
    for row in sorted {
        match runs.last_mut() {
            Some(run) if score(run[0]) == score(row) => run.push(row),
            _ => runs.push(vec![row]),
        }
    }
    runs
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Four rows by hand: scores of class 1 are 0.1, 0.4, 0.35, 0.8; it is predicted from
    /// one half on.
    pub(crate) fn four() -> Classes {
        let p: Vec<Vec<f64>> = [0.1, 0.4, 0.35, 0.8].map(|p| vec![1.0 - p, p]).to_vec();
        Classes::new((2, 1), vec![0, 0, 1, 1], vec![0, 0, 0, 1], &p)
    }

    #[test]
    fn what_is_counted_of_four_rows() {
        assert_eq!(four().confusion(), [[2, 0], [1, 1]]);
        assert_eq!(four().counts(1, &[1.0; 4]), (1.0, 2.0, 1.0));
        assert_eq!(four().order(1), [[3], [1], [2], [0]]);
        let tied = Classes::new((2, 1), vec![0, 1], vec![0, 0], &[vec![0.5; 2], vec![0.5; 2]]);
        assert_eq!(tied.order(1), [[0, 1]]);
    }
}
