//! Counts between edges.

use super::Mismatch;

/// How many values lie in each bin: [low, high), the last one [low, high].
///
/// NumPy's `histogram` over given edges: what lies outside of them, and NaN, is in no bin.
/// Nothing of fewer than two edges, of edges that fall, or of NaN among them.
///
/// Of 1, 2, 1 and the edges 0, 1, 2, 3: 0, 2, 1.
pub fn histogram(values: &[f64], edges: &[f64]) -> Option<Vec<u64>> {
    let mut histogram = Histogram::new(edges)?;
    values.iter().for_each(|value| histogram.add(*value));
    Some(histogram.counts)
}

/// A histogram that values are added to.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    edges: Vec<f64>,
    counts: Vec<u64>,
    below: u64,
    above: u64,
}

impl Histogram {
    /// Over edges; see [`histogram`].
    pub fn new(edges: &[f64]) -> Option<Self> {
        let rises = edges.windows(2).all(|pair| pair[0] <= pair[1]);
        let bins = edges.len().checked_sub(1).filter(|bins| *bins > 0)?;
        rises.then(|| Self { edges: edges.to_vec(), counts: vec![0; bins], below: 0, above: 0 })
    }

    /// Takes a value in; NaN is in no bin and on no side.
    pub fn add(&mut self, value: f64) {
        let bins = self.counts.len();
        let at = self.edges.partition_point(|edge| *edge <= value);
        if value.is_nan() {
        } else if at == 0 {
            self.below += 1;
        } else if at <= bins {
            self.counts[at - 1] += 1;
        } else if value == self.edges[bins] {
            self.counts[bins - 1] += 1;
        } else {
            self.above += 1;
        }
    }

    /// Takes in what another over the same edges has.
    pub fn merge(&mut self, other: &Self) -> Result<(), Mismatch> {
        if self.edges != other.edges {
            return Err(Mismatch::Edges);
        }
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count += more);
        self.below += other.below;
        self.above += other.above;
        Ok(())
    }

    /// The edges.
    pub fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// How many values each bin has.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// How many values lie below the first edge and above the last one.
    pub fn outside(&self) -> (u64, u64) {
        (self.below, self.above)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numpys_example_and_its_sides() {
        assert_eq!(histogram(&[1.0, 2.0, 1.0], &[0.0, 1.0, 2.0, 3.0]), Some(vec![0, 2, 1]));
        let mut histogram = Histogram::new(&[0.0, 1.0, 2.0]).unwrap();
        for value in [-1.0, 0.0, 1.0, 2.0, 2.5, 9.0, f64::NAN] {
            histogram.add(value);
        }
        assert_eq!((histogram.counts(), histogram.outside()), (&[1, 2][..], (1, 2)));
        let twice = {
            let mut twice = histogram.clone();
            twice.merge(&histogram).unwrap();
            twice
        };
        assert_eq!((twice.counts(), twice.outside()), (&[2, 4][..], (2, 4)));
        let other = Histogram::new(&[0.0, 2.0]).unwrap();
        assert_eq!(histogram.merge(&other), Err(Mismatch::Edges));
        assert_eq!(Histogram::new(&[1.0]), None);
        assert_eq!(Histogram::new(&[1.0, 0.0]), None);
        assert_eq!(Histogram::new(&[1.0, f64::NAN]), None);
    }
}
