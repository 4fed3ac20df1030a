//! What a plugin says of its kinds: names, params, ports.
//!
//! Pure values, built by [`Kind`]'s methods. Whether they make sense (a port
//! named twice, an unknown artifact type) is judged by the host when it loads the
//! plugin, not here.

use serde_json::{Value, json};

/// One step kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Kind {
    /// The name: lower-case letters, digits, `-` and `_`.
    pub name: String,
    /// One line for people.
    pub summary: String,
    /// JSON Schema (draft 2020-12) of the params, an object.
    pub params: Value,
    /// Input ports.
    pub inputs: Vec<InputPort>,
    /// Output ports.
    pub outputs: Vec<OutputPort>,
    /// What two runs of the same step promise of their bytes.
    pub determinism: Determinism,
    /// Whether it draws random numbers.
    pub random: bool,
    /// Whether it runs on inputs whose step's verdict failed.
    pub accepts_failed: bool,
    /// How ports that were left empty are filled by steps of other kinds.
    pub expands: Vec<Expansion>,
}

/// What two runs of the same step promise of their bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Determinism {
    /// The same bytes on any machine.
    Bitwise,
    /// Nothing.
    None,
}

/// An input port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputPort {
    /// The name.
    pub name: String,
    /// The artifact types that it takes.
    pub types: Vec<String>,
    /// Whether a step must have it.
    pub required: bool,
    /// Whether it takes several artifacts.
    pub many: bool,
    /// The splits that the step sees; all of them where the list is empty.
    pub splits: Vec<String>,
    /// Whether it only feeds an expansion: the step itself does not see it.
    pub forwarded: bool,
}

/// An output port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputPort {
    /// The name.
    pub name: String,
    /// The artifact type.
    pub artifact_type: String,
    /// Whether it is one file, else a folder.
    pub file: bool,
}

/// Fills an empty port with the output of a new step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expansion {
    /// The port to fill.
    pub port: String,
    /// The new step's name, behind this step's and a slash.
    pub name: String,
    /// The new step's kind: one of this plugin, or one of Ingot's own.
    pub kind: String,
    /// The new step's output that fills the port.
    pub output: String,
    /// The new step's input port, and the port of this step that it takes.
    pub inputs: Vec<(String, String)>,
    /// The new step's param, and the param of this step that it takes.
    pub params: Vec<(String, String)>,
}

impl Kind {
    /// A kind without params and ports, whose bytes are the same on any machine.
    pub fn new(name: &str, summary: &str) -> Self {
        Self {
            name: name.to_owned(),
            summary: summary.to_owned(),
            params: json!({"type": "object", "additionalProperties": false}),
            inputs: Vec::new(),
            outputs: Vec::new(),
            determinism: Determinism::Bitwise,
            random: false,
            accepts_failed: false,
            expands: Vec::new(),
        }
    }

    /// The params by their JSON Schema's `properties` and the names of the
    /// `required` ones. No other param is allowed; defaults are filled in by the
    /// host.
    #[must_use]
    pub fn params(mut self, properties: Value, required: &[&str]) -> Self {
        self.params = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": false,
            "properties": properties,
            "required": required,
        });
        self
    }

    /// The params by their whole JSON Schema.
    #[must_use]
    pub fn schema(self, params: Value) -> Self {
        Self { params, ..self }
    }

    /// A required input port of one artifact type.
    #[must_use]
    pub fn input(self, name: &str, artifact_type: &str) -> Self {
        self.port(InputPort::new(name, &[artifact_type]))
    }

    /// An input port that is more than [`Kind::input`] says.
    #[must_use]
    pub fn port(mut self, port: InputPort) -> Self {
        self.inputs.push(port);
        self
    }

    /// An output port whose artifact is a folder, or a `dataset`.
    #[must_use]
    pub fn output(mut self, name: &str, artifact_type: &str) -> Self {
        self.outputs.push(OutputPort {
            name: name.to_owned(),
            artifact_type: artifact_type.to_owned(),
            file: false,
        });
        self
    }

    /// An output port whose artifact is one file.
    #[must_use]
    pub fn output_file(mut self, name: &str, artifact_type: &str) -> Self {
        self.outputs.push(OutputPort {
            name: name.to_owned(),
            artifact_type: artifact_type.to_owned(),
            file: true,
        });
        self
    }

    /// Draws random numbers: the seed enters the key, and the manifest must grant
    /// it.
    #[must_use]
    pub fn random(self) -> Self {
        Self { random: true, ..self }
    }

    /// Promises nothing of the bytes.
    #[must_use]
    pub fn nondeterministic(self) -> Self {
        Self { determinism: Determinism::None, ..self }
    }

    /// Runs on inputs whose step's verdict failed, too.
    #[must_use]
    pub fn accepts_failed(self) -> Self {
        Self { accepts_failed: true, ..self }
    }

    /// How a port that was left empty is filled.
    #[must_use]
    pub fn expands(mut self, expansion: Expansion) -> Self {
        self.expands.push(expansion);
        self
    }
}

impl InputPort {
    /// A required port of one artifact with all of its splits.
    pub fn new(name: &str, types: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            types: owned(types),
            required: true,
            many: false,
            splits: Vec::new(),
            forwarded: false,
        }
    }

    /// A step may leave it empty.
    #[must_use]
    pub fn optional(self) -> Self {
        Self { required: false, ..self }
    }

    /// It takes several artifacts.
    #[must_use]
    pub fn many(self) -> Self {
        Self { many: true, ..self }
    }

    /// The step sees these splits alone, and only they enter its key.
    #[must_use]
    pub fn splits(self, splits: &[&str]) -> Self {
        Self { splits: owned(splits), ..self }
    }

    /// It only feeds an expansion: the step itself does not see it.
    #[must_use]
    pub fn forwarded(self) -> Self {
        Self { forwarded: true, ..self }
    }
}

impl Expansion {
    /// Fills `port` with the output `output` of a new step of the kind `kind`,
    /// named like the kind.
    pub fn new(port: &str, kind: &str, output: &str) -> Self {
        Self {
            port: port.to_owned(),
            name: kind.to_owned(),
            kind: kind.to_owned(),
            output: output.to_owned(),
            inputs: Vec::new(),
            params: Vec::new(),
        }
    }

    /// Gives the new step another name.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    /// The new step's port `input` takes what stands on this step's port `from`.
    #[must_use]
    pub fn input(mut self, input: &str, from: &str) -> Self {
        self.inputs.push((input.to_owned(), from.to_owned()));
        self
    }

    /// The new step's param takes the param of the same name of this step.
    #[must_use]
    pub fn param(mut self, name: &str) -> Self {
        self.params.push((name.to_owned(), name.to_owned()));
        self
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}
