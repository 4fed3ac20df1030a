//! [`Store`]: content-addressed blobs, action results, and what is derived from them.
//!
//! On disk, below `.ingot/` (formats in `docs/formats.md`):
//!
//! | path | what | derived |
//! |---|---|---|
//! | `version` | the layout's version | |
//! | `cas/ab/..` | blobs by BLAKE3, mode 0444 | no |
//! | `actions/ab/..` | one record an action | no |
//! | `stat-index` | file facts -> digest | yes |
//! | `views/` | each artifact once, as a read-only tree | yes |
//! | `out/STEP/PORT` | a link to the latest view | yes |
//! | `locks/` | reservations: `flock`, so they die with their holder | |
//! | `work/` | exec roots of running steps | |
//! | `checkpoints/` | by action key, gone when the result exists | |
//! | `logs/`, `observations/`, `descriptors/` | beside the results, never in them | |
//!
//! Invariants: a blob's name is its hash; a record is written after every blob
//! it names; a crash at any instruction leaves the old state or the new one.
//! What it does not do: it knows no step, no kind and no manifest.

pub mod action_cache;
pub mod cas;
mod complete;
pub mod ingest;
pub mod source;
pub mod split;
pub mod stat_index;
pub mod tree;
pub mod view;
pub mod work;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::digest::Digest;
use crate::model::action::ActionKey;
use crate::model::canonical::CanonicalError;
use crate::sys::{PathError, clock, fs};
use stat_index::StatIndex;

/// The version of the layout.
pub const LAYOUT: &str = "ingot-store 1\n";

const FOLDERS: [&str; 10] = [
    "actions",
    "cas",
    "checkpoints",
    "descriptors",
    "locks",
    "logs",
    "observations",
    "out",
    "views",
    "work",
];

/// An open store.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
    boot: String,
    index: Mutex<StatIndex>,
    unsynced: Mutex<Vec<ActionKey>>,
}

impl Store {
    /// Opens the store at `root`, and makes it where there is none.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        let version = root.join("version");
        match fs::read_optional(&version)? {
            Some(found) if found == LAYOUT.as_bytes() => {}
            Some(found) => {
                return Err(StoreError::OtherVersion {
                    path: root.to_owned(),
                    found: String::from_utf8_lossy(&found).trim().to_owned(),
                });
            }
            None => {
                fs::create_dir_all(root)?;
                for folder in FOLDERS {
                    fs::create_dir_all(&root.join(folder))?;
                }
                fs::write_atomically(&root.join(".gitignore"), b"*\n", 0o644)?;
                fs::write_atomically(&version, LAYOUT.as_bytes(), 0o644)?;
            }
        }
        let root = fs::canonical(root)?;
        let index = StatIndex::load(&root.join("stat-index"), clock::now());
        Ok(Self {
            root,
            boot: clock::boot_id(),
            index: Mutex::new(index),
            unsynced: Mutex::new(Vec::new()),
        })
    }

    /// The folder of the store, without symlinks.
    pub fn root(&self) -> &Path {
        &self.root
    }
}

/// What can go wrong in the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system refused.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The store was written by another version.
    #[error("{} is a store of another version (`{found}`)", path.display())]
    OtherVersion {
        /// The store.
        path: PathBuf,
        /// What its version file says.
        found: String,
    },
    /// A blob is not there.
    #[error("blob {digest} is missing")]
    BlobMissing {
        /// Its digest.
        digest: Digest,
    },
    /// A blob is not what its name says.
    #[error("blob {digest} is damaged ({})", path.display())]
    BlobDamaged {
        /// Its digest.
        digest: Digest,
        /// The file.
        path: PathBuf,
    },
    /// A record has no canonical form.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// A source's path does not exist.
    #[error("{} does not exist", path.display())]
    SourceMissing {
        /// The path.
        path: PathBuf,
    },
    /// A glob that matches nothing, or is none.
    #[error("the glob `{glob}` {reason}")]
    Glob {
        /// The glob.
        glob: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file that no tree can hold.
    #[error("{} {reason}", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: &'static str,
    },
}

impl StoreError {
    /// The diagnostic code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SourceMissing { .. } | Self::Glob { .. } => "E0501",
            Self::Refused { .. } => "E0502",
            Self::Path(error) if error.is_full() => "E0604",
            Self::Path(_) => "E0503",
            Self::OtherVersion { .. } => "E0701",
            Self::BlobMissing { .. } | Self::BlobDamaged { .. } => "E0702",
            Self::Canonical(_) => "E0703",
        }
    }
}
