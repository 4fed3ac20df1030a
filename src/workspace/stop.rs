//! [`Stop`]: why a command ends early.

use crate::diag::{Diagnostic, Exit, Level, Sources, codes};

/// Diagnostics that end a command.
#[derive(Debug)]
pub struct Stop {
    /// What to say.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts that their places point into.
    pub sources: Sources,
}

impl Stop {
    /// One diagnostic without a place.
    pub fn of(diagnostic: Diagnostic) -> Self {
        Self { diagnostics: vec![diagnostic], sources: Sources::default() }
    }

    /// What is wrong, in a line.
    pub fn said(&self) -> String {
        let message = |one: &Diagnostic| std::iter::once(one.message.clone());
        let said =
            |one: &Diagnostic| message(one).chain(one.causes.iter().cloned()).collect::<Vec<_>>();
        self.diagnostics.first().map(said).unwrap_or_default().join(": ")
    }

    /// The exit code: that of the error which takes precedence.
    pub fn exit(&self) -> Exit {
        let errors = self.diagnostics.iter().filter(|one| one.level == Level::Error);
        let exits = errors.map(|diagnostic| match diagnostic.code {
            // A target that no place names was named on the command line.
            "E0313" if diagnostic.labels.is_empty() => Exit::Usage,
            code => codes::exit(code),
        });
        Exit::first(exits).unwrap_or(Exit::Bug)
    }
}
