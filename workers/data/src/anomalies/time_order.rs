//! `time_order`: times out of order in a column that is sorted but for them.

use arrow::array::Array;
use arrow::datatypes::DataType;
use ingot_protocol::contract::Moment;
use ingot_tables::dataset::Role;
use ingot_tables::source::typed::key;
use serde_json::json;

use super::rows::{Column, Rows};
use super::{Detector, Oddity, Params, counted, schema};
use crate::validate::moment;

/// The detector.
pub(super) const DETECTOR: Detector = Detector {
    name: "time_order",
    by_default: true,
    params: || {
        schema(
            "times out of order where the others are in order",
            json!({"share": {
                "type": "number", "exclusiveMinimum": 0, "maximum": 0.5, "default": 0.05,
                "description": "the share of a split's times that are out of order at the most; with more the rows are in no order"
            }}),
        )
    },
    find,
};

/// A time, ordered.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Time {
    At(Moment),
    Number(f64),
}

fn find(rows: &Rows, params: &Params) -> Vec<Oddity> {
    let share = params.number("share");
    rows.columns.iter().filter_map(|column| of_column(column, rows, share)).collect()
}

fn of_column(column: &Column, rows: &Rows, share: f64) -> Option<Oddity> {
    let times = times(column)?;
    let (mut first, mut out) = (0, Vec::new());
    for (_, count) in &rows.splits {
        let here: Vec<(usize, Time)> = (first..first + count)
            .filter_map(|row| Some((row, times.get(row).copied()??)))
            .collect();
        out.extend(out_of_order(&here, share));
        first += count;
    }
    (!out.is_empty()).then(|| Oddity {
        code: "D1608",
        column: Some(column.name.clone()),
        what: format!("{} out of order", counted(out.len(), "time is", "times are")),
        rows: out,
        worst: None,
    })
}

/// The times of a column: of the role `time`, or texts that are all dates with a time or not.
fn times(column: &Column) -> Option<Vec<Option<Time>>> {
    if !matches!(column.role, None | Some(Role::Time)) {
        return None;
    }
    if let Some(texts) = column.texts() {
        let mut times = Vec::with_capacity(column.array.len());
        for text in texts {
            let time = text.map(|text| Moment::read(text.trim()).map(Time::At));
            // A text that is no time makes the column none.
            times.push(match time {
                Some(None) => return None,
                Some(time) => time,
                None => None,
            });
        }
        return Some(times);
    }
    if column.array.data_type().is_temporal() {
        let time = |row| Some(Time::At(moment(key(&column.array, row)?)?));
        return Some((0..column.array.len()).map(time).collect());
    }
    // Numbers in order may be anything, so their role has to say that they are times.
    let is_time = column.role == Some(Role::Time) && *column.array.data_type() != DataType::Boolean;
    let numbers = column.numbers().filter(|_| is_time)?;
    let time = |number: f64| (!number.is_nan()).then_some(Time::Number(number));
    Some(numbers.into_iter().map(time).collect())
}

/// The fewest rows without which the times rise, or without which they fall, whichever are
/// fewer; none where that is more than the share, or where there are too few to tell.
fn out_of_order(times: &[(usize, Time)], share: f64) -> Vec<usize> {
    let falling: Vec<(usize, Time)> = times.iter().rev().copied().collect();
    let [mut rising, mut falling] = [rest(times), rest(&falling)];
    falling.sort_unstable();
    if falling.len() < rising.len() {
        rising = falling;
    }
    if rising.len() as f64 <= share * times.len() as f64 { rising } else { Vec::new() }
}

/// The rows outside of the longest run of times that never fall (Fredman 1975): O(n log n),
/// two numbers a row.
fn rest(times: &[(usize, Time)]) -> Vec<usize> {
    // The last time of the best run of each length, and which time stood before each.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(times.len());
    for (at, (_, time)) in times.iter().enumerate() {
        let length = ends.partition_point(|end| times[*end].1 <= *time);
        before.push(length.checked_sub(1).and_then(|length| ends.get(length).copied()));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut kept = vec![false; times.len()];
    let mut next = ends.last().copied();
    while let Some(at) = next {
        kept[at] = true;
        next = before[at];
    }
    times.iter().zip(kept).filter(|(_, kept)| !kept).map(|((row, _), _)| *row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn out(times: &[f64], share: f64) -> Vec<usize> {
        let times: Vec<_> = times.iter().map(|time| Time::Number(*time)).enumerate().collect();
        out_of_order(&times, share)
    }

    #[test]
    fn the_fewest_rows_are_told() {
        assert_eq!(out(&[1.0, 9.0, 3.0, 3.0, 10.0], 0.3), [1]);
        assert_eq!(out(&[9.0, 8.0, 7.0, 99.0, 5.0], 0.3), [3]);
        assert_eq!(out(&[1.0, 2.0, 3.0], 0.3), [0; 0]);
        assert_eq!(out(&[3.0, 1.0, 2.0, 9.0, 4.0, 0.0], 0.3), [0; 0], "in no order");
        assert_eq!(out(&[], 0.3), [0; 0]);
    }
}
