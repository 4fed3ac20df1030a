//! What `describe` tells of the kind.

use ingot_protocol::{Better, Determinism, InputPort, Kind, KindMetric, OutputPort, Reads};
use serde_json::json;

use super::REVISION;

/// Every metric, its meaning, and which way it is better.
const METRICS: [(&str, &str, Option<Better>); 10] = [
    ("real_rows", "real rows", None),
    ("synthetic_rows", "synthetic rows", None),
    ("ks_complement", "a column of numbers: 1 - Kolmogorov and Smirnov's D", Some(Better::Higher)),
    ("tv_complement", "a column of categories: 1 - total variation", Some(Better::Higher)),
    ("column_fidelity", "the mean of both over all columns", Some(Better::Higher)),
    (
        "correlation_similarity",
        "two columns: 1 - half of how far correlations differ",
        Some(Better::Higher),
    ),
    ("pair_fidelity", "the mean of it over all pairs", Some(Better::Higher)),
    (
        "closer_to_train",
        "synthetic rows closer to train than to the holdout; 0.5 is ideal",
        Some(Better::Lower),
    ),
    ("as_close_to_both", "synthetic rows as close to both", None),
    ("overfitting_protection", "min(2 (1 - closer_to_train), 1)", Some(Better::Higher)),
];

/// The kind, as `describe` tells it.
pub fn kind() -> Kind {
    Kind {
        name: "fidelity".into(),
        summary: "hold synthetic rows against real ones".into(),
        revision: REVISION,
        params: json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "columns": {
                    "type": "array", "minItems": 1, "uniqueItems": true,
                    "items": {"type": "string"},
                    "description": "the columns that are measured; features and label without it"
                },
                "correlation": {
                    "enum": ["pearson", "spearman"], "default": "pearson",
                    "description": "how pairs of columns of numbers are correlated"
                },
                "records": {
                    "type": "integer", "minimum": 1, "maximum": 1_000_000,
                    "description": "most rows of each dataset that are held against each other, drawn from the seed; 1000 without it"
                }
            }
        }),
        inputs: vec![
            InputPort { required: true, ..port("real", "train") },
            InputPort { required: true, ..port("synthetic", "train") },
            port("holdout", "test"),
        ],
        outputs: vec![OutputPort {
            name: "metrics".into(),
            artifact_type: "metrics".into(),
            file: true,
        }],
        further: None,
        determinism: Determinism::Bitwise,
        random: true,
        lineage: false,
        waivers: false,
        accepts_failed: false,
        metrics: METRICS
            .map(|(name, summary, better)| KindMetric {
                name: name.into(),
                summary: summary.into(),
                better,
            })
            .to_vec(),
        findings: std::collections::BTreeMap::new(),
        expands: Vec::new(),
    }
}

fn port(name: &str, split: &str) -> InputPort {
    InputPort {
        name: name.into(),
        types: vec!["dataset".into()],
        reads: Reads::Splits(vec![split.into()]),
        ..InputPort::default()
    }
}
