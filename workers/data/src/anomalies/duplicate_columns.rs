//! `duplicate_columns`: columns that are equal row by row.

use std::collections::HashMap;

use ingot_statistics::profile::duplicate_columns;
use ingot_tables::dataset;
use ingot_tables::source::typed::key;

use super::rows::{Column, Rows};
use super::{Detector, Oddity};

/// The detector.
pub(super) const DETECTOR: Detector = Detector {
    name: "duplicate_columns",
    by_default: true,
    params: || None,
    find: |rows, _| find(rows),
};

fn find(rows: &Rows) -> Vec<Oddity> {
    if rows.count() < 2 {
        return Vec::new();
    }
    // Every text has one number, in whatever column it stands.
    let mut known: HashMap<&str, f64> = HashMap::new();
    let columns: Vec<Vec<f64>> =
        rows.columns.iter().map(|column| as_numbers(column, &mut known)).collect();
    let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let groups = duplicate_columns(&slices).into_iter().flat_map(|group| exact(rows, group));
    let found = groups.map(|group| {
        let names = group.iter().filter_map(|at| rows.columns.get(*at));
        let names: Vec<String> = names.map(|column| column.name.clone()).collect();
        Oddity {
            code: "D1606",
            column: names.first().cloned(),
            what: format!("it is equal to {} in every row", dataset::list(&names[1..])),
            rows: Vec::new(),
            worst: None,
        }
    });
    found.collect()
}

/// A column as numbers that are equal where its values are.
fn as_numbers<'a>(column: &'a Column, known: &mut HashMap<&'a str, f64>) -> Vec<f64> {
    if let Some(numbers) = column.numbers() {
        return numbers;
    }
    if let Some(texts) = column.texts() {
        let number = |text: Option<&'a str>| match text {
            None => f64::NAN,
            Some(text) => {
                let next = known.len() as f64;
                *known.entry(text).or_insert(next)
            }
        };
        return texts.map(number).collect();
    }
    let rows = 0..column.array.len();
    let truth = |row| match key(&column.array, row) {
        Some(key) => f64::from(u8::from(key == ingot_tables::source::typed::Key::Truth(true))),
        None => f64::NAN,
    };
    rows.map(truth).collect()
}

/// The parts of a group whose columns are of one type and equal to the last digit.
fn exact(rows: &Rows, group: Vec<usize>) -> Vec<Vec<usize>> {
    let mut parts: Vec<Vec<usize>> = Vec::new();
    for at in group {
        let Some(column) = rows.columns.get(at) else { continue };
        let same = |part: &&mut Vec<usize>| {
            let first = part.first().and_then(|first| rows.columns.get(*first));
            first.is_some_and(|first| is_same(first, column))
        };
        match parts.iter_mut().find(same) {
            Some(part) => part.push(at),
            None => parts.push(vec![at]),
        }
    }
    parts.retain(|part| part.len() > 1);
    parts
}

fn is_same(one: &Column, other: &Column) -> bool {
    one.array.data_type() == other.array.data_type()
        && (0..one.array.len()).all(|row| key(&one.array, row) == key(&other.array, row))
}
