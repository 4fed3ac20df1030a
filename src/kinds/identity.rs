//! What stands for a worker in an action key.
//!
//! A built-in worker is its name and, for kinds whose bits depend on it, what
//! it stands on (a library's version and build); the kind's revision is in the
//! key already. Any other native worker is the digest of its binary, and so is
//! a built-in one under `INGOT_WORKER_IDENTITY=binary`. Invariant: an identity
//! holds no path and no time.

use std::collections::BTreeMap;

use ingot_protocol::{Determinism, Kind};

use crate::digest::Digest;

/// The workers that are released together with this program.
pub const BUILT_IN: [&str; 4] = ["ingot-data", "ingot-sql", "ingot-torch", "ingot-wasm"];

/// A worker's identity.
pub fn of_worker(name: &str, binary: Option<Digest>) -> String {
    match binary {
        Some(digest) => format!("{name} binary={digest}"),
        None => name.to_owned(),
    }
}

/// The identity for one kind of the worker.
pub fn of_kind(worker: &str, kind: &Kind, stands_on: &BTreeMap<String, String>) -> String {
    let mut identity = worker.to_owned();
    if kind.determinism != Determinism::Bitwise {
        for (name, version) in stands_on {
            identity.push_str(&format!(" {name}={version}"));
        }
    }
    identity
}
