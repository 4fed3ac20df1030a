//! The Anderson-Darling test of several samples.

use super::Test;
use super::pool::sorted;

/// How ties count (Scholz and Stephens 1987).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AndersonDarling {
    /// Equation 7: a tie lies half below itself. SciPy's and Evidently's default.
    #[default]
    Midrank,
    /// Equation 6: the distribution function from the right.
    Right,
    /// Equation 3: as if there were no ties.
    Continuous,
}

/// The significance levels of the table.
const LEVELS: [f64; 7] = [0.25, 0.1, 0.05, 0.025, 0.01, 0.005, 0.001];

/// Table 2: the critical value of m + 1 samples is b0 + b1 / sqrt m + b2 / m.
const TABLE: [[f64; 7]; 3] = [
    [0.675, 1.281, 1.645, 1.96, 2.326, 2.573, 3.085],
    [-0.245, 0.25, 0.678, 1.149, 1.822, 2.364, 3.615],
    [-0.105, -0.305, -0.362, -0.391, -0.396, -0.345, -0.154],
];

/// The normalised statistic (A2 - (k - 1)) / sigma of k samples and its p-value.
///
/// A2 sums, over the distinct values and the samples, the squared distance between a
/// sample's distribution function and that of all, weighted where few values lie; sigma is
/// its deviation under chance (equation 4). The p-value is interpolated between the levels
/// of table 2 by a parabola through their logarithms, and lies in [0.001, 0.25].
///
/// Source: SciPy's `anderson_ksamp`. Summed in the order of the samples and of the values.
/// Nothing of fewer than two samples, of fewer than four values, where one sample is empty,
/// where all values are equal, or with NaN. Infinities are values.
pub fn anderson_darling(samples: &[&[f64]], variant: AndersonDarling) -> Option<Test> {
    let samples: Vec<Vec<f64>> =
        samples.iter().map(|sample| sorted(sample)).collect::<Option<_>>()?;
    let all = sorted(&samples.concat())?;
    let k = samples.len();
    if k < 2 || all.len() < 4 || all.first() == all.last() {
        return None;
    }
    let square = match variant {
        AndersonDarling::Midrank => midrank(&samples, &all),
        AndersonDarling::Right => right(&samples, &all),
        AndersonDarling::Continuous => continuous(&samples, &all),
    };
    let excess = square - (k - 1) as f64;
    let statistic = excess / variance(&samples, all.len()).sqrt();
    Some(Test { statistic, p_value: p_value(statistic, (k - 1) as f64) })
}

/// The distinct values of sorted ones.
fn distinct(all: &[f64]) -> Vec<f64> {
    let mut distinct = all.to_vec();
    distinct.dedup();
    distinct
}

fn below(values: &[f64], value: f64) -> f64 {
    values.partition_point(|other| *other < value) as f64
}

fn up_to(values: &[f64], value: f64) -> f64 {
    values.partition_point(|other| *other <= value) as f64
}

fn midrank(samples: &[Vec<f64>], all: &[f64]) -> f64 {
    let size = all.len() as f64;
    let distinct = distinct(all);
    let mut square = 0.0;
    for sample in samples {
        let of_sample = sample.len() as f64;
        let mut sum = 0.0;
        for &value in &distinct {
            let less = below(all, value);
            let ties = up_to(all, value) - less;
            let middle = less + ties / 2.0;
            let in_sample = (up_to(sample, value) + below(sample, value)) / 2.0;
            let gap = size * in_sample - middle * of_sample;
            sum += ties / size * gap * gap / (middle * (size - middle) - size * ties / 4.0);
        }
        square += sum / of_sample;
    }
    square * (size - 1.0) / size
}

fn right(samples: &[Vec<f64>], all: &[f64]) -> f64 {
    let size = all.len() as f64;
    let distinct = distinct(all);
    let mut square = 0.0;
    for sample in samples {
        let of_sample = sample.len() as f64;
        let mut sum = 0.0;
        for &value in &distinct[..distinct.len() - 1] {
            let rank = up_to(all, value);
            let ties = rank - below(all, value);
            let gap = size * up_to(sample, value) - rank * of_sample;
            sum += ties / size * gap * gap / (rank * (size - rank));
        }
        square += sum / of_sample;
    }
    square
}

fn continuous(samples: &[Vec<f64>], all: &[f64]) -> f64 {
    let size = all.len() as f64;
    let mut square = 0.0;
    for sample in samples {
        let of_sample = sample.len() as f64;
        let mut sum = 0.0;
        for (index, &value) in all[..all.len() - 1].iter().enumerate() {
            let rank = (index + 1) as f64;
            let gap = size * up_to(sample, value) - rank * of_sample;
            sum += gap * gap / (rank * (size - rank));
        }
        square += sum / of_sample;
    }
    square / size
}

