//! An opened workspace: what a command works with, and what it is about.
//!
//! Owns where a workspace is ([`place`]), what is true of this machine ([`settings`]),
//! the locks of the members ([`locks`]), the workers and plugins that provide kinds, the
//! store and its remotes, and what a user trusts. Invariant: a file that came with a clone
//! runs nothing and is believed nothing ([`files`], [`tracked`], [`trust`]). What it does
//! not do: it knows no command line and prints nothing; what is wrong is a [`Stop`].
//! On disk: `ingot.toml`, `ingot.lock`, `ingot.local.toml`; of the user's own folder
//! `config.toml`, `key.pem` and `trust/`.

pub mod analysis;
pub mod anywhere;
pub mod build;
pub mod checkout;
pub mod declared;
pub mod draft;
pub mod exports;
pub mod files;
pub mod foreign;
pub mod forms;
pub mod host;
pub mod locks;
pub mod memo;
pub mod mutate;
pub mod open;
pub mod partitions;
pub mod place;
pub mod plugins;
pub mod remotes;
pub mod revision;
pub mod settings;
mod stop;
pub mod store;
pub mod tracked;
pub mod trust;
pub mod trusted_keys;
pub mod workers;

use std::path::Path;

pub use locks::LOCK;
pub use open::Workspace;
pub use place::{MANIFEST, Place};
pub use settings::{Set, Settings};
pub use stop::Stop;

/// How a workspace is opened.
#[derive(Debug, Clone, Copy)]
pub struct Opener<'a> {
    /// The folder to look from; nothing means the current one.
    pub directory: Option<&'a Path>,
    /// Who is told that something takes a while.
    pub tell: fn(&str),
}

/// What is asked of a workspace: what to plan, and what is altered for it.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Steps or target groups; none means the manifest's default.
    pub targets: Vec<String>,
    /// Params of the manifest that have another value.
    pub set: Vec<(String, String)>,
    /// The profile of the manifest.
    pub profile: Option<String>,
}

impl Selection {
    /// Whether it alters what the manifest says.
    pub fn alters(&self) -> bool {
        !self.set.is_empty() || self.profile.is_some()
    }
}
