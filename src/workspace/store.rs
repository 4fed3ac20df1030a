//! The store of a workspace: where it is, who may write it, whether it may be believed.

use std::path::Path;

use super::tracked::{self, Tracked};
use super::{Settings, Stop};
use crate::diag::Diagnostic;
use crate::manifest;
use crate::store::{Store, StoreError};
use crate::sys::{env, fs, process};

/// Opens the store of a workspace, wherever the settings say it is.
pub fn open_store(root: &Path) -> Result<Store, Stop> {
    let folder = Settings::load(Some(root))?.store(root).value;
    refuse_committed(root, &folder)?;
    open_at(&folder)
}

/// Opens the store in a folder.
pub fn open_at(folder: &Path) -> Result<Store, Stop> {
    share(folder);
    let store = Store::open(folder).map_err(|error| {
        Stop::of(
            Diagnostic::error(error.code(), format!("cannot open the store {}", folder.display()))
                .caused_by(&error)
                .help("make the folder writable, or name another one in INGOT_STORE or in ingot.local.toml"),
        )
    })?;
    let _ = store.sweep_work();
    Ok(match copy_limit()? {
        Some(bytes) => store.copying_up_to(bytes),
        None => store,
    })
}

/// Refuses a store that came with the repository: its records would be believed.
fn refuse_committed(root: &Path, store: &Path) -> Result<(), Stop> {
    let name = match store.strip_prefix(root) {
        Ok(name) if fs::exists(store) => name.display().to_string(),
        _ => return Ok(()),
    };
    match tracked::tracked(root, &name) {
        Tracked::Yes => Err(Stop::of(
            Diagnostic::error("E0527", format!("git tracks {name}, the store's folder")).help(
                format!("what is in it is another's: `git rm -r --cached {name}`, and remove it"),
            ),
        )),
        // Who commits a store has no say in what the index says of it.
        Tracked::No | Tracked::Unknown(_) => Ok(()),
    }
}

/// Up to which size sources are copied, where the user says.
fn copy_limit() -> Result<Option<u64>, Stop> {
    let Some(text) = env::variable("INGOT_COPY_LIMIT") else { return Ok(None) };
    match manifest::bytes(&text) {
        Some(bytes) => Ok(Some(bytes)),
        None => Err(Stop::of(
            Diagnostic::error("E1011", format!("INGOT_COPY_LIMIT is `{text}`, which is no amount"))
                .help("write an amount such as 500MB or 20GiB"),
        )),
    }
}

/// Where a store or remote belongs to a group, what is made in it is for the group to write.
pub fn share(folder: &Path) {
    if fs::is_of_a_group(folder) {
        process::let_group_write();
    }
}

/// An error of the store, as the end of a command.
pub fn store_stop(error: &StoreError) -> Stop {
    let mistake = Diagnostic::error(error.code(), error.to_string()).caused_by(error);
    Stop::of(mistake.help(error.help()))
}
