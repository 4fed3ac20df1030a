//! [`Origin`]: where each row came from, beside the dataset and never in it.
//!
//! On disk: the output `origin`, one Parquet file: `split`, `row_key`, `file` (below the
//! source's folder; null where the source is one file), `line` (from 1; null where the file
//! has none) and `row` of the file (from 0). It is written for people who look at a row; no
//! kind reads it, so that a line that moves makes nothing run.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use ingot_protocol::Failure;
use ingot_tables::dataset::{DatasetError, row_key};
use ingot_tables::parquet_file::{self, ParquetFileError};
use ingot_tables::source::{Place, Places};

/// The file that is being written.
pub(super) struct Origin {
    file: parquet_file::Writer,
    schema: Arc<Schema>,
}

impl Origin {
    /// Begins the file.
    pub(super) fn create(path: &Path) -> Result<Self, Failure> {
        let schema = Arc::new(Schema::new(vec![
            Field::new("split", DataType::Utf8, false),
            row_key::field(),
            Field::new("file", DataType::Utf8, true),
            Field::new("line", DataType::UInt64, true),
            Field::new("row", DataType::UInt64, false),
        ]));
        let file = parquet_file::Writer::create(path, Arc::clone(&schema)).map_err(refused)?;
        Ok(Self { file, schema })
    }

    /// Rows of a split, which stand at these places.
    pub(super) fn write(
        &mut self,
        split: &str,
        rows: &RecordBatch,
        places: &Places,
    ) -> Result<(), Failure> {
        let found: Vec<Option<Place>> = (0..rows.num_rows()).map(|row| places.place(row)).collect();
        let of = |place: &Option<Place>, number: fn(&Place) -> Option<u64>| {
            place.as_ref().and_then(number)
        };
        let files =
            found.iter().map(|place| Some(place.as_ref()?.file.as_ref()?.display().to_string()));
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(std::iter::repeat_n(split, rows.num_rows()))),
            row_key::read(rows).ok_or_else(|| Failure::new("D0312", "the rows have no keys"))?,
            Arc::new(files.collect::<StringArray>()),
            Arc::new(found.iter().map(|place| of(place, |p| p.line)).collect::<UInt64Array>()),
            Arc::new(UInt64Array::from_iter_values(
                found.iter().map(|place| of(place, |p| Some(p.row)).unwrap_or_default()),
            )),
        ];
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns)
            .map_err(|error| Failure::new("D0312", error.to_string()))?;
        self.file.write(&batch).map_err(refused)
    }

    /// Makes the file whole.
    pub(super) fn finish(self) -> Result<(), Failure> {
        self.file.finish().map_err(refused)
    }
}

fn refused(error: ParquetFileError) -> Failure {
    DatasetError::from(error).into()
}
