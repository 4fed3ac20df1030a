//! [`State`]: what operations learned, as a value and as `fitted.json`.
//!
//! Invariant: a state that was read agrees with itself and its digest, and is no larger than
//! [`MOST_BYTES`]. Applying it is a pure function of one row.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use serde::{Deserialize, Serialize};

use super::frame::{Frame, quoted};
use super::operation::FittedOperation;
use super::{FittedError, apply_all};
use crate::dataset::{Column, DataType, Modality, Role, SCHEMA_VERSION, Schema, same_type};
use crate::json;

/// The version that is written.
const VERSION: u32 = 1;

/// Most bytes of `fitted.json`.
const MOST_BYTES: u64 = 16 << 20;

/// What operations learned from the rows of `train`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    version: u32,
    /// The columns that the operations read, as they are before the first of them.
    inputs: Vec<Input>,
    operations: Vec<FittedOperation>,
}

// No number of a state is NaN: JSON has none.
impl Eq for State {}

/// A column that operations read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    pub(super) name: String,
    #[serde(rename = "type")]
    data_type: DataType,
}

impl Input {
    pub(super) fn of(column: &Column) -> Self {
        Self { name: column.name.clone(), data_type: column.data_type }
    }
}

/// A state with its digest: what rows went through, or what a model's rows go through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FittedState {
    /// BLAKE3 of the state as `fitted.json` has it, in hex.
    pub digest: String,
    /// The state.
    pub state: State,
}

impl State {
    pub(super) fn new(inputs: Vec<Input>, operations: Vec<FittedOperation>) -> Self {
        Self { version: VERSION, inputs, operations }
    }

    /// Reads and checks `fitted.json`.
    pub fn read(path: &Path) -> Result<Self, FittedError> {
        let state: Self = crate::regular::read(path, MOST_BYTES)
            .and_then(|text| json::parse(&text))
            .map_err(|source| FittedError::State { path: path.to_owned(), source })?;
        state.check()?;
        Ok(state)
    }

    /// Writes `fitted.json`; equal states give equal bytes.
    pub fn write(&self, path: &Path) -> Result<(), FittedError> {
        json::write(path, self)
            .map_err(|source| FittedError::State { path: path.to_owned(), source })
    }

    /// Whether it is of a version that is read, agrees with itself and keeps its bound.
    pub(super) fn check(&self) -> Result<(), FittedError> {
        if self.version != VERSION {
            return Err(FittedError::Version { found: self.version, expected: VERSION });
        }
        if let Some(what) = self.operations.iter().find_map(FittedOperation::mistake) {
            return Err(FittedError::Inconsistent { what });
        }
        let bytes = self.measure().map_err(unwritten)?.bytes;
        if bytes > MOST_BYTES {
            let what = format!("what was learned has more than {} MiB", MOST_BYTES >> 20);
            return Err(FittedError::Large { what });
        }
        Ok(())
    }

    /// The schema of the rows that it gives, with itself behind the states that they went
    /// through.
    pub fn schema(&self, schema: &Schema) -> Result<Schema, FittedError> {
        let mut frame = Frame::empty(schema)?;
        self.change(&mut frame)?;
        let columns = frame.columns().cloned().collect();
        let mut schema = Schema { columns, ..schema.clone() };
        schema.fitted.push(FittedState::of(self.clone())?);
        Ok(schema)
    }

    /// Rows of a schema with the columns of [`Self::schema`]; they keep their order and, where
    /// they have some, their keys.
    pub fn apply(&self, schema: &Schema, rows: &RecordBatch) -> Result<RecordBatch, FittedError> {
        let mut frame = Frame::of(schema, rows)?;
        self.change(&mut frame)?;
        frame.batch()
    }

    fn change(&self, frame: &mut Frame) -> Result<(), FittedError> {
        let first = self.operations.first().map_or("fitted", FittedOperation::name);
        for Input { name, data_type } in &self.inputs {
            frame.take(first, name, &[*data_type])?;
        }
        apply_all(&self.operations, frame)
    }

