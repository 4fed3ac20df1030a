//! [`Change`]: why a key moved, part by part.
//!
//! Pure: two actions in, a sorted list out. Every field of [`Action`] is
//! compared here, so that a key never moves without a named reason; a test
//! holds that by changing each field in turn.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::action::{Action, ActionInput, CommandSpec};

/// One difference between two actions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Change {
    /// What part of the action it is.
    pub what: What,
    /// The name within the part: a param, a port, a variable; may be empty.
    pub name: String,
    /// The text of the old value; absent where there was none.
    pub old: Option<String>,
    /// The text of the new value; absent where there is none.
    pub new: Option<String>,
}

/// The parts of an action that can differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A param's value.
    Param,
    /// The content of an input port.
    Input,
    /// How an input is read or cut.
    Reading,
    /// The seed.
    Seed,
    /// The declared platform.
    Platform,
    /// The command's arguments, environment, tools, secrets or network.
    Command,
    /// The declared outputs.
    Output,
    /// The kind itself.
    Kind,
    /// The kind's revision.
    Revision,
    /// The worker's identity.
    Worker,
    /// The results of the ancestors, for kinds that want lineage.
    Lineage,
    /// The version of the encoding.
    Encoding,
}

impl What {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Param => "param",
            Self::Input => "input",
            Self::Reading => "reading",
            Self::Seed => "seed",
            Self::Platform => "platform",
            Self::Command => "command",
            Self::Output => "output",
            Self::Kind => "kind",
            Self::Revision => "revision",
            Self::Worker => "worker",
            Self::Lineage => "lineage",
            Self::Encoding => "encoding",
        }
    }
}

/// Every difference between two actions, sorted.
pub fn diff(old: &Action, new: &Action) -> Vec<Change> {
    let mut changes = Changes(Vec::new());
    changes.value(What::Encoding, "", &old.encoding, &new.encoding);
    changes.value(What::Kind, "", &old.kind, &new.kind);
    changes.value(What::Revision, "", &old.revision, &new.revision);
    changes.value(What::Worker, "", &old.worker, &new.worker);
    changes.values(What::Param, "", &json_entries(&old.params), &json_entries(&new.params));
    changes.inputs(&old.inputs, &new.inputs);
    changes.values(What::Output, "", &old.outputs, &new.outputs);
    changes.option(What::Seed, "", old.seed.as_ref(), new.seed.as_ref());
    changes.parts(What::Platform, old.platform.as_ref(), new.platform.as_ref());
    changes.command(old.command.as_ref(), new.command.as_ref());
    if old.lineage != new.lineage {
        changes.push(What::Lineage, "", None, None);
    }
    changes.0.sort();
    changes.0
}

struct Changes(Vec<Change>);

impl Changes {
    fn push(&mut self, what: What, name: &str, old: Option<String>, new: Option<String>) {
        self.0.push(Change { what, name: name.to_owned(), old, new });
    }

    fn value<T: ToString + PartialEq>(&mut self, what: What, name: &str, old: &T, new: &T) {
        self.option(what, name, Some(old), Some(new));
    }

    fn option<T: ToString + PartialEq>(
        &mut self,
        what: What,
        name: &str,
        old: Option<&T>,
        new: Option<&T>,
    ) {
        if old != new {
            self.push(what, name, old.map(T::to_string), new.map(T::to_string));
        }
    }

    fn values<T: ToString + PartialEq>(
        &mut self,
        what: What,
        prefix: &str,
        old: &BTreeMap<String, T>,
        new: &BTreeMap<String, T>,
    ) {
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for name in names {
            self.option(what, &format!("{prefix}{name}"), old.get(name), new.get(name));
        }
    }

    /// The members of a struct, compared as JSON.
    fn parts<T: Serialize>(&mut self, what: What, old: Option<&T>, new: Option<&T>) {
        self.values(what, "", &members(old), &members(new));
    }

    fn inputs(
        &mut self,
        old: &BTreeMap<String, Vec<ActionInput>>,
        new: &BTreeMap<String, Vec<ActionInput>>,
    ) {
        let ports: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for port in ports {
            let (old, new) = (old.get(port), new.get(port));
            let contents = |inputs: &Vec<ActionInput>| -> Vec<_> {
                inputs.iter().map(|input| (input.content, input.artifact_type.clone())).collect()
            };
            if old.map(contents) != new.map(contents) {
                self.push(
                    What::Input,
                    port,
                    old.map(|inputs| shorts(inputs)),
                    new.map(|inputs| shorts(inputs)),
                );
            }
            let (Some(old), Some(new)) = (old, new) else { continue };
            let readings = |inputs: &[ActionInput]| -> Vec<_> {
                inputs
                    .iter()
                    .map(|i| (i.splits.clone(), i.split.clone(), i.format.clone(), i.at.clone()))
                    .collect()
            };
            if old.len() == new.len() && readings(old) != readings(new) {
                self.push(What::Reading, port, Some(reading(old)), Some(reading(new)));
            }
        }
    }

    fn command(&mut self, old: Option<&CommandSpec>, new: Option<&CommandSpec>) {
        let parts = |spec: Option<&CommandSpec>| spec.map(command_parts).unwrap_or_default();
        self.values(What::Command, "", &parts(old), &parts(new));
    }
}

