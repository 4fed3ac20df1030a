//! Of which type each part of a condition is. Pure.
//!
//! Invariant: what passes with the types of every column known has an answer for every
//! row, save for what only values can break: a division by zero, a number out of range.

use super::{Aggregate, Aggregation, Condition, Expression, Function, Literal, Mistake, Node};

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Whole numbers of 64 bits.
    Int64,
    /// Numbers, IEEE 754 binary64.
    Float64,
    /// `true` or `false`.
    Bool,
    /// Text.
    Utf8,
}

/// What is known of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Its type.
    Type(Type),
    /// Nothing.
    Nothing,
    /// A type with which this SQL does not compute, by its name.
    Other(&'static str),
    /// It is not there.
    Absent,
}

/// The type of a value; nothing where it is not known, or `null`.
type MaybeType = Option<Type>;

impl Type {
    /// The name, as contracts have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Int64 => "int64",
            Self::Float64 => "float64",
            Self::Bool => "bool",
            Self::Utf8 => "utf8",
        }
    }

    /// The type of a name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Int64, Self::Float64, Self::Bool, Self::Utf8]
            .into_iter()
            .find(|data_type| data_type.name() == name)
    }

    fn is_number(self) -> bool {
        matches!(self, Self::Int64 | Self::Float64)
    }
}

/// Where an expression stands.
struct Scope<'a> {
    condition: &'a Condition,
    /// The port of its table; nothing for the rule's own.
    table: Option<&'a str>,
    aggregates: &'a [Aggregate],
    known: &'a dyn Fn(Option<&str>, &str) -> Known,
}

pub(super) fn check(
    condition: &Condition,
    known: &dyn Fn(Option<&str>, &str) -> Known,
) -> Result<(), Mistake> {
    let scope = Scope { condition, table: None, aggregates: &condition.aggregates, known };
    for aggregate in &condition.aggregates {
        scope.aggregate(aggregate)?;
    }
    for selection in &condition.selections {
        let table = Some(selection.table.as_str());
        let within = Scope { table, aggregates: &selection.aggregates, ..scope };
        if let Some(filter) = &selection.filter {
            within.wants(filter, Type::Bool, "`where`")?;
        }
        within.of(&selection.expression)?;
    }
    scope.wants(&condition.expression, Type::Bool, "a rule")
}

