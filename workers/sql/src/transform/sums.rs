//! `sum` and `avg`: sums in the order of the rows, that overflow loudly.
//!
//! sum = x1 + x2 + .. and avg = (x1 + x2 + ..) / n over the values that are not null; of no
//! value both are null. Whole numbers are summed exactly (128 bits) and a result beyond
//! int64 is an error. Floats are added one after the other in the rows' order, in a sliding
//! window anew for each row, so that no rounding is left behind by a value that has gone; with
//! DISTINCT they are added in the order of their values. The engine's own add within a batch
//! by lanes, so that the last bit would say how rows came.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Float64Type, Int64Type};
use datafusion::common::{Result, ScalarValue, exec_err, internal_err, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility,
};

/// Puts both in the place of the engine's.
pub(super) fn replace(functions: &mut Vec<Arc<AggregateUDF>>) {
    functions.retain(|function| !["sum", "avg"].contains(&function.name()));
    for mean in [false, true] {
        let signature = Signature::user_defined(Volatility::Immutable);
        let aliases = if mean { vec!["mean".to_owned()] } else { Vec::new() };
        functions.push(Arc::new(AggregateUDF::from(Sum { mean, signature, aliases })));
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Sum {
    mean: bool,
    signature: Signature,
    aliases: Vec<String>,
}

impl AggregateUDFImpl for Sum {
    fn name(&self) -> &str {
        if self.mean { "avg" } else { "sum" }
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        match arguments {
            [of] if of.is_integer() && !self.mean => Ok(vec![DataType::Int64]),
            [of] if of.is_numeric() || of.is_null() => Ok(vec![DataType::Float64]),
            [of] => plan_err!("`{}` of {of}, which is no number", self.name()),
            _ => plan_err!("`{}` takes one argument", self.name()),
        }
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        match arguments {
            [DataType::Int64] if !self.mean => Ok(DataType::Int64),
            _ => Ok(DataType::Float64),
        }
    }

    fn accumulator(&self, arguments: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let whole = *arguments.return_field.data_type() == DataType::Int64;
        Ok(Box::new(Running {
            mean: self.mean,
            count: 0,
            sum: if whole { Total::Whole(0) } else { Total::Float(0.0) },
            distinct: arguments.is_distinct.then(BTreeSet::new),
        }))
    }

    fn create_sliding_accumulator(
        &self,
        arguments: AccumulatorArgs,
    ) -> Result<Box<dyn Accumulator>> {
        if arguments.is_distinct {
            return plan_err!("`{}(DISTINCT ..)` over a sliding window", self.name());
        }
        let whole = *arguments.return_field.data_type() == DataType::Int64;
        Ok(Box::new(Sliding { mean: self.mean, whole, values: VecDeque::new() }))
    }

    fn state_fields(&self, arguments: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let name = format!("{}[state]", arguments.name);
        Ok(vec![Arc::new(Field::new(name, DataType::Float64, true))])
    }
}

/// A sum so far.
#[derive(Debug, Clone, Copy)]
enum Total {
    Whole(i128),
    Float(f64),
}

/// A value by which it is the same, and in whose order it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Whole(i64),
    /// The bits of a float, such that their order is that of the numbers.
    Float(i64),
}

impl Value {
    fn float(value: f64) -> Self {
        let bits = (if value == 0.0 { 0.0 } else { value }).to_bits() as i64;
        Self::Float(bits ^ ((((bits >> 63) as u64) >> 1) as i64))
    }
}

impl Total {
    fn add(&mut self, value: Value) {
        match (self, value) {
            (Self::Whole(sum), Value::Whole(value)) => *sum += i128::from(value),
            (Self::Float(sum), Value::Float(bits)) => {
                let bits = bits ^ ((((bits >> 63) as u64) >> 1) as i64);
                *sum += f64::from_bits(bits as u64);
            }
            _ => {}
        }
    }
}

/// The value of so many summands.
fn evaluated(mean: bool, count: u64, sum: Total) -> Result<ScalarValue> {
    Ok(match (sum, count) {
        (Total::Whole(_), 0) => ScalarValue::Int64(None),
        (Total::Float(_), 0) => ScalarValue::Float64(None),
        (Total::Float(sum), count) if mean => ScalarValue::Float64(Some(sum / count as f64)),
        (Total::Float(sum), _) => ScalarValue::Float64(Some(sum)),
        (Total::Whole(sum), _) => match i64::try_from(sum) {
            Ok(sum) => ScalarValue::Int64(Some(sum)),
            Err(_) => return exec_err!("sum overflows int64: it is {sum}"),
        },
    })
}

/// The values of a batch that are there.
fn each(values: &[ArrayRef], mut take: impl FnMut(Value)) -> Result<()> {
    let Some(values) = values.first() else { return internal_err!("a sum of nothing") };
    if let Some(wholes) = values.as_primitive_opt::<Int64Type>() {
        wholes.iter().flatten().for_each(|value| take(Value::Whole(value)));
    } else if let Some(floats) = values.as_primitive_opt::<Float64Type>() {
        floats.iter().flatten().for_each(|value| take(Value::float(value)));
    } else {
        return internal_err!("a sum of {}", values.data_type());
    }
    Ok(())
}

#[derive(Debug)]
struct Running {
    mean: bool,
    count: u64,
    sum: Total,
    distinct: Option<BTreeSet<Value>>,
}

impl Accumulator for Running {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let Self { count, sum, distinct, .. } = self;
        each(values, |value| match distinct {
            None => {
                *count += 1;
                sum.add(value);
            }
            Some(known) => {
                known.insert(value);
            }
        })
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let Some(known) = &self.distinct else {
            return evaluated(self.mean, self.count, self.sum);
        };
        let mut sum = self.sum;
        known.iter().for_each(|value| sum.add(*value));
        evaluated(self.mean, known.len() as u64, sum)
    }

    fn size(&self) -> usize {
        let known = self.distinct.as_ref().map_or(0, BTreeSet::len);
        size_of_val(self) + 2 * known * size_of::<Value>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        internal_err!("a sum is made in one piece")
    }

    fn merge_batch(&mut self, _states: &[ArrayRef]) -> Result<()> {
        internal_err!("a sum is made in one piece")
    }
}

#[derive(Debug)]
struct Sliding {
    mean: bool,
    whole: bool,
    values: VecDeque<Value>,
}

impl Accumulator for Sliding {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        each(values, |value| self.values.push_back(value))
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        each(values, |_| {
            self.values.pop_front();
        })
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let mut sum = if self.whole { Total::Whole(0) } else { Total::Float(0.0) };
        self.values.iter().for_each(|value| sum.add(*value));
        evaluated(self.mean, self.values.len() as u64, sum)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.values.capacity() * size_of::<Value>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        internal_err!("a sum is made in one piece")
    }

    fn merge_batch(&mut self, _states: &[ArrayRef]) -> Result<()> {
        internal_err!("a sum is made in one piece")
    }
}
