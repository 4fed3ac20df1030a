//! The SQL as a syntax tree, and what of it is refused before anything is planned.
//!
//! Pure. Invariant: what passes is one SELECT (with WITH, subqueries and joins) over named
//! tables; no set operation, no recursion, no sample, no function of tables; every place in
//! a message is a line and a column of the param `sql`.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement as Planned;
use datafusion::sql::resolve::resolve_table_references;
use datafusion::sql::sqlparser::ast::{
    Expr, GroupByExpr, ObjectName, Query, Select, SetExpr, SetOperator, Spanned, Statement,
    TableFactor, Value, ValueWithSpan, Visit, Visitor,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Location, Span, Token, Tokenizer};
use ingot_protocol::Failure;

use super::functions::Functions;
use super::suggest::suggest;

/// Most bytes of a query.
const LONGEST: usize = 1 << 20;
/// Most operators in a row, such as those of `a + b + c`: the time that the engine takes to plan
/// them grows faster than their number.
const LONGEST_CHAIN: usize = 350;
/// Most operators of a query. The tree of a longer chain is too deep to be walked, or thrown
/// away, on any stack, so they are counted before there is one.
const MOST_OPERATORS: usize = 5_000;
/// Most levels of parentheses and subqueries.
const DEEPEST: usize = 100;

/// A query that is one SELECT.
pub(super) struct Parsed {
    statement: Statement,
}

/// Parses a query.
pub(super) fn parse(sql: &str) -> Result<Parsed, Failure> {
    if sql.len() > LONGEST {
        let message = format!("`sql` has {} bytes; {LONGEST} are the most", sql.len());
        return Err(
            Failure::new("Q0105", message).help("put values into a table on a port, and join it")
        );
    }
    if operators(sql) > MOST_OPERATORS {
        let message = format!("sql: more than {MOST_OPERATORS} operators");
        return Err(Failure::new("Q0105", message).help(LONG));
    }
    let parser = Parser::new(&GenericDialect {}).with_recursion_limit(DEEPEST);
    let parsed = parser.try_with_sql(sql).and_then(|mut parser| parser.parse_statements());
    let mut statements = parsed.map_err(|error| unparsed(sql, &error))?;
    if statements.len() > 1 {
        let at = statements.get(1).map(|second| second.span().start);
        let message = format!("{}there are {} statements", place(at), statements.len());
        return Err(Failure::new("Q0102", message)
            .help("write one SELECT; a second step takes the second one"));
    }
    match statements.pop() {
        Some(statement @ Statement::Query(_)) => Ok(Parsed { statement }),
        Some(other) => {
            let word = first_word(sql);
            let message = format!("{}`{word}` is not a SELECT", place(Some(other.span().start)));
            Err(Failure::new("Q0102", message)
                .help("write one SELECT: a transform reads tables and gives one"))
        }
        None => Err(Failure::new("Q0102", "`sql` holds no statement").help("write one SELECT")),
    }
}

impl Parsed {
    /// Refuses what has no rows of its own, no one value, or is not there.
    pub(super) fn check(&self, functions: &Functions, tables: &[String]) -> Result<(), Failure> {
        let named = Planned::Statement(Box::new(self.statement.clone()));
        let referenced = resolve_table_references(&named, false)
            .map_err(|error| Failure::new("Q0101", error.strip_backtrace()))?;
        let unknown = referenced
            .0
            .iter()
            .filter(|name| {
                name.schema().is_some() || !tables.iter().any(|table| table == name.table())
            })
            .map(ToString::to_string)
            .collect();
        let mut check = Check { functions, tables, unknown };
        match self.statement.visit(&mut check) {
            ControlFlow::Break(failure) => Err(failure),
            ControlFlow::Continue(()) => Ok(()),
        }
    }

    /// The statement as the planner takes it.
    pub(super) fn planned(&self) -> Planned {
        Planned::Statement(Box::new(self.statement.clone()))
    }
}

/// How to write what is too long.
const LONG: &str =
    "write IN (..) for many OR; put values into a table on a port, and join or sum it";

/// How many operators between two values a text has, about; none where it is no SQL, which the
/// parser tells.
fn operators(sql: &str) -> usize {
    let tokens = Tokenizer::new(&GenericDialect {}, sql).tokenize().unwrap_or_default();
    let mut count = 0;
    let mut behind_value = false;
    for token in tokens.iter().filter(|token| !matches!(token, Token::Whitespace(_))) {
        let joins = match token {
            Token::Word(word) => matches!(word.keyword, Keyword::AND | Keyword::OR),
            Token::Number(..) | Token::SingleQuotedString(_) => false,
            Token::Comma | Token::LParen | Token::RParen | Token::Period => false,
            _ => true,
        };
        count += usize::from(joins && behind_value);
        behind_value = !joins && !matches!(token, Token::Comma | Token::LParen | Token::Period);
    }
    count
}

