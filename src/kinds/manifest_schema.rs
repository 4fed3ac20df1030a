//! The JSON Schema of `ingot.toml`, with the params of every kind that is there.
//!
//! For editors: `#:schema` in the manifest, or `ingot schema manifest`. The
//! loader does not read it; tests hold that the committed manifests agree with it,
//! that its step keys are the loader's, and that the reference names every key.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Kinds;
use super::schema::properties_of;

/// The schema of a manifest of edition 1.
pub fn manifest_schema(kinds: &Kinds) -> Value {
    let names: Vec<&str> = kinds.iter().map(|provided| provided.kind.name.as_str()).collect();
    let branches: Vec<Value> = kinds
        .iter()
        .map(|provided| {
            json!({
                "if": { "properties": { "kind": { "const": provided.kind.name } }, "required": ["kind"] },
                "then": { "properties": params(&provided.kind.params) }
            })
        })
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ingot.toml",
        "type": "object",
        "additionalProperties": false,
        "anyOf": [{ "required": ["pipeline"] }, { "required": ["workspace"] }],
        "properties": {
            "pipeline": pipeline(),
            "workspace": workspace(),
            "params": { "type": "object", "description": "values that `{params.NAME}` stands for" },
            "sources": { "type": "object", "additionalProperties": source() },
            "workers": { "type": "object", "additionalProperties": worker() },
            "plugins": { "type": "object", "additionalProperties": plugin() },
            "tools": { "type": "object", "additionalProperties": tool() },
            "steps": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "properties": step(&names),
                    "allOf": branches
                }
            },
            "targets": { "type": "object", "additionalProperties": texts("steps of the group") },
            "exports": {
                "type": "object",
                "description": "workspace path = the output that is copied there",
                "additionalProperties": { "type": "string" }
            },
            "profiles": { "type": "object", "additionalProperties": profile() },
            "tests": { "type": "object", "additionalProperties": step_test() },
            "waivers": { "type": "array", "items": waiver(), "description": "errors that somebody answers for" }
        }
    })
}

fn text(description: &str) -> Value {
    json!({ "type": "string", "description": description })
}

fn texts(description: &str) -> Value {
    json!({ "type": "array", "items": { "type": "string" }, "description": description })
}

fn pipeline() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["name", "edition"],
        "properties": {
            "name": text("the pipeline's name"),
            "edition": { "const": 1, "description": "the edition of the manifest's form" },
            "seed": { "type": "integer", "minimum": 0, "description": "what every draw derives from" },
            "default": texts("what a bare `ingot build` builds")
        }
    })
}

fn workspace() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["members"],
        "properties": { "members": texts("folders with a manifest of their own; `*` stands for any name") }
    })
}

fn source() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "anyOf": [{ "required": ["path"] }, { "required": ["like"] }],
        "properties": {
            "like": text("copy that source, then change it"),
            "path": text("a file, a folder or a glob; {day} in it makes partitions"),
            "exclude": texts("globs of what is left out"),
            "format": { "type": "object", "description": "how a dataset port reads it" }
        }
    })
}

fn step_test() -> Value {
    let files = json!({
        "type": ["string", "object"],
        "description": "a file, or one a split",
        "additionalProperties": { "type": "string" }
    });
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["step", "expect"],
        "properties": {
            "step": text("the step that is tested, or one point of it"),
            "inputs": {
                "type": "object",
                "description": "input port = what stands on it instead",
                "additionalProperties": {}
            },
            "expect": {
                "type": "object",
                "description": "output port = the files that it is to be",
                "minProperties": 1,
                "additionalProperties": files
            },
            "tolerance": {
                "type": "number",
                "minimum": 0,
                "default": 0,
                "description": "how far floats may lie apart: so much, or so much of the expected one where that is above 1"
            }
        }
    })
}

fn tool() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["program"],
        "properties": {
            "program": text("what is started where a command says the tool's name: a name, or a path from this folder"),
            "identity": texts("workspace files whose content says which version it is"),
            "reads": texts("further folders it may read")
        }
    })
}

fn worker() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["path"],
        "properties": { "path": text("the program in the workspace; it runs after `ingot trust`") }
    })
}

fn plugin() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "oneOf": [
            { "required": ["path"] },
            { "required": ["url", "sha256"] },
            { "required": ["oci", "sha256"] }
        ],
        "properties": {
            "path": text("the component's file in the workspace"),
            "url": text("where the component is fetched from: https://.."),
            "oci": text("where the component is fetched from: REGISTRY/NAME:TAG"),
            "sha256": text("what the fetched file must have"),
            "grants": {
                "type": "array",
                "items": { "enum": ["seed"] },
                "description": "what it may import beside its inputs, its outputs and reports"
            },
            "limits": {
                "type": "object",
                "additionalProperties": false,
                "description": "what one step of it may take; in no key",
                "properties": {
                    "fuel": { "type": "integer", "minimum": 1, "description": "WebAssembly operators" },
                    "memory": text("linear memory, an amount such as 2GiB"),
                    "output": text("bytes written, an amount such as 64GiB")
                }
            }
        }
    })
}

fn profile() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "params": { "type": "object", "description": "replaces values of [params]" },
            "gates": { "enum": ["fail", "warn"], "description": "whether a failed gate fails the build" },
            "resources": {
                "type": "object",
                "description": "step = what it takes of the machine, instead of its own",
                "additionalProperties": resources()
            },
            "executor": { "enum": ["local"], "description": "where steps run" }
        }
    })
}

