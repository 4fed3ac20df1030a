//! Which labels are issues: likely wrong.

use super::joint::confident_joint;
use super::judged::{Judged, largest};
use super::network::argsort;

/// A given label is believed where no other class is likelier by more.
const MARGIN: f64 = 1e-6;

/// How issues are chosen; the names are cleanlab's `filter_by`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Filter {
    /// Of each pair of a given and a likely class as many rows as the joint counts, those where
    /// the likely class is ahead of the given one by most.
    #[default]
    PruneByNoiseRate,
    /// Of each given class as many rows as are off the diagonal, those with the least
    /// probability of it.
    PruneByClass,
    /// The rows of both.
    Both,
    /// The rows that are counted off the diagonal.
    ConfidentLearning,
}

impl Filter {
    /// Every filter, the default first.
    pub const EVERY: [Self; 4] =
        [Self::PruneByNoiseRate, Self::PruneByClass, Self::Both, Self::ConfidentLearning];

    /// cleanlab's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::PruneByNoiseRate => "prune_by_noise_rate",
            Self::PruneByClass => "prune_by_class",
            Self::Both => "both",
            Self::ConfidentLearning => "confident_learning",
        }
    }
}

/// How issues are chosen, and how many at the most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Issues {
    /// The filter.
    pub filter: Filter,
    /// The share of the counts off the diagonal that is taken, in [0, 1]; cleanlab's
    /// `frac_noise`. It says nothing to [`Filter::ConfidentLearning`].
    pub fraction: f64,
    /// So many rows of each class are counted as right at the least, and a class of no more has
    /// no issue; cleanlab's `min_examples_per_class`. It says nothing to
    /// [`Filter::ConfidentLearning`].
    pub least: u64,
}

impl Default for Issues {
    /// cleanlab's defaults.
    fn default() -> Self {
        Self { filter: Filter::default(), fraction: 1.0, least: 1 }
    }
}

/// The rows whose given label is likely wrong, rising.
///
/// cleanlab's `find_label_issues`: the counts are those of the calibrated [`confident_joint`],
/// where a diagonal below `least` is raised to it and the others of its given class are lowered
/// by equal parts, none below 0; what is cut off by `fraction` is counted as right; counts are
/// then cut to whole rows. A row whose given class is the likeliest one, or behind it by at most
/// 1e-6, is no issue in any filter, and neither is the only row of a class. Of rows that tie
/// the first ones are issues; NumPy's sort takes any. A fraction outside of [0, 1], or NaN, is
/// taken to the nearer end.
///
/// Of (0.9, 0.1) and (0.2, 0.8) given 0, and (0.3, 0.7) given 1, one row is counted as given 0
/// and likely 1: the second, by each filter.
pub fn label_issues(judged: &Judged, issues: &Issues) -> Vec<usize> {
    let joint = confident_joint(judged);
    let rows: Vec<Row<'_>> = judged.rows().collect();
    let pruned = || pruned_counts(&joint.calibrated, issues);
    let found = match issues.filter {
        Filter::ConfidentLearning => {
            let mut found = vec![false; rows.len()];
            mark(&mut found, joint.off_diagonal.iter());
            found
        }
        Filter::PruneByClass => by_class(&rows, &pruned(), issues.least),
        Filter::PruneByNoiseRate => by_noise_rate(&rows, &pruned(), issues.least),
        Filter::Both => {
            let pruned = pruned();
            let one = by_class(&rows, &pruned, issues.least);
            let other = by_noise_rate(&rows, &pruned, issues.least);
            one.iter().zip(other).map(|(one, other)| *one && other).collect()
        }
    };
    let issues = rows.iter().enumerate().zip(found).filter(|((_, row), found)| {
        let (given, probabilities) = *row;
        let favoured = probabilities.iter().enumerate();
        let favoured = favoured.map(|(class, p)| if class == *given { p + MARGIN } else { *p });
        *found && largest(favoured) != *given
    });
    issues.map(|((at, _), _)| at).collect()
}

/// A row's given class and its probabilities.
type Row<'a> = (usize, &'a [f64]);

