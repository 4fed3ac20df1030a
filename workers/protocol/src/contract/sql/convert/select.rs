//! `(select sum(paid) from orders)`: one value of another table. Pure.

use sqlparser::ast::{
    Expr, GroupByExpr, ObjectName, ObjectNamePart, Query, Select, SelectItem, SetExpr, Spanned,
    TableFactor,
};

use super::{Converted, Reader, alone};
use crate::contract::sql::parse::range;
use crate::contract::sql::{Expression, Mistake, Node, Selection};

const HELP: &str =
    "write (select AGGREGATE from PORT where CONDITION), the last part where it is needed";

impl Reader<'_> {
    pub(super) fn selection(&mut self, query: &Query, parsed: &Expr, level: usize) -> Converted {
        let place = range(self.sql, query.span());
        let wrong =
            |what: &str| Mistake { place: place.clone(), what: what.to_owned(), help: HELP };
        let Some(select) = simple(query) else {
            return Err(wrong("this `select` is not in the SQL of contracts"));
        };
        let Some((value, table)) = of_one_table(select) else {
            return Err(wrong("a `select` in a rule has one value and one table"));
        };
        if self.of.is_some() {
            return Err(wrong("a `select` stands within an aggregate"));
        }
        let Some(selections) = self.selections.as_deref_mut() else {
            return Err(wrong("a `select` stands within a `select`"));
        };
        let mut within =
            Reader { sql: self.sql, aggregates: Vec::new(), selections: None, of: None };
        let expression = within.expression(value, level)?;
        let mut of_rows =
            Reader { sql: self.sql, aggregates: Vec::new(), selections: None, of: Some("where") };
        let filter = select.selection.as_ref();
        let filter = filter.map(|filter| of_rows.expression(filter, level)).transpose()?;
        let aggregates = within.aggregates;
        if aggregates.is_empty() {
            return Err(wrong("a `select` in a rule has an aggregate: it gives one value"));
        }
        alone(&expression)?;
        let number = selections.len();
        selections.push(Selection { table, filter, expression, aggregates, place: place.clone() });
        let place = range(self.sql, parsed.span());
        Ok(Expression { node: Node::Selection(number), place })
    }
}

/// The `select` of a query that is nothing else.
fn simple(query: &Query) -> Option<&Select> {
    let SetExpr::Select(select) = &*query.body else { return None };
    let plain = query.with.is_none()
        && query.order_by.is_none()
        && query.limit_clause.is_none()
        && query.fetch.is_none()
        && query.locks.is_empty()
        && query.for_clause.is_none()
        && query.settings.is_none()
        && query.format_clause.is_none()
        && query.pipe_operators.is_empty();
    let no_group = matches!(&select.group_by, GroupByExpr::Expressions(all, more) if all.is_empty() && more.is_empty());
    let plain = plain
        && no_group
        && select.distinct.is_none()
        && select.top.is_none()
        && select.into.is_none()
        && select.having.is_none()
        && select.qualify.is_none()
        && select.prewhere.is_none()
        && select.lateral_views.is_empty()
        && select.connect_by.is_empty()
        && select.named_window.is_empty();
    plain.then_some(select)
}

fn of_one_table(select: &Select) -> Option<(&Expr, String)> {
    let ([SelectItem::UnnamedExpr(value)], [table]) =
        (select.projection.as_slice(), select.from.as_slice())
    else {
        return None;
    };
    let TableFactor::Table { name: ObjectName(parts), alias: None, args: None, .. } =
        &table.relation
    else {
        return None;
    };
    match (parts.as_slice(), table.joins.is_empty()) {
        ([ObjectNamePart::Identifier(name)], true) => Some((value, name.value.clone())),
        _ => None,
    }
}
