//! [`Survey`]: all that a content consists of, looked over before any of it is made.
//!
//! A tree may come from a remote, and whoever wrote it there may have written anything: a
//! node that stands for 2^32 folders, a name that no file system holds, a symlink that leads
//! out. Invariant: what a survey found sound can be made in a folder, within the bounds of
//! [`super::bounds`], and leads nowhere else. Each node is read once, however often it
//! stands in the tree. What it does not do: it reads no file's bytes.

use std::collections::{BTreeMap, HashMap};

use super::bounds::{Extent, MOST_DEPTH, check_target};
use super::ingest::below;
use super::tree::{Entry, Leads, Node, leads};
use super::{Store, StoreError};
use crate::digest::Digest;

/// Longest path in a tree, in bytes: what Linux takes (4,096), less what stands before it.
const MOST_PATH: usize = 3840;

/// Most bytes of the places and the targets of all symlinks of a tree of a remote: each is
/// followed.
const MOST_LINK_TEXT: u64 = 8 << 20;

/// The same of one that is here, where a step may have made more of them.
const MOST_LINK_TEXT_HERE: u64 = 64 << 20;

/// What a node of the remote may have, in bytes.
pub(super) const LARGEST_NODE: u64 = 128 << 20;

/// What was found of some contents.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Every blob but the nodes, with its size where a node says it.
    pub blobs: BTreeMap<Digest, Option<u64>>,
    nodes: HashMap<Digest, FolderSurvey>,
}

/// What was found of one folder.
#[derive(Debug, Clone, Copy, Default)]
struct FolderSurvey {
    extent: Extent,
    /// The longest path below it.
    path: usize,
    /// Symlinks below it, and the bytes of their places and targets.
    links: u64,
    link_text: u64,
}

/// Why a content cannot be had.
#[derive(Debug)]
pub(super) enum Flaw {
    /// A node that cannot be had, or is none.
    Lost(Digest),
    /// A tree that nobody should make.
    Unfit(String),
    /// The store's own trouble.
    Store(StoreError),
}

impl From<StoreError> for Flaw {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// How the nodes of a tree are had.
pub(super) enum Nodes {
    /// From here, or from the remote.
    Anywhere,
    /// From here alone.
    Here,
}

impl Store {
    /// Adds a tree. Nodes that are not here are brought here, where that is wanted.
    pub(super) fn survey(
        &self,
        root: Digest,
        nodes: &Nodes,
        survey: &mut Survey,
    ) -> Result<(), Flaw> {
        let found = self.look_over(root, None, 0, nodes, survey)?;
        if found.path > MOST_PATH {
            return Err(Flaw::Unfit(format!("a tree with a path of more than {MOST_PATH} bytes")));
        }
        let most = match nodes {
            Nodes::Anywhere => MOST_LINK_TEXT,
            Nodes::Here => MOST_LINK_TEXT_HERE,
        };
        if found.link_text > most {
            return Err(Flaw::Unfit(format!("a tree with {} symlinks", found.links)));
        }
        match found.links == 0 || self.links_lead_inside(root, survey)? {
            true => Ok(()),
            false => Err(Flaw::Unfit("a tree with a symlink that leads out of it".to_owned())),
        }
    }

    fn look_over(
        &self,
        digest: Digest,
        size: Option<u64>,
        depth: u32,
        nodes: &Nodes,
        survey: &mut Survey,
    ) -> Result<FolderSurvey, Flaw> {
        if let Some(found) = survey.nodes.get(&digest) {
            return Ok(*found);
        }
        let unfit = |reason: String| Flaw::Unfit(format!("a tree that {reason}"));
        if depth > MOST_DEPTH {
            return Err(unfit(super::bounds::TooLarge::Depth.to_string()));
        }
        let node = self.had(digest, size, nodes)?;
        let mut found = FolderSurvey::default();
        for (name, entry) in &node.entries {
            let mut inner = FolderSurvey::default();
            match entry {
                Entry::File { digest, size, .. } => {
                    inner.extent = Extent::of_file(*size);
                    let other = survey.blobs.insert(*digest, Some(*size)).flatten();
                    if other.is_some_and(|other| other != *size) {
                        return Err(unfit(format!("has two sizes for the blob {digest}")));
                    }
                }
                Entry::Tree { digest, size } => {
                    inner = self.look_over(*digest, Some(*size), depth + 1, nodes, survey)?;
                }
                Entry::Symlink { target } => {
                    check_target(target).map_err(|bound| unfit(bound.to_string()))?;
                    inner.links = 1;
                    inner.link_text = target.len() as u64;
                }
            }
            let added = found.extent.add(name, inner.extent);
            added.map_err(|bound| unfit(bound.to_string()))?;
            let step = name.len() + 1;
            found.path = found.path.max(inner.path + step);
            found.links = found.links.saturating_add(inner.links);
            let places = inner.links.saturating_mul(step as u64);
            found.link_text =
                found.link_text.saturating_add(inner.link_text).saturating_add(places);
        }
        survey.nodes.insert(digest, found);
        Ok(found)
    }

    /// A node of a tree.
    fn had(&self, digest: Digest, size: Option<u64>, nodes: &Nodes) -> Result<Node, Flaw> {
        let lost = |_| Flaw::Lost(digest);
        let here = match (self.is_here(digest, size)?, nodes) {
            (true, _) => true,
            (false, Nodes::Here) => false,
            (false, Nodes::Anywhere) => self.fetch_node(digest, size)?,
        };
        match here.then(|| self.node(digest)) {
            None => Err(Flaw::Lost(digest)),
            Some(Err(error @ StoreError::Path(_))) => Err(error.into()),
            Some(node) => node.map_err(lost),
        }
    }

    /// Whether no symlink leads out of a tree. One that this machine took in has none
    /// that does; whoever wrote the remote may have put one there.
    fn links_lead_inside(&self, root: Digest, survey: &Survey) -> Result<bool, StoreError> {
        let mut links: BTreeMap<String, String> = BTreeMap::new();
        let mut open = vec![(root, String::new())];
        while let Some((digest, folder)) = open.pop() {
            for (name, entry) in self.node(digest)?.entries {
                match entry {
                    Entry::Symlink { target } => drop(links.insert(below(&folder, &name), target)),
                    Entry::Tree { digest, .. }
                        if survey.nodes.get(&digest).is_some_and(|found| found.links > 0) =>
                    {
                        open.push((digest, below(&folder, &name)));
                    }
                    Entry::Tree { .. } | Entry::File { .. } => {}
                }
            }
        }
        Ok(links.iter().all(|(path, target)| {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            leads(folder, target, &|path| links.get(path).cloned()) == Leads::Inside
        }))
    }

    /// Whether a tree is here whole and within the bounds: a hit only if it is.
    pub(super) fn is_tree_whole(&self, root: Digest) -> Result<bool, StoreError> {
        let mut survey = Survey::default();
        match self.look_over(root, None, 0, &Nodes::Here, &mut survey) {
            Ok(_) => {}
            Err(Flaw::Store(error)) => return Err(error),
            Err(Flaw::Lost(_) | Flaw::Unfit(_)) => return Ok(false),
        }
        for (digest, size) in survey.blobs {
            if !self.is_here(digest, size)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
