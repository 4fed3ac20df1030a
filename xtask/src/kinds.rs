//! `cargo xtask kinds`: a digest of each built-in kind's sources beside its revision.
//!
//! A key names a kind's revision and not its code, so nobody may change what a kind
//! writes without deciding whether the revision moves. The test below holds
//! `workers/revisions.toml` against the sources; the golden tests of the workers
//! hold the outputs. Test code does not count.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::workspace;

/// The record, from the workspace's root.
const RECORD: &str = "workers/revisions.toml";

/// A worker's sources and the folders of its kinds.
struct Worker {
    name: &'static str,
    sources: &'static [&'static str],
    kinds: &'static str,
}

const WORKERS: [Worker; 3] = [
    Worker {
        name: "data",
        sources: &["workers/data/src", "workers/tables/src", "workers/statistics/src"],
        kinds: "workers/data/src",
    },
    Worker {
        name: "sql",
        sources: &["workers/sql/src", "workers/tables/src"],
        kinds: "workers/sql/src",
    },
    Worker {
        name: "torch",
        sources: &[
            "workers/torch/src",
            "workers/blas/src",
            "workers/tables/src",
            "workers/statistics/src",
        ],
        kinds: "workers/torch/src/kinds",
    },
];

/// Writes the record, and says which kinds it changed.
pub(crate) fn run() -> Result<()> {
    let path = workspace::root().join(RECORD);
    let old = fs::read_to_string(&path).unwrap_or_default();
    let new = record(&workspace::root())?;
    for line in new.lines().filter(|line| !old.lines().any(|known| known == *line)) {
        println!("{line}");
    }
    fs::write(&path, new).with_context(|| path.display().to_string())?;
    println!("{RECORD} is written; golden tests tell whether an output changed");
    Ok(())
}

/// The record of the sources below `root`.
fn record(root: &Path) -> Result<String> {
    let mut text =
        "# Written by `cargo xtask kinds`: the digest of each kind's sources beside its\n\
                    # revision, and of what the kinds of a worker share.\n"
            .to_owned();
    for worker in &WORKERS {
        let mut shared = BTreeMap::new();
        for sources in worker.sources {
            collect(root, &root.join(sources), &mut shared)?;
        }
        let mut kinds: BTreeMap<String, (u32, BTreeMap<String, String>)> = BTreeMap::new();
        for entry in fs::read_dir(root.join(worker.kinds))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let folder = format!("{}/{name}/", worker.kinds);
            let Some(revision) = shared.get(&format!("{folder}mod.rs")).and_then(|s| revision(s))
            else {
                continue;
            };
            let own = shared.keys().filter(|path| path.starts_with(&folder)).cloned();
            let own: Vec<String> = own.collect();
            let own = own.into_iter().filter_map(|path| shared.remove_entry(&path)).collect();
            kinds.insert(name.replace('_', "-"), (revision, own));
        }
        if kinds.is_empty() {
            bail!("{} holds no kind", worker.kinds);
        }
        text.push_str(&format!("\n[{}]\nshared = \"{}\"\n", worker.name, digest(&shared)));
        for (kind, (revision, own)) in kinds {
            let digest = digest(&own);
            text.push_str(&format!(
                "{kind} = {{ revision = {revision}, sources = \"{digest}\" }}\n"
            ));
        }
    }
    Ok(text)
}

/// The value of `pub const REVISION: u32`.
fn revision(text: &str) -> Option<u32> {
    text.split_once("pub const REVISION: u32 = ")?.1.split_once(';')?.0.parse().ok()
}

/// Sources that are not tests, by path from the root.
fn collect(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "snapshots" && name != "tests" {
                collect(root, &path, found)?;
            }
        } else if name != "tests.rs" && !name.starts_with('.') {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            let path = path.strip_prefix(root)?.to_string_lossy().into_owned();
            found.insert(path, text.to_owned());
        }
    }
    Ok(())
}

fn digest(sources: &BTreeMap<String, String>) -> String {
    let mut hasher = blake3::Hasher::new();
    for (path, text) in sources {
        for part in [path, text] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
    }
    hasher.finalize().to_hex().chars().take(16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_kind_changed_without_a_decision() {
        let recorded = fs::read_to_string(workspace::root().join(RECORD)).unwrap();
        let found = record(&workspace::root()).unwrap();
        assert!(
            recorded == found,
            "sources of a kind changed: if its outputs do, move its REVISION and the golden \
             values; then run `cargo xtask kinds`\nrecorded:\n{recorded}\nfound:\n{found}"
        );
    }

    #[test]
    fn a_change_of_the_code_moves_a_digest_and_one_of_a_test_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let kind = "pub const REVISION: u32 = 3;\n";
        write("workers/torch/src/kinds/train/mod.rs", kind);
        write("workers/blas/src/lib.rs", "//! Products.\n");
        write("workers/tables/src/lib.rs", "//! Formats.\n");
        write("workers/statistics/src/lib.rs", "//! Numbers.\n");
        write("workers/data/src/split/mod.rs", kind);
        write("workers/sql/src/transform/mod.rs", kind);
        let first = record(folder.path()).unwrap();
        assert!(first.contains("split = { revision = 3, "), "{first}");
        write("workers/data/src/split/tests.rs", "tests");
        write("workers/data/src/split/mod.rs", &format!("{kind}#[cfg(test)]\nmod tests {{}}\n"));
        assert_eq!(record(folder.path()).unwrap(), first);
        write("workers/data/src/split/deal.rs", "fn deal() {}");
        let second = record(folder.path()).unwrap();
        let changed = second.lines().filter(|line| !first.contains(*line));
        assert_eq!(changed.count(), 1);
    }
}
