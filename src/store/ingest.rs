//! A step's finished output becomes content: files move into the CAS by rename.
//!
//! Called after every descendant of the step is dead, so nobody holds a file
//! open. Invariant: what cannot be kept exactly is refused by name, before
//! anything of it is moved: files with more than one link, special files,
//! symlinks that leave the tree or lead nowhere, names that are no UTF-8 or
//! collide when case is folded, and a tree that is out of bounds.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use rayon::prelude::*;

use super::bounds::{Extent, MOST_DEPTH, MOST_PATH, TooLarge};
use super::tree::{Entry, Leads, Node, case_collision, leads};
use super::{Store, StoreError, hash};
use crate::model::artifact::Content;
use crate::sys::fs;

impl Store {
    /// Takes a finished file or folder; what stood at `path` is gone after it.
    pub fn ingest_output(&self, path: &Path, cancel: &AtomicBool) -> Result<Content, StoreError> {
        let mut check = Check { root: path, links: Vec::new() };
        check.entry(path, "", 0)?;
        check.links()?;
        let content = match self.take(path, 0, cancel)? {
            Entry::File { digest, executable, .. } => Content::File { digest, executable },
            Entry::Tree { digest, .. } => Content::Tree(digest),
            Entry::Symlink { .. } => return Err(not_an_output(path)),
        };
        fs::remove_all(path)?;
        Ok(content)
    }

    fn take(&self, path: &Path, depth: usize, cancel: &AtomicBool) -> Result<Entry, StoreError> {
        let metadata = fs::metadata(path)?;
        if metadata.is_symlink() {
            return Ok(Entry::Symlink { target: text(&fs::read_link(path)?)? });
        }
        if metadata.is_file() {
            let size = metadata.len();
            let digest = hash::hash_file_unless(path, size, cancel)?;
            self.take_file(path, digest, size)?;
            return Ok(Entry::File { digest, size, executable: is_executable(&metadata) });
        }
        let entries: BTreeMap<String, Entry> = each(names(path)?, depth, |name| {
            let entry = self.take(&path.join(&name), depth + 1, cancel)?;
            Ok((name, entry))
        })?;
        let (digest, size) = self.put_node(&Node::new(entries))?;
        Ok(Entry::Tree { digest, size })
    }
}

/// Levels of a tree that are walked in parallel. Below them one entry comes after the
/// other: a thread that waits takes other work on top of its own stack, and a deep tree
/// on top of another would be too much for it.
const PARALLEL_LEVELS: usize = 8;

/// What `run` makes of each name in a folder that is `depth` levels below the root.
pub(super) fn each<T: Send, All: FromIterator<T> + FromParallelIterator<T> + Send>(
    names: Vec<String>,
    depth: usize,
    run: impl Fn(String) -> Result<T, StoreError> + Send + Sync,
) -> Result<All, StoreError> {
    match depth < PARALLEL_LEVELS {
        true => names.into_par_iter().map(run).collect(),
        false => names.into_iter().map(run).collect(),
    }
}

fn not_an_output(path: &Path) -> StoreError {
    let reason = "is a symlink; an output is a file or a folder";
    StoreError::Refused { path: path.to_owned(), reason }
}

/// Refuses what no tree can hold, before anything is moved. Makes folders
/// traversable, since a step may have left them closed.
struct Check<'a> {
    root: &'a Path,
    /// Every symlink and the folder it is in, relative to `root`: checked when
    /// the folders that they lead through are open.
    links: Vec<(PathBuf, String)>,
}

impl Check<'_> {
    fn entry(&mut self, path: &Path, relative: &str, depth: u32) -> Result<Extent, StoreError> {
        let refuse = |reason| Err(StoreError::Refused { path: path.to_owned(), reason });
        let too_large = |bound| StoreError::TooLarge { path: path.to_owned(), bound };
        if depth > MOST_DEPTH {
            return Err(too_large(TooLarge::Depth));
        }
        if relative.len() > MOST_PATH {
            return Err(too_large(TooLarge::Path));
        }
        let metadata = fs::metadata(path)?;
        if metadata.is_symlink() {
            if depth == 0 {
                return Err(not_an_output(path));
            }
            let folder = relative.rsplit_once('/').map_or("", |(folder, _)| folder);
            self.links.push((path.to_owned(), folder.to_owned()));
            return Ok(Extent::default());
        }
        if metadata.is_file() {
            if metadata.nlink() > 1 {
                return refuse("has a second name (a hard link)");
            }
            let mode = if is_executable(&metadata) { 0o700 } else { 0o600 };
            fs::set_mode(path, mode)?;
            let extent = Extent::of_file(metadata.len());
            return extent.within().map(|()| extent).map_err(too_large);
        }
        if !metadata.is_dir() {
            return refuse("is neither file, folder nor symlink");
        }
        fs::set_mode(path, 0o700)?;
        let names = names(path)?;
        if let Some(name) = case_collision(names.iter().map(String::as_str)) {
            let (path, reason) = (path.join(name), "has a twin that differs in case alone");
            return Err(StoreError::Refused { path, reason });
        }
        let mut extent = Extent::default();
        for name in &names {
            let found = self.entry(&path.join(name), &below(relative, name), depth + 1)?;
            extent.add(name, found).map_err(too_large)?;
        }
        Ok(extent)
    }

    fn links(&self) -> Result<(), StoreError> {
        self.links
            .iter()
            .try_for_each(|(path, folder)| check_link(self.root, path, folder).map(|_| ()))
    }
}

/// The place of `name` in the folder `relative`.
pub(super) fn below(relative: &str, name: &str) -> String {
    match relative {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    }
}

/// Refuses a symlink in `folder`, relative to `root`, that leads out of the
/// tree or nowhere; gives what it holds.
pub(super) fn check_link(root: &Path, path: &Path, folder: &str) -> Result<String, StoreError> {
    let refuse = |reason| Err(StoreError::Refused { path: path.to_owned(), reason });
    let Ok(target) = fs::read_link(path)?.into_os_string().into_string() else {
        return refuse("is a symlink to what is not UTF-8");
    };
    let link_at = |below: &str| {
        let target = fs::read_link(&root.join(below)).ok()?;
        Some(target.to_string_lossy().into_owned())
    };
    match leads(folder, &target, &link_at) {
        Leads::Inside => Ok(target),
        Leads::Outside => refuse("is a symlink that leads out of its tree"),
        Leads::Round => refuse("is a symlink that leads round in a circle"),
    }
}

pub(super) fn names(path: &Path) -> Result<Vec<String>, StoreError> {
    fs::names(path)?
        .into_iter()
        .map(|name| {
            name.into_string().map_err(|name| StoreError::Refused {
                path: path.join(name),
                reason: "has a name that is not UTF-8",
            })
        })
        .collect()
}

pub(super) fn text(path: &Path) -> Result<String, StoreError> {
    path.to_str()
        .map(str::to_owned)
        .ok_or_else(|| StoreError::Refused { path: PathBuf::from(path), reason: "is not UTF-8" })
}

pub(super) fn is_executable(metadata: &Metadata) -> bool {
    metadata.mode() & 0o100 != 0
}
