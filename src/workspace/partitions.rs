//! Finds the partitions of sources, in the workspace and in the mounts of this machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Place;
use crate::engine::places::in_mount;
use crate::manifest::member::within;
use crate::manifest::partition::Template;
use crate::manifest::{self, Files, Loaded, Overrides, is_label};
use crate::store::partitions::partitions;

/// Where partitions are looked for.
#[derive(Debug, Clone, Default)]
pub struct Partitions {
    /// The workspace's folder.
    pub root: PathBuf,
    /// Name -> folder.
    pub mounts: BTreeMap<String, PathBuf>,
}

impl Partitions {
    /// The manifests of a place, every one of them.
    pub fn load_all(&self, place: &Place, overrides: &Overrides) -> Loaded {
        let lister = |folder: &str, template: &Template| self.list(folder, template);
        let files = Files { files: &place.files, current: &place.current, lister: &lister };
        manifest::load_all(&files, overrides)
    }

    /// The same, or as far as these targets need them.
    pub fn load_for(&self, place: &Place, targets: &[String], overrides: &Overrides) -> Loaded {
        let lister = |folder: &str, template: &Template| self.list(folder, template);
        let files = Files { files: &place.files, current: &place.current, lister: &lister };
        manifest::load_for(&files, targets, overrides)
    }

    /// The labels of a source's partitions, sorted; `folder` is its manifest's. An error is
    /// what cannot be looked at, or cannot be the name of a point.
    pub fn list(&self, folder: &str, template: &Template) -> Result<Vec<String>, String> {
        let (root, before): (&Path, String) = match in_mount(&template.before) {
            None => (&self.root, within(folder, &template.before)),
            Some((name, below)) => {
                let mount = self.mounts.get(name);
                let missing = || format!("there is no mount `{name}` on this machine");
                (mount.ok_or_else(missing)?, below.to_owned())
            }
        };
        let found = partitions(root, &before, &template.behind);
        let labels = found.map_err(|error| error.to_string())?;
        match labels.iter().find(|label| !is_label(label)) {
            None => Ok(labels),
            Some(odd) => {
                Err(format!("`{odd}` cannot be the name of a partition: `{}`", template.path(odd)))
            }
        }
    }
}
