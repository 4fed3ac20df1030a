//! [`Glance`]: what stands at a source, by its facts alone, to see that it changed
//! without reading it.
//!
//! Invariant: what [`super::Store::digest_source`] would read differently shows, as far as file
//! systems tell (git's racily-clean rule is not needed: whoever builds looks again). What
//! cannot be read is as if it were not there; nothing is an error.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use globset::GlobSet;

use super::ingest::below;
use super::source::{globs, split_glob};
use super::stat_index::Facts;
use super::tree::MAXIMUM_DEPTH;
use crate::sys::fs;

/// The facts of every file of some sources; a folder has none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Glance(BTreeMap<PathBuf, Option<Facts>>);

impl Glance {
    /// Adds a file, a folder or a glob of `workspace`, without what `exclude` matches and
    /// without the folder of the `store`.
    pub fn add(&mut self, workspace: &Path, path: &str, exclude: &[String], store: &Path) {
        let (folder, include) = match fs::exists(&workspace.join(path)) {
            true => (PathBuf::from(path), None),
            false => split_glob(path),
        };
        let include = include.map(|glob| globs(std::slice::from_ref(&glob)).unwrap_or_default());
        let exclude = globs(exclude).unwrap_or_default();
        let walk = Walk { store, include, exclude };
        if let Ok(root) = fs::canonical(&workspace.join(folder)) {
            walk.entry(&root, "", 0, &mut self.0);
        }
    }

    /// How many files there are.
    pub fn files(&self) -> usize {
        self.0.values().flatten().count()
    }

    /// The first path at which two of them differ.
    pub fn first_difference<'a>(&'a self, other: &'a Self) -> Option<&'a Path> {
        let gone_or_changed = self.0.iter().find(|(path, facts)| other.0.get(*path) != Some(facts));
        let new = other.0.keys().find(|path| !self.0.contains_key(*path));
        gone_or_changed.map(|(path, _)| path).into_iter().chain(new).min().map(PathBuf::as_path)
    }
}

struct Walk<'a> {
    store: &'a Path,
    include: Option<GlobSet>,
    exclude: GlobSet,
}

impl Walk<'_> {
    fn entry(
        &self,
        path: &Path,
        relative: &str,
        depth: usize,
        seen: &mut BTreeMap<PathBuf, Option<Facts>>,
    ) {
        let left_out = !relative.is_empty() && self.exclude.is_match(relative);
        if left_out || path == self.store || depth > MAXIMUM_DEPTH {
            return;
        }
        let Ok(metadata) = fs::metadata(path) else { return };
        if metadata.is_dir() {
            if self.include.is_none() {
                seen.insert(path.to_owned(), None);
            }
            for name in fs::names(path).unwrap_or_default() {
                let below = below(relative, &name.to_string_lossy());
                self.entry(&path.join(&name), &below, depth + 1, seen);
            }
        } else if self.include.as_ref().is_none_or(|include| include.is_match(relative)) {
            seen.insert(path.to_owned(), Some(Facts::of(&metadata)));
        }
    }
}
