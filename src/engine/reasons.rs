//! Why a step runs, in the user's terms: the difference to what was built last,
//! with the place in the manifest.
//!
//! Pure but for one look into the store: the action that was built last is a
//! blob there. Where it is gone, the lock's record stands in for it.

use serde::Serialize;

use super::inputs::Inputs;
use crate::diag::{Sources, Span};
use crate::lockfile::StepRecord;
use crate::model::action::Action;
use crate::model::artifact::Content;
use crate::model::diff::{Change, What, diff};
use crate::plan::{Origin, Plan, Step};
use crate::store::Store;
use crate::store::compare::FileChange;

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// The part that moved, or `new`, `unrecorded`, `lost`, `asked`; of a step that waits,
    /// `step` that runs first or `twin` that has the same key.
    pub what: String,
    /// The name within the part.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The old value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// The new value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
    /// `ingot.toml:31:6`, where the manifest says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// For an input: the files that differ, where the store still has both.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileChange>,
    /// For an input that is one artifact: what it was and what it is.
    #[serde(skip)]
    pub contents: Option<Contents>,
}

/// An input before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// Its artifact type now.
    pub artifact_type: String,
    /// What the last build read.
    pub old: Content,
    /// What it is now.
    pub new: Content,
}

impl Reason {
    /// A reason without values.
    pub fn plain(what: &str) -> Self {
        Self {
            what: what.to_owned(),
            name: String::new(),
            old: None,
            new: None,
            at: None,
            files: Vec::new(),
            contents: None,
        }
    }

    /// One line for a person.
    pub fn text(&self) -> String {
        let (what, name) = match (self.what.as_str(), self.name.split_once('.')) {
            ("command", Some(("environment", variable))) => ("environment variable", variable),
            ("command", Some(("tools", tool))) => ("tool", tool),
            (what, _) => (what, self.name.as_str()),
        };
        let name = match (what, name.split_once(' ')) {
            ("tool", Some((tool, file))) => format!(" `{tool}`, file `{file}`"),
            _ if name.is_empty() => String::new(),
            _ => format!(" `{name}`"),
        };
        if what == "worker"
            && let (Some(old), Some(new)) = (&self.old, &self.new)
            && let (Some(one), Some(other)) = (component(old), component(new))
        {
            return match one == other {
                true => format!("worker: {} -> {}", words_beside(old, new), words_beside(new, old)),
                false => format!("the plugin is another one: {one} -> {other}"),
            };
        }
        let values = match (&self.old, &self.new) {
            (Some(old), Some(new)) => format!(": {old} -> {new}"),
            (None, Some(new)) => format!(" added: {new}"),
            (Some(old), None) => format!(" removed (was {old})"),
            (None, None) => String::new(),
        };
        match what {
            "new" => "never built before".to_owned(),
            "unrecorded" => "the store has no result for it".to_owned(),
            "lost" => "the store lost a part of its output".to_owned(),
            "asked" => "asked for by --rerun".to_owned(),
            "lineage" => "the results of its ancestors changed".to_owned(),
            "twin" => format!("the same action as{name}"),
            what => format!("{what}{name}{values}"),
        }
    }
}

/// Why `action` is not what was built last under this step's name.
pub fn reasons(
    plan: &Plan,
    index: usize,
    action: &Action,
    last: Option<&StepRecord>,
    inputs: &Inputs,
    sources: &Sources,
    store: &Store,
) -> Vec<Reason> {
    let Some(last) = last else { return vec![Reason::plain("new")] };
    let step = &plan.steps[index];
    let old = store
        .read(last.key.0)
        .ok()
        .and_then(|bytes| Action::decode(&bytes).ok())
        .unwrap_or_else(|| from_record(action, last));
    let changes = diff(&old, action);
    if changes.is_empty() {
        return vec![Reason::plain("unrecorded")];
    }
    changes
        .into_iter()
        .map(|change| {
            let contents = contents(&change, &old, action);
            let mut reason = explain(plan, step, change, inputs, sources);
            if let Some(contents) = contents {
                reason.files = store.changes(contents.old, contents.new).unwrap_or_default();
                reason.contents = Some(contents);
            }
            reason
        })
        .collect()
}

