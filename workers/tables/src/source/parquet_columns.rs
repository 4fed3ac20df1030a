//! One Parquet file as columns of the types that it says.
//!
//! Whole numbers of any width that `int64` holds become that, floats of any width
//! `float64`; text and truth values are themselves. Other types (`uint64`, decimals,
//! dates, times) come through unchanged: what becomes of them is the contract's business.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field};
use ingot_protocol::Failure;

use super::Cells;
use super::reader::{FileColumn, FileReader, Piece, rows};
use crate::parquet_file::{self, ParquetFileError, Reader};

/// A file that is read.
pub(super) struct ParquetColumns {
    path: PathBuf,
    fields: Vec<Arc<Field>>,
    batches: Reader,
}

impl ParquetColumns {
    /// Opens a file; a column that cannot be a table's says so, before any row is decoded.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let schema = parquet_file::schema(path).map_err(unreadable)?;
        let fields: Vec<Arc<Field>> = schema.fields().iter().cloned().collect();
        let no_cell = |field: &&Arc<Field>| match field.data_type() {
            DataType::Binary | DataType::FixedSizeBinary(_) => true,
            data_type => data_type.is_nested(),
        };
        if let Some(field) = fields.iter().find(no_cell) {
            return Err(wrong(path, field));
        }
        let mut names = BTreeSet::new();
        if let Some(field) = fields.iter().find(|field| !names.insert(field.name())) {
            let message =
                format!("{}: the column `{}` is there twice", path.display(), field.name());
            return Err(Failure::new("D0205", message).help("rename one of them"));
        }
        let batches = Reader::open(path, rows(fields.len())).map_err(unreadable)?;
        Ok(Self { path: path.to_owned(), fields, batches })
    }
}

impl FileReader for ParquetColumns {
    fn columns(&self) -> Vec<FileColumn> {
        let columns = self.fields.iter().map(|field| FileColumn {
            name: field.name().clone(),
            data_type: Some(wide(field.data_type())),
        });
        columns.collect()
    }

    fn next(&mut self) -> Result<Option<Piece>, Failure> {
        let Some(batch) = self.batches.next() else { return Ok(None) };
        let batch = batch.map_err(unreadable)?;
        let cells = self.fields.iter().zip(batch.columns()).map(|(field, values)| {
            Ok(Cells::Typed(plain(values).ok_or_else(|| wrong(&self.path, field))?))
        });
        let cells = cells.collect::<Result<_, Failure>>()?;
        Ok(Some(Piece { cells, rows: batch.num_rows(), lines: None }))
    }
}

fn unreadable(error: ParquetFileError) -> Failure {
    match &error {
        ParquetFileError::Panicked { .. } => Failure::new("D0214", error.to_string())
            .help("write the file anew, with another program"),
        error if error.is_large() => Failure::new("D0213", error.to_string())
            .help("write it as several smaller files, in a folder"),
        error => Failure::new("D0206", error.to_string())
            .help("write it as Parquet, or leave it out: `exclude` in the source"),
    }
}

fn wrong(path: &Path, field: &Field) -> Failure {
    let (path, name) = (path.display(), field.name());
    let message = format!("{path}: the column `{name}` is `{}`", field.data_type());
    Failure::new("D0207", message).help(
        "a table's columns are numbers, truth values, dates or text; text must be marked as \
         such in the file",
    )
}

/// The values in the type that holds each of them unchanged.
fn plain(values: &ArrayRef) -> Option<ArrayRef> {
    match wide(values.data_type()) {
        found if found == *values.data_type() => Some(Arc::clone(values)),
        wide => cast(values, &wide).ok(),
    }
}

fn wide(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32 => DataType::Int64,
        DataType::Float16 | DataType::Float32 => DataType::Float64,
        // The values are in UTC whatever zone they are shown in.
        DataType::Timestamp(unit, Some(_)) => DataType::Timestamp(*unit, Some("+00:00".into())),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use arrow::array::{
        AsArray, BinaryArray, BooleanArray, Decimal128Array, Float32Array, Float64Array,
        Int64Array, StringArray, UInt8Array, UInt64Array,
    };
    use arrow::datatypes::Float64Type;
    use arrow::record_batch::RecordBatch;

    use super::*;

    fn parquet(columns: Vec<(&str, ArrayRef)>) -> Result<Vec<(String, Cells)>, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.parquet");
        let batch = RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().map(|(name, array)| (name, array, true)),
        );
        parquet_file::write(&path, &batch.unwrap()).unwrap();
        let mut file = ParquetColumns::open(&path)?;
        let names = file.columns().into_iter().map(|column| column.name);
        Ok(names.zip(file.next()?.unwrap().cells).collect())
    }

    #[test]
    fn every_value_comes_through_in_its_type() {
        let columns = parquet(vec![
            ("whole", Arc::new(Int64Array::from(vec![Some(-3), Some(7)]))),
            ("number", Arc::new(Float64Array::from(vec![0.1 + 0.2, f64::NAN]))),
            ("single", Arc::new(Float32Array::from(vec![0.5, 1e-3]))),
            ("byte", Arc::new(UInt8Array::from(vec![0, 255]))),
            ("truth", Arc::new(BooleanArray::from(vec![true, false]))),
            ("code", Arc::new(StringArray::from(vec!["00501", "1"]))),
            ("large", Arc::new(UInt64Array::from(vec![u64::MAX, 0]))),
            (
                "money",
                Arc::new(
                    Decimal128Array::from(vec![1250, -1]).with_precision_and_scale(9, 2).unwrap(),
                ),
            ),
        ])
        .unwrap();
        let told: Vec<String> = columns
            .iter()
            .map(|(name, cells)| {
                let Cells::Typed(values) = cells else { panic!("no typed cells") };
                let cells = (0..2).map(|row| cells.text(row).unwrap_or_default());
                format!("{name}: {} {}", values.data_type(), cells.collect::<Vec<_>>().join(" "))
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        whole: Int64 -3 7
        number: Float64 0.30000000000000004 NaN
        single: Float64 0.5 0.0010000000474974513
        byte: Int64 0 255
        truth: Boolean true false
        code: Utf8 00501 1
        large: UInt64 18446744073709551615 0
        money: Decimal128(9, 2) 12.50 -0.01
        ");
        let Cells::Typed(single) = &columns[2].1 else { panic!("no typed cells") };
        assert_eq!(single.as_primitive::<Float64Type>().value(1), f64::from(1e-3f32));
    }

    #[test]
    fn bytes_are_no_cells() {
        let bytes: ArrayRef = Arc::new(BinaryArray::from(vec![&b"x"[..]]));
        assert_eq!(parquet(vec![("image", bytes)]).unwrap_err().code, "D0207");
    }
}
