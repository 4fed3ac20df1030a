//! [`Store`]: content-addressed blobs, action results, and what is derived from them.
//!
//! On disk, below `.ingot/` (formats in `docs/formats.md`):
//!
//! | path | what | derived |
//! |---|---|---|
//! | `version` | the layout's version | |
//! | `cas/ab/..` | blobs by BLAKE3, mode 0444 | no |
//! | `actions/ab/..` | one record an action | no |
//! | `synced` | since when blobs may be lost to a crash | |
//! | `quarantine/` | blobs that were not what their name says | |
//! | `memo/` | that a build found everything done | yes |
//! | `stat-index` | what folders of the workspace held -> digests | yes |
//! | `views/` | each artifact once, as a read-only tree | yes |
//! | `out/STEP/PORT` | a link to the latest view | yes |
//! | `locks/` | reservations: `flock`, so they die with their holder | |
//! | `placed/` | what was copied into a workspace, and where | |
//! | `leases/` | what running builds need | |
//! | `roots/` | the workspaces that build here | |
//! | `work/` | exec roots of running steps, and what is being written | |
//! | `checkpoints/` | by action key, gone when the result exists | |
//! | `failed/` | exec roots of failed steps, where a build keeps them | |
//! | `logs/`, `curves/`, `observations/`, `verified/`, `descriptors/` | beside the results, never in them | |
//! | `runs/` | what each build gave, by workspace | |
//!
//! Invariants: a blob's name is its hash; a record is written after every blob
//! it names; a crash at any instruction leaves the old state or the new one.
//! What it does not do: it knows no step, no kind and no manifest.

pub mod action_cache;
pub mod believe;
pub mod bounds;
pub mod cas;
pub mod check;
pub mod clean;
pub mod compare;
mod complete;
pub mod curves;
mod durable;
pub mod export;
pub mod failed;
pub mod fetch;
pub mod gc;
pub mod glance;
mod hash;
pub mod holder;
pub mod in_place;
pub mod ingest;
pub mod lease;
mod listing;
mod mark;
pub mod memo;
mod pages;
pub mod partitions;
pub mod remote;
pub mod roots;
pub mod runs;
pub mod seal;
pub mod source;
pub mod split;
pub mod stat_index;
mod survey;
pub mod tree;
pub mod upload;
pub mod verified;
pub mod view;
pub mod work;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use globset::GlobSet;

use crate::digest::Digest;
use crate::model::action::ActionKey;
use crate::model::canonical::CanonicalError;
use crate::sys::bounded::{self, Bound};
use crate::sys::{PathError, clock, fs};
use bounds::TooLarge;
use fetch::Remotes;
use in_place::InPlace;
pub use mark::LAYOUT;
use mark::{FOLDERS, is_made};
use pages::WrittenBack;
use stat_index::StatIndex;
use work::WorkFolder;

/// An open store.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
    /// When the store was opened: files younger than that are not remembered.
    opened: Duration,
    index: OnceLock<StatIndex>,
    /// Whether blobs were put since the last sync.
    unsynced: AtomicBool,
    /// Where blobs, records and views are made before they are renamed.
    scratch: Mutex<Option<WorkFolder>>,
    /// The workspace whose sources are digested, as given and without symlinks.
    workspace: Mutex<Option<(PathBuf, PathBuf)>>,
    /// Folders of sources, likewise.
    folders: Mutex<HashMap<PathBuf, PathBuf>>,
    /// The globs of sources, compiled.
    globs: Mutex<HashMap<String, Arc<GlobSet>>>,
    /// The stores that others share too, in front of which this one stands.
    remotes: Remotes,
    /// Which files of the workspace had their pages written back.
    written_back: WrittenBack,
    /// Up to how many bytes a source is copied.
    copy_limit: u64,
    /// The sources that are read where they stand.
    in_place: Mutex<BTreeMap<Digest, InPlace>>,
}

impl Store {
    /// Opens the store at `root`, and makes it where there is none.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        Self::open_at(root, &clock::boot_id(), clock::stamping())
    }

    /// The same during the boot `boot` and at the moment `now`.
    fn open_at(root: &Path, boot: &str, now: Duration) -> Result<Self, StoreError> {
        let made = is_made(root)?;
        if !made {
            fs::create_dir_all(root)?;
        }
        let root = fs::canonical(root)?;
        for folder in FOLDERS.map(|folder| root.join(folder)) {
            match fs::metadata_optional(&folder)? {
                Some(found) if found.is_dir() => {}
                // A link would lead what is written and removed out of the store.
                Some(_) => return Err(StoreError::InTheWay { path: folder }),
                None => fs::create_dir_all(&folder)?,
            }
        }
        let store = Self {
            root,
            opened: now,
            index: OnceLock::new(),
            unsynced: AtomicBool::new(false),
            scratch: Mutex::new(None),
            workspace: Mutex::new(None),
            folders: Mutex::new(HashMap::new()),
            globs: Mutex::new(HashMap::new()),
            remotes: Remotes::default(),
            written_back: WrittenBack::default(),
            copy_limit: in_place::COPY_LIMIT,
            in_place: Mutex::new(BTreeMap::new()),
        };
        if !made {
            store.write_whole(&store.root.join(".gitignore"), b"*\n")?;
            store.write_whole(&store.root.join("version"), LAYOUT.as_bytes())?;
        }
        store.settle(boot, now)?;
        Ok(store)
    }

    /// The folder of the store, without symlinks.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path for a file or folder that is being made; removed with the store
    /// or, after a crash, by the next one's sweep.
    fn temporary(&self) -> Result<PathBuf, StoreError> {
        let mut scratch = lock(&self.scratch);
        let folder = match scratch.take() {
            Some(folder) => folder,
            None => self.work_folder()?,
        };
        Ok(scratch.insert(folder).path().join(fs::temporary_name()))
    }

    /// Writes a file of the store whole or not at all. A folder in its place is moved to
    /// `quarantine/`.
    fn write_whole(&self, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        let temporary = self.temporary()?;
        let written = fs::write_new(&temporary, bytes, 0o644).and_then(|()| {
            if fs::is_folder(path) {
                let name = Digest::of(path.as_os_str().as_encoded_bytes()).to_hex();
                let aside = self.root.join("quarantine").join(name);
                fs::remove_all(&aside)?;
                fs::rename(path, &aside)?;
            }
            fs::rename(&temporary, path)
        });
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        Ok(written?)
    }
}

