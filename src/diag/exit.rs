//! [`Exit`]: what a command ends with, for scripts.
//!
//! Invariant: which one a diagnostic has stands in the table of codes.

/// The exit codes, in the order in which they take precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exit {
    /// Ended by the user.
    Interrupted,
    /// A mistake of this program.
    Bug,
    /// The command line is wrong.
    Usage,
    /// The manifest is wrong.
    Manifest,
    /// The machine lacks something.
    Environment,
    /// The lock does not agree.
    Locked,
    /// A step failed.
    StepFailed,
    /// A gate failed or is inconclusive.
    Gate,
    /// What it has to say could not be written.
    Unwritten,
    /// Done.
    Done,
}

impl Exit {
    /// The number that the process ends with.
    pub fn number(self) -> u8 {
        match self {
            Self::Interrupted => 130,
            Self::Bug => 70,
            Self::Usage => 2,
            Self::Manifest => 3,
            Self::Environment => 6,
            Self::Locked => 5,
            Self::StepFailed => 1,
            Self::Gate => 4,
            Self::Unwritten => 74,
            Self::Done => 0,
        }
    }

    /// The one that takes precedence; nothing where there is none.
    pub fn first(exits: impl IntoIterator<Item = Self>) -> Option<Self> {
        exits.into_iter().min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bug_takes_precedence_over_a_failed_step_and_done_over_nothing() {
        let first = |exits: &[Exit]| Exit::first(exits.iter().copied());
        assert_eq!(first(&[Exit::Done, Exit::StepFailed, Exit::Bug]), Some(Exit::Bug));
        assert_eq!(first(&[Exit::Gate, Exit::Locked, Exit::StepFailed]), Some(Exit::Locked));
        assert_eq!(first(&[Exit::Done, Exit::Gate]), Some(Exit::Gate));
        assert_eq!(first(&[]), None);
    }
}
