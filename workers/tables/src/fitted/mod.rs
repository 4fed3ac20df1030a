//! Fitted operations: what is learned from the rows of `train` and then done to every row.
//!
//! [`fit`] gives the [`State`] of some [`Operations`], and [`State::apply`] changes rows by
//! it, a batch at a time, in whatever order and split they come: training, prediction and
//! serving share it. On disk: `fitted.json`, the state by itself; in `dataset.json` and
//! `model.json` it stands with its digest as a [`FittedState`]. Invariant: equal operations and
//! equal rows of `train` give equal bytes on any machine, and no other row has a part in it.
//! It knows no step kind.

mod bucket;
mod encode;
mod error;
mod frame;
mod hash;
mod impute;
mod moments;
mod operation;
mod scale;
mod state;
mod text_statistics;
mod train;
mod value;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::dataset::Schema;
use frame::Frame;
use operation::{FittedOperation, Operation};
use state::Input;
use train::Train;

pub use error::FittedError;
pub use state::{FittedState, State, apply, apply_to_request, missing};
pub use train::{Batches, Rows};

/// Most operations of a list.
const MOST: usize = 100;

/// What is to be done to rows, in its order.
#[derive(Debug, Clone, PartialEq)]
pub struct Operations(Vec<Operation>);

impl Operations {
    /// The JSON Schema of the param that lists them.
    pub fn schema() -> Value {
        json!({
            "type": "array", "minItems": 1, "maxItems": MOST,
            "items": operation::schema(),
            "description": "what is learned from train and done to every row, in this order: { impute = { .. } }, .."
        })
    }

    /// Those of a param.
    pub fn parse(param: &Value) -> Result<Self, FittedError> {
        let wrong = |what: String| FittedError::Operations { what };
        let operations: Vec<Operation> =
            serde_json::from_value(param.clone()).map_err(|error| wrong(error.to_string()))?;
        if operations.is_empty() || operations.len() > MOST {
            return Err(wrong(format!("there are {}, and not from 1 to {MOST}", operations.len())));
        }
        match operations.iter().find_map(Operation::mistake) {
            Some(what) => Err(wrong(what)),
            None => Ok(Self(operations)),
        }
    }
}

/// Fits operations, each behind those before it, on rows of a schema.
///
/// The rows are read once for each operation, in their order. Means and deviations take them
/// one by one; medians, quartiles and quantiles hold a column's numbers in memory.
pub fn fit(operations: &Operations, schema: &Schema, rows: Rows<'_>) -> Result<State, FittedError> {
    let mut fitted: Vec<FittedOperation> = Vec::new();
    for operation in &operations.0 {
        let train = Train { schema, rows, before: &fitted };
        let next = operation.fit(&train)?;
        fitted.push(next);
    }
    let state = State::new(inputs(schema, &fitted)?, fitted);
    // Names that collide are told here, not by the first who applies it.
    state.schema(schema)?;
    state.check()?;
    Ok(state)
}

/// The columns of the schema that the operations read before one of them made them.
fn inputs(schema: &Schema, fitted: &[FittedOperation]) -> Result<Vec<Input>, FittedError> {
    let mut frame = Frame::empty(schema)?;
    let own: BTreeSet<String> = frame.columns().map(|column| column.name.clone()).collect();
    let (mut gone, mut inputs) = (BTreeSet::new(), Vec::new());
    for operation in fitted {
        for name in operation.reads() {
            let known = inputs.iter().any(|input: &Input| input.name == name);
            let column = schema.column(name).filter(|_| !known && !gone.contains(name));
            inputs.extend(column.map(Input::of));
        }
        operation.apply(&mut frame)?;
        let left: BTreeSet<&str> = frame.columns().map(|column| column.name.as_str()).collect();
        gone.extend(own.iter().filter(|name| !left.contains(name.as_str())).cloned());
    }
    Ok(inputs)
}

/// Applies operations one behind the other.
fn apply_all(fitted: &[FittedOperation], frame: &mut Frame) -> Result<(), FittedError> {
    fitted.iter().try_for_each(|operation| operation.apply(frame))
}
