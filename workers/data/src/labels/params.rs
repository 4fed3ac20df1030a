//! [`Params`]: what the step says, and refuses where it could not act.

use ingot_protocol::{Failure, Request, Severity};
use ingot_statistics::labels::{Filter, Issues, Quality};
use ingot_tables::dataset;
use serde_json::Value;

use super::TRAIN;
use super::suspects::Reason;

/// Params that say how predictions are used.
const OF_PREDICTIONS: [&str; 5] =
    ["filter", "fraction", "min_rows_per_class", "quality", "out_of_fold"];

/// The params, complete.
pub(super) struct Params {
    pub(super) issues: Issues,
    pub(super) quality: Quality,
    /// Whether predictions of `train` are said to be out-of-fold.
    pub(super) out_of_fold: bool,
    pub(super) max_imbalance: f64,
    pub(super) max_drift: f64,
    pub(super) quarantine: Option<Quarantine>,
    pub(super) severity: Severity,
}

/// Which suspects are taken out of `train`.
pub(super) struct Quarantine {
    pub(super) reasons: Vec<Reason>,
    /// The share of its rows that may be taken out.
    pub(super) most: f64,
}

impl Params {
    /// Reads the params of a step on a dataset of these splits.
    pub(super) fn read(request: &Request, splits: &[String]) -> Result<Self, Failure> {
        let param = |name: &str| request.params.get(name);
        let number =
            |name: &str, default: f64| param(name).and_then(Value::as_f64).unwrap_or(default);
        let text = |name: &str| param(name).and_then(Value::as_str);
        let quarantine = param("quarantine").map(Quarantine::read);
        let predicted = request.inputs.get("predictions").is_some_and(|it| !it.is_empty());
        if !predicted {
            without_predictions(request, quarantine.as_ref())?;
        }
        if quarantine.is_some() && !splits.iter().any(|split| split == TRAIN) {
            return Err(no_train(splits));
        }
        if param("max_drift").is_some() && splits.len() < 2 {
            return Err(Failure::new("D1706", "`max_drift` compares splits, and there is one")
                .help("put the step behind a `split`, or remove `max_drift`"));
        }
        let filter = Filter::EVERY.into_iter().find(|it| text("filter") == Some(it.name()));
        let quality = Quality::EVERY.into_iter().find(|it| text("quality") == Some(it.name()));
        Ok(Self {
            issues: Issues {
                filter: filter.unwrap_or_default(),
                fraction: number("fraction", 1.0),
                least: param("min_rows_per_class").and_then(Value::as_u64).unwrap_or(1),
            },
            quality: quality.unwrap_or_default(),
            out_of_fold: param("out_of_fold").and_then(Value::as_bool).unwrap_or_default(),
            max_imbalance: number("max_imbalance", 20.0),
            max_drift: number("max_drift", 0.1),
            quarantine,
            severity: match text("severity") {
                Some("error") => Severity::Error,
                Some("info") => Severity::Info,
                _ => Severity::Warning,
            },
        })
    }
}

impl Quarantine {
    fn read(given: &Value) -> Self {
        let named = given.get("reasons").and_then(Value::as_array).into_iter().flatten();
        let named: Vec<&str> = named.filter_map(Value::as_str).collect();
        let reasons = Reason::EVERY.into_iter().filter(|reason| named.contains(&reason.name()));
        let most = given.get("max_fraction").and_then(Value::as_f64).unwrap_or(0.1);
        Self { reasons: reasons.collect(), most }
    }
}

/// Refuses what acts on predictions alone.
fn without_predictions(request: &Request, quarantine: Option<&Quarantine>) -> Result<(), Failure> {
    let given = OF_PREDICTIONS.into_iter().find(|name| request.params.contains_key(*name));
    let takes = quarantine.is_some_and(|it| it.reasons.contains(&Reason::Predictions));
    let what = match (given, takes) {
        (Some(name), _) => format!("`{name}` is about predictions, and the step reads none"),
        (None, true) => {
            "`quarantine` takes out what `predictions` make suspect, and the step reads none".into()
        }
        (None, false) => return Ok(()),
    };
    Err(Failure::new("D1706", what).help(
        "give `inputs.predictions` the predictions of every fold, or take it out of the step",
    ))
}

fn no_train(splits: &[String]) -> Failure {
    let message = format!(
        "`quarantine` takes rows out of `{TRAIN}` alone, and there is only {}",
        dataset::list(splits)
    );
    Failure::new("D1713", message)
        .help("put the step behind a `split`, so that no row that judges a model is left out")
}
