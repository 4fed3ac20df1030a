//! A source of which nothing is promised, as the rows of a dataset.

use std::sync::Arc;

use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use ingot_protocol::{Failure, Input};

use super::natural::{Values, natural};
use super::read;
use super::typed::typed;
use crate::dataset::{Column, Modality, Role, SCHEMA_VERSION, Schema};

/// Reads a source: every column is a feature of the type that its cells fit.
///
/// It is what `validate` makes of the same source with an empty contract.
pub fn unpromised(source: &Input) -> Result<(Schema, RecordBatch), Failure> {
    let table = read(source)?;
    let (mut columns, mut arrays) = (Vec::new(), Vec::new());
    for column in &table.columns {
        let data_type = natural(column, Values::Any, &table.places)?;
        arrays.push(typed(&column.cells, data_type, true).array);
        columns.push(Column {
            name: column.name.clone(),
            data_type,
            role: Role::Feature,
            nullable: true,
            classes: None,
        });
    }
    let schema = Schema {
        version: SCHEMA_VERSION,
        modality: Modality::Table,
        image: None,
        columns,
        fitted: Vec::new(),
    };
    let options = RecordBatchOptions::new().with_row_count(Some(table.rows()));
    let batch = RecordBatch::try_new_with_options(Arc::new(schema.arrow()), arrays, &options)
        .map_err(|error| Failure::new("D0204", error.to_string()))?;
    Ok((schema, batch))
}
