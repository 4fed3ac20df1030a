//! Row parents: the keys of the rows that a row was made of.
//!
//! On disk: the column `row_parents` behind `row_key`, in the files of splits that have rows
//! which were made and not read. A list of keys a row; null of a row that was read. Invariant:
//! parents are rows that were read, however often a copy was copied, each once and sorted, so
//! that they name what stands in `origin`. What it does not do: a row of a SELECT has none.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, ListArray, new_null_array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::cast;
use arrow::datatypes::{DataType as ArrowType, Field, Schema as ArrowSchema};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;

use super::row_key::RowKey;

/// The column of the parents, behind the keys.
pub const ROW_PARENTS: &str = "row_parents";

/// The parents of one row; nothing of one that was read.
pub type RowParents = Option<Vec<RowKey>>;

/// The field of the parents in a split's files. The keys have no fixed size there, since
/// pandas reads no lists of such.
pub fn field() -> Field {
    Field::new(ROW_PARENTS, lists(false), true)
}

fn lists(nullable: bool) -> ArrowType {
    ArrowType::List(Arc::new(Field::new("item", ArrowType::Binary, nullable)))
}

/// The parents that rows have: lists of 16 bytes each, of a fixed or any other length, none
/// missing and none empty. Where the rows have no such column nobody has parents.
pub fn read(rows: &RecordBatch) -> Option<ArrayRef> {
    Some(Arc::new(array(&values(rows)?).ok()?))
}

/// The same as values.
pub fn values(rows: &RecordBatch) -> Option<Vec<RowParents>> {
    let there = rows.column_by_name(ROW_PARENTS);
    let Some(there) = there.filter(|array| *array.data_type() != ArrowType::Null) else {
        return Some(vec![None; rows.num_rows()]);
    };
    let cast = cast(there, &lists(true)).ok()?;
    let keys = |list: ArrayRef| -> Option<Vec<RowKey>> {
        let keys = list.as_binary_opt::<i32>()?.iter();
        let keys: Vec<RowKey> =
            keys.map(|key| RowKey::try_from(key?).ok()).collect::<Option<_>>()?;
        (!keys.is_empty()).then_some(keys)
    };
    let lists = cast.as_list_opt::<i32>()?.iter();
    lists.map(|list| list.map_or(Some(None), |list| keys(list).map(Some))).collect()
}

/// Parents as a column.
pub fn array(parents: &[RowParents]) -> Result<ListArray, ArrowError> {
    let lengths = parents.iter().map(|parents| parents.as_ref().map_or(0, Vec::len));
    let keys: Vec<&RowKey> = parents.iter().flatten().flatten().collect();
    let keys = BinaryArray::from_iter_values(keys);
    let key = Arc::new(Field::new("item", ArrowType::Binary, false));
    let nulls: NullBuffer = parents.iter().map(Option::is_some).collect();
    ListArray::try_new(key, OffsetBuffer::from_lengths(lengths), Arc::new(keys), Some(nulls))
}

/// The parents of a row that is made of these rows, each with its key and its own parents.
///
/// ```
/// use ingot_tables::dataset::row_parents::of_made;
/// let (read, copy) = ([1; 16], [2; 16]);
/// assert_eq!(of_made([(read, &None)]), Some(vec![read]));
/// assert_eq!(of_made([(copy, &Some(vec![read]))]), Some(vec![read]));
/// ```
pub fn of_made<'a>(rows: impl IntoIterator<Item = (RowKey, &'a RowParents)>) -> RowParents {
    let mut parents = Vec::new();
    for (key, of_row) in rows {
        match of_row {
            Some(of_row) => parents.extend(of_row),
            None => parents.push(key),
        }
    }
    parents.sort_unstable();
    parents.dedup();
    Some(parents)
}

