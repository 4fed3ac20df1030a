//! The log of a step: what it writes that is no event.
//!
//! On disk: the file that it is told to write, emptied first and cut at [`MOST`] bytes.
//! Invariant: the value of a secret does not reach it, nor the last lines that a failure
//! shows. A full disk costs log, not the step.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::mask::Mask;
use crate::sys::{PathError, fs};

/// Where a log is cut.
pub(super) const MOST: u64 = 32 << 20;

/// How many lines a failure shows, and how much of each.
const TAIL: usize = 20;
const LONGEST: usize = 2000;

/// The log file, and its last lines.
#[derive(Debug)]
pub(super) struct Log {
    mask: Mask,
    written: Mutex<Written>,
}

#[derive(Debug)]
struct Written {
    file: File,
    path: PathBuf,
    bytes: u64,
    tail: VecDeque<Vec<u8>>,
    /// Whether the last line of the tail goes on.
    open: bool,
}

impl Log {
    /// Begins the log at `path`.
    pub(super) fn create(path: &Path, mask: Mask) -> Result<Self, PathError> {
        let (file, path) = (fs::create(path)?, path.to_owned());
        let written = Written { file, path, bytes: 0, tail: VecDeque::new(), open: false };
        Ok(Self { mask, written: Mutex::new(written) })
    }

    /// Takes in a stream, to its end.
    pub(super) fn follow(&self, mut stream: impl Read) {
        let mut masked = self.mask.stream();
        let mut bytes = [0; 16 << 10];
        loop {
            match stream.read(&mut bytes) {
                Ok(0) => break,
                Ok(read) => self.add(&masked.add(&bytes[..read])),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        self.add(&masked.end());
    }

    /// The last lines.
    pub(super) fn into_tail(self) -> Vec<String> {
        let written = self.written.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
        let line = |line: &Vec<u8>| -> String {
            String::from_utf8_lossy(line).trim_end().chars().take(500).collect()
        };
        written.tail.iter().map(line).collect()
    }

    fn add(&self, bytes: &[u8]) {
        self.written.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).add(bytes);
    }
}

impl Written {
    fn add(&mut self, bytes: &[u8]) {
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            if !self.open {
                if self.tail.len() == TAIL {
                    self.tail.pop_front();
                }
                self.tail.push_back(Vec::new());
            }
            if let Some(last) = self.tail.back_mut() {
                let room = LONGEST.saturating_sub(last.len()).min(line.len());
                last.extend_from_slice(&line[..room]);
            }
            self.open = !line.ends_with(b"\n");
        }
        if self.bytes > MOST {
            return;
        }
        let room = usize::try_from(MOST + 1 - self.bytes).unwrap_or(usize::MAX).min(bytes.len());
        self.bytes += room as u64;
        self.write(&bytes[..room]);
        if self.bytes > MOST {
            self.write(b"\n... the log is cut here\n");
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        let _ = fs::write(&mut self.file, &self.path, bytes);
    }
}
