//! Predictions as Arrow columns and back.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, Schema};

use super::{PredictionsError, SplitPredictions};
use crate::dataset::{self, same_type};

const ROW: &str = "row";
const LABEL: &str = "label";
const PREDICTED: &str = "predicted";
const PROBABILITIES: &str = "probabilities";

/// How far a probability may lie outside of 0 to 1: sums of float32 do.
const ROUNDING: f64 = 1e-6;

/// Whether a column is one of the artifact's.
pub(super) fn is_one(name: &str) -> bool {
    [ROW, LABEL, PREDICTED, PROBABILITIES].contains(&name)
}

/// The batch of N predictions over `classes` classes.
pub(super) fn to_batch(
    path: &Path,
    classes: usize,
    predictions: &SplitPredictions,
) -> Result<RecordBatch, PredictionsError> {
    let rows = predictions.rows.len();
    let same_length = |column, length| {
        if length == rows {
            return Ok(());
        }
        Err(wrong(path, column, format!("{length} values for {rows} rows")))
    };
    same_length(LABEL, predictions.labels.len())?;
    same_length(PREDICTED, predictions.predicted.len())?;
    same_length(PROBABILITIES, predictions.probabilities.len())?;
    check_widths(path, classes, predictions.probabilities.iter().map(Vec::len))?;

    let lists = ListArray::from_iter_primitive::<Float64Type, _, _>(
        predictions.probabilities.iter().map(|row| Some(row.iter().copied().map(Some))),
    );
    let fields = vec![
        Field::new(ROW, DataType::Int64, false),
        Field::new(LABEL, DataType::Utf8, true),
        Field::new(PREDICTED, DataType::Utf8, false),
        Field::new(PROBABILITIES, lists.data_type().clone(), false),
    ];
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from(predictions.rows.clone())), // N
        Arc::new(StringArray::from(predictions.labels.clone())), // N
        Arc::new(StringArray::from(predictions.predicted.clone())), // N
        Arc::new(lists),                                      // N x C
    ];
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
        .map_err(|error| wrong(path, ROW, error.to_string()))
}

/// The predictions in a batch. Its columns may be of any type that holds the same values:
/// whole numbers of another width, large or dictionary-encoded text, lists of float32.
pub(super) fn of_batch(
    path: &Path,
    classes: usize,
    batch: &RecordBatch,
) -> Result<SplitPredictions, PredictionsError> {
    let column = |name: &'static str| {
        let there = batch.schema_ref().fields().iter().zip(batch.columns());
        let mut there = there.filter(|(field, _)| field.name() == name);
        match (there.next(), there.next()) {
            (None, _) => Err(wrong(path, name, "is missing".into())),
            (Some(_), Some(_)) => Err(wrong(path, name, "is there twice".into())),
            (Some((_, array)), None) => Ok(array),
        }
    };
    let mistyped = |name, array: &ArrayRef, wanted: &str| {
        wrong(path, name, format!("holds {}, where {wanted} is read", array.data_type()))
    };
    let whole = |name, array: &dyn Array| match array.null_count() {
        0 => Ok(()),
        nulls => Err(wrong(path, name, format!("has {nulls} nulls"))),
    };
    let values = |name, wanted: dataset::DataType| {
        let array = column(name)?;
        same_type(array, wanted).ok_or_else(|| mistyped(name, array, wanted.name()))
    };

    let rows = values(ROW, dataset::DataType::Int64)?;
    whole(ROW, &rows)?;
    let labels = values(LABEL, dataset::DataType::Utf8)?;
    let predicted = values(PREDICTED, dataset::DataType::Utf8)?;
    whole(PREDICTED, &predicted)?;
    let found = column(PROBABILITIES)?;
    let lists = lists(found).ok_or_else(|| mistyped(PROBABILITIES, found, "a list of float64"))?;
    let lists = lists.as_list::<i32>();
    whole(PROBABILITIES, lists)?;

    let mut probabilities = Vec::with_capacity(lists.len());
    for list in lists.iter().flatten() {
        let values = list.as_primitive::<Float64Type>();
        whole(PROBABILITIES, values)?;
        probabilities.push(values.values().to_vec());
    }
    check_widths(path, classes, probabilities.iter().map(Vec::len))?;
    let text = |array: &ArrayRef| -> Vec<Option<String>> {
        array.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
    };
    Ok(SplitPredictions {
        rows: rows.as_primitive::<Int64Type>().values().to_vec(),
        labels: text(&labels),
        predicted: text(&predicted).into_iter().flatten().collect(),
        probabilities,
    })
}

/// The same lists as lists of float64, where they are lists of numbers.
fn lists(array: &ArrayRef) -> Option<ArrayRef> {
    let item = match array.data_type() {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => item,
        _ => return None,
    };
    match dataset::DataType::of_arrow(item.data_type()) {
        Some(dataset::DataType::Float64 | dataset::DataType::Int64) => {
            let item = Field::new_list_field(DataType::Float64, true);
            cast(array, &DataType::List(Arc::new(item))).ok()
        }
        _ => None,
    }
}

/// Refuses what is no probability, in predictions that somebody else made. Kinds take any
/// number: they clip it.
pub fn check_probabilities(
    path: &Path,
    split: &str,
    predictions: &SplitPredictions,
) -> Result<(), PredictionsError> {
    for (row, values) in predictions.probabilities.iter().enumerate() {
        let sound = |value: &&f64| (-ROUNDING..=1.0 + ROUNDING).contains(*value);
        if let Some(value) = values.iter().find(|value| !sound(value)) {
            let what = format!("{value} in row {row} of `{split}` is no probability");
            return Err(wrong(path, PROBABILITIES, what));
        }
    }
    Ok(())
}

/// The batch with exactly the artifact's columns, or what is wrong with it.
pub(super) fn checked(
    path: &Path,
    classes: usize,
    batch: &RecordBatch,
) -> Result<RecordBatch, PredictionsError> {
    to_batch(path, classes, &of_batch(path, classes, batch)?)
}

fn check_widths(
    path: &Path,
    classes: usize,
    mut widths: impl Iterator<Item = usize>,
) -> Result<(), PredictionsError> {
    match widths.find(|width| *width != classes) {
        None => Ok(()),
        Some(width) => {
            Err(wrong(path, PROBABILITIES, format!("{width} probabilities for {classes} classes")))
        }
    }
}

fn wrong(path: &Path, column: &'static str, what: String) -> PredictionsError {
    PredictionsError::Column { path: path.to_owned(), column, what }
}
