//! Roots: the workspaces that build into this store. What their locks name stays.
//!
//! On disk: `roots/HEX`, a workspace's path, by the digest of that path.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::{Store, StoreError, kept, spared};
use crate::digest::Digest;
use crate::sys::{PathError, fs};

impl Store {
    /// Says that this workspace builds here.
    pub fn register(&self, workspace: &Path) -> Result<(), StoreError> {
        let bytes = workspace.as_os_str().as_bytes();
        let path = self.root.join("roots").join(Digest::of(bytes).to_hex());
        if fs::exists(&path) { Ok(()) } else { spared(self.write_whole(&path, bytes)) }
    }

    /// Every workspace that is still there: one that is gone is forgotten, one that
    /// cannot be looked at is not. `is_workspace` tells.
    pub fn workspaces(
        &self,
        is_workspace: impl Fn(&Path) -> Result<bool, PathError>,
    ) -> Result<Vec<PathBuf>, StoreError> {
        let folder = self.root.join("roots");
        let mut found = Vec::new();
        for name in fs::names(&folder)? {
            let path = folder.join(name);
            let Some(bytes) = kept(&self.root, &path)? else { continue };
            let workspace = PathBuf::from(OsStr::from_bytes(&bytes));
            if is_workspace(&workspace)? {
                found.push(workspace);
            } else {
                fs::remove_file(&path)?;
            }
        }
        Ok(found)
    }
}