fn resources() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "description": "what it takes of the machine; in no key",
        "properties": {
            "cpu": { "type": "integer", "minimum": 1, "description": "cores" },
            "memory": text("an amount such as 2GiB"),
            "gpu": { "type": "integer", "minimum": 0, "description": "graphics processors" }
        }
    })
}

fn gate() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["metric"],
        "properties": {
            "metric": text("the metric that is judged"),
            "min": { "type": "number", "description": "the lower bound" },
            "max": { "type": "number", "description": "the upper bound" },
            "confidence": {
                "type": "number",
                "exclusiveMinimum": 0,
                "exclusiveMaximum": 1,
                "description": "the whole interval of this confidence must keep the bounds"
            },
            "than": text("judges the difference from this model"),
            "slice": { "type": "object", "description": "column = value: judges this slice" },
            "inconclusive": {
                "enum": ["fail", "hold", "pass"],
                "description": "what an interval that holds a bound means"
            }
        }
    })
}

fn waiver() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["step", "finding", "reason", "owner", "until"],
        "properties": {
            "step": text("the step that finds the error, or one point of it"),
            "finding": text("what it finds, such as contract.range"),
            "column": text("the column, where findings about another one are not meant"),
            "rows": {
                "type": "integer",
                "minimum": 1,
                "description": "how many rows it covers at most; required where the finding counts rows"
            },
            "reason": text("why the error is accepted"),
            "owner": text("who answers for it"),
            "until": text("the last day on which it holds: 2027-12-31")
        }
    })
}

/// The closed list of step keys; everything else is a param of the kind.
fn step(kinds: &[&str]) -> Value {
    json!({
        "kind": { "enum": kinds, "description": "what the step does" },
        "like": text("copy that step, then change it"),
        "inputs": {
            "type": "object",
            "description": "port = reference; a table of one reference a split; or a table for code whose layout does not count",
            "additionalProperties": {
                "anyOf": [
                    { "type": ["string", "array", "boolean"] },
                    {
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["path", "as"],
                        "properties": {
                            "path": text("a script or a folder of them in the workspace"),
                            "as": { "const": "python" }
                        }
                    },
                    {
                        "type": "object",
                        "description": "split = reference: one artifact a split",
                        "propertyNames": { "pattern": "^[A-Za-z0-9_]+$" },
                        "additionalProperties": { "type": "string" }
                    }
                ]
            }
        },
        "outputs": {
            "type": "object",
            "description": "port = artifact type, for `command`; or a table with the `format` of files",
            "additionalProperties": {
                "anyOf": [
                    { "type": "string" },
                    {
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["type"],
                        "properties": {
                            "type": text("the artifact type"),
                            "format": {
                                "type": "object",
                                "description": "how a dataset port reads these files"
                            }
                        }
                    }
                ]
            }
        },
        "run": texts("the program and its arguments, for `command`"),
        "environment": {
            "type": "object",
            "additionalProperties": { "type": "string" },
            "description": "variables of a command; in the key"
        },
        "secrets": texts("variables whose values enter nothing"),
        "network": { "type": "boolean", "description": "whether the step reaches the network" },
        "seed": { "type": "integer", "minimum": 0, "description": "instead of the pipeline's" },
        "threads": { "type": "integer", "minimum": 1, "description": "threads to compute with; in the key" },
        "isa": { "enum": ["default", "avx2", "avx512"], "description": "instruction set; in the key" },
        "device": { "enum": ["cpu", "cuda"], "description": "where it computes; in the key" },
        "precision": { "enum": ["fp32", "bf16"], "description": "how it computes; in the key" },
        "resources": resources(),
        "timeout": text("a duration such as 30min"),
        "retries": {
            "type": "integer",
            "minimum": 0,
            "maximum": 10,
            "description": "how often it is run again after a failure of the machine"
        },
        "matrix": {
            "description": "one point a combination of values; { from = SOURCE, last = N } takes a source's partitions"
        },
        "replicates": { "description": "one point a seed" },
        "gates": { "type": "array", "items": gate(), "description": "conditions on metrics" },
        "requires": texts("steps whose verdict must be a pass")
    })
}

/// A kind's properties. What branches of a selecting param say of one property
/// differently may be any of it.
fn params(schema: &Value) -> Map<String, Value> {
    let mut said: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    let branches = schema.get("oneOf").and_then(Value::as_array);
    for object in std::iter::once(schema).chain(branches.into_iter().flatten()) {
        for (name, property) in properties_of(object) {
            said.entry(name).or_default().push(property);
        }
    }
    said.into_iter().map(|(name, properties)| (name.to_owned(), param(&properties))).collect()
}

/// One param: any of what is said of it, or a text that stands for a value.
fn param(properties: &[&Value]) -> Value {
    let mut param = Map::new();
    for keyword in ["description", "default"] {
        let mut values = properties.iter().map(|property| property.get(keyword));
        if let Some(Some(first)) = values.next()
            && values.all(|value| value == Some(first))
        {
            param.insert(keyword.to_owned(), first.clone());
        }
    }
    let mut choices: Vec<Value> = Vec::new();
    for property in properties {
        let mut choice = (*property).clone();
        if let Some(object) = choice.as_object_mut() {
            object.remove("default");
            if param.contains_key("description") {
                object.remove("description");
            }
        }
        if !choices.contains(&choice) {
            choices.push(choice);
        }
    }
    choices.push(json!({ "type": "string", "pattern": "^\\{params\\.[A-Za-z0-9_-]+\\}$" }));
    param.insert("anyOf".to_owned(), Value::Array(choices));
    Value::Object(param)
}
