//! Files of the workspace become content: digested through the stat index,
//! copied into the CAS (as a reflink where the file system can), but for the
//! biggest ([`super::in_place`]).
//!
//! Invariant: the digest is of the bytes that were copied, never of what the
//! file held a moment before or after. A workspace file is only read, and
//! nothing outside of the workspace is, wherever a symlink leads. A file that is as
//! it was costs one look at its facts: whether its blob is still there is asked when
//! a step is about to read it ([`Store::ingest_source`]).

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use rayon::prelude::*;

use super::bounds::{Extent, MOST_DEPTH, MOST_PATH, TooLarge};
use super::ingest::{below, check_link, is_executable, text};
use super::listing::{Listing, Record, render};
use super::stat_index::{Facts, StatIndex};
use super::tree::{Entry, Node, case_collision};
use super::{Store, StoreError, lock, spared};
use crate::digest::Digest;
use crate::model::artifact::Content;
use crate::sys::{fs, threads};

impl Store {
    /// The content of a file, a folder or a glob of `workspace`, without what
    /// `exclude` matches. A glob gives a tree below the folder in front of its
    /// first pattern; a path that exists is none, whatever its letters. A tree begins behind
    /// `/./`, where the path has that. The store's own
    /// folder and the files at the workspace's top that a build or a machine writes are
    /// never part of it.
    pub fn digest_source(
        &self,
        workspace: &Path,
        path: &str,
        exclude: &[String],
    ) -> Result<Content, StoreError> {
        self.walk_source(workspace, path, exclude, false)
    }

    /// The same, and every blob of it is here then.
    pub fn ingest_source(
        &self,
        workspace: &Path,
        path: &str,
        exclude: &[String],
    ) -> Result<Content, StoreError> {
        self.walk_source(workspace, path, exclude, true)
    }

    fn walk_source(
        &self,
        workspace: &Path,
        path: &str,
        exclude: &[String],
        ingest: bool,
    ) -> Result<Content, StoreError> {
        let (kept, path) = kept(path);
        let mut named = workspace.join(&path);
        let mut include = None;
        if !fs::is_there(&named)? {
            let folder;
            (folder, include) = split_glob(&path);
            named = workspace.join(folder);
            if !fs::is_there(&named)? {
                return Err(StoreError::SourceMissing { path: named });
            }
        }
        let root = self.canonical_source(&named)?;
        let top = self.canonical_workspace(workspace)?;
        if !root.starts_with(&top) {
            let reason = "leads out of the workspace, or of its mount";
            return Err(StoreError::Refused { path: named, reason });
        }
        let walk = Walk {
            store: self,
            index: self.index(),
            root: &root,
            top: &top,
            part: part(&root, include.as_deref(), exclude),
            include: include.as_ref().map(|glob| self.compiled(glob)).transpose()?,
            exclude: globs(exclude)?,
            ingest,
        };
        match self.within(walk.root()?, &kept)? {
            Some(Entry::File { digest, executable, .. }) => {
                Ok(Content::File { digest, executable })
            }
            Some(Entry::Tree { digest, .. }) => Ok(Content::Tree(digest)),
            _ if include.is_some() => {
                Err(StoreError::Glob { glob: path.to_owned(), reason: "matches nothing".into() })
            }
            _ => Ok(Content::Tree(self.put_node(&Node::new(BTreeMap::new()))?.0)),
        }
    }

    /// What was found, in folders of these names, the outermost first.
    fn within(
        &self,
        found: Option<Entry>,
        folders: &[String],
    ) -> Result<Option<Entry>, StoreError> {
        let Some(mut entry) = found else { return Ok(None) };
        for name in folders.iter().rev() {
            let (digest, size) =
                self.put_node(&Node::new(BTreeMap::from([(name.clone(), entry)])))?;
            entry = Entry::Tree { digest, size };
        }
        Ok(Some(entry))
    }

    /// A source's path without symlinks. Many sources stand in one folder, so what that is
    /// is asked of the file system once.
    fn canonical_source(&self, named: &Path) -> Result<PathBuf, StoreError> {
        let (Some(folder), Some(name)) = (named.parent(), named.file_name()) else {
            return Ok(fs::canonical(named)?);
        };
        if fs::metadata(named)?.is_symlink() {
            return Ok(fs::canonical(named)?);
        }
        let known = lock(&self.folders).get(folder).cloned();
        let canonical = match known {
            Some(canonical) => canonical,
            None => {
                let canonical = fs::canonical(folder)?;
                lock(&self.folders).insert(folder.to_owned(), canonical.clone());
                canonical
            }
        };
        Ok(canonical.join(name))
    }

