//! [`Meter`]: what a guest has taken of what it may take.
//!
//! Invariant: a limit decides whether there is a result, never which. A growth of
//! memory beyond the limit, or one that the machine cannot give, ends the run and is
//! never answered with "no", so that a plugin cannot do one thing here and another
//! there. Only a growth beyond what the module itself declares is answered so, which is
//! the same everywhere.

use ingot_protocol::PluginLimits;
use wasmtime::{Error, ResourceLimiter};

/// Instances of core modules; a component made of Python has dozens.
const INSTANCES: usize = 256;
/// Linear memories, all instances together.
const MEMORIES: usize = 64;
/// Tables, all instances together.
const TABLES: usize = 256;
/// Elements of all tables.
const ELEMENTS: usize = 4 << 20;
/// Open readers, writers, inputs and outputs.
pub const HANDLES: usize = 100_000;
/// Bytes that one call of the host may lift out of a guest.
pub const CALL: usize = 16 << 20;
/// Bytes of log, and number of metrics and of findings, of one step.
pub const LOG: u64 = 16 << 20;
/// How many metrics and findings one step may report, and their bytes.
pub const REPORTS: usize = 100_000;
const REPORTED: u64 = 64 << 20;
/// Streams that are open at once: each may be an open file here.
pub const OPEN: usize = 512;

/// Which limit ended a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// Bytes of linear memory.
    #[error("it asked for more memory than its limit of {0} bytes")]
    Memory(u64),
    /// Elements of tables.
    #[error("its tables grew beyond {ELEMENTS} elements")]
    Table,
    /// Bytes of output.
    #[error("it wrote more than its limit of {0} bytes")]
    Output(u64),
    /// Bytes of log.
    #[error("it logged more than {LOG} bytes")]
    Log,
    /// Metrics or findings.
    #[error(
        "it reported more than {REPORTS} metrics or findings, or than {REPORTED} bytes of them"
    )]
    Reports,
    /// Bytes of one call.
    #[error("it hands over more than {CALL} bytes in one call")]
    Call,
    /// Open streams.
    #[error("it has more than {OPEN} streams open at once")]
    Open,
    /// Objects of a garbage collector's heap.
    #[error("its objects need more memory than its limit")]
    Objects,
}

/// What a guest has taken.
#[derive(Debug)]
pub struct Meter {
    limits: PluginLimits,
    memory: u64,
    elements: usize,
    output: u64,
    log: u64,
    reports: usize,
    reported: u64,
    open: usize,
}

impl Meter {
    /// Nothing is taken yet.
    pub fn new(limits: PluginLimits) -> Self {
        Self { limits, memory: 0, elements: 0, output: 0, log: 0, reports: 0, reported: 0, open: 0 }
    }

    /// Counts bytes of output.
    pub fn output(&mut self, bytes: usize) -> Result<(), Limit> {
        self.output = self.output.saturating_add(bytes as u64);
        if self.output > self.limits.output {
            return Err(Limit::Output(self.limits.output));
        }
        Ok(())
    }

    /// Counts bytes of log.
    pub fn log(&mut self, bytes: usize) -> Result<(), Limit> {
        self.log = self.log.saturating_add(bytes as u64);
        if self.log > LOG { Err(Limit::Log) } else { Ok(()) }
    }

    /// Counts a metric or a finding, and its bytes.
    pub fn report(&mut self, bytes: usize) -> Result<(), Limit> {
        self.reports += 1;
        self.reported = self.reported.saturating_add(bytes as u64);
        match self.reports > REPORTS || self.reported > REPORTED {
            true => Err(Limit::Reports),
            false => Ok(()),
        }
    }

    /// Counts a stream that is opened.
    pub fn opened(&mut self) -> Result<(), Limit> {
        self.open += 1;
        if self.open > OPEN { Err(Limit::Open) } else { Ok(()) }
    }

    /// Counts one that is closed.
    pub fn closed(&mut self) {
        self.open = self.open.saturating_sub(1);
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool, Error> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        self.memory = self.memory.saturating_add(desired.saturating_sub(current) as u64);
        if self.memory > self.limits.memory {
            return Err(Limit::Memory(self.limits.memory).into());
        }
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool, Error> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        self.elements = self.elements.saturating_add(desired.saturating_sub(current));
        if self.elements > ELEMENTS {
            return Err(Limit::Table.into());
        }
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: Error) -> Result<(), Error> {
        Err(error)
    }

    fn table_grow_failed(&mut self, error: Error) -> Result<(), Error> {
        Err(error)
    }

    fn instances(&self) -> usize {
        INSTANCES
    }

    fn memories(&self) -> usize {
        MEMORIES
    }

    fn tables(&self) -> usize {
        TABLES
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn meter() -> Meter {
        Meter::new(PluginLimits { fuel: 1, memory: 100, output: 10 })
    }

    #[test]
    fn memory_is_counted_over_every_linear_memory() {
        let mut meter = meter();
        assert!(meter.memory_growing(0, 60, None).unwrap());
        assert!(meter.memory_growing(60, 70, None).unwrap());
        let error = meter.memory_growing(0, 31, None).unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&Limit::Memory(100)));
    }

    #[test]
    fn a_growth_beyond_the_modules_own_maximum_takes_nothing() {
        let mut meter = meter();
        assert!(!meter.memory_growing(0, 90, Some(80)).unwrap());
        assert!(meter.memory_growing(0, 100, None).unwrap());
    }

    #[test]
    fn output_may_be_as_much_as_its_limit() {
        let mut meter = meter();
        meter.output(10).unwrap();
        assert_eq!(meter.output(1), Err(Limit::Output(10)));
    }
}
