//! One Arrow IPC file or stream as columns of the types that it says.
//!
//! A batch may be of any size, so it is taken apart: what its dictionaries and views repeat
//! is written out a piece at a time, whose length is known before.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::compute::kernels::length::length;
use arrow::datatypes::{DataType, Field, Int64Type};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use ingot_protocol::Failure;

use super::arrow_types;
use super::reader::{FileColumn, FileReader, Piece, Room, rows};
use crate::arrow_file::{ArrowFile, ArrowFileError};

/// Most bytes of a row's texts.
const MOST_BYTES: usize = 64 << 20;

/// A file that is read.
pub(super) struct ArrowColumns {
    path: PathBuf,
    fields: Vec<Arc<Field>>,
    file: ArrowFile,
    /// The batch that is taken apart, without the rows that came.
    left: Option<RecordBatch>,
}

impl ArrowColumns {
    /// Opens a file; a column that cannot be a table's says so, before any row is decoded.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let file = ArrowFile::open(path).map_err(unreadable)?;
        let fields = arrow_types::fields(path, file.schema())?;
        Ok(Self { path: path.to_owned(), fields, file, left: None })
    }

    /// How many of the rows that are left make a piece.
    fn piece(&self, left: &RecordBatch) -> Result<usize, Failure> {
        let most = rows(self.fields.len()).min(left.num_rows());
        let bytes = bytes(&left.slice(0, most));
        let bytes = bytes.map_err(|error| self.wrong("D0206", &error.to_string()))?;
        let mut room = Room::default();
        let mut taken = 0;
        for bytes in bytes {
            if bytes > MOST_BYTES {
                let most = MOST_BYTES >> 20;
                return Err(self.wrong("D0212", &format!("a row of more than {most} MiB")));
            }
            room.row(self.fields.len(), bytes);
            taken += 1;
            if room.is_full() {
                break;
            }
        }
        Ok(taken)
    }

    fn wrong(&self, code: &str, message: &str) -> Failure {
        Failure::new(code, format!("{}: {message}", self.path.display()))
            .help("write the file anew, or leave out what is so long")
    }
}

impl FileReader for ArrowColumns {
    fn columns(&self) -> Vec<FileColumn> {
        arrow_types::columns(&self.fields)
    }

    fn next(&mut self) -> Result<Option<Piece>, Failure> {
        let left = loop {
            match self.left.take().filter(|left| left.num_rows() > 0) {
                Some(left) => break left,
                None => match self.file.next().map_err(unreadable)? {
                    Some(batch) => self.left = Some(batch),
                    None => return Ok(None),
                },
            }
        };
        let rows = self.piece(&left)?;
        let piece = left.slice(0, rows);
        self.left = Some(left.slice(rows, left.num_rows() - rows));
        let cells = arrow_types::cells(&self.path, &self.fields, piece.columns())?;
        Ok(Some(Piece { cells, rows, lines: None }))
    }
}

/// How many bytes the texts of each row have, once they are written out.
fn bytes(rows: &RecordBatch) -> Result<Vec<usize>, ArrowError> {
    let mut bytes = vec![0usize; rows.num_rows()]; // (rows)
    for column in rows.columns().iter().filter(|column| is_text(column.data_type())) {
        let lengths: ArrayRef = cast(&length(column)?, &DataType::Int64)?;
        for (bytes, length) in bytes.iter_mut().zip(lengths.as_primitive::<Int64Type>()) {
            let length = length.and_then(|length| usize::try_from(length).ok());
            *bytes = bytes.saturating_add(length.unwrap_or_default());
        }
    }
    Ok(bytes)
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

fn unreadable(error: ArrowFileError) -> Failure {
    match &error {
        ArrowFileError::Panicked { .. } => Failure::new("D0214", error.to_string())
            .help("write the file anew, with another program"),
        error if error.is_large() => Failure::new("D0213", error.to_string())
            .help("write it in smaller batches: `max_chunksize` of pyarrow's `write_table`"),
        error => Failure::new("D0206", error.to_string())
            .help("write it as Arrow, or leave it out: `exclude` in the source"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use arrow::array::{DictionaryArray, Int16Array, Int32Array, StringArray};
    use arrow::datatypes::Int32Type;
    use arrow::ipc::writer::FileWriter;

    use super::*;

    fn opened(columns: Vec<(&str, ArrayRef)>) -> Result<ArrowColumns, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.arrow");
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let file = std::fs::File::create(&path).unwrap();
        let mut writer = FileWriter::try_new(file, &batch.schema()).unwrap();
        writer.write(&batch).unwrap();
        writer.finish().unwrap();
        ArrowColumns::open(&path)
    }

    #[test]
    fn a_text_that_a_dictionary_repeats_is_written_out_a_piece_at_a_time() {
        let text = "x".repeat(1 << 20);
        let texts = StringArray::from(vec![text.as_str(), "short"]);
        let keys = Int32Array::from_iter_values((0..100).map(|row| i32::from(row % 2 == 1)));
        let column = DictionaryArray::<Int32Type>::new(keys, Arc::new(texts));
        let mut file = opened(vec![("t", Arc::new(column))]).unwrap();
        let pieces: Vec<Piece> = std::iter::from_fn(|| file.next().unwrap()).collect();
        let rows: Vec<usize> = pieces.iter().map(|piece| piece.rows).collect();
        assert_eq!(rows, [31, 32, 32, 5]);
        assert_eq!(pieces[1].cells[0].text(0).unwrap(), "short");
    }

    #[test]
    fn dictionaries_are_what_their_keys_stand_for() {
        let keys = Int32Array::from(vec![Some(1), None, Some(0)]);
        let numbers =
            DictionaryArray::<Int32Type>::new(keys.clone(), Arc::new(Int16Array::from(vec![7, 9])));
        let bytes = arrow::array::BinaryArray::from_vec(vec![b"a", b"b"]);
        let bytes = DictionaryArray::<Int32Type>::new(keys, Arc::new(bytes));
        let mut file = opened(vec![("n", Arc::new(numbers))]).unwrap();
        let cells = &file.next().unwrap().unwrap().cells[0];
        assert_eq!(
            [0, 1, 2].map(|row| cells.text(row)),
            [Some("9".into()), None, Some("7".into())]
        );
        assert_eq!(opened(vec![("b", Arc::new(bytes))]).err().unwrap().code, "D0207");
    }
}
