//! `images`: images of `train` and of another split that are nearly the same.
//!
//! Candidates have difference hashes of 64 bits (Krawetz, Kind of Like That, 2013: a grey
//! image of 9 x 8 means, each compared with its right neighbour) that differ in at most three
//! bits; of four parts of such hashes one is equal. A pair is then compared pixel by pixel.

use std::collections::HashMap;

use arrow::array::{Array, AsArray};
use ingot_protocol::{Failure, Severity};
use ingot_tables::dataset::Image;
use serde_json::json;

use super::table::{Pair, Table, pairs};
use super::{Check, Leak};
use crate::thresholds::{Thresholds, schema};

pub(super) const CHECK: Check = Check {
    name: "images",
    params: || {
        schema(
            "images of `train` and of another split that are nearly the same",
            json!({"distance": {
                "type": "number", "minimum": 0, "maximum": 1, "default": 0.02,
                "description": "up to which mean distance of their pixels, 1 for that of black and white"
            }}),
        )
    },
    find,
};

/// Most bits in which the hashes of two that are compared differ.
const BITS: u32 = 3;
/// Most images of one part of a hash with which one is compared.
const COMPARED: usize = 256;
const COLUMNS: usize = 9;
const ROWS: usize = 8;

fn find(table: &Table, thresholds: &Thresholds) -> Result<Vec<Leak>, Failure> {
    let (Some(train), Some((image, array))) = (table.train(), table.images()) else {
        return Ok(Vec::new());
    };
    let Some(images) = array.as_binary_opt::<i32>() else { return Ok(Vec::new()) };
    let of = |row: usize| images.is_valid(row).then(|| images.value(row));
    let hashes: Vec<Option<u64>> = (0..images.len()).map(|row| hash(of(row)?, image)).collect();
    let mut learned: HashMap<(u32, u16), Vec<usize>> = HashMap::new();
    for row in train.clone() {
        for part in hashes[row].into_iter().flat_map(parts) {
            let rows = learned.entry(part).or_default();
            if rows.len() < COMPARED {
                rows.push(row);
            }
        }
    }
    let most = thresholds.number("distance");
    let judged = (0..images.len()).filter(|row| !train.contains(row));
    let alike = judged.filter_map(|row| {
        let own = hashes[row]?;
        let others = parts(own).into_iter().flat_map(|part| learned.get(&part)).flatten();
        let other = others.copied().find(|other| {
            let near = hashes[*other].is_some_and(|other| (own ^ other).count_ones() <= BITS);
            // Equal rows are told by `split`.
            near && table.key(*other) != table.key(row)
                && distance(of(row), of(*other)).is_some_and(|distance| distance <= most)
        })?;
        Some((row, other))
    });
    let alike: Vec<Pair> = alike.collect();
    let leak = Leak {
        code: "D1806",
        severity: Severity::Error,
        column: Some(image.column.clone()),
        message: format!(
            "images of other splits are nearly those of rows of `train`: {}",
            pairs(table, &alike)
        ),
        rows: Some(alike.len() as u64),
    };
    Ok(Vec::from_iter((!alike.is_empty()).then_some(leak)))
}

/// The four parts of a hash, each with its number.
fn parts(hash: u64) -> [(u32, u16); 4] {
    [0, 1, 2, 3].map(|part| (part, (hash >> (16 * part)) as u16))
}

/// The difference hash of an image; nothing of bytes that are none, and of an image without
/// any difference.
fn hash(bytes: &[u8], image: &Image) -> Option<u64> {
    let (height, width) = (image.height as usize, image.width as usize);
    let channels = image.channels as usize;
    if height == 0
        || width == 0
        || bytes.len() != height.checked_mul(width)?.checked_mul(channels)?
    {
        return None;
    }
    // The mean of a part of the image; parts of small images overlap.
    let mean = |row: usize, column: usize| -> u64 {
        let range = |part: usize, parts: usize, size: usize| {
            let first = part * size / parts;
            first..((part + 1) * size).div_ceil(parts).max(first + 1).min(size)
        };
        let (rows, columns) = (range(row, ROWS, height), range(column, COLUMNS, width));
        let count = (rows.len() * columns.len() * channels).max(1) as u64;
        let sum: u64 = rows
            .flat_map(|y| columns.clone().map(move |x| (y * width + x) * channels))
            .flat_map(|at| &bytes[at..at + channels])
            .map(|value| u64::from(*value) * 256)
            .sum();
        sum / count
    };
    let mut hash = 0;
    for row in 0..ROWS {
        for column in 0..COLUMNS - 1 {
            hash = hash << 1 | u64::from(mean(row, column) > mean(row, column + 1));
        }
    }
    (hash != 0).then_some(hash)
}

/// The mean distance of two images' values, in [0, 1]; nothing of other sizes.
fn distance(one: Option<&[u8]>, other: Option<&[u8]>) -> Option<f64> {
    let (one, other) = (one?, other?);
    let sum: u64 = one.iter().zip(other).map(|(one, other)| u64::from(one.abs_diff(*other))).sum();
    (one.len() == other.len()).then(|| sum as f64 / (255 * one.len().max(1)) as f64)
}
