//! `mixed_types`: texts among numbers, or among dates.

use ingot_protocol::contract::Moment;
use serde_json::json;

use super::rows::{Column, Rows};
use super::{Detector, Oddity, Params, counted, schema};

/// The detector.
pub(super) const DETECTOR: Detector = Detector {
    name: "mixed_types",
    by_default: true,
    params: || {
        schema(
            "texts in a column that is numbers or dates but for them",
            json!({"share": {
                "type": "number", "exclusiveMinimum": 0.5, "exclusiveMaximum": 1, "default": 0.9,
                "description": "the share of values that are numbers, or dates, at the least"
            }}),
        )
    },
    find,
};

/// The name of a type, and whether a text is of it.
type Of = (&'static str, fn(&str) -> bool);

/// What most values of a column of text may be.
const TYPES: [Of; 2] = [
    ("number", |text| text.parse::<f64>().is_ok()),
    ("date of ISO 8601", |text| Moment::read(text).is_some()),
];

fn find(rows: &Rows, params: &Params) -> Vec<Oddity> {
    let share = params.number("share");
    rows.columns.iter().filter_map(|column| of_column(column, share)).collect()
}

fn of_column(column: &Column, share: f64) -> Option<Oddity> {
    TYPES.iter().find_map(|(name, is_one)| {
        let (mut there, mut others) = (0_usize, Vec::new());
        for (row, text) in column.texts()?.enumerate() {
            let Some(text) = text else { continue };
            there += 1;
            if !is_one(text.trim()) {
                others.push(row);
            }
        }
        let fit = (there - others.len()) as f64 >= share * there as f64;
        (fit && !others.is_empty()).then(|| Oddity {
            code: "D1607",
            column: Some(column.name.clone()),
            what: format!(
                "of {there} texts {} no {name}, and the others are",
                counted(others.len(), "is", "are")
            ),
            rows: others,
            worst: None,
        })
    })
}
