//! Whether the labels of a split are spread as those of `train`.

use ingot_protocol::{Finding, Metric};
use ingot_statistics::drift::{Divergence, independence, total_variation_distance};

use super::TRAIN;
use super::params::Params;
use super::percent;
use super::rows::{Rows, Split};

/// Chance alone may have labels drift as far once in so many.
const CHANCE: f64 = 0.01;

/// Each split against `train`, or against the first where there is none: the total variation
/// distance of the shares of classes, and the p-value of chi-square.
pub(super) fn of(rows: &Rows, params: &Params) -> (Vec<Metric>, Vec<Finding>) {
    let (mut metrics, mut findings) = (Vec::new(), Vec::new());
    let reference = rows.splits.iter().find(|split| split.name == TRAIN).or(rows.splits.first());
    let Some(reference) = reference else { return (metrics, findings) };
    for split in rows.splits.iter().filter(|split| split.name != reference.name) {
        let Some((distance, p_value)) = against(rows, reference, split) else { continue };
        for (name, value) in [("label_drift", distance), ("label_drift_p_value", p_value)] {
            metrics.push(Metric { slice: split.slice(), ..Metric::new(name, value) });
        }
        if distance > params.max_drift && p_value < CHANCE {
            let message = format!(
                "`{}`: {} of the labels of `{}` would have to change to be as those of `{}`, more \
                 than {}",
                rows.label,
                percent(distance),
                split.name,
                reference.name,
                percent(params.max_drift)
            );
            findings.push(Finding {
                column: Some(rows.label.clone()),
                ..Finding::new(params.severity, "D1704", message)
            });
        }
    }
    (metrics, findings)
}

/// The distance and the p-value; nothing where a split has no label.
fn against(rows: &Rows, reference: &Split, split: &Split) -> Option<(f64, f64)> {
    let counts = [reference, split].map(|split| split.counts(rows.classes.len()));
    let [one, other] = counts;
    let there = one.iter().zip(&other).filter(|(one, other)| *one + *other > 0);
    let (one, other): (Vec<f64>, Vec<f64>) =
        there.map(|(one, other)| (*one as f64, *other as f64)).unzip();
    let distance = total_variation_distance(&one, &other)?;
    let test = independence(&[&one, &other], Divergence::Pearson, false)?;
    Some((distance, test.p_value))
}
