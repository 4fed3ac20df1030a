//! What `describe` tells of the kind.

use ingot_protocol::{Better, Determinism, InputPort, Kind, KindMetric, OutputPort};
use ingot_statistics::labels::{Filter, Quality};
use serde_json::{Value, json};

use super::REVISION;
use super::suspects::Reason;

/// Every metric, its meaning, and which way it is better.
const METRICS: [(&str, &str, Option<Better>); 16] = [
    ("rows", "rows", None),
    ("labelled", "rows with a label", None),
    ("judged", "labelled rows with out-of-fold predictions", None),
    ("suspects", "rows whose label is suspect, all of them and by reason", Some(Better::Lower)),
    ("suspect_fraction", "suspects by predictions, of the judged rows", Some(Better::Lower)),
    ("label_noise", "the estimated share of wrong labels of a split", Some(Better::Lower)),
    ("mislabelled", "the estimated rows by given and likely class", Some(Better::Lower)),
    ("confident_threshold", "the mean probability that rows have of their own class", None),
    ("conflicting_rows", "rows that equal one with another label", Some(Better::Lower)),
    ("conflicting_sets", "sets of equal rows with different labels", Some(Better::Lower)),
    ("class_rows", "rows of a class in a split", None),
    ("imbalance_ratio", "rows of the largest class for each of the smallest", Some(Better::Lower)),
    ("label_drift", "the share of labels that would have to change", Some(Better::Lower)),
    ("label_drift_p_value", "how often chance alone has labels drift as far", None),
    ("quarantined", "rows of train that are left out", Some(Better::Lower)),
    ("quarantined_fraction", "the share of train that is left out", Some(Better::Lower)),
];

/// The kind, as `describe` tells it.
pub fn kind() -> Kind {
    Kind {
        name: "labels".into(),
        summary: "find labels that are likely wrong, conflicts, and how classes are spread".into(),
        revision: REVISION,
        params: params(),
        inputs: vec![
            InputPort { required: true, ..port("data", "dataset") },
            InputPort { many: true, ..port("predictions", "predictions") },
        ],
        outputs: [("data", "dataset"), ("report", "report"), ("suspects", "dataset")]
            .map(|(name, artifact_type)| OutputPort {
                name: name.into(),
                artifact_type: artifact_type.into(),
                file: false,
            })
            .to_vec(),
        further: None,
        determinism: Determinism::Bitwise,
        random: false,
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
        findings: crate::findings::names(&[crate::findings::LABELS]),
        expands: Vec::new(),
    }
}

fn port(name: &str, artifact_type: &str) -> InputPort {
    InputPort { name: name.into(), types: vec![artifact_type.into()], ..InputPort::default() }
}

/// Those that act on predictions have no default here, so that one without predictions is
/// known to be the user's.
fn params() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "filter": {
                "enum": Filter::EVERY.map(Filter::name),
                "description": "which labels predictions make suspect; prune_by_noise_rate without it"
            },
            "fraction": {
                "type": "number", "exclusiveMinimum": 0, "maximum": 1,
                "description": "the share of the estimated wrong labels that are suspect; 1 without it"
            },
            "min_rows_per_class": {
                "type": "integer", "minimum": 1, "maximum": 1_000_000_000,
                "description": "so many rows of a class keep their label; 1 without it"
            },
            "quality": {
                "enum": Quality::EVERY.map(Quality::name),
                "description": "what suspects are ranked by; self_confidence without it"
            },
            "out_of_fold": {
                "type": "boolean",
                "description": "whether predictions of `train` are of models that did not see these rows; false without it"
            },
            "max_imbalance": {
                "type": "number", "minimum": 1, "default": 20,
                "description": "most rows of the largest class for each of the smallest that are no finding"
            },
            "max_drift": {
                "type": "number", "minimum": 0, "maximum": 1,
                "description": "most of the labels of a split that may differ from those of train; 0.1 without it"
            },
            "quarantine": {
                "type": "object", "additionalProperties": false, "required": ["reasons"],
                "description": "takes suspects out of train, and never out of another split",
                "properties": {
                    "reasons": {
                        "type": "array", "minItems": 1, "uniqueItems": true,
                        "items": {"enum": Reason::EVERY.map(Reason::name)},
                        "description": "what makes a suspect that is taken out"
                    },
                    "max_fraction": {
                        "type": "number", "minimum": 0, "maximum": 1, "default": 0.1,
                        "description": "more of train fails the verdict"
                    }
                }
            },
            "severity": {
                "enum": ["info", "warning", "error"], "default": "warning",
                "description": "how bad what is found is; an error fails the verdict"
            }
        },
        "if": {
            "properties": {"filter": {"const": Filter::ConfidentLearning.name()}},
            "required": ["filter"]
        },
        "then": {"properties": {"fraction": false, "min_rows_per_class": false}}
    })
}
