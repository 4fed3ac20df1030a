//! `constant`: columns with one value.

use arrow::array::Array;
use ingot_statistics::profile::constant;
use ingot_tables::source::typed::key;

use super::rows::{Column, Rows};
use super::{Detector, Oddity};

/// The detector.
pub(super) const DETECTOR: Detector =
    Detector { name: "constant", by_default: true, params: || None, find: |rows, _| find(rows) };

fn find(rows: &Rows) -> Vec<Oddity> {
    // Of one row every column is constant.
    if rows.count() < 2 {
        return Vec::new();
    }
    let found = rows.columns.iter().filter(|column| is_constant(column)).map(|column| Oddity {
        code: "D1605",
        column: Some(column.name.clone()),
        what: match column.array.null_count() == column.array.len() {
            true => "every value is missing".to_owned(),
            false => "every row has the same value".to_owned(),
        },
        rows: Vec::new(),
        worst: None,
    });
    found.collect()
}

fn is_constant(column: &Column) -> bool {
    let (nulls, rows) = (column.array.null_count(), column.array.len());
    if nulls > 0 {
        return nulls == rows;
    }
    // Whole numbers are compared as such: as floats two may be one.
    match column.array.data_type() {
        arrow::datatypes::DataType::Float64 => {
            column.numbers().and_then(|numbers| constant(&numbers)) == Some(true)
        }
        _ => (1..rows).all(|row| key(&column.array, row) == key(&column.array, 0)),
    }
}
