//! Row keys: 16 bytes that name a row by what it holds, wherever it stands.
//!
//! Invariant: a key depends on the row's values and on how many equal rows stand before it
//! in its split, and on nothing else: no file, line, time or order of columns. So a row
//! that is put in, taken out or changed moves one key. `docs/formats.md` says which bytes
//! are hashed. What it does not do: a kind that makes rows out of rows says which keys they
//! have; here are those of rows that have none.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeBinaryArray};
use arrow::buffer::Buffer;
use arrow::compute::cast;
use arrow::datatypes::{
    DataType as ArrowType, Date32Type, Field, Float64Type, Int64Type, TimeUnit,
    TimestampMicrosecondType,
};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;

use super::row_parents::ROW_PARENTS;
use super::{Role, Schema};

/// The column of the keys, behind those of the schema.
pub const ROW_KEY: &str = "row_key";
/// Names that no column of a schema may have.
pub const RESERVED: [&str; 2] = [ROW_KEY, ROW_PARENTS];
/// Bytes of a key.
pub const BYTES: usize = 16;

/// What BLAKE3 derives the key of the hash from.
const CONTEXT: &str = "ingot 2026 row key v1";
/// The same for groups of rows.
const GROUPS: &str = "ingot 2026 group key v1";

/// The keys of one split's rows, given one batch behind the other.
#[derive(Debug, Clone)]
pub struct RowKeys {
    /// The columns that name a row, sorted.
    columns: BTreeSet<String>,
    secret: [u8; 32],
    /// How many rows had the key of the first of its equals, where they are counted.
    equals: Option<HashMap<[u8; BYTES], u64>>,
}

impl RowKeys {
    /// Keys over the columns of the role `id`; where there is none, over every column that
    /// is not `personal`.
    pub fn of(schema: &Schema) -> Self {
        let named = |wanted: &dyn Fn(Role) -> bool| -> BTreeSet<String> {
            let columns = schema.columns.iter().filter(|column| wanted(column.role));
            columns.map(|column| column.name.clone()).collect()
        };
        let mut columns = named(&|role| role == Role::Id);
        if columns.is_empty() {
            columns = named(&|role| role != Role::Personal);
        }
        let secret = blake3::derive_key(CONTEXT, b"");
        Self { columns, secret, equals: Some(HashMap::new()) }
    }

    /// What equal rows share: keys over every column that is not `personal` and names no
    /// row, of which equal rows have one.
    pub fn of_values(schema: &Schema) -> Self {
        let columns = schema.columns.iter();
        let columns = columns.filter(|column| !matches!(column.role, Role::Personal | Role::Id));
        let columns: BTreeSet<String> = columns.map(|column| column.name.clone()).collect();
        // Where names are all there is, no row equals another.
        if columns.is_empty() {
            return Self::of(schema);
        }
        Self { columns, secret: blake3::derive_key(CONTEXT, b""), equals: None }
    }

    /// The columns that name a row, sorted.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(String::as_str)
    }

    /// Whether both are over the same columns.
    pub fn is_over(&self, other: &Self) -> bool {
        self.columns == other.columns
    }

    /// The keys of the next rows; each of the columns is there or counts as missing.
    pub fn next(&mut self, rows: &RecordBatch) -> Result<FixedSizeBinaryArray, ArrowError> {
        self.next_of(rows, &|_| true)
    }

    /// The same where it is known of some rows that no other one of the split equals them.
    /// They are not counted, so that what is held grows with the others alone.
    pub fn next_of(
        &mut self,
        rows: &RecordBatch,
        may_repeat: &dyn Fn(usize) -> bool,
    ) -> Result<FixedSizeBinaryArray, ArrowError> {
        let arrays = by_name(rows);
        let columns: Vec<(&String, Option<&ArrayRef>)> =
            self.columns.iter().map(|name| (name, arrays.get(name.as_str()).copied())).collect();
        let mut keys: Vec<u8> = Vec::with_capacity(rows.num_rows() * BYTES);
        let mut bytes = Vec::new();
        for row in 0..rows.num_rows() {
            bytes.clear();
            for (name, array) in &columns {
                text(&mut bytes, name.as_bytes());
                match array {
                    Some(array) => value(&mut bytes, array, row)?,
                    None => bytes.push(MISSING),
                }
            }
            let first = number(&self.secret, &bytes, 0);
            let equals = self.equals.as_mut().filter(|_| may_repeat(row));
            let before = equals.map_or(0, |equals| {
                let count = equals.entry(first).or_insert(0);
                *count += 1;
                *count - 1
            });
            match before {
                0 => keys.extend(first),
                before => keys.extend(number(&self.secret, &bytes, before)),
            }
        }
        FixedSizeBinaryArray::try_new(BYTES as i32, Buffer::from_vec(keys), None)
    }
}