/// How many rows are pruned of each given and likely class; on the diagonal how many are kept.
fn pruned_counts(calibrated: &[Vec<u64>], issues: &Issues) -> Vec<Vec<u64>> {
    let fraction = if issues.fraction.is_nan() { 1.0 } else { issues.fraction.clamp(0.0, 1.0) };
    let of_class = |(given, row): (usize, &Vec<u64>)| {
        let own = row.get(given).copied().unwrap_or_default();
        let kept = own.max(issues.least);
        let others = row.iter().filter(|count| **count > 0).count().saturating_sub(1).max(1);
        let lowered = (kept - own) as f64 / others as f64;
        let mut right = kept as f64;
        let mut pruned: Vec<u64> = Vec::with_capacity(row.len());
        let mut cut = 0.0;
        for (likely, count) in row.iter().enumerate() {
            let count = (*count as f64 - lowered).max(0.0);
            if likely == given {
                pruned.push(0);
                continue;
            }
            let part = count * fraction;
            cut += count - part;
            pruned.push(part as u64);
        }
        right += cut;
        if let Some(own) = pruned.get_mut(given) {
            *own = right as u64;
        }
        pruned
    };
    calibrated.iter().enumerate().map(of_class).collect()
}

fn by_class(rows: &[Row<'_>], pruned: &[Vec<u64>], least: u64) -> Vec<bool> {
    let mut found = vec![false; rows.len()];
    for (class, counts) in pruned.iter().enumerate() {
        let Some(of_class) = members(rows, class, least) else { continue };
        let kept = counts.get(class).copied().unwrap_or_default();
        let issues = (of_class.len() as u64).saturating_sub(kept);
        let order = ascending(&of_class, |probabilities| of(probabilities, class));
        mark(&mut found, order.iter().take(issues as usize));
    }
    found
}

fn by_noise_rate(rows: &[Row<'_>], pruned: &[Vec<u64>], least: u64) -> Vec<bool> {
    let mut found = vec![false; rows.len()];
    for (class, counts) in pruned.iter().enumerate() {
        let Some(of_class) = members(rows, class, least) else { continue };
        for (likely, count) in counts.iter().enumerate() {
            if likely == class || *count == 0 {
                continue;
            }
            let behind =
                |probabilities: &[f64]| -(of(probabilities, likely) - of(probabilities, class));
            mark(&mut found, ascending(&of_class, behind).iter().take(*count as usize));
        }
    }
    found
}

/// The rows that were given a class, where there are enough to prune.
fn members<'a>(rows: &[Row<'a>], class: usize, least: u64) -> Option<Vec<(usize, &'a [f64])>> {
    let given = rows.iter().enumerate().filter(|(_, (given, _))| *given == class);
    let of_class: Vec<(usize, &[f64])> =
        given.map(|(at, (_, probabilities))| (at, *probabilities)).collect();
    (of_class.len() > 1 && of_class.len() as u64 > least).then_some(of_class)
}

/// The rows by a value of their probabilities, the least first.
fn ascending(rows: &[(usize, &[f64])], value: impl Fn(&[f64]) -> f64) -> Vec<usize> {
    let values: Vec<f64> = rows.iter().map(|(_, probabilities)| value(probabilities)).collect();
    let order = argsort(&values).into_iter();
    order.filter_map(|place| rows.get(place).map(|(row, _)| *row)).collect()
}

fn of(probabilities: &[f64], class: usize) -> f64 {
    probabilities.get(class).copied().unwrap_or_default()
}

fn mark<'a>(found: &mut [bool], rows: impl Iterator<Item = &'a usize>) {
    for row in rows {
        if let Some(found) = found.get_mut(*row) {
            *found = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let probabilities = vec![0.9, 0.1, 0.2, 0.8, 0.3, 0.7];
        let judged = Judged::new(vec![0, 0, 1], probabilities, 2).unwrap();
        for filter in Filter::EVERY {
            assert_eq!(label_issues(&judged, &Issues { filter, ..Issues::default() }), [1]);
        }
        let none = Issues { fraction: 0.5, ..Issues::default() };
        assert_eq!(label_issues(&judged, &none), Vec::<usize>::new());
        let none = Issues { least: 2, ..Issues::default() };
        assert_eq!(label_issues(&judged, &none), Vec::<usize>::new());
    }

    #[test]
    fn a_tie_with_the_given_class_is_no_issue() {
        let probabilities = vec![0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5];
        let judged = Judged::new(vec![0, 0, 1, 1], probabilities, 2).unwrap();
        for filter in Filter::EVERY {
            let issues = Issues { filter, ..Issues::default() };
            assert_eq!(label_issues(&judged, &issues), Vec::<usize>::new());
        }
    }
}
