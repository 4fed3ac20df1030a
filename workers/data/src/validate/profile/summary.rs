//! What one column is like in one split. Pure.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType as ArrowType, Float64Type, Int64Type};
use ingot_statistics::profile::{
    Distinct, Frequent, NumberProfile, Settings, TextProfile, hash_bytes,
};
use ingot_tables::dataset::Role;
use ingot_tables::profile::{
    Bins, ColumnProfile, Count, Frequency, Lengths, Numbers, Quantile, Scalar, Summary, Top,
};

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

/// Sums up a column; the sample is of these rows.
pub(super) fn of(
    split: &str,
    column: &ColumnProfile,
    array: &ArrayRef,
    sampled: &[usize],
) -> Summary {
    let bare = Summary {
        rows: array.len() as u64,
        nulls: array.null_count() as u64,
        ..Summary::default()
    };
    if column.role == Role::Personal {
        return bare;
    }
    let settings = Settings {
        quantiles: 200,
        precision: 12,
        frequent: ROOM,
        seed: hash_bytes(format!("{split}\0{}", column.name).as_bytes()),
    };
    let of_type = match array.data_type() {
        ArrowType::Int64 => {
            let values = array.as_primitive::<Int64Type>();
            let float = |value: i64| value as f64;
            let sample = sample(sampled, |row| values.is_valid(row).then(|| values.value(row)));
            let sample = sample.into_iter().map(float).collect();
            let values = values.iter().map(|value| value.map(float));
            numbers(values, sample, (&settings, true)).map(whole)
        }
        ArrowType::Float64 => {
            let values = array.as_primitive::<Float64Type>();
            let sample = sample(sampled, |row| values.is_valid(row).then(|| values.value(row)));
            numbers(values.iter(), sample, (&settings, false))
        }
        ArrowType::Boolean => truths(array.as_boolean().iter()),
        ArrowType::Utf8 => texts(array.as_string::<i32>().iter(), &settings),
        _ => None,
    };
    Summary { rows: bare.rows, nulls: bare.nulls, ..of_type.unwrap_or_default() }
}

fn sample<T>(rows: &[usize], value: impl Fn(usize) -> Option<T>) -> Vec<T> {
    rows.iter().filter_map(|row| value(*row)).collect()
}

fn numbers(
    values: impl Iterator<Item = Option<f64>>,
    mut sample: Vec<f64>,
    (settings, whole): (&Settings, bool),
) -> Option<Summary> {
    let mut profile = NumberProfile::new(settings)?;
    values.for_each(|value| profile.add(value));
    sample.retain(|value| value.is_finite());
    // A zero has no sign, as everywhere in the profile.
    sample.iter_mut().for_each(|value| *value += 0.0);
    sample.sort_unstable_by(f64::total_cmp);
    let NumberProfile { not_numbers, infinite, extremes, moments, histogram, .. } = &profile;
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
    Some(Summary {
        distinct: Some(count(profile.frequent.distinct(), &profile.distinct)),
        top: Some(top(&profile.frequent, 0, scalar)),
        numbers: Some(numbers),
        ..Summary::default()
    })
}

fn texts<'a>(
    values: impl Iterator<Item = Option<&'a str>>,
    settings: &Settings,
) -> Option<Summary> {
    let mut profile = TextProfile::new(settings)?;
    values.for_each(|value| profile.add(value));
    let mean = profile.mean_length();
    let lengths = profile.lengths.zip(mean);
    let exact = profile.frequent.distinct().filter(|_| profile.long == 0);
    Some(Summary {
        distinct: Some(count(exact, &profile.distinct)),
        lengths: lengths.map(|((min, max), mean)| Lengths { min, max, mean }),
        top: Some(top(&profile.frequent, profile.long, Scalar::Text)),
        ..Summary::default()
    })
}

fn truths(values: impl Iterator<Item = Option<bool>>) -> Option<Summary> {
    let mut frequent = Frequent::new(2)?;
    values.flatten().for_each(|value| frequent.add(&value));
    let distinct = Count { count: frequent.distinct()? as u64, standard_error: 0.0 };
    let top = Some(top(&frequent, 0, Scalar::Truth));
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
fn top<T: Ord + Clone>(frequent: &Frequent<T>, passed: u64, scalar: impl Fn(T) -> Scalar) -> Top {
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
