//! Which columns of the tables a column of the result is computed from. Pure.
//!
//! Invariant: no column is left out that a value may have come from. What only decides
//! which rows there are (WHERE, ON, ORDER BY) does not count. Of a plan that is not known
//! here every column comes from all columns of its inputs.

use std::collections::BTreeSet;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, JoinType, Result};
use datafusion::logical_expr::{Distinct, Expr, LogicalPlan};

/// A column of a table on a port.
pub(super) type Source = (String, String);

/// Where one column comes from.
#[derive(Debug, Clone, Default)]
pub(super) struct Ancestry {
    /// Every column that its values are computed from.
    pub(super) from: BTreeSet<Source>,
    /// The column that it is, unchanged.
    pub(super) same: Option<Source>,
}

/// The columns of a query that encloses another one.
type Scope<'a> = (&'a DFSchema, Vec<Ancestry>);

/// The ancestry of each column of a plan's result.
pub(super) fn ancestry(plan: &LogicalPlan) -> Result<Vec<Ancestry>> {
    of_plan(plan, &[])
}

fn of_plan(plan: &LogicalPlan, outer: &[Scope]) -> Result<Vec<Ancestry>> {
    match plan {
        LogicalPlan::TableScan(scan) => {
            let table = scan.table_name.table();
            let column = |name: &String| {
                let source = (table.to_owned(), name.clone());
                Ancestry { from: BTreeSet::from([source.clone()]), same: Some(source) }
            };
            Ok(scan.projected_schema.fields().iter().map(|field| column(field.name())).collect())
        }
        LogicalPlan::Projection(projection) => {
            let input = of_plan(&projection.input, outer)?;
            of_expressions(&projection.expr, &projection.input, &input, outer)
        }
        LogicalPlan::Aggregate(aggregate) => {
            let input = of_plan(&aggregate.input, outer)?;
            let mut groups = Vec::new();
            for group in &aggregate.group_expr {
                match group {
                    Expr::GroupingSet(set) => {
                        groups.extend(set.distinct_expr().into_iter().cloned())
                    }
                    other => groups.push(other.clone()),
                }
            }
            groups.extend(aggregate.aggr_expr.iter().cloned());
            let mut found = of_expressions(&groups, &aggregate.input, &input, outer)?;
            found.resize(aggregate.schema.fields().len(), everything(&input));
            Ok(found)
        }
        LogicalPlan::Window(window) => {
            let mut input = of_plan(&window.input, outer)?;
            let own = of_expressions(&window.window_expr, &window.input, &input, outer)?;
            input.extend(own);
            Ok(input)
        }
        LogicalPlan::Filter(filter) => of_plan(&filter.input, outer),
        LogicalPlan::Sort(sort) => of_plan(&sort.input, outer),
        LogicalPlan::Limit(limit) => of_plan(&limit.input, outer),
        LogicalPlan::SubqueryAlias(alias) => of_plan(&alias.input, outer),
        LogicalPlan::Subquery(subquery) => of_plan(&subquery.subquery, outer),
        LogicalPlan::Distinct(Distinct::All(input)) => of_plan(input, outer),
        LogicalPlan::Distinct(Distinct::On(on)) => {
            let input = of_plan(&on.input, outer)?;
            of_expressions(&on.select_expr, &on.input, &input, outer)
        }
        LogicalPlan::Join(join) => {
            let left = of_plan(&join.left, outer)?;
            let right = of_plan(&join.right, outer)?;
            Ok(match join.join_type {
                JoinType::LeftSemi | JoinType::LeftAnti => left,
                JoinType::RightSemi | JoinType::RightAnti => right,
                JoinType::LeftMark => left.into_iter().chain([everything(&right)]).collect(),
                JoinType::RightMark => right.into_iter().chain([everything(&left)]).collect(),
                _ => left.into_iter().chain(right).collect(),
            })
        }
        other => {
            let mut inputs = Vec::new();
            for input in other.inputs() {
                inputs.extend(of_plan(input, outer)?);
            }
            let all = everything(&inputs);
            Ok(vec![all; other.schema().fields().len()])
        }
    }
}

/// A column that is computed from all of these.
fn everything(columns: &[Ancestry]) -> Ancestry {
    let from = columns.iter().flat_map(|column| column.from.iter().cloned()).collect();
    Ancestry { from, same: None }
}

fn of_expressions(
    expressions: &[Expr],
    input: &LogicalPlan,
    columns: &[Ancestry],
    outer: &[Scope],
) -> Result<Vec<Ancestry>> {
    let schema = input.schema();
    let mut found = Vec::with_capacity(expressions.len());
    for expression in expressions {
        let mut bare = expression;
        while let Expr::Alias(alias) = bare {
            bare = &alias.expr;
        }
        found.push(match bare {
            Expr::Column(column) => named(column, schema, columns),
            other => {
                let mut from = BTreeSet::new();
                collect(other, (schema, columns), outer, &mut from)?;
                Ancestry { from, same: None }
            }
        });
    }
    Ok(found)
}

fn named(column: &Column, schema: &DFSchema, columns: &[Ancestry]) -> Ancestry {
    let at = schema.index_of_column(column).ok();
    match at.and_then(|at| columns.get(at)) {
        Some(found) => found.clone(),
        None => everything(columns),
    }
}

/// Adds what an expression is computed from, subqueries and all.
fn collect(
    expression: &Expr,
    (schema, columns): (&DFSchema, &[Ancestry]),
    outer: &[Scope],
    from: &mut BTreeSet<Source>,
) -> Result<()> {
    expression.apply(|each| {
        let subquery = match each {
            Expr::Column(column) => {
                from.extend(named(column, schema, columns).from);
                None
            }
            Expr::OuterReferenceColumn(_, column) => {
                let known = outer.iter().rev().find(|(schema, _)| schema.has_column(column));
                if let Some((schema, columns)) = known {
                    from.extend(named(column, schema, columns).from);
                }
                None
            }
            Expr::ScalarSubquery(subquery) => Some(subquery),
            Expr::Exists(exists) => Some(&exists.subquery),
            Expr::InSubquery(within) => Some(&within.subquery),
            Expr::SetComparison(compared) => Some(&compared.subquery),
            _ => None,
        };
        if let Some(subquery) = subquery {
            let mut scopes: Vec<Scope> =
                outer.iter().map(|(schema, columns)| (*schema, columns.clone())).collect();
            scopes.push((schema, columns.to_vec()));
            for column in of_plan(&subquery.subquery, &scopes)? {
                from.extend(column.from);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(())
}