impl Scope<'_> {
    fn of(&self, expression: &Expression) -> Result<MaybeType, Mistake> {
        Ok(match &expression.node {
            Node::Column(name) => match (self.known)(self.table, name) {
                Known::Type(data_type) => Some(data_type),
                Known::Nothing => None,
                Known::Other(data_type) => {
                    return Err(Mistake {
                        place: expression.place.clone(),
                        what: format!("`{name}` is `{data_type}`, with which no rule computes"),
                        help: "bound it by `min` and `max` of its column, or judge it in a \
                               `transform` step",
                    });
                }
                Known::Absent => {
                    let of = self.table.map(|table| format!(" of `{table}`")).unwrap_or_default();
                    return Err(Mistake {
                        place: expression.place.clone(),
                        what: format!("there is no column `{name}`{of}"),
                        help: "correct the name, which counts upper and lower case; a text \
                               stands in single quotes",
                    });
                }
            },
            Node::Literal(Literal::Null) => None,
            Node::Literal(Literal::Whole(_)) => Some(Type::Int64),
            Node::Literal(Literal::Float(_)) => Some(Type::Float64),
            Node::Literal(Literal::Truth(_)) => Some(Type::Bool),
            Node::Literal(Literal::Text(_)) => Some(Type::Utf8),
            Node::Not(one) => self.truths(&[one], "`not`")?,
            Node::And(one, other) => self.truths(&[one, other], "`and`")?,
            Node::Or(one, other) => self.truths(&[one, other], "`or`")?,
            Node::Negate(one) => self.number(one, "`-`")?,
            Node::Arithmetic(_, one, other) => {
                let one = self.number(one, "arithmetic")?;
                match (one, self.number(other, "arithmetic")?) {
                    (Some(Type::Float64), _) | (_, Some(Type::Float64)) => Some(Type::Float64),
                    (Some(_), Some(_)) => Some(Type::Int64),
                    _ => None,
                }
            }
            Node::Compare(_, one, other) => {
                self.one_sort(&[one, other])?;
                Some(Type::Bool)
            }
            Node::Between(one, low, high) => {
                self.one_sort(&[one, low, high])?;
                Some(Type::Bool)
            }
            Node::In(one, others) => {
                let all: Vec<&Expression> = std::iter::once(&**one).chain(others).collect();
                self.one_sort(&all)?;
                Some(Type::Bool)
            }
            Node::IsNull(one) => {
                self.of(one)?;
                Some(Type::Bool)
            }
            Node::Like(one, _) => {
                self.wants(one, Type::Utf8, "`like`")?;
                Some(Type::Bool)
            }
            Node::Case(branches, otherwise) => {
                for (condition, _) in branches {
                    self.wants(condition, Type::Bool, "`when`")?;
                }
                let values = branches.iter().map(|(_, value)| value);
                self.one_sort(&values.chain(otherwise.as_deref()).collect::<Vec<_>>())?
            }
            Node::Call(function, values) => self.call(*function, values)?,
            Node::Cast(one, data_type) => {
                self.of(one)?;
                Some(*data_type)
            }
            Node::Aggregate(number) => match self.aggregates.get(*number) {
                Some(aggregate) => self.aggregate(aggregate)?,
                None => None,
            },
            Node::Selection(number) => match self.condition.selections.get(*number) {
                Some(selection) => {
                    let table = Some(selection.table.as_str());
                    let within = Scope { table, aggregates: &selection.aggregates, ..*self };
                    within.of(&selection.expression)?
                }
                None => None,
            },
        })
    }

    fn aggregate(&self, aggregate: &Aggregate) -> Result<MaybeType, Mistake> {
        let name = format!("`{}`", aggregate.aggregation.name());
        let Some(argument) = &aggregate.argument else { return Ok(Some(Type::Int64)) };
        Ok(match aggregate.aggregation {
            Aggregation::Count => {
                self.of(argument)?;
                Some(Type::Int64)
            }
            Aggregation::Sum => self.number(argument, &name)?,
            Aggregation::Avg => {
                self.number(argument, &name)?;
                Some(Type::Float64)
            }
            Aggregation::Min | Aggregation::Max => self.of(argument)?,
        })
    }

    fn call(&self, function: Function, values: &[Expression]) -> Result<MaybeType, Mistake> {
        let name = format!("`{}`", function.name());
        let all: Vec<&Expression> = values.iter().collect();
        let Some(first) = values.first() else { return Ok(None) };
        Ok(match function {
            Function::Coalesce => self.one_sort(&all)?,
            Function::Abs | Function::Round | Function::Floor | Function::Ceil => {
                self.number(first, &name)?
            }
            Function::Length => {
                self.wants(first, Type::Utf8, &name)?;
                Some(Type::Int64)
            }
            Function::Lower | Function::Upper | Function::Trim => {
                self.wants(first, Type::Utf8, &name)?;
                Some(Type::Utf8)
            }
        })
    }

    fn truths(&self, all: &[&Expression], what: &str) -> Result<MaybeType, Mistake> {
        for one in all {
            self.wants(one, Type::Bool, what)?;
        }
        Ok(Some(Type::Bool))
    }

    fn wants(&self, one: &Expression, wanted: Type, what: &str) -> Result<(), Mistake> {
        match self.of(one)? {
            Some(found) if found != wanted => Err(wrong(one, found, wanted.name(), what)),
            _ => Ok(()),
        }
    }

    fn number(&self, one: &Expression, what: &str) -> Result<MaybeType, Mistake> {
        match self.of(one)? {
            Some(found) if !found.is_number() => Err(wrong(one, found, "numbers", what)),
            found => Ok(found),
        }
    }

    /// The type that values have in common: whole numbers among floats are floats.
    fn one_sort(&self, all: &[&Expression]) -> Result<MaybeType, Mistake> {
        let (mut common, mut is_known) = (None::<Type>, true);
        for one in all {
            let found = self.of(one)?;
            is_known &= found.is_some() || one.node == Node::Literal(Literal::Null);
            common = match (common, found) {
                (Some(before), Some(found)) if before == found => Some(found),
                (Some(before), Some(found)) if before.is_number() && found.is_number() => {
                    Some(Type::Float64)
                }
                (Some(before), Some(found)) => {
                    return Err(Mistake {
                        place: one.place.clone(),
                        what: format!(
                            "{} and {} stand together, which are no values of one sort",
                            before.name(),
                            found.name()
                        ),
                        help: "compare numbers with numbers and texts with texts; `cast(x as \
                               utf8)` makes one of the other",
                    });
                }
                (before, found) => before.or(found),
            };
        }
        // A whole number beside what is not known may yet be a float.
        Ok(common.filter(|common| is_known || *common != Type::Int64))
    }
}

fn wrong(one: &Expression, found: Type, wanted: &str, what: &str) -> Mistake {
    Mistake {
        place: one.place.clone(),
        what: format!("{what} takes {wanted}, and this is {}", found.name()),
        help: "correct the expression; `cast(x as float64)` makes a number of a text",
    }
}
