//! Files of the workspace become content: digested through the stat index,
//! copied into the CAS (as a reflink where the file system can), but for the
//! biggest ([`super::in_place`]).
//!
//! Invariant: the digest is of the bytes that were copied, never of what the
//! file held a moment before or after. A workspace file is only read, and
//! nothing outside of the workspace is, wherever a symlink leads.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::MutexGuard;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::ingest::{below, check_link, each, is_executable, names, text};
use super::stat_index::{Facts, StatIndex};
use super::tree::{Entry, MAXIMUM_DEPTH, Node, case_collision};
use super::{Store, StoreError, lock, spared};
use crate::digest::Digest;
use crate::model::artifact::Content;
use crate::sys::fs;

impl Store {
    /// The content of a file, a folder or a glob of `workspace`, without what
    /// `exclude` matches. A glob gives a tree below the folder in front of its
    /// first pattern; a path that exists is none, whatever its letters. The
    /// store's own folder is never part of it.
    pub fn digest_source(
        &self,
        workspace: &Path,
        path: &str,
        exclude: &[String],
    ) -> Result<Content, StoreError> {
        let (folder, include) = match fs::is_there(&workspace.join(path))? {
            true => (PathBuf::from(path), None),
            false => split_glob(path),
        };
        let root = workspace.join(folder);
        if !fs::is_there(&root)? {
            return Err(StoreError::SourceMissing { path: root });
        }
        let named = root;
        let root = fs::canonical(&named)?;
        if !root.starts_with(self.canonical_workspace(workspace)?) {
            let reason = "leads out of the workspace";
            return Err(StoreError::Refused { path: named, reason });
        }
        let walk = Walk {
            store: self,
            root: &root,
            include: include.as_ref().map(|glob| globs(std::slice::from_ref(glob))).transpose()?,
            exclude: globs(exclude)?,
        };
        match walk.entry(&root, "", 0)? {
            Some(Entry::File { digest, executable, .. }) => {
                Ok(Content::File { digest, executable })
            }
            Some(Entry::Tree { digest, .. }) => Ok(Content::Tree(digest)),
            _ if include.is_some() => {
                Err(StoreError::Glob { glob: path.to_owned(), reason: "matches nothing".into() })
            }
            _ => Ok(Content::Tree(self.put_node(&Node::new(BTreeMap::new()))?.0)),
        }
    }

    /// The workspace without symlinks; asked of the file system once.
    fn canonical_workspace(&self, workspace: &Path) -> Result<PathBuf, StoreError> {
        let mut known = lock(&self.workspace);
        if let Some((_, canonical)) = known.as_ref().filter(|(path, _)| path == workspace) {
            return Ok(canonical.clone());
        }
        let canonical = fs::canonical(workspace)?;
        *known = Some((workspace.to_owned(), canonical.clone()));
        Ok(canonical)
    }

    /// Writes what the stat index learnt.
    pub fn save_index(&self) -> Result<(), StoreError> {
        let mut index = self.index();
        if let Some(text) = index.changed_text() {
            spared(self.write_whole(&self.root.join("stat-index"), text.as_bytes()))?;
            index.saved();
        }
        Ok(())
    }

    fn digest_file(&self, path: &Path) -> Result<Entry, StoreError> {
        let metadata = fs::metadata(path)?;
        let facts = Facts::of(&metadata);
        let executable = is_executable(&metadata);
        let name = text(path)?;
        let known = self.index().get(&name, &facts);
        if metadata.len() > self.copy_limit
            && let Some(digest) = self.digest_in_place(path, &metadata, known)?
        {
            self.index().set(&name, facts, digest);
            return Ok(Entry::File { digest, size: metadata.len(), executable });
        }
        if let Some(digest) = known
            && self.has(digest, metadata.len())?
        {
            return Ok(Entry::File { digest, size: metadata.len(), executable });
        }
        let (digest, size) = self.keep_file(path)?;
        if Facts::of(&fs::metadata(path)?) == facts {
            self.index().set(&name, facts, digest);
        }
        Ok(Entry::File { digest, size, executable })
    }

