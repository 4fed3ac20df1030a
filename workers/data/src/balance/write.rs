//! The dataset that is left: `train` as it was drawn, and every other split as it was.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, UInt64Array};
use arrow::compute::{cast, take_record_batch};
use arrow::datatypes::{DataType as ArrowType, Field, Schema as ArrowSchema};
use arrow::record_batch::RecordBatch;
use ingot_protocol::Failure;
use ingot_tables::dataset::row_key::{self, RowKey};
use ingot_tables::dataset::row_parents::{self, RowParents};
use ingot_tables::dataset::{
    Column, DataType, Dataset, ROW_KEY, ROW_PARENTS, Role, Schema, SplitWriter, Writer,
};

use super::draw::Drawn;
use super::{TRAIN, failed};

/// Rows that are held at once, beside those of `train`.
const ROWS: usize = 8192;
/// What a row weighs of which nobody said anything.
const NEUTRAL: f64 = 1.0;

/// What becomes of `train`.
pub(super) struct Balanced {
    /// Its rows.
    pub(super) drawn: Drawn,
    /// What they weigh, where they are weighed.
    pub(super) weights: Option<Weights>,
}

/// A column of weights.
pub(super) struct Weights {
    /// Its name.
    pub(super) column: String,
    /// The weight of each row before anything was drawn. // (rows)
    pub(super) of: Vec<f64>,
}

/// Writes the dataset.
pub(super) fn write(
    data: &Dataset,
    train: &RecordBatch,
    balanced: &Balanced,
    path: &Path,
) -> Result<(), Failure> {
    let schema = weighed(&data.schema, balanced.weights.as_ref());
    let writer = Writer::begin(path, &schema)?;
    for split in data.splits()? {
        let mut rows = writer.split(&split)?;
        if split == TRAIN {
            let with = match &balanced.weights {
                Some(weights) => {
                    let of: ArrayRef = Arc::new(Float64Array::from(weights.of.clone()));
                    replaced(train, &weights.column, of)?
                }
                None => train.clone(),
            };
            of_train(&with, &balanced.drawn, &mut rows)?;
        } else {
            for batch in data.batches(&split, ROWS)? {
                rows.write(&passed(&batch?, balanced.weights.as_ref())?)?;
            }
        }
        rows.finish()?;
    }
    Ok(())
}

/// The schema with the column of the weights.
fn weighed(schema: &Schema, weights: Option<&Weights>) -> Schema {
    let mut schema = schema.clone();
    let Some(weights) = weights else { return schema };
    match schema.columns.iter_mut().find(|column| column.name == weights.column) {
        Some(column) => column.data_type = DataType::Float64,
        None => schema.columns.push(Column {
            name: weights.column.clone(),
            data_type: DataType::Float64,
            role: Role::Weight,
            nullable: false,
            classes: None,
        }),
    }
    schema
}

/// Rows of another split: as they were, each of the neutral weight where they had none.
fn passed(rows: &RecordBatch, weights: Option<&Weights>) -> Result<RecordBatch, Failure> {
    let Some(weights) = weights else { return Ok(rows.clone()) };
    let of = match rows.column_by_name(&weights.column) {
        Some(there) => cast(there, &ArrowType::Float64).map_err(failed)?,
        None => Arc::new(Float64Array::from(vec![NEUTRAL; rows.num_rows()])),
    };
    replaced(rows, &weights.column, of)
}

/// The rows with a column of this name in the place of the one that they have.
fn replaced(rows: &RecordBatch, name: &str, array: ArrayRef) -> Result<RecordBatch, Failure> {
    let schema = rows.schema();
    let fields = schema.fields().iter().cloned().zip(rows.columns().iter().cloned());
    let (mut fields, mut columns): (Vec<Arc<Field>>, Vec<ArrayRef>) =
        fields.filter(|(field, _)| field.name() != name).unzip();
    fields.push(Arc::new(Field::new(name, array.data_type().clone(), true)));
    columns.push(array);
    RecordBatch::try_new(Arc::new(ArrowSchema::new(fields)), columns).map_err(failed)
}

/// The kept rows, and behind them the copies.
fn of_train(train: &RecordBatch, drawn: &Drawn, rows: &mut SplitWriter) -> Result<(), Failure> {
    let keys = row_key::values(train).ok_or_else(|| failed("the rows have no keys"))?;
    let parents = row_parents::values(train).ok_or_else(|| failed("parents are no keys"))?;
    let made = train.column_by_name(ROW_PARENTS).is_some() || !drawn.copies.is_empty();
    for part in drawn.kept.chunks(ROWS) {
        let taken = take(train, part.iter().copied())?;
        let part: Vec<RowParents> = part.iter().map(|row| parents[*row].clone()).collect();
        rows.write(&if made { with(&taken, &part)? } else { taken })?;
    }
    let mut known: HashSet<RowKey> = keys.iter().copied().collect();
    for part in drawn.copies.chunks(ROWS) {
        let taken = take(train, part.iter().map(|(row, _)| *row))?;
        let copied: Vec<RowKey> =
            part.iter().map(|(row, copy)| key(&keys[*row], *copy, &mut known)).collect();
        let copied: ArrayRef = Arc::new(row_key::array(&copied).map_err(failed)?);
        let part: Vec<RowParents> = part
            .iter()
            .map(|(row, _)| row_parents::of_made([(keys[*row], &parents[*row])]))
            .collect();
        rows.write(&with(&replaced(&taken, ROW_KEY, copied)?, &part)?)?;
    }
    Ok(())
}

/// The key of a copy that no row has: of those of a step before this one too.
fn key(parent: &RowKey, copy: u64, known: &mut HashSet<RowKey>) -> RowKey {
    let mut index = copy;
    loop {
        let key = row_key::derived(parent, "balance", index);
        if known.insert(key) {
            return key;
        }
        index += 1;
    }
}

fn take(rows: &RecordBatch, chosen: impl Iterator<Item = usize>) -> Result<RecordBatch, Failure> {
    let indices = UInt64Array::from_iter_values(chosen.map(|row| row as u64));
    take_record_batch(rows, &indices).map_err(failed)
}

fn with(rows: &RecordBatch, parents: &[RowParents]) -> Result<RecordBatch, Failure> {
    let parents = row_parents::array(parents).map_err(failed)?;
    row_parents::with_parents(rows, Arc::new(parents)).map_err(failed)
}
