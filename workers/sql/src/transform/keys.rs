//! The plan of a query, rewritten so that each row of the result knows which it is.
//!
//! Every scan gives two columns more, which the query cannot name: the row's key, where the
//! table is a dataset, and its place. They pass through projections, filters, sorts, limits,
//! windows and joins; a group gets the key of its values, and its place among the groups.
//! Invariant: below a window, an aggregate and a limit, and at the root, rows stand in an
//! order that these columns make total, so that no tie is left to the engine. The plan is
//! rewritten behind the logical optimizer, and no later rule moves a sort.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::catalog::default_table_source::provider_as_source;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::common::{Column, DFSchema, Result, TableReference};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::utils::generate_sort_key;
use datafusion::logical_expr::{
    EmptyRelation, Expr, Filter, Limit, LogicalPlan, Projection, Sort, SortExpr, SubqueryAlias,
    TableScan, TableScanBuilder, Window, lit,
};
use ingot_protocol::Failure;
use ingot_tables::dataset::row_key;

use super::tables::{DATA, HIDDEN, OwnFailure, Scan, Table};

/// A plan whose rows know which they are.
pub(super) struct Carried {
    /// The plan: the query's columns, then [`Carried::key`], then the first of the places.
    pub(super) plan: LogicalPlan,
    /// Whether the places are those of rows of `data`, each at most once.
    pub(super) of_rows: bool,
    /// The joins below, outermost first: what they ask, and a plan of the keys they give.
    pub(super) joins: Vec<(String, LogicalPlan)>,
}

/// The column of the result with the row's key.
pub(super) const KEY: &str = "__ingot_key";
/// The column of the result with the row's place.
pub(super) const PLACE: &str = "__ingot_place";

/// How the rows of a relation come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// By their places.
    Places,
    /// By the first of their places alone.
    First,
    /// As an ORDER BY says, to the last row.
    Asked,
    /// As the engine likes.
    None,
}

/// Whose key a row has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Whose {
    /// Nobody's: files have none, and neither do rows of another table.
    Nobody,
    /// A group's.
    Group,
    /// A row's of `data`.
    Row,
}

/// A relation with its hidden columns.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    pub(super) plan: LogicalPlan,
    pub(super) whose: Whose,
    pub(super) key: Option<Column>,
    /// Together they tell every two rows apart.
    pub(super) places: Vec<Column>,
    /// Whether an outer join may have left the key null.
    pub(super) lost: bool,
    pub(super) order: Order,
}

/// The rewriting, and what it has met.
pub(super) struct Rewrite<'a> {
    pub(super) tables: &'a [Arc<Table>],
    next: usize,
    pub(super) joins: Vec<(String, LogicalPlan)>,
}

/// Rewrites an optimized plan.
pub(super) fn carry(plan: &LogicalPlan, tables: &[Arc<Table>]) -> Result<Carried> {
    let wanted: Vec<Expr> = plan.schema().columns().into_iter().map(Expr::Column).collect();
    let mut rewrite = Rewrite { tables, next: 0, joins: Vec::new() };
    let relation = rewrite.relation(plan)?;
    let Some(key) = relation.key.clone().filter(|_| relation.whose != Whose::Nobody) else {
        return refuse(
            "Q0401",
            "no row of the result comes from a row of `data`",
            "read FROM data",
        );
    };
    if relation.lost {
        return refuse(
            "Q0402",
            "a row of the result may come from no row of `data`: it would have no key",
            "let the join keep the rows of `data` alone: FROM data LEFT JOIN ..",
        );
    }
    let relation = match relation.order {
        Order::None => sorted(relation)?,
        Order::Places | Order::First | Order::Asked => relation,
    };
    let place = match relation.places.first() {
        Some(place) => Expr::Column(place.clone()),
        None => lit(0_u64),
    };
    let mut expressions = wanted;
    expressions.push(Expr::Column(key).alias(KEY));
    expressions.push(place.alias(PLACE));
    let of_rows = relation.whose == Whose::Row;
    let plan = project(relation.plan, expressions)?;
    rewrite.joins.reverse();
    Ok(Carried { plan, of_rows, joins: rewrite.joins })
}

