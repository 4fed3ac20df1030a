//! Streams and reports in memory, for tests on the machine's own target.
//!
//! Invariant: it answers as the host does, byte for byte; [`crate::test::Case`]
//! compares the two. It enforces no limits and checks no names.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::{Failure, Finding, Metric};

/// A stream that a step has made.
pub(crate) struct Created {
    pub(crate) name: String,
    pub(crate) bytes: Rc<RefCell<Vec<u8>>>,
}

pub(crate) struct HostInput {
    pub(crate) port: String,
    pub(crate) artifact_type: String,
    pub(crate) streams: BTreeMap<String, Rc<[u8]>>,
}

pub(crate) struct HostReader {
    bytes: Rc<[u8]>,
    read: usize,
}

pub(crate) struct HostOutput {
    pub(crate) port: String,
    pub(crate) artifact_type: String,
    pub(crate) created: Rc<RefCell<Vec<Created>>>,
}

pub(crate) struct HostWriter(Rc<RefCell<Vec<u8>>>);

#[derive(Default)]
pub(crate) struct Host {
    pub(crate) seed: Option<u64>,
    pub(crate) metrics: RefCell<Vec<Metric>>,
    pub(crate) findings: RefCell<Vec<Finding>>,
    pub(crate) log: RefCell<Vec<String>>,
    pub(crate) progress: Cell<(u64, u64)>,
}

impl HostInput {
    pub(crate) fn port(&self) -> String {
        self.port.clone()
    }

    pub(crate) fn artifact_type(&self) -> String {
        self.artifact_type.clone()
    }

    pub(crate) fn streams(&self) -> Vec<String> {
        self.streams.keys().cloned().collect()
    }

    pub(crate) fn open(&self, name: &str) -> Result<HostReader, Failure> {
        let bytes = self.streams.get(name).ok_or_else(|| {
            Failure::new("STREAM", format!("input port `{}` has no stream `{name}`", self.port))
        })?;
        Ok(HostReader { bytes: Rc::clone(bytes), read: 0 })
    }
}

impl HostReader {
    pub(crate) fn read(&mut self, max: u32) -> Vec<u8> {
        let rest = &self.bytes[self.read..];
        let chunk = &rest[..rest.len().min(max as usize)];
        self.read += chunk.len();
        chunk.to_vec()
    }
}

impl HostOutput {
    pub(crate) fn port(&self) -> String {
        self.port.clone()
    }

    pub(crate) fn artifact_type(&self) -> String {
        self.artifact_type.clone()
    }

    pub(crate) fn create(&self, name: &str) -> Result<HostWriter, Failure> {
        let mut created = self.created.borrow_mut();
        if created.iter().any(|stream| stream.name == name) {
            let message = format!("output port `{}` has stream `{name}` already", self.port);
            return Err(Failure::new("STREAM", message));
        }
        let bytes = Rc::new(RefCell::new(Vec::new()));
        created.push(Created { name: name.to_owned(), bytes: Rc::clone(&bytes) });
        Ok(HostWriter(bytes))
    }
}

impl HostWriter {
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.0.borrow_mut().extend_from_slice(bytes);
    }
}

impl Host {
    pub(crate) fn metric(&self, metric: Metric) {
        self.metrics.borrow_mut().push(metric);
    }

    pub(crate) fn finding(&self, finding: Finding) {
        self.findings.borrow_mut().push(finding);
    }

    pub(crate) fn progress(&self, done: u64, total: u64, _of_what: &str) {
        self.progress.set((done, total));
    }

    pub(crate) fn log(&self, line: &str) {
        self.log.borrow_mut().push(line.to_owned());
    }

    pub(crate) fn draw(&self, purpose: &str, index: u64) -> u64 {
        derive(self.seed.expect("a step that draws needs `Case::seed`"), purpose, index)
    }
}

/// As the host draws: BLAKE3's key derivation over seed and index.
fn derive(seed: u64, purpose: &str, index: u64) -> u64 {
    let mut hasher = blake3::Hasher::new_derive_key(&format!("ingot 2026 seed v1 {purpose}"));
    hasher.update(&seed.to_le_bytes());
    hasher.update(&index.to_le_bytes());
    let mut bytes = [0; 8];
    hasher.finalize_xof().fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    /// The host's own test holds the same number.
    #[test]
    fn a_known_draw() {
        assert_eq!(super::derive(17, "shuffle", 3), 6_227_822_889_369_416_641);
    }
}