/// What stood on a port that takes one artifact, and what stands there now.
fn contents(change: &Change, old: &Action, new: &Action) -> Option<Contents> {
    if change.what != What::Input {
        return None;
    }
    match (old.inputs.get(&change.name)?.as_slice(), new.inputs.get(&change.name)?.as_slice()) {
        ([old], [new]) => Some(Contents {
            artifact_type: new.artifact_type.clone(),
            old: old.content,
            new: new.content,
        }),
        _ => None,
    }
}

/// What the lock remembers of an action; the rest as it is now.
fn from_record(now: &Action, last: &StepRecord) -> Action {
    let mut action = now.clone();
    action.kind = last.kind.clone();
    action.revision = last.revision;
    action.worker = last.worker.clone();
    action.params = last.params.clone();
    action.seed = last.seed;
    for (port, inputs) in &mut action.inputs {
        if let Some(contents) = last.inputs.get(port)
            && contents.len() == inputs.len()
        {
            for (input, old) in inputs.iter_mut().zip(contents) {
                input.content = old.content;
            }
        }
    }
    action
}

fn explain(plan: &Plan, step: &Step, change: Change, inputs: &Inputs, sources: &Sources) -> Reason {
    let (name, span) = match change.what {
        What::Param => (
            change.name.clone(),
            Some(step.params.places.get(&change.name).copied().unwrap_or(step.span)),
        ),
        What::Input | What::Reading => input_name(plan, step, &change.name, inputs),
        What::Seed => {
            let place = step.seed.as_ref().map_or(step.span, |seed| seed.span);
            (change.name.clone(), Some(place))
        }
        What::Command => (change.name.clone(), Some(command_place(step, &change.name))),
        What::Platform => {
            let place = step.platform_places.get(&change.name).copied();
            (change.name.clone(), Some(place.unwrap_or(step.span)))
        }
        What::Output | What::Kind => (change.name.clone(), Some(step.span)),
        What::Revision | What::Worker | What::Lineage | What::Encoding => {
            (change.name.clone(), None)
        }
    };
    let what = serde_json::to_value(change.what)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default();
    Reason {
        what,
        name,
        old: change.old,
        new: change.new,
        at: span.map(|span| sources.place(span)),
        ..Reason::plain("")
    }
}

/// Where the manifest says this part of a command.
fn command_place(step: &Step, name: &str) -> Span {
    let Some(command) = &step.command else { return step.span };
    let said = match name.split_once('.') {
        Some(("environment", variable)) => command.environment.get(variable),
        None if name == "run" => command.run.first(),
        None if name == "secrets" => command.secrets.first(),
        _ => None,
    };
    said.map_or(step.span, |said| said.span)
}

/// What feeds a port, as the user knows it, and where the manifest says so.
fn input_name(plan: &Plan, step: &Step, port: &str, inputs: &Inputs) -> (String, Option<Span>) {
    if let Some(path) = port.strip_prefix("params.").and_then(|param| step.params.paths.get(param))
    {
        return (path.value.clone(), Some(path.span));
    }
    let feeds: Vec<_> =
        step.feeds().filter(|(name, _)| *name == port).map(|(_, feed)| feed).collect();
    let names: Vec<String> = feeds
        .iter()
        .map(|feed| match &feed.origin {
            Origin::Source(name) => inputs.source(name).map_or(name.clone(), |s| s.path.clone()),
            Origin::Path(path) | Origin::Code(path) => format!("./{path}"),
            Origin::Output { step, port } => format!("{}.{port}", plan.steps[*step].name),
        })
        .collect();
    (names.join(", "), feeds.first().map(|feed| feed.span))
}
/// What one identity says and another does not.
fn words_beside(identity: &str, other: &str) -> String {
    let others: Vec<&str> = other.split(' ').collect();
    let own: Vec<&str> = identity.split(' ').filter(|word| !others.contains(word)).collect();
    own.join(" ")
}

/// The beginning of a component's digest, in the identity of a plugin.
fn component(identity: &str) -> Option<&str> {
    identity.strip_prefix("wasm component=")?.get(..12)
}
