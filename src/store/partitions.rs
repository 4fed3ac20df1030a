//! [`partitions`]: which partitions of a source are there, by the names of files and folders.
//!
//! Invariant: a partition has something that its path or glob matches, so that it can be
//! digested. What it does not do: it opens no file.

use std::path::{Path, PathBuf};

use globset::GlobSet;

use super::StoreError;
use super::ingest::below;
use super::source::{globs, split_glob};
use super::tree::MAXIMUM_DEPTH;
use crate::sys::fs;

/// The names in the place of what stands between `before` and `behind`, sorted by their
/// bytes. Of both together only `behind` may be a glob, and only behind a slash.
pub fn partitions(workspace: &Path, before: &str, behind: &str) -> Result<Vec<String>, StoreError> {
    let (folder, head) = before.rsplit_once('/').unwrap_or((".", before));
    let (tail, rest) = match behind.split_once('/') {
        Some((tail, rest)) => (tail, Some(rest)),
        None => (behind, None),
    };
    let folder = workspace.join(folder);
    if !fs::is_there(&folder)? {
        return Ok(Vec::new());
    }
    let rest = rest.map(Rest::of).transpose()?;
    let mut labels = Vec::new();
    for name in fs::names(&folder)? {
        let Some(name) = name.to_str() else {
            let reason = "has a name that is not UTF-8";
            return Err(StoreError::Refused { path: folder.join(name), reason });
        };
        // What programs keep for themselves, as the readers of folders pass it over.
        if name.starts_with(['.', '_']) {
            continue;
        }
        let label = name.strip_prefix(head).and_then(|name| name.strip_suffix(tail));
        let Some(label) = label.filter(|label| !label.is_empty()) else { continue };
        let is_there = match &rest {
            None => true,
            Some(rest) => rest.is_in(&folder.join(name))?,
        };
        if is_there {
            labels.push(label.to_owned());
        }
    }
    Ok(labels)
}

/// What must stand in the folder of a partition. A glob is compiled once for all of them.
struct Rest {
    path: PathBuf,
    /// What is matched below the path, and whether that reaches deeper than one folder.
    glob: Option<(GlobSet, bool)>,
}

impl Rest {
    fn of(rest: &str) -> Result<Self, StoreError> {
        let (path, glob) = split_glob(rest);
        let glob = glob.map(|glob| {
            let deep = glob.contains('/') || glob.contains("**");
            Ok::<_, StoreError>((globs(std::slice::from_ref(&glob))?, deep))
        });
        Ok(Self { path, glob: glob.transpose()? })
    }

    fn is_in(&self, folder: &Path) -> Result<bool, StoreError> {
        let root = folder.join(&self.path);
        if !fs::is_there(&root)? {
            return Ok(false);
        }
        match &self.glob {
            None => Ok(true),
            Some((globs, deep)) => Search { globs, deep: *deep }.matches(&root, "", 0),
        }
    }
}

struct Search<'a> {
    globs: &'a GlobSet,
    /// Whether the glob reaches below the folder itself.
    deep: bool,
}

impl Search<'_> {
    fn matches(&self, folder: &Path, relative: &str, depth: usize) -> Result<bool, StoreError> {
        let Ok(names) = fs::names(folder) else { return Ok(false) };
        for name in &names {
            let relative = below(relative, &name.to_string_lossy());
            if self.globs.is_match(&relative) {
                return Ok(true);
            }
            let path = folder.join(name);
            let enters = self.deep && depth < MAXIMUM_DEPTH && fs::metadata(&path)?.is_dir();
            if enters && self.matches(&path, &relative, depth + 1)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_partition_is_what_something_matches() {
        let folder = tempfile::tempdir().unwrap();
        for file in ["day=2/a.csv", "day=1/deep/b.csv", "day=3/c.txt", "x-1.csv", "x-.csv"] {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let found = |before: &str, behind: &str| {
            partitions(folder.path(), before, behind).unwrap().join(" ")
        };
        assert_eq!(found("day=", "/*.csv"), "2");
        assert_eq!(found("day=", "/**/*.csv"), "1 2");
        assert_eq!(found("day=", "/c.txt"), "3");
        assert_eq!(found("x-", ".csv"), "1");
        assert_eq!(found("none/", "/a.csv"), "");
    }
}
