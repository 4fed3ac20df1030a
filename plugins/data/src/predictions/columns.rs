//! Predictions as Arrow columns and back.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, Schema};

use super::{PredictionsError, SplitPredictions};

const ROW: &str = "row";
const LABEL: &str = "label";
const PREDICTED: &str = "predicted";
const PROBABILITIES: &str = "probabilities";

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

/// The predictions in a batch.
pub(super) fn of_batch(
    path: &Path,
    classes: usize,
    batch: &RecordBatch,
) -> Result<SplitPredictions, PredictionsError> {
    let column = |name: &'static str| {
        batch.column_by_name(name).ok_or_else(|| wrong(path, name, "is missing".into()))
    };
    let mistyped =
        |name, array: &ArrayRef| wrong(path, name, format!("holds {}", array.data_type()));
    let whole = |name, array: &dyn Array| match array.null_count() {
        0 => Ok(()),
        nulls => Err(wrong(path, name, format!("has {nulls} nulls"))),
    };
    let text = |name| {
        let array = column(name)?;
        array.as_string_opt::<i32>().ok_or_else(|| mistyped(name, array))
    };

    let rows = column(ROW)?;
    let rows = rows.as_primitive_opt::<Int64Type>().ok_or_else(|| mistyped(ROW, rows))?;
    whole(ROW, rows)?;
    let predicted = text(PREDICTED)?;
    whole(PREDICTED, predicted)?;
    let lists = column(PROBABILITIES)?;
    let lists = lists.as_list_opt::<i32>().ok_or_else(|| mistyped(PROBABILITIES, lists))?;
    whole(PROBABILITIES, lists)?;

    let mut probabilities = Vec::with_capacity(lists.len());
    for list in lists.iter().flatten() {
        let values =
            list.as_primitive_opt::<Float64Type>().ok_or_else(|| mistyped(PROBABILITIES, &list))?;
        whole(PROBABILITIES, values)?;
        probabilities.push(values.values().to_vec());
    }
    check_widths(path, classes, probabilities.iter().map(Vec::len))?;
    Ok(SplitPredictions {
        rows: rows.values().to_vec(),
        labels: text(LABEL)?.iter().map(|label| label.map(str::to_owned)).collect(),
        predicted: predicted.iter().flatten().map(str::to_owned).collect(),
        probabilities,
    })
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
