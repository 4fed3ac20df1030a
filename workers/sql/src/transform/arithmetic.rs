//! `+`, `-` and `*` of whole numbers, which are errors where the engine's own would wrap.

use std::sync::Arc;

use datafusion::arrow::compute::kernels::numeric;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DFSchema, Result, internal_err};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility, cast,
};
use datafusion::sql::sqlparser::ast::BinaryOperator;

/// Plans the three operators for whole numbers.
#[derive(Debug)]
pub(super) struct Whole;

impl ExprPlanner for Whole {
    fn plan_binary_op(
        &self,
        expression: RawBinaryExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        let operation = match expression.op {
            BinaryOperator::Plus => Operation::Plus,
            BinaryOperator::Minus => Operation::Minus,
            BinaryOperator::Multiply => Operation::Times,
            _ => return Ok(PlannerResult::Original(expression)),
        };
        let (Ok(left), Ok(right)) =
            (expression.left.get_type(schema), expression.right.get_type(schema))
        else {
            return Ok(PlannerResult::Original(expression));
        };
        if !left.is_integer() || !right.is_integer() {
            return Ok(PlannerResult::Original(expression));
        }
        let whole = |side: Expr, found: DataType| match found {
            DataType::Int64 => side,
            _ => cast(side, DataType::Int64),
        };
        let arguments = vec![whole(expression.left, left), whole(expression.right, right)];
        let signature = Signature::exact(vec![DataType::Int64; 2], Volatility::Immutable);
        let function = ScalarUDF::from(Checked { operation, signature });
        Ok(PlannerResult::Planned(Arc::new(function).call(arguments)))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Operation {
    Plus,
    Minus,
    Times,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Checked {
    operation: Operation,
    signature: Signature,
}

impl ScalarUDFImpl for Checked {
    fn name(&self) -> &str {
        match self.operation {
            Operation::Plus => "+",
            Operation::Minus => "-",
            Operation::Times => "*",
        }
    }

    fn schema_name(&self, arguments: &[Expr]) -> Result<String> {
        let names: Vec<String> =
            arguments.iter().map(|each| each.schema_name().to_string()).collect();
        Ok(names.join(&format!(" {} ", self.name())))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let [left, right] = arrays.as_slice() else {
            return internal_err!("`{}` of {} arguments", self.name(), arrays.len());
        };
        let computed = match self.operation {
            Operation::Plus => numeric::add(left, right),
            Operation::Minus => numeric::sub(left, right),
            Operation::Times => numeric::mul(left, right),
        };
        Ok(ColumnarValue::Array(computed?))
    }
}
