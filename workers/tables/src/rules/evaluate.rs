//! Expressions on the rows of a slice.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Datum, Float64Array, Int64Array, NullArray, StringArray,
};
use arrow::compute::kernels::cmp;
use arrow::compute::{and_kleene, interleave, is_null, like, not, or_kleene};
use arrow::datatypes::DataType;
use arrow::record_batch::RecordBatch;
use ingot_protocol::contract::sql::{Comparison, Expression, Function, Literal, Node};

use super::value::{Faults, Value, common, plain_floats, spread};
use super::{RuleError, arithmetic, cast, function};

/// The rows of a slice, and what is the same for all of them.
pub(super) struct Rows<'a> {
    pub(super) rows: &'a RecordBatch,
    pub(super) aggregates: &'a [Value],
    pub(super) selections: &'a [Value],
}

impl Rows<'_> {
    pub(super) fn evaluate(&self, expression: &Expression) -> Result<Value, RuleError> {
        match &expression.node {
            Node::Column(name) => self.column(name),
            Node::Literal(literal) => Ok(Value::one(written(literal))),
            Node::Not(one) => {
                let value = self.evaluate(one)?;
                self.truths(value, |truths| Ok(not(truths)?))
            }
            Node::IsNull(one) => {
                let value = self.evaluate(one)?;
                let values: ArrayRef = match value.values.data_type() {
                    DataType::Null => Arc::new(BooleanArray::from(vec![true; value.values.len()])),
                    _ => Arc::new(is_null(&value.values)?),
                };
                Ok(Value { values, ..value })
            }
            Node::Negate(one) => arithmetic::negated(self.evaluate(one)?),
            Node::And(one, other) => self.junction(one, other, false),
            Node::Or(one, other) => self.junction(one, other, true),
            Node::Compare(comparison, one, other) => {
                let values = common(vec![self.evaluate(one)?, self.evaluate(other)?])?;
                let [one, other] = values.as_slice() else { return Ok(Value::one(missing())) };
                self.compared(*comparison, one, other)
            }
            Node::Arithmetic(operator, one, other) => {
                let (one, other) = (self.evaluate(one)?, self.evaluate(other)?);
                arithmetic::of_two(*operator, one, other, self.rows.num_rows())
            }
            Node::Between(one, low, high) => {
                let value = self.evaluate(one)?;
                let (low, high) = (self.evaluate(low)?, self.evaluate(high)?);
                let values = common(vec![value, low, high])?;
                let [value, low, high] = values.as_slice() else {
                    return Ok(Value::one(missing()));
                };
                let above = self.compared(Comparison::GreaterOrEqual, value, low)?;
                let below = self.compared(Comparison::LessOrEqual, value, high)?;
                self.joined(above, below, false)
            }
            Node::In(one, others) => {
                let mut values = vec![self.evaluate(one)?];
                for other in others {
                    values.push(self.evaluate(other)?);
                }
                let values = common(values)?;
                let Some((value, others)) = values.split_first() else {
                    return Ok(Value::one(missing()));
                };
                let none = Value::one(Arc::new(BooleanArray::from(vec![false])));
                others.iter().try_fold(none, |found, other| {
                    let same = self.compared(Comparison::Equal, value, other)?;
                    self.joined(found, same, true)
                })
            }
            Node::Like(one, pattern) => {
                let value = self.evaluate(one)?.of_type(&DataType::Utf8)?;
                let pattern = StringArray::new_scalar(pattern);
                let values = Arc::new(like(&value.values, &pattern)?);
                Ok(Value { values, ..value })
            }
            Node::Case(branches, otherwise) => self.case(branches, otherwise.as_deref()),
            Node::Call(Function::Coalesce, all) => {
                let values = all.iter().map(|one| self.evaluate(one)).collect::<Result<_, _>>()?;
                self.coalesce(common(values)?)
            }
            Node::Call(called, all) => {
                let Some(first) = all.first() else { return Ok(Value::one(missing())) };
                let digits = all.get(1).map(|digits| &digits.node);
                let digits = match digits {
                    Some(Node::Literal(Literal::Whole(digits))) => i32::try_from(*digits).ok(),
                    _ => None,
                };
                function::of(*called, self.evaluate(first)?, digits)
            }
            Node::Cast(one, data_type) => cast::to(self.evaluate(one)?, *data_type),
            Node::Aggregate(number) => known(self.aggregates, *number),
            Node::Selection(number) => known(self.selections, *number),
        }
    }

    fn column(&self, name: &str) -> Result<Value, RuleError> {
        let column = self.rows.column_by_name(name);
        let column = column.ok_or_else(|| RuleError::Column(name.to_owned()))?;
        match column.data_type() {
            DataType::Float64 => Ok(Value::each(plain_floats(column))),
            DataType::Int64 | DataType::Boolean | DataType::Utf8 => {
                Ok(Value::each(Arc::clone(column)))
            }
            other => Err(RuleError::Types { what: "a column", types: other.to_string() }),
        }
    }

    fn truths(
        &self,
        value: Value,
        of: impl FnOnce(&BooleanArray) -> Result<BooleanArray, RuleError>,
    ) -> Result<Value, RuleError> {
        let value = value.of_type(&DataType::Boolean)?;
        let truths = value.values.as_boolean_opt().ok_or_else(|| value.wrong("not"))?;
        let values = Arc::new(of(truths)?);
        Ok(Value { values, ..value })
    }

    /// Rows of a result: one, where each operand is one.
    fn shape(&self, operands: &[&Value]) -> (bool, usize) {
        let is_one = operands.iter().all(|operand| operand.is_one);
        (is_one, if is_one { 1 } else { self.rows.num_rows() })
    }

    fn compared(
        &self,
        comparison: Comparison,
        one: &Value,
        other: &Value,
    ) -> Result<Value, RuleError> {
        let (is_one, rows) = self.shape(&[one, other]);
        let faults = spread(&[one, other], is_one, rows);
        let (one, other) = (one.datum(is_one), other.datum(is_one));
        let (one, other): (&dyn Datum, &dyn Datum) = (&*one, &*other);
        let truths = match comparison {
            Comparison::Equal => cmp::eq(one, other)?,
            Comparison::NotEqual => cmp::neq(one, other)?,
            Comparison::Less => cmp::lt(one, other)?,
            Comparison::LessOrEqual => cmp::lt_eq(one, other)?,
            Comparison::Greater => cmp::gt(one, other)?,
            Comparison::GreaterOrEqual => cmp::gt_eq(one, other)?,
        };
        Ok(Value { values: Arc::new(truths), is_one, faults })
    }

    fn junction(
        &self,
        one: &Expression,
        other: &Expression,
        is_or: bool,
    ) -> Result<Value, RuleError> {
        self.joined(self.evaluate(one)?, self.evaluate(other)?, is_or)
    }

    /// `and`, or `or`: what decides it alone leaves out the faults of what is behind it.
    fn joined(&self, one: Value, other: Value, is_or: bool) -> Result<Value, RuleError> {
        let (is_one, rows) = self.shape(&[&one, &other]);
        let expand = |value: Value| match is_one {
            true => value.of_type(&DataType::Boolean),
            false => value.expanded(rows),
        };
        let (one, other) = (expand(one)?, expand(other)?);
        let (Some(left), Some(right)) =
            (one.values.as_boolean_opt(), other.values.as_boolean_opt())
        else {
            return Err(one.wrong("and, or"));
        };
        let truths = if is_or { or_kleene(left, right)? } else { and_kleene(left, right)? };
        let mut faults = one.faults.clone();
        for (row, fault) in other.faults.iter() {
            if !(left.is_valid(row) && left.value(row) == is_or) {
                faults.insert(row, fault);
            }
        }
        Ok(Value { values: Arc::new(truths), is_one, faults })
    }

    fn case(
        &self,
        branches: &[(Expression, Expression)],
        otherwise: Option<&Expression>,
    ) -> Result<Value, RuleError> {
        let (mut conditions, mut values) = (Vec::new(), Vec::new());
        for (condition, value) in branches {
            conditions.push(self.evaluate(condition)?.of_type(&DataType::Boolean)?);
            values.push(self.evaluate(value)?);
        }
        values.push(match otherwise {
            Some(value) => self.evaluate(value)?,
            None => Value::one(missing()),
        });
        let values = common(values)?;
        let all: Vec<&Value> = conditions.iter().chain(&values).collect();
        let (is_one, rows) = self.shape(&all);
        let mut faults = Faults::default();
        let mut chosen = Vec::with_capacity(rows);
        for row in 0..rows {
            let mut branch = conditions.len();
            for (number, condition) in conditions.iter().enumerate() {
                if let Some(fault) = condition.fault(row) {
                    faults.insert(row, fault);
                    break;
                }
                if condition.truth(row)? == Some(true) {
                    branch = number;
                    break;
                }
            }
            take_value(&values, branch, row, &mut chosen, &mut faults);
        }
        taken(&values, &chosen, is_one, faults)
    }

    fn coalesce(&self, values: Vec<Value>) -> Result<Value, RuleError> {
        let (is_one, rows) = self.shape(&values.iter().collect::<Vec<_>>());
        let mut faults = Faults::default();
        let mut chosen = Vec::with_capacity(rows);
        for row in 0..rows {
            let there =
                |value: &Value| value.values.is_valid(value.at(row)) || value.fault(row).is_some();
            let found = values.iter().position(there);
            let last = values.len().saturating_sub(1);
            take_value(&values, found.unwrap_or(last), row, &mut chosen, &mut faults);
        }
        taken(&values, &chosen, is_one, faults)
    }
}

