//! Texts and bytes of a Parquet file, which a dictionary may repeat without end.
//!
//! A dictionary page of a megabyte and a run of ten thousand references to it ask for
//! ten gigabytes. So these columns are decoded as views, which repeat the place and
//! not the bytes, and are written out once their length is known and allowed.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::record_batch::{RecordBatch, RecordBatchOptions};

/// The schema with plain texts and bytes, as batches have it, and with views of them.
pub(super) fn schemas(schema: &SchemaRef) -> (SchemaRef, SchemaRef) {
    let with = |types: fn(&DataType) -> Option<(DataType, DataType)>, view: bool| {
        let field = |field: &Arc<Field>| match types(field.data_type()) {
            None => field.as_ref().clone(),
            Some((plain, views)) => {
                field.as_ref().clone().with_data_type(if view { views } else { plain })
            }
        };
        let fields: Vec<Field> = schema.fields().iter().map(field).collect();
        Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
    };
    (with(types, false), with(types, true))
}

/// Whether a column of this type is decoded as views.
pub(super) fn viewed(data_type: &DataType) -> bool {
    types(data_type).is_some_and(|(plain, views)| plain != views)
}

fn types(data_type: &DataType) -> Option<(DataType, DataType)> {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            Some((DataType::Utf8, DataType::Utf8View))
        }
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => {
            Some((DataType::Binary, DataType::BinaryView))
        }
        // Numbers too are read as what the dictionary's keys stand for.
        DataType::Dictionary(_, values) => Some(
            types(values).unwrap_or_else(|| (values.as_ref().clone(), values.as_ref().clone())),
        ),
        _ => None,
    }
}

/// The bytes that the views of a batch stand for.
pub(super) fn bytes(batch: &RecordBatch) -> u64 {
    let lengths =
        |views: &[u128]| -> u64 { views.iter().map(|&view| u64::from(view as u32)).sum() };
    let column = |column: &ArrayRef| match column.data_type() {
        DataType::Utf8View => lengths(column.as_string_view().views()),
        DataType::BinaryView => lengths(column.as_binary_view().views()),
        _ => 0,
    };
    batch.columns().iter().map(column).sum()
}

/// The batch with its views written out.
pub(super) fn written_out(
    batch: &RecordBatch,
    plain: &SchemaRef,
) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().map(|column| match column.data_type() {
        DataType::Utf8View => cast(column, &DataType::Utf8),
        DataType::BinaryView => cast(column, &DataType::Binary),
        _ => Ok(Arc::clone(column)),
    });
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(plain), columns, &options)
}
