//! `label`: a feature that alone says the label.
//!
//! Goodman and Kruskal's lambda (Measures of Association for Cross Classifications, 1954,
//! section 5.1) of the label given the feature, judged on other rows than it is learned from:
//! each half of `train`, dealt by a bit of the row key, guesses the other one. A number stands
//! for one of [`PARTS`] parts of as many rows each, or for the nearest one that was learned,
//! whichever says more: parts see through noise, and neighbours where a class ends. A text
//! stands for itself, or for being the most frequent one or not, as `never` beside dates.
//! Of a label that measures it is the share of the variance that the means of the parts
//! explain (R2), likewise.

use std::cmp::Reverse;
use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType as ArrowType, Float64Type};
use arrow::record_batch::RecordBatch;
use ingot_protocol::{Failure, Severity};
use ingot_tables::dataset::{DataType, Role, check_counts, labels};
use serde_json::json;

use super::table::{Table, failed};
use super::{Check, Leak};
use crate::thresholds::{Thresholds, schema};

pub(super) const CHECK: Check = Check {
    name: "label",
    params: || {
        schema(
            "a feature that alone says the label",
            json!({"threshold": {
                "type": "number", "exclusiveMinimum": 0, "maximum": 1, "default": 0.98,
                "description": "of the rows that the most frequent class gets wrong, the share that the feature alone gets right"
            }}),
        )
    },
    find,
};

/// Fewest rows with a label.
const FEWEST: usize = 40;
/// Parts of a column of numbers.
const PARTS: usize = 64;
/// From which share of different values on a column names rows.
const NAMES: f64 = 0.9;

/// The labels of rows.
pub(super) enum Labels {
    /// Each row's class; nothing without one.
    Classes(Vec<Option<u32>>),
    /// Each row's measure, NaN without one.
    Measures(Vec<f64>),
}

/// The labels of `train`; nothing where there are too few, or all are one.
pub(super) fn of(table: &Table) -> Result<Option<(Labels, Vec<usize>)>, Failure> {
    let Some(train) = table.train() else { return Ok(None) };
    let Some((name, array)) = table.of(|role| role == Role::Label).next() else { return Ok(None) };
    let array = array.slice(train.start, train.len());
    let known: Vec<usize> = (0..array.len()).filter(|row| array.is_valid(*row)).collect();
    let batch = RecordBatch::try_from_iter([(name, array.clone())]).map_err(|e| failed(&e))?;
    let texts = labels(&batch, name)?;
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let classes: Vec<Option<u32>> = texts
        .iter()
        .map(|text| {
            let next = numbers.len() as u32;
            text.as_deref().map(|text| *numbers.entry(text).or_insert(next))
        })
        .collect();
    if known.len() < FEWEST || numbers.len() < 2 {
        return Ok(None);
    }
    let measures = check_counts(&table.schema, (numbers.len(), known.len())).is_err();
    Ok(Some(match measures {
        true => (Labels::Measures(floats(&array).unwrap_or_default()), known),
        false => (Labels::Classes(classes), known),
    }))
}

fn find(table: &Table, thresholds: &Thresholds) -> Result<Vec<Leak>, Failure> {
    let (Some(train), Some((labels, known))) = (table.train(), of(table)?) else {
        return Ok(Vec::new());
    };
    let threshold = thresholds.number("threshold");
    let halves: Vec<bool> = train.clone().map(|row| table.key(row)[0] & 1 == 1).collect();
    let mut found = Vec::new();
    for (name, array) in table.of(|role| matches!(role, Role::Feature | Role::Id)) {
        let array = array.slice(train.start, train.len());
        let Some(cells) = Cells::of(&array)? else { continue };
        let share = said(&cells, &labels, &known, &halves);
        if !share.is_some_and(|share| share >= threshold) {
            continue;
        }
        let is_id = table.schema.column(name).is_some_and(|column| column.role == Role::Id);
        let names_rows = *array.data_type() == ArrowType::Int64
            && cells.different as f64 >= NAMES * array.len() as f64;
        let what = match labels {
            Labels::Classes(_) => "of what the most frequent class gets wrong",
            Labels::Measures(_) => "of the label's variance",
        };
        let share = share.unwrap_or_default() * 100.0;
        found.push(match (is_id, names_rows) {
            (false, false) => Leak {
                code: "D1801",
                severity: Severity::Error,
                column: Some(name.to_owned()),
                message: format!("`{name}` alone says the label: {share:.1} % {what}, on rows that it was not learned from; is it known before the label is?"),
                rows: None,
            },
            (is_id, _) => Leak {
                code: "D1802",
                severity: if is_id { Severity::Warning } else { Severity::Error },
                column: Some(name.to_owned()),
                message: format!("`{name}`, which is different in nearly every row, sorts with the label: it says {share:.1} % {what}"),
                rows: None,
            },
        });
    }
    Ok(found)
}

