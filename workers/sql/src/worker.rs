//! The worker's three verbs.

use std::collections::BTreeMap;
use std::path::Path;

use ingot_protocol::{
    Descriptor, Difference, Event, Failure, Inspection, PROTOCOL, Request, Worker, codes,
};
use ingot_tables::inspect;

use crate::transform;

/// The SQL worker.
#[derive(Debug, Clone, Copy)]
pub struct SqlWorker;

impl Worker for SqlWorker {
    fn describe(&self) -> Descriptor {
        Descriptor {
            protocol: PROTOCOL,
            worker: "ingot-sql".into(),
            stands_on: BTreeMap::new(),
            // Its one type, `dataset`, is the data worker's.
            types: Vec::new(),
            kinds: vec![transform::kind()],
            codes: codes::table(&crate::codes::tables()),
        }
    }

    fn run(&self, request: &Request, emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
        let kind = transform::kind();
        if kind.name != request.kind {
            return Err(Failure::new("Q0001", format!("there is no kind `{}`", request.kind)));
        }
        if kind.revision != request.revision {
            let message = format!(
                "revision {} of `{}` was asked for, this worker has {}",
                request.revision, kind.name, kind.revision
            );
            return Err(Failure::new("Q0002", message)
                .help("install `ingot` and its workers from one release"));
        }
        answered(|| transform::run(request, emit))
    }

    fn show(&self, artifact_type: &str, artifact: &Path) -> Result<Inspection, Failure> {
        answered(|| inspect::show(artifact_type, artifact))
    }

    fn diff(&self, artifact_type: &str, old: &Path, new: &Path) -> Result<Difference, Failure> {
        answered(|| inspect::diff(artifact_type, old, new))
    }
}

/// What a verb answers; a panic is a mistake of ours, and still a failure with a code.
fn answered<T>(verb: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    // What a panic leaves half done is the step's output, which nobody takes.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(verb)).unwrap_or_else(|_| {
        let message = "the worker stopped at what it does not know; its log says where";
        Err(Failure::new("Q0003", message).help("report it, with the SQL if you can"))
    })
}
