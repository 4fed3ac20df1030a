//! [`Train`]: the rows that operations are fitted on.
//!
//! Invariant: rows are read in their order, a batch at a time and once for each operation,
//! each time behind the operations that stand before it.

use arrow::record_batch::RecordBatch;

use super::frame::Frame;
use super::operation::FittedOperation;
use super::{FittedError, apply_all};
use crate::dataset::{DatasetError, Schema};

/// Rows a batch at a time.
pub type Batches = Box<dyn Iterator<Item = Result<RecordBatch, DatasetError>>>;

/// Reads the rows from the first one on.
pub type Rows<'a> = &'a dyn Fn() -> Result<Batches, DatasetError>;

/// The rows of `train` behind the operations that were fitted so far.
pub(super) struct Train<'a> {
    pub(super) schema: &'a Schema,
    pub(super) rows: Rows<'a>,
    pub(super) before: &'a [FittedOperation],
}

impl Train<'_> {
    /// The columns, of no rows.
    pub(super) fn columns(&self) -> Result<Frame, FittedError> {
        let mut frame = Frame::empty(self.schema)?;
        apply_all(self.before, &mut frame)?;
        Ok(frame)
    }

    /// Calls with each batch and the number of rows before it.
    pub(super) fn each(
        &self,
        mut call: impl FnMut(&Frame, u64) -> Result<(), FittedError>,
    ) -> Result<(), FittedError> {
        let mut first = 0;
        for batch in (self.rows)()? {
            let mut frame = Frame::of(self.schema, &batch?)?;
            apply_all(self.before, &mut frame)?;
            call(&frame, first)?;
            first += frame.rows() as u64;
        }
        Ok(())
    }
}