/// A column as something that rows have in common.
pub(super) struct Cells {
    /// Numbers, NaN where there is none; else nothing.
    numbers: Option<Vec<f64>>,
    /// Else what each row has.
    values: Vec<u64>,
    /// How many different ones.
    pub(super) different: usize,
}

impl Cells {
    /// Of a column of numbers, texts, truths or times; of another one nothing.
    pub(super) fn of(array: &ArrayRef) -> Result<Option<Self>, Failure> {
        if let Some(numbers) = floats(array) {
            return Ok(Some(Self::of_numbers(numbers)));
        }
        if DataType::of_arrow(array.data_type()) == Some(DataType::Binary) {
            return Ok(None);
        }
        let Ok(texts) = cast(array, &ArrowType::Utf8) else { return Ok(None) };
        let mut known: HashMap<Option<&str>, u64> = HashMap::new();
        let texts = texts.as_string::<i32>();
        let values = texts.iter().map(|text| {
            let next = known.len() as u64;
            *known.entry(text).or_insert(next)
        });
        let values = values.collect();
        Ok(Some(Self { numbers: None, values, different: known.len() }))
    }

    /// Of numbers.
    pub(super) fn of_numbers(numbers: Vec<f64>) -> Self {
        let mut sorted = numbers.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted.dedup_by(|one, other| one.total_cmp(other).is_eq());
        Self { different: sorted.len(), numbers: Some(numbers), values: Vec::new() }
    }

    /// What each row has, where numbers are cut into parts by what these rows hold.
    fn parts(&self, rows: &[usize], cut: Cut) -> Vec<u64> {
        let Some(numbers) = &self.numbers else {
            return match cut {
                Cut::Coarse => self.values.clone(),
                Cut::Fine => self.is_most_frequent(rows),
            };
        };
        let mut sorted: Vec<f64> = rows.iter().map(|row| numbers[*row]).collect();
        sorted.retain(|number| !number.is_nan());
        sorted.sort_unstable_by(f64::total_cmp);
        let most = match cut {
            Cut::Coarse => PARTS.min(sorted.len()),
            Cut::Fine => sorted.len(),
        };
        // Half way between what was learned on both sides.
        let cut = |part: usize| {
            let at = part * sorted.len() / most;
            Some(sorted.get(at.checked_sub(1)?)? * 0.5 + sorted.get(at)? * 0.5)
        };
        let mut cuts: Vec<f64> = (1..most).filter_map(cut).collect();
        cuts.dedup();
        let part = |number: &f64| match number.is_nan() {
            true => u64::MAX,
            false => cuts.partition_point(|cut| cut <= number) as u64,
        };
        numbers.iter().map(part).collect()
    }

    /// Whether each row has the value that most of these rows have.
    fn is_most_frequent(&self, rows: &[usize]) -> Vec<u64> {
        let mut counts: HashMap<u64, usize> = HashMap::new();
        rows.iter().for_each(|row| *counts.entry(self.values[*row]).or_default() += 1);
        let most = counts.iter().max_by_key(|(value, count)| (**count, Reverse(**value)));
        let most = most.map(|(value, _)| *value);
        self.values.iter().map(|value| u64::from(Some(*value) == most)).collect()
    }
}

/// How the values of a column are put together.
#[derive(Debug, Clone, Copy)]
enum Cut {
    /// Numbers in [`PARTS`] parts; each text by itself.
    Coarse,
    /// Each number by itself; texts in the most frequent one and all others.
    Fine,
}