/// The rows with their parents as the last column; a column of that name is replaced.
pub fn with_parents(rows: &RecordBatch, parents: ArrayRef) -> Result<RecordBatch, ArrowError> {
    let schema = rows.schema();
    let mut fields: Vec<Arc<Field>> = schema.fields().iter().cloned().collect();
    let mut columns = rows.columns().to_vec();
    match schema.index_of(ROW_PARENTS) {
        Ok(at) => columns[at] = parents,
        Err(_) => {
            fields.push(Arc::new(field()));
            columns.push(parents);
        }
    }
    RecordBatch::try_new(Arc::new(ArrowSchema::new(fields)), columns)
}

/// The rows with a column of parents, which nobody has where it was missing.
pub fn or_none(rows: RecordBatch) -> Result<RecordBatch, ArrowError> {
    match rows.column_by_name(ROW_PARENTS) {
        Some(_) => Ok(rows),
        None => with_parents(&rows, new_null_array(field().data_type(), rows.num_rows())),
    }
}

/// Batches of one schema but for their parents, which all have as soon as one has.
pub fn aligned(batches: Vec<RecordBatch>) -> Result<Vec<RecordBatch>, ArrowError> {
    if batches.iter().all(|batch| batch.column_by_name(ROW_PARENTS).is_none()) {
        return Ok(batches);
    }
    batches.into_iter().map(or_none).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use arrow::array::{
        BinaryBuilder, FixedSizeBinaryBuilder, Int64Array, LargeListBuilder, ListBuilder,
    };

    use super::*;
    use crate::dataset::row_key::BYTES;

    fn rows(parents: ArrayRef) -> RecordBatch {
        RecordBatch::try_from_iter_with_nullable([(ROW_PARENTS, parents, true)]).unwrap()
    }

    #[test]
    fn lists_of_sixteen_bytes_are_read_and_nothing_else() {
        let given = [None, Some(vec![[7; BYTES], [9; BYTES]])];
        let array = Arc::new(self::array(&given).unwrap());
        assert_eq!(values(&rows(array)).unwrap(), given);
        let mut large = LargeListBuilder::new(BinaryBuilder::new());
        large.append_null();
        large.append_value([Some([7_u8; BYTES]), Some([9; BYTES])]);
        assert_eq!(values(&rows(Arc::new(large.finish()))).unwrap(), given);
        let mut fixed = ListBuilder::new(FixedSizeBinaryBuilder::new(BYTES as i32));
        fixed.append(false);
        fixed.values().append_value([7; BYTES]).unwrap();
        fixed.values().append_value([9; BYTES]).unwrap();
        fixed.append(true);
        assert_eq!(values(&rows(Arc::new(fixed.finish()))).unwrap(), given);
        let none =
            RecordBatch::try_from_iter([("a", Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef)])
                .unwrap();
        assert_eq!(values(&none).unwrap(), [None, None]);
        let of = |lists: &[&[Option<&[u8]>]]| {
            let mut builder = ListBuilder::new(BinaryBuilder::new());
            lists.iter().for_each(|list| builder.append_value(list.iter().copied()));
            values(&rows(Arc::new(builder.finish())))
        };
        assert_eq!(of(&[&[]]), None, "empty");
        assert_eq!(of(&[&[None]]), None, "missing");
        assert_eq!(of(&[&[Some(&[1; 15])]]), None, "another length");
        assert_eq!(values(&rows(Arc::new(BinaryArray::from(vec![&b"x"[..]])))), None, "no list");
    }

    #[test]
    fn a_column_comes_to_all_batches_as_soon_as_one_has_it() {
        let plain =
            RecordBatch::try_from_iter([("a", Arc::new(Int64Array::from(vec![1])) as ArrayRef)])
                .unwrap();
        assert_eq!(aligned(vec![plain.clone()]).unwrap(), std::slice::from_ref(&plain));
        let array = Arc::new(self::array(&[Some(vec![[7; BYTES]])]).unwrap());
        let made = with_parents(&plain, array).unwrap();
        let both = aligned(vec![plain, made.clone()]).unwrap();
        assert_eq!(both[0].schema(), both[1].schema());
        assert_eq!((values(&both[0]).unwrap(), &both[1]), (vec![None], &made));
    }
}
