//! The bound on what a join gives.
//!
//! A join without a condition of ten thousand rows with themselves, and once more, has
//! 10^12 rows, none of which needs memory. Each join is wrapped, so that it ends with an
//! error when it has given more rows than it may.

use std::fmt;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::joins::{CrossJoinExec, HashJoinExec, NestedLoopJoinExec};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr,
    PlanProperties, ReplaceChildrenOptions,
};
use futures::StreamExt;
use ingot_protocol::Failure;

use super::tables::OwnFailure;

/// The plan with every join bounded.
pub(super) fn guarded(plan: Arc<dyn ExecutionPlan>, most: u64) -> Result<Arc<dyn ExecutionPlan>> {
    let guarded = plan.transform_up(|plan| {
        let joins = plan.is::<HashJoinExec>()
            || plan.is::<NestedLoopJoinExec>()
            || plan.is::<CrossJoinExec>();
        if !joins {
            return Ok(Transformed::no(plan));
        }
        let guard: Arc<dyn ExecutionPlan> = Arc::new(Guard { join: plan, most });
        Ok(Transformed::yes(guard))
    })?;
    Ok(guarded.data)
}

#[derive(Debug)]
struct Guard {
    join: Arc<dyn ExecutionPlan>,
    most: u64,
}

impl DisplayAs for Guard {
    fn fmt_as(&self, _form: DisplayFormatType, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "Guard: most={}", self.most)
    }
}

impl ExecutionPlan for Guard {
    fn name(&self) -> &str {
        "Guard"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.join.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.join]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn apply_expressions(
        &self,
        _apply: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _options: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match children.into_iter().next() {
            Some(join) => Ok(Arc::new(Self { join, most: self.most })),
            None => Ok(self),
        }
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let recompute = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
        self.replace_children(children, recompute)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let rows = self.join.execute(partition, context)?;
        let schema = self.join.schema();
        let (most, mut given) = (self.most, 0);
        let counted = rows.map(move |batch| {
            let batch = batch?;
            given += batch.num_rows() as u64;
            if given <= most {
                return Ok(batch);
            }
            let message = format!("sql: a join gives more than {most} rows");
            let failure = Failure::new("Q0605", message)
                .help("give the join a condition, or filter its sides first");
            Err(DataFusionError::External(Box::new(OwnFailure(failure))))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, counted)))
    }
}
