//! What a step is handed: params, ports, and the means to report.
//!
//! Invariant: nothing else reaches the step. Every method takes `&self`, so that
//! a step may report from within a closure over its rows.

use arrow_array::RecordBatch;
use serde::de::DeserializeOwned;

use crate::host::Host;
use crate::{Failure, Finding, Input, Metric, Output};

/// One step to do.
pub struct Run {
    params: String,
    inputs: Vec<Input>,
    outputs: Vec<Output>,
    pub(crate) host: Host,
}

impl Run {
    pub(crate) fn new(
        params: String,
        inputs: Vec<Input>,
        outputs: Vec<Output>,
        host: Host,
    ) -> Self {
        Self { params, inputs, outputs, host }
    }

    /// The params, complete: defaults are filled in, and every value was checked
    /// by the kind's schema.
    ///
    /// # Errors
    /// `PARAMS`, where the type does not fit the kind's schema.
    pub fn params<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_str(&self.params)
            .map_err(|error| Failure::new("PARAMS", format!("params: {error}")))
    }

    /// The one artifact on an input port.
    ///
    /// # Errors
    /// `PORT`, where there is none or more than one.
    pub fn input(&self, port: &str) -> Result<&Input, Failure> {
        let mut inputs = self.inputs(port);
        match (inputs.next(), inputs.next()) {
            (Some(input), None) => Ok(input),
            (None, _) => Err(Failure::new("PORT", format!("input port `{port}` is empty"))),
            (Some(_), Some(_)) => {
                Err(Failure::new("PORT", format!("input port `{port}` has several artifacts")))
            }
        }
    }

    /// Every artifact on an input port: none where it was left empty.
    pub fn inputs(&self, port: &str) -> impl Iterator<Item = &Input> {
        self.inputs.iter().filter(move |input| input.port() == port)
    }

    /// The artifact on an output port.
    ///
    /// # Errors
    /// `PORT`, where the kind has no such port.
    pub fn output(&self, port: &str) -> Result<&Output, Failure> {
        self.outputs
            .iter()
            .find(|output| output.port() == port)
            .ok_or_else(|| Failure::new("PORT", format!("no output port `{port}`")))
    }

    /// Maps every batch of every stream of the input port `from` to the output
    /// port `to`: the commonest step. See [`Run::map_streams`] for one that must
    /// know the split.
    ///
    /// # Errors
    /// Those of `map`, and those of reading and writing.
    pub fn map(
        &self,
        from: &str,
        to: &str,
        mut map: impl FnMut(RecordBatch) -> Result<RecordBatch, Failure>,
    ) -> Result<(), Failure> {
        self.map_streams(from, to, |_, batch| map(batch))
    }

    /// Like [`Run::map`], with the stream's name: a dataset's split.
    ///
    /// The output's schema is that of `map`'s answer to an empty batch, which it
    /// is asked for first in every stream, so a stream without rows keeps its
    /// columns and what they mean.
    ///
    /// # Errors
    /// Those of `map`, and those of reading and writing.
    pub fn map_streams(
        &self,
        from: &str,
        to: &str,
        mut map: impl FnMut(&str, RecordBatch) -> Result<RecordBatch, Failure>,
    ) -> Result<(), Failure> {
        let (input, output) = (self.input(from)?, self.output(to)?);
        for stream in input.streams() {
            let batches = input.batches(&stream)?;
            let empty = map(&stream, RecordBatch::new_empty(batches.schema()))?;
            let mut writer = output.batches(&stream, &empty.schema())?;
            for batch in batches {
                writer.write(&map(&stream, batch?)?)?;
            }
            writer.finish()?;
        }
        Ok(())
    }

    /// Reports a metric.
    ///
    /// # Errors
    /// `METRIC`, where a number in it is not finite.
    pub fn metric(&self, metric: Metric) -> Result<(), Failure> {
        if !metric.is_finite() {
            return Err(Failure::new("METRIC", format!("metric `{}` is not finite", metric.name)));
        }
        self.host.metric(metric);
        Ok(())
    }

    /// Reports a finding.
    pub fn finding(&self, finding: Finding) {
        self.host.finding(finding);
    }

    /// Says how far the step has come; in no result.
    pub fn progress(&self, done: u64, total: u64, of_what: &str) {
        self.host.progress(done, total, of_what);
    }

    /// Adds a line to the step's log; in no result.
    pub fn log(&self, line: &str) {
        self.host.log(line);
    }

    /// The random number for this purpose and index: a function of the step's
    /// seed and of these two alone. For kinds that are [`random`](crate::Kind::random).
    pub fn draw(&self, purpose: &str, index: u64) -> u64 {
        self.host.draw(purpose, index)
    }
}
