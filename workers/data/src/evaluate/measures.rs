//! Measures of a classifier over weighted rows. Pure.
//!
//! A weight is how often a resample drew the row; all ones for the sample itself.
//! Everything that does not depend on the weights (the order of the scores, the
//! loss of each row) is computed once, in [`Scores::new`].

/// What a classifier said of each row, and what is true.
#[derive(Debug, Clone)]
pub(super) struct Scores {
    classes: usize,
    /// The positive class of a two-class problem.
    positive: usize,
    truth: Vec<usize>,     // (rows)
    predicted: Vec<usize>, // (rows)
    loss: Vec<f64>,        // (rows), -ln p(truth)
    /// Class -> rows by falling score, in runs of equal scores.
    order: Vec<Vec<Vec<u32>>>,
}

/// The measures that intervals are computed of.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Measures {
    /// Share of rows whose predicted class is the true one; in [0, 1].
    pub accuracy: f64,
    /// Mean over the classes that occur of the recall; in [0, 1].
    pub balanced_accuracy: f64,
    /// Mean of -ln p(true class), in nats; 0 is perfect.
    pub log_loss: f64,
    /// Area under the ROC curve; absent where no class has both kinds of rows.
    pub roc_auc: Option<f64>,
}

/// One class's counts and what follows from them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OfClass {
    /// True positives / predicted; 0 where nothing is predicted.
    pub precision: f64,
    /// True positives / support; 0 where there is no row.
    pub recall: f64,
    /// Harmonic mean of both; 0 where both are.
    pub f1: f64,
    /// Rows of the class.
    pub support: u64,
    /// Area under the ROC curve of this class against the rest.
    pub roc_auc: Option<f64>,
}

impl Scores {
    /// Prepares rows. `probabilities` is (rows, classes); `positive` counts in a
    /// two-class problem alone.
    ///
    /// The loss of a row is -ln(clip(p, e, 1 - e)) with e = 2^-52, as
    /// scikit-learn's `log_loss` clips float64.
    pub(super) fn new(
        classes: usize,
        positive: usize,
        truth: Vec<usize>,
        predicted: Vec<usize>,
        probabilities: &[Vec<f64>],
    ) -> Self {
        let loss = truth
            .iter()
            .zip(probabilities)
            .map(|(&class, row)| {
                let p = row.get(class).copied().unwrap_or(0.0);
                -libm::log(p.clamp(f64::EPSILON, 1.0 - f64::EPSILON))
            })
            .collect();
        let order = (0..classes).map(|class| runs(probabilities, class)).collect();
        Self { classes, positive, truth, predicted, loss, order }
    }

    /// The number of rows.
    pub(super) fn rows(&self) -> usize {
        self.truth.len()
    }

    /// The measures of the rows, each counted `weights[row]` times.
    ///
    /// * accuracy = sum of w where predicted = true / sum of w
    /// * balanced accuracy (Brodersen et al. 2010) = mean over classes with
    ///   weight of the class's recall
    /// * log-loss = sum of w * loss / sum of w
    /// * ROC-AUC (Hanley and McNeil 1982) = P(score of a positive > that of a
    ///   negative) + P(equal) / 2; for more than two classes the mean over
    ///   classes, each against the rest (scikit-learn's `ovr`, `macro`)
    ///
    /// Departure: scikit-learn refuses an area without both kinds of rows; here
    /// such a class is left out of the mean, because a resample may miss it.
    /// Sums run in the rows' order, so the result is the same on every machine.
    pub(super) fn measures(&self, weights: &[u32]) -> Measures {
        let mut all = 0.0;
        let mut right = 0.0;
        let mut loss = 0.0;
        let mut of_class = vec![(0.0, 0.0); self.classes]; // (right, all) a class
        for (row, &weight) in weights.iter().enumerate() {
            let weight = f64::from(weight);
            let class = self.truth[row];
            let hit = if self.predicted[row] == class { weight } else { 0.0 };
            all += weight;
            right += hit;
            loss += weight * self.loss[row];
            of_class[class].0 += hit;
            of_class[class].1 += weight;
        }
        let recalls: Vec<f64> =
            of_class.iter().filter(|(_, all)| *all > 0.0).map(|(right, all)| right / all).collect();
        Measures {
            accuracy: right / all,
            balanced_accuracy: mean(&recalls).unwrap_or(0.0),
            log_loss: loss / all,
            roc_auc: self.roc_auc(weights),
        }
    }

    fn roc_auc(&self, weights: &[u32]) -> Option<f64> {
        if self.classes == 2 {
            return self.roc_auc_of(self.positive, weights);
        }
        let areas: Vec<f64> =
            (0..self.classes).filter_map(|class| self.roc_auc_of(class, weights)).collect();
        mean(&areas)
    }

