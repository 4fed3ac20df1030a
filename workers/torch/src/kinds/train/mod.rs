//! `train`: a classifier from the labelled rows of a dataset.

use ingot_protocol::{Determinism, Kind};
use serde_json::Value;

use super::{dataset_port, model_port, output_port};
use crate::schema::{self, Defaults};

/// The kind's name.
pub const NAME: &str = "train";
/// See the module above.
pub const REVISION: u32 = 2;

/// The kind's descriptor.
pub fn kind() -> Kind {
    Kind {
        name: NAME.into(),
        summary: "train a classifier on the labelled rows of a dataset".into(),
        revision: REVISION,
        params: params(),
        inputs: vec![dataset_port(&["train", "valid"]), model_port("init", false)],
        outputs: vec![output_port("model", "model")],
        determinism: Determinism::Platform,
        random: true,
        lineage: false,
        accepts_failed: false,
        expands: Vec::new(),
    }
}

fn params() -> Value {
    let images = Defaults { epochs: 100, batch_size: 32, lr: 3e-3, weight_decay: 1e-2 };
    let tables = Defaults { epochs: 30, batch_size: 128, lr: 1e-3, weight_decay: 1e-2 };
    schema::families(vec![
        schema::branch(
            "cnn",
            "Three convolutions, for small images.",
            &[
                schema::width(16),
                schema::supervised(0.2, 0.0),
                schema::augmentation(0.0, 0.0, 0.0, 0.0),
                schema::optimisation(images),
            ],
        ),
        schema::branch(
            "mlp",
            "Fully connected layers, for tables.",
            &[schema::table(), schema::supervised(0.1, 0.0), schema::optimisation(tables)],
        ),
        schema::branch(
            "resnet",
            "A small residual network, for images.",
            &[
                schema::width(16),
                schema::blocks(),
                schema::supervised(0.0, 0.0),
                schema::augmentation(0.0, 0.0, 0.0, 0.0),
                schema::optimisation(images),
            ],
        ),
    ])
}
