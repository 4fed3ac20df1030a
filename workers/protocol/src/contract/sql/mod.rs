//! The SQL of contracts: a [`Condition`] that rows, or a table, keep or break.
//!
//! Pure. Invariant: a condition that was read has nothing outside of the subset that
//! docs/reference/contract.md lists: what is not in it is refused by name, at its place.
//! What a condition is for values is not decided here (`ingot_tables::rules`), but of
//! which type each part is, so that a rule can be refused before any data is read.

mod convert;
mod function;
mod parse;
mod types;

use std::ops::Range;

pub use function::{Aggregation, Function};
pub use types::{Known, Type};

/// Most words and signs of a rule.
pub const MOST_TOKENS: usize = 1_000;
/// Most levels of a rule: `a + b + c` has three.
pub const MOST_LEVELS: usize = 200;

/// What is wrong with a text that is no condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Bytes of the text; all of it where nothing narrower is known.
    pub place: Range<usize>,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub help: &'static str,
}

/// A condition: false where it is broken, and true or null where it is kept.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Condition {
    /// What is true or false.
    pub expression: Expression,
    /// What of the table stands in it, by number.
    pub aggregates: Vec<Aggregate>,
    /// What of other tables stands in it, by number.
    pub selections: Vec<Selection>,
}

/// A value that is computed from others.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expression {
    /// How.
    pub node: Node,
    /// Bytes of the SQL.
    pub place: Range<usize>,
}

/// How a value is computed.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// A column, by its name.
    Column(String),
    /// A value as it is written.
    Literal(Literal),
    /// False where the other is true.
    Not(Box<Expression>),
    /// Minus.
    Negate(Box<Expression>),
    /// True where both are.
    And(Box<Expression>, Box<Expression>),
    /// True where one of them is.
    Or(Box<Expression>, Box<Expression>),
    /// How one value stands to another.
    Compare(Comparison, Box<Expression>, Box<Expression>),
    /// A number of two.
    Arithmetic(Operator, Box<Expression>, Box<Expression>),
    /// Whether a value is missing.
    IsNull(Box<Expression>),
    /// Whether a value is one of these.
    In(Box<Expression>, Vec<Expression>),
    /// Whether a value is neither below the first bound nor above the second.
    Between(Box<Expression>, Box<Expression>, Box<Expression>),
    /// Whether a text has this form: `%` is any text, `_` any character, `\` takes the
    /// next one as it is.
    Like(Box<Expression>, String),
    /// The value of the first branch whose condition is true.
    Case(Vec<(Expression, Expression)>, Option<Box<Expression>>),
    /// A function of values.
    Call(Function, Vec<Expression>),
    /// The value in another type.
    Cast(Box<Expression>, Type),
    /// One of [`Condition::aggregates`], or of [`Selection::aggregates`] within one.
    Aggregate(usize),
    /// One of [`Condition::selections`].
    Selection(usize),
}

/// A value of SQL as it is written.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// Missing.
    Null,
    /// A whole number.
    Whole(i64),
    /// A number with a point or an exponent.
    Float(f64),
    /// `true` or `false`.
    Truth(bool),
    /// A text.
    Text(String),
}

/// How two values stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// An operator of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

/// One value of all rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// Which.
    pub aggregation: Aggregation,
    /// Whether equal values count once.
    pub distinct: bool,
    /// Of what; of the rows themselves where it is nothing.
    pub argument: Option<Expression>,
}

/// One value of all rows of another table: `(select sum(paid) from orders)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// The port on which the table stands.
    pub table: String,
    /// Which rows count; all of them where it is nothing.
    pub filter: Option<Expression>,
    /// The value.
    pub expression: Expression,
    /// What of the table stands in it, by number.
    pub aggregates: Vec<Aggregate>,
    /// Bytes of the SQL.
    pub place: Range<usize>,
}

impl Default for Node {
    fn default() -> Self {
        Self::Literal(Literal::Truth(true))
    }
}

impl Condition {
    /// Reads a condition.
    pub fn read(sql: &str) -> Result<Self, Mistake> {
        parse::read(sql)
    }

    /// Whether it is about the table as a whole, and not about each row.
    pub fn is_of_table(&self) -> bool {
        !self.aggregates.is_empty()
    }

    /// The columns that it names of its own table, with their places.
    pub fn columns(&self) -> Vec<(&str, Range<usize>)> {
        let arguments = self.aggregates.iter().filter_map(|one| one.argument.as_ref());
        let mut found = Vec::new();
        std::iter::once(&self.expression).chain(arguments).for_each(|part| part.named(&mut found));
        found
    }

    /// Whether each part has values that it can be computed from: a comparison two of one
    /// sort, `and` truth values. Columns are of the types that `known` says, by the port
    /// of their table (nothing for the rule's own) and their name.
    pub fn check(&self, known: &dyn Fn(Option<&str>, &str) -> Known) -> Result<(), Mistake> {
        types::check(self, known)
    }
}

impl Expression {
    fn named<'a>(&'a self, found: &mut Vec<(&'a str, Range<usize>)>) {
        match &self.node {
            Node::Column(name) => found.push((name, self.place.clone())),
            _ => self.parts().into_iter().for_each(|part| part.named(found)),
        }
    }

    /// The values that it is computed from.
    pub fn parts(&self) -> Vec<&Self> {
        match &self.node {
            Node::Column(_) | Node::Literal(_) | Node::Aggregate(_) | Node::Selection(_) => {
                Vec::new()
            }
            Node::Not(one)
            | Node::Negate(one)
            | Node::IsNull(one)
            | Node::Like(one, _)
            | Node::Cast(one, _) => vec![one],
            Node::And(one, other)
            | Node::Or(one, other)
            | Node::Compare(_, one, other)
            | Node::Arithmetic(_, one, other) => vec![one, other],
            Node::Between(one, low, high) => vec![one, low, high],
            Node::In(one, others) => std::iter::once(&**one).chain(others).collect(),
            Node::Call(_, all) => all.iter().collect(),
            Node::Case(branches, otherwise) => branches
                .iter()
                .flat_map(|(condition, value)| [condition, value])
                .chain(otherwise.as_deref())
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests;
