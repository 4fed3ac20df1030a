//! [`write`]: a table that was checked, as the outputs of the step.
//!
//! Keys are given before any row is taken out. Invariant: the rows are those that were
//! checked; where a file has others by now, nothing is written.

use ingot_protocol::contract::Contract;
use ingot_protocol::worker::output;
use ingot_protocol::{Failure, Finding, Metric, Request};
use ingot_tables::dataset::{SplitWriter, Writer};
use ingot_tables::source::Chunk;

use super::check::Checked;
use super::given::Given;
use super::origin::Origin;
use super::profile::{Profiler, SplitProfiler};
use super::quarantine::QuarantineFile;
use super::rows::Keyed;
use super::shape::Shape;
use super::splits::of_split;
use super::tally::At;

/// Writes the rows of each split: those that are kept, what they are like, those that are not
/// kept, and where each came from.
pub(super) fn write(
    request: &Request,
    contract: &Contract,
    (shape, given): (&Shape<'_>, &Given<'_>),
    checked: &Checked,
) -> Result<(Vec<Metric>, Vec<Finding>), Failure> {
    let writer = Writer::begin(&output(request, "data")?, &checked.schema)?;
    let mut outputs = Outputs {
        contract,
        shape,
        checked,
        origin: Origin::create(&output(request, "origin")?)?,
        apart: QuarantineFile::create(&output(request, "quarantine")?)?,
    };
    let mut profiler = Profiler::new(&checked.schema, checked.splits.len());
    let mut begun: Vec<SplitOutputs<'_>> = Vec::new();
    for (split, _) in &checked.splits {
        begun.push(SplitOutputs {
            name: split,
            rows: 0,
            keyed: Keyed::new(&checked.schema, &checked.repeated),
            profiler: profiler.split(split),
            file: writer.split(split)?,
        });
    }
    given.each(|chunk| {
        let number = begun.iter().position(|split| split.name == chunk.split);
        let split = number.and_then(|number| Some((number, begun.get_mut(number)?)));
        let (number, split) = split.ok_or_else(|| changed(given))?;
        outputs.chunk(chunk, (number, split))
    })?;
    outputs.origin.finish()?;
    outputs.apart.finish()?;
    let (mut metrics, mut said) = (Vec::new(), Vec::new());
    for (split, (_, rows)) in begun.into_iter().zip(&checked.splits) {
        if split.rows != *rows {
            return Err(changed(given));
        }
        split.file.finish()?;
        profiler.add(split.profiler);
        let (repeats, finding) = split.keyed.finish();
        let slice = of_split(&checked.splits, split.name);
        metrics.push(Metric { slice, ..Metric::new("repeated_rows", repeats as f64) });
        said.extend(finding);
    }
    profiler.write(&output(request, "profile")?)?;
    Ok((metrics, said))
}

/// What is written of all splits.
struct Outputs<'a> {
    contract: &'a Contract,
    shape: &'a Shape<'a>,
    checked: &'a Checked,
    origin: Origin,
    apart: QuarantineFile,
}

/// What is written of one split.
struct SplitOutputs<'a> {
    name: &'a str,
    /// Rows that came.
    rows: usize,
    keyed: Keyed<'a>,
    profiler: SplitProfiler,
    file: SplitWriter,
}

impl Outputs<'_> {
    fn chunk(
        &mut self,
        chunk: &Chunk,
        (number, split): (usize, &mut SplitOutputs<'_>),
    ) -> Result<(), Failure> {
        let (table, quarantine) = (&chunk.table, &self.checked.quarantine);
        let at = At { split: number, first: chunk.first, places: &table.places };
        split.rows += table.rows();
        let rows = self.shape.batch(&self.shape.rows(table)?)?;
        let keyed = split.keyed.take(&rows, at)?;
        self.origin.write(split.name, &keyed, &table.places)?;
        let whose = (split.name, chunk.first);
        self.apart.write(whose, &keyed, quarantine, (self.contract, table))?;
        let kept = quarantine.without(&keyed, chunk.first)?;
        split.profiler.take(&kept);
        Ok(split.file.write(&kept)?)
    }
}

fn changed(given: &Given<'_>) -> Failure {
    let message = format!("{}: the source changed while it was read", given.first.display());
    Failure::new("D0203", message).help("run the step again")
}
