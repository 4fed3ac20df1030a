//! Joins: which side's keys the rows keep, and which side is held in memory.
//!
//! Invariant: rows keep the keys of the side that has rows of `data`, of two such of the left
//! one, and that side is streamed, in its order, where the join lets it be.

use std::sync::Arc;

use datafusion::common::{JoinType, NullEquality, Result};
use datafusion::logical_expr::{Expr, Join, LogicalPlan};

use super::keys::{KEY, Order, Relation, Rewrite, Whose, project};

impl Rewrite<'_> {
    /// A join of two relations.
    pub(super) fn join(&mut self, join: &Join) -> Result<Relation> {
        let (mut left, mut right) = (self.relation(&join.left)?, self.relation(&join.right)?);
        let (mut on, mut kind) = (join.on.clone(), join.join_type);
        let one_side = matches!(
            kind,
            JoinType::LeftSemi
                | JoinType::LeftAnti
                | JoinType::LeftMark
                | JoinType::RightSemi
                | JoinType::RightAnti
                | JoinType::RightMark
        );
        // Keys come from the side whose rows the join keeps, of two such from the left one.
        let from_right = match kind {
            JoinType::RightSemi | JoinType::RightAnti | JoinType::RightMark => true,
            JoinType::LeftSemi | JoinType::LeftAnti | JoinType::LeftMark => false,
            _ => right.whose > left.whose,
        };
        // The engine holds the left side and streams the right one, in its order.
        let fixed = join.null_aware || matches!(kind, JoinType::LeftMark | JoinType::RightMark);
        let swapped = !from_right && !fixed;
        if swapped {
            std::mem::swap(&mut left, &mut right);
            on = on.into_iter().map(|(one, other)| (other, one)).collect();
            kind = kind.swap();
        }
        let keys_right = from_right || swapped;
        let condition = asked(join);
        let lost_left = matches!(kind, JoinType::Right | JoinType::Full);
        let lost_right = matches!(kind, JoinType::Left | JoinType::Full);
        // Of the engine's joins these alone give the streamed rows in their order.
        let in_order = matches!(kind, JoinType::Inner | JoinType::RightSemi | JoinType::RightAnti);
        let streamed = in_order && !on.is_empty() && right.order == Order::Places;
        let plan = LogicalPlan::Join(Join::try_new(
            Arc::new(left.plan.clone()),
            Arc::new(right.plan.clone()),
            on,
            join.filter.clone(),
            kind,
            join.join_constraint,
            join.null_equality,
            join.null_aware,
        )?);
        let (mut own, other, lost) =
            if keys_right { (right, left, lost_right) } else { (left, right, lost_left) };
        own.plan = plan;
        own.lost |= lost;
        if one_side {
            own.order = if streamed && keys_right { own.order } else { Order::None };
            return Ok(own);
        }
        own.order = if streamed && keys_right && !lost { Order::First } else { Order::None };
        own.places.extend(other.places);
        if own.whose == Whose::Nobody {
            own.key = None;
        }
        if let Some(key) = own.key.as_ref().filter(|_| own.whose != Whose::Nobody) {
            let keys = project(own.plan.clone(), vec![Expr::Column(key.clone()).alias(KEY)])?;
            self.joins.push((condition, keys));
        }
        Ok(own)
    }
}

/// What a join asks, as SQL.
fn asked(join: &Join) -> String {
    let equal = if join.null_equality == NullEquality::NullEqualsNull {
        "IS NOT DISTINCT FROM"
    } else {
        "="
    };
    let pairs = join.on.iter().map(|(left, right)| format!("{left} {equal} {right}"));
    let asked: Vec<String> = pairs.chain(join.filter.iter().map(ToString::to_string)).collect();
    let word = match join.join_type {
        JoinType::Left => "LEFT JOIN",
        JoinType::Right => "RIGHT JOIN",
        JoinType::Full => "FULL JOIN",
        _ => "JOIN",
    };
    if asked.is_empty() {
        "CROSS JOIN".to_owned()
    } else {
        format!("{word} .. ON {}", asked.join(" AND "))
    }
}
