//! The kind `command`: any program of the user's.
//!
//! Its ports are the step's own declaration, so its descriptor has none; `plan`
//! makes them from the manifest.

use ingot_protocol::{Determinism, Kind};
use serde_json::json;

/// The kind's name.
pub const NAME: &str = "command";

/// What stands for the provider in an action key.
pub const IDENTITY: &str = "ingot-command";

/// The kind.
pub fn kind() -> Kind {
    Kind {
        name: NAME.into(),
        summary: "run a program of the workspace or of the machine".into(),
        revision: 1,
        params: json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": false,
            "properties": {}
        }),
        inputs: Vec::new(),
        outputs: Vec::new(),
        further: None,
        determinism: Determinism::Platform,
        random: false,
        lineage: false,
        waivers: false,
        accepts_failed: false,
        metrics: Vec::new(),
        findings: Default::default(),
        expands: Vec::new(),
    }
}
