//! The kind `{{name}}`: the first rows of each split.
//!
//! Change it into what you need: `sdk/README.md` shows what there is.

use ingot_plugin::{Failure, Kind, Metric, Run, Step, json, plugin};
use serde::Deserialize;

/// The kind `{{name}}`.
pub struct Plugin;

#[derive(Deserialize)]
struct Params {
    rows: usize,
}

impl Step for Plugin {
    fn kind() -> Kind {
        Kind::new("{{name}}", "the first rows of each split")
            .params(
                json!({
                    "rows": {
                        "type": "integer",
                        "description": "how many rows of each split to keep",
                        "minimum": 0,
                        "default": 100,
                    },
                }),
                &[],
            )
            .input("data", "dataset")
            .output("data", "dataset")
    }

    fn run(run: &Run) -> Result<(), Failure> {
        let params: Params = run.params()?;
        let mut kept = std::collections::BTreeMap::new();
        run.map_streams("data", "data", |split, batch| {
            let kept = kept.entry(split.to_owned()).or_insert(0);
            let first = batch.slice(0, batch.num_rows().min(params.rows - *kept));
            *kept += first.num_rows();
            Ok(first)
        })?;
        run.metric(Metric::new("rows", kept.values().sum::<usize>() as f64))
    }
}

plugin!(Plugin);
