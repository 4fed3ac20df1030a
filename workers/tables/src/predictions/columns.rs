//! Predictions as Arrow columns and back.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, Schema};

use super::answers::{Answers, Mistake, PROBABILITIES, ROW};
use super::{Predictions, PredictionsError, SplitPredictions};
use crate::dataset::row_key::{self, RowKey};
use crate::dataset::{self, ROW_KEY, same_type};

/// Every column of every task.
pub(super) const COLUMNS: [&str; 7] =
    [ROW, "group", "label", "loss", "predicted", PROBABILITIES, "tokens"];

/// Whole numbers up to here are float64 too.
const EXACT: u64 = 1 << f64::MANTISSA_DIGITS;

/// Whether a column is one of the artifact's.
pub(super) fn is_one(name: &str) -> bool {
    COLUMNS.contains(&name) || name == ROW_KEY
}

/// The batch of N predictions.
pub(super) fn to_batch(
    path: &Path,
    about: &Predictions,
    predictions: &SplitPredictions,
) -> Result<RecordBatch, PredictionsError> {
    if !predictions.answers.is_of(about.task) {
        let what = format!("the answers of another task than `{}`", about.task.name());
        return Err(PredictionsError::Inconsistent { path: path.to_owned(), what });
    }
    check_widths(path, about, &predictions.answers)?;
    let rows = predictions.rows.len();
    let index: ArrayRef = Arc::new(Int64Array::from(predictions.rows.clone())); // N
    let (mut fields, mut arrays) = (vec![Field::new(ROW, DataType::Int64, false)], vec![index]);
    if let Some(keys) = &predictions.keys {
        let array = row_key::array(keys);
        fields.push(row_key::field());
        arrays.push(Arc::new(array.map_err(|error| wrong(path, ROW_KEY, error.to_string()))?));
    }
    for (field, array) in predictions.answers.arrays() {
        if array.len() != rows {
            let name = COLUMNS.into_iter().find(|name| name == field.name()).unwrap_or(ROW);
            let what = format!("{} values for {rows} rows", array.len());
            return Err(wrong(path, name, what));
        }
        fields.push(field);
        arrays.push(array);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
        .map_err(|error| wrong(path, ROW, error.to_string()))
}

/// The predictions in a batch. Its columns may be of any type that holds the same values:
/// whole numbers of another width, large or dictionary-encoded text, lists of float32.
pub(super) fn of_batch(
    path: &Path,
    about: &Predictions,
    batch: &RecordBatch,
) -> Result<SplitPredictions, PredictionsError> {
    let columns = Columns { path, batch };
    let rows = columns.whole_integers(ROW)?;
    let keys = columns.keys()?;
    let answers = Answers::of(about, &columns)?;
    check_widths(path, about, &answers)?;
    Ok(SplitPredictions { rows, keys, answers })
}

/// The batch with exactly the artifact's columns, or what is wrong with it.
pub(super) fn checked(
    path: &Path,
    about: &Predictions,
    batch: &RecordBatch,
) -> Result<RecordBatch, PredictionsError> {
    to_batch(path, about, &of_batch(path, about, batch)?.with_keys(None))
}

/// The columns of a file, each read in the type that is asked for.
pub(super) struct Columns<'a> {
    path: &'a Path,
    batch: &'a RecordBatch,
}