    /// Copies a file into the store, or finds it there where the store cannot be written.
    fn keep_file(&self, path: &Path) -> Result<(Digest, u64), StoreError> {
        match self.copy_file(path) {
            Err(StoreError::Path(error)) if error.is_denied() && error.path != path => {
                self.find_file(path)?.ok_or(StoreError::Path(error))
            }
            kept => kept,
        }
    }

    fn index(&self) -> MutexGuard<'_, StatIndex> {
        lock(&self.index)
    }
}

struct Walk<'a> {
    store: &'a Store,
    root: &'a Path,
    include: Option<GlobSet>,
    exclude: GlobSet,
}

impl Walk<'_> {
    /// What stands at `path`, or nothing where it is left out.
    fn entry(
        &self,
        path: &Path,
        relative: &str,
        depth: usize,
    ) -> Result<Option<Entry>, StoreError> {
        if (!relative.is_empty() && self.exclude.is_match(relative)) || path == self.store.root {
            return Ok(None);
        }
        let refuse = |reason| Err(StoreError::Refused { path: path.to_owned(), reason });
        let metadata = fs::metadata(path)?;
        let included = self.include.as_ref().is_none_or(|include| include.is_match(relative));
        if metadata.is_dir() {
            return self.folder(path, relative, depth);
        }
        if !included {
            return Ok(None);
        }
        if metadata.is_symlink() {
            let folder = relative.rsplit_once('/').map_or("", |(folder, _)| folder);
            let target = check_link(self.root, path, folder)?;
            return Ok(Some(Entry::Symlink { target }));
        }
        if !metadata.is_file() {
            return refuse("is neither file, folder nor symlink");
        }
        self.store.digest_file(path).map(Some)
    }

    fn folder(
        &self,
        path: &Path,
        relative: &str,
        depth: usize,
    ) -> Result<Option<Entry>, StoreError> {
        if depth > MAXIMUM_DEPTH {
            let reason = "is nested too deeply";
            return Err(StoreError::Refused { path: path.to_owned(), reason });
        }
        let found: Vec<_> = each(names(path)?, depth, |name| {
            let entry = self.entry(&path.join(&name), &below(relative, &name), depth + 1)?;
            Ok(entry.map(|entry| (name, entry)))
        })?;
        let entries: BTreeMap<String, Entry> = found.into_iter().flatten().collect();
        if let Some(name) = case_collision(entries.keys().map(String::as_str)) {
            let path = self.root.join(relative).join(name);
            let reason = "has a twin that differs in case alone";
            return Err(StoreError::Refused { path, reason });
        }
        if entries.is_empty() && self.include.is_some() {
            return Ok(None);
        }
        let (digest, size) = self.store.put_node(&Node::new(entries))?;
        Ok(Some(Entry::Tree { digest, size }))
    }
}

/// The folder in front of the first pattern, and the pattern below it.
pub(super) fn split_glob(path: &str) -> (PathBuf, Option<String>) {
    match path.find(['*', '?', '[', '{']) {
        None => (PathBuf::from(path), None),
        Some(pattern) => match path[..pattern].rfind('/') {
            Some(slash) => (PathBuf::from(&path[..slash]), Some(path[slash + 1..].to_owned())),
            None => (PathBuf::from("."), Some(path.to_owned())),
        },
    }
}

pub(super) fn globs<T: AsRef<str>>(patterns: &[T]) -> Result<GlobSet, StoreError> {
    let wrong = |glob: &str, error: globset::Error| StoreError::Glob {
        glob: glob.to_owned(),
        reason: format!("is not a glob: {}", error.kind()),
    };
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let pattern = pattern.as_ref();
        let glob = GlobBuilder::new(pattern).literal_separator(true).build();
        set.add(glob.map_err(|error| wrong(pattern, error))?);
    }
    set.build().map_err(|error| wrong("", error))
}
