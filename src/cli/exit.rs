//! Exit codes, and [`Stop`]: why a command ends early.

use crate::diag::{Diagnostic, Level, Sources};

/// The exit codes, in the order in which they take precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Ended by the user.
    Interrupted = 130,
    /// A mistake of this program.
    Bug = 70,
    /// The command line is wrong.
    Usage = 2,
    /// The manifest is wrong.
    Manifest = 3,
    /// The machine lacks something.
    Environment = 6,
    /// The lock does not agree.
    Locked = 5,
    /// A step failed.
    StepFailed = 1,
    /// A gate failed or is inconclusive.
    Gate = 4,
    /// What it has to say could not be written.
    Unwritten = 74,
    /// Done.
    Done = 0,
}

/// Diagnostics that end a command.
#[derive(Debug)]
pub(super) struct Stop {
    /// What to say.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts that their places point into.
    pub sources: Sources,
}

impl Stop {
    /// One diagnostic without a place.
    pub(super) fn of(diagnostic: Diagnostic) -> Self {
        Self { diagnostics: vec![diagnostic], sources: Sources::default() }
    }

    /// What is wrong, in a line.
    pub(super) fn said(&self) -> String {
        let message = |one: &Diagnostic| std::iter::once(one.message.clone());
        let said =
            |one: &Diagnostic| message(one).chain(one.causes.iter().cloned()).collect::<Vec<_>>();
        self.diagnostics.first().map(said).unwrap_or_default().join(": ")
    }

    /// The exit code: that of the error which takes precedence.
    pub(super) fn exit(&self) -> Exit {
        let order = [
            Exit::Bug,
            Exit::Usage,
            Exit::Manifest,
            Exit::Environment,
            Exit::Locked,
            Exit::StepFailed,
        ];
        let exits: Vec<Exit> = self
            .diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.level == Level::Error)
            .map(|diagnostic| match diagnostic.code {
                // A target that no place names was named on the command line.
                "E0313" if diagnostic.labels.is_empty() => Exit::Usage,
                code => of_code(code),
            })
            .collect();
        order.into_iter().find(|exit| exits.contains(exit)).unwrap_or(Exit::Bug)
    }
}

/// The exit code that belongs to a diagnostic's code.
fn of_code(code: &str) -> Exit {
    match code.get(..3) {
        _ if code == "E0503" => Exit::Environment,
        // An export that was refused: what it copies was built.
        _ if ["E0525", "E0526"].contains(&code) => Exit::StepFailed,
        Some("E01" | "E02" | "E03" | "E04" | "E05") => Exit::Manifest,
        Some("E06" | "E07") => Exit::Environment,
        Some("E08") => Exit::StepFailed,
        Some("E09") => Exit::Locked,
        Some("E10") => Exit::Usage,
        _ => Exit::Bug,
    }
}