impl Columns<'_> {
    /// The keys of the rows, where the file has them.
    fn keys(&self) -> Result<Option<Vec<RowKey>>, PredictionsError> {
        let Some(array) = self.batch.column_by_name(ROW_KEY) else { return Ok(None) };
        row_key::values(self.batch).map(Some).ok_or_else(|| {
            let what = format!("holds {}, and each row's key has 16 bytes", array.data_type());
            wrong(self.path, ROW_KEY, what)
        })
    }

    /// Text or null.
    pub(super) fn texts(
        &self,
        name: &'static str,
    ) -> Result<Vec<Option<String>>, PredictionsError> {
        Ok(texts(&self.typed(name, dataset::DataType::Utf8)?))
    }

    /// Text.
    pub(super) fn whole_texts(&self, name: &'static str) -> Result<Vec<String>, PredictionsError> {
        self.whole(name, self.texts(name)?)
    }

    /// Whole numbers.
    pub(super) fn whole_integers(&self, name: &'static str) -> Result<Vec<i64>, PredictionsError> {
        let array = self.typed(name, dataset::DataType::Int64)?;
        self.whole(name, array.as_primitive::<Int64Type>().iter().collect())
    }

    /// Numbers or null; whole numbers where float64 has them.
    pub(super) fn numbers(&self, name: &'static str) -> Result<Vec<Option<f64>>, PredictionsError> {
        let array = self.column(name)?;
        if let Some(numbers) = same_type(array, dataset::DataType::Float64) {
            return Ok(numbers.as_primitive::<Float64Type>().iter().collect());
        }
        let Some(numbers) = same_type(array, dataset::DataType::Int64) else {
            return Err(self.mistyped(name, array, dataset::DataType::Float64.name()));
        };
        let numbers = numbers.as_primitive::<Int64Type>();
        match numbers.iter().flatten().find(|number| number.unsigned_abs() > EXACT) {
            Some(large) => Err(wrong(self.path, name, format!("{large} is no float64"))),
            None => Ok(numbers.iter().map(|number| number.map(|number| number as f64)).collect()),
        }
    }

    /// Numbers.
    pub(super) fn whole_numbers(&self, name: &'static str) -> Result<Vec<f64>, PredictionsError> {
        self.whole(name, self.numbers(name)?)
    }

    /// Lists of numbers.
    pub(super) fn number_lists(
        &self,
        name: &'static str,
    ) -> Result<Vec<Vec<f64>>, PredictionsError> {
        let array = self.lists(name, DataType::Float64, "a list of float64")?;
        let lists = self.whole(name, array.as_list::<i32>().iter().collect())?;
        lists
            .iter()
            .map(|list| self.whole(name, list.as_primitive::<Float64Type>().iter().collect()))
            .collect()
    }

    /// Lists of text, or null.
    pub(super) fn text_lists(
        &self,
        name: &'static str,
    ) -> Result<Vec<Option<Vec<String>>>, PredictionsError> {
        let array = self.lists(name, DataType::Utf8, "a list of text")?;
        let lists = array.as_list::<i32>().iter();
        lists.map(|list| list.map(|list| self.whole(name, texts(&list))).transpose()).collect()
    }

    /// Lists of text.
    pub(super) fn whole_text_lists(
        &self,
        name: &'static str,
    ) -> Result<Vec<Vec<String>>, PredictionsError> {
        self.whole(name, self.text_lists(name)?)
    }

    fn column(&self, name: &'static str) -> Result<&ArrayRef, PredictionsError> {
        let there = self.batch.schema_ref().fields().iter().zip(self.batch.columns());
        let mut there = there.filter(|(field, _)| field.name() == name);
        match (there.next(), there.next()) {
            (None, _) => Err(wrong(self.path, name, "is missing".into())),
            (Some(_), Some(_)) => Err(wrong(self.path, name, "is there twice".into())),
            (Some((_, array)), None) => Ok(array),
        }
    }

    fn typed(
        &self,
        name: &'static str,
        wanted: dataset::DataType,
    ) -> Result<ArrayRef, PredictionsError> {
        let array = self.column(name)?;
        same_type(array, wanted).ok_or_else(|| self.mistyped(name, array, wanted.name()))
    }

    /// The same lists as lists of `item`, where they are lists of it.
    fn lists(
        &self,
        name: &'static str,
        item: DataType,
        wanted: &str,
    ) -> Result<ArrayRef, PredictionsError> {
        let array = self.column(name)?;
        let found = match array.data_type() {
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
                dataset::DataType::of_arrow(item.data_type())
            }
            _ => None,
        };
        let fits = match item {
            DataType::Utf8 => found == Some(dataset::DataType::Utf8),
            _ => {
                matches!(found, Some(dataset::DataType::Float64 | dataset::DataType::Int64))
            }
        };
        let item = Field::new_list_field(item, true);
        let same = fits.then(|| cast(array, &DataType::List(Arc::new(item))).ok()).flatten();
        same.ok_or_else(|| self.mistyped(name, array, wanted))
    }

    fn mistyped(&self, name: &'static str, array: &ArrayRef, wanted: &str) -> PredictionsError {
        let what = format!("holds {}, where {wanted} is read", array.data_type());
        wrong(self.path, name, what)
    }

    /// Values of which none is missing.
    fn whole<T>(
        &self,
        name: &'static str,
        values: Vec<Option<T>>,
    ) -> Result<Vec<T>, PredictionsError> {
        match values.iter().filter(|value| value.is_none()).count() {
            0 => Ok(values.into_iter().flatten().collect()),
            nulls => Err(wrong(self.path, name, format!("has {nulls} nulls"))),
        }
    }
}

fn texts(array: &ArrayRef) -> Vec<Option<String>> {
    array.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
}

/// Lists of numbers as a column.
pub(super) fn lists(rows: &[Vec<f64>]) -> ArrayRef {
    let lists = ListArray::from_iter_primitive::<Float64Type, _, _>(
        rows.iter().map(|row| Some(row.iter().copied().map(Some))),
    );
    Arc::new(lists)
}

/// The first value that is no finite number.
pub(super) fn not_finite(
    column: &'static str,
    values: impl Iterator<Item = Option<f64>>,
) -> Option<Mistake> {
    let mut wrong = values
        .enumerate()
        .filter_map(|(row, value)| Some((row, value.filter(|value| !value.is_finite())?)));
    wrong.next().map(|(row, value)| (column, row, format!("{value} is no finite number")))
}

fn check_widths(
    path: &Path,
    about: &Predictions,
    answers: &Answers,
) -> Result<(), PredictionsError> {
    let classes = about.classes.len();
    match answers.widths().into_iter().find(|width| *width != classes) {
        None => Ok(()),
        Some(width) => {
            Err(wrong(path, PROBABILITIES, format!("{width} probabilities for {classes} classes")))
        }
    }
}

fn wrong(path: &Path, column: &'static str, what: String) -> PredictionsError {
    PredictionsError::Column { path: path.to_owned(), column, what }
}
