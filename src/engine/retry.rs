//! Which failures are the machine's, so that the same run may end better another time.
//!
//! Pure. Invariant: what a step does itself (an exit code, an error that it tells, a
//! crash, its time, its memory, a disk that it fills) is never tried again: it would
//! hide that the step is wrong. What it does not do: it decides nothing about keys; a
//! step that was tried twice has the key and the result of one that was not.

use std::io::ErrorKind;
use std::time::Duration;

use super::trouble::StepError;
use crate::runner::RunError;
use crate::store::StoreError;
use crate::sys::PathError;

/// The pause before the first retry.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// Signals that come from outside: hang-up, interrupt, kill, terminate. A crash has others.
const FROM_OUTSIDE: [i32; 4] = [1, 2, 9, 15];

/// Whether the machine was to blame, and not the step.
pub fn is_infrastructure(trouble: &StepError) -> bool {
    match trouble {
        StepError::Run(RunError::Sandbox(_)) => true,
        StepError::Run(RunError::Signal { signal }) => FROM_OUTSIDE.contains(signal),
        StepError::Run(RunError::Path(error)) | StepError::Store(StoreError::Path(error)) => {
            is_passing(error)
        }
        StepError::Run(
            RunError::Form(_)
            | RunError::NoProgram { .. }
            | RunError::NoTool { .. }
            | RunError::NotStarted { .. }
            | RunError::Exit { .. }
            | RunError::Said { .. }
            | RunError::Timeout { .. }
            | RunError::Memory { .. }
            | RunError::Cancelled
            | RunError::Garbage { .. }
            | RunError::Flood { .. }
            | RunError::Events { .. }
            | RunError::NoOutput { .. }
            | RunError::Leak { .. }
            | RunError::ShortSecret { .. }
            | RunError::NoSecret { .. }
            | RunError::Moved { .. }
            | RunError::Crowded { .. }
            | RunError::OwnName { .. },
        )
        | StepError::Store(_)
        | StepError::Engine(_) => false,
    }
}

/// Whether an operation may succeed the next time though nobody changed anything: a disk
/// or a network that hangs, too few processes, files or memory at this moment.
fn is_passing(error: &PathError) -> bool {
    let refused = error.refusal().is_some();
    !refused
        && !matches!(
            error.source.kind(),
            ErrorKind::StorageFull
                | ErrorKind::QuotaExceeded
                | ErrorKind::FileTooLarge
                | ErrorKind::NotFound
                | ErrorKind::PermissionDenied
                | ErrorKind::AlreadyExists
                | ErrorKind::NotADirectory
                | ErrorKind::IsADirectory
                | ErrorKind::DirectoryNotEmpty
                | ErrorKind::ReadOnlyFilesystem
                | ErrorKind::CrossesDevices
                | ErrorKind::TooManyLinks
                | ErrorKind::InvalidFilename
                | ErrorKind::InvalidInput
                | ErrorKind::InvalidData
                | ErrorKind::Unsupported
        )
}

/// How long to wait before the retry of this number, from 1: half a second, and twice as
/// long each time.
pub fn pause(retry: u32) -> Duration {
    let doubled = 2u32.saturating_pow(retry.saturating_sub(1));
    FIRST_PAUSE.saturating_mul(doubled).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use std::io::Error;
    use std::path::Path;

    use super::*;
    use crate::digest::Digest;
    use crate::engine::trouble::failure;

    fn path(error: Error) -> PathError {
        PathError::new("write", Path::new("x"), error)
    }

    #[test]
    fn what_the_machine_did_is_tried_again_and_what_the_step_did_is_not() {
        let os = |number: i32| StepError::Run(path(Error::from_raw_os_error(number)).into());
        let store = |number: i32| StepError::Store(path(Error::from_raw_os_error(number)).into());
        let second = Duration::from_secs(1);
        let said = || RunError::Said { code: "D0104".into(), message: "no".into(), help: None };
        let table: [(&str, StepError, bool); 27] = [
            ("no sandbox", RunError::Sandbox("unshare".into()).into(), true),
            ("hang-up", RunError::Signal { signal: 1 }.into(), true),
            ("interrupt", RunError::Signal { signal: 2 }.into(), true),
            ("the system's out-of-memory kill", RunError::Signal { signal: 9 }.into(), true),
            ("terminate", RunError::Signal { signal: 15 }.into(), true),
            ("illegal instruction", RunError::Signal { signal: 4 }.into(), false),
            ("abort", RunError::Signal { signal: 6 }.into(), false),
            ("bus error", RunError::Signal { signal: 7 }.into(), false),
            ("segmentation fault", RunError::Signal { signal: 11 }.into(), false),
            ("file too large, by signal", RunError::Signal { signal: 25 }.into(), false),
            ("an I/O error", os(5), true),
            ("no more processes", os(11), true),
            ("no memory", store(12), true),
            ("too many open files", store(24), true),
            ("a stale network file", os(116), true),
            ("a full disk", os(28), false),
            ("a full quota", store(122), false),
            ("not there", os(2), false),
            ("not allowed", os(13), false),
            ("an exit code", RunError::Exit { code: 137 }.into(), false),
            ("what it said", said().into(), false),
            ("its time", RunError::Timeout { limit: second }.into(), false),
            ("its memory", RunError::Memory { used: 2, limit: 1 }.into(), false),
            ("cancelled", RunError::Cancelled.into(), false),
            ("no event", RunError::garbage("x", "no JSON").into(), false),
            ("a lost blob", StoreError::BlobMissing { digest: Digest::of(b"x") }.into(), false),
            ("the engine's own", StepError::Engine(failure("E0904", "x".into(), None)), false),
        ];
        for (what, trouble, expected) in table {
            assert_eq!(is_infrastructure(&trouble), expected, "{what}");
        }
    }

    #[test]
    fn pauses_grow_and_end() {
        let pauses: Vec<f64> = [1, 2, 3, 4, 5, 6, 10, 40].map(|n| pause(n).as_secs_f64()).to_vec();
        assert_eq!(pauses, [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0]);
    }
}