/// Most bytes of a file of the store that is read whole.
const MOST: u64 = 512 << 20;

/// The bytes of a file of the store, or nothing where there is none.
fn kept(root: &Path, path: &Path) -> Result<Option<Vec<u8>>, PathError> {
    bounded::read_optional(path, Bound::below(root, MOST))
}

/// The same of a file that is made again where it is missing: what is no such file, or too
/// big for one, counts as missing.
fn kept_if_sound(root: &Path, path: &Path) -> Result<Option<Vec<u8>>, PathError> {
    match kept(root, path) {
        Err(error) if error.refusal().is_some() => Ok(None),
        found => found,
    }
}

/// What only spares work later may fail where nothing can be written.
fn spared(done: Result<(), StoreError>) -> Result<(), StoreError> {
    match done {
        Err(StoreError::Path(error)) if error.is_denied() => Ok(()),
        done => done,
    }
}

/// A lock whose holder may have panicked: what it guards is whole at any time.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
    /// The folder is in use for something else.
    #[error("{} is no store: it holds `{}`", path.display(), found.display())]
    NotAStore {
        /// The folder.
        path: PathBuf,
        /// A name in it that no store has.
        found: PathBuf,
    },
    /// A build is running in it.
    #[error("a build runs in {}", path.display())]
    Busy {
        /// The store.
        path: PathBuf,
    },
    /// Something else stands where the store has something of its own.
    #[error("{} is not what a store has there", path.display())]
    InTheWay {
        /// Where.
        path: PathBuf,
    },
    /// What a workspace needs cannot be read.
    #[error("{} does not say which results its workspace needs", path.display())]
    RootDamaged {
        /// The root's file.
        path: PathBuf,
    },
    /// A blob is not there.
    #[error("blob {digest} is missing")]
    BlobMissing {
        /// Its digest.
        digest: Digest,
    },
    /// A blob is not what its name says.
    #[error("blob {digest} was damaged; it is at {} now", path.display())]
    BlobDamaged {
        /// Its digest.
        digest: Digest,
        /// Where it was moved.
        path: PathBuf,
    },
    /// The wait for a reservation was cancelled.
    #[error("the wait for the step that another build runs was interrupted")]
    Cancelled {
        /// The key of the action.
        key: ActionKey,
    },
    /// Reading it was interrupted.
    #[error("reading {} was interrupted", path.display())]
    Interrupted {
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
    /// A tree that is larger than any may be.
    #[error("{} {bound}", path.display())]
    TooLarge {
        /// The file or folder.
        path: PathBuf,
        /// The bound that it does not keep.
        bound: TooLarge,
    },
    /// A source that is read in place was touched since it was hashed.
    #[error("{} was changed while the build reads it", path.display())]
    Moved {
        /// The file.
        path: PathBuf,
    },
}

impl StoreError {
    /// The diagnostic code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SourceMissing { .. } | Self::Glob { .. } => "E0501",
            Self::Refused { .. } => "E0502",
            Self::Moved { .. } => "E0504",
            Self::TooLarge { .. } => "E0520",
            Self::Path(error) if error.is_full() => "E0604",
            Self::Path(_) => "E0503",
            Self::OtherVersion { .. } => "E0701",
            Self::NotAStore { .. } => "E0707",
            Self::InTheWay { .. } => "E0708",
            Self::Busy { .. } => "E0712",
            Self::RootDamaged { .. } => "E0709",
            Self::BlobMissing { .. } | Self::BlobDamaged { .. } => "E0702",
            Self::Canonical(_) => "E0703",
            Self::Cancelled { .. } | Self::Interrupted { .. } => "E0808",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Path(error) if error.is_full() => "make room on the disk, and try again",
            Self::Path(error) if error.is_denied() => {
                "make it writable for you; or name another store in INGOT_STORE"
            }
            Self::Path(error) if error.refusal().is_some() => {
                "Ingot did not make it so: move it away, and try again"
            }
            Self::Moved { .. } => "build again, and leave it alone until the build has ended",
            Self::TooLarge { .. } => "divide it, or put its files into an archive",
            Self::BlobMissing { .. } | Self::BlobDamaged { .. } => {
                "build again: what made it runs again"
            }
            Self::NotAStore { .. } => {
                "name an empty folder or a store in INGOT_STORE or in [store] path of ingot.local.toml"
            }
            Self::OtherVersion { .. } => {
                "use the version that wrote it, or name another store in INGOT_STORE"
            }
            Self::RootDamaged { .. } => {
                "remove the file; or, to keep what its workspace needs, build there again"
            }
            Self::Busy { .. } => "let it end, or end it, and clean then",
            Self::InTheWay { .. } => "move it away; the next build makes what belongs there",
            Self::Refused { .. } => {
                "keep regular files and folders, and relative links that stay in the folder"
            }
            _ => "make the store readable and writable",
        }
    }
}
