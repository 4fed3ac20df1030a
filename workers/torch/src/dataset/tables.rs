//! Tables: from columns to numbers.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::{Array, Float64Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType as ArrowType;
use ingot_tables::dataset::{DataType, Schema};

use super::{FeatureSchema, Rows, TableColumn};
use crate::error::Error;

/// The feature columns of a schema, in its order.
pub(super) fn features(schema: &Schema, path: &Path) -> Result<Vec<FeatureSchema>, Error> {
    let is_time = |data_type| matches!(data_type, DataType::Date | DataType::Timestamp);
    if let Some(column) = schema.features().find(|column| is_time(column.data_type)) {
        return Err(Error::FeatureType {
            path: path.to_owned(),
            column: column.name.clone(),
            data_type: column.data_type.to_string(),
        });
    }
    let features: Vec<FeatureSchema> = schema
        .features()
        .filter(|column| !matches!(column.data_type, DataType::Binary))
        .map(|column| FeatureSchema {
            name: column.name.clone(),
            data_type: column.data_type.name().to_owned(),
        })
        .collect();
    if features.is_empty() {
        return Err(Error::NoFeatures { path: path.to_owned() });
    }
    Ok(features)
}

/// Fits one column on the training split.
pub(super) fn fit(
    rows: &Rows,
    feature: &FeatureSchema,
    max_categories: usize,
) -> Result<TableColumn, Error> {
    let name = feature.name.clone();
    if feature.data_type == "utf8" {
        let values = texts(rows, &name)?;
        let missing = values.iter().any(Option::is_none);
        return Ok(TableColumn::Categorical {
            categories: categories(&values, max_categories),
            name,
            missing,
        });
    }
    let values = numbers(rows, &name)?;
    let present: Vec<f64> = values.iter().copied().flatten().collect();
    // A column of nulls alone says nothing: it becomes zeros and its indicator.
    let count = present.len().max(1) as f64;
    let mean = present.iter().sum::<f64>() / count;
    let variance = present.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    if !variance.is_finite() {
        let size = |row: &usize| values[*row].map_or(0.0, f64::abs);
        let row = (0..values.len()).max_by(|one, other| size(one).total_cmp(&size(other)));
        return Err(Error::Value {
            path: rows.path.clone(),
            split: rows.split.clone(),
            column: name,
            row: row.unwrap_or_default(),
            what: "it is so large that the variance of the column is no number".into(),
        });
    }
    let std = if variance > 0.0 { variance.sqrt() } else { 1.0 };
    Ok(TableColumn::Numeric { name, mean, std, missing: present.len() < values.len() })
}

/// The most frequent values, at most `limit`, ties by value; then sorted.
fn categories(values: &[Option<String>], limit: usize) -> Vec<String> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for value in values.iter().flatten() {
        *counts.entry(value).or_default() += 1;
    }
    let mut ranked: Vec<(&str, u64)> = counts.into_iter().collect();
    ranked.sort_by_key(|(value, count)| (Reverse(*count), *value));
    let mut kept: Vec<String> =
        ranked.into_iter().take(limit).map(|(value, _)| value.to_owned()).collect();
    kept.sort();
    kept
}

/// Appends the numbers of one column to each row.
pub(super) fn apply(
    rows: &Rows,
    column: &TableColumn,
    numbers_of: &mut [Vec<f32>],
) -> Result<(), Error> {
    match column {
        TableColumn::Numeric { name, mean, std, missing } => {
            for (row, value) in numbers_of.iter_mut().zip(numbers(rows, name)?) {
                row.push(value.map_or(0.0, |value| ((value - mean) / std) as f32));
                if *missing {
                    row.push(f32::from(u8::from(value.is_none())));
                }
            }
        }
        TableColumn::Categorical { name, categories, missing } => {
            for (row, value) in numbers_of.iter_mut().zip(texts(rows, name)?) {
                let hot = |category: &String| value.as_ref() == Some(category);
                row.extend(categories.iter().map(|category| f32::from(u8::from(hot(category)))));
                if *missing {
                    row.push(f32::from(u8::from(value.is_none())));
                }
            }
        }
    }
    Ok(())
}

fn numbers(rows: &Rows, name: &str) -> Result<Vec<Option<f64>>, Error> {
    let wrong = |row, what: &str| rows.value_error(name, row, what);
    let column =
        rows.batch.column_by_name(name).ok_or_else(|| wrong(0, "the column is missing"))?;
    let column =
        cast(column, &ArrowType::Float64).map_err(|_| wrong(0, "the column is no number"))?;
    let column = column
        .as_any()
        .downcast_ref::<Float64Array>()
        .ok_or_else(|| wrong(0, "the column is no number"))?;
    let values: Vec<Option<f64>> = column.iter().collect();
    match values.iter().position(|value| value.is_some_and(|value| !value.is_finite())) {
        Some(row) => Err(wrong(row, "the value is NaN or infinite")),
        None => Ok(values),
    }
}

fn texts(rows: &Rows, name: &str) -> Result<Vec<Option<String>>, Error> {
    let wrong = |what: &str| rows.value_error(name, 0, what);
    let column = rows.batch.column_by_name(name).ok_or_else(|| wrong("the column is missing"))?;
    let column = cast(column, &ArrowType::Utf8).map_err(|_| wrong("the column is no text"))?;
    let column = column
        .as_any()
        .downcast_ref::<StringArray>()
        .ok_or_else(|| wrong("the column is no text"))?;
    Ok(column.iter().map(|value| value.map(str::to_owned)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_categories_are_left_out() {
        let values: Vec<Option<String>> =
            ["b", "a", "b", "c", "a"].iter().map(|value| Some((*value).to_owned())).collect();
        assert_eq!(categories(&values, 2), ["a", "b"]);
        assert_eq!(categories(&values, 9), ["a", "b", "c"]);
    }
}