    /// The area of one class against the rest.
    fn roc_auc_of(&self, class: usize, weights: &[u32]) -> Option<f64> {
        let (mut positives, mut negatives, mut area) = (0.0, 0.0, 0.0);
        for run in &self.order[class] {
            let (mut here, mut others) = (0.0, 0.0);
            for &row in run {
                let weight = f64::from(weights[row as usize]);
                if self.truth[row as usize] == class { here += weight } else { others += weight }
            }
            // A negative of this run lies below every positive seen before it.
            area += others * (positives + here / 2.0);
            positives += here;
            negatives += others;
        }
        (positives > 0.0 && negatives > 0.0).then(|| area / (positives * negatives))
    }

    /// Rows by (true class, predicted class).
    pub(super) fn confusion(&self) -> Vec<Vec<u64>> {
        let mut confusion = vec![vec![0; self.classes]; self.classes]; // (true, predicted)
        for (&truth, &predicted) in self.truth.iter().zip(&self.predicted) {
            confusion[truth][predicted] += 1;
        }
        confusion
    }

    /// Each class's measures.
    pub(super) fn classes(&self) -> Vec<OfClass> {
        let confusion = self.confusion();
        let ones = vec![1; self.rows()];
        (0..self.classes)
            .map(|class| {
                let right = confusion[class][class] as f64;
                let support: u64 = confusion[class].iter().sum();
                let predicted: u64 = confusion.iter().map(|row| row[class]).sum();
                let share = |of: u64| if of == 0 { 0.0 } else { right / of as f64 };
                let (precision, recall) = (share(predicted), share(support));
                let both = precision + recall;
                let f1 = if both == 0.0 { 0.0 } else { 2.0 * precision * recall / both };
                OfClass { precision, recall, f1, support, roc_auc: self.roc_auc_of(class, &ones) }
            })
            .collect()
    }
}

/// Rows by falling score of `class`, in runs of equal scores; ties in row order.
fn runs(probabilities: &[Vec<f64>], class: usize) -> Vec<Vec<u32>> {
    let score = |row: u32| probabilities[row as usize].get(class).copied().unwrap_or(0.0);
    let mut rows: Vec<u32> = (0..probabilities.len() as u32).collect();
    rows.sort_by(|&a, &b| score(b).total_cmp(&score(a)).then(a.cmp(&b)));
    let mut runs: Vec<Vec<u32>> = Vec::new();
    for row in rows {
        match runs.last_mut() {
            Some(run) if score(run[0]) == score(row) => run.push(row),
            _ => runs.push(vec![row]),
        }
    }
    runs
}

/// The mean; nothing of nothing.
pub(super) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four rows by hand: scores of class 1 are 0.1, 0.4, 0.35, 0.8.
    fn four() -> Scores {
        let p: Vec<Vec<f64>> = [0.1, 0.4, 0.35, 0.8].map(|p| vec![1.0 - p, p]).to_vec();
        Scores::new(2, 1, vec![0, 0, 1, 1], vec![0, 0, 0, 1], &p)
    }

    #[test]
    fn measures_of_four_rows_are_those_computed_by_hand() {
        let measures = four().measures(&[1; 4]);
        assert_eq!(measures.accuracy, 0.75);
        assert_eq!(measures.balanced_accuracy, 0.75);
        // Pairs (positive, negative): 0.35 > 0.1, 0.35 < 0.4, 0.8 > both: 3 of 4.
        assert_eq!(measures.roc_auc, Some(0.75));
        let by_hand = -(0.9f64.ln() + 0.6f64.ln() + 0.35f64.ln() + 0.8f64.ln()) / 4.0;
        assert!((measures.log_loss - by_hand).abs() < 1e-15);
    }

    #[test]
    fn a_weight_counts_like_a_repeated_row() {
        let p: Vec<Vec<f64>> = [0.1, 0.4, 0.4, 0.35, 0.8].map(|p| vec![1.0 - p, p]).to_vec();
        let repeated = Scores::new(2, 1, vec![0, 0, 0, 1, 1], vec![0, 0, 0, 0, 1], &p);
        let (weighted, plain) = (four().measures(&[1, 2, 1, 1]), repeated.measures(&[1; 5]));
        assert_eq!(weighted.accuracy, plain.accuracy);
        assert_eq!(weighted.roc_auc, plain.roc_auc);
    }

    #[test]
    fn ties_count_half_and_a_missing_kind_has_no_area() {
        let p = vec![vec![0.5, 0.5]; 2];
        let tied = Scores::new(2, 1, vec![0, 1], vec![0, 0], &p);
        assert_eq!(tied.measures(&[1, 1]).roc_auc, Some(0.5));
        assert_eq!(tied.measures(&[2, 0]).roc_auc, None);
    }

    #[test]
    fn a_class_that_is_never_predicted_has_precision_zero() {
        let p = vec![vec![0.6, 0.3, 0.1]; 3];
        let scores = Scores::new(3, 0, vec![0, 1, 2], vec![0, 0, 0], &p);
        let classes = scores.classes();
        assert_eq!((classes[1].precision, classes[1].recall, classes[1].f1), (0.0, 0.0, 0.0));
        assert_eq!(scores.confusion(), vec![vec![1, 0, 0], vec![1, 0, 0], vec![1, 0, 0]]);
        assert!((classes[0].precision - 1.0 / 3.0).abs() < 1e-15);
    }
}
