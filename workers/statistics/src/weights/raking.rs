//! Raking, or iterative proportional fitting.

/// What a population holds of the categories of one variable.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Margin<'a> {
    /// The category of each row, an index of `targets`.
    pub categories: &'a [usize],
    /// The weight that each category shall have.
    pub targets: &'a [f64],
}

/// Weights that have the margins.
#[derive(Debug, Clone, PartialEq)]
pub struct Raking {
    /// A weight for each row.
    pub weights: Vec<f64>,
    /// What the categories of each margin have.
    pub achieved: Vec<Vec<f64>>,
    /// How many rounds over all margins.
    pub rounds: usize,
    /// The largest |achieved - target|, as a share of the whole.
    pub distance: f64,
}

/// Why there are no such weights.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RakingError {
    /// No rows or no margins.
    #[error("there are no rows or no margins")]
    Nothing,
    /// A margin or the weights have another count of rows.
    #[error("margin {margin} has {found} rows, the weights {rows}")]
    Rows {
        /// Which margin.
        margin: usize,
        /// How many rows it has.
        found: usize,
        /// How many weights there are.
        rows: usize,
    },
    /// A row names a category that the margin has not.
    #[error("row {row} of margin {margin} names category {category}, which has no target")]
    Category {
        /// Which margin.
        margin: usize,
        /// Which row.
        row: usize,
        /// Its category.
        category: usize,
    },
    /// A weight is negative or not finite.
    #[error("the weight of row {row} is {weight}")]
    Weight {
        /// Which row.
        row: usize,
        /// Its weight.
        weight: f64,
    },
    /// A target is negative or not finite, or all of a margin are 0.
    #[error("target {category} of margin {margin} is {target}")]
    Target {
        /// Which margin.
        margin: usize,
        /// Which category.
        category: usize,
        /// Its target.
        target: f64,
    },
    /// No weight stands where the population has some.
    #[error("category {category} of margin {margin} has target {target} and no row with a weight")]
    Empty {
        /// Which margin.
        margin: usize,
        /// Which category.
        category: usize,
        /// Its target.
        target: f64,
    },
    /// Two margins speak of populations of different size.
    #[error("margin {margin} sums to {sum}, margin 0 to {first}")]
    Sums {
        /// Which margin.
        margin: usize,
        /// What its targets sum to.
        sum: f64,
        /// What those of margin 0 do.
        first: f64,
    },
    /// The margins contradict each other on these rows, or the rounds were too few.
    #[error(
        "after {rounds} rounds category {category} of margin {margin} is {distance} of the whole \
         from its target"
    )]
    Apart {
        /// How many rounds.
        rounds: usize,
        /// The largest distance left.
        distance: f64,
        /// The margin that has it.
        margin: usize,
        /// The category that has it.
        category: usize,
    },
}