/// Equation 4.
fn variance(samples: &[Vec<f64>], size: usize) -> f64 {
    let (k, n) = (samples.len() as f64, size as f64);
    let inverse: f64 = samples.iter().map(|sample| 1.0 / sample.len() as f64).sum();
    let (mut h, mut g) = (0.0, 0.0);
    for (divisor, rank) in (2..size).rev().zip(2..size) {
        h += 1.0 / divisor as f64;
        g += h / rank as f64;
    }
    h += 1.0;
    let a = (4.0 * g - 6.0) * (k - 1.0) + (10.0 - 6.0 * g) * inverse;
    let b = (2.0 * g - 4.0) * k * k + 8.0 * h * k + (2.0 * g - 14.0 * h - 4.0) * inverse - 8.0 * h
        + 4.0 * g
        - 6.0;
    let c = (6.0 * h + 2.0 * g - 2.0) * k * k
        + (4.0 * h - 4.0 * g + 6.0) * k
        + (2.0 * h - 6.0) * inverse
        + 4.0 * h;
    let d = (2.0 * h + 6.0) * k * k - 4.0 * h * k;
    (((a * n + b) * n + c) * n + d) / ((n - 1.0) * (n - 2.0) * (n - 3.0))
}

fn p_value(statistic: f64, m: f64) -> f64 {
    let critical: Vec<f64> =
        (0..7).map(|at| TABLE[0][at] + TABLE[1][at] / m.sqrt() + TABLE[2][at] / m).collect();
    let least = critical.iter().copied().fold(f64::INFINITY, f64::min);
    let largest = critical.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if statistic < least {
        LEVELS[0]
    } else if statistic > largest {
        LEVELS[6]
    } else {
        libm::exp(parabola(&critical, statistic))
    }
}

/// The least-squares parabola through the logarithms of the levels, at a value: by
/// orthogonal polynomials (Forsythe 1957).
fn parabola(critical: &[f64], value: f64) -> f64 {
    let logarithms: Vec<f64> = LEVELS.iter().map(|level| libm::log(*level)).collect();
    let count = critical.len() as f64;
    let dot =
        |one: &[f64], other: &[f64]| -> f64 { one.iter().zip(other).map(|(a, b)| a * b).sum() };
    let mean = critical.iter().sum::<f64>() / count;
    let linear: Vec<f64> = critical.iter().map(|x| x - mean).collect();
    let square = dot(&linear, &linear);
    let weighted: Vec<f64> = linear.iter().zip(critical).map(|(l, x)| l * x).collect();
    let shift = dot(&weighted, &linear) / square;
    let constant = square / count;
    let curve = |x: f64| (x - shift) * (x - mean) - constant;
    let curved: Vec<f64> = critical.iter().map(|x| curve(*x)).collect();
    logarithms.iter().sum::<f64>() / count
        + dot(&logarithms, &linear) / square * (value - mean)
        + dot(&logarithms, &curved) / dot(&curved, &curved) * curve(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_scholz_and_stephens() {
        // Table 4, smoothness of paper by four laboratories; SciPy's test of it.
        let samples: [&[f64]; 4] = [
            &[38.7, 41.5, 43.8, 44.5, 45.5, 46.0, 47.7, 58.0],
            &[39.2, 39.3, 39.7, 41.4, 41.8, 42.9, 43.3, 45.8],
            &[34.0, 35.0, 39.0, 40.0, 43.0, 43.0, 44.0, 45.0],
            &[34.0, 34.8, 34.8, 35.4, 37.2, 37.8, 41.2, 42.8],
        ];
        let right = anderson_darling(&samples, AndersonDarling::Right).unwrap();
        assert!((right.statistic - 4.449).abs() < 1e-3, "{right:?}");
        let midrank = anderson_darling(&samples, AndersonDarling::Midrank).unwrap();
        assert!((midrank.statistic - 4.480).abs() < 1e-3, "{midrank:?}");
        assert!((0.001..0.003).contains(&midrank.p_value), "{midrank:?}");
    }

    #[test]
    fn what_has_no_value() {
        let of = |samples: &[&[f64]]| anderson_darling(samples, AndersonDarling::Midrank);
        assert_eq!(of(&[&[1.0, 2.0, 3.0, 4.0]]), None);
        assert_eq!(of(&[&[1.0, 1.0], &[1.0, 1.0]]), None);
        assert_eq!(of(&[&[1.0, 2.0, 3.0, 4.0], &[]]), None);
        assert_eq!(of(&[&[1.0, 2.0, 3.0, f64::NAN], &[1.0]]), None);
        // Samples alike: chance gives as much, and the p-value ends at 0.25.
        let alike = of(&[&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]]).unwrap();
        assert_eq!(alike.p_value, 0.25);
    }
}
