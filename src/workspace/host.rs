//! [`Host`]: the worker that hosts Wasm plugins, and what it takes to ask it something.
//!
//! A component is a file and its digest here, whoever declares it: a manifest, or a job from
//! elsewhere. What a plugin says of itself is kept in the store, by that digest, its grants and
//! the worker, so that a build which has nothing to do starts no plugin.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use ingot_protocol::Descriptor;

use crate::digest::Digest;
use crate::runner::launcher::Launcher;
use crate::runner::plugins::Hosting;
use crate::runner::{RunError, workers};
use crate::store::Store;

/// The worker that hosts plugins.
#[derive(Clone, Copy)]
pub struct Host<'a> {
    /// Its program.
    pub program: &'a Path,
    /// Program -> the folders of its libraries.
    pub libraries: &'a BTreeMap<PathBuf, Vec<PathBuf>>,
    /// The program that sandboxes.
    pub launcher: &'a Launcher,
    /// Where descriptors are kept.
    pub store: &'a Store,
    /// Who is told that something takes a while.
    pub tell: fn(&str),
}

/// A component.
#[derive(Clone, Copy)]
pub struct Component<'a> {
    /// Its file.
    pub file: &'a Path,
    /// Its digest.
    pub digest: Digest,
    /// What it is granted, sorted.
    pub grants: &'a [String],
}

impl Host<'_> {
    /// What a plugin says of itself: as it was kept, or asked anew. `name` is what it is called
    /// here.
    pub fn described(&self, name: &str, component: Component<'_>) -> Result<Descriptor, RunError> {
        let Component { file, digest, grants } = component;
        let facts = workers::facts(self.program)
            .map(|host| format!("ingot-plugin 1 {digest} [{}] {host}", grants.join(" ")));
        let known = facts
            .as_ref()
            .and_then(|facts| self.store.descriptor(facts).ok().flatten())
            .and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if let Some(descriptor) = known {
            return Ok(descriptor);
        }
        let compiled = self.hosting(|hosting, work| {
            if !hosting.is_compiled(digest)? {
                // A large one takes a while, and nothing else is told yet.
                let told = format!("compiling the plugin `{name}`, once on this machine\n");
                (self.tell)(&told);
            }
            hosting.compiled(file, digest, work)
        })?;
        let descriptor = self.hosting(|hosting, work| hosting.describe(&compiled, grants, work))?;
        if let (Some(facts), Ok(bytes)) = (facts, serde_json::to_vec(&descriptor)) {
            // A store that cannot be written costs a question the next time.
            let _ = self.store.put_descriptor(&facts, &bytes);
        }
        Ok(descriptor)
    }

    /// Has the worker do something in a folder of its own.
    pub fn hosting<T>(
        &self,
        work: impl FnOnce(&Hosting<'_>, &Path) -> Result<T, RunError>,
    ) -> Result<T, RunError> {
        let cancel = AtomicBool::new(false);
        let protects = [self.store.root().to_owned()];
        let hosting = Hosting {
            launcher: self.launcher,
            sandbox: true,
            program: self.program,
            libraries: self.libraries.get(self.program).map(Vec::as_slice).unwrap_or_default(),
            protects: &protects,
            cancel: &cancel,
        };
        let folder =
            self.store.work_folder().map_err(|error| RunError::Sandbox(error.to_string()))?;
        work(&hosting, folder.path())
    }
}

/// The code of a plugin that cannot be used because of this machine; none where the component
/// is to blame.
pub fn machine_code(error: &RunError) -> Option<&'static str> {
    match error {
        RunError::Path(error) if error.is_full() => Some("E0604"),
        RunError::Sandbox(_) => Some("E0606"),
        _ => None,
    }
}
