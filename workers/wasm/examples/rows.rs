//! What `cargo xtask bench plugins` compares a plugin with: the same Rust code, native.
//!
//! `rows make FOLDER MEGABYTES` writes a dataset of that many bytes of rows; `rows filter
//! FROM TO` keeps its rows with the code of the example plugin `tidy`, batch by batch, with
//! no stream of bytes in between.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use arrow::record_batch::RecordBatch;
use ingot_tables::dataset::{self, Column, DataType, Dataset, Modality, Role, Schema};
use tidy::Conditions;

/// Rows of a batch, as the host hands them to a plugin.
const ROWS: usize = 8_192;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["make", folder, megabytes] => make(Path::new(folder), megabytes.parse()?),
        ["filter", from, to] => filter(Path::new(from), Path::new(to)),
        _ => bail!("usage: rows make FOLDER MEGABYTES | rows filter FROM TO"),
    }
}

fn schema() -> Schema {
    let column = |name: &str, data_type| Column {
        name: name.to_owned(),
        data_type,
        role: Role::Feature,
        nullable: false,
        classes: None,
    };
    Schema {
        version: dataset::SCHEMA_VERSION,
        modality: Modality::Table,
        image: None,
        columns: vec![
            column("row", DataType::Int64),
            column("x", DataType::Float64),
            column("y", DataType::Float64),
            column("z", DataType::Float64),
            column("word", DataType::Utf8),
        ],
        fitted: Vec::new(),
    }
}

/// Rows of about 50 bytes in memory, from a fixed rule.
fn make(folder: &Path, megabytes: usize) -> Result<()> {
    let writer = dataset::Writer::begin(folder, &schema())?;
    let mut split = writer.split("train")?;
    let (mut bytes, mut first) = (0, 0);
    let mut state: u64 = 17;
    let mut draw = move || {
        // Steele, Lea and Flood 2014: SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    while bytes < megabytes * 1_000_000 {
        let numbers = |draw: &mut dyn FnMut() -> u64| -> ArrayRef {
            let values = (0..ROWS).map(|_| (draw() >> 11) as f64 / (1u64 << 53) as f64);
            Arc::new(Float64Array::from_iter_values(values))
        };
        let rows = Int64Array::from_iter_values(first..first + ROWS as i64);
        let columns = [numbers(&mut draw), numbers(&mut draw), numbers(&mut draw)];
        let words = (0..ROWS).map(|_| format!("word-{:08x}", draw() as u32));
        let [x, y, z] = columns;
        let words: ArrayRef = Arc::new(StringArray::from_iter_values(words));
        let rows: ArrayRef = Arc::new(rows);
        let batch = RecordBatch::try_from_iter([
            ("row", rows),
            ("x", x),
            ("y", y),
            ("z", z),
            ("word", words),
        ])?;
        bytes += ROWS * (4 * 8 + 13 + 4);
        first += ROWS as i64;
        split.write(&batch)?;
    }
    Ok(split.finish()?)
}

fn filter(from: &Path, to: &Path) -> Result<()> {
    let conditions: Conditions = serde_json::from_str(
        r#"{ "numbers": { "x": { "min": 0.1 } }, "texts": { "word": { "contains": "a" } } }"#,
    )?;
    let data = Dataset::open(from)?;
    let writer = dataset::Writer::begin(to, &data.schema)?;
    let splits = data.splits()?;
    ensure!(!splits.is_empty(), "{} has no split", from.display());
    for name in splits {
        let mut split = writer.split(&name)?;
        for batch in data.batches(&name, ROWS)? {
            let kept = conditions.keep(&batch?);
            split.write(&kept.map_err(|failure| anyhow::anyhow!(failure.message))?)?;
        }
        split.finish().with_context(|| name.clone())?;
    }
    Ok(())
}
