//! The files of a workspace that a person wrote, or that came with a clone of it: the
//! manifests, the locks, the config, another tool's pipeline.
//!
//! Invariant: none is read that is no regular file, leads out of the workspace or is
//! bigger than its kind may be; why not has a code and a fix.

use std::path::Path;

use super::Stop;
use crate::diag::Diagnostic;
use crate::sys::PathError;
use crate::sys::bounded::{self, Bound, Refusal};

/// Most bytes of a lock.
const LOCK: u64 = 512 << 20;
/// Most bytes of a config, or of a file of another tool.
const SMALL: u64 = 16 << 20;

/// What a file is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `ingot.toml`.
    Manifest,
    /// `ingot.lock`.
    Lock,
    /// `ingot.local.toml`, or what another tool left.
    Small,
}

impl Kind {
    fn most(self) -> u64 {
        match self {
            Self::Manifest => crate::manifest::LARGEST as u64,
            Self::Lock => LOCK,
            Self::Small => SMALL,
        }
    }
}

/// The bytes of a file of the workspace at `root`, or nothing where there is none.
pub fn read_optional(root: &Path, path: &Path, kind: Kind) -> Result<Option<Vec<u8>>, PathError> {
    bounded::read_optional(path, Bound::within(root, kind.most()))
}

/// The bytes of a file that must be there.
pub fn read(root: &Path, path: &Path, kind: Kind) -> Result<Vec<u8>, PathError> {
    bounded::read(path, Bound::within(root, kind.most()))
}

/// The bytes of a file that the user names, or of the user's own config: it may be a link.
pub fn read_own(path: &Path, kind: Kind) -> Result<Option<Vec<u8>>, PathError> {
    bounded::read_optional(path, Bound::own(kind.most()))
}

/// Why a file was not read, as the end of a command. `fix` is what to do where the file
/// system refused it.
pub fn stop(error: &PathError, kind: Kind, fix: &str) -> Stop {
    let mistake = |code| Diagnostic::error(code, error.to_string()).caused_by(error);
    Stop::of(match error.refusal() {
        None => mistake("E0503").help(fix),
        Some(Refusal::NotRegular { .. } | Refusal::Link) => {
            mistake("E0106").help("put a regular file in its place, or move it away")
        }
        Some(Refusal::Outside { .. }) => {
            mistake("E0107").help("copy what it leads to into the workspace")
        }
        Some(Refusal::TooLarge { .. }) => match kind {
            Kind::Manifest => mistake("E0102").help("data belongs into files that [sources] names"),
            Kind::Lock => mistake("E0108").help("remove it: `ingot lock` writes it anew"),
            Kind::Small => mistake("E0108").help("move it away: it holds a few lines"),
        },
    })
}