pub(super) fn refuse<T>(code: &str, message: &str, help: &str) -> Result<T> {
    Err(own(Failure::new(code, format!("sql: {message}")).help(help)))
}

fn own(failure: Failure) -> DataFusionError {
    DataFusionError::External(Box::new(OwnFailure(failure)))
}

pub(super) fn project(plan: LogicalPlan, expressions: Vec<Expr>) -> Result<LogicalPlan> {
    Ok(LogicalPlan::Projection(Projection::try_new(expressions, Arc::new(plan))?))
}

pub(super) fn ascending(column: &Column) -> SortExpr {
    Expr::Column(column.clone()).sort(true, true)
}

/// The rows by these expressions, ties by key, then by place.
pub(super) fn sort(relation: Relation, mut by: Vec<SortExpr>, keys: bool) -> Relation {
    let key = relation.key.iter().filter(|_| keys);
    by.extend(key.chain(&relation.places).map(ascending));
    let plan = LogicalPlan::Sort(Sort { expr: by, input: Arc::new(relation.plan), fetch: None });
    Relation { plan, ..relation }
}

/// The rows by their places.
pub(super) fn sorted(relation: Relation) -> Result<Relation> {
    if relation.order == Order::Places || relation.places.is_empty() {
        return Ok(Relation { order: Order::Places, ..relation });
    }
    let relation = sort(relation, Vec::new(), false);
    Ok(Relation { order: Order::Places, ..relation })
}

