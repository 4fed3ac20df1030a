//! One Parquet file as text cells, in the spelling of Arrow's `cast` to text.
//!
//! Whole numbers, truth values, dates and text come through as they are; a number
//! is written with as many digits as give it back exactly.

use std::path::Path;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field};
use ingot_protocol::Failure;

use super::{Table, TextColumn};
use crate::parquet_file::{self, ParquetFileError};

/// Reads a file; a column that has no text says so.
pub(super) fn read(path: &Path) -> Result<Table, Failure> {
    let unreadable = |error: ParquetFileError| match &error {
        ParquetFileError::Panicked { .. } => Failure::new("D0214", error.to_string())
            .help("write the file anew, with another program"),
        error if error.is_large() => Failure::new("D0213", error.to_string())
            .help("write it as several smaller files, in a folder"),
        error => Failure::new("D0206", error.to_string()).help("write it as Parquet"),
    };
    let wrong = |field: &Field| {
        let (path, name) = (path.display(), field.name());
        let message = format!("{path}: the column `{name}` is `{}`", field.data_type());
        Failure::new("D0207", message)
            .help("a table's columns are numbers, truth values, dates or text")
    };
    // Told before any row is decoded.
    let schema = parquet_file::schema(path).map_err(unreadable)?;
    let no_text = |field: &&Arc<Field>| match field.data_type() {
        DataType::Binary | DataType::FixedSizeBinary(_) => true,
        data_type => data_type.is_nested(),
    };
    if let Some(field) = schema.fields().iter().find(no_text) {
        return Err(wrong(field));
    }
    let batch = parquet_file::read(path).map_err(unreadable)?;
    let columns = schema.fields().iter().zip(batch.columns()).map(|(field, values)| {
        let cells = cast(values, &DataType::Utf8).map_err(|_| wrong(field))?;
        let cells = cells.as_string::<i32>().iter().map(|cell| cell.map(str::to_owned)).collect();
        Ok(TextColumn { name: field.name().clone(), cells })
    });
    Ok(Table { columns: columns.collect::<Result<_, Failure>>()? })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use arrow::array::{ArrayRef, BinaryArray, BooleanArray, Float64Array, Int64Array};
    use arrow::record_batch::RecordBatch;

    use super::*;

    fn parquet(columns: Vec<(&str, ArrayRef)>) -> Result<Table, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.parquet");
        let batch = RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().map(|(name, array)| (name, array, true)),
        );
        parquet_file::write(&path, &batch.unwrap()).unwrap();
        read(&path)
    }

    #[test]
    fn every_cell_comes_through_exactly() {
        let table = parquet(vec![
            ("whole", Arc::new(Int64Array::from(vec![Some(-3), None]))),
            ("number", Arc::new(Float64Array::from(vec![0.1 + 0.2, 1e300]))),
            ("truth", Arc::new(BooleanArray::from(vec![true, false]))),
        ])
        .unwrap();
        let cells = |at: usize| &table.columns[at].cells;
        assert_eq!(cells(0), &[Some("-3".to_owned()), None]);
        let numbers: Vec<f64> = cells(1).iter().flatten().map(|c| c.parse().unwrap()).collect();
        assert_eq!(numbers, [0.1 + 0.2, 1e300]);
        assert_eq!(cells(2), &[Some("true".to_owned()), Some("false".to_owned())]);
    }

    #[test]
    fn bytes_are_no_cells() {
        let bytes: ArrayRef = Arc::new(BinaryArray::from(vec![&b"x"[..]]));
        assert_eq!(parquet(vec![("image", bytes)]).unwrap_err().code, "D0207");
    }
}
