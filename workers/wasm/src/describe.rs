//! What a plugin says of itself, checked and in the terms of the worker protocol.
//!
//! Invariant: nothing here is believed: names are names, ports are told apart, a schema
//! is small and closed in itself, and no type of Ingot's own is defined again. Kinds
//! keep the plugin's own names; the core puts the manifest's name before them.

use std::collections::{BTreeMap, BTreeSet};

use ingot_protocol::{
    ArtifactType, Descriptor, Determinism, Expansion, InputPort, Kind, OutputPort, PROTOCOL, Reads,
};

use crate::bindings::{INTERFACE, types};
use crate::engine::SEMANTICS;
use crate::error::PluginError;
use crate::schema;

/// The name of this worker.
pub const WORKER: &str = "ingot-wasm";

/// Most kinds, ports or rules of one plugin.
const MOST: usize = 256;
/// Longest name, and longest line for people.
const LONGEST: (usize, usize) = (64, 400);

/// The artifact types that Ingot has itself.
const OWN_TYPES: [&str; 9] = [
    "bundle",
    "dataset",
    "document",
    "files",
    "findings",
    "metrics",
    "model",
    "predictions",
    "report",
];

/// A plugin's descriptor, or what in it cannot be.
pub fn checked(said: types::Descriptor) -> Result<Descriptor, PluginError> {
    let wrong = |what: String| PluginError::Descriptor { what };
    if said.kinds.is_empty() {
        return Err(wrong("it has no kind".to_owned()));
    }
    count("kinds", said.kinds.len())?;
    count("artifact types", said.artifact_types.len())?;
    let mut types = Vec::new();
    for artifact_type in said.artifact_types {
        name("artifact type", &artifact_type.name)?;
        if OWN_TYPES.contains(&artifact_type.name.as_str()) {
            return Err(wrong(format!(
                "it defines the artifact type `{}`, which is Ingot's own",
                artifact_type.name
            )));
        }
        let summary = line(artifact_type.summary)?;
        types.push(ArtifactType {
            name: artifact_type.name,
            summary,
            splits: None,
            checked: false,
            tests: None,
        });
    }
    let mut kinds: Vec<Kind> = said.kinds.into_iter().map(kind).collect::<Result<_, _>>()?;
    kinds.sort_by(|one, other| one.name.cmp(&other.name));
    types.sort_by(|one, other| one.name.cmp(&other.name));
    distinct("kinds", kinds.iter().map(|kind| kind.name.as_str()))?;
    distinct("artifact types", types.iter().map(|known| known.name.as_str()))?;
    let stands_on = BTreeMap::from([
        ("interface".to_owned(), INTERFACE.to_owned()),
        ("semantics".to_owned(), SEMANTICS.to_string()),
    ]);
    Ok(Descriptor {
        protocol: PROTOCOL,
        worker: WORKER.to_owned(),
        stands_on,
        types,
        kinds,
        codes: BTreeMap::new(),
    })
}

fn kind(said: types::Kind) -> Result<Kind, PluginError> {
    name("kind", &said.name)?;
    for (what, length) in [
        ("input ports", said.inputs.len()),
        ("output ports", said.outputs.len()),
        ("expansions", said.expands.len()),
    ] {
        count(what, length)?;
    }
    let params = schema::checked(&said.name, &said.params)?;
    let inputs: Vec<InputPort> = said.inputs.into_iter().map(input).collect::<Result<_, _>>()?;
    let outputs: Vec<OutputPort> =
        said.outputs.into_iter().map(output).collect::<Result<_, _>>()?;
    distinct("input ports", inputs.iter().map(|port| port.name.as_str()))?;
    distinct("output ports", outputs.iter().map(|port| port.name.as_str()))?;
    if outputs.is_empty() {
        return Err(PluginError::Descriptor {
            what: format!("the kind `{}` makes nothing", said.name),
        });
    }
    let ports: BTreeSet<&str> = inputs.iter().map(|port| port.name.as_str()).collect();
    let expands: Vec<Expansion> =
        said.expands.into_iter().map(|rule| expansion(rule, &ports)).collect::<Result<_, _>>()?;
    Ok(Kind {
        name: said.name,
        summary: line(said.summary)?,
        revision: 1,
        params,
        inputs,
        outputs,
        further: None,
        determinism: match said.determinism {
            types::Determinism::Bitwise => Determinism::Bitwise,
            types::Determinism::None => Determinism::None,
        },
        random: said.random,
        lineage: false,
        waivers: false,
        accepts_failed: said.accepts_failed,
        metrics: Vec::new(),
        findings: Default::default(),
        expands,
    })
}

