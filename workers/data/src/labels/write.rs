//! The outputs `data` and `suspects`.
//!
//! On disk: both are datasets of the splits that the input has. `data` has its rows but for
//! those in quarantine, its columns, keys and parents. `suspects` has a row for each suspect
//! label under the key of the row that it is about, the worst first: `rank` (int64, over all
//! splits from 1), `given` and `suggested` (utf8, the latter null where nothing is), `quality`
//! (float64, null of a row that was not predicted), `reason` (utf8, sorted names with `, `
//! between) and `quarantined` (bool), each of the role `ignore`.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray};
use arrow::compute::filter_record_batch;
use arrow::datatypes::Schema as ArrowSchema;
use arrow::record_batch::RecordBatch;
use ingot_protocol::Failure;
use ingot_tables::dataset::row_key::{self, RowKey};
use ingot_tables::dataset::{
    Column, DataType, Dataset, Modality, Role, SCHEMA_VERSION, Schema, Writer,
};

use super::rows::Rows;
use super::suspects::Suspect;
use super::{TRAIN, failed};

/// Rows that are held at once.
const ROWS: usize = 8192;

/// The columns of the table of suspects.
const COLUMNS: [(&str, DataType, bool); 6] = [
    ("rank", DataType::Int64, false),
    ("given", DataType::Utf8, false),
    ("suggested", DataType::Utf8, true),
    ("quality", DataType::Float64, true),
    ("reason", DataType::Utf8, false),
    ("quarantined", DataType::Bool, false),
];

/// Writes the data without these rows of `train`.
pub(super) fn data(data: &Dataset, taken: &BTreeSet<usize>, path: &Path) -> Result<(), Failure> {
    let data = data.clone().with_parents();
    let writer = Writer::begin(path, &data.schema)?;
    for split in data.splits()? {
        let mut rows = writer.split(&split)?;
        let mut first = 0;
        for batch in data.batches(&split, ROWS)? {
            let batch = batch?;
            let all = first..first + batch.num_rows();
            first = all.end;
            if split != TRAIN || taken.range(all.clone()).next().is_none() {
                rows.write(&batch)?;
                continue;
            }
            let kept: BooleanArray = all.map(|row| Some(!taken.contains(&row))).collect();
            rows.write(&filter_record_batch(&batch, &kept).map_err(failed)?)?;
        }
        rows.finish()?;
    }
    Ok(())
}

/// Writes the table of suspects, which are in their order.
pub(super) fn suspects(rows: &Rows, suspects: &[Suspect], path: &Path) -> Result<(), Failure> {
    let columns = COLUMNS.map(|(name, data_type, nullable)| Column {
        name: name.to_owned(),
        data_type,
        role: Role::Ignore,
        nullable,
        classes: None,
    });
    let schema = Schema {
        version: SCHEMA_VERSION,
        modality: Modality::Table,
        image: None,
        columns: columns.to_vec(),
        fitted: Vec::new(),
    };
    let writer = Writer::begin(path, &schema)?;
    for (number, split) in rows.splits.iter().enumerate() {
        let here: Vec<(i64, &Suspect, &RowKey)> = (1..)
            .zip(suspects)
            .filter(|(_, suspect)| suspect.split == number)
            .filter_map(|(rank, suspect)| Some((rank, suspect, split.keys.get(suspect.row)?)))
            .collect();
        let mut file = writer.split(&split.name)?;
        for part in here.chunks(ROWS) {
            file.write(&table(rows, part, &schema.arrow())?)?;
        }
        file.finish()?;
    }
    Ok(())
}

fn table(
    rows: &Rows,
    suspects: &[(i64, &Suspect, &RowKey)],
    schema: &ArrowSchema,
) -> Result<RecordBatch, Failure> {
    let every = || suspects.iter().map(|(_, suspect, _)| suspect);
    let given = every().map(|suspect| rows.class(suspect.given));
    let suggested = every().map(|suspect| suspect.suggested.map(|class| rows.class(class)));
    let reasons = every().map(|suspect| {
        let names: Vec<&str> = suspect.reasons.iter().map(|reason| reason.name()).collect();
        names.join(", ")
    });
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from_iter_values(suspects.iter().map(|(rank, ..)| *rank))),
        Arc::new(StringArray::from_iter_values(given)),
        Arc::new(suggested.collect::<StringArray>()),
        Arc::new(every().map(|suspect| suspect.quality).collect::<Float64Array>()),
        Arc::new(StringArray::from_iter_values(reasons)),
        Arc::new(every().map(|suspect| Some(suspect.quarantined)).collect::<BooleanArray>()),
    ];
    let table = RecordBatch::try_new(Arc::new(schema.clone()), columns).map_err(failed)?;
    let keys: Vec<RowKey> = suspects.iter().map(|(.., key)| **key).collect();
    let keys = row_key::array(&keys).map_err(failed)?;
    row_key::with_keys(&table, Arc::new(keys)).map_err(failed)
}