/// Weights that have every margin to within `tolerance` of the whole, and change the given
/// ones least: margin after margin, each row's weight is multiplied by what its category
/// shall have over what it has.
///
/// Deming and Stephan, On a Least Squares Adjustment (1940); of all weights with the margins
/// these have the least Kullback-Leibler divergence from the given ones (Ireland and
/// Kullback 1968). R's `survey::rake`. Targets may be shares or counts; margins must sum to
/// the same, within 1e-9 of it. A target of 0 takes the rows of its category out.
///
/// Refused is what no weights can have: see [`RakingError`]. Margins that only together are
/// impossible never come near, and end as [`RakingError::Apart`].
///
/// Of two variables of two rows each way with targets 60, 40 and 30, 70 and equal weights
/// the answer is the product: 18, 42, 12, 28, in 1 round and 1 that sees nothing to do.
pub fn rake(
    weights: &[f64],
    margins: &[Margin<'_>],
    tolerance: f64,
    rounds: usize,
) -> Result<Raking, RakingError> {
    let whole = check(weights, margins)?;
    let mut weights = weights.to_vec();
    for round in 0..=rounds {
        let achieved: Vec<Vec<f64>> = margins.iter().map(|margin| sums(&weights, margin)).collect();
        let (gap, margin, category) = distance(&achieved, margins);
        let distance = gap / whole;
        if distance <= tolerance {
            return Ok(Raking { weights, achieved, rounds: round, distance });
        }
        if round == rounds || distance.is_nan() {
            return Err(RakingError::Apart { rounds: round, distance, margin, category });
        }
        for margin in margins {
            let sums = sums(&weights, margin);
            let factors: Vec<f64> = sums
                .iter()
                .zip(margin.targets)
                .map(|(sum, target)| if *sum > 0.0 { target / sum } else { 0.0 })
                .collect();
            for (weight, category) in weights.iter_mut().zip(margin.categories) {
                *weight *= factors[*category];
            }
        }
    }
    Err(RakingError::Nothing)
}

/// Kish's effective size, (sum of w)^2 / sum of w^2: how many rows of equal weight have the
/// same variance. Nothing where all weights are 0, or with a negative one or NaN.
///
/// Of 1, 1, 2 it is 16/6.
pub fn effective_size(weights: &[f64]) -> Option<f64> {
    let sum: f64 = weights.iter().sum();
    let squares: f64 = weights.iter().map(|weight| weight * weight).sum();
    let fit = weights.iter().all(|weight| *weight >= 0.0) && squares > 0.0 && squares.is_finite();
    fit.then(|| sum / squares * sum)
}

/// What the margins sum to, if weights can have them one by one.
fn check(weights: &[f64], margins: &[Margin<'_>]) -> Result<f64, RakingError> {
    if weights.is_empty() || margins.is_empty() {
        return Err(RakingError::Nothing);
    }
    let wrong = |weight: f64| weight.is_nan() || weight.is_infinite() || weight < 0.0;
    if let Some(row) = weights.iter().position(|weight| wrong(*weight)) {
        return Err(RakingError::Weight { row, weight: weights[row] });
    }
    let mut first = 0.0;
    for (margin, of) in margins.iter().enumerate() {
        if of.categories.len() != weights.len() {
            let found = of.categories.len();
            return Err(RakingError::Rows { margin, found, rows: weights.len() });
        }
        let sum: f64 = of.targets.iter().sum();
        let bad = of.targets.iter().position(|target| wrong(*target) || wrong(sum) || sum == 0.0);
        if let Some(category) = bad {
            let target = of.targets[category];
            return Err(RakingError::Target { margin, category, target });
        }
        let known = |category: &usize| *category < of.targets.len();
        if let Some(row) = of.categories.iter().position(|category| !known(category)) {
            return Err(RakingError::Category { margin, row, category: of.categories[row] });
        }
        let sums = sums(weights, of);
        let empty = |category: &usize| sums[*category] <= 0.0 && of.targets[*category] > 0.0;
        if let Some(category) = (0..sums.len()).find(empty) {
            let target = of.targets[category];
            return Err(RakingError::Empty { margin, category, target });
        }
        if margin == 0 {
            first = sum;
        } else if (sum - first).abs() > 1e-9 * first {
            return Err(RakingError::Sums { margin, sum, first });
        }
    }
    Ok(first)
}

fn sums(weights: &[f64], margin: &Margin<'_>) -> Vec<f64> {
    let mut sums = vec![0.0; margin.targets.len()];
    for (weight, category) in weights.iter().zip(margin.categories) {
        sums[*category] += weight;
    }
    sums
}

/// The largest distance from a target, or NaN, and the first margin and category that have it.
fn distance(achieved: &[Vec<f64>], margins: &[Margin<'_>]) -> (f64, usize, usize) {
    let gaps = achieved.iter().zip(margins).enumerate().flat_map(|(margin, (sums, of))| {
        let gaps = sums.iter().zip(of.targets).map(|(sum, target)| (sum - target).abs());
        gaps.enumerate().map(move |(category, gap)| (gap, margin, category))
    });
    let larger = |gap: f64, largest: f64| gap.is_nan() || gap > largest;
    gaps.fold((0.0, 0, 0), |largest, gap| if larger(gap.0, largest.0) { gap } else { largest })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Margin<'_> = Margin { categories: &[0, 0, 1, 1], targets: &[60.0, 40.0] };
    const SECOND: Margin<'_> = Margin { categories: &[0, 1, 0, 1], targets: &[30.0, 70.0] };

    #[test]
    fn independent_margins_give_their_product() {
        let raked = rake(&[1.0; 4], &[FIRST, SECOND], 1e-12, 10).unwrap();
        for (weight, expected) in raked.weights.iter().zip([18.0, 42.0, 12.0, 28.0]) {
            assert!((weight - expected).abs() < 1e-12);
        }
        assert_eq!((raked.rounds, raked.achieved.len()), (1, 2));
        let away = Margin { targets: &[0.0, 100.0], ..SECOND };
        let raked = rake(&[1.0; 4], &[FIRST, away], 1e-12, 10).unwrap();
        assert_eq!(raked.weights, [0.0, 60.0, 0.0, 40.0]);
        assert!((effective_size(&[1.0, 1.0, 2.0]).unwrap() - 16.0 / 6.0).abs() < 1e-15);
        assert_eq!(effective_size(&[0.0]), None);
    }

    #[test]
    fn what_no_weights_have_is_refused() {
        let of = |weights: &[f64], margins: &[Margin<'_>]| {
            rake(weights, margins, 1e-9, 50).map_err(|error| error.to_string()).unwrap_err()
        };
        let fourth: Margin<'_> = Margin { targets: &[30.0, 60.0, 10.0], ..SECOND };
        let cases = [
            (of(&[], &[FIRST]), "there are no rows or no margins"),
            (of(&[1.0], &[FIRST]), "margin 0 has 4 rows, the weights 1"),
            (of(&[1.0, 1.0, -1.0, 1.0], &[FIRST]), "the weight of row 2 is -1"),
            (
                of(&[1.0; 4], &[Margin { targets: &[60.0, f64::NAN], ..FIRST }]),
                "target 0 of margin 0 is 60",
            ),
            (
                of(&[1.0; 4], &[Margin { targets: &[100.0], ..FIRST }]),
                "row 2 of margin 0 names category 1, which has no target",
            ),
            (
                of(&[1.0; 4], &[FIRST, fourth]),
                "category 2 of margin 1 has target 10 and no row with a weight",
            ),
            (
                of(&[1.0; 4], &[FIRST, Margin { targets: &[0.3, 0.7], ..SECOND }]),
                "margin 1 sums to 1, margin 0 to 100",
            ),
        ];
        for (found, expected) in cases {
            assert_eq!(found, expected);
        }
        // Rows (0, 0) and (1, 1) alone: their margins are equal.
        let one = Margin { categories: &[0, 1], targets: &[60.0, 40.0] };
        let other = Margin { categories: &[0, 1], targets: &[30.0, 70.0] };
        let apart = rake(&[1.0; 2], &[one, other], 1e-9, 50).unwrap_err();
        assert!(
            matches!(apart, RakingError::Apart { rounds: 50, distance, margin: 0, .. } if distance > 0.2)
        );
    }
}