/// How many operators stand in a row before this one, it among them; counted no further than
/// decides.
fn chain(expression: &Expr) -> usize {
    let operators = std::iter::successors(Some(expression), |one| first_operand(one));
    operators.take(LONGEST_CHAIN + 2).count() - 1
}

fn first_operand(expression: &Expr) -> Option<&Expr> {
    match expression {
        Expr::BinaryOp { left, .. } => Some(left),
        _ => None,
    }
}

/// A place as the beginning of a message; nothing where it is not known.
pub(super) fn place(at: Option<Location>) -> String {
    match at {
        Some(at) if at.line > 0 => format!("sql, line {}, column {}: ", at.line, at.column),
        _ => "sql: ".to_owned(),
    }
}

fn first_word(sql: &str) -> String {
    let word = sql.split_whitespace().find(|word| !word.starts_with("--")).unwrap_or_default();
    word.chars().take(40).collect::<String>().to_uppercase()
}

/// Why the text is no SQL, with the place that the parser's message ends in.
fn unparsed(sql: &str, error: &ParserError) -> Failure {
    let said = match error {
        ParserError::RecursionLimitExceeded => {
            let message = format!("sql: more than {DEEPEST} levels of parentheses or subqueries");
            return Failure::new("Q0105", message)
                .help("give parts a name: WITH part AS (SELECT ..) SELECT .. FROM part");
        }
        ParserError::TokenizerError(said) | ParserError::ParserError(said) => said,
    };
    let (what, at) = match said.rsplit_once(" at Line: ") {
        Some((what, place)) => {
            let mut numbers = place.split(", Column: ").map(str::parse::<u64>);
            match (numbers.next(), numbers.next()) {
                (Some(Ok(line)), Some(Ok(column))) => (what, Some(Location { line, column })),
                _ => (said.as_str(), None),
            }
        }
        None => (said.as_str(), None),
    };
    let fragment = at.and_then(|at| fragment(sql, at));
    let near = fragment.map(|fragment| format!(", at `{fragment}`")).unwrap_or_default();
    let what = what.replacen("Expected: ", "expected ", 1).replacen("found: ", "found ", 1);
    Failure::new("Q0101", format!("{}{what}{near}", place(at)))
        .help("names with other characters than letters, digits and _ stand in double quotes, texts in single ones")
}

/// What stands at a place, to the end of its line.
fn fragment(sql: &str, at: Location) -> Option<String> {
    let line = sql.lines().nth(usize::try_from(at.line).ok()?.checked_sub(1)?)?;
    let skipped = usize::try_from(at.column).ok()?.checked_sub(1)?;
    let rest: String = line.chars().skip(skipped).take(40).collect();
    let rest = rest.trim();
    (!rest.is_empty()).then(|| rest.to_owned())
}

/// The walk over the tree.
struct Check<'a> {
    functions: &'a Functions,
    tables: &'a [String],
    /// Tables that nobody gave, as the query names them.
    unknown: Vec<String>,
}

type Flow = ControlFlow<Failure>;

fn refuse(span: Span, what: &str, help: &str) -> Flow {
    Flow::Break(Failure::new("Q0103", format!("{}{what}", place(Some(span.start)))).help(help))
}

