//! Who holds a lock of the store, as far as its file says, and how long one waits for it.
//!
//! On disk: the content of `locks/HEX` while somebody holds it. Invariant: it is told and
//! never believed. Whether a lock is held is what `flock` says; a number that is wrong, or
//! was left by one who is gone, does no harm.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::{Store, StoreError};
use crate::digest::Digest;
use crate::sys::bounded::{self, Bound};
use crate::sys::{PathError, clock, fs, lock, process};

const VERSION: &str = "ingot-lock 1";

/// Longer than what a holder writes.
const MOST_BYTES: u64 = 256;

/// How often one who waits looks whether the lock is free.
const PATIENCE: Duration = Duration::from_millis(20);

/// After how long it is told that one waits.
const FIRST: Duration = Duration::from_millis(200);

/// After how long it is told again; twice that the next time, and so on.
const AGAIN: Duration = Duration::from_secs(10);

/// What one who waits for a lock knows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Waiting {
    /// The process that holds it, where its file says so.
    pub process: Option<u32>,
    /// How long that one holds it, likewise.
    pub held: Option<Duration>,
    /// How long one has waited.
    pub waited: Duration,
    /// Whether the wait is over.
    pub over: bool,
}

/// A lock of the store, held until it is dropped.
#[derive(Debug)]
pub struct StoreLock {
    file: File,
}

impl StoreLock {
    /// A second handle of it, for another process to inherit.
    pub(super) fn try_clone(&self) -> std::io::Result<File> {
        self.file.try_clone()
    }
}

impl Drop for StoreLock {
    fn drop(&mut self) {
        let _ = fs::replace_content(&self.file, b"");
    }
}

impl Store {
    /// The right to write the lock file of the workspace in this folder.
    pub fn hold_workspace(
        &self,
        workspace: &Path,
        tell: &mut dyn FnMut(Waiting),
    ) -> Result<StoreLock, StoreError> {
        let name = Digest::of(workspace.as_os_str().as_encoded_bytes()).to_hex();
        let path = self.root.join("locks").join(name);
        let taken = self.take_lock(&path, &AtomicBool::new(false), tell)?;
        taken.ok_or(StoreError::InTheWay { path })
    }

    /// Takes a lock as soon as it is free; nothing where `cancel` is set before. The wait
    /// is told, now and then and when it is over.
    pub(super) fn take_lock(
        &self,
        path: &Path,
        cancel: &AtomicBool,
        tell: &mut dyn FnMut(Waiting),
    ) -> Result<Option<StoreLock>, StoreError> {
        let begun = Instant::now();
        let (mut next, mut told) = (FIRST, None);
        loop {
            if let Some(file) = lock::try_lock(path)? {
                // Where it cannot be written, nobody is told who holds it.
                let _ = fs::replace_content(&file, render(process::id(), clock::now()).as_bytes());
                if let Some(told) = told {
                    tell(Waiting { waited: begun.elapsed(), over: true, ..told });
                }
                return Ok(Some(StoreLock { file }));
            }
            if cancel.load(Ordering::SeqCst) {
                return Ok(None);
            }
            let waited = begun.elapsed();
            if waited >= next {
                next = AGAIN.max(next * 2);
                let (process, began) = holder(path).unwrap_or_default();
                let held = began.map(|began| clock::now().saturating_sub(began));
                tell(*told.insert(Waiting { process, held, waited, over: false }));
            }
            std::thread::sleep(PATIENCE);
        }
    }
}

/// Who holds a lock, and since when, as far as that is written.
fn holder(path: &Path) -> Result<(Option<u32>, Option<Duration>), PathError> {
    match bounded::read(path, Bound::below(path.parent().unwrap_or(path), MOST_BYTES)) {
        Ok(bytes) => Ok(parse(&String::from_utf8_lossy(&bytes))),
        Err(error) if error.refusal().is_some() => Ok((None, None)),
        Err(error) => Err(error),
    }
}

fn render(process: u32, now: Duration) -> String {
    format!("{VERSION}\nprocess {process}\nbegan {}\n", now.as_secs())
}

fn parse(text: &str) -> (Option<u32>, Option<Duration>) {
    let Some(lines) = text.strip_prefix(VERSION) else { return (None, None) };
    let word = |name: &str| {
        let value = |line: &str| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok();
        lines.lines().find_map(value)
    };
    let process = word("process").and_then(|number: u64| number.try_into().ok());
    (process, word("began").map(Duration::from_secs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_is_read_as_it_was_written_and_garbage_says_nobody() {
        let now = Duration::from_secs(1_795_889_693);
        assert_eq!(parse(&render(4242, now)), (Some(4242), Some(now)));
        for (text, expected) in [
            ("", (None, None)),
            ("4242\n", (None, None)),
            ("ingot-lock 1\nprocess -1\nbegan x\n", (None, None)),
            ("ingot-lock 1\nprocess 5000000000\n", (None, None)),
            ("ingot-lock 1\nprocess 7\n\u{1b}[2J\n", (Some(7), None)),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
