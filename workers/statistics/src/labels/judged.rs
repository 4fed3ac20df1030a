//! [`Judged`]: rows with the label that they were given and what a model says of them.

/// Rows, each with its given class and a probability of every class.
///
/// Invariant: there are two classes or more, every given class is one of them, every
/// probability is in [0, 1], and at least two classes are given.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    given: Vec<usize>,       // (rows)
    probabilities: Vec<f64>, // (rows, classes), row by row
    classes: usize,
}

impl Judged {
    /// Rows with their given classes, and the probabilities of the classes one row behind the
    /// other.
    ///
    /// A row's probabilities need not add up to 1, as cleanlab does not ask for it. Nothing
    /// where the lengths differ, a class or a probability is out of its range, or fewer than
    /// two different classes are given: then no label can be mistaken for another.
    ///
    /// `Judged::new(vec![0, 1], vec![0.9, 0.1, 0.4, 0.6], 2)` is two rows.
    pub fn new(given: Vec<usize>, probabilities: Vec<f64>, classes: usize) -> Option<Self> {
        let size = given.len().checked_mul(classes)?;
        let first = given.first()?;
        let fits = classes >= 2
            && probabilities.len() == size
            && given.iter().all(|class| *class < classes)
            && given.iter().any(|class| class != first)
            && probabilities.iter().all(|p| (0.0..=1.0).contains(p));
        fits.then_some(Self { given, probabilities, classes })
    }

    /// The number of classes, those without a row too.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// How many rows were given each class. // (classes)
    pub fn counts(&self) -> Vec<u64> {
        let mut counts = vec![0; self.classes];
        for class in &self.given {
            if let Some(count) = counts.get_mut(*class) {
                *count += 1;
            }
        }
        counts
    }

    /// Each row's given class and probabilities.
    pub fn rows(&self) -> impl Iterator<Item = (usize, &[f64])> {
        self.given.iter().copied().zip(self.probabilities.chunks_exact(self.classes))
    }

    /// The class that each row most likely has: the first one of the largest probability.
    pub fn likely(&self) -> impl Iterator<Item = usize> + '_ {
        self.rows().map(|(_, probabilities)| largest(probabilities.iter().copied()))
    }
}

/// The first place of the largest value; 0 of none.
pub(super) fn largest(values: impl Iterator<Item = f64>) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (at, value) in values.enumerate() {
        if value > best.1 {
            best = (at, value);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_judgement_is_nothing() {
        let of = |given: &[usize], probabilities: &[f64], classes| {
            Judged::new(given.to_vec(), probabilities.to_vec(), classes)
        };
        let rows = of(&[0, 1], &[0.9, 0.1, 0.5, 0.5], 2).unwrap();
        assert_eq!((rows.counts(), rows.likely().collect::<Vec<_>>()), (vec![1, 1], vec![0, 0]));
        assert_eq!(of(&[], &[], 2), None);
        assert_eq!(of(&[0, 0], &[0.9, 0.1, 0.5, 0.5], 2), None);
        assert_eq!(of(&[0, 2], &[0.9, 0.1, 0.5, 0.5], 2), None);
        assert_eq!(of(&[0, 1], &[0.9, 0.1, 0.5], 2), None);
        assert_eq!(of(&[0, 1], &[0.9, 0.1, f64::NAN, 0.5], 2), None);
        assert_eq!(of(&[0, 1], &[0.9, 0.1, 1.1, 0.5], 2), None);
        assert_eq!(of(&[0, 0], &[0.9, 0.5], 1), None);
    }
}
