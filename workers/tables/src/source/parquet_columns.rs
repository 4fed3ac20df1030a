//! One Parquet file as columns of the types that it says.
//!
//! Whole numbers of any width that `int64` holds become that, floats of any width
//! `float64`; text and truth values are themselves. Other types (`uint64`, decimals,
//! dates, times) come through unchanged: what becomes of them is the contract's business.

use std::path::Path;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field};
use ingot_protocol::Failure;

use super::Cells;
use super::table::SourceColumn;
use crate::parquet_file::{self, ParquetFileError};

/// Reads a file; a column that cannot be a table's says so.
pub(super) fn read(path: &Path) -> Result<(Vec<SourceColumn>, usize), Failure> {
    let unreadable = |error: ParquetFileError| match &error {
        ParquetFileError::Panicked { .. } => Failure::new("D0214", error.to_string())
            .help("write the file anew, with another program"),
        error if error.is_large() => Failure::new("D0213", error.to_string())
            .help("write it as several smaller files, in a folder"),
        error => Failure::new("D0206", error.to_string())
            .help("write it as Parquet, or leave it out: `exclude` in the source"),
    };
    let wrong = |field: &Field| {
        let (path, name) = (path.display(), field.name());
        let message = format!("{path}: the column `{name}` is `{}`", field.data_type());
        Failure::new("D0207", message).help(
            "a table's columns are numbers, truth values, dates or text; text must be marked as \
             such in the file",
        )
    };
    // Told before any row is decoded.
    let schema = parquet_file::schema(path).map_err(unreadable)?;
    let no_cell = |field: &&Arc<Field>| match field.data_type() {
        DataType::Binary | DataType::FixedSizeBinary(_) => true,
        data_type => data_type.is_nested(),
    };
    if let Some(field) = schema.fields().iter().find(no_cell) {
        return Err(wrong(field));
    }
    let mut names = std::collections::BTreeSet::new();
    if let Some(field) = schema.fields().iter().find(|field| !names.insert(field.name())) {
        let message = format!("{}: the column `{}` is there twice", path.display(), field.name());
        return Err(Failure::new("D0205", message).help("rename one of them"));
    }
    let batch = parquet_file::read(path).map_err(unreadable)?;
    let columns = schema.fields().iter().zip(batch.columns()).map(|(field, values)| {
        let cells = Cells::Typed(plain(values).ok_or_else(|| wrong(field))?);
        Ok(SourceColumn { name: field.name().clone(), cells })
    });
    Ok((columns.collect::<Result<_, Failure>>()?, batch.num_rows()))
}

/// The values in the type that holds each of them unchanged.
fn plain(values: &ArrayRef) -> Option<ArrayRef> {
    let wide = match values.data_type() {
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32 => DataType::Int64,
        DataType::Float16 | DataType::Float32 => DataType::Float64,
        // The values are in UTC whatever zone they are shown in.
        DataType::Timestamp(unit, Some(_)) => DataType::Timestamp(*unit, Some("+00:00".into())),
        _ => return Some(Arc::clone(values)),
    };
    cast(values, &wide).ok()
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

    fn parquet(columns: Vec<(&str, ArrayRef)>) -> Result<Vec<SourceColumn>, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.parquet");
        let batch = RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().map(|(name, array)| (name, array, true)),
        );
        parquet_file::write(&path, &batch.unwrap()).unwrap();
        read(&path).map(|(columns, _)| columns)
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
            .map(|SourceColumn { name, cells }| {
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
        let Cells::Typed(single) = &columns[2].cells else { panic!("no typed cells") };
        assert_eq!(single.as_primitive::<Float64Type>().value(1), f64::from(1e-3f32));
    }

    #[test]
    fn bytes_are_no_cells() {
        let bytes: ArrayRef = Arc::new(BinaryArray::from(vec![&b"x"[..]]));
        assert_eq!(parquet(vec![("image", bytes)]).unwrap_err().code, "D0207");
    }
}
