//! `train`: a classifier from the labelled rows of a dataset.

use ingot_protocol::{Determinism, Kind};

use super::{dataset_port, model_port, output_port, supervised};
use crate::params::Optimisation;

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
        params: supervised::params(&supervised::Defaults {
            images: Optimisation::defaults(100, 32, 3e-3, 1e-2),
            tables: Optimisation::defaults(30, 128, 1e-3, 1e-2),
            freezing: None,
        }),
        inputs: vec![dataset_port(&["train", "valid"]), model_port("init", false)],
        outputs: vec![output_port("model", "model")],
        further: None,
        determinism: Determinism::Platform,
        random: true,
        lineage: false,
        waivers: false,
        accepts_failed: false,
        metrics: Vec::new(),
        findings: Default::default(),
        expands: Vec::new(),
    }
}