/// Takes the value of a row from one of several.
fn take_value(
    values: &[Value],
    number: usize,
    row: usize,
    chosen: &mut Vec<(usize, usize)>,
    faults: &mut Faults,
) {
    let Some(value) = values.get(number) else { return };
    chosen.push((number, value.at(row)));
    if let Some(fault) = value.fault(row) {
        faults.insert(row, fault);
    }
}

fn taken(
    values: &[Value],
    chosen: &[(usize, usize)],
    is_one: bool,
    faults: Faults,
) -> Result<Value, RuleError> {
    let arrays: Vec<&dyn Array> = values.iter().map(|value| value.values.as_ref()).collect();
    Ok(Value { values: interleave(&arrays, chosen)?, is_one, faults })
}

fn known(values: &[Value], number: usize) -> Result<Value, RuleError> {
    let none = || RuleError::Types { what: "an aggregate", types: "the values of a row".into() };
    values.get(number).cloned().ok_or_else(none)
}

fn missing() -> ArrayRef {
    Arc::new(NullArray::new(1))
}

fn written(literal: &Literal) -> ArrayRef {
    match literal {
        Literal::Null => missing(),
        Literal::Whole(whole) => Arc::new(Int64Array::from(vec![*whole])),
        Literal::Float(float) => super::value::floats(Float64Array::from(vec![*float])),
        Literal::Truth(truth) => Arc::new(BooleanArray::from(vec![*truth])),
        Literal::Text(text) => Arc::new(StringArray::from(vec![text.as_str()])),
    }
}
