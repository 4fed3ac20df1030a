//! Times of the form INT96, which Spark, Hive and Impala write.
//!
//! The decoder makes nanoseconds of them, which hold the years 1677 to 2262, and wraps what
//! is outside: 9999-12-31 came out as another day. As microseconds, to which Spark writes
//! them, every year of four digits is there.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::basic::Type;

/// The schema of a file, in which these times are microseconds.
pub(super) fn schema(metadata: &ArrowReaderMetadata) -> SchemaRef {
    let columns = metadata.parquet_schema();
    let mut is_wide = vec![false; metadata.schema().fields().len()];
    for (leaf, column) in columns.columns().iter().enumerate() {
        if column.physical_type() == Type::INT96
            && let Some(wide) = is_wide.get_mut(columns.get_column_root_idx(leaf))
        {
            *wide = true;
        }
    }
    let fields = metadata.schema().fields().iter().zip(is_wide).map(|(field, is_wide)| match field
        .data_type()
    {
        DataType::Timestamp(TimeUnit::Nanosecond, zone) if is_wide => {
            let micros = DataType::Timestamp(TimeUnit::Microsecond, zone.clone());
            field.as_ref().clone().with_data_type(micros)
        }
        _ => field.as_ref().clone(),
    });
    let fields: Vec<Field> = fields.collect();
    Arc::new(Schema::new_with_metadata(fields, metadata.schema().metadata().clone()))
}
