//! k-anonymity: whether every row shares what outsiders may know with k - 1 others.
//!
//! Rows that agree in all columns of the check are one group; a dataset is k-anonymous in
//! these columns if no group has fewer than k rows (Sweeney, "k-anonymity: a model for
//! protecting privacy", 2002, definition 3). Missing values are equal to each other. All
//! splits are one release, so they are counted together. Invariant: what is said has the
//! numbers of rows and groups, and no value, row or key of one. What it does not do: of
//! values that all rows of a group share (l-diversity) it says nothing.

use std::collections::HashMap;

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use ingot_protocol::{Event, Failure, Finding, Metric, Severity};
use ingot_tables::dataset::{Schema, row_key};
use serde::Deserialize;
use serde_json::{Value, json};

use super::change::unknown;

/// What is said of the param.
pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["columns", "k"],
        "properties": {
            "columns": {
                "type": "array", "minItems": 1, "items": {"type": "string"},
                "description": "columns of the result by which outsiders may know a person"
            },
            "k": {"type": "integer", "minimum": 2, "description": "fewest rows that agree in all of them"}
        },
        "description": "how many rows must agree; fewer make the verdict fail"
    })
}

/// What is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Anonymity {
    columns: Vec<String>,
    k: u64,
}

impl Anonymity {
    /// Whether a column is one of the check.
    pub(super) fn names(&self, column: &str) -> bool {
        self.columns.iter().any(|known| known == column)
    }
}

/// The groups of the rows so far.
pub(super) struct Groups<'a> {
    wanted: &'a Anonymity,
    places: Vec<usize>,
    /// Rows of each, by a hash of what they agree in.
    rows: HashMap<[u8; row_key::BYTES], u64>,
}

impl<'a> Groups<'a> {
    /// No row yet of a dataset of this schema.
    pub(super) fn new(wanted: &'a Anonymity, schema: &Schema) -> Result<Self, Failure> {
        let place = |name: &String| {
            let place = schema.columns.iter().position(|column| column.name == *name);
            place.ok_or_else(|| unknown("k_anonymity", name, &schema.columns))
        };
        let places = wanted.columns.iter().map(place).collect::<Result<_, _>>()?;
        Ok(Self { wanted, places, rows: HashMap::new() })
    }

    /// Adds rows; the columns are in the order of the schema.
    pub(super) fn add(&mut self, rows: &RecordBatch) -> Result<(), Failure> {
        let columns: Vec<ArrayRef> =
            self.places.iter().filter_map(|&place| rows.columns().get(place).cloned()).collect();
        let groups = row_key::of_groups(&columns, None, rows.num_rows())
            .map_err(|error| Failure::new("Q0003", error.to_string()))?;
        for group in groups.iter().flatten() {
            let group = group.try_into().unwrap_or_default();
            *self.rows.entry(group).or_insert(0) += 1;
        }
        Ok(())
    }

    /// What is to be said of all rows: the size of the smallest group, and a finding where
    /// it has fewer rows than it must.
    pub(super) fn judge(&self) -> Vec<Event> {
        let Some(&smallest) = self.rows.values().min() else { return Vec::new() };
        let mut said = vec![Event::Metric(Metric::new("smallest_group", smallest as f64))];
        let Anonymity { columns, k } = self.wanted;
        let small = self.rows.values().filter(|rows| *rows < k);
        let (groups, rows) =
            small.fold((0_u64, 0_u64), |(groups, all), rows| (groups + 1, all + rows));
        if groups > 0 {
            let columns: Vec<String> = columns.iter().map(|column| format!("`{column}`")).collect();
            let (columns, all) = (columns.join(", "), self.rows.values().sum::<u64>());
            let message = format!(
                "k-anonymity in {columns}: {rows} of {all} rows in groups of fewer than {k} \
                 (groups: {groups}, smallest: {smallest})"
            );
            said.push(Event::Finding(Finding {
                severity: Severity::Error,
                code: "Q0701".into(),
                message,
                column: None,
                metric: None,
                rows: Some(rows),
                examples: Vec::new(),
            }));
        }
        said
    }
}
