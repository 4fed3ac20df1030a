//! The SQL parser's tree as ours: what is outside of the subset is refused by name. Pure.

use std::ops::Range;

use sqlparser::ast::{
    BinaryOperator, CaseWhen, CastKind, CeilFloorKind, Expr, Ident, Spanned, UnaryOperator, Value,
    ValueWithSpan,
};

use super::parse::range;
use super::{
    Aggregate, Comparison, Condition, Expression, Function, Literal, MOST_LEVELS, Mistake, Node,
    Operator, Selection, Type,
};

mod call;
mod select;

const HELP: &str = "docs/reference/contract.md lists the SQL that a contract can say";

type Converted = Result<Expression, Mistake>;

/// A condition of a tree.
pub(super) fn condition(sql: &str, parsed: &Expr) -> Result<Condition, Mistake> {
    let mut selections = Vec::new();
    let mut reader =
        Reader { sql, aggregates: Vec::new(), selections: Some(&mut selections), of: None };
    let expression = reader.expression(parsed, 0)?;
    let aggregates = reader.aggregates;
    if !aggregates.is_empty() {
        alone(&expression)?;
    }
    Ok(Condition { expression, aggregates, selections })
}

/// Beside an aggregate no column stands alone: it would be a value of many rows.
fn alone(expression: &Expression) -> Result<(), Mistake> {
    if let Node::Column(name) = &expression.node {
        return Err(Mistake {
            place: expression.place.clone(),
            what: format!("`{name}` stands outside of an aggregate"),
            help: "a rule is about each row, or about the table: write `min(x)`, or two rules",
        });
    }
    expression.parts().into_iter().try_for_each(alone)
}

/// What is read, and what was found on the way.
struct Reader<'a> {
    sql: &'a str,
    aggregates: Vec<Aggregate>,
    /// Selections of other tables; nothing within one.
    selections: Option<&'a mut Vec<Selection>>,
    /// The aggregate whose values are read.
    of: Option<&'static str>,
}