    /// A line for each operation: its name, and the columns that it reads.
    pub fn lines(&self) -> Vec<[String; 2]> {
        let line = |fitted: &FittedOperation| [fitted.name().to_owned(), fitted.reads().join(", ")];
        self.operations.iter().map(line).collect()
    }

    fn measure(&self) -> io::Result<Measure> {
        let mut measure = Measure::default();
        json::render(&mut measure, self)?;
        Ok(measure)
    }
}

impl FittedState {
    /// A state with its digest.
    pub fn of(state: State) -> Result<Self, FittedError> {
        let digest = state.measure().map_err(unwritten)?.hash.finalize().to_hex().to_string();
        Ok(Self { digest, state })
    }

    /// Whether it agrees with itself, and the digest is the state's.
    pub fn check(&self) -> Result<(), FittedError> {
        self.state.check()?;
        let found = Self::of(self.state.clone())?.digest;
        if found == self.digest {
            return Ok(());
        }
        let what = format!("its digest is {found}, and {} is said", self.digest);
        Err(FittedError::Inconsistent { what })
    }
}

/// The states that rows with some still lack of those that are expected, in their order.
///
/// What rows went through is the beginning of what is expected, or they are refused.
pub fn missing<'a>(
    there: &[FittedState],
    expected: &'a [FittedState],
) -> Result<&'a [FittedState], FittedError> {
    match expected.split_at_checked(there.len()) {
        Some((same, rest)) if same == there => Ok(rest),
        _ => Err(FittedError::Differs { found: told(there), expected: told(expected) }),
    }
}

/// Rows of a schema behind several states, and their schema.
pub fn apply(
    states: &[FittedState],
    schema: &Schema,
    rows: RecordBatch,
) -> Result<(Schema, RecordBatch), FittedError> {
    states.iter().try_fold((schema.clone(), rows), |(schema, rows), FittedState { state, .. }| {
        let changed = state.apply(&schema, &rows)?;
        Ok((state.schema(&schema)?, changed))
    })
}

/// Rows of which nothing is said behind several states: each column of a type that a dataset
/// has is taken for a feature, and others are left out.
pub fn apply_to_request(
    states: &[FittedState],
    rows: &RecordBatch,
) -> Result<RecordBatch, FittedError> {
    if states.is_empty() {
        return Ok(rows.clone());
    }
    let (mut columns, mut arrays) = (Vec::new(), Vec::new());
    for (field, array) in rows.schema().fields().iter().zip(rows.columns()) {
        let Some(data_type) = DataType::of_arrow(field.data_type()) else { continue };
        let Some(array) = same_type(array, data_type) else { continue };
        let (name, role) = (field.name().clone(), Role::Feature);
        columns.push(Column { name, data_type, role, nullable: true, classes: None });
        arrays.push(array);
    }
    let schema = Schema {
        version: SCHEMA_VERSION,
        modality: Modality::Table,
        image: None,
        columns,
        fitted: Vec::new(),
    };
    let rows = RecordBatch::try_new(Arc::new(schema.arrow()), arrays)?;
    Ok(apply(states, &schema, rows)?.1)
}

/// States by their digests, for a message.
fn told(states: &[FittedState]) -> String {
    let short = |state: &FittedState| quoted(state.digest.get(..12).unwrap_or(&state.digest));
    match states {
        [] => "no fitted state".to_owned(),
        [one] => format!("the fitted state {}", short(one)),
        several => {
            format!(
                "the fitted states {}",
                several.iter().map(short).collect::<Vec<_>>().join(", ")
            )
        }
    }
}

fn unwritten(error: io::Error) -> FittedError {
    FittedError::Inconsistent { what: error.to_string() }
}

/// Bytes that are hashed and counted, and not kept.
#[derive(Debug, Default)]
struct Measure {
    hash: blake3::Hasher,
    bytes: u64,
}

impl Write for Measure {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