/// A command by its parts. Each variable and each tool's file is one of its own, so that
/// the one that moved is named.
fn command_parts(spec: &CommandSpec) -> BTreeMap<String, String> {
    let CommandSpec { run, environment, secrets, tools, network } = spec;
    let mut parts = BTreeMap::from([
        ("run".to_owned(), Value::from(run.as_slice()).to_string()),
        ("secrets".to_owned(), secrets.join(", ")),
        ("network".to_owned(), network.to_string()),
    ]);
    for (name, value) in environment {
        parts.insert(format!("environment.{name}"), Value::from(value.as_str()).to_string());
    }
    for (name, tool) in tools {
        parts.insert(format!("tools.{name}"), tool.program.clone());
        for (file, content) in &tool.files {
            parts.insert(format!("tools.{name} {file}"), content.short());
        }
    }
    parts
}

fn json_entries(map: &serde_json::Map<String, Value>) -> BTreeMap<String, Value> {
    map.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn members<T: Serialize>(value: Option<&T>) -> BTreeMap<String, Value> {
    match value.map(serde_json::to_value) {
        Some(Ok(Value::Object(map))) => map.into_iter().collect(),
        _ => BTreeMap::new(),
    }
}

fn shorts(inputs: &[ActionInput]) -> String {
    let texts: Vec<String> = inputs.iter().map(|input| input.content.short()).collect();
    if texts.is_empty() { "nothing".to_owned() } else { texts.join(", ") }
}

fn reading(inputs: &[ActionInput]) -> String {
    let texts: Vec<String> = inputs
        .iter()
        .map(|input| {
            let format = input.format.as_ref().map(|format| format!(" as {format}"));
            let at = input.at.as_ref().map(|at| format!(" at {at}"));
            let splits = match (&input.split, input.splits.as_slice()) {
                (Some(split), _) => format!("the split {split}"),
                (None, []) => "all splits".to_owned(),
                (None, some) => some.join("+"),
            };
            splits + &format.unwrap_or_default() + &at.unwrap_or_default()
        })
        .collect();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use ingot_protocol::{Lineage, Platform};
    use serde_json::{Map, json};

    use super::*;
    use crate::digest::Digest;
    use crate::model::action::{ENCODING, ToolIdentity};
    use crate::model::artifact::Content;

    fn input(bytes: &[u8]) -> ActionInput {
        ActionInput {
            artifact_type: "dataset".into(),
            content: Content::Tree(Digest::of(bytes)),
            splits: vec!["train".into()],
            format: None,
            at: None,
        }
    }

    fn action() -> Action {
        Action {
            encoding: ENCODING,
            kind: "train".into(),
            revision: 1,
            worker: "ingot-torch".into(),
            params: Map::from_iter([("epochs".to_owned(), json!(20))]),
            inputs: BTreeMap::from([("data".to_owned(), vec![input(b"a")])]),
            outputs: BTreeMap::from([("model".to_owned(), "model".to_owned())]),
            platform: Some(Platform::default()),
            seed: Some(17),
            command: Some(CommandSpec {
                run: vec!["python3".into()],
                environment: BTreeMap::new(),
                secrets: Vec::new(),
                tools: BTreeMap::from([(
                    "python".to_owned(),
                    ToolIdentity { program: "python3".into(), files: BTreeMap::new() },
                )]),
                network: false,
            }),
            lineage: None,
        }
    }

    /// An edit to one field of an action.
    type Edit = fn(&mut Action);

    #[test]
    fn every_field_that_moves_the_key_is_named() {
        let edits: [(What, &str, Edit); 15] = [
            (What::Encoding, "", |a| a.encoding += 1),
            (What::Kind, "", |a| a.kind = "fine-tune".into()),
            (What::Revision, "", |a| a.revision = 2),
            (What::Worker, "", |a| a.worker.push('2')),
            (What::Param, "epochs", |a| {
                a.params.insert("epochs".into(), json!(30));
            }),
            (What::Input, "data", |a| {
                a.inputs.insert("data".into(), vec![input(b"b")]);
            }),
            (What::Reading, "data", |a| {
                a.inputs.values_mut().for_each(|inputs| inputs[0].splits.clear());
            }),
            (What::Reading, "data", |a| {
                a.inputs.values_mut().for_each(|inputs| inputs[0].format = Some(json!("csv")));
            }),
            (What::Output, "report", |a| {
                a.outputs.insert("report".into(), "report".into());
            }),
            (What::Platform, "threads", |a| {
                a.platform = Some(Platform { threads: 2, ..Platform::default() });
            }),
            (What::Seed, "", |a| a.seed = None),
            (What::Command, "network", |a| a.command.as_mut().unwrap().network = true),
            (What::Command, "environment.LEVEL", |a| {
                let environment = &mut a.command.as_mut().unwrap().environment;
                environment.insert("LEVEL".into(), "3".into());
            }),
            (What::Command, "run", |a| a.command.as_mut().unwrap().run.push("x".into())),
            (What::Lineage, "", |a| a.lineage = Some(Lineage::default())),
        ];
        let old = action();
        assert_eq!(diff(&old, &old), []);
        for (what, name, edit) in edits {
            let mut new = action();
            edit(&mut new);
            assert_ne!(old.key().unwrap(), new.key().unwrap(), "{what:?} is in the key");
            let changes: Vec<_> =
                diff(&old, &new).into_iter().map(|change| (change.what, change.name)).collect();
            assert_eq!(changes, [(what, name.to_owned())]);
        }
    }

    #[test]
    fn a_param_s_change_shows_both_values() {
        let mut new = action();
        new.params.insert("epochs".into(), json!(30));
        let change = diff(&action(), &new).remove(0);
        assert_eq!((change.old.as_deref(), change.new.as_deref()), (Some("20"), Some("30")));
    }
}
