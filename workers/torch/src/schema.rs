//! JSON Schemas of the params, built of shared pieces.
//!
//! Invariant: every schema is closed, every property has a default or is named in
//! `required`, names and ranges are PyTorch's where it has them. What is not
//! semantic (`x-ingot-semantic: false`) cannot change an output's bytes.

use serde_json::{Map, Value, json};

/// A kind's params: one branch for each family.
pub fn families(branches: Vec<Value>) -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "oneOf": branches,
    })
}

/// One closed branch: `family`, and the properties of the pieces.
pub fn branch(family: &str, description: &str, pieces: &[Value]) -> Value {
    let mut properties = Map::new();
    properties.insert("family".into(), json!({ "const": family, "description": description }));
    for piece in pieces {
        if let Value::Object(piece) = piece {
            properties.extend(piece.clone());
        }
    }
    json!({
        "type": "object",
        "title": family,
        "properties": properties,
        "required": ["family"],
        "additionalProperties": false,
    })
}

/// A whole number.
pub fn integer(description: &str, default: u64, minimum: u64, maximum: u64) -> Value {
    json!({
        "type": "integer",
        "description": description,
        "default": default,
        "minimum": minimum,
        "maximum": maximum,
    })
}

/// A number in [minimum, maximum].
pub fn number(description: &str, default: f64, minimum: f64, maximum: f64) -> Value {
    json!({
        "type": "number",
        "description": description,
        "default": default,
        "minimum": minimum,
        "maximum": maximum,
    })
}

/// A number in [0, 1).
pub fn fraction(description: &str, default: f64) -> Value {
    json!({
        "type": "number",
        "description": description,
        "default": default,
        "minimum": 0,
        "exclusiveMaximum": 1,
    })
}

/// How long, how fast and by which optimiser a kind trains by default.
#[derive(Debug, Clone, Copy)]
pub struct Defaults {
    /// Passes over the rows.
    pub epochs: u64,
    /// Rows a step.
    pub batch_size: u64,
    /// Learning rate.
    pub lr: f64,
    /// Weight decay.
    pub weight_decay: f64,
}

/// The optimiser, its schedule and the checkpoints.
pub fn optimisation(defaults: Defaults) -> Value {
    json!({
        "epochs": integer("Passes over the training rows.", defaults.epochs, 1, 1_000_000),
        "batch_size": integer("Rows a step.", defaults.batch_size, 1, 1_000_000),
        "lr": {
            "type": "number",
            "description": "Learning rate.",
            "default": defaults.lr,
            "exclusiveMinimum": 0,
            "maximum": 100,
        },
        "weight_decay": number(
            "Decoupled weight decay (adamw) or L2 penalty (sgd).", defaults.weight_decay, 0.0, 10.0,
        ),
        "optimizer": {
            "type": "string",
            "description": "torch.optim.AdamW or torch.optim.SGD.",
            "enum": ["adamw", "sgd"],
            "default": "adamw",
        },
        "betas": {
            "type": "array",
            "description": "Decay rates of AdamW's two moments.",
            "items": { "type": "number", "minimum": 0, "exclusiveMaximum": 1 },
            "minItems": 2,
            "maxItems": 2,
            "default": [0.9, 0.999],
        },
        "eps": {
            "type": "number",
            "description": "Added to AdamW's denominator.",
            "default": 1e-8,
            "exclusiveMinimum": 0,
            "maximum": 1,
        },
        "momentum": fraction("Momentum of SGD.", 0.9),
        "scheduler": {
            "type": "string",
            "description": "How the learning rate moves after the warm-up.",
            "enum": ["constant", "cosine"],
            "default": "cosine",
        },
        "warmup_epochs": number("Epochs in which the rate rises from zero.", 0.0, 0.0, 1e6),
        "checkpoint_interval": {
            "type": "integer",
            "description": "Steps between checkpoints; 0 for none.",
            "default": 500,
            "minimum": 0,
            "x-ingot-semantic": false,
        },
    })
}

/// Random changes of images, in training alone.
pub fn augmentation(rotation: f64, translation: f64, scale: f64, noise: f64) -> Value {
    json!({
        "augmentation": {
            "type": "object",
            "description": "Random changes of each image at each step, in training alone.",
            "properties": {
                "rotation": number("Degrees, to either side.", rotation, 0.0, 180.0),
                "translation": number("Pixels, along each axis.", translation, 0.0, 1e4),
                "scale": fraction("Part of the size, larger or smaller.", scale),
                "noise": number(
                    "Standard deviation of Gaussian noise, in those of the pixels.", noise, 0.0, 10.0,
                ),
            },
            "default": {
                "rotation": rotation, "translation": translation, "scale": scale, "noise": noise,
            },
            "additionalProperties": false,
        },
    })
}

/// Channels of an image network.
pub fn width(default: u64) -> Value {
    json!({ "width": integer("Channels of the first convolution.", default, 1, 1024) })
}

/// Residual blocks.
pub fn blocks() -> Value {
    json!({ "blocks": integer("Residual blocks of each of the three stages.", 1, 1, 32) })
}

/// What is special to supervised training.
pub fn supervised(dropout: f64, label_smoothing: f64) -> Value {
    json!({
        "dropout": fraction("Probability that a unit is zeroed in training.", dropout),
        "label_smoothing": fraction("Part of each target spread over all classes.", label_smoothing),
    })
}

/// Sizes and preprocessing of the table network.
pub fn table() -> Value {
    json!({
        "hidden": {
            "type": "array",
            "description": "Units of each hidden layer.",
            "items": { "type": "integer", "minimum": 1, "maximum": 65536 },
            "minItems": 1,
            "maxItems": 64,
            "default": [128, 64],
        },
        "max_categories": integer(
            "Categories kept of a text column, the most frequent first; others count as none.",
            64, 1, 100_000,
        ),
    })
}
