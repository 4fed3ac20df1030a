//! The metrics of columns, of pairs and of records. Pure.

use std::collections::BTreeMap;

use ingot_protocol::Metric;
use ingot_statistics::drift::counts_of_categories;
use ingot_statistics::fidelity::{
    Coefficient, RecordColumn, closeness, correlation_similarity, kolmogorov_smirnov_complement,
    total_variation_complement,
};

use super::columns::Table;

/// Each column by itself, and their mean.
pub(super) fn of_columns(
    real: &Table,
    synthetic: &Table,
    undefined: &mut Vec<String>,
) -> Vec<Metric> {
    let mut metrics = Vec::new();
    let pairs = real.columns.iter().zip(&synthetic.columns);
    for (name, (one, other)) in real.names.iter().zip(pairs) {
        let (metric, value) = match (one, other) {
            (RecordColumn::Numbers(one), RecordColumn::Numbers(other)) => {
                ("ks_complement", kolmogorov_smirnov_complement(one, other))
            }
            (RecordColumn::Categories(one), RecordColumn::Categories(other)) => {
                ("tv_complement", of_categories(one, other))
            }
            _ => continue,
        };
        match value {
            Some(value) => metrics.push(sliced(metric, &[("column", name)], value)),
            None => {
                undefined.push(format!("{metric} of `{name}` is undefined: a side has no value"))
            }
        }
    }
    metrics.extend(mean("column_fidelity", &metrics));
    metrics
}

fn of_categories(real: &[Option<u64>], synthetic: &[Option<u64>]) -> Option<f64> {
    let there = |values: &[Option<u64>]| -> Vec<u64> { values.iter().copied().flatten().collect() };
    let (real, synthetic) = (there(real), there(synthetic));
    let counts = counts_of_categories(&real, &synthetic);
    let (real, synthetic): (Vec<u64>, Vec<u64>) =
        counts.into_iter().map(|(_, one, other)| (one, other)).unzip();
    total_variation_complement(&real, &synthetic)
}

/// Each pair of columns of numbers, and their mean.
pub(super) fn of_pairs(
    real: &Table,
    synthetic: &Table,
    coefficient: Coefficient,
    undefined: &mut Vec<String>,
) -> Vec<Metric> {
    let numbers: Vec<(&String, &[f64], &[f64])> = real
        .names
        .iter()
        .zip(real.columns.iter().zip(&synthetic.columns))
        .filter_map(|(name, columns)| match columns {
            (RecordColumn::Numbers(one), RecordColumn::Numbers(other)) => {
                Some((name, one.as_slice(), other.as_slice()))
            }
            _ => None,
        })
        .collect();
    let mut metrics = Vec::new();
    for (at, (x, real_x, synthetic_x)) in numbers.iter().enumerate() {
        for (y, real_y, synthetic_y) in numbers.iter().skip(at + 1) {
            let of_real = (*real_x, *real_y);
            match correlation_similarity(of_real, (*synthetic_x, *synthetic_y), coefficient) {
                Some(value) => {
                    let slice = [("column", x.as_str()), ("other", y.as_str())];
                    metrics.push(sliced("correlation_similarity", &slice, value));
                }
                None => undefined.push(format!(
                    "correlation_similarity of `{x}` and `{y}` is undefined: one is constant, or \
                     they are not correlated"
                )),
            }
        }
    }
    metrics.extend(mean("pair_fidelity", &metrics));
    metrics
}

/// Whether synthetic records repeat those of train; of synthetic, train and holdout.
pub(super) fn of_records(
    [synthetic, train, holdout]: &[Vec<RecordColumn>; 3],
    undefined: &mut Vec<String>,
) -> Vec<Metric> {
    let Some(found) = closeness(synthetic, train, holdout) else {
        undefined.push("closer_to_train is undefined: a number is infinite".to_owned());
        return Vec::new();
    };
    vec![
        Metric::new("closer_to_train", found.closer_to_train),
        Metric::new("as_close_to_both", found.ties),
        Metric::new("overfitting_protection", found.protection()),
    ]
}

fn sliced(name: &str, slice: &[(&str, impl AsRef<str>)], value: f64) -> Metric {
    let slice = slice.iter().map(|(key, value)| ((*key).to_owned(), value.as_ref().to_owned()));
    Metric { slice: slice.collect::<BTreeMap<_, _>>(), ..Metric::new(name, value) }
}

fn mean(name: &str, metrics: &[Metric]) -> Option<Metric> {
    let sum: f64 = metrics.iter().map(|metric| metric.value).sum();
    (!metrics.is_empty()).then(|| Metric::new(name, sum / metrics.len() as f64))
}
