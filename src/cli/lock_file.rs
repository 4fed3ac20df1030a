//! [`LockFile`]: `ingot.lock` of a workspace, read as far as it is asked for.
//!
//! A lock of many steps takes longer to read than all that a command does beside it, and
//! most commands need one record or only whether the text is still the same. Invariant:
//! whatever is read of it agrees with the whole, and a lock that cannot be read ends the
//! command that needs it, with the place.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use super::exit::Stop;
use super::workspace::LOCK;
use crate::diag::{Diagnostic, Sources};
use crate::lockfile::{Lock, StepRecord};
use crate::sys::fs;

/// The lock's file.
pub(super) struct LockFile {
    path: PathBuf,
    text: OnceCell<Option<String>>,
    whole: OnceCell<Option<Lock>>,
}

impl LockFile {
    /// The lock of the workspace at `root`.
    pub(super) fn of(root: &Path) -> Self {
        Self { path: root.join(LOCK), text: OnceCell::new(), whole: OnceCell::new() }
    }

    /// Where it stands.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The whole lock; nothing where there is none.
    pub(super) fn whole(&self) -> Result<Option<&Lock>, Stop> {
        if let Some(known) = self.whole.get() {
            return Ok(known.as_ref());
        }
        let lock = match self.text()? {
            None => None,
            Some(text) => Some(Lock::parse(text, 0).map_err(|diagnostic| Stop {
                diagnostics: vec![diagnostic],
                sources: Sources { files: vec![(PathBuf::from(LOCK), text.to_owned())] },
            })?),
        };
        Ok(self.whole.get_or_init(|| lock).as_ref())
    }

    /// What it remembers of one step; nothing where it does not know the step.
    pub(super) fn record(&self, step: &str) -> Result<Option<StepRecord>, Stop> {
        if self.whole.get().is_none()
            && let Some(text) = self.text()?
            && let Some(record) = Lock::record(text, step)
        {
            return Ok(Some(record));
        }
        Ok(self.whole()?.and_then(|lock| lock.steps.get(step)).cloned())
    }

    /// Its text; nothing where there is no file.
    pub(super) fn text(&self) -> Result<Option<&str>, Stop> {
        if let Some(known) = self.text.get() {
            return Ok(known.as_deref());
        }
        let bytes = fs::read_optional(&self.path).map_err(|error| {
            let mistake = Diagnostic::error("E0503", error.to_string()).caused_by(&error);
            Stop::of(mistake.help("make the file readable"))
        })?;
        let text = bytes.map(|bytes| {
            String::from_utf8(bytes)
                .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
        });
        Ok(self.text.get_or_init(|| text).as_deref())
    }
}
