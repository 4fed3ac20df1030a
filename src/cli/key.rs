//! `ingot key new|show`: the key that signs what this user gives to remotes.

use clap::{Args, Subcommand};

use super::output::Output;
use crate::diag::{Diagnostic, Exit};
use crate::model::signature::{KeyError, PrivateKey, PublicKey};
use crate::sys::private;
use crate::workspace::Stop;
use crate::workspace::trusted_keys::{key_path, private_key};

/// Arguments of `ingot key`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum What {
    /// Make a key; results that are given from now on are signed with it
    New,
    /// Print the public key, for others to trust
    Show {
        /// As PEM (SubjectPublicKeyInfo), for other programs
        #[arg(long)]
        pem: bool,
    },
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Stop> {
    match arguments.what {
        What::New => make(output),
        What::Show { pem } => show(pem, output),
    }
}

fn make(output: &Output) -> Result<Exit, Stop> {
    let path = key_path()?;
    let failed = |error: &dyn std::error::Error| {
        let message = format!("cannot make the key {}", path.display());
        Stop::of(
            Diagnostic::error("E0718", message).caused_by(error).help("make its folder writable"),
        )
    };
    let random = private::random().map_err(|error| failed(&error))?;
    let key = PrivateKey::of(&random);
    let text = key.to_pem().map_err(|error| failed(&error))?;
    if let Err(error) = private::write_new(&path, text.as_bytes()) {
        if error.source.kind() != std::io::ErrorKind::AlreadyExists {
            return Err(failed(&error));
        }
        let message = format!("{} is there already", path.display());
        return Err(Stop::of(
            Diagnostic::error("E1020", message)
                .help("`ingot key show` prints its public key; move it away to make another one"),
        ));
    }
    print(&key.public(), output);
    output.note(&format!(
        "{} signs what you give; who should believe it adds the line above to `trust` of `[remotes.NAME]`\n",
        path.display()
    ));
    Ok(Exit::Done)
}

fn show(pem: bool, output: &Output) -> Result<Exit, Stop> {
    let Some(key) = private_key()? else {
        let message = format!("there is no key at {}", key_path()?.display());
        return Err(Stop::of(
            Diagnostic::error("E1021", message).help("`ingot key new` makes one"),
        ));
    };
    let public = key.public();
    if pem {
        let wrong = |error: KeyError| {
            Stop::of(
                Diagnostic::error("E0717", error.to_string())
                    .help("`ingot key new` makes another one"),
            )
        };
        output.data(&public.to_pem().map_err(wrong)?);
    } else {
        print(&public, output);
    }
    Ok(Exit::Done)
}

fn print(key: &PublicKey, output: &Output) {
    output.data(&match output.json {
        true => format!("{}\n", serde_json::json!({ "event": "key", "public": key.to_string() })),
        false => format!("{key}\n"),
    });
}