fn input(port: types::InputPort) -> Result<InputPort, PluginError> {
    name("input port", &port.name)?;
    count("types", port.types.len())?;
    count("splits", port.splits.len())?;
    port.types.iter().try_for_each(|each| name("artifact type", each))?;
    port.splits.iter().try_for_each(|each| name("split", each))?;
    distinct("types of a port", port.types.iter().map(String::as_str))?;
    if port.types.is_empty() {
        return Err(PluginError::Descriptor {
            what: format!("the port `{}` takes nothing", port.name),
        });
    }
    let mut splits = port.splits;
    splits.sort();
    splits.dedup();
    Ok(InputPort {
        name: port.name,
        types: port.types,
        required: port.required,
        many: port.many,
        reads: if splits.is_empty() { Reads::All } else { Reads::Splits(splits) },
        forwarded: port.forwarded,
        ..InputPort::default()
    })
}

fn output(port: types::OutputPort) -> Result<OutputPort, PluginError> {
    name("output port", &port.name)?;
    name("artifact type", &port.artifact_type)?;
    // What the host writes is one file.
    let file = port.file || ["findings", "metrics"].contains(&port.artifact_type.as_str());
    if file && ["dataset", "predictions"].contains(&port.artifact_type.as_str()) {
        let what =
            format!("the port `{}` is one file, and a {} is none", port.name, port.artifact_type);
        return Err(PluginError::Descriptor { what });
    }
    Ok(OutputPort { name: port.name, artifact_type: port.artifact_type, file })
}

fn expansion(rule: types::Expansion, ports: &BTreeSet<&str>) -> Result<Expansion, PluginError> {
    for (what, text) in [("step", &rule.name), ("kind", &rule.kind), ("output port", &rule.output)]
    {
        name(what, text)?;
    }
    for pairs in [&rule.inputs, &rule.params] {
        count("ports or params of a rule", pairs.len())?;
        distinct("ports or params of a rule", pairs.iter().map(|(theirs, _)| theirs.as_str()))?;
        pairs
            .iter()
            .flat_map(|(theirs, own)| [theirs, own])
            .try_for_each(|each| name("port or param", each))?;
    }
    let own = rule.inputs.iter().map(|(_, own)| own).chain([&rule.port]);
    if let Some(unknown) = own.into_iter().find(|port| !ports.contains(port.as_str())) {
        let what =
            format!("its rule for `{}` names the port `{unknown}`, which is none", rule.name);
        return Err(PluginError::Descriptor { what });
    }
    Ok(Expansion {
        port: rule.port,
        name: rule.name,
        kind: rule.kind,
        output: rule.output,
        inputs: rule.inputs.into_iter().collect(),
        params: rule.params.into_iter().collect(),
        each: None,
    })
}

/// Names in a manifest are words.
fn name(what: &str, name: &str) -> Result<(), PluginError> {
    let of_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase());
    if begins && name.len() <= LONGEST.0 && name.chars().all(of_word) {
        return Ok(());
    }
    let shown: String = name.chars().take(LONGEST.0).collect();
    Err(PluginError::Descriptor {
        what: format!(
            "the {what} `{}` is no name: lower-case letters, digits, `-` and `_`",
            shown.escape_debug()
        ),
    })
}

/// A line for people: one line, and printable.
fn line(text: String) -> Result<String, PluginError> {
    if text.chars().count() > LONGEST.1 || text.chars().any(char::is_control) {
        return Err(PluginError::Descriptor {
            what: "a summary is longer than one line".to_owned(),
        });
    }
    Ok(text)
}

fn count(what: &str, length: usize) -> Result<(), PluginError> {
    if length > MOST {
        return Err(PluginError::Descriptor {
            what: format!("it has {length} {what}; {MOST} are the most"),
        });
    }
    Ok(())
}

fn distinct<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<(), PluginError> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(PluginError::Descriptor {
                what: format!("two {what} are called `{name}`"),
            });
        }
    }
    Ok(())
}
