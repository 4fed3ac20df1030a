//! Independence in a table of counts.

use super::goodness_of_fit::Divergence;
use crate::special::chi_square_survival;

/// What the test of a table says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Independence {
    /// The statistic.
    pub statistic: f64,
    /// Its p-value.
    pub p_value: f64,
    /// (rows - 1) (columns - 1).
    pub degrees: usize,
}

/// How far a table of counts lies from the one that its margins make alone, and the p-value
/// of chi-square.
///
/// Expected counts are row sum * column sum / sum. `correction` moves each count of a table
/// of one degree of freedom by up to 1/2 towards its expected one (Yates 1934). Two samples
/// are the two rows of a table whose columns are the categories of both. SciPy's
/// `chi2_contingency`, whose `lambda_` is the divergence; of no degrees the statistic is 0
/// and p 1. Summed row by row.
///
/// Nothing where rows differ in length, without cells, for a negative or infinite count or
/// NaN, or where a row or a column is empty: SciPy refuses those.
///
/// Of (10, 20), (20, 10) all expect 15: 4 * 25/15 = 6.67; corrected 4 * 4.5^2 / 15 = 5.4.
pub fn independence(
    table: &[&[f64]],
    divergence: Divergence,
    correction: bool,
) -> Option<Independence> {
    let columns = table.first()?.len();
    let is_count = |count: &f64| *count >= 0.0 && count.is_finite();
    if columns == 0 || table.iter().any(|row| row.len() != columns || !row.iter().all(is_count)) {
        return None;
    }
    let of_rows: Vec<f64> = table.iter().map(|row| row.iter().sum()).collect();
    let of_columns: Vec<f64> =
        (0..columns).map(|column| table.iter().map(|row| row[column]).sum()).collect();
    let sum: f64 = of_rows.iter().sum();
    let expected: Vec<f64> = of_rows
        .iter()
        .flat_map(|row| of_columns.iter().map(move |column| row * column / sum))
        .collect();
    if !expected.iter().all(|count| *count > 0.0 && count.is_finite()) {
        return None;
    }
    let degrees = (table.len() - 1) * (columns - 1);
    if degrees == 0 {
        return Some(Independence { statistic: 0.0, p_value: 1.0, degrees });
    }
    let mut observed = table.concat();
    if degrees == 1 && correction {
        for (count, expected) in observed.iter_mut().zip(&expected) {
            let gap = expected - *count;
            *count += gap.abs().min(0.5).copysign(gap);
        }
    }
    let statistic = divergence.of(observed.iter().zip(&expected));
    let p_value = chi_square_survival(statistic.max(0.0), degrees as f64)?;
    Some(Independence { statistic, p_value, degrees })
}

/// sqrt(chi-square / (sum * (min(rows, columns) - 1))), in [0, 1]: 0 of independence, 1
/// where one margin tells the other.
///
/// Cramer 1946; SciPy's `association(method="cramer")`, without correction. Nothing as of
/// [`independence`], or of one row or column.
///
/// Of (10, 0), (0, 10) it is 1.
pub fn cramers_v(table: &[&[f64]]) -> Option<f64> {
    let test = independence(table, Divergence::Pearson, false)?;
    let least = table.len().min(table.first()?.len()) - 1;
    let sum: f64 = table.iter().map(|row| row.iter().sum::<f64>()).sum();
    (least > 0).then(|| (test.statistic / sum / least as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let table: [&[f64]; 2] = [&[10.0, 20.0], &[20.0, 10.0]];
        let plain = independence(&table, Divergence::Pearson, false).unwrap();
        assert!((plain.statistic - 20.0 / 3.0).abs() < 1e-14 && plain.degrees == 1);
        let corrected = independence(&table, Divergence::Pearson, true).unwrap();
        assert!((corrected.statistic - 5.4).abs() < 1e-14);
        assert_eq!(cramers_v(&[&[10.0, 0.0], &[0.0, 10.0]]), Some(1.0));
        assert!((cramers_v(&table).unwrap() - 1.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn what_has_no_value() {
        let of = |table: &[&[f64]]| independence(table, Divergence::Pearson, false);
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[&[1.0, 2.0], &[1.0]]), None);
        assert_eq!(of(&[&[1.0, 0.0], &[1.0, 0.0]]), None);
        assert_eq!(of(&[&[1.0, -1.0], &[1.0, 1.0]]), None);
        assert_eq!(cramers_v(&[&[1.0, 2.0]]), None);
        let one = of(&[&[1.0, 2.0]]).unwrap();
        assert_eq!((one.statistic, one.p_value, one.degrees), (0.0, 1.0, 0));
    }
}
