//! [`Node`]: a manifest value with the place of every part of it.

use std::collections::BTreeMap;

use serde_json::{Number, Value};

use crate::diag::Span;

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value's place.
    pub span: Span,
    /// The value.
    pub kind: NodeKind,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A finite number.
    Float(f64),
    /// A text; dates and times are their text.
    String(String),
    /// A list.
    Array(Vec<Node>),
    /// A table: key -> the key's place and the value.
    Table(BTreeMap<String, (Span, Node)>),
}

impl Node {
    /// The value as JSON.
    pub fn to_json(&self) -> Value {
        match &self.kind {
            NodeKind::Bool(value) => Value::Bool(*value),
            NodeKind::Integer(value) => Value::from(*value),
            NodeKind::Float(value) => Number::from_f64(*value).map_or(Value::Null, Value::Number),
            NodeKind::String(value) => Value::String(value.clone()),
            NodeKind::Array(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            NodeKind::Table(entries) => Value::Object(
                entries.iter().map(|(key, (_, value))| (key.clone(), value.to_json())).collect(),
            ),
        }
    }

    /// The place of the part that `pointer` (its steps, outermost first) names,
    /// or of the nearest part that exists.
    pub fn place(&self, pointer: &[String]) -> Span {
        let Some((step, rest)) = pointer.split_first() else { return self.span };
        let inner = match &self.kind {
            NodeKind::Array(items) => step.parse::<usize>().ok().and_then(|i| items.get(i)),
            NodeKind::Table(entries) => entries.get(step).map(|(_, node)| node),
            _ => None,
        };
        inner.map_or(self.span, |node| node.place(rest))
    }
}
