//! Params against schemas, honest and hostile; kinds from several workers.
#![allow(clippy::unwrap_used)]

mod params;
mod plugins;
mod schemas;
mod table;

use std::path::Path;

use serde_json::{Value, json};

use super::params::{Checker, Params};
use crate::diag::render::render;
use crate::manifest::{Overrides, load};

/// What the params of a step of the kind `train` come to, and what is wrong.
fn checked(schema: &Value, params: &str) -> (Params, String) {
    let text =
        format!("[pipeline]\nname = \"p\"\nedition = 1\n\n[steps.a]\nkind = \"train\"\n{params}\n");
    let loaded = load(Path::new("ingot.toml"), text.as_bytes(), &Overrides::default());
    let manifest = loaded.manifest.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
    let step = &manifest.steps["a"];
    let (params, diagnostics) = Checker::default().check("train", schema, &step.params, step.span);
    let texts: Vec<String> = diagnostics
        .iter()
        .map(|diagnostic| {
            assert!(!diagnostic.labels.is_empty(), "no place: {diagnostic:?}");
            assert!(!diagnostic.help.is_empty(), "no fix: {diagnostic:?}");
            render(diagnostic, &loaded.sources, false, 100)
        })
        .collect();
    (params, texts.join("\n\n"))
}

/// Params that pass.
fn accepted(schema: &Value, params: &str) -> Params {
    let (accepted, mistakes) = checked(schema, params);
    assert_eq!(mistakes, "", "{params}");
    accepted
}

/// What is wrong with params that do not.
fn mistakes(schema: &Value, params: &str) -> String {
    let (_, mistakes) = checked(schema, params);
    assert_ne!(mistakes, "", "{params}");
    mistakes
}

/// The codes of what is wrong, in the order it is said.
fn codes(schema: &Value, params: &str) -> Vec<String> {
    let text = mistakes(schema, params);
    let codes = text.lines().filter_map(|line| line.strip_prefix("error[")?.get(..5));
    codes.map(str::to_owned).collect()
}

/// A schema with a bit of everything.
fn train() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["epochs"],
        "properties": {
            "epochs": { "type": "integer", "minimum": 1, "description": "passes over the data." },
            "lr": {
                "type": "number", "exclusiveMinimum": 0, "default": 0.1,
                "description": "step size", "x-ingot-aliases": ["learning_rate", "eta"]
            },
            "momentum": { "type": "number", "minimum": 0, "maximum": 1, "default": 0 },
            "optimizer": { "enum": ["sgd", "adam"], "default": "sgd" },
            "betas": { "type": "array", "items": { "type": "number" }, "default": [0.9, 1] },
            "schedule": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "name": { "type": "string", "default": "cosine" },
                    "warmup": { "type": "number", "default": 0 }
                }
            },
            "seed_words": { "type": ["string", "integer"] },
            "log_every": { "type": "integer", "default": 10, "x-ingot-semantic": false },
            "contract": { "type": "string", "format": "ingot-path" }
        }
    })
}
