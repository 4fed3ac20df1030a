//! [`Memo`]: what a build that found everything done relied on, so that the next one
//! sees that nothing moved without planning anything.
//!
//! Invariant: a memo that holds says what the whole way would say: each source has the
//! content that it had, the action cache the same records, every blob that a target or
//! an export needs is there, and lock, links and exports are as they were left. It is
//! written only of a build in which every step ended with a result. What was asked for
//! (manifest, targets, workers) is in its name.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Results;
use super::event::{BuildEvent, Summary};
use super::forecast::Forecast;
use super::inputs::Inputs;
use super::targets;
use crate::digest::Digest;
use crate::lockfile::SourceRecord;
use crate::manifest::Day;
use crate::manifest::member::within;
use crate::manifest::partition::Partitions;
use crate::manifest::{Manifest, PluginOrigin};
use crate::model::artifact::Content;
use crate::plan::{Cut, Origin, Plan};
use crate::store::memo::{LinkFacts, Shard};
use crate::store::partitions::partitions;
use crate::store::{Store, StoreError};
use crate::sys::threads;

/// The version of the form.
const VERSION: u32 = 5;

/// What a finished build relied on, and what it tells each time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Memo {
    version: u32,
    steps: u64,
    /// The last day on which its waivers hold.
    until: Option<Day>,
    /// The digest of the lock's bytes.
    lock: Digest,
    /// Path or glob, what it leaves out, and its content.
    sources: Vec<(String, Vec<String>, Content)>,
    /// What stands before and behind the names of partitions, and the names.
    partitions: Vec<(String, String, Vec<String>)>,
    shards: BTreeMap<String, Shard>,
    /// Sorted, each once.
    blobs: Vec<(Digest, u64)>,
    links: Vec<LinkFacts>,
    /// Path in the workspace, and content.
    exports: Vec<(String, Content)>,
    /// Findings, gates, waivers, and the numbers that were asked for.
    told: Vec<BuildEvent>,
    /// Verdicts that are no pass.
    failed_verdicts: u64,
    inconclusive_verdicts: u64,
}

/// What a finished build knows.
#[derive(Debug, Clone, Copy)]
pub struct Finished<'a> {
    /// The manifest.
    pub manifest: &'a Manifest,
    /// What its Wasm plugins are.
    pub plugins: &'a BTreeMap<String, SourceRecord>,
    /// Path and content of the workers that stand in the workspace.
    pub workers: &'a [(String, Content)],
    /// The plan.
    pub plan: &'a Plan,
    /// The digests of what it read.
    pub inputs: &'a Inputs,
    /// What was needed of each step.
    pub forecast: &'a Forecast,
    /// Every step's result.
    pub results: &'a Results,
}

impl Memo {
    /// The memo of a build; nothing where a step has no result. `lock` is what the lock's
    /// file holds.
    pub fn of(
        finished: &Finished<'_>,
        lock: &[u8],
        store: &Store,
    ) -> Result<Option<Self>, StoreError> {
        let Finished { manifest, plugins, workers, plan, inputs, forecast, results } = *finished;
        // A component from elsewhere is what its SHA-256 says, which the manifest holds.
        let components = plugins.iter().filter_map(|(name, record)| {
            let declared = &manifest.plugins.get(name)?.origin.value;
            let is_here = matches!(declared, PluginOrigin::Path(_));
            is_here.then(|| (record.path.clone(), Vec::new(), record.content))
        });
        let programs = workers.iter().map(|(path, content)| (path.clone(), Vec::new(), *content));
        let declared = inputs.declared(manifest).into_iter();
        let mut memo = Self {
            version: VERSION,
            steps: plan.steps.len() as u64,
            until: plan.until(),
            lock: Digest::of(lock),
            sources: declared.chain(components).chain(programs).collect(),
            partitions: partitions_of(manifest),
            shards: store.shards()?,
            blobs: Vec::new(),
            links: Vec::new(),
            exports: Vec::new(),
            told: Vec::new(),
            failed_verdicts: 0,
            inconclusive_verdicts: 0,
        };
        let mut counted = Summary::default();
        for (index, step) in plan.steps.iter().enumerate() {
            let Some(known) = results.get(index) else { return Ok(None) };
            counted.count_verdict(known.verdict);
            for (port, artifact) in &known.result.outputs {
                if forecast.needed[index].contains(port) {
                    memo.blobs.extend(store.blobs_of(artifact.content)?);
                }
                // What nobody needed may stand in the remote alone, and has no link.
                if store.complete(&known.result, &[port])? {
                    memo.links.push(store.link_facts(&step.name, port, artifact.content)?);
                }
            }
            // Without them the whole way finds no splits, and no key.
            for (_, feed) in step.feeds() {
                if let Cut::Reads { pattern, .. } | Cut::Asked { pattern, .. } = &feed.cut
                    && let Origin::Output { step, port } = &feed.origin
                    && let Some(artifact) =
                        results.get(*step).and_then(|known| known.result.outputs.get(port))
                {
                    memo.blobs.extend(store.split_nodes(artifact.content, pattern)?);
                }
            }
            memo.told.extend(BuildEvent::of_known(step, known, true));
        }
        for export in &plan.exports {
            let artifact =
                results.get(export.step).and_then(|known| known.result.outputs.get(&export.port));
            let Some(artifact) = artifact else { return Ok(None) };
            memo.exports.push((export.path.clone(), artifact.content));
        }
        memo.failed_verdicts = counted.failed_verdicts;
        memo.inconclusive_verdicts = counted.inconclusive_verdicts;
        memo.told.extend(targets::events(plan, results));
        memo.blobs.sort_unstable();
        memo.blobs.dedup();
        Ok(Some(memo))
    }

