//! [`Root`]: a workspace that builds into this store, and which results it needs.
//!
//! On disk: `roots/HEX`, by the digest of the workspace's path; its mtime is when the
//! workspace was last seen (the form is in `docs/formats.md`). Invariant: what a workspace
//! needed when it was last seen is known here, so that a collection can keep it while the
//! workspace is not mounted, or its manifest or its lock is away or damaged. What it does
//! not do: it looks into no workspace.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Store, StoreError, spared};
use crate::digest::Digest;
use crate::model::action::ActionKey;
use crate::sys::bounded::{self, Bound};
use crate::sys::{clock, fs};

const VERSION: &[u8] = b"ingot-root 2\n";

/// How long a workspace that is not seen keeps its results.
pub const GRACE: Duration = Duration::from_secs(30 * 24 * 3600);

/// More than the keys of a million steps.
const MOST_BYTES: u64 = 128 << 20;

/// A workspace that builds here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// Its folder.
    pub workspace: PathBuf,
    /// The results that it needed when it was last seen, where that is known.
    pub needed: Option<BTreeSet<ActionKey>>,
    /// When it was last seen, since 1970.
    pub seen: Duration,
}

impl Root {
    /// Whether a collection at this moment still keeps what it needs, though it is not seen.
    pub fn is_kept(&self, now: Duration) -> bool {
        now.saturating_sub(self.seen) <= GRACE
    }
}

impl Store {
    /// Says that this workspace was seen now. `needed` are the results that its lock
    /// names; without them what is known of it stays.
    pub fn register(
        &self,
        workspace: &Path,
        needed: Option<&BTreeSet<ActionKey>>,
    ) -> Result<(), StoreError> {
        let path = self.root_path(workspace);
        let known = match fs::metadata_optional(&path)? {
            Some(found) if found.is_dir() => return Err(StoreError::InTheWay { path }),
            Some(_) => read(&path).ok(),
            None => None,
        };
        let known = known.filter(|known| known.workspace == workspace).map(|known| known.needed);
        let same = known.as_ref().is_some_and(|known| needed.is_none() || known.as_ref() == needed);
        if same && self.touch(workspace) {
            return Ok(());
        }
        let needed = needed.cloned().or(known.flatten()).unwrap_or_default();
        spared(self.write_whole(&path, &render(workspace, &needed)))
    }

    /// Notes that this workspace was seen now, if it is known here and that can be written.
    pub fn touch(&self, workspace: &Path) -> bool {
        fs::set_modified(&self.root_path(workspace), clock::now()).is_ok()
    }

    /// Every workspace that builds here, by its file's name. One that cannot be read is an
    /// error: nobody knows what it needs.
    pub fn roots(&self) -> Result<Vec<Root>, StoreError> {
        let folder = self.root.join("roots");
        let mut found = Vec::new();
        for name in fs::names(&folder)? {
            let path = folder.join(&name);
            if name.to_str().is_none_or(|name| name.parse::<Digest>().is_err()) {
                continue;
            }
            let root = read(&path)?;
            if path != self.root_path(&root.workspace) {
                return Err(StoreError::RootDamaged { path });
            }
            found.push(root);
        }
        Ok(found)
    }

    /// Forgets a workspace: what it needs may go, and its runs go.
    pub fn forget(&self, workspace: &Path) -> Result<(), StoreError> {
        self.forget_runs(workspace)?;
        Ok(fs::remove_file(&self.root_path(workspace))?)
    }

    fn root_path(&self, workspace: &Path) -> PathBuf {
        let name = Digest::of(workspace.as_os_str().as_bytes()).to_hex();
        self.root.join("roots").join(name)
    }
}

fn read(path: &Path) -> Result<Root, StoreError> {
    let damaged = || StoreError::RootDamaged { path: path.to_owned() };
    let metadata = fs::metadata(path)?;
    let seen = Duration::from_secs(metadata.mtime().try_into().unwrap_or_default());
    let bound = Bound::below(path.parent().unwrap_or(path), MOST_BYTES);
    let bytes = match bounded::read(path, bound) {
        Err(error) if error.refusal().is_some() => return Err(damaged()),
        bytes => bytes?,
    };
    let (workspace, needed) = parse(&bytes).ok_or_else(damaged)?;
    Ok(Root { workspace, needed, seen })
}

/// The bytes of a root.
fn render(workspace: &Path, needed: &BTreeSet<ActionKey>) -> Vec<u8> {
    let mut bytes = VERSION.to_vec();
    for key in needed {
        bytes.extend(format!("key {key}\n").as_bytes());
    }
    bytes.extend(b"workspace\n");
    bytes.extend(workspace.as_os_str().as_bytes());
    bytes
}

/// A workspace and what it needs; in version 1 a root is a path, and nobody knows that.
fn parse(bytes: &[u8]) -> Option<(PathBuf, Option<BTreeSet<ActionKey>>)> {
    let is_absolute = |path: &[u8]| path.first() == Some(&b'/');
    let path = |bytes: &[u8]| PathBuf::from(OsStr::from_bytes(bytes));
    let Some(mut rest) = bytes.strip_prefix(VERSION) else {
        return is_absolute(bytes).then(|| (path(bytes), None));
    };
    let mut needed = BTreeSet::new();
    loop {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let (line, after) = (&rest[..end], &rest[end + 1..]);
        if line == b"workspace" {
            return is_absolute(after).then(|| (path(after), Some(needed)));
        }
        let key = std::str::from_utf8(line.strip_prefix(b"key ")?).ok()?;
        needed.insert(ActionKey(key.parse().ok()?));
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_root_is_read_as_it_was_written() {
        let keys: BTreeSet<_> = [b"one", b"two"].map(|key| ActionKey(Digest::of(key))).into();
        for workspace in ["/", "/data/a b/line\nfeed", "/x\u{fc}"] {
            for needed in [BTreeSet::new(), keys.clone()] {
                let bytes = render(workspace.as_ref(), &needed);
                assert_eq!(parse(&bytes), Some((workspace.into(), Some(needed))));
            }
            assert_eq!(parse(workspace.as_bytes()), Some((workspace.into(), None)));
        }
    }

    #[test]
    fn what_is_no_root_is_none() {
        let key = Digest::of(b"key");
        for text in [
            String::new(),
            "relative".to_owned(),
            "ingot-root 3\nworkspace\n/x".to_owned(),
            "ingot-root 2\n".to_owned(),
            "ingot-root 2\nworkspace\n".to_owned(),
            "ingot-root 2\nworkspace\nrelative".to_owned(),
            format!("ingot-root 2\nkey {key}\n"),
            format!("ingot-root 2\nkey {key}0\nworkspace\n/x"),
            format!("ingot-root 2\nlock {key}\nworkspace\n/x"),
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_workspace_that_is_not_seen_is_kept_for_some_days() {
        let seen = Duration::from_secs(1_000_000_000);
        let root = Root { workspace: "/x".into(), needed: None, seen };
        assert!(root.is_kept(seen + GRACE));
        assert!(!root.is_kept(seen + GRACE + Duration::from_secs(1)));
        assert!(root.is_kept(Duration::ZERO), "the clock was set back");
    }
}