    /// A glob, compiled. The partitions of a source share one, and there may be thousands.
    fn compiled(&self, glob: &str) -> Result<Arc<GlobSet>, StoreError> {
        if let Some(known) = lock(&self.globs).get(glob) {
            return Ok(Arc::clone(known));
        }
        let compiled = Arc::new(globs(&[glob])?);
        lock(&self.globs).insert(glob.to_owned(), Arc::clone(&compiled));
        Ok(compiled)
    }

    /// The workspace without symlinks; asked of the file system once.
    fn canonical_workspace(&self, workspace: &Path) -> Result<PathBuf, StoreError> {
        let mut known = lock(&self.workspace);
        if let Some((_, canonical)) = known.as_ref().filter(|(path, _)| path == workspace) {
            return Ok(canonical.clone());
        }
        let canonical = fs::canonical(workspace)?;
        *known = Some((workspace.to_owned(), canonical.clone()));
        Ok(canonical)
    }

    /// Writes what the stat index learnt.
    pub fn save_index(&self) -> Result<(), StoreError> {
        match self.index.get().and_then(StatIndex::changed_bytes) {
            Some(bytes) => spared(self.write_whole(&self.root.join("stat-index"), &bytes)),
            None => Ok(()),
        }
    }

    /// Copies a file into the store, or finds it there where the store cannot be written.
    fn keep_file(&self, path: &Path) -> Result<(Digest, u64), StoreError> {
        match self.copy_file(path) {
            Err(StoreError::Path(error)) if error.is_denied() && error.path != path => {
                self.find_file(path)?.ok_or(StoreError::Path(error))
            }
            kept => kept,
        }
    }

    /// The stat index, read when it is asked first.
    fn index(&self) -> &StatIndex {
        self.index.get_or_init(|| StatIndex::load(&self.root.join("stat-index"), self.opened))
    }
}

/// Files at the top of a workspace that are no content of a folder of it: a source that
/// had the lock in it would be another one after each build.
const OWN: [&str; 2] = ["ingot.lock", "ingot.local.toml"];

struct Walk<'a> {
    store: &'a Store,
    index: &'a StatIndex,
    root: &'a Path,
    /// The workspace.
    top: &'a Path,
    /// Which part of each folder it looks at.
    part: u64,
    include: Option<Arc<GlobSet>>,
    exclude: GlobSet,
    /// Whether the blobs of files that are as they were must be here.
    ingest: bool,
}

/// What stands under a name now.
struct NameState {
    entry: Entry,
    /// For a file: its facts, where they mean something.
    facts: Option<Facts>,
    /// Whether it is as the listing has it.
    same: bool,
    /// How large it is.
    extent: Extent,
}

/// What the stat index knows of a folder.
#[derive(Default)]
struct Before {
    /// The node and the number of names of the very listing that is being made.
    listing: Option<((Digest, u64), usize)>,
    /// For each name that stands there now.
    records: Vec<Option<Record>>,
}