impl Rewrite<'_> {
    /// A name that no column has.
    pub(super) fn name(&mut self, what: &str) -> String {
        self.next += 1;
        format!("{HIDDEN}{what}_{}", self.next)
    }

    pub(super) fn relation(&mut self, plan: &LogicalPlan) -> Result<Relation> {
        match plan {
            LogicalPlan::TableScan(scan) => self.scan(scan),
            LogicalPlan::Projection(projection) => {
                let input = self.relation(&projection.input)?;
                let mut expressions = projection.expr.clone();
                expressions.extend(hidden(&input).into_iter().map(Expr::Column));
                let plan = project(input.plan, expressions)?;
                Ok(unqualified(Relation { plan, ..input }))
            }
            LogicalPlan::Filter(filter) => {
                let input = self.relation(&filter.input)?;
                let filter = Filter::try_new(filter.predicate.clone(), Arc::new(input.plan))?;
                Ok(Relation { plan: LogicalPlan::Filter(filter), ..input })
            }
            LogicalPlan::SubqueryAlias(alias) => {
                let input = self.relation(&alias.input)?;
                let renamed = SubqueryAlias::try_new(Arc::new(input.plan), alias.alias.clone())?;
                let plan = LogicalPlan::SubqueryAlias(renamed);
                Ok(unqualified(Relation { plan, ..input }))
            }
            LogicalPlan::Sort(asked) => {
                let input = self.relation(&asked.input)?;
                let input = sort(input, asked.expr.clone(), true);
                let plan = match asked.fetch {
                    None => input.plan,
                    Some(rows) => LogicalPlan::Limit(Limit {
                        skip: None,
                        fetch: Some(Box::new(lit(rows as i64))),
                        input: Arc::new(input.plan),
                    }),
                };
                Ok(Relation { plan, order: Order::Asked, ..input })
            }
            LogicalPlan::Limit(limit) => {
                let input = self.relation(&limit.input)?;
                let input = match input.order {
                    Order::None | Order::First => sorted(input)?,
                    Order::Places | Order::Asked => input,
                };
                let plan = LogicalPlan::Limit(Limit {
                    skip: limit.skip.clone(),
                    fetch: limit.fetch.clone(),
                    input: Arc::new(input.plan),
                });
                Ok(Relation { plan, ..input })
            }
            LogicalPlan::Window(window) => self.window(window),
            LogicalPlan::Aggregate(aggregate) => self.aggregate(aggregate),
            LogicalPlan::Join(join) => self.join(join),
            LogicalPlan::Values(_) => self.numbered(plan.clone(), None),
            LogicalPlan::EmptyRelation(empty) => self.empty(plan, empty),
            other => {
                let name = other.display().to_string();
                let name = name.split([':', ' ']).next().unwrap_or_default().to_owned();
                refuse(
                    "Q0403",
                    &format!("the row keys of `data` cannot be carried through `{name}`"),
                    "write it with SELECT, JOIN, WHERE, GROUP BY and windows",
                )
            }
        }
    }

    fn scan(&mut self, scan: &TableScan) -> Result<Relation> {
        let name = scan.table_name.table();
        let Some(table) = self.tables.iter().find(|table| table.name == name) else {
            return refuse("Q0201", &format!("there is no table `{name}`"), "name a port");
        };
        let (key, place) = (self.name("key"), self.name("place"));
        let all = || (0..table.visible.fields().len()).collect();
        let columns = scan.projection.clone().unwrap_or_else(all);
        let keyed = table.about.is_some();
        let rows = Scan::with(table, columns, keyed.then_some(key.as_str()), &place);
        let schema =
            Arc::clone(datafusion::physical_plan::streaming::PartitionStream::schema(&rows));
        let provider = StreamingTable::try_new(schema, vec![Arc::new(rows)])?;
        let source = provider_as_source(Arc::new(provider));
        let hidden = TableScanBuilder::new(scan.table_name.clone(), source).build()?;
        let mut plan = LogicalPlan::TableScan(hidden);
        for filter in &scan.filters {
            plan = LogicalPlan::Filter(Filter::try_new(filter.clone(), Arc::new(plan))?);
        }
        let is_data = table.name == DATA;
        Ok(Relation {
            plan,
            whose: if is_data { Whose::Row } else { Whose::Nobody },
            key: keyed.then(|| Column::new_unqualified(key)),
            places: vec![Column::new_unqualified(place)],
            lost: false,
            order: Order::Places,
        })
    }

    fn window(&mut self, window: &Window) -> Result<Relation> {
        let input = self.relation(&window.input)?;
        let Some(params) =
            window.window_expr.iter().find_map(|expression| match expression.clone().unalias() {
                Expr::WindowFunction(function) => Some(function.params),
                _ => None,
            })
        else {
            return refuse("Q0403", "a window without a function", "leave it out");
        };
        let by = generate_sort_key(&params.partition_by, &params.order_by)?;
        let by: Vec<SortExpr> = by.into_iter().map(|(each, _)| each).collect();
        let (input, order) = match (by.is_empty(), input.order) {
            (true, Order::Places) => (input, Order::Places),
            (true, _) => (sorted(input)?, Order::Places),
            (false, _) => (sort(input, by, true), Order::None),
        };
        let plan = Window::try_new(window.window_expr.clone(), Arc::new(input.plan))?;
        Ok(Relation { plan: LogicalPlan::Window(plan), order, ..input })
    }

    /// One row of nothing, or no row at all, which may have any key.
    fn empty(&mut self, plan: &LogicalPlan, empty: &EmptyRelation) -> Result<Relation> {
        if empty.produce_one_row {
            return self.numbered(plan.clone(), None);
        }
        let (key, place) = (self.name("key"), self.name("place"));
        let mut fields: Vec<(Option<TableReference>, Arc<Field>)> =
            empty.schema.iter().map(|(table, field)| (table.cloned(), Arc::clone(field))).collect();
        let hidden = |name: &str, data_type| (None, Arc::new(Field::new(name, data_type, false)));
        fields.push(hidden(&key, row_key::field().data_type().clone()));
        fields.push(hidden(&place, DataType::UInt64));
        let schema = DFSchema::new_with_metadata(fields, Default::default())?;
        let plan = LogicalPlan::EmptyRelation(EmptyRelation {
            produce_one_row: false,
            schema: Arc::new(schema),
        });
        Ok(Relation {
            plan,
            whose: Whose::Row,
            key: Some(Column::new_unqualified(key)),
            places: vec![Column::new_unqualified(place)],
            lost: false,
            order: Order::Places,
        })
    }
}

/// The hidden columns of a relation.
fn hidden(relation: &Relation) -> Vec<Column> {
    relation.key.iter().chain(&relation.places).cloned().collect()
}

/// Names are different in the whole plan, so that no table needs to be said with them.
fn unqualified(relation: Relation) -> Relation {
    let plain = |column: &Column| Column::new_unqualified(column.name.clone());
    Relation {
        key: relation.key.as_ref().map(plain),
        places: relation.places.iter().map(plain).collect(),
        ..relation
    }
}
