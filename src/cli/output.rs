//! Where a command prints: stdout for data, stderr for the rest, colour only
//! on a terminal that wants it. What others wrote is written out ([`screen`]).

use std::io::IsTerminal;

use crate::diag::{Diagnostic, Exit, Sources, render};
use crate::report::screen::{self, Form};
use crate::sys::env;
use crate::workspace::Stop;

/// Most diagnostics that are shown.
const MOST: usize = 100;

/// Tells somebody who waits, where nothing else is said yet.
pub(super) fn tell(text: &str) {
    screen::err(Form::Text, text);
}

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
        let said = env::variable("COLUMNS").and_then(|text| text.parse().ok());
        let width = said.or_else(env::columns).unwrap_or(100);
        Self { json, terminal, colour, width }
    }

    /// Data: stdout.
    pub(super) fn data(&self, text: &str) {
        screen::out(if self.json { Form::Json } else { Form::Text }, text);
    }

    /// JSON, whether or not it was asked for.
    pub(super) fn document(&self, text: &str) {
        screen::out(Form::Json, text);
    }

    /// Bytes as they are, for a program.
    pub(super) fn raw(&self, bytes: &[u8]) {
        screen::raw(bytes);
    }

    /// The rest: stderr.
    pub(super) fn note(&self, text: &str) {
        screen::err(Form::Text, text);
    }

    /// Diagnostics, as many as somebody reads.
    pub(super) fn diagnostics(&self, diagnostics: &[Diagnostic], sources: &Sources) {
        for diagnostic in diagnostics.iter().take(MOST) {
            let form = if self.colour { Form::Coloured } else { Form::Text };
            screen::err(form, &render::render(diagnostic, sources, self.colour, self.width));
            self.note("\n");
        }
        if diagnostics.len() > MOST {
            self.note(&format!("... and {} more\n", diagnostics.len() - MOST));
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

    /// Writes what is still held back. A command that did what it was asked for and could
    /// not say so has not done it.
    pub(super) fn end(&self, exit: Exit) -> Exit {
        let Err(error) = screen::end() else { return exit };
        let mistake = Diagnostic::error("E1017", "the output could not be written");
        let stop = Stop::of(
            mistake.caused_by(&error).help("make room where it goes, or send it elsewhere"),
        );
        self.diagnostics(&stop.diagnostics, &stop.sources);
        if exit == Exit::Done { Exit::Unwritten } else { exit }
    }
}
