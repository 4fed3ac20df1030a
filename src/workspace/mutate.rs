//! A test of the tests: builds over copies of the sources with one thing wrong, each to its
//! first stop.
//!
//! The copies are made by steps, in one build, and are in the store; in the place of a source
//! each is the workspace's own manifest over other content, so that everything which does not
//! read it is taken from the cache. Invariant: nothing outside of the store is written, no
//! lock, no export and no run, and the sources stay as they are.

use std::collections::{BTreeMap, BTreeSet};

use ingot_protocol::Severity;

use super::build::{self, BuildRequest, Built};
use super::{Opener, Selection, Stop, Workspace};
use crate::diag::{Diagnostic, Exit};
use crate::engine::event::{BuildEvent, Outcome};
use crate::model::artifact::Content;
use crate::model::result::Verdict;
use crate::plan::faults::{Faults, PlannedFault, with_faults};
use crate::plan::{Origin, Plan};
use crate::sys::clock;

/// What is to be tried.
pub struct MutateRequest<'a> {
    /// The targets, and what is altered for them.
    pub selection: Selection,
    /// At how many places each fault is put.
    pub places: u64,
    /// Cores to use; nothing means what the settings say.
    pub jobs: Option<u32>,
    /// Opens the workspace, anew for each fault.
    pub opener: &'a Opener<'a>,
}

/// What came of one fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The source.
    pub source: String,
    /// What is wrong with the copy.
    pub fault: String,
    /// The same in words.
    pub what: String,
    /// What would notice it: a line of a contract, of a rule or of a gate.
    pub line: String,
    /// What stopped the build; nothing where it survived.
    pub stopped: Option<StoppedBy>,
    /// Steps that ran for it; the rest was taken from the cache.
    pub executed: u64,
}

/// What stopped a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoppedBy {
    /// The step.
    pub step: String,
    /// What of it: the first word of a finding's name (`contract`), `finding`, `gate`, or
    /// `failure`.
    pub by: String,
    /// Code and message.
    pub message: String,
}

/// All that was tried.
#[derive(Debug, Clone, Default)]
pub struct Mutated {
    /// A fault each, by source and name.
    pub tried: Vec<Tried>,
    /// The sources that take no faults.
    pub passed_over: Vec<String>,
    /// Whether somebody ended it before all was tried.
    pub interrupted: bool,
}

/// Tries every fault of every source that the targets come from; `told` hears of each.
pub fn mutate(request: &MutateRequest<'_>, told: &mut dyn FnMut(&Tried)) -> Result<Mutated, Stop> {
    let Some(plan) = pass(request)? else {
        return Ok(Mutated { interrupted: true, ..Mutated::default() });
    };
    let made = copies(request, &plan)?;
    let mut mutated = Mutated { passed_over: made.passed_over, ..Mutated::default() };
    let mut seen: BTreeSet<(String, Content)> = BTreeSet::new();
    for copy in made.copies {
        // What another fault has done already is tried once.
        if !seen.insert((copy.planned.source.clone(), copy.content)) {
            continue;
        }
        let Some(tried) = one(request, copy)? else {
            mutated.interrupted = true;
            break;
        };
        told(&tried);
        mutated.tried.push(tried);
    }
    Ok(mutated)
}

/// The plan of the targets, which pass as they are; nothing where that was interrupted.
fn pass(request: &MutateRequest<'_>) -> Result<Option<Plan>, Stop> {
    let mut workspace = open(request)?;
    let (built, heard) = build(request, &mut workspace, request.selection.targets.clone())?;
    match built.exit {
        Exit::Done => return Ok(Some(built.plan)),
        Exit::Interrupted => return Ok(None),
        _ => {}
    }
    let mistake = Diagnostic::error("E1037", "the pipeline does not pass as it is");
    let mistake = match heard.stopped {
        Some(StoppedBy { step, message, .. }) => {
            let mut mistake = mistake;
            mistake.causes.push(format!("`{step}`: {message}"));
            mistake
        }
        None => mistake,
    };
    Err(workspace.stop(vec![mistake.help("`ingot build` says what is wrong")]))
}

/// A source's copy with something wrong in it.
struct Copy {
    planned: PlannedFault,
    content: Content,
    what: String,
    line: String,
}

struct Copies {
    copies: Vec<Copy>,
    passed_over: Vec<String>,
}

