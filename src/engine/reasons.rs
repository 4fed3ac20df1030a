//! Why a step runs, in the user's terms: the difference to what was built last,
//! with the place in the manifest.
//!
//! Pure but for one look into the store: the action that was built last is a
//! blob there. Where it is gone, the lock's record stands in for it.

use serde::{Serialize, Serializer};

use super::inputs::Inputs;
use crate::diag::{Sources, Span};
use crate::lockfile::StepRecord;
use crate::model::action::Action;
use crate::model::artifact::Content;
use crate::model::diff::{Change, What, diff};
use crate::plan::{Origin, Plan, Step};
use crate::store::Store;
use crate::store::compare::FileChange;

/// What a reason is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A part of the action that moved.
    Part(What),
    /// The step was never built.
    New,
    /// The store has no result of it.
    Unrecorded,
    /// The store lost a part of its result.
    Lost,
    /// The user asked for it.
    Asked,
    /// A step that runs before it.
    Step,
    /// A step that has the same key.
    Twin,
    /// A step whose verdict blocks it.
    VerdictOf,
    /// The content of a source, against the lock.
    Content,
    /// The path of a source, against the lock.
    Path,
    /// What a kind promises of its bytes, against the lock.
    Determinism,
    /// Whether a tool has no identity, against the lock.
    WeakIdentity,
    /// A record of the lock that a build would write otherwise.
    Record,
    /// A metric, against the lock.
    Metric,
    /// The findings, against the lock.
    Findings,
    /// The verdict, against the lock.
    Verdict,
}

impl Subject {
    /// Its word, for people and for JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Part(part) => part.word(),
            Self::New => "new",
            Self::Unrecorded => "unrecorded",
            Self::Lost => "lost",
            Self::Asked => "asked",
            Self::Step => "step",
            Self::Twin => "twin",
            Self::VerdictOf => "verdict of",
            Self::Content => "content",
            Self::Path => "path",
            Self::Determinism => "determinism",
            Self::WeakIdentity => "weak_identity",
            Self::Record => "record",
            Self::Metric => "metric",
            Self::Findings => "findings",
            Self::Verdict => "verdict",
        }
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// What it is about.
    pub what: Subject,
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
    pub fn plain(what: Subject) -> Self {
        Self {
            what,
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
        const COMMAND: Subject = Subject::Part(What::Command);
        let (word, name) = match (self.what, self.name.split_once('.')) {
            (COMMAND, Some(("environment", variable))) => ("environment variable", variable),
            (COMMAND, Some(("tools", tool))) => ("tool", tool),
            (what, _) => (what.word(), self.name.as_str()),
        };
        let name = match (word, name.split_once(' ')) {
            ("tool", Some((tool, file))) => format!(" `{tool}`, file `{file}`"),
            _ if name.is_empty() => String::new(),
            _ => format!(" `{name}`"),
        };
        if self.what == Subject::Part(What::Worker)
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
        match self.what {
            Subject::New => "never built before".to_owned(),
            Subject::Unrecorded => "the store has no result for it".to_owned(),
            Subject::Lost => "the store lost a part of its output".to_owned(),
            Subject::Asked => "asked for by --rerun".to_owned(),
            Subject::Part(What::Lineage) => "the results of its ancestors changed".to_owned(),
            Subject::Twin => format!("the same action as{name}"),
            _ => format!("{word}{name}{values}"),
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
    let Some(last) = last else { return vec![Reason::plain(Subject::New)] };
    let step = &plan.steps[index];
    let old = store
        .read(last.key.0)
        .ok()
        .and_then(|bytes| Action::decode(&bytes).ok())
        .unwrap_or_else(|| from_record(action, last));
    let changes = diff(&old, action);
    if changes.is_empty() {
        return vec![Reason::plain(Subject::Unrecorded)];
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
    Reason {
        name,
        old: change.old,
        new: change.new,
        at: span.map(|span| sources.place(span)),
        ..Reason::plain(Subject::Part(change.what))
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
