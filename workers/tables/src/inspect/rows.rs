//! Rows of datasets: the first ones, and how those of two datasets differ.
//!
//! Invariant: values of `personal` columns are never shown. Rows of two datasets are told
//! apart by their keys, so that an inserted row is one row and not all behind it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use ingot_protocol::Difference;

use crate::dataset::row_key::{self, RowKey};
use crate::dataset::{Dataset, DatasetError, RESERVED, ROW_KEY, Role};

/// Rows of which values are shown.
const FIRST: usize = 4;
/// Most characters of a value.
const LONGEST: usize = 18;

/// Column -> its values in the first rows of the first split, in one text.
pub(super) fn first(dataset: &Dataset) -> Result<BTreeMap<String, String>, DatasetError> {
    let splits = dataset.splits()?;
    let Some(split) = splits.iter().find(|split| *split == "train").or(splits.first()) else {
        return Ok(BTreeMap::new());
    };
    let Some(batch) = dataset.batches(split, FIRST)?.next().transpose()? else {
        return Ok(BTreeMap::new());
    };
    let of = |column: &crate::dataset::Column| {
        let array = batch.column_by_name(&column.name)?;
        let text = match column.role {
            Role::Personal => "(personal)".to_owned(),
            _ => values(array, FIRST.min(array.len())),
        };
        Some((column.name.clone(), text))
    };
    Ok(dataset.schema.columns.iter().filter_map(of).collect())
}

fn values(array: &ArrayRef, rows: usize) -> String {
    let options = FormatOptions::default().with_null("-");
    let shown = |row: usize| match array.data_type() {
        DataType::Binary if array.is_valid(row) => {
            format!("{} bytes", array.as_binary::<i32>().value(row).len())
        }
        _ => match ArrayFormatter::try_new(array, &options) {
            Ok(formatter) => short(&formatter.value(row).to_string()),
            Err(_) => "..".to_owned(),
        },
    };
    (0..rows).map(shown).collect::<Vec<_>>().join(", ")
}

fn short(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text.to_owned(),
    }
}

/// How two datasets differ, split by split.
pub(super) fn diff(old: &Dataset, new: &Dataset) -> Result<Difference, DatasetError> {
    let mut details = Vec::new();
    if old.schema != new.schema {
        details.push("the schema changed".to_owned());
    }
    let (before, after) = (old.splits()?, new.splits()?);
    let splits: BTreeSet<&String> = before.iter().chain(&after).collect();
    for split in splits {
        match (before.contains(split), after.contains(split)) {
            (true, true) => details.extend(of_split(split, &old.read(split)?, &new.read(split)?)),
            (true, false) => details.push(format!("{split}: the split is gone")),
            (false, _) => details.push(format!("{split}: a new split")),
        }
    }
    let same = details.is_empty();
    let summary = match details.as_slice() {
        [] => "the same".to_owned(),
        [one] => one.clone(),
        several => format!("{} differences", several.len()),
    };
    Ok(Difference { same, summary, first: details.first().cloned(), details })
}

/// What differs in one split: rows that came, went, changed, or stand elsewhere.
fn of_split(split: &str, old: &RecordBatch, new: &RecordBatch) -> Vec<String> {
    let (Some(old_keys), Some(new_keys)) = (row_key::values(old), row_key::values(new)) else {
        return Vec::new();
    };
    let before: HashMap<RowKey, usize> = old_keys.iter().copied().zip(0..).collect();
    let after: BTreeSet<RowKey> = new_keys.iter().copied().collect();
    let came: Vec<usize> =
        (0..new_keys.len()).filter(|&row| !before.contains_key(&new_keys[row])).collect();
    let went: Vec<usize> =
        (0..old_keys.len()).filter(|&row| !after.contains(&old_keys[row])).collect();
    let stayed = (0..new_keys.len()).filter_map(|row| Some((*before.get(&new_keys[row])?, row)));
    let stayed: Vec<(usize, usize)> = stayed.collect();
    let differs = |&(one, other): &(usize, usize)| {
        old.slice(one, 1).columns() != new.slice(other, 1).columns()
    };
    let mut changed: Vec<(usize, usize)> = stayed.iter().copied().filter(differs).collect();
    // Without an id a row that changes has another key. Where as many came as went, two in the
    // same order that agree in most columns are one row.
    let (mut came, mut went) = (came, went);
    if came.len() == went.len() {
        let is_one = |&(before, after): &(usize, usize)| is_alike(old, new, before, after);
        let (one, two): (Vec<_>, Vec<_>) = went.into_iter().zip(came).partition(is_one);
        changed.extend(one);
        (went, came) = two.into_iter().unzip();
    }
    changed.sort_by_key(|(_, row)| *row);
    let mut details = Vec::new();
    let mut tell = |rows: &[usize], what: &str| {
        if let Some(first) = rows.first() {
            details
                .push(format!("{split}: {} {what}; the first is row {first}", counted(rows.len())));
        }
    };
    tell(&came, "more");
    tell(&went, "less");
    if let Some((_, first)) = changed.first() {
        let columns = columns(old, new, &changed).join(", ");
        let count = counted(changed.len());
        details.push(format!("{split}: {count} changed in {columns}; the first is row {first}"));
    }
    if details.is_empty() && !stayed.is_sorted() {
        details.push(format!("{split}: the same rows in another order"));
    }
    details
}

/// Whether two rows agree in more than half of the columns that both tables have.
fn is_alike(old: &RecordBatch, new: &RecordBatch, before: usize, after: usize) -> bool {
    let schema = old.schema();
    let names = schema.fields().iter().map(|field| field.name());
    let names = names.filter(|name| !RESERVED.contains(&name.as_str()));
    let both =
        names.filter_map(|name| Some((old.column_by_name(name)?, new.column_by_name(name)?)));
    let same: Vec<bool> =
        both.map(|(one, other)| one.slice(before, 1) == other.slice(after, 1)).collect();
    2 * same.iter().filter(|same| **same).count() > same.len()
}

fn counted(rows: usize) -> String {
    if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") }
}

/// The columns in which rows differ, by name.
fn columns(old: &RecordBatch, new: &RecordBatch, rows: &[(usize, usize)]) -> Vec<String> {
    let mut names: BTreeSet<String> = [old, new]
        .iter()
        .flat_map(|batch| {
            batch.schema().fields().iter().map(|it| it.name().clone()).collect::<Vec<_>>()
        })
        .collect();
    names.remove(ROW_KEY);
    let differs = |name: &String| match (old.column_by_name(name), new.column_by_name(name)) {
        (Some(one), Some(other)) => {
            rows.iter().any(|&(before, after)| one.slice(before, 1) != other.slice(after, 1))
        }
        _ => true,
    };
    names.into_iter().filter(differs).collect()
}