impl Reader<'_> {
    fn expression(&mut self, parsed: &Expr, level: usize) -> Converted {
        if level > MOST_LEVELS {
            return Err(Mistake {
                place: 0..self.sql.len(),
                what: format!("the SQL has more than {MOST_LEVELS} levels"),
                help: "write several rules, or `in (..)` for many values",
            });
        }
        let level = level + 1;
        let one = |reader: &mut Self, part: &Expr| reader.expression(part, level);
        match parsed {
            Expr::Nested(within) => one(self, within),
            Expr::Identifier(name) => Ok(column(self.sql, name)),
            Expr::Value(value) => self.value(value),
            Expr::UnaryOp { op, expr } => self.unary(*op, expr, level),
            Expr::BinaryOp { left, op, right } => {
                let (left, right) = (one(self, left)?, one(self, right)?);
                self.binary(left, op, right, parsed)
            }
            Expr::IsNull(within) => Ok(around(one(self, within)?, Node::IsNull)),
            Expr::IsNotNull(within) => Ok(not(around(one(self, within)?, Node::IsNull), true)),
            Expr::InList { expr, list, negated } => {
                let value = one(self, expr)?;
                let list =
                    list.iter().map(|part| one(self, part)).collect::<Result<Vec<_>, _>>()?;
                let end = list.last().map_or(value.place.end, |last| last.place.end);
                let place = value.place.start..end;
                Ok(not(Expression { node: Node::In(Box::new(value), list), place }, *negated))
            }
            Expr::Between { expr, negated, low, high } => {
                let (value, low, high) = (one(self, expr)?, one(self, low)?, one(self, high)?);
                let place = value.place.start..high.place.end;
                let node = Node::Between(Box::new(value), Box::new(low), Box::new(high));
                Ok(not(Expression { node, place }, *negated))
            }
            Expr::Like { negated, any: false, expr, pattern, escape_char: None } => {
                let (value, pattern) = (one(self, expr)?, one(self, pattern)?);
                let Node::Literal(Literal::Text(text)) = pattern.node else {
                    let what = "`like` takes a text in single quotes".to_owned();
                    return Err(Mistake { place: pattern.place, what, help: HELP });
                };
                let place = value.place.start..pattern.place.end;
                Ok(not(Expression { node: Node::Like(Box::new(value), text), place }, *negated))
            }
            Expr::Case { operand, conditions, else_result, .. } => {
                let otherwise = else_result.as_deref();
                let whole = self.place(parsed);
                self.case(operand.as_deref(), conditions, otherwise, level, whole)
            }
            Expr::Cast { kind: CastKind::Cast, expr, data_type, array: false, format: None } => {
                let value = one(self, expr)?;
                let written = data_type.to_string().to_ascii_lowercase();
                let Some(data_type) = cast(&written) else {
                    let what = format!("`{written}` is no type that `cast` makes");
                    let help = "cast to `int64`, `float64`, `utf8` or `bool`";
                    return Err(Mistake { place: self.place(parsed), what, help });
                };
                let place = self.place(parsed);
                Ok(Expression { node: Node::Cast(Box::new(value), data_type), place })
            }
            Expr::Floor { expr, field } | Expr::Ceil { expr, field } => {
                let is_plain = matches!(
                    field,
                    CeilFloorKind::DateTimeField(sqlparser::ast::DateTimeField::NoDateTime)
                );
                if !is_plain {
                    return Err(self.refused(parsed));
                }
                let function = match parsed {
                    Expr::Floor { .. } => Function::Floor,
                    _ => Function::Ceil,
                };
                let value = one(self, expr)?;
                Ok(around(value, |value| Node::Call(function, vec![*value])))
            }
            Expr::Trim { trim_where: None, trim_what: None, expr, trim_characters: None } => {
                let value = one(self, expr)?;
                Ok(around(value, |value| Node::Call(Function::Trim, vec![*value])))
            }
            Expr::Function(function) => self.call(function, parsed, level),
            Expr::Subquery(query) => self.selection(query, parsed, level),
            other => Err(self.refused(other)),
        }
    }

    fn value(&self, value: &ValueWithSpan) -> Converted {
        let place = range(self.sql, value.span);
        let literal = match &value.value {
            Value::Null => Literal::Null,
            Value::Boolean(truth) => Literal::Truth(*truth),
            Value::SingleQuotedString(text) => Literal::Text(text.clone()),
            Value::Number(digits, false) => return number(digits, place),
            other => {
                let what = format!("`{other}` is no value of the SQL of contracts");
                return Err(Mistake { place, what, help: HELP });
            }
        };
        Ok(Expression { node: Node::Literal(literal), place })
    }

    fn unary(&mut self, operator: UnaryOperator, within: &Expr, level: usize) -> Converted {
        // The least whole number is written with a minus, and has no opposite.
        if let (UnaryOperator::Minus, Expr::Value(value)) = (operator, within)
            && let Value::Number(digits, false) = &value.value
        {
            let place = range(self.sql, value.span);
            return number(&format!("-{digits}"), place.start.saturating_sub(1)..place.end);
        }
        let value = self.expression(within, level)?;
        match operator {
            UnaryOperator::Not => Ok(not(value, true)),
            UnaryOperator::Minus => Ok(around(value, Node::Negate)),
            other => Err(Mistake {
                place: value.place,
                what: format!("`{other}` is not in the SQL of contracts"),
                help: HELP,
            }),
        }
    }

    fn binary(
        &self,
        left: Expression,
        operator: &BinaryOperator,
        right: Expression,
        parsed: &Expr,
    ) -> Converted {
        let compare =
            |comparison| move |one: Box<Expression>, other| Node::Compare(comparison, one, other);
        let arithmetic =
            |operator| move |one: Box<Expression>, other| Node::Arithmetic(operator, one, other);
        let place = left.place.start..right.place.end;
        let (left, right) = (Box::new(left), Box::new(right));
        let node = match operator {
            BinaryOperator::And => Node::And(left, right),
            BinaryOperator::Or => Node::Or(left, right),
            BinaryOperator::Eq => compare(Comparison::Equal)(left, right),
            BinaryOperator::NotEq => compare(Comparison::NotEqual)(left, right),
            BinaryOperator::Lt => compare(Comparison::Less)(left, right),
            BinaryOperator::LtEq => compare(Comparison::LessOrEqual)(left, right),
            BinaryOperator::Gt => compare(Comparison::Greater)(left, right),
            BinaryOperator::GtEq => compare(Comparison::GreaterOrEqual)(left, right),
            BinaryOperator::Plus => arithmetic(Operator::Add)(left, right),
            BinaryOperator::Minus => arithmetic(Operator::Subtract)(left, right),
            BinaryOperator::Multiply => arithmetic(Operator::Multiply)(left, right),
            BinaryOperator::Divide => arithmetic(Operator::Divide)(left, right),
            BinaryOperator::Modulo => arithmetic(Operator::Remainder)(left, right),
            other => {
                let what = format!("the operator `{other}` is not in the SQL of contracts");
                return Err(Mistake { place: self.place(parsed), what, help: HELP });
            }
        };
        Ok(Expression { node, place })
    }

    fn case(
        &mut self,
        operand: Option<&Expr>,
        conditions: &[CaseWhen],
        otherwise: Option<&Expr>,
        level: usize,
        place: Range<usize>,
    ) -> Converted {
        let operand = match operand {
            None => None,
            Some(Expr::Identifier(name)) => Some(column(self.sql, name)),
            Some(other) => {
                return Err(Mistake {
                    place: self.place(other),
                    what: "`case` takes a column, or nothing, before `when`".to_owned(),
                    help: "write `case when x = 1 then ..`",
                });
            }
        };
        let mut branches = Vec::with_capacity(conditions.len());
        for CaseWhen { condition, result } in conditions {
            let condition = self.expression(condition, level)?;
            let condition = match &operand {
                None => condition,
                Some(operand) => {
                    let place = condition.place.clone();
                    let (one, other) = (Box::new(operand.clone()), Box::new(condition));
                    Expression { node: Node::Compare(Comparison::Equal, one, other), place }
                }
            };
            branches.push((condition, self.expression(result, level)?));
        }
        let otherwise = otherwise.map(|part| self.expression(part, level)).transpose()?;
        Ok(Expression { node: Node::Case(branches, otherwise.map(Box::new)), place })
    }

    fn place(&self, parsed: &Expr) -> Range<usize> {
        range(self.sql, parsed.span())
    }

    fn refused(&self, parsed: &Expr) -> Mistake {
        let what = match parsed {
            Expr::ILike { .. } => "`ilike` is".to_owned(),
            Expr::SimilarTo { .. } => "`similar to` is".to_owned(),
            Expr::RLike { .. } => "`rlike` is".to_owned(),
            Expr::Like { .. } => "`like` with `any` or `escape` is".to_owned(),
            Expr::Exists { .. } => "`exists` is".to_owned(),
            Expr::InSubquery { .. } => "`in (select ..)` is".to_owned(),
            Expr::CompoundIdentifier(_) => "a column with the name of its table is".to_owned(),
            Expr::Cast { .. } => "a cast other than `cast(x as TYPE)` is".to_owned(),
            Expr::IsTrue(_) | Expr::IsNotTrue(_) => "`is true` is".to_owned(),
            Expr::IsFalse(_) | Expr::IsNotFalse(_) => "`is false` is".to_owned(),
            Expr::IsDistinctFrom(..) | Expr::IsNotDistinctFrom(..) => {
                "`is distinct from` is".to_owned()
            }
            other => {
                let written: String = other.to_string().chars().take(40).collect();
                format!("`{written}` is")
            }
        };
        let place = self.place(parsed);
        Mistake { place, what: format!("{what} not in the SQL of contracts"), help: HELP }
    }
}

