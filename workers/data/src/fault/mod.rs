//! The kind `fault`: a copy of a table with one thing wrong in it, to see who notices.
//!
//! `ingot mutate` puts such copies in the place of a source. Invariant: which rows and which
//! columns are hit is a function of (seed, fault, index); the copy is read as the original is,
//! by the same format; a value of a `personal` column is in no message, since no fault hits
//! one. What it does not do: it judges nothing.

mod categories;
mod columns;
mod labels;
mod numbers;
mod rows;
mod table;

use ingot_protocol::worker::{output, single};
use ingot_protocol::{
    Determinism, Event, Failure, Finding, InputPort, Kind, Metric, OutputPort, Reads, Request,
    Severity, seed,
};
use ingot_tables::dataset::Dataset;
use serde_json::{Value, json};

use table::Table;

/// Moves when the outputs for the same request change.
pub const REVISION: u32 = 1;

/// One thing that can be wrong with a table.
struct Fault {
    /// Its name, a value of the param `fault`.
    name: &'static str,
    /// Puts it into the table; nothing where the table has no further place for it.
    put: fn(&mut Table, &Draws) -> Option<Effect>,
}

/// What was done.
struct Effect {
    /// In words: a lower-case fragment.
    what: String,
    /// What would notice it: a line of a contract or of a manifest, which the data keep as
    /// they are.
    line: String,
}

/// Every fault, sorted by name.
const FAULTS: &[Fault] = &[
    columns::CONSTANT,
    rows::CUT_SHORT,
    labels::DROPPED_CLASS,
    rows::DUPLICATE_ROWS,
    columns::EMPTIED,
    labels::LEAKED_LABEL,
    numbers::NEGATED,
    categories::NEW_CATEGORY,
    categories::NULLS_AS_TEXT,
    numbers::OUTLIERS,
    columns::SHIFTED_CELLS,
    columns::SHIFTED_COLUMN,
    rows::STALE,
    columns::SWAPPED_COLUMNS,
    labels::SWAPPED_LABELS,
    numbers::UNIT,
    categories::UPPER_CASE,
];

/// The draws of one fault at one of its places.
struct Draws {
    seed: u64,
    name: &'static str,
    /// Which of its places, from 0.
    index: u64,
}

impl Draws {
    /// The place that is hit among so many: each index hits another one.
    fn place(&self, places: usize) -> Option<usize> {
        let (index, count) = (usize::try_from(self.index).ok()?, u64::try_from(places).ok()?);
        if index >= places {
            return None;
        }
        let first = seed::derive(self.seed, &format!("fault {} place", self.name), 0) % count;
        Some((usize::try_from(first).ok()? + index) % places)
    }

    /// The rows that are hit, each with this probability; one at least, where there is one.
    fn rows(&self, rows: usize, share: f64) -> Vec<usize> {
        let purpose = format!("fault {} row of {}", self.name, self.index);
        let drawn = |row: &usize| {
            // The upper 53 bits as a number in [0, 1).
            let draw = seed::derive(self.seed, &purpose, *row as u64) >> 11;
            (draw as f64) / ((1_u64 << 53) as f64) < share
        };
        let hit: Vec<usize> = (0..rows).filter(drawn).collect();
        if hit.is_empty() && rows > 0 { vec![0] } else { hit }
    }
}

/// A number of things.
fn counted(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

/// The kind, as `describe` tells it.
pub fn kind() -> Kind {
    let names: Vec<&str> = FAULTS.iter().map(|fault| fault.name).collect();
    Kind {
        name: "fault".into(),
        summary: "a copy of a table with one thing wrong in it, for `ingot mutate`".into(),
        revision: REVISION,
        params: json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": false,
            "required": ["fault"],
            "properties": {
                "fault": { "enum": names, "description": "what is wrong" },
                "index": {
                    "type": "integer", "minimum": 0, "default": 0,
                    "description": "which of the columns or classes it hits, counted from a drawn one"
                }
            }
        }),
        inputs: vec![
            InputPort {
                name: "data".into(),
                types: vec!["files".into()],
                required: true,
                ..InputPort::default()
            },
            InputPort {
                name: "like".into(),
                types: vec!["dataset".into()],
                required: true,
                reads: Reads::Description,
                ..InputPort::default()
            },
            InputPort {
                name: "beside".into(),
                types: vec!["files".into()],
                many: true,
                ..InputPort::default()
            },
        ],
        outputs: vec![OutputPort {
            name: "data".into(),
            artifact_type: "files".into(),
            file: true,
        }],
        further: None,
        determinism: Determinism::Bitwise,
        random: true,
        lineage: false,
        waivers: false,
        accepts_failed: true,
        metrics: Vec::new(),
        findings: Default::default(),
        expands: Vec::new(),
    }
}

/// Runs one step of the kind.
pub fn run(request: &Request, emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
    let name = request.params.get("fault").and_then(Value::as_str).unwrap_or_default();
    let Some(fault) = FAULTS.iter().find(|fault| fault.name == name) else {
        return Err(Failure::new("D1901", format!("there is no fault `{name}`"))
            .help("`ingot kinds fault` lists them"));
    };
    let schema = Dataset::open(&single(request, "like")?.path)?.schema;
    let beside = request.inputs.get("beside").map_or(&[][..], Vec::as_slice);
    let mut table = Table::read_all(single(request, "data")?, beside, &schema)?;
    let draws = Draws {
        seed: request.seed.unwrap_or_default(),
        name: fault.name,
        index: request.params.get("index").and_then(Value::as_u64).unwrap_or_default(),
    };
    let told = (fault.put)(&mut table, &draws);
    table.write(&output(request, "data")?)?;
    emit(Event::Metric(Metric::new("faults", if told.is_some() { 1.0 } else { 0.0 })));
    if let Some(Effect { what, line }) = told {
        emit(Event::Finding(Finding::new(Severity::Info, "D1902", what)));
        emit(Event::Finding(Finding::new(Severity::Info, "D1903", line)));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
