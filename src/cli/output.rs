//! Where a command prints: stdout for data, stderr for the rest, colour only
//! on a terminal that wants it.

use std::io::{IsTerminal, Write};

use super::exit::{Exit, Stop};
use crate::diag::{Diagnostic, Sources, render};
use crate::sys::env;

/// What is known of the screen.
#[derive(Debug, Clone)]
pub(super) struct Output {
    /// One JSON event a line.
    pub json: bool,
    /// Whether stderr is a terminal.
    pub terminal: bool,
    /// Whether to colour stderr.
    pub colour: bool,
    /// Columns.
    pub width: usize,
}

impl Output {
    /// Looks at the terminal and at NO_COLOR.
    pub(super) fn new(json: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let colour = terminal && env::variable("NO_COLOR").is_none_or(|value| value.is_empty());
        let width = env::variable("COLUMNS").and_then(|text| text.parse().ok()).unwrap_or(100);
        Self { json, terminal, colour, width }
    }

    /// Data: stdout. A closed pipe is no error.
    pub(super) fn data(&self, text: &str) {
        let _ = std::io::stdout().write_all(text.as_bytes());
    }

    /// The rest: stderr.
    pub(super) fn note(&self, text: &str) {
        let _ = std::io::stderr().write_all(text.as_bytes());
    }

    /// Diagnostics, all of them.
    pub(super) fn diagnostics(&self, diagnostics: &[Diagnostic], sources: &Sources) {
        for diagnostic in diagnostics {
            self.note(&render::render(diagnostic, sources, self.colour, self.width));
            self.note("\n");
        }
    }

    /// Says why a command ends, and gives the exit code.
    pub(super) fn stop(&self, stop: &Stop) -> Exit {
        self.diagnostics(&stop.diagnostics, &stop.sources);
        if let Some(diagnostic) = stop.diagnostics.first() {
            self.note(&format!("`ingot error {}` explains more\n", diagnostic.code));
        }
        stop.exit()
    }
}
