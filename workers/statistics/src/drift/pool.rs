//! Two samples in one order, with their ties.

/// Equal values of both samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Run {
    /// The value.
    pub(crate) value: f64,
    /// How often the first sample has it.
    pub(crate) first: usize,
    /// How often the second has.
    pub(crate) second: usize,
}

impl Run {
    /// How often both have it.
    pub(crate) fn both(&self) -> usize {
        self.first + self.second
    }
}

/// Two samples as their distinct values in rising order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pool {
    /// The runs; none is empty.
    pub(crate) runs: Vec<Run>,
    /// How many values the first sample has.
    pub(crate) first: usize,
    /// How many the second has.
    pub(crate) second: usize,
}

impl Pool {
    /// Of two samples; nothing where one is empty or holds NaN. -0 equals 0.
    pub(crate) fn new(first: &[f64], second: &[f64]) -> Option<Self> {
        let (one, other) = (sorted(first)?, sorted(second)?);
        let mut runs: Vec<Run> = Vec::new();
        let (mut at, mut beside) = (0, 0);
        while at < one.len() || beside < other.len() {
            let value = match (one.get(at), other.get(beside)) {
                (Some(&left), Some(&right)) => left.min(right),
                (Some(&value), None) | (None, Some(&value)) => value,
                (None, None) => break,
            };
            let (from, from_beside) = (at, beside);
            while one.get(at).is_some_and(|other| *other == value) {
                at += 1;
            }
            while other.get(beside).is_some_and(|other| *other == value) {
                beside += 1;
            }
            runs.push(Run { value, first: at - from, second: beside - from_beside });
        }
        Some(Self { runs, first: one.len(), second: other.len() })
    }

    /// Whether every value is finite.
    pub(crate) fn is_finite(&self) -> bool {
        self.runs.iter().all(|run| run.value.is_finite())
    }

    /// How many values both samples have.
    pub(crate) fn both(&self) -> usize {
        self.first + self.second
    }

    /// Whether a value occurs twice.
    pub(crate) fn has_ties(&self) -> bool {
        self.runs.len() < self.both()
    }
}

/// The values in rising order; nothing of nothing or with NaN.
pub(crate) fn sorted(values: &[f64]) -> Option<Vec<f64>> {
    if values.is_empty() || values.iter().any(|value| value.is_nan()) {
        return None;
    }
    let mut values = values.to_vec();
    values.sort_unstable_by(f64::total_cmp);
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_stand_in_one_run() {
        let pooled = Pool::new(&[2.0, 1.0, 2.0, 0.0], &[3.0, 2.0, -0.0]).unwrap();
        let runs: Vec<(f64, usize, usize)> =
            pooled.runs.iter().map(|run| (run.value, run.first, run.second)).collect();
        assert_eq!(runs, [(0.0, 1, 1), (1.0, 1, 0), (2.0, 2, 1), (3.0, 0, 1)]);
        assert!(pooled.has_ties() && pooled.both() == 7);
        assert_eq!(Pool::new(&[], &[1.0]), None);
        assert_eq!(Pool::new(&[f64::NAN], &[1.0]), None);
    }
}
