//! `method = "rake"`: weights with the margins of a population, and rows drawn by them.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType as ArrowType, Float64Type};
use arrow::record_batch::RecordBatch;
use ingot_protocol::{Failure, Metric, Request, seed};
use ingot_statistics::weights::{Margin, RakingError, effective_size, rake as raked};
use ingot_tables::dataset::{self, Column, DataType, Role, Schema};
use serde_json::Value;

use super::categories::{Categories, listed};
use super::draw::{self, Drawn};
use super::write::{Balanced, Weights};
use super::{TRAIN, failed, of_drawn, ranks};

/// A column with what the population has of each of its values.
struct Population {
    categories: Categories,
    /// Shares that add up to 1. // (values)
    shares: Vec<f64>,
}

/// Weighs the rows of `train`, or draws them by their weights.
///
/// The weights begin with those of the column of the role `weight`, or with 1, and keep their
/// sum. So the weight of a row that is like the population is 1.
pub(super) fn rake(
    request: &Request,
    schema: &Schema,
    train: &RecordBatch,
) -> Result<(Balanced, Vec<Metric>), Failure> {
    let margins = populations(request, schema, train)?;
    let number = |param: &str, default: f64| {
        request.params.get(param).and_then(Value::as_f64).unwrap_or(default)
    };
    let draw = request.params.get("draw").and_then(Value::as_u64);
    let weight = weight(request, schema)?;
    let before = match weight.data_type {
        Some(_) => base(&weight, train)?,
        None => vec![1.0; train.num_rows()],
    };
    let whole: f64 = before.iter().sum();
    let targets: Vec<Vec<f64>> = margins
        .iter()
        .map(|margin| margin.shares.iter().map(|share| share * whole).collect())
        .collect();
    let given: Vec<Margin<'_>> = margins
        .iter()
        .zip(&targets)
        .map(|(margin, targets)| Margin { categories: &margin.categories.of, targets })
        .collect();
    let (tolerance, rounds) = (number("tolerance", 1e-6), number("rounds", 1000.0) as usize);
    let raking = raked(&before, &given, tolerance, rounds)
        .map_err(|error| refused(&error, &margins, &weight))?;
    let mut metrics = Vec::new();
    let (drawn, after) = match draw {
        None => (Drawn { kept: (0..before.len()).collect(), copies: Vec::new() }, None),
        Some(count) => {
            let draws = ranks(train, request.seed.unwrap_or_default(), "balance draw")?;
            let start = seed::derive(request.seed.unwrap_or_default(), "balance start", 0);
            let start = (start >> 11) as f64 / (1_u64 << 53) as f64;
            let count = usize::try_from(count).map_err(failed)?;
            let cells = cells(&margins);
            let drawn = draw::systematic(&raking.weights, (&cells, &draws), count, start);
            let mut times = vec![0.0; before.len()];
            let rows = drawn.kept.iter().chain(drawn.copies.iter().map(|(row, _)| row));
            rows.for_each(|row| times[*row] += 1.0);
            (drawn, Some(times))
        }
    };
    metrics.extend(of_drawn(&drawn, before.len()));
    metrics.extend(achieved(&margins, &before, after.as_ref().unwrap_or(&raking.weights)));
    metrics.push(Metric::new("rounds", raking.rounds as f64));
    let weights = match (after, weight.data_type) {
        (None, _) => Some(Weights { column: weight.name, of: raking.weights }),
        // Drawn by their weights, all rows weigh the same.
        (Some(_), Some(_)) => {
            let rows = (drawn.kept.len() + drawn.copies.len()).max(1);
            let of = vec![whole / rows as f64; before.len()];
            Some(Weights { column: weight.name, of })
        }
        (Some(_), None) => None,
    };
    Ok((Balanced { drawn, weights }, metrics))
}

/// The margins of the params, sorted by column.
fn populations(
    request: &Request,
    schema: &Schema,
    train: &RecordBatch,
) -> Result<Vec<Population>, Failure> {
    let given = request.params.get("margins").and_then(Value::as_object);
    let margins = given.into_iter().flatten().map(|(name, given)| {
        let categories = Categories::read(schema, train, name)?;
        let mut shares = vec![0.0; categories.names.len()];
        for (value, share) in given.as_object().into_iter().flatten() {
            let category = categories.find(&format!("margins.{name}"), value)?;
            shares[category] = share.as_f64().unwrap_or(0.0);
        }
        let unnamed = categories.names.iter().zip(&shares).filter(|(_, share)| **share <= 0.0);
        let unnamed: Vec<String> = unnamed.map(|(value, _)| value.clone()).collect();
        if !unnamed.is_empty() {
            let message = format!(
                "`margins.{name}` says nothing of {}, which rows of `{TRAIN}` have",
                listed(&unnamed)
            );
            return Err(Failure::new("D1507", message).help(
                "give each value its share of the population, or leave such rows out in a \
                 `transform`",
            ));
        }
        let sum: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|share| *share /= sum);
        Ok(Population { categories, shares })
    });
    margins.collect()
}

/// The column of the weights.
struct WeightColumn {
    name: String,
    /// Its type, where it is there.
    data_type: Option<DataType>,
}

