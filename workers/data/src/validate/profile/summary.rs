//! [`Summing`]: what one column is like in one split, as its rows are come upon. Pure.

use std::hash::Hash;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType as ArrowType, Float64Type, Int64Type};
use ingot_statistics::profile::{
    Distinct, Frequent, NumberProfile, Settings, TextProfile, hash_bytes,
};
use ingot_tables::dataset::{DataType, Role};
use ingot_tables::profile::{
    Bins, ColumnProfile, Count, Frequency, Lengths, Numbers, Quantile, Scalar, Summary, Top,
};
use ingot_tables::source::Cells;

/// The shares whose quantiles are told.
const SHARES: [f64; 9] = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99];
/// Different values that are counted exactly.
const ROOM: usize = 256;
/// Frequent values that are told where there are more.
const TOP: usize = 20;
/// How often the error of a rank may be larger than is told.
const DELTA: f64 = 0.01;
/// Below it whole numbers are floats.
const WHOLE: f64 = 9_007_199_254_740_992.0; // 2^53

/// A column that is summed up.
pub(super) struct Summing {
    rows: u64,
    nulls: u64,
    values: Values,
}

/// What is known of the values.
enum Values {
    /// Nothing is read of a `personal` column, nor of bytes.
    Unread,
    /// Whole numbers are floats here.
    Numbers {
        profile: Box<NumberProfile>,
        whole: bool,
    },
    Truths(Frequent<bool>),
    Texts(TextProfile),
    /// Dates and times, as they are written.
    Times(TextProfile),
}

impl Summing {
    /// Of no row.
    pub(super) fn new(split: &str, column: &ColumnProfile) -> Self {
        let settings = Settings {
            quantiles: 200,
            precision: 12,
            frequent: ROOM,
            seed: hash_bytes(format!("{split}\0{}", column.name).as_bytes()),
        };
        let numbers = |whole| {
            NumberProfile::new(&settings)
                .map(|profile| Values::Numbers { profile: Box::new(profile), whole })
        };
        let values = match column.data_type {
            _ if column.role == Role::Personal => None,
            DataType::Int64 => numbers(true),
            DataType::Float64 => numbers(false),
            DataType::Bool => Frequent::new(2).map(Values::Truths),
            DataType::Utf8 => TextProfile::new(&settings).map(Values::Texts),
            DataType::Binary => None,
            DataType::Date | DataType::Timestamp => TextProfile::new(&settings).map(Values::Times),
        };
        Self { rows: 0, nulls: 0, values: values.unwrap_or(Values::Unread) }
    }

    /// Takes in the next rows.
    pub(super) fn add(&mut self, array: &ArrayRef) {
        self.rows += array.len() as u64;
        self.nulls += array.null_count() as u64;
        match (&mut self.values, array.data_type()) {
            (Values::Numbers { profile, .. }, ArrowType::Int64) => {
                let values = array.as_primitive::<Int64Type>().iter();
                values.for_each(|value| profile.add(value.map(|value| value as f64)));
            }
            (Values::Numbers { profile, .. }, ArrowType::Float64) => {
                array.as_primitive::<Float64Type>().iter().for_each(|value| profile.add(value));
            }
            (Values::Truths(frequent), ArrowType::Boolean) => {
                array.as_boolean().iter().flatten().for_each(|value| frequent.add(&value));
            }
            (Values::Texts(profile), ArrowType::Utf8) => {
                array.as_string::<i32>().iter().for_each(|value| profile.add(value));
            }
            (Values::Times(profile), ArrowType::Date32 | ArrowType::Timestamp(..)) => {
                let texts = Cells::Typed(Arc::clone(array)).texts();
                texts.iter().flatten().for_each(|value| profile.add(value));
            }
            _ => {}
        }
    }

    /// What the column is like; of a column of numbers these are some.
    pub(super) fn finish(self, sample: Vec<f64>) -> Summary {
        let of_type = match self.values {
            Values::Unread => None,
            Values::Numbers { profile, whole: false } => Some(numbers(&profile, sample, false)),
            Values::Numbers { profile, whole: true } => {
                Some(whole(numbers(&profile, sample, true)))
            }
            Values::Truths(frequent) => truths(&frequent),
            Values::Texts(profile) => Some(texts(&profile)),
            Values::Times(profile) => Some(Summary { lengths: None, ..texts(&profile) }),
        };
        Summary { rows: self.rows, nulls: self.nulls, ..of_type.unwrap_or_default() }
    }
}

