//! Pomeranz's recursion.

/// 2^128, by which rows are scaled.
const LARGE: f64 = 3.402_823_669_209_385e38;

/// P(D_n <= x): 2 n + 1 convolutions of a row of probabilities with those of Poisson
/// distributions, within a band around the diagonal.
///
/// Pomeranz, Algorithm 487 (1974), as SciPy's `_kolmogn_Pomeranz` lays it out.
pub(super) fn distribution(n: u64, x: f64) -> f64 {
    let size = n as f64;
    let t = size * x;
    let whole = t.floor() as i64;
    let part = t - t.floor();
    let band = Band { n: n as i64, whole, up: part > 0.0, round: part > 0.5 };
    let nearest = part.min(1.0 - part);
    let terms = 2 * (whole as usize + 1);
    let outer = poisson(nearest / size, terms);
    let odd = poisson(2.0 * nearest / size, terms);
    let even = poisson((1.0 - 2.0 * nearest) / size, terms);

    // A row, and the index of its first element.
    let (mut row, mut first) = (vec![0.0; terms], band.ends(0).0);
    row[0] = 1.0;
    let mut exponent = 0;
    for i in 1..=2 * n as i64 + 1 {
        let (low, high) = band.ends(i);
        let powers = if i == 1 || i == 2 * n as i64 + 1 {
            &outer
        } else if i % 2 == 1 {
            &odd
        } else {
            &even
        };
        let mut next = vec![0.0; terms];
        for j in low..=high {
            let at = (j - low) as usize;
            for k in first..=j {
                let (from, power) = ((k - first) as usize, (j - k) as usize);
                if from < terms && power < terms {
                    next[at] += row[from] * powers[power];
                }
            }
        }
        let largest = next.iter().copied().fold(0.0, f64::max);
        if largest > 0.0 && largest < 1.0 / LARGE {
            next.iter_mut().for_each(|element| *element *= LARGE);
            exponent -= 128;
        }
        (row, first) = (next, low);
    }
    let mut probability = row.get((n as i64 - first) as usize).copied().unwrap_or(0.0);
    for m in 1..=n {
        if probability.abs() > LARGE {
            probability /= LARGE;
            exponent += 128;
        }
        probability *= m as f64;
    }
    libm::ldexp(probability, exponent).clamp(0.0, 1.0)
}

/// Where each row has elements other than 0.
struct Band {
    n: i64,
    whole: i64,
    up: bool,
    round: bool,
}

impl Band {
    /// The first and the last index of row i.
    fn ends(&self, i: i64) -> (i64, i64) {
        let (whole, up, round) = (self.whole, i64::from(self.up), i64::from(self.round));
        let (low, high) = if i == 0 {
            (-whole - up - 1, whole + up - 1)
        } else {
            let half = (i + 1) / 2;
            if i % 2 == 0 {
                (half - 1 - whole - 1, half + whole + round - 1)
            } else if half == self.n + 1 {
                (self.n - whole - up - 1, self.n + whole + up - 1)
            } else {
                (half - 1 - whole - round - 1, half + whole - 1 + up - 1)
            }
        };
        ((low + 2).max(0), high.min(self.n))
    }
}

/// mean^m / m! of the first terms.
fn poisson(mean: f64, terms: usize) -> Vec<f64> {
    let mut powers = vec![1.0; terms];
    for m in 1..terms {
        powers[m] = powers[m - 1] * mean / m as f64;
    }
    powers
}