/// The column of the role `weight`, or the one that the param names.
fn weight(request: &Request, schema: &Schema) -> Result<WeightColumn, Failure> {
    let columns = schema.columns.iter().filter(|column| column.role == Role::Weight);
    let columns: Vec<&Column> = columns.collect();
    let name = request.params.get("weight").and_then(Value::as_str).unwrap_or("weight");
    let wrong = |message: String, help: &str| Err(Failure::new("D1509", message).help(help));
    match columns.as_slice() {
        [only] => Ok(WeightColumn { name: only.name.clone(), data_type: Some(only.data_type) }),
        [] => match schema.column(name) {
            None => Ok(WeightColumn { name: name.to_owned(), data_type: None }),
            Some(column) => wrong(
                format!("the dataset has a column `{name}` of the role `{}`", column.role),
                "give it the role `weight` in the contract, or name another one: weight = \"..\"",
            ),
        },
        several => {
            let names: Vec<String> = several.iter().map(|column| column.name.clone()).collect();
            wrong(
                format!("{} have the role `weight`", dataset::list(&names)),
                "let one column of the contract have it",
            )
        }
    }
}

/// The weights that rows have.
fn base(weight: &WeightColumn, train: &RecordBatch) -> Result<Vec<f64>, Failure> {
    let name = &weight.name;
    let array = train.column_by_name(name).ok_or_else(|| failed("a column is gone"))?;
    let numbers = matches!(weight.data_type, Some(DataType::Int64 | DataType::Float64));
    let array = numbers.then(|| cast(array, &ArrowType::Float64).ok()).flatten();
    let values = array.as_ref().and_then(|array| array.as_primitive_opt::<Float64Type>());
    let wrong = |message: String| {
        Failure::new("D1509", message)
            .help("a weight is a number of at least 0: correct it, or give the column another role")
    };
    let Some(values) = values else {
        return Err(wrong(format!("the column `{name}` has the role `weight` and is no number")));
    };
    let none = |weight: &f64| !(0.0..f64::INFINITY).contains(weight);
    let bad = (0..values.len()).find(|row| values.is_null(*row) || none(&values.value(*row)));
    if let Some(row) = bad {
        let found = if values.is_null(row) { "none".into() } else { values.value(row).to_string() };
        return Err(wrong(format!("row {row} of `{TRAIN}` has the weight {found} in `{name}`")));
    }
    Ok(values.values().to_vec())
}

/// The rows of one combination of values have one number.
fn cells(margins: &[Population]) -> Vec<usize> {
    let rows = margins.first().map_or(0, |margin| margin.categories.of.len());
    let cell = |row: usize| -> Vec<usize> {
        margins.iter().map(|margin| margin.categories.of[row]).collect()
    };
    let mut numbers: BTreeMap<Vec<usize>, usize> = (0..rows).map(|row| (cell(row), 0)).collect();
    numbers.values_mut().enumerate().for_each(|(number, of)| *of = number);
    (0..rows).map(|row| numbers.get(&cell(row)).copied().unwrap_or_default()).collect()
}

/// What each value has before and after, how far that is from the population, and how much
/// the weights cost.
fn achieved(margins: &[Population], before: &[f64], after: &[f64]) -> Vec<Metric> {
    let mut metrics = Vec::new();
    let mut largest: f64 = 0.0;
    for Population { categories, shares } in margins {
        for (name, weights) in [("share_before", before), ("share", after)] {
            let mut found = vec![0.0; shares.len()];
            for (weight, category) in weights.iter().zip(&categories.of) {
                found[*category] += weight;
            }
            let whole: f64 = found.iter().sum();
            found.iter_mut().for_each(|sum| *sum /= whole);
            if name == "share" {
                let differences = found.iter().zip(shares).map(|(found, share)| found - share);
                largest = differences.fold(largest, |largest, by| largest.max(by.abs()));
            }
            metrics.extend(categories.metrics(name, found.into_iter()));
        }
    }
    metrics.push(Metric::new("largest_difference", largest));
    // Rows that are drawn several times count as one that weighs more.
    if let Some(rows) = effective_size(after) {
        metrics.push(Metric::new("effective_rows", rows));
    }
    let most = after.iter().fold(0.0_f64, |most, weight| most.max(*weight));
    let whole: f64 = after.iter().sum();
    metrics.push(Metric::new("largest_weight", most / whole * after.len() as f64));
    metrics
}

fn refused(error: &RakingError, margins: &[Population], weight: &WeightColumn) -> Failure {
    let value = |margin: usize, category: usize| {
        let of = margins.get(margin).map(|margin| &margin.categories);
        let name = of.and_then(|of| of.names.get(category)).cloned().unwrap_or_default();
        (of.map(|of| of.column.clone()).unwrap_or_default(), name)
    };
    match *error {
        RakingError::Apart { rounds, distance, margin, category } => {
            let (column, name) = value(margin, category);
            let message = format!(
                "after {rounds} rounds `{name}` of `{column}` is {distance:.6} from its share: no \
                 weights of these rows have all margins, or the rounds were too few"
            );
            Failure::new("D1508", message).help(
                "join values that few rows have together with those of another column, leave a \
                 margin out, or raise `rounds`",
            )
        }
        RakingError::Empty { margin, category, .. } => {
            let (column, name) = value(margin, category);
            let message = format!(
                "all rows with `{name}` of `{column}` weigh 0 in `{}`, and it has a share",
                weight.name
            );
            Failure::new("D1509", message)
                .help("correct the weights, or join it with another value")
        }
        ref other => failed(other),
    }
}