impl Walk<'_> {
    /// What stands at the root, or nothing where it is left out.
    fn root(&self) -> Result<Option<Entry>, StoreError> {
        let metadata = fs::metadata(self.root)?;
        if metadata.is_dir() {
            return match self.root == self.store.root {
                true => Ok(None),
                false => {
                    let found = threads::walk(|| self.folder(self.root, "", 0))?;
                    Ok(found.map(|(entry, _)| entry))
                }
            };
        }
        if self.include.is_some() {
            return Ok(None);
        }
        // A file alone has a listing of its own, under no name.
        let name = text(self.root)?;
        let before = self.before(&name, &[(String::new(), metadata.clone())]);
        let record = before.records.first().and_then(Option::as_ref);
        let Some(seen) = self.entry(self.root, "", 0, &metadata, record)? else { return Ok(None) };
        if !seen.same {
            let no_node = (Digest::from_bytes([0; 32]), 0);
            let entries = [("", &seen.entry, seen.facts)];
            self.index.learn(&name, self.part, render(no_node, entries.into_iter()));
        }
        Ok(Some(seen.entry))
    }

    /// What stands at `path`, or nothing where it is a folder of which nothing is taken.
    fn entry(
        &self,
        path: &Path,
        relative: &str,
        depth: u32,
        metadata: &Metadata,
        record: Option<&Record>,
    ) -> Result<Option<NameState>, StoreError> {
        if metadata.is_dir() {
            let Some((entry, extent)) = self.folder(path, relative, depth)? else {
                return Ok(None);
            };
            let same = matches!((&entry, record),
                (Entry::Tree { digest, .. }, Some(Record::Tree { digest: known })) if digest == known);
            return Ok(Some(NameState { entry, facts: None, same, extent }));
        }
        if metadata.is_symlink() {
            let folder = relative.rsplit_once('/').map_or("", |(folder, _)| folder);
            let target = check_link(self.root, path, folder)?;
            let same =
                matches!(record, Some(Record::Symlink { target: known }) if *known == target);
            let (entry, extent) = (Entry::Symlink { target }, Extent::default());
            return Ok(Some(NameState { entry, facts: None, same, extent }));
        }
        if !metadata.is_file() {
            let reason = "is neither file, folder nor symlink";
            return Err(StoreError::Refused { path: path.to_owned(), reason });
        }
        self.file(path, metadata, record).map(Some)
    }

    fn file(
        &self,
        path: &Path,
        metadata: &Metadata,
        record: Option<&Record>,
    ) -> Result<NameState, StoreError> {
        let (facts, executable, size) =
            (Facts::of(metadata), is_executable(metadata), metadata.len());
        let extent = Extent::of_file(size);
        extent.within().map_err(|bound| StoreError::TooLarge { path: path.to_owned(), bound })?;
        let known = match record {
            Some(Record::File { facts: then, digest, executable: was }) if *then == facts => {
                Some((*digest, *was))
            }
            _ => None,
        };
        if size > self.store.copy_limit
            && let Some(digest) =
                self.store.digest_in_place(path, metadata, known.map(|(digest, _)| digest))?
        {
            let entry = Entry::File { digest, size, executable };
            let facts = self.index.may_remember(&facts).then_some(facts);
            return Ok(NameState {
                entry,
                facts,
                same: known == Some((digest, executable)),
                extent,
            });
        }
        if let Some((digest, was)) = known
            && (!self.ingest || self.store.has(digest, size)?)
        {
            let entry = Entry::File { digest, size, executable };
            return Ok(NameState { entry, facts: Some(facts), same: was == executable, extent });
        }
        let shows =
            self.index.may_remember(&facts) && self.store.written_back.ensure(path, metadata);
        let (digest, size) = self.store.keep_file(path)?;
        let remembered = shows && Facts::of(&fs::metadata(path)?) == facts;
        let entry = Entry::File { digest, size, executable };
        Ok(NameState { entry, facts: remembered.then_some(facts), same: false, extent })
    }

    fn folder(
        &self,
        path: &Path,
        relative: &str,
        depth: u32,
    ) -> Result<Option<(Entry, Extent)>, StoreError> {
        let too_large = |bound| StoreError::TooLarge { path: path.to_owned(), bound };
        if depth > MOST_DEPTH {
            return Err(too_large(TooLarge::Depth));
        }
        if relative.len() > MOST_PATH {
            return Err(too_large(TooLarge::Path));
        }
        let (found, left_out) = self.found(path, relative)?;
        let folder = text(path)?;
        let before = self.before(&folder, &found);
        let seen = found
            .par_iter()
            .zip(&before.records)
            .map(|((name, metadata), record)| {
                let (path, relative) = (path.join(name), below(relative, name));
                let seen = self.entry(&path, &relative, depth + 1, metadata, record.as_ref())?;
                Ok(seen.map(|seen| (name.as_str(), seen)))
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        let seen: Vec<(&str, NameState)> = seen.into_iter().flatten().collect();
        // A folder that is empty is kept; one of which nothing is taken is not.
        let is_bare = !left_out && found.is_empty();
        if seen.is_empty() && (self.include.is_some() || depth > 0 && !is_bare) {
            return Ok(None);
        }
        let mut extent = Extent::default();
        for (name, seen) in &seen {
            extent.add(name, seen.extent).map_err(too_large)?;
        }
        if let Some(((digest, size), count)) = before.listing
            && count == seen.len()
            && seen.iter().all(|(_, seen)| seen.same)
            && self.store.has(digest, size)?
        {
            return Ok(Some((Entry::Tree { digest, size }, extent)));
        }
        if let Some(name) = case_collision(seen.iter().map(|(name, _)| *name)) {
            let reason = "has a twin that differs in case alone";
            return Err(StoreError::Refused { path: path.join(name), reason });
        }
        let entries: BTreeMap<String, Entry> =
            seen.iter().map(|(name, seen)| ((*name).to_owned(), seen.entry.clone())).collect();
        let (digest, size) = self.store.put_node(&Node::new(entries))?;
        let records = seen.iter().map(|(name, seen)| (*name, &seen.entry, seen.facts));
        self.index.learn(&folder, self.part, render((digest, size), records));
        Ok(Some((Entry::Tree { digest, size }, extent)))
    }

    /// The names of a folder that are not left out, sorted, and whether any is.
    fn found(
        &self,
        path: &Path,
        relative: &str,
    ) -> Result<(Vec<(String, Metadata)>, bool), StoreError> {
        let (mut found, mut left_out) = (Vec::new(), false);
        for (name, metadata) in fs::entries(path)? {
            let name = name.into_string().map_err(|name| {
                let reason = "has a name that is not UTF-8";
                StoreError::Refused { path: path.join(name), reason }
            })?;
            match self.takes(path, relative, &name, &metadata) {
                true => found.push((name, metadata)),
                false => left_out = true,
            }
        }
        Ok((found, left_out))
    }

    fn takes(&self, folder: &Path, relative: &str, name: &str, metadata: &Metadata) -> bool {
        let takes_all = self.include.is_none() && self.exclude.is_empty();
        let relative = if takes_all { String::new() } else { below(relative, name) };
        if !takes_all && self.exclude.is_match(&relative) {
            return false;
        }
        match metadata.is_dir() {
            true => folder.join(name) != self.store.root,
            false if OWN.contains(&name) && folder == self.top => false,
            false => self.include.as_ref().is_none_or(|include| include.is_match(&relative)),
        }
    }

    /// What is known of these names: of this part of the folder, or, where that was never
    /// looked at, of any other part.
    fn before(&self, folder: &str, found: &[(String, Metadata)]) -> Before {
        let known = self.index.with(folder, self.part, |listing| Before {
            listing: Some((listing.node, listing.count)),
            records: align(found, listing),
        });
        known.unwrap_or_else(|| {
            let mut records = vec![None; found.len()];
            for part in self.index.parts(folder) {
                let other = self.index.with(folder, part, |listing| align(found, listing));
                for (record, other) in records.iter_mut().zip(other.unwrap_or_default()) {
                    if record.is_none() {
                        *record = other;
                    }
                }
            }
            Before { listing: None, records }
        })
    }
}

/// The records of these names; both are sorted.
fn align(found: &[(String, Metadata)], listing: Listing<'_>) -> Vec<Option<Record>> {
    let mut records = listing.records().peekable();
    found
        .iter()
        .map(|(name, _)| {
            while records.next_if(|(known, _)| *known < name.as_str()).is_some() {}
            records.next_if(|(known, _)| known == name).map(|(_, record)| record)
        })
        .collect()
}

/// Which part of a folder a walk looks at: all of it, or what its globs leave.
fn part(root: &Path, include: Option<&str>, exclude: &[String]) -> u64 {
    if include.is_none() && exclude.is_empty() {
        return 0;
    }
    let mut hasher = blake3::Hasher::new();
    let words = exclude.iter().map(String::as_bytes);
    let given = [root.as_os_str().as_encoded_bytes(), include.unwrap_or_default().as_bytes()];
    for word in given.into_iter().chain(words) {
        hasher.update(&(word.len() as u64).to_le_bytes()).update(word);
    }
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    u64::from_le_bytes(first)
}

/// The names that a tree begins with, and the path without their mark: what of a path stands
/// behind `/./`, up to a file's name or a pattern, is part of the tree.
fn kept(path: &str) -> (Vec<String>, String) {
    let marked = path.strip_prefix("././").map(|path| (".", path));
    let marked = marked.or_else(|| path.split_once("/./"));
    let Some((before, behind)) = marked else { return (Vec::new(), path.to_owned()) };
    let end = behind.find(['*', '?', '[', '{']).unwrap_or(behind.len());
    let mut names: Vec<String> = behind[..end].split('/').map(str::to_owned).collect();
    // A file is no folder, and neither is the beginning of a pattern.
    let last = names.pop();
    if end == behind.len()
        && let Some(file) = last
    {
        names.push(file);
    }
    (names, format!("{before}/{behind}"))
}

/// The folder in front of the first pattern, and the pattern below it.
pub(super) fn split_glob(path: &str) -> (PathBuf, Option<String>) {
    match path.find(['*', '?', '[', '{']) {
        None => (PathBuf::from(path), None),
        Some(pattern) => match path[..pattern].rfind('/') {
            Some(slash) => (PathBuf::from(&path[..slash]), Some(path[slash + 1..].to_owned())),
            None => (PathBuf::from("."), Some(path.to_owned())),
        },
    }
}

pub(super) fn globs<T: AsRef<str>>(patterns: &[T]) -> Result<GlobSet, StoreError> {
    let wrong = |glob: &str, error: globset::Error| StoreError::Glob {
        glob: glob.to_owned(),
        reason: format!("is not a glob: {}", error.kind()),
    };
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let pattern = pattern.as_ref();
        let glob = GlobBuilder::new(pattern).literal_separator(true).build();
        set.add(glob.map_err(|error| wrong(pattern, error))?);
    }
    set.build().map_err(|error| wrong("", error))
}
