//! Rows dealt in the order of their time: the earliest to `train`, the latest to `test`.
//! Pure.
//!
//! Invariant: no row of a split is earlier than one of the split before it, and rows of
//! one time are together.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{DataType, TimeUnit};

use super::quota::apportion;
use crate::times::{compare, is_known};

/// Names of splits, from the earliest to the latest.
const ORDER: [&[&str]; 3] = [&["train"], &["valid", "validation", "dev"], &["test"]];

/// Why rows cannot be dealt by time.
pub(super) enum Untimed {
    /// A split of which nobody knows when it is.
    Split(String),
    /// A row without a time.
    Row(usize),
    /// A column that is not in the order of time.
    Type(String),
}

/// The part of each row: the number of its split in the order of `fractions` (by name).
pub(super) fn by_time(
    times: &ArrayRef,
    fractions: &BTreeMap<String, f64>,
) -> Result<Vec<u32>, Untimed> {
    let rank = |name: &str| ORDER.iter().position(|names| names.contains(&name));
    let mut order: Vec<(usize, usize)> = Vec::new(); // (rank, split)
    for (split, name) in fractions.keys().enumerate() {
        let rank = rank(name).filter(|rank| order.iter().all(|(known, _)| known != rank));
        order.push((rank.ok_or_else(|| Untimed::Split(name.clone()))?, split));
    }
    order.sort_unstable();
    if let Some(row) = (0..times.len()).find(|row| !is_known(times, *row)) {
        return Err(Untimed::Row(row));
    }
    let mut rows: Vec<usize> = (0..times.len()).collect();
    match times.data_type() {
        DataType::Int64 | DataType::Float64 | DataType::Utf8 | DataType::Date32 => {}
        DataType::Timestamp(TimeUnit::Microsecond, _) => {}
        other => return Err(Untimed::Type(other.to_string())),
    }
    rows.sort_by(|&a, &b| compare((times, a), (times, b)).then(a.cmp(&b)));
    let shares: Vec<f64> =
        order.iter().filter_map(|(_, split)| fractions.values().nth(*split).copied()).collect();
    let quotas = apportion(rows.len(), &shares);
    let mut parts = vec![0; rows.len()];
    let (mut first, mut end) = (0, 0);
    for (&(_, split), quota) in order.iter().zip(quotas) {
        end += quota;
        let mut last = end.max(first);
        // The nearer end of the rows that have one time, so that they stay together.
        let same = |a: usize, b: usize| compare((times, rows[a]), (times, rows[b])).is_eq();
        let (mut back, mut on) = (last, last);
        while back > first && back < rows.len() && same(back - 1, back) {
            back -= 1;
        }
        while on > 0 && on < rows.len() && same(on - 1, on) {
            on += 1;
        }
        if back != last {
            last = if last - back < on - last && back > first { back } else { on };
        }
        rows[first..last].iter().for_each(|row| parts[*row] = split as u32);
        first = last;
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::Int64Array;

    use super::*;

    fn dealt(times: &[i64], fractions: &[(&str, f64)]) -> Option<Vec<Vec<usize>>> {
        let times: ArrayRef = Arc::new(Int64Array::from(times.to_vec()));
        let fractions = fractions.iter().map(|(name, share)| ((*name).to_owned(), *share));
        let fractions = fractions.collect();
        let parts = by_time(&times, &fractions).ok()?;
        let of = |part| (0..parts.len()).filter(|&row| parts[row] as usize == part).collect();
        Some((0..fractions.len()).map(of).collect())
    }

    #[test]
    fn the_latest_rows_are_the_test() {
        let fractions = [("test", 0.25), ("train", 0.5), ("valid", 0.25)];
        let splits = dealt(&[8, 1, 7, 2, 6, 3, 5, 4], &fractions);
        assert_eq!(splits, Some(vec![vec![0, 2], vec![1, 3, 5, 7], vec![4, 6]]));
    }

    #[test]
    fn rows_of_one_time_are_together() {
        let fractions = [("test", 0.5), ("train", 0.5)];
        assert_eq!(dealt(&[1, 2, 2, 3], &fractions), Some(vec![vec![3], vec![0, 1, 2]]));
        assert_eq!(dealt(&[1, 1, 1, 2], &fractions), Some(vec![vec![3], vec![0, 1, 2]]));
        assert_eq!(dealt(&[1, 2, 2, 2, 2, 2, 3, 4], &fractions).map(|s| s[1].len()), Some(6));
        assert_eq!(dealt(&[1, 1], &fractions), Some(vec![vec![], vec![0, 1]]));
        assert_eq!(dealt(&[], &fractions), Some(vec![vec![], vec![]]));
    }

    #[test]
    fn splits_that_are_at_no_time_are_not_dealt() {
        assert_eq!(dealt(&[1, 2], &[("train", 0.5), ("holdout", 0.5)]), None);
        assert_eq!(dealt(&[1, 2], &[("dev", 0.5), ("valid", 0.5)]), None);
    }
}
