//! Which remotes a command works with, and what it says of them.

use std::collections::BTreeMap;
use std::path::Path;

use super::Stop;
use super::Workspace;
use super::settings::{Set, Settings};
use super::store::share;
use super::trusted_keys;
use crate::diag::Diagnostic;
use crate::diag::amount::size;
use crate::diag::suggest::nearest;
use crate::engine::event::BuildEvent;
use crate::lockfile::Lock;
use crate::model::action::ActionKey;
use crate::store::Store;
use crate::store::believe::Promise;
use crate::store::fetch::{RemoteWarning, Remotes};
use crate::store::remote::{Address, Remote, RemoteError};
use crate::store::upload::Gift;
use crate::sys::fs;

/// Troubles that are told one by one; of the rest, how many there are.
const TOLD: usize = 8;

/// The remote that a flag names, else the one that is set.
pub fn chosen(
    named: Option<&Path>,
    set: Option<Set<Address>>,
    settings: &Settings,
) -> Result<Option<Address>, Stop> {
    let named = named.map(|named| settings.remote(named)).transpose()?;
    let address = named.or_else(|| set.map(|set| set.value));
    address.map(|address| checked(address, settings)).transpose()
}

/// The address of a remote. A word that is neither the name of one nor a folder is a name
/// that was mistaken: the results would go where nobody looks for them.
fn checked(address: Address, settings: &Settings) -> Result<Address, Stop> {
    #[allow(irrefutable_let_patterns, reason = "tests have another kind")]
    let Address::Folder(folder) = &address else { return Ok(address) };
    let is_word = Some(folder.as_os_str()) == folder.file_name();
    if !is_word || fs::is_folder(folder) {
        return Ok(address);
    }
    let name = folder.to_string_lossy();
    let help = match nearest(&name, settings.remotes()?.into_iter().map(|(name, _)| name)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("`[remotes.{name}]` in your config.toml makes one; `./{name}` is a folder"),
    };
    let message = format!("there is no remote `{name}`");
    Err(Stop::of(Diagnostic::error("E0704", message).help(help)))
}

/// Opens the remotes. One to give to that cannot be written is a trouble of later; one
/// that is something else ends the command, as does one to take from that is not there.
pub fn open(
    from: Option<&Address>,
    to: Option<&Address>,
    lock: Option<&Lock>,
    settings: &Settings,
) -> Result<Remotes, Stop> {
    let mut remotes = Remotes::default();
    #[allow(irrefutable_let_patterns, reason = "tests have another kind")]
    if let Some(Address::Folder(folder)) = to {
        share(folder);
    }
    match to.map(|to| (to, Remote::open_or_make(to))) {
        Some((_, Ok(remote))) => remotes.to = Some(remote),
        Some((_, Err(error @ RemoteError::Refused(_)))) => remotes.cannot_give(&error),
        Some((to, Err(error))) => return Err(unusable(to, &error)),
        None => {}
    }
    if remotes.to.is_some() {
        remotes.key = trusted_keys::private_key()?;
    }
    if let Some(from) = from {
        remotes.from = Some(Remote::open(from).map_err(|error| unusable(from, &error))?);
        remotes.trust = settings.trust(from);
    }
    for step in lock.into_iter().flat_map(|lock| lock.steps.values()) {
        let outputs = step.outputs.iter().map(|(port, output)| (port.clone(), output.content));
        let promise = Promise {
            outputs: outputs.collect(),
            metrics: step.metrics.clone(),
            findings: step.findings.clone(),
        };
        remotes.locked.insert(step.key, promise);
    }
    Ok(remotes)
}

/// Under `--strict`, a remote of which anything would be believed on its word.
pub fn refuse_unsigned(from: &Address, settings: &Settings) -> Result<(), Stop> {
    if settings.trust(from).is_some() {
        return Ok(());
    }
    let message = format!("no key is trusted for the remote {from}");
    Err(Stop::of(Diagnostic::error("E0716", message).help(TRUST)))
}

/// How to trust nobody but some.
const TRUST: &str = "in your config.toml, give it a name and the keys that you trust: \
     `[remotes.NAME]` with `path` and `trust`; or build without it";

