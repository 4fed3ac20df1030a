//! [`write`]: a table that was checked, as the outputs of the step.
//!
//! Keys are given before any row is taken out. Invariant: the rows are those that were
//! checked; where a file has others by now, nothing is written.

use arrow::record_batch::RecordBatch;
use ingot_protocol::contract::Contract;
use ingot_protocol::worker::output;
use ingot_protocol::{Failure, Finding, Metric, Request};
use ingot_tables::dataset::{SplitWriter, Writer};
use ingot_tables::source::Chunk;

use super::check::Checked;
use super::crossing::Crossing;
use super::given::Given;
use super::origin::Origin;
use super::profile::{Profiler, SplitProfiler};
use super::quarantine::QuarantineFile;
use super::rows::Keyed;
use super::shape::Shape;
use super::splits::of_split;
use super::tally::At;
use crate::stage::Stage;

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
        crossing: Crossing::of(&checked.schema, &checked.splits),
    };
    let mut profiler = Profiler::new(&checked.schema, checked.splits.len());
    let (mut keyed, mut files, mut profiles) = (Vec::new(), Vec::new(), Vec::new());
    for (split, _) in &checked.splits {
        keyed.push(SplitRows { rows: 0, keyed: Keyed::new(&checked.schema, &checked.repeated) });
        files.push(writer.split(split)?);
        profiles.push(profiler.split(split));
    }
    // Rows are keyed here, and stored and profiled beside it.
    let (files, profiles) = std::thread::scope(|scope| {
        let store = |files: &mut Vec<SplitWriter>, (split, rows): Kept| {
            files.get_mut(split).map_or(Ok(()), |file| Ok(file.write(&rows)?))
        };
        let profile = |profiles: &mut Vec<SplitProfiler>, (split, rows): Kept| {
            profiles.get_mut(split).into_iter().for_each(|profile| profile.take(&rows));
            Ok(())
        };
        let mut stored = Stage::begin((scope, given.cpus), files, store);
        let mut profiled = Stage::begin((scope, given.cpus), profiles, profile);
        let given = given.each(|chunk| {
            let split = checked.splits.iter().position(|(name, _)| *name == chunk.split);
            let keyed = split.and_then(|split| Some((split, keyed.get_mut(split)?)));
            let (split, keyed) = keyed.ok_or_else(|| changed(given))?;
            let kept = outputs.chunk(chunk, (split, keyed))?;
            profiled.give((split, kept.clone()))?;
            stored.give((split, kept))
        });
        let (stored, profiled) = (stored.finish(), profiled.finish());
        let outcomes = (stored?, profiled?);
        given.map(|()| outcomes)
    })?;
    outputs.origin.finish()?;
    outputs.apart.finish()?;
    let mut said = outputs.crossing.map(Crossing::findings).unwrap_or_default();
    let mut metrics = Vec::new();
    for (keyed, (split, rows)) in keyed.into_iter().zip(&checked.splits) {
        if keyed.rows != *rows {
            return Err(changed(given));
        }
        let (repeats, finding) = keyed.keyed.finish();
        let slice = of_split(&checked.splits, split);
        metrics.push(Metric { slice, ..Metric::new("repeated_rows", repeats as f64) });
        said.extend(finding);
    }
    files.into_iter().try_for_each(SplitWriter::finish)?;
    profiles.into_iter().for_each(|split| profiler.add(split));
    profiler.write(&output(request, "profile")?)?;
    Ok((metrics, said))
}

/// The number of a split, and rows of it that are kept.
type Kept = (usize, RecordBatch);

/// What is written of all splits.
struct Outputs<'a> {
    contract: &'a Contract,
    shape: &'a Shape<'a>,
    checked: &'a Checked,
    origin: Origin,
    apart: QuarantineFile,
    crossing: Option<Crossing<'a>>,
}

/// The rows of one split as they come.
struct SplitRows<'a> {
    rows: usize,
    keyed: Keyed<'a>,
}

impl Outputs<'_> {
    /// Writes where the rows of a chunk came from and what of them is taken out; those that
    /// are kept.
    fn chunk(
        &mut self,
        chunk: &Chunk,
        (number, split): (usize, &mut SplitRows<'_>),
    ) -> Result<RecordBatch, Failure> {
        let (table, quarantine) = (&chunk.table, &self.checked.quarantine);
        let at = At { split: number, first: chunk.first, places: &table.places };
        let first = split.rows;
        split.rows += table.rows();
        let rows = self.shape.batch(&self.shape.rows(table)?)?;
        let keyed = split.keyed.take(&rows, at)?;
        if let Some(crossing) = &mut self.crossing {
            let kept = |row: usize| !quarantine.rows.contains((chunk.first + row) as u64);
            crossing.take(&rows, (number as u32, first), &split.keyed.may, &kept)?;
        }
        self.origin.write(&chunk.split, &keyed, &table.places)?;
        let whose = (chunk.split.as_str(), chunk.first);
        self.apart.write(whose, &keyed, quarantine, (self.contract, table))?;
        quarantine.without(&keyed, chunk.first)
    }
}

fn changed(given: &Given<'_>) -> Failure {
    let message = format!("{}: the source changed while it was read", given.first.display());
    Failure::new("D0343", message).help("build again when nobody writes it")
}
