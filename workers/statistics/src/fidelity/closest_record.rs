//! Whether synthetic rows repeat the rows that they were made from.

/// A column of records.
#[derive(Debug, Clone, PartialEq)]
pub enum RecordColumn {
    /// Numbers; NaN where there is none.
    Numbers(Vec<f64>),
    /// Categories, numbered in the same way in all records that are compared.
    Categories(Vec<Option<u64>>),
}

/// How synthetic rows lie between the rows that they were made from and rows that are held out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Closeness {
    /// The share of synthetic rows that are closer to a row of train: 0.5 where they repeat
    /// neither, and near 1 where they repeat train.
    pub closer_to_train: f64,
    /// The share of those that are as close to both.
    pub ties: f64,
}

impl Closeness {
    /// min(2 (1 - the share closer to train), 1): 1 where train is not repeated. SDMetrics'
    /// score of `DCROverfittingProtection`.
    pub fn protection(&self) -> f64 {
        (2.0 * (1.0 - self.closer_to_train)).min(1.0)
    }
}

/// The shares of synthetic rows that are closer to train than to a holdout, and as close.
///
/// By [`distances_to_closest`], to either. SDMetrics' `DCROverfittingProtection` without its
/// subsamples: a row as close to both counts for the holdout there, so look at `ties` where many
/// rows are equal. Both references want to be of one size. Nothing as of the distances, or of no
/// synthetic row.
///
/// Of the number 0.1 against train 0, 1 and holdout 0.5, 1.5 the distances are 0.1 and 0.4: 1 is
/// closer to train.
pub fn closeness(
    synthetic: &[RecordColumn],
    train: &[RecordColumn],
    holdout: &[RecordColumn],
) -> Option<Closeness> {
    let to_train = distances_to_closest(synthetic, train)?;
    let to_holdout = distances_to_closest(synthetic, holdout)?;
    let share = |is: fn(&f64, &f64) -> bool| {
        let rows = to_train.iter().zip(&to_holdout).filter(|(one, other)| is(one, other));
        rows.count() as f64 / to_train.len() as f64
    };
    (!to_train.is_empty()).then(|| Closeness {
        closer_to_train: share(|one, other| one < other),
        ties: share(|one, other| one == other),
    })
}

/// The distance of each row to the closest row of a reference, in [0, 1]. // (rows)
///
/// The distance of two rows is the mean over their columns (Gower 1971): of numbers the
/// difference over the range that the column has in the reference, at most 1; where that range is
/// 0, and of categories, 1 where they differ. What is missing is at 0 from what is missing and at
/// 1 from the rest. SDMetrics' `calculate_dcr`; its time is rows times rows of the reference.
///
/// Nothing where there is no column, the columns differ in number, form or length, the reference
/// has no row, or a number is infinite.
///
/// Of 1 to the reference 0, 4 it is 1/4.
pub fn distances_to_closest(rows: &[RecordColumn], reference: &[RecordColumn]) -> Option<Vec<f64>> {
    let (count, others) = (length(rows)?, length(reference)?);
    let same = rows.len() == reference.len()
        && rows.iter().zip(reference).all(|(one, other)| one.is_like(other));
    if !same || others == 0 {
        return None;
    }
    let columns: Vec<Pair<'_>> =
        rows.iter().zip(reference).filter_map(|(one, other)| Pair::of(one, other)).collect();
    let all = columns.len() as f64;
    let closest = |row: usize| {
        let mut least = f64::INFINITY;
        for other in 0..others {
            let mut sum = 0.0;
            for column in &columns {
                sum += column.distance(row, other);
                // No column brings it nearer again.
                if sum > least {
                    break;
                }
            }
            least = least.min(sum);
        }
        least / all
    };
    Some((0..count).map(closest).collect())
}

impl RecordColumn {
    fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
            Self::Categories(categories) => categories.len(),
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        matches!(
            (self, other),
            (Self::Numbers(_), Self::Numbers(_)) | (Self::Categories(_), Self::Categories(_))
        )
    }

    fn is_bounded(&self) -> bool {
        match self {
            Self::Numbers(numbers) => numbers.iter().all(|number| !number.is_infinite()),
            Self::Categories(_) => true,
        }
    }
}

/// The rows of columns, where they have one length and no infinity.
fn length(columns: &[RecordColumn]) -> Option<usize> {
    let length = columns.first()?.len();
    let fits = |column: &RecordColumn| column.len() == length && column.is_bounded();
    columns.iter().all(fits).then_some(length)
}

/// One column of both.
enum Pair<'a> {
    Numbers { rows: &'a [f64], others: &'a [f64], range: f64 },
    Categories { rows: &'a [Option<u64>], others: &'a [Option<u64>] },
}

impl<'a> Pair<'a> {
    fn of(rows: &'a RecordColumn, others: &'a RecordColumn) -> Option<Self> {
        match (rows, others) {
            (RecordColumn::Numbers(rows), RecordColumn::Numbers(others)) => {
                let there = || others.iter().copied().filter(|number| !number.is_nan());
                let most = there().fold(f64::NEG_INFINITY, f64::max);
                let range = most - there().fold(f64::INFINITY, f64::min);
                Some(Self::Numbers { rows, others, range })
            }
            (RecordColumn::Categories(rows), RecordColumn::Categories(others)) => {
                Some(Self::Categories { rows, others })
            }
            _ => None,
        }
    }

    fn distance(&self, row: usize, other: usize) -> f64 {
        match self {
            Self::Numbers { rows, others, range } => {
                let (Some(one), Some(other)) = (rows.get(row), others.get(other)) else {
                    return 1.0;
                };
                match (one.is_nan(), other.is_nan()) {
                    (true, true) => 0.0,
                    (true, false) | (false, true) => 1.0,
                    (false, false) if *range == 0.0 => f64::from(u8::from(one != other)),
                    (false, false) => ((other - one).abs() / range).min(1.0),
                }
            }
            Self::Categories { rows, others } => {
                f64::from(u8::from(rows.get(row) != others.get(other)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(values: &[f64]) -> Vec<RecordColumn> {
        vec![RecordColumn::Numbers(values.to_vec())]
    }

    #[test]
    fn by_hand() {
        assert_eq!(distances_to_closest(&numbers(&[1.0]), &numbers(&[0.0, 4.0])), Some(vec![0.25]));
        let found = closeness(&numbers(&[0.1]), &numbers(&[0.0, 1.0]), &numbers(&[0.5, 1.5]));
        assert_eq!(found, Some(Closeness { closer_to_train: 1.0, ties: 0.0 }));
        assert_eq!(found.unwrap().protection(), 0.0);
        let missing = numbers(&[f64::NAN, 9.0, 2.0]);
        let constant = numbers(&[2.0, f64::NAN]);
        assert_eq!(distances_to_closest(&missing, &constant), Some(vec![0.0, 1.0, 0.0]));
    }

    #[test]
    fn what_has_no_value() {
        let categories = vec![RecordColumn::Categories(vec![Some(1), None])];
        assert_eq!(distances_to_closest(&categories, &categories), Some(vec![0.0, 0.0]));
        assert_eq!(distances_to_closest(&numbers(&[1.0]), &categories), None);
        assert_eq!(distances_to_closest(&numbers(&[1.0]), &numbers(&[])), None);
        assert_eq!(distances_to_closest(&[], &[]), None);
        assert_eq!(distances_to_closest(&numbers(&[f64::INFINITY]), &numbers(&[1.0])), None);
        assert_eq!(closeness(&numbers(&[]), &numbers(&[1.0]), &numbers(&[1.0])), None);
    }
}