/// The copies of the sources that a plan reads.
fn copies(request: &MutateRequest<'_>, plan: &Plan) -> Result<Copies, Stop> {
    let mut workspace = open(request)?;
    let mut sources = BTreeSet::new();
    for (_, feed) in plan.steps.iter().flat_map(|step| step.feeds()) {
        if let Origin::Source(name) = &feed.origin {
            sources.insert(name.as_str());
        }
    }
    let sources: Vec<&str> = sources.into_iter().collect();
    let Faults { manifest, planned, passed_over } =
        with_faults(&workspace.manifest, &workspace.kinds, &sources, request.places);
    if planned.is_empty() {
        let message = "none of the sources that this comes from takes a fault";
        return Err(workspace.stop(vec![
            Diagnostic::error("E1037", message)
                .help("name a step that comes from a file of separated values"),
        ]));
    }
    workspace.manifest = manifest;
    let targets = planned.iter().map(|fault| fault.step.clone()).collect();
    let (built, _) = build(request, &mut workspace, targets)?;
    let mut copies = Copies { copies: Vec::new(), passed_over };
    let Some(driven) = built.driven else { return Ok(copies) };
    for fault in planned {
        let known = built.plan.find(&fault.step).and_then(|index| driven.results.get(index));
        let Some(known) = known else {
            // A source that its kind cannot read as text: every fault of it says so.
            if !copies.passed_over.contains(&fault.source) {
                copies.passed_over.push(fault.source);
            }
            continue;
        };
        let mut said = known.result.findings.iter().map(|finding| finding.message.clone());
        // A copy in which nothing is wrong says nothing.
        let (Some(what), Some(line)) = (said.next(), said.next()) else { continue };
        let artifact = known.result.outputs.values().next();
        let Some(content) = artifact.map(|artifact| artifact.content) else { continue };
        copies.copies.push(Copy { planned: fault, content, what, line });
    }
    Ok(copies)
}

/// The build over one copy; nothing where it was interrupted.
fn one(request: &MutateRequest<'_>, copy: Copy) -> Result<Option<Tried>, Stop> {
    let mut workspace = open(request)?;
    let Copy { planned, content, what, line } = copy;
    workspace.replaced.insert(planned.source.clone(), content);
    let (built, heard) = build(request, &mut workspace, request.selection.targets.clone())?;
    if built.exit == Exit::Interrupted {
        return Ok(None);
    }
    let Account { stopped, executed } = heard;
    let PlannedFault { source, fault, .. } = planned;
    Ok(Some(Tried { source, fault, what, line, stopped, executed }))
}

/// The workspace, of which no build writes anything but to the store.
fn open(request: &MutateRequest<'_>) -> Result<Workspace, Stop> {
    let mut workspace = Workspace::open(request.opener, &request.selection)?;
    workspace.altered = true;
    Ok(workspace)
}

/// What a build said.
#[derive(Default)]
struct Account {
    stopped: Option<StoppedBy>,
    executed: u64,
}

fn build(
    request: &MutateRequest<'_>,
    workspace: &mut Workspace,
    targets: Vec<String>,
) -> Result<(Built, Account), Stop> {
    let aside = BuildRequest::aside(targets, request.jobs, clock::now());
    let selection = Selection { targets: aside.selection.targets, ..request.selection.clone() };
    let asked = BuildRequest { selection, ..aside };
    let mut heard = Account::default();
    let names = names(workspace);
    let built = build::build(workspace, &asked, &mut |event| heard.take(&event, &names))?;
    Ok((built, heard))
}

/// Code -> the first word of the name that some kind has for it.
fn names(workspace: &Workspace) -> BTreeMap<String, String> {
    let kinds = workspace.kinds.iter().flat_map(|provided| &provided.kind.findings);
    let word = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    kinds.map(|(name, code)| (code.clone(), word(name))).collect()
}

impl Account {
    /// Keeps what stopped the build first.
    fn take(&mut self, event: &BuildEvent, names: &BTreeMap<String, String>) {
        let stopped = match event {
            BuildEvent::Finding { step, finding, waived: false }
                if finding.severity == Severity::Error =>
            {
                let by = names.get(&finding.code).cloned();
                StoppedBy {
                    step: step.clone(),
                    by: by.unwrap_or_else(|| "finding".to_owned()),
                    message: format!("{}: {}", finding.code, finding.message),
                }
            }
            BuildEvent::Gate { step, verdict, message, .. } if *verdict != Verdict::Pass => {
                StoppedBy { step: step.clone(), by: "gate".to_owned(), message: message.clone() }
            }
            BuildEvent::Finished { step, outcome: Outcome::Failed(failure), .. } => StoppedBy {
                step: step.clone(),
                by: "failure".to_owned(),
                message: format!("{}: {}", failure.code, failure.message),
            },
            BuildEvent::Finished { outcome: Outcome::Executed, .. } => {
                self.executed += 1;
                return;
            }
            _ => return,
        };
        self.stopped.get_or_insert(stopped);
    }
}
