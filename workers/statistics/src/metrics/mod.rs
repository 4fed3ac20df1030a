//! The metrics, one a file: its entry, its function and what it is checked by.
//!
//! Who needs a metric's name, which way it is better or how it is computed reads
//! [`METRICS`]. A new metric is a file here, its name and its line.

pub mod accuracy;
pub mod balanced_accuracy;
pub mod brier_score;
pub mod cross_entropy;
pub mod f1;
pub mod hamming_loss;
pub mod log_loss;
pub mod max_error;
pub mod mean_absolute_error;
pub mod mean_squared_error;
pub mod ndcg;
pub mod perplexity;
pub mod precision;
pub mod r2;
pub mod recall;
pub mod roc_auc;
pub mod root_mean_squared_error;
pub mod subset_accuracy;
pub mod support;

use crate::metric::Metric;

/// Every metric, sorted by name.
pub const METRICS: &[Metric] = &[
    accuracy::METRIC,
    balanced_accuracy::METRIC,
    brier_score::METRIC,
    cross_entropy::METRIC,
    f1::METRIC,
    hamming_loss::METRIC,
    log_loss::METRIC,
    max_error::METRIC,
    mean_absolute_error::METRIC,
    mean_squared_error::METRIC,
    ndcg::METRIC,
    perplexity::METRIC,
    precision::METRIC,
    r2::METRIC,
    recall::METRIC,
    roc_auc::METRIC,
    root_mean_squared_error::METRIC,
    subset_accuracy::METRIC,
    support::METRIC,
];
