//! [`Checkout`]: the commit that a workspace stands at, as git says it.
//!
//! Invariant: asking runs no program that the repository names: neither a hook nor a filter
//! nor a monitor of its own config. What it does not do: files that git does not track do
//! not count.

use std::path::Path;
use std::time::Duration;

use super::revision::ask;

/// How long git may take for an answer: a build waits for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is checked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// The commit.
    pub revision: String,
    /// Whether a file that git tracks differs from it, where git says so.
    pub dirty: Option<bool>,
}

/// What is checked out in a folder; nothing outside of a repository.
pub fn find(folder: &Path) -> Option<Checkout> {
    let revision = text(folder, &["rev-parse", "--verify", "HEAD"])?.trim().to_owned();
    let is_commit = revision.len() >= 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_commit.then(|| Checkout { dirty: dirty(folder), revision })
}

fn dirty(folder: &Path) -> Option<bool> {
    let filters = filters(folder)?;
    let off = filters.iter().flat_map(|name| {
        [("clean", ""), ("process", ""), ("required", "false")]
            .map(|(key, value)| ["-c".to_owned(), format!("filter.{name}.{key}={value}")])
    });
    let off: Vec<String> = off.flatten().collect();
    let status = ["status", "--porcelain", "--untracked-files=no", "--ignore-submodules=all"];
    let words: Vec<&str> = off.iter().map(String::as_str).chain(status).collect();
    Some(!text(folder, &words)?.is_empty())
}

/// The filters of every config, which would run to see what differs: the repository's own
/// may be anyone's. A file that one changes then counts by its size and times alone.
fn filters(folder: &Path) -> Option<Vec<String>> {
    let config = ["config", "--null", "--includes", "--name-only", "--list"];
    let names = text(folder, &config)?;
    let mut found: Vec<String> = names
        .split('\0')
        .filter_map(|name| name.strip_prefix("filter.")?.rsplit_once('.'))
        .map(|(name, _)| name.to_owned())
        .collect();
    found.dedup();
    // A name that cannot be said on a command line could not be turned off.
    found.iter().all(|name| !name.contains('=')).then_some(found)
}

fn text(folder: &Path, words: &[&str]) -> Option<String> {
    let said = ask(folder, words, PATIENCE).ok()?;
    said.status.success().then(|| String::from_utf8_lossy(&said.stdout).into_owned())
}