fn column(sql: &str, name: &Ident) -> Expression {
    Expression { node: Node::Column(name.value.clone()), place: range(sql, name.span) }
}

fn around(value: Expression, node: impl FnOnce(Box<Expression>) -> Node) -> Expression {
    let place = value.place.clone();
    Expression { node: node(Box::new(value)), place }
}

fn not(value: Expression, negated: bool) -> Expression {
    if negated { around(value, Node::Not) } else { value }
}

fn number(digits: &str, place: Range<usize>) -> Converted {
    let whole = !digits.contains(['.', 'e', 'E']);
    let literal = match whole {
        true => digits.parse().ok().map(Literal::Whole),
        false => digits.parse().ok().filter(|float: &f64| float.is_finite()).map(Literal::Float),
    };
    match literal {
        Some(literal) => Ok(Expression { node: Node::Literal(literal), place }),
        None => Err(Mistake {
            place,
            what: format!("`{digits}` is no number of 64 bits"),
            help: "write a number with a point for one beyond 2^63",
        }),
    }
}

/// The type of a name in SQL, DataFusion or a contract.
fn cast(written: &str) -> Option<Type> {
    match written {
        "bigint" | "int8" => Some(Type::Int64),
        "double" | "double precision" | "float8" => Some(Type::Float64),
        "boolean" => Some(Type::Bool),
        "text" | "varchar" | "string" => Some(Type::Utf8),
        other => Type::named(other),
    }
}