fn unusable(at: &Address, error: &RemoteError) -> Stop {
    let help = match error {
        RemoteError::Absent { .. } => {
            "mount it, or correct the path; `ingot push --to DIR` makes a new one"
        }
        RemoteError::OtherVersion { .. } => {
            "use the version of ingot that wrote it, or a new folder"
        }
        RemoteError::NotARemote { .. } => "name an empty folder, or one that is a remote",
        _ => "make it a readable folder, or build without it",
    };
    let message = format!("cannot use the remote {at}");
    Stop::of(Diagnostic::error("E0704", message).caused_by(error).help(help))
}

/// The remote of a command that is about one.
pub fn needed(
    named: Option<&Path>,
    set: Option<Set<Address>>,
    settings: &Settings,
    (option, variable): (&str, &str),
) -> Result<Address, Stop> {
    chosen(named, set, settings)?.ok_or_else(|| {
        Stop::of(
            Diagnostic::error("E1014", "no remote is named")
                .help(format!("write `{option} DIR`, or set {variable}")),
        )
    })
}

/// What the lock names: every step, or those of some targets and what they need; step
/// and key, sorted by step.
pub fn locked_keys(
    workspace: &Workspace,
    targets: &[String],
) -> Result<Vec<(String, ActionKey)>, Stop> {
    let Some(lock) = workspace.lock.whole()? else {
        return Err(workspace.stop(vec![
            Diagnostic::error("E0901", "there is no ingot.lock")
                .help("`ingot build` writes it; it says which results belong to the workspace"),
        ]));
    };
    let mut keys: BTreeMap<String, ActionKey> =
        lock.steps.iter().map(|(name, step)| (name.clone(), step.key)).collect();
    if !targets.is_empty() {
        let plan = workspace.plan(targets)?;
        keys.retain(|name, _| plan.find(name).is_some());
    }
    Ok(keys.into_iter().collect())
}

/// What was given, in numbers.
#[derive(Debug, Default)]
pub struct Given {
    /// Results that the remote has now.
    pub results: u64,
    /// Blobs that are new there.
    pub blobs: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Given {
    /// Counts one result.
    pub fn add(&mut self, gift: Gift) {
        if let Gift::Given { blobs, bytes } = gift {
            self.results += 1;
            self.blobs += blobs;
            self.bytes += bytes;
        }
    }

    /// What is new there, in words.
    pub fn line(&self) -> String {
        format!("gave {} blobs, {}, to the remote", self.blobs, size(self.bytes))
    }
}

/// What there is to tell of the remotes, as warnings.
pub fn troubles(store: &Store) -> Vec<Diagnostic> {
    let troubles = store.troubles();
    let more = troubles.len().saturating_sub(TOLD);
    let mut told: Vec<Diagnostic> = troubles.iter().take(TOLD).map(warning).collect();
    if more > 0 {
        let code = troubles.last().map_or("E0705", |trouble| warning(trouble).code);
        told.push(Diagnostic::warning(code, format!("{more} more of this kind")));
    }
    told
}

fn warning(trouble: &RemoteWarning) -> Diagnostic {
    match trouble {
        RemoteWarning::PassedOver { record, reason } => {
            Diagnostic::warning("E0705", format!("{record} is passed over: {reason}"))
                .help("its step runs here; `ingot push` or --cache-to gives its result anew")
        }
        RemoteWarning::Blob { place, reason } => {
            Diagnostic::warning("E0705", format!("{place} is passed over: {reason}"))
                .help("remove it, or give the result anew with `ingot push` or --cache-to")
        }
        RemoteWarning::OnItsWord { remote } => {
            let message = format!("{remote} is not signed: its results are believed on its word");
            Diagnostic::warning("E0715", message).help(TRUST)
        }
        RemoteWarning::NotGiven { reason } => {
            Diagnostic::warning("E0706", format!("a result was not given to the remote: {reason}"))
                .help("`ingot push` tries again")
        }
    }
}

/// Tells of a build what came from a remote, and what went wrong with it.
pub fn tell_fetched(store: &Store, emit: &mut dyn FnMut(BuildEvent)) {
    let (blobs, bytes) = store.fetched();
    if blobs > 0 {
        let message = format!("took {blobs} blobs, {}, from the remote", size(bytes));
        emit(BuildEvent::Note { step: None, message });
    }
    troubles(store).iter().filter_map(BuildEvent::warning).for_each(emit);
}
