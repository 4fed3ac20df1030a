//! Whom a user trusts, and the key that signs what they give.
//!
//! On disk: `key.pem` in the user's own folder. Invariant: only the user's own file says
//! whose signatures count; a file of the workspace, which may be another's, does not.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Stop;
use crate::config::NamedRemote;
use crate::diag::Diagnostic;
use crate::model::signature::{PrivateKey, PublicKey};
use crate::sys::{env, private};

/// The trusted keys of the remotes of one file, by the remotes' names.
pub fn read(
    remotes: &BTreeMap<String, NamedRemote>,
    is_local: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Vec<PublicKey>> {
    let mut trust = BTreeMap::new();
    for (name, remote) in remotes {
        if is_local {
            let message = format!("`[remotes.{name}]` stands in a file of the workspace");
            let mistake = Diagnostic::error("E0319", message).label(remote.span, "");
            diagnostics.push(mistake.help(format!(
                "move it to your own file, {}",
                env::config_folder().unwrap_or_default().join("config.toml").display()
            )));
        }
        let Some(texts) = &remote.trust else { continue };
        let mut keys = Vec::new();
        for text in texts {
            match text.value.parse::<PublicKey>() {
                Ok(key) => keys.push(key),
                Err(error) => {
                    let mistake = Diagnostic::error("E0318", error.to_string());
                    diagnostics.push(
                        mistake
                            .label(text.span, "")
                            .help("write what `ingot key show` prints where results are signed"),
                    );
                }
            }
        }
        trust.insert(name.clone(), keys);
    }
    trust
}

/// Where the user's private key stands.
pub fn key_path() -> Result<PathBuf, Stop> {
    let folder = env::config_folder().ok_or_else(|| {
        Stop::of(
            Diagnostic::error("E1022", "there is no folder for a key")
                .help("set HOME or XDG_CONFIG_HOME"),
        )
    })?;
    Ok(folder.join("key.pem"))
}

/// The user's private key; nothing where there is none.
pub fn private_key() -> Result<Option<PrivateKey>, Stop> {
    let Ok(path) = key_path() else { return Ok(None) };
    let unusable = |error: &dyn std::error::Error| {
        let message = format!("cannot use the key {}", path.display());
        let mistake = Diagnostic::error("E0717", message).caused_by(error);
        Stop::of(mistake.help(format!(
            "make it a file of yours alone (`chmod 600 {}`), or move it away and run `ingot key new`",
            path.display()
        )))
    };
    match private::read(&path) {
        Ok(Some(bytes)) => PrivateKey::from_pem(&bytes).map(Some).map_err(|e| unusable(&e)),
        Ok(None) => Ok(None),
        Err(error) => Err(unusable(&error)),
    }
}
