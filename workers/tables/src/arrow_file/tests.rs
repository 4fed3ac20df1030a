#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, DictionaryArray, Int64Array, NullArray, StringArray, StringViewArray,
};
use arrow::datatypes::Int8Type;
use arrow::ipc::CompressionType;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use proptest::prelude::*;

use super::*;

fn batch(rows: i64) -> RecordBatch {
    let texts: Vec<String> = (0..rows).map(|row| format!("text {row}")).collect();
    let few: DictionaryArray<Int8Type> = (0..rows)
        .map(|row| (row % 3 > 0).then_some(if row % 2 == 0 { "a" } else { "b" }))
        .collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("n", Arc::new((0..rows).map(|row| (row % 5 > 0).then_some(row)).collect::<Int64Array>())),
        ("t", Arc::new(StringArray::from(texts.clone()))),
        ("v", Arc::new(StringViewArray::from_iter_values(&texts))),
        ("d", Arc::new(few)),
        ("z", Arc::new(NullArray::new(rows as usize))),
    ];
    RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, values)| (name, values, true)),
    )
    .unwrap()
}

/// What a writer makes of two batches: as a file, and as a stream.
fn written(codec: Option<CompressionType>) -> [Vec<u8>; 2] {
    let batch = batch(40);
    let options = IpcWriteOptions::default().try_with_compression(codec).unwrap();
    let mut file =
        FileWriter::try_new_with_options(Vec::new(), &batch.schema(), options.clone()).unwrap();
    let mut stream =
        StreamWriter::try_new_with_options(Vec::new(), &batch.schema(), options).unwrap();
    for part in [batch.slice(0, 30), batch.slice(30, 10)] {
        file.write(&part).unwrap();
        stream.write(&part).unwrap();
    }
    [file.into_inner().unwrap(), stream.into_inner().unwrap()]
}

fn every() -> Vec<Vec<u8>> {
    let codecs = [None, Some(CompressionType::LZ4_FRAME), Some(CompressionType::ZSTD)];
    codecs.into_iter().flat_map(written).collect()
}

fn rows(bytes: &[u8]) -> Result<Vec<RecordBatch>, ArrowFileError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.arrow");
    std::fs::write(&path, bytes).unwrap();
    let mut file = ArrowFile::open(&path)?;
    std::iter::from_fn(|| file.next().transpose()).collect()
}

#[test]
fn files_and_streams_come_through_in_every_codec() {
    for bytes in every() {
        let found = rows(&bytes).unwrap();
        let lengths: Vec<usize> = found.iter().map(RecordBatch::num_rows).collect();
        assert_eq!(lengths, [30, 10]);
        for (found, wanted) in found.iter().zip([batch(40).slice(0, 30), batch(40).slice(30, 10)]) {
            for (found, wanted) in found.columns().iter().zip(wanted.columns()) {
                assert_eq!(found.to_data(), wanted.to_data());
            }
        }
    }
}

#[test]
fn what_is_cut_off_is_refused() {
    for bytes in every() {
        for length in (0..bytes.len()).rev().step_by(7) {
            assert!(rows(&bytes[..length]).is_err(), "the first {length} bytes");
        }
    }
    let [_, stream] = written(None);
    assert!(rows(&[stream, b"more".to_vec()].concat()).is_err());
}

#[test]
fn a_size_is_looked_at_before_room_is_taken() {
    for codec in [CompressionType::LZ4_FRAME, CompressionType::ZSTD] {
        let column: ArrayRef = Arc::new(Int64Array::from(vec![7; 100_000]));
        let batch = RecordBatch::try_from_iter([("n", column)]).unwrap();
        let options = IpcWriteOptions::default().try_with_compression(Some(codec)).unwrap();
        let mut file =
            FileWriter::try_new_with_options(Vec::new(), &batch.schema(), options).unwrap();
        file.write(&batch).unwrap();
        let mut bytes = file.into_inner().unwrap();
        let said = 800_000u64.to_le_bytes();
        let at = bytes.windows(8).position(|window| window == said).unwrap();
        bytes[at..at + 8].copy_from_slice(&(1u64 << 40).to_le_bytes());
        assert!(rows(&bytes).unwrap_err().is_large());
    }
}

proptest! {
    /// Bytes that changed are read as other rows or refused; nothing panics.
    #[test]
    fn a_byte_that_changed_stops_nothing(
        which in 0usize..6, at in any::<prop::sample::Index>(), mask in 1u8..,
    ) {
        let mut bytes = every().swap_remove(which);
        let at = at.index(bytes.len());
        bytes[at] ^= mask;
        let _ = rows(&bytes);
    }
}
