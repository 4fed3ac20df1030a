//! The only place where bytes reach standard output and standard error.
//!
//! Invariant: what somebody else wrote cannot reach a terminal as an escape, whoever
//! prints it: it is written out here once more, behind those who know its lines. A write
//! that failed is remembered and ends the command ([`end`]); that nobody reads any more is
//! no failure.

use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::diag::escape;

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Lines for a person.
    Text,
    /// The same with this program's own colours.
    Coloured,
    /// JSON: what is written out stays the same value.
    Json,
}

/// The first write that failed.
static FAILED: Mutex<Option<io::Error>> = Mutex::new(None);
/// Whether the reader of standard output is gone.
static CLOSED: AtomicBool = AtomicBool::new(false);

/// Writes to standard output.
pub fn out(form: Form, text: &str) {
    raw(shown(form, text).as_bytes());
}

/// Writes bytes to standard output as they are.
pub fn raw(bytes: &[u8]) {
    if !is_closed() {
        let written = io::stdout().write_all(bytes);
        let gone = written.as_ref().is_err_and(|error| error.kind() == ErrorKind::BrokenPipe);
        CLOSED.fetch_or(gone, Ordering::Relaxed);
        remember(written);
    }
}

/// Writes to standard error.
pub fn err(form: Form, text: &str) {
    remember(io::stderr().write_all(shown(form, text).as_bytes()));
}

/// Whether nobody reads standard output any more.
pub fn is_closed() -> bool {
    CLOSED.load(Ordering::Relaxed)
}

/// Writes what is still held back, and gives the first write that failed.
pub fn end() -> Result<(), io::Error> {
    remember(io::stdout().flush());
    FAILED.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
}

/// Takes in how a write went.
pub fn remember(written: io::Result<()>) {
    if let Err(error) = written
        && error.kind() != ErrorKind::BrokenPipe
    {
        FAILED.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }
}

/// A text as it is written.
pub fn shown(form: Form, text: &str) -> std::borrow::Cow<'_, str> {
    match form {
        Form::Text => escape::block(text),
        Form::Coloured => escape::coloured(text),
        Form::Json => escape::json(text),
    }
}
