//! [`partitions`]: which partitions of a source are there, by the names of files and folders.
//!
//! Invariant: a partition has something that its path or glob matches, so that it can be
//! digested. What it does not do: it opens no file.

use std::path::Path;

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
        let is_there = match rest {
            None => true,
            Some(rest) => has(&folder.join(name), rest)?,
        };
        if is_there {
            labels.push(label.to_owned());
        }
    }
    Ok(labels)
}

/// Whether something in a folder is matched.
fn has(folder: &Path, rest: &str) -> Result<bool, StoreError> {
    match split_glob(rest) {
        (path, None) => Ok(fs::is_there(&folder.join(path))?),
        (path, Some(glob)) => {
            let root = folder.join(path);
            if !fs::is_there(&root)? {
                return Ok(false);
            }
            let globs = globs(std::slice::from_ref(&glob))?;
            let search = Search { globs: &globs, deep: glob.contains('/') || glob.contains("**") };
            search.matches(&root, "", 0)
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
