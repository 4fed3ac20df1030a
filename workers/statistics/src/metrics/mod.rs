//! The metrics, one a file: its entry, its function and what it is checked by.

pub mod accuracy;
pub mod balanced_accuracy;
pub mod brier_score;
pub mod cross_entropy;
pub mod f1;
pub mod hamming_loss;
pub mod log_loss;
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
