//! [`Places`]: where the sources of a manifest stand on this machine.
//!
//! A path stands in the workspace; one that begins with `mount:NAME/` stands in the folder
//! that the user's own config gives that name. Invariant: a mount lies neither in the
//! workspace nor in the store, and neither its name nor its folder enters a key. What it
//! does not do: it reads no source; links that lead out of a mount are the store's to refuse.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::diag::{Diagnostic, Span};
use crate::sys::fs;

/// What a path in a mount begins with.
pub const MOUNT: &str = "mount:";

/// The workspace and the mounts of this machine.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The folder of the manifest.
    pub workspace: PathBuf,
    /// The store's folder.
    pub store: PathBuf,
    /// Name -> folder.
    pub mounts: BTreeMap<String, PathBuf>,
}

impl Places {
    /// The folder that a declared path is relative to, and the path in it.
    pub fn find<'a>(&self, path: &'a str, span: Span) -> Result<(PathBuf, &'a str), Diagnostic> {
        let Some((name, rest)) = in_mount(path) else { return Ok((self.workspace.clone(), path)) };
        let missing = |message: String| {
            Diagnostic::error("E0615", message).label(span, "").help(format!(
                "say where it is on this machine, in your own config.toml: \
                 [mounts] {name} = \"/path/to/{name}\""
            ))
        };
        let Some(folder) = self.mounts.get(name) else {
            return Err(missing(format!("there is no mount `{name}` on this machine")));
        };
        let Ok(folder) = fs::canonical(folder) else {
            return Err(missing(format!("the mount `{name}` is not there: {}", folder.display())));
        };
        for (own, what) in [(&self.workspace, "the workspace"), (&self.store, "the store")] {
            if fs::canonical(own).is_ok_and(|own| folder.starts_with(own)) {
                let message = format!("the mount `{name}` lies in {what}: {}", folder.display());
                return Err(Diagnostic::error("E0615", message).label(span, "").help(
                    "a mount is for data of another place; write a path relative to the manifest",
                ));
            }
        }
        if !fs::exists(&folder.join(prefix(rest))) {
            let place = folder.join(rest);
            return Err(Diagnostic::error("E0615", format!("cannot read `{path}`"))
                .label(span, format!("there is no {}", place.display()))
                .help("put it there, or correct the path or the mount"));
        }
        Ok((folder, rest))
    }
}

/// The mount's name and the path in it, of a path in a mount.
pub fn in_mount(path: &str) -> Option<(&str, &str)> {
    let path = path.strip_prefix(MOUNT)?;
    Some(path.split_once('/').unwrap_or((path, ".")))
}

/// The part of a glob before its first pattern; the whole path where it is none.
pub(super) fn prefix(path: &str) -> &str {
    match path.find(['*', '?', '[', '{']) {
        None => path,
        Some(pattern) => path[..pattern].rfind('/').map_or(".", |slash| &path[..slash]),
    }
}

#[cfg(test)]
mod tests {
    use super::{in_mount, prefix};

    #[test]
    fn a_glob_stands_at_the_folder_before_its_first_pattern() {
        assert_eq!(prefix("data/a.csv"), "data/a.csv");
        assert_eq!(prefix("data/x*/b.csv"), "data");
        assert_eq!(prefix("*.csv"), ".");
    }

    #[test]
    fn a_path_in_a_mount_has_its_name_in_front() {
        assert_eq!(in_mount("mount:big/scans/a.csv"), Some(("big", "scans/a.csv")));
        assert_eq!(in_mount("mount:big"), Some(("big", ".")));
        assert_eq!(in_mount("data/mount:big"), None);
    }
}
