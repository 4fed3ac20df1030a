//! One Parquet file as columns of the types that it says.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::Field;
use ingot_protocol::Failure;

use super::arrow_types;
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
        let fields = arrow_types::fields(path, &schema)?;
        let batches = Reader::open(path, rows(fields.len())).map_err(unreadable)?;
        Ok(Self { path: path.to_owned(), fields, batches })
    }
}

impl FileReader for ParquetColumns {
    fn columns(&self) -> Vec<FileColumn> {
        arrow_types::columns(&self.fields)
    }

    fn next(&mut self) -> Result<Option<Piece>, Failure> {
        let Some(batch) = self.batches.next() else { return Ok(None) };
        let batch = batch.map_err(unreadable)?;
        let cells = arrow_types::cells(&self.path, &self.fields, batch.columns())?;
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use arrow::array::{
        ArrayRef, AsArray, BinaryArray, BooleanArray, Decimal128Array, Float32Array, Float64Array,
        Int64Array, StringArray, UInt8Array, UInt64Array,
    };
    use arrow::datatypes::Float64Type;
    use arrow::record_batch::RecordBatch;

    use super::*;
    use crate::source::Cells;

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
