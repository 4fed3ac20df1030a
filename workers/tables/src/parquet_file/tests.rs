use std::fs;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Float64Array, Int64Array, ListArray, StringArray,
};
use arrow::datatypes::Float64Type;
use proptest::prelude::*;

use super::*;

/// Columns of every sort that is written: with and without nulls, with few and with
/// many different values, so that pages with and without dictionary are there.
fn table(rows: usize, seed: u64) -> RecordBatch {
    let draw = |row: usize, column: u64| {
        let mixed = (row as u64 ^ seed).wrapping_add(column).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ (mixed >> 29)
    };
    let present = |row: usize, column: u64| draw(row, column) % 5 != 0;
    let rows = || 0..rows;
    let lists = rows().map(|row| Some(vec![Some(draw(row, 1) as f64), Some(0.5)]));
    RecordBatch::try_from_iter_with_nullable([
        ("row", Arc::new(rows().map(|row| row as i64).collect::<Int64Array>()) as ArrayRef, false),
        (
            "few",
            Arc::new(
                rows()
                    .map(|row| present(row, 2).then(|| format!("class {}", draw(row, 3) % 4)))
                    .collect::<StringArray>(),
            ),
            true,
        ),
        (
            "many",
            Arc::new(
                rows()
                    .map(|row| present(row, 4).then(|| draw(row, 5).to_le_bytes()))
                    .collect::<BinaryArray>(),
            ),
            true,
        ),
        (
            "number",
            Arc::new(
                rows()
                    .map(|row| present(row, 6).then(|| draw(row, 7) as f64 / 3.0))
                    .collect::<Float64Array>(),
            ),
            true,
        ),
        (
            "truth",
            Arc::new(rows().map(|row| Some(present(row, 8))).collect::<BooleanArray>()),
            true,
        ),
        ("list", Arc::new(ListArray::from_iter_primitive::<Float64Type, _, _>(lists)), false),
    ])
    .unwrap()
}

/// The bytes that the library itself gives for one batch.
fn at_once(batch: &RecordBatch) -> Vec<u8> {
    let options = ArrowWriterOptions::new()
        .with_properties(properties(ROW_GROUP_ROWS))
        .with_skip_arrow_metadata(true);
    let mut writer =
        ArrowWriter::try_new_with_options(Vec::new(), batch.schema(), options).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 8, ..Default::default() })]
    #[test]
    fn how_rows_are_dealt_out_to_batches_leaves_no_trace(
        rows in 0usize..150_000,
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..40),
        seed: u64,
        asked in 1usize..100_000,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
        let batch = table(rows, seed);
        write(&whole, &batch).unwrap();

        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(rows + 1)).collect();
        cuts.extend([0, rows]);
        cuts.sort_unstable();
        let mut writer = Writer::create(&parts, batch.schema()).unwrap();
        for pair in cuts.windows(2) {
            writer.write(&batch.slice(pair[0], pair[1] - pair[0])).unwrap();
        }
        writer.finish().unwrap();
        let bytes = fs::read(&whole).unwrap();
        prop_assert!(bytes == at_once(&batch), "one batch, as the library writes it");
        prop_assert!(bytes == fs::read(&parts).unwrap(), "many batches");

        let reader = Reader::open(&parts, asked).unwrap();
        let schema = reader.schema().clone();
        let batches: Vec<RecordBatch> = reader.collect::<Result<_, _>>().unwrap();
        prop_assert!(batches.iter().rev().skip(1).all(|batch| batch.num_rows() == asked));
        prop_assert!(concat_batches(&schema, &batches).unwrap() == read(&whole).unwrap());
        prop_assert!(read(&whole).unwrap().columns() == batch.columns());
    }
}

#[test]
fn single_rows_and_row_groups_to_the_row_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    for rows in [0, 1, ROW_GROUP_ROWS, ROW_GROUP_ROWS + 1, 2 * ROW_GROUP_ROWS] {
        let batch = table(rows, 3);
        let mut writer = Writer::create(&path, batch.schema()).unwrap();
        let (single, rest) = (rows.min(300), rows.saturating_sub(300));
        (0..single).for_each(|row| writer.write(&batch.slice(row, 1)).unwrap());
        writer.write(&batch.slice(single, rest)).unwrap();
        writer.finish().unwrap();
        assert!(fs::read(&path).unwrap() == at_once(&batch), "{rows} rows");
    }
}