    /// Its bytes.
    pub fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The memo in these bytes, if it is one of this version.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice::<Self>(bytes).ok().filter(|memo| memo.version == VERSION)
    }

    /// Whether all that it relied on is as it was, and no waiver has run out. `lock` is what
    /// the lock's file holds.
    pub fn holds(
        &self,
        workspace: &Path,
        lock: &[u8],
        today: Day,
        store: &Store,
    ) -> Result<bool, StoreError> {
        if self.until.is_some_and(|until| until < today) {
            return Ok(false);
        }
        if Digest::of(lock) != self.lock || !store.has_shards(&self.shards)? {
            return Ok(false);
        }
        let is_known = AtomicBool::new(true);
        let look = |(path, exclude, content): &(String, Vec<String>, Content)| {
            // A source that cannot be read now is the whole way's to explain.
            let as_it_was = |found: Content| found == *content;
            if is_known.load(Ordering::Relaxed)
                && !store.digest_source(workspace, path, exclude).is_ok_and(as_it_was)
            {
                is_known.store(false, Ordering::Relaxed);
            }
        };
        let as_they_were = |(before, behind, labels): &(String, String, Vec<String>)| {
            partitions(workspace, before, behind).is_ok_and(|found| found == *labels)
        };
        if !self.partitions.iter().all(as_they_were) {
            return Ok(false);
        }
        threads::each(&self.sources, look);
        if !is_known.into_inner() {
            return Ok(false);
        }
        let blobs = self.blobs.par_iter().map(|(digest, size)| store.has(*digest, *size));
        if !all(blobs)? || !store.still_lead(&self.links)? {
            return Ok(false);
        }
        for (path, content) in &self.exports {
            if !store.holds(&workspace.join(path), *content)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What the build tells: the same as the one before it, as if it had looked.
    pub fn events(&self, seconds: f64) -> Vec<BuildEvent> {
        let exported = self
            .exports
            .iter()
            .map(|(path, _)| BuildEvent::Exported { path: path.clone(), changed: false });
        let summary = Summary {
            steps: self.steps,
            cached: self.steps,
            failed_verdicts: self.failed_verdicts,
            inconclusive_verdicts: self.inconclusive_verdicts,
            seconds,
            ..Summary::default()
        };
        let told = self.told.iter().cloned();
        told.chain(exported).chain([BuildEvent::Summary(summary)]).collect()
    }

    /// The same memo with what was too young to be recognised by its facts, where that is
    /// old enough now and as it was.
    pub fn aged(&self, store: &Store) -> Result<Option<Self>, StoreError> {
        let is_young = |shard: &Shard| matches!(shard, Shard::Names(_));
        if !self.shards.values().any(is_young) && self.links.iter().all(LinkFacts::are_known) {
            return Ok(None);
        }
        let links = self.links.par_iter().map(|link| store.facts_again(link));
        let links = links.collect::<Result<Vec<_>, StoreError>>()?;
        Ok(Some(Self { links, shards: store.shards_again(&self.shards)?, ..self.clone() }))
    }

    /// Whether a verdict is no pass.
    pub fn is_broken(&self) -> bool {
        self.failed_verdicts + self.inconclusive_verdicts > 0
    }
}

fn partitions_of(manifest: &Manifest) -> Vec<(String, String, Vec<String>)> {
    let sources = manifest.sources.values();
    let all = sources.filter_map(|source| Some((source, source.partitions.as_ref()?)));
    all.map(|(source, partitions)| {
        let Partitions { template, labels } = partitions;
        (
            within(&source.folder, &template.before),
            template.behind.clone(),
            labels.clone().unwrap_or_default(),
        )
    })
    .collect()
}

fn all(checks: impl ParallelIterator<Item = Result<bool, StoreError>>) -> Result<bool, StoreError> {
    checks.try_reduce(|| true, |one, other| Ok(one && other))
}