/// The columns of rows by their names; of wide rows the library's search takes long.
pub fn by_name(rows: &RecordBatch) -> HashMap<&str, &ArrayRef> {
    let names = rows.schema_ref().fields().iter().map(|field| field.name().as_str());
    names.zip(rows.columns()).collect()
}

/// What a row is called in its dataset.
pub type RowKey = [u8; BYTES];

/// A key as findings and SQL show it.
pub fn hex(key: &RowKey) -> String {
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Keys as a column.
pub fn array(keys: &[RowKey]) -> Result<FixedSizeBinaryArray, ArrowError> {
    FixedSizeBinaryArray::try_new(BYTES as i32, Buffer::from_vec(keys.concat()), None)
}

/// The field of the keys in a split's files.
pub fn field() -> Field {
    Field::new(ROW_KEY, ArrowType::FixedSizeBinary(BYTES as i32), false)
}

/// The keys that rows have, where each has one: 16 bytes, of a fixed or any other length.
pub fn read(rows: &RecordBatch) -> Option<ArrayRef> {
    let array = rows.column_by_name(ROW_KEY)?;
    let keys = cast(array, field().data_type()).ok()?;
    (keys.null_count() == 0).then_some(keys)
}

/// The same as values.
pub fn values(rows: &RecordBatch) -> Option<Vec<RowKey>> {
    let keys = read(rows)?;
    let keys = keys.as_fixed_size_binary_opt()?;
    keys.iter().map(|key| RowKey::try_from(key?).ok()).collect()
}

/// The rows with their keys as the last column.
pub fn with_keys(rows: &RecordBatch, keys: ArrayRef) -> Result<RecordBatch, ArrowError> {
    let mut fields: Vec<Arc<Field>> = rows.schema().fields().iter().cloned().collect();
    fields.push(Arc::new(field()));
    let columns = rows.columns().iter().cloned().chain([keys]).collect();
    RecordBatch::try_new(Arc::new(arrow::datatypes::Schema::new(fields)), columns)
}

/// The key of a row that is made of another one: `purpose` says what makes it, and `index`
/// which of several it is.
pub fn derived(parent: &[u8], purpose: &str, index: u64) -> [u8; BYTES] {
    let mut bytes = Vec::with_capacity(parent.len() + purpose.len() + 16);
    text(&mut bytes, purpose.as_bytes());
    text(&mut bytes, parent);
    number(&blake3::derive_key(CONTEXT, b""), &bytes, index)
}

/// The keys of groups of rows: over the values that name each group, a column each, and over
/// how many groups with the same values stand before it, where anything is known of that.
pub fn of_groups(
    values: &[ArrayRef],
    before: Option<&[u64]>,
    groups: usize,
) -> Result<FixedSizeBinaryArray, ArrowError> {
    let secret = blake3::derive_key(GROUPS, b"");
    let mut keys: Vec<u8> = Vec::with_capacity(groups * BYTES);
    let mut bytes = Vec::new();
    for group in 0..groups {
        bytes.clear();
        for array in values {
            value(&mut bytes, array, group)?;
        }
        let before = before.and_then(|before| before.get(group)).copied().unwrap_or(0);
        keys.extend(number(&secret, &bytes, before));
    }
    FixedSizeBinaryArray::try_new(BYTES as i32, Buffer::from_vec(keys), None)
}

const MISSING: u8 = 0;
const WHOLE: u8 = 1;
const FLOAT: u8 = 2;
const TRUTH: u8 = 3;
const TEXT: u8 = 4;
const BINARY: u8 = 5;
const DATE: u8 = 6;
const TIMESTAMP: u8 = 7;

fn value(bytes: &mut Vec<u8>, array: &ArrayRef, row: usize) -> Result<(), ArrowError> {
    if array.is_null(row) {
        bytes.push(MISSING);
        return Ok(());
    }
    match array.data_type() {
        ArrowType::Int64 => {
            bytes.push(WHOLE);
            bytes.extend(array.as_primitive::<Int64Type>().value(row).to_le_bytes());
        }
        ArrowType::Float64 => {
            let float = array.as_primitive::<Float64Type>().value(row);
            // Equal numbers are equal, and there is one that is none.
            let float = if float.is_nan() { f64::NAN } else { float + 0.0 };
            bytes.push(FLOAT);
            bytes.extend(float.to_bits().to_le_bytes());
        }
        ArrowType::Boolean => bytes.extend([TRUTH, u8::from(array.as_boolean().value(row))]),
        ArrowType::Utf8 => {
            bytes.push(TEXT);
            text(bytes, array.as_string::<i32>().value(row).as_bytes());
        }
        ArrowType::Binary => {
            bytes.push(BINARY);
            text(bytes, array.as_binary::<i32>().value(row));
        }
        ArrowType::Date32 => {
            bytes.push(DATE);
            bytes.extend(array.as_primitive::<Date32Type>().value(row).to_le_bytes());
        }
        ArrowType::Timestamp(TimeUnit::Microsecond, _) => {
            bytes.push(TIMESTAMP);
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            bytes.extend(micros.to_le_bytes());
        }
        other => {
            let what = format!("a row key over values of the type {other}");
            return Err(ArrowError::NotYetImplemented(what));
        }
    }
    Ok(())
}

/// Bytes behind their number.
fn text(bytes: &mut Vec<u8>, text: &[u8]) {
    bytes.extend((text.len() as u64).to_le_bytes());
    bytes.extend(text);
}

fn number(secret: &[u8; 32], bytes: &[u8], count: u64) -> [u8; BYTES] {
    let mut hasher = blake3::Hasher::new_keyed(secret);
    hasher.update(bytes).update(&count.to_le_bytes());
    let mut key = [0; BYTES];
    hasher.finalize_xof().fill(&mut key);
    key
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use arrow::array::{Float64Array, Int64Array, StringArray};

    use super::*;
    use crate::dataset::{Column, DataType, Modality, SCHEMA_VERSION};

    fn schema(roles: [Role; 3]) -> Schema {
        let types = [DataType::Int64, DataType::Float64, DataType::Utf8];
        let columns = ["a", "b", "c"].into_iter().zip(types).zip(roles);
        let columns = columns.map(|((name, data_type), role)| Column {
            name: name.to_owned(),
            data_type,
            role,
            nullable: true,
            classes: None,
        });
        Schema {
            version: SCHEMA_VERSION,
            modality: Modality::Table,
            image: None,
            columns: columns.collect(),
            fitted: Vec::new(),
        }
    }

    fn rows(rows: &[(i64, f64, &str)]) -> RecordBatch {
        let whole = Int64Array::from_iter_values(rows.iter().map(|row| row.0));
        let float = Float64Array::from_iter_values(rows.iter().map(|row| row.1));
        let text = StringArray::from_iter_values(rows.iter().map(|row| row.2));
        RecordBatch::try_from_iter([
            ("c", Arc::new(text) as ArrayRef),
            ("a", Arc::new(whole)),
            ("b", Arc::new(float)),
        ])
        .unwrap()
    }

    fn keys(roles: [Role; 3], batches: &[&[(i64, f64, &str)]]) -> Vec<String> {
        let mut keys = RowKeys::of(&schema(roles));
        let mut all = Vec::new();
        for batch in batches {
            let array = keys.next(&rows(batch)).unwrap();
            all.extend(array.iter().flatten().map(|key| {
                key.iter().take(4).map(|byte| format!("{byte:02x}")).collect::<String>()
            }));
        }
        all
    }

    const FEATURES: [Role; 3] = [Role::Feature; 3];

    #[test]
    fn equal_rows_are_counted_and_nothing_else_is() {
        let one = keys(FEATURES, &[&[(1, 0.5, "x"), (2, 0.5, "x"), (1, 0.5, "x")]]);
        let parted = keys(FEATURES, &[&[(1, 0.5, "x")], &[(2, 0.5, "x"), (1, 0.5, "x")]]);
        assert_eq!(one, parted);
        assert_ne!(one[0], one[2]);
        let inserted = keys(FEATURES, &[&[(1, 0.5, "x"), (9, 0.0, ""), (2, 0.5, "x")]]);
        assert_eq!([&inserted[0], &inserted[2]], [&one[0], &one[1]]);
        assert_eq!(keys(FEATURES, &[&[(1, -0.0, "x")]]), keys(FEATURES, &[&[(1, 0.0, "x")]]));
        insta::assert_snapshot!(one.join(" "), @"e7167ef1 0937676c 2cf20364");
    }

    #[test]
    fn an_id_names_the_row_and_what_is_personal_does_not() {
        let id = [Role::Id, Role::Feature, Role::Feature];
        assert_eq!(keys(id, &[&[(1, 0.5, "x")]]), keys(id, &[&[(1, 7.0, "y")]]));
        let personal = [Role::Feature, Role::Feature, Role::Personal];
        assert_eq!(keys(personal, &[&[(1, 0.5, "x")]]), keys(personal, &[&[(1, 0.5, "y")]]));
        assert_ne!(keys(FEATURES, &[&[(1, 0.5, "x")]]), keys(FEATURES, &[&[(1, 0.5, "y")]]));
    }
}