#[test]
fn rows_of_another_table_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    let one = table(3, 1);
    let mut writer = Writer::create(&path, one.schema()).unwrap();
    for other in [one.project(&[0, 1]).unwrap(), one.project(&[1, 0, 2, 3, 4, 5]).unwrap()] {
        assert!(matches!(writer.write(&other), Err(ParquetFileError::Parquet { .. })));
    }
    let absent: ArrayRef = Arc::new(Int64Array::from(vec![None, Some(1), None]));
    let mut columns = one.columns().to_vec();
    columns[0] = absent;
    let fields = one
        .schema()
        .fields()
        .iter()
        .map(|field| field.as_ref().clone().with_nullable(true))
        .collect::<Vec<_>>();
    let nulls = RecordBatch::try_new(Arc::new(arrow::datatypes::Schema::new(fields)), columns);
    assert!(writer.write(&nulls.unwrap()).is_err(), "nulls where there are none");
    writer.write(&one).unwrap();
    writer.finish().unwrap();
    assert_eq!(read(&path).unwrap().columns(), one.columns());
}

#[test]
fn a_table_without_columns_can_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    let batch = table(70_000, 1).project(&[]).unwrap();
    write(&path, &batch).unwrap();
    assert!(fs::read(&path).unwrap() == at_once(&batch));
    assert_eq!(read(&path).unwrap().num_columns(), 0);
}

/// A file whose footer has these columns: the length of a name, the number of children.
fn columns(columns: &[(usize, u32)]) -> Vec<u8> {
    let number = |mut value: u64| {
        let mut bytes = Vec::new();
        while value > 127 {
            bytes.push(value as u8 | 128);
            value >>= 7;
        }
        bytes.push(value as u8);
        bytes
    };
    let mut footer = vec![0x15, 2, 0x19, 0xfc];
    footer.extend(number(columns.len() as u64));
    for (name, children) in columns {
        footer.push(0x48);
        footer.extend(number(*name as u64));
        footer.extend(vec![b'x'; *name]);
        footer.push(0x15);
        footer.extend(number(u64::from(*children) * 2));
        footer.push(0);
    }
    footer.push(0);
    let length = footer.len() as u32;
    [b"PAR1".as_slice(), &footer, &length.to_le_bytes(), b"PAR1"].concat()
}

#[test]
fn columns_that_cannot_be_are_refused_before_the_decoder_sees_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    let wide: Vec<(usize, u32)> =
        [(0, 1), (100_000, 1000)].into_iter().chain(vec![(1, 0); 1000]).collect();
    for (schema, expected) in [
        (vec![(1, 1); 100_000], "its columns are nested deeper than 32"),
        (vec![(1, 1 << 30), (1, 0)], "a group of more columns than there are"),
        (vec![(1, 2), (1, 0)], "a group of more columns than there are"),
        (vec![(1, 0), (1, 0)], "columns outside of the schema"),
        (vec![(1, 0); 200_001], "it has more than 200000 columns"),
        (wide, "its columns' names are longer than 64 MiB together"),
        (vec![], "its schema is empty"),
    ] {
        fs::write(&path, columns(&schema)).unwrap();
        let error = rows(&path).unwrap_err().to_string();
        assert!(error.ends_with(expected), "{error}");
    }
}

#[test]
fn row_groups_may_be_smaller() {
    let folder = tempfile::tempdir().unwrap();
    let rows = table(10, 5);
    let written = |name: &str, parts: &[(usize, usize)]| {
        let path = folder.path().join(name);
        let mut writer = Writer::create_grouped(&path, rows.schema(), 4).unwrap();
        parts.iter().for_each(|(at, rows_of)| writer.write(&rows.slice(*at, *rows_of)).unwrap());
        writer.finish().unwrap();
        let groups = metadata(&path).unwrap().1.metadata().num_row_groups();
        (groups, fs::read(path).unwrap())
    };
    let whole = written("whole", &[(0, 10)]);
    assert_eq!(whole.0, 3);
    assert_eq!(written("parts", &[(0, 1), (1, 6), (7, 3)]), whole);
}
