//! What a case gave.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_ipc::reader::StreamReader;
use arrow_select::concat::concat_batches;

use crate::host::Created;
use crate::{Finding, Metric, Run};

/// What a case gave: its outputs and what it reported.
///
/// The helpers panic where what they are asked for is not there, as an
/// assertion does.
#[derive(Debug)]
pub struct Outcome {
    /// Output port, then stream, then its bytes.
    pub outputs: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
    /// The metrics, in the order in which they were reported.
    pub metrics: Vec<Metric>,
    /// The findings, in the order in which they were reported.
    pub findings: Vec<Finding>,
    /// The lines of the log.
    pub log: Vec<String>,
    /// Output port and stream, in the order in which they were made.
    pub(super) order: Vec<(String, String)>,
}

impl Outcome {
    pub(super) fn of(
        run: Run,
        outputs: impl Iterator<Item = (String, Rc<RefCell<Vec<Created>>>)>,
    ) -> Self {
        let mut outcome = Self {
            outputs: BTreeMap::new(),
            metrics: run.host.metrics.take(),
            findings: run.host.findings.take(),
            log: run.host.log.take(),
            order: Vec::new(),
        };
        for (port, created) in outputs {
            let streams = outcome.outputs.entry(port.clone()).or_default();
            for stream in created.take() {
                outcome.order.push((port.clone(), stream.name.clone()));
                streams.insert(stream.name, stream.bytes.take());
            }
        }
        outcome
    }

    /// The bytes of a stream.
    pub fn bytes(&self, port: &str, stream: &str) -> &[u8] {
        self.outputs
            .get(port)
            .and_then(|streams| streams.get(stream))
            .unwrap_or_else(|| panic!("no stream `{stream}` on output port `{port}`"))
    }

    /// A stream as text.
    pub fn text(&self, port: &str, stream: &str) -> &str {
        std::str::from_utf8(self.bytes(port, stream)).expect("a stream of text")
    }

    /// The rows of a stream as one batch.
    pub fn batch(&self, port: &str, stream: &str) -> RecordBatch {
        let reader = StreamReader::try_new(self.bytes(port, stream), None)
            .expect("a stream of Arrow batches");
        let schema = reader.schema();
        let batches: Result<Vec<_>, _> = reader.collect();
        concat_batches(&schema, &batches.expect("whole batches")).expect("batches of one schema")
    }

    /// The values of a float64 or int64 column of a stream; a null is NaN.
    pub fn numbers(&self, port: &str, stream: &str, column: &str) -> Vec<f64> {
        let batch = self.batch(port, stream);
        let array = crate::columns::column(&batch, column).expect("the column");
        if let Some(values) = array.as_primitive_opt::<Int64Type>() {
            return values.iter().map(|value| value.map_or(f64::NAN, |it| it as f64)).collect();
        }
        let values = array.as_primitive::<Float64Type>();
        values.iter().map(|value| value.unwrap_or(f64::NAN)).collect()
    }

    /// The values of a utf8 column of a stream.
    pub fn texts(&self, port: &str, stream: &str, column: &str) -> Vec<Option<String>> {
        let batch = self.batch(port, stream);
        let array = crate::columns::text(&batch, column).expect("the column");
        array.iter().map(|value| value.map(str::to_owned)).collect()
    }

    /// The value of the metric of this name that is about all of the data.
    pub fn metric(&self, name: &str) -> f64 {
        let mut metrics = self.metrics.iter().filter(|metric| metric.slice.is_empty());
        metrics
            .find(|metric| metric.name == name)
            .unwrap_or_else(|| panic!("no metric `{name}`"))
            .value
    }
}
