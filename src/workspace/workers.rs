//! The workers of a command: found, asked once, remembered in the store.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ingot_protocol::Descriptor;

use crate::diag::Diagnostic;
use crate::kinds::identity;
use crate::runner::launcher::Launcher;
use crate::runner::workers::{self, Cached};
use crate::store::Store;
use crate::sys::env;

/// The workers that answer, and what is wrong with the others.
#[derive(Debug, Default)]
pub struct Workers {
    /// Program, identity and descriptor of each.
    pub workers: Vec<(PathBuf, String, Descriptor)>,
    /// Program -> the folders of its libraries.
    pub libraries: BTreeMap<PathBuf, Vec<PathBuf>>,
    /// One for each that is not there or does not answer.
    pub missing: Vec<Diagnostic>,
    /// The same of those that an installation may be without, by name.
    pub left_out: BTreeMap<String, Diagnostic>,
}

impl Workers {
    /// The worker that hosts Wasm plugins.
    pub fn host(&self) -> Option<&Path> {
        let mut all = self.workers.iter();
        let (program, _, _) = all.find(|(_, _, said)| said.worker == workers::WASM)?;
        Some(program)
    }
}

/// Finds every worker, in the folders of the user first. Without a store each one is
/// asked.
pub fn find(folders: &[PathBuf], store: Option<&Store>, launcher: &Launcher) -> Workers {
    let mut found = Workers::default();
    let by_binary = env::variable("INGOT_WORKER_IDENTITY").is_some_and(|value| value == "binary");
    for located in workers::locate(folders) {
        let Some(program) = located.program else {
            let missing = format!("the worker `{}` is not installed", located.name);
            let told = Diagnostic::error("E0601", missing).help(located.fix);
            match workers::OPTIONAL.iter().any(|(name, _)| *name == located.name) {
                true => {
                    found.left_out.insert(located.name, told);
                }
                false => found.missing.push(told),
            }
            continue;
        };
        match remembered((store, launcher), &located.name, &program) {
            Ok(cached) => {
                let built_in = identity::BUILT_IN.contains(&located.name.as_str());
                let digest = (by_binary || !built_in).then_some(cached.digest);
                let identity = identity::of_worker(&located.name, digest);
                found.libraries.insert(program.clone(), cached.libraries);
                found.workers.push((program, identity, cached.descriptor));
            }
            Err(diagnostic) => found.missing.push(diagnostic),
        }
    }
    found
}

fn remembered(
    (store, launcher): (Option<&Store>, &Launcher),
    name: &str,
    program: &Path,
) -> Result<Cached, Diagnostic> {
    let facts = workers::facts(program);
    let known = store
        .zip(facts.as_ref())
        .and_then(|(store, facts)| store.descriptor(facts).ok().flatten())
        .and_then(|bytes| serde_json::from_slice::<Cached>(&bytes).ok());
    if let Some(cached) = known {
        return Ok(cached);
    }
    let cached = workers::describe(launcher, name, program)?;
    if let (Some(store), Some(facts), Ok(bytes)) = (store, facts, serde_json::to_vec(&cached)) {
        // A store that cannot be written costs a question the next time.
        let _ = store.put_descriptor(&facts, &bytes);
    }
    Ok(cached)
}