impl Visitor for Check<'_> {
    type Break = Failure;

    fn pre_visit_query(&mut self, query: &Query) -> Flow {
        let span = query.span();
        if let Some(with) = query.with.as_ref().filter(|with| with.recursive) {
            return refuse(
                with.span(),
                "WITH RECURSIVE: its rows have no key of a row of `data`",
                "leave RECURSIVE out, and write each level as a join",
            );
        }
        if !query.locks.is_empty() || query.for_clause.is_some() {
            return refuse(span, "FOR ..: nothing is locked or formatted here", "leave it out");
        }
        if query.settings.is_some() || query.format_clause.is_some() {
            return refuse(span, "SETTINGS and FORMAT do nothing here", "leave them out");
        }
        if !query.pipe_operators.is_empty() {
            return refuse(span, "|> is not read", "write SELECT, FROM, WHERE in their places");
        }
        body(&query.body)
    }

    fn pre_visit_select(&mut self, select: &Select) -> Flow {
        let span = select.span();
        if select.into.is_some() {
            return refuse(span, "SELECT INTO makes a table", "leave INTO out");
        }
        if matches!(&select.group_by, GroupByExpr::All(_)) {
            return refuse(span, "GROUP BY ALL", "name the columns to group by");
        }
        let modified = match &select.group_by {
            GroupByExpr::All(modifiers) | GroupByExpr::Expressions(_, modifiers) => modifiers,
        };
        if !modified.is_empty() {
            return refuse(span, "ROLLUP and CUBE", "write one step a grouping");
        }
        Flow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, table: &TableFactor) -> Flow {
        match table {
            TableFactor::Table { name, args: Some(_), .. } => refuse(
                name.span(),
                &format!("`{name}(..)` is a function that gives a table"),
                "give the table on a port: inputs.NAME = ..",
            ),
            TableFactor::Table { sample: Some(_), name, .. } => refuse(
                name.span(),
                "TABLESAMPLE draws other rows each time",
                "keep rows by their key: WHERE substr(row_key, 1, 1) = '0' is one in sixteen",
            ),
            TableFactor::Table { version: Some(_), name, .. } => {
                refuse(name.span(), "a table has one version here", "leave the version out")
            }
            TableFactor::Derived { sample: Some(_), subquery, .. } => refuse(
                subquery.span(),
                "TABLESAMPLE draws other rows each time",
                "keep rows by their key: WHERE substr(row_key, 1, 1) = '0' is one in sixteen",
            ),
            TableFactor::Table { .. }
            | TableFactor::Derived { .. }
            | TableFactor::NestedJoin { .. } => Flow::Continue(()),
            other => refuse(
                other.span(),
                "FROM takes tables and subqueries alone",
                "give the table on a port: inputs.NAME = ..",
            ),
        }
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> Flow {
        let name = relation.to_string().replace('"', "");
        if !self.unknown.contains(&name) && !self.unknown.contains(&relation.to_string()) {
            return Flow::Continue(());
        }
        let system = name.to_lowercase().starts_with("information_schema");
        let message = format!("{}there is no table `{name}`", place(Some(relation.span().start)));
        let help = if system {
            "a query sees the tables on its ports and nothing of the engine".to_owned()
        } else {
            let help = suggest(&name, self.tables);
            format!("{help}; another port makes another table: inputs.{name} = ..")
        };
        Flow::Break(Failure::new("Q0201", message).help(help))
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> Flow {
        match expression {
            Expr::Function(function) => {
                match self.functions.check(&function.name, function.name.span().start) {
                    Ok(()) => Flow::Continue(()),
                    Err(failure) => Flow::Break(failure),
                }
            }
            Expr::GroupingSets(_) | Expr::Rollup(_) | Expr::Cube(_) => refuse(
                expression.span(),
                "ROLLUP, CUBE and GROUPING SETS",
                "write one step a grouping",
            ),
            Expr::BinaryOp { .. } if chain(expression) > LONGEST_CHAIN => {
                let message = format!(
                    "{}more than {LONGEST_CHAIN} operators in a row",
                    place(Some(expression.span().start))
                );
                Flow::Break(Failure::new("Q0105", message).help(LONG))
            }
            _ => Flow::Continue(()),
        }
    }

    fn pre_visit_value(&mut self, value: &ValueWithSpan) -> Flow {
        match &value.value {
            Value::Placeholder(name) => refuse(
                value.span,
                &format!("`{name}` stands for a value that nobody gives"),
                "write the value, or a param of the pipeline: {params.NAME}",
            ),
            _ => Flow::Continue(()),
        }
    }
}

fn body(body: &SetExpr) -> Flow {
    match body {
        SetExpr::Select(_) | SetExpr::Query(_) | SetExpr::Values(_) => Flow::Continue(()),
        SetExpr::SetOperation { op, .. } => {
            let help = match op {
                SetOperator::Union => {
                    "make one step of each part and give both to `data` as splits, or join them"
                }
                SetOperator::Intersect => "write WHERE EXISTS (SELECT ..)",
                SetOperator::Except | SetOperator::Minus => "write WHERE NOT EXISTS (SELECT ..)",
            };
            let what = format!("{op}: its rows have no one key of a row of `data`");
            refuse(body.span(), &what, help)
        }
        other => refuse(other.span(), "only SELECT reads tables", "write one SELECT"),
    }
}
