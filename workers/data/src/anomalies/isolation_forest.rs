//! `isolation_forest`: rows that are odd in several columns together.
//!
//! The threshold is 0.7 by itself, where the source speaks of 0.6: of two columns of a normal
//! distribution one row in twenty has more than 0.6, one in 2,500 more than 0.7.

use ingot_protocol::seed;
use ingot_statistics::outliers::{Forest, IsolationForest};
use ingot_statistics::quantile;
use serde_json::json;

use super::rows::{Column, Rows};
use super::{Detector, Oddity, Params, counted, schema};

/// Fewer rows have no usual and no odd ones.
const FEWEST_ROWS: usize = 32;

/// The detector.
pub(super) const DETECTOR: Detector = Detector {
    name: "isolation_forest",
    by_default: true,
    params: || {
        schema(
            "rows that are odd in columns of numbers taken together",
            json!({
                "threshold": {
                    "type": "number", "minimum": 0.5, "exclusiveMaximum": 1, "default": 0.7,
                    "description": "the largest score that is usual"
                },
                "trees": {
                    "type": "integer", "minimum": 1, "maximum": 10_000, "default": 100,
                    "description": "the trees of the forest"
                },
                "rows": {
                    "type": "integer", "minimum": 2, "maximum": 1_000_000, "default": 256,
                    "description": "the rows that a tree is grown of"
                }
            }),
        )
    },
    find: |rows, params| find(rows, params).into_iter().collect(),
};

fn find(rows: &Rows, params: &Params) -> Option<Oddity> {
    let columns: Vec<Vec<f64>> =
        rows.columns.iter().filter(|column| column.measures()).filter_map(filled).collect();
    // One column alone has its own detectors.
    if columns.len() < 2 || rows.count() < FEWEST_ROWS {
        return None;
    }
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let forest = Forest { trees: params.count("trees"), rows: params.count("rows") };
    let seed = seed::derive(params.seed, "anomalies forest", 0);
    let forest = IsolationForest::grow(&columns, forest, seed)?;
    let threshold = params.number("threshold");
    let mut odd: Vec<(usize, f64)> = Vec::new();
    let scores = (0..rows.count()).map(|row| forest.score(|column| columns[column][row]));
    odd.extend(scores.enumerate().filter(|(_, score)| *score > threshold));
    let worst =
        odd.iter().copied().reduce(|worst, row| if row.1 > worst.1 { row } else { worst })?;
    Some(Oddity {
        code: "D1604",
        column: None,
        what: format!(
            "{} an isolation score above {threshold} over {} columns of numbers",
            counted(odd.len(), "row has", "rows have"),
            columns.len()
        ),
        rows: odd.iter().map(|(row, _)| *row).collect(),
        worst: Some(worst.0),
    })
}

/// Its numbers, with the median of the finite ones in the place of others: what is missing
/// makes no row odd. Nothing of a column without any.
fn filled(column: &Column) -> Option<Vec<f64>> {
    let mut numbers = column.numbers()?;
    let mut sorted: Vec<f64> = numbers.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let median = quantile(&sorted, 0.5).filter(|median| median.is_finite())?;
    numbers.iter_mut().filter(|value| !value.is_finite()).for_each(|value| *value = median);
    Some(numbers)
}