fn numbers(profile: &NumberProfile, mut sample: Vec<f64>, whole: bool) -> Summary {
    sample.retain(|value| value.is_finite());
    // A zero has no sign, as everywhere in the profile.
    sample.iter_mut().for_each(|value| *value += 0.0);
    sample.sort_unstable_by(f64::total_cmp);
    let NumberProfile { not_numbers, infinite, extremes, moments, histogram, .. } = profile;
    let histogram = if whole { histogram.clone().whole() } else { histogram.clone() };
    let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
    let quantile = |share: f64| Some(Quantile { share, value: profile.quantiles.quantile(share)? });
    let numbers = Numbers {
        nan: *not_numbers,
        infinite: *infinite,
        min: extremes.map(|(min, _)| min),
        max: extremes.map(|(_, max)| max),
        mean: finite(moments.mean()),
        deviation: finite(moments.deviation(1)),
        quantiles: SHARES.into_iter().filter_map(quantile).collect(),
        rank_error: profile.quantiles.rank_error(DELTA).unwrap_or_default(),
        histogram: Bins {
            start: histogram.start(),
            width: histogram.width(),
            counts: histogram.counts(),
        },
        sample,
    };
    let scalar = |bits: u64| Scalar::Number(f64::from_bits(bits));
    Summary {
        distinct: Some(count(profile.frequent.distinct(), &profile.distinct)),
        top: Some(top(&profile.frequent, 0, scalar)),
        numbers: Some(numbers),
        ..Summary::default()
    }
}

fn texts(profile: &TextProfile) -> Summary {
    let mean = profile.mean_length();
    let lengths = profile.lengths.zip(mean);
    let exact = profile.frequent.distinct().filter(|_| profile.long == 0);
    Summary {
        distinct: Some(count(exact, &profile.distinct)),
        lengths: lengths.map(|((min, max), mean)| Lengths { min, max, mean }),
        top: Some(top(&profile.frequent, profile.long, Scalar::Text)),
        ..Summary::default()
    }
}

fn truths(frequent: &Frequent<bool>) -> Option<Summary> {
    let distinct = Count { count: frequent.distinct()? as u64, standard_error: 0.0 };
    let top = Some(top(frequent, 0, Scalar::Truth));
    Some(Summary { distinct: Some(distinct), top, ..Summary::default() })
}

fn count(exact: Option<usize>, sketch: &Distinct) -> Count {
    match exact {
        Some(count) => Count { count: count as u64, standard_error: 0.0 },
        None => Count {
            count: sketch.estimate().round() as u64,
            standard_error: sketch.standard_error(),
        },
    }
}

/// Every value where each has a counter, else those that are surely frequent.
fn top<T: Ord + Hash + Clone>(
    frequent: &Frequent<T>,
    passed: u64,
    scalar: impl Fn(T) -> Scalar,
) -> Top {
    let error = frequent.error();
    let most = if error == 0 { ROOM } else { TOP };
    let values = frequent.top(most).into_iter().filter(|(_, count)| *count > error);
    let values: Vec<Frequency> =
        values.map(|(value, count)| Frequency { value: scalar(value), count }).collect();
    let told: u64 = values.iter().map(|value| value.count).sum();
    Top { others: frequent.all() + passed - told, values, error }
}

/// Whole numbers as such. Where a float does not hold them, it cannot tell them apart.
fn whole(mut summary: Summary) -> Summary {
    let within = |bound: Option<f64>| bound.is_none_or(|bound| bound.abs() < WHOLE);
    let held = |numbers: &Numbers| within(numbers.min) && within(numbers.max);
    if !summary.numbers.as_ref().is_some_and(held) {
        return Summary { distinct: None, top: None, ..summary };
    }
    for frequency in summary.top.iter_mut().flat_map(|top| &mut top.values) {
        if let Scalar::Number(number) = frequency.value {
            frequency.value = Scalar::Whole(number as i64);
        }
    }
    summary
}