/// How much of the label a column says, 1 for all of it; nothing where there is nothing to say.
///
/// Of classes: (right - most) / (rows - most), where `right` counts the rows whose class is the
/// most frequent one among the rows of the other half with the same cell, and `most` those of
/// the most frequent class of all. Of measures 1 - (sum of squares around the mean of such
/// rows) / (sum of squares around the mean of all). Each sum is in the order of the rows.
pub(super) fn said(
    cells: &Cells,
    labels: &Labels,
    known: &[usize],
    halves: &[bool],
) -> Option<f64> {
    let all = match labels {
        Labels::Classes(classes) => {
            let mut counts: HashMap<u32, usize> = HashMap::new();
            let classes = known.iter().filter_map(|row| classes[*row]);
            classes.for_each(|class| *counts.entry(class).or_default() += 1);
            (known.len() - counts.values().max()?) as f64
        }
        Labels::Measures(measures) => {
            let mean = known.iter().map(|row| measures[*row]).sum::<f64>() / known.len() as f64;
            known.iter().map(|row| (measures[*row] - mean) * (measures[*row] - mean)).sum()
        }
    };
    let left = |cut: Cut| -> f64 {
        let halves = [false, true].map(|half| {
            let (learned, judged): (Vec<usize>, Vec<usize>) =
                known.iter().partition(|row| halves[**row] == half);
            let parts = cells.parts(&learned, cut);
            match labels {
                Labels::Classes(classes) => wrong(&parts, classes, &learned, &judged),
                Labels::Measures(measures) => around(&parts, measures, &learned, &judged),
            }
        });
        halves.iter().sum()
    };
    (all > 0.0).then(|| 1.0 - left(Cut::Coarse).min(left(Cut::Fine)) / all)
}

/// The number of rows whose class is not the most frequent one of their part.
fn wrong(parts: &[u64], classes: &[Option<u32>], learned: &[usize], judged: &[usize]) -> f64 {
    let mut counts: HashMap<u64, HashMap<u32, usize>> = HashMap::new();
    let mut all: HashMap<u32, usize> = HashMap::new();
    for row in learned {
        let Some(class) = classes[*row] else { continue };
        *counts.entry(parts[*row]).or_default().entry(class).or_default() += 1;
        *all.entry(class).or_default() += 1;
    }
    // Of classes as frequent the first one.
    let most = |counts: &HashMap<u32, usize>| {
        counts.iter().max_by_key(|(class, count)| (**count, Reverse(**class))).map(|(c, _)| *c)
    };
    let of_all = most(&all);
    let guesses: HashMap<u64, Option<u32>> =
        counts.iter().map(|(part, counts)| (*part, most(counts))).collect();
    let wrong = judged
        .iter()
        .filter(|row| guesses.get(&parts[**row]).copied().unwrap_or(of_all) != classes[**row]);
    wrong.count() as f64
}

/// The sum of squares around the means of parts.
fn around(parts: &[u64], measures: &[f64], learned: &[usize], judged: &[usize]) -> f64 {
    let mut sums: HashMap<u64, (f64, f64)> = HashMap::new();
    let mut all = (0.0, 0.0);
    for row in learned {
        let of_part = sums.entry(parts[*row]).or_default();
        for sum in [of_part, &mut all] {
            *sum = (sum.0 + measures[*row], sum.1 + 1.0);
        }
    }
    let mean = |(sum, count): (f64, f64)| if count > 0.0 { sum / count } else { 0.0 };
    let squares = judged.iter().map(|row| {
        let from = measures[*row] - mean(sums.get(&parts[*row]).copied().unwrap_or(all));
        from * from
    });
    squares.sum()
}

/// A column of numbers or times, NaN where there is none; nothing of other types.
pub(super) fn floats(array: &ArrayRef) -> Option<Vec<f64>> {
    let array = match array.data_type() {
        ArrowType::Int64 | ArrowType::Float64 => ArrayRef::clone(array),
        ArrowType::Date32 | ArrowType::Timestamp(..) => cast(array, &ArrowType::Int64).ok()?,
        _ => return None,
    };
    let floats = cast(&array, &ArrowType::Float64).ok()?;
    let floats = floats.as_primitive_opt::<Float64Type>()?;
    Some(floats.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
}
