//! The workers of a manifest: `[workers.NAME]`, which stand in the workspace.
//!
//! Invariant: one runs only after `ingot trust`, as the very bytes that were trusted (a copy
//! in the store), and only in the sandbox, be it to say what it is. What it says is kept in
//! the store by those bytes.

use std::path::{Path, PathBuf};

use ingot_protocol::{Descriptor, PROTOCOL};

use super::trust::Trusted;
use crate::diag::Diagnostic;
use crate::kinds::identity;
use crate::manifest::{Manifest, Worker};
use crate::model::artifact::Content;
use crate::runner::RunError;
use crate::runner::launcher::Launcher;
use crate::runner::worker::Inquiry;
use crate::store::{Store, StoreError};

/// Program, identity and descriptor of a worker.
type WorkerDescription = (PathBuf, String, Descriptor);

/// What the workers of a manifest are.
#[derive(Debug, Default)]
pub struct Declared {
    /// Program, identity and descriptor of each.
    pub workers: Vec<WorkerDescription>,
    /// Path in the workspace and content of each.
    pub contents: Vec<(String, Content)>,
    /// One for each that cannot be used.
    pub mistakes: Vec<Diagnostic>,
}

/// What they are found with.
pub struct Finder<'a> {
    /// The workspace's folder.
    pub root: &'a Path,
    /// What starts them in the sandbox.
    pub launcher: &'a Launcher,
    /// Where programs and descriptors are kept.
    pub store: &'a Store,
}

impl Finder<'_> {
    /// Finds every worker of a manifest.
    pub fn find(&self, manifest: &Manifest) -> Declared {
        let mut found = Declared::default();
        if manifest.workers.is_empty() {
            return found;
        }
        let trusted = Trusted::of(self.root);
        for (name, declared) in &manifest.workers {
            match self.worker(name, declared, &trusted) {
                Ok((content, worker)) => {
                    found.contents.push((declared.path.value.clone(), content));
                    found.workers.push(worker);
                }
                Err(mistake) => found.mistakes.push(*mistake),
            }
        }
        found
    }

    fn worker(
        &self,
        name: &str,
        declared: &Worker,
        trusted: &Trusted,
    ) -> Result<(Content, WorkerDescription), Box<Diagnostic>> {
        let path = &declared.path.value;
        let content = content(self.store, self.root, name, declared)?;
        if !trusted.has(content) {
            let message = format!("the worker `{name}` of this workspace is not trusted");
            let told = Diagnostic::error("E0609", message).label(declared.path.span, "");
            return Err(Box::new(told.help(format!("read `{path}`, then `ingot trust`"))));
        }
        let unusable = |error: &dyn std::error::Error, help: String| {
            let message = format!("the worker `{name}` cannot be used");
            let told = Diagnostic::error("E0608", message).caused_by(error);
            Box::new(told.label(declared.path.span, "").help(help))
        };
        let kept = |error: StoreError| unusable(&error, error.help().to_owned());
        if self.store.ingest_source(self.root, path, &[]).map_err(kept)? != content {
            let error = StoreError::Moved { path: self.root.join(path) };
            return Err(kept(error));
        }
        let program = self.store.view(content).map_err(kept)?;
        let called = path.rsplit('/').next().unwrap_or(path);
        let descriptor = self.described(content, &program).map_err(|error| {
            let help = format!("try `./{path} describe`: it prints a descriptor as JSON");
            unusable(&error, help)
        })?;
        if descriptor.protocol != PROTOCOL || descriptor.worker != called {
            let message = format!(
                "{path} is `{}` of protocol {}, not `{called}` of protocol {PROTOCOL}",
                descriptor.worker, descriptor.protocol
            );
            let told = Diagnostic::error("E0608", message).label(declared.path.span, "");
            return Err(Box::new(told.help("call the file as the worker calls itself")));
        }
        let identity = identity::of_worker(called, Some(content.digest()));
        Ok((content, (program, identity, descriptor)))
    }

    /// What was kept of the workers that are trusted as they are now: none of them runs.
    pub fn remembered(&self, manifest: &Manifest) -> Vec<WorkerDescription> {
        if manifest.workers.is_empty() {
            return Vec::new();
        }
        let trusted = Trusted::of(self.root);
        let known = |(name, declared): (&String, &Worker)| {
            let content = content(self.store, self.root, name, declared).ok()?;
            let descriptor = self.kept(content).filter(|_| trusted.has(content))?;
            let identity = identity::of_worker(&descriptor.worker, Some(content.digest()));
            Some((self.root.join(&declared.path.value), identity, descriptor))
        };
        manifest.workers.iter().filter_map(known).collect()
    }

    /// What was kept of a worker with this content.
    fn kept(&self, content: Content) -> Option<Descriptor> {
        let known = self.store.descriptor(&facts(content)).ok().flatten();
        known.and_then(|bytes| serde_json::from_slice(&bytes).ok())
    }

    /// What a worker says of itself: as it was kept, or asked anew.
    fn described(&self, content: Content, program: &Path) -> Result<Descriptor, RunError> {
        if let Some(known) = self.kept(content) {
            return Ok(known);
        }
        let refused = |error: StoreError| RunError::Sandbox(error.to_string());
        let folder = self.store.work_folder().map_err(refused)?;
        let (launcher, work) = (self.launcher, folder.path());
        let descriptor =
            Inquiry { launcher, program, libraries: &[], work }.describe_a_strangers()?;
        if let Ok(bytes) = serde_json::to_vec(&descriptor) {
            // A store that cannot be written costs a question the next time.
            let _ = self.store.put_descriptor(&facts(content), &bytes);
        }
        Ok(descriptor)
    }
}

/// What a descriptor is kept under.
fn facts(content: Content) -> String {
    format!("ingot-declared 2 {PROTOCOL} {content}")
}

/// What a declared worker's file holds.
pub fn content(
    store: &Store,
    root: &Path,
    name: &str,
    declared: &Worker,
) -> Result<Content, Box<Diagnostic>> {
    let path = &declared.path.value;
    let wrong = |message: String, help: &str| {
        Diagnostic::error("E0608", message).label(declared.path.span, "").help(help)
    };
    let called = path.rsplit('/').next().unwrap_or(path);
    if identity::BUILT_IN.contains(&called) {
        let message = format!("`{called}` is the name of a worker that comes with Ingot");
        return Err(Box::new(wrong(message, "call the file otherwise")));
    }
    match store.digest_source(root, path, &[]) {
        Ok(content @ Content::File { executable: true, .. }) => Ok(content),
        Ok(_) => {
            let message = format!("the worker `{name}` is no program: `{path}`");
            Err(Box::new(wrong(message, "name a file that may be executed: `chmod +x`")))
        }
        Err(error) => {
            let told =
                wrong(format!("there is no worker at `{path}`"), "build it, or correct the path");
            Err(Box::new(told.caused_by(&error)))
        }
    }
}
