//! Groups of rows: in which order they are made, and which keys they have.
//!
//! Invariant: an aggregate sees the rows of a group in the order of the relation below, and
//! groups come in the order of their values, null first.

use std::sync::Arc;

use datafusion::common::{Column, Result};
use datafusion::functions_window::row_number::row_number;
use datafusion::logical_expr::{Aggregate, Expr, ExprFunctionExt, LogicalPlan, SortExpr, Window};

use super::ancestry::ancestry;
use super::columns::is_personal;
use super::group_key::group_key;
use super::keys::{Order, Relation, Rewrite, Whose, ascending, project, refuse, sort, sorted};

impl Rewrite<'_> {
    /// An aggregate over a relation.
    pub(super) fn aggregate(&mut self, aggregate: &Aggregate) -> Result<Relation> {
        let input = self.relation(&aggregate.input)?;
        if aggregate.group_expr.iter().any(|each| matches!(each, Expr::GroupingSet(_))) {
            return refuse("Q0403", "GROUPING SETS", "write one step a grouping");
        }
        let mut by: Vec<SortExpr> = aggregate
            .group_expr
            .iter()
            .map(|each| each.clone().unalias().sort(true, true))
            .collect();
        by.extend(asked_order(&aggregate.aggr_expr)?);
        let input = if by.is_empty() { sorted(input)? } else { sort(input, by, false) };
        let groups = aggregate.group_expr.len();
        let schema = Arc::clone(&aggregate.schema);
        let plan = LogicalPlan::Aggregate(Aggregate::try_new(
            Arc::new(input.plan),
            aggregate.group_expr.clone(),
            aggregate.aggr_expr.clone(),
        )?);
        let values: Vec<Expr> =
            schema.columns().into_iter().take(groups).map(Expr::Column).collect();
        let from = ancestry(&LogicalPlan::Aggregate(aggregate.clone()))?;
        let personal = |at: usize| {
            from.get(at).is_none_or(|each| each.from.iter().any(|it| is_personal(it, self.tables)))
        };
        let open: Vec<Expr> = (0..groups)
            .filter(|&at| !personal(at))
            .filter_map(|at| values.get(at).cloned())
            .collect();
        if open.len() == values.len() {
            return self.numbered(plan, Some(group_key(open, None)?));
        }
        self.apart(plan, open)
    }

    /// Groups that values of `personal` columns tell apart: in their order, each is numbered
    /// among those that have the other values in common.
    fn apart(&mut self, plan: LogicalPlan, open: Vec<Expr>) -> Result<Relation> {
        let columns: Vec<Expr> = plan.schema().columns().into_iter().map(Expr::Column).collect();
        let groups = self.numbered(plan, None)?;
        let by = open.iter().map(|each| each.clone().sort(true, true)).collect();
        let groups = sort(groups, by, false);
        let order = groups.places.iter().map(ascending).collect();
        let name = self.name("number");
        let number = row_number().partition_by(open.clone()).order_by(order).build()?;
        let window = Window::try_new(vec![number.alias(&name)], Arc::new(groups.plan))?;
        let number = Expr::Column(Column::new_unqualified(name));
        let key = self.name("key");
        let mut expressions = columns;
        expressions.push(group_key(open, Some(number))?.alias(&key));
        expressions.extend(groups.places.iter().cloned().map(Expr::Column));
        let plan = project(LogicalPlan::Window(window), expressions)?;
        Ok(Relation {
            plan,
            whose: Whose::Group,
            key: Some(Column::new_unqualified(key)),
            places: groups.places,
            lost: false,
            order: Order::None,
        })
    }

    /// A relation whose rows come in one order, numbered in it.
    pub(super) fn numbered(&mut self, plan: LogicalPlan, key: Option<Expr>) -> Result<Relation> {
        let mut expressions: Vec<Expr> =
            plan.schema().columns().into_iter().map(Expr::Column).collect();
        let place = self.name("place");
        let window = Window::try_new(vec![row_number().alias(&place)], Arc::new(plan))?;
        let key = key.map(|key| (self.name("key"), key));
        if let Some((name, key)) = &key {
            expressions.push(key.clone().alias(name));
        }
        expressions.push(Expr::Column(Column::new_unqualified(&place)));
        let plan = project(LogicalPlan::Window(window), expressions)?;
        Ok(Relation {
            plan,
            whose: if key.is_some() { Whose::Group } else { Whose::Nobody },
            key: key.map(|(name, _)| Column::new_unqualified(name)),
            places: vec![Column::new_unqualified(place)],
            lost: false,
            order: Order::Places,
        })
    }
}

/// The ORDER BY within aggregates: there is one, since rows stand in one order.
fn asked_order(aggregates: &[Expr]) -> Result<Vec<SortExpr>> {
    let mut orders: Vec<Vec<SortExpr>> = Vec::new();
    for aggregate in aggregates {
        if let Expr::AggregateFunction(function) = aggregate.clone().unalias() {
            let order = function.params.order_by;
            if !order.is_empty() && !orders.contains(&order) {
                orders.push(order);
            }
        }
    }
    match orders.len() {
        0 => Ok(Vec::new()),
        1 => Ok(orders.remove(0)),
        several => refuse(
            "Q0403",
            &format!("the aggregates of one SELECT ask for {several} different orders"),
            "ask for one ORDER BY in each SELECT, and join them by row_key or their groups",
        ),
    }
}
