//! The engine, set up so that one query has one result.
//!
//! Invariant: one partition, one batch size, no rule that looks at statistics, at what rows
//! have come so far, or that may take a sort away which `keys` put there. What may differ,
//! the memory, decides whether there is a result.

use std::path::Path;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::execution::SessionStateDefaults;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::planner::ExprPlanner;
use datafusion::optimizer::Optimizer;
use datafusion::physical_optimizer::combine_partial_final_agg::CombinePartialFinalAggregate;
use datafusion::physical_optimizer::sanity_checker::SanityCheckPlan;
use datafusion::prelude::SessionConfig;

use super::arithmetic::Whole;
use super::functions::Functions;

/// Rows of a batch.
pub(super) const BATCH: usize = 8_192;

/// What a run may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes that the engine may hold; what is beyond goes to files.
    pub memory: usize,
    /// Bytes of such files.
    pub spill: u64,
    /// Rows that a join may give.
    pub joined: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory: 1 << 30, spill: 64 << 30, joined: 1_000_000_000 }
    }
}

/// Rules over the logical plan that are left out: they move limits and drop tables, and
/// with them the order and the keys of rows.
const WITHOUT: [&str; 2] = ["push_down_limit", "propagate_empty_relation"];

/// An engine whose files stand in `folder`.
pub(super) fn session(
    limits: Limits,
    folder: &Path,
    functions: &Functions,
) -> Result<SessionState> {
    let disk = DiskManagerBuilder::default()
        .with_mode(DiskManagerMode::Directories(vec![folder.to_owned()]));
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(FairSpillPool::new(limits.memory)))
        .with_disk_manager_builder(disk)
        .with_max_temp_directory_size(limits.spill)
        .build_arc()?;
    let mut planners: Vec<Arc<dyn ExprPlanner>> = vec![Arc::new(Whole)];
    planners.extend(SessionStateDefaults::default_expr_planners());
    let mut rules = Optimizer::new().rules;
    rules.retain(|rule| !WITHOUT.contains(&rule.name()));
    Ok(SessionStateBuilder::new()
        .with_config(SessionConfig::from(options()))
        .with_runtime_env(runtime)
        .with_expr_planners(planners)
        .with_optimizer_rules(rules)
        .with_physical_optimizer_rules(vec![
            Arc::new(CombinePartialFinalAggregate::new()),
            Arc::new(SanityCheckPlan::new()),
        ])
        .with_scalar_functions(functions.scalar.clone())
        .with_aggregate_functions(functions.aggregate.clone())
        .with_window_functions(functions.window.clone())
        .with_session_id("transform".to_owned())
        .build())
}

fn options() -> ConfigOptions {
    let mut options = ConfigOptions::default();
    options.execution.target_partitions = 1;
    options.execution.planning_concurrency = 1;
    options.execution.collect_statistics = false;
    options.execution.sort_spill_reservation_bytes = 2 << 20;
    options.execution.enforce_batch_size_in_joins = true;
    options.execution.skip_partial_aggregation_probe_ratio_threshold = 2.0;
    options.execution.perfect_hash_join_small_build_threshold = 0;
    options.execution.enable_migration_aggregate = false;
    let optimizer = &mut options.optimizer;
    optimizer.enable_round_robin_repartition = false;
    optimizer.repartition_aggregations = false;
    optimizer.repartition_joins = false;
    optimizer.repartition_windows = false;
    optimizer.repartition_sorts = false;
    optimizer.repartition_file_scans = false;
    optimizer.enable_dynamic_filter_pushdown = false;
    optimizer.enable_topk_dynamic_filter_pushdown = false;
    optimizer.enable_join_dynamic_filter_pushdown = false;
    optimizer.enable_aggregate_dynamic_filter_pushdown = false;
    optimizer.enable_topk_aggregation = false;
    optimizer.enable_distinct_aggregation_soft_limit = false;
    optimizer.enable_physical_uncorrelated_scalar_subquery = false;
    optimizer.enable_sort_pushdown = false;
    optimizer.join_reordering = false;
    optimizer.top_down_join_key_reordering = false;
    // Names are as the dataset has them, so that `Age` is the column `Age`.
    options.sql_parser.enable_ident_normalization = false;
    options.sql_parser.collect_spans = true;
    options.sql_parser.map_string_types_to_utf8view = false;
    options.catalog.information_schema = false;
    options
}
