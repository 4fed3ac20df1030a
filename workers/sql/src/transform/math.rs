//! Functions of real numbers whose bits are the same on every machine.
//!
//! The engine computes them by the mathematics of the machine it runs on, whose last bit
//! differs from one C library and processor to the next. Those here are of the crate `libm`,
//! which is compiled with the program. Arguments are float64, and so are results; an
//! argument outside of the domain gives NaN, a null gives null.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Float64Array};
use datafusion::arrow::compute::kernels::arity::{binary, unary};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature,
    Volatility,
};

/// One function and how it is computed.
#[derive(Clone, Copy)]
enum Computed {
    Of(fn(f64) -> f64),
    OfTwo(fn(f64, f64) -> f64),
    /// The natural one for one argument is base 10; with two the base comes first.
    Logarithm,
}

/// Name, other names, computation.
const FUNCTIONS: &[(&str, &[&str], Computed)] = &[
    ("acos", &[], Computed::Of(libm::acos)),
    ("acosh", &[], Computed::Of(libm::acosh)),
    ("asin", &[], Computed::Of(libm::asin)),
    ("asinh", &[], Computed::Of(libm::asinh)),
    ("atan", &[], Computed::Of(libm::atan)),
    ("atan2", &[], Computed::OfTwo(libm::atan2)),
    ("atanh", &[], Computed::Of(libm::atanh)),
    ("cbrt", &[], Computed::Of(libm::cbrt)),
    ("cos", &[], Computed::Of(libm::cos)),
    ("cosh", &[], Computed::Of(libm::cosh)),
    ("cot", &[], Computed::Of(cotangent)),
    ("exp", &[], Computed::Of(libm::exp)),
    ("ln", &[], Computed::Of(libm::log)),
    ("log", &[], Computed::Logarithm),
    ("log10", &[], Computed::Of(libm::log10)),
    ("log1p", &[], Computed::Of(libm::log1p)),
    ("log2", &[], Computed::Of(libm::log2)),
    ("power", &["pow"], Computed::OfTwo(libm::pow)),
    ("sin", &[], Computed::Of(libm::sin)),
    ("sinh", &[], Computed::Of(libm::sinh)),
    ("tan", &[], Computed::Of(libm::tan)),
    ("tanh", &[], Computed::Of(libm::tanh)),
];

fn cotangent(value: f64) -> f64 {
    1.0 / libm::tan(value)
}

/// The base-`base` logarithm of a value: ln(value) / ln(base).
fn logarithm(base: f64, value: f64) -> f64 {
    libm::log(value) / libm::log(base)
}

/// Puts the functions here in the place of the engine's of the same names.
pub(super) fn replace(functions: &mut Vec<Arc<ScalarUDF>>) {
    functions.retain(|function| FUNCTIONS.iter().all(|(name, ..)| *name != function.name()));
    for (at, (_, aliases, computed)) in FUNCTIONS.iter().enumerate() {
        let floats = |count| TypeSignature::Exact(vec![DataType::Float64; count]);
        let signature = match computed {
            Computed::Of(_) => floats(1),
            Computed::OfTwo(_) => floats(2),
            Computed::Logarithm => TypeSignature::OneOf(vec![floats(1), floats(2)]),
        };
        let signature = Signature::new(signature, Volatility::Immutable);
        let aliases = aliases.iter().map(|alias| (*alias).to_owned()).collect();
        functions.push(Arc::new(ScalarUDF::from(Function { at, signature, aliases })));
    }
}

/// A function of the table, by its place in it.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Function {
    at: usize,
    signature: Signature,
    aliases: Vec<String>,
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        FUNCTIONS[self.at].0
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let floats: Vec<&Float64Array> =
            arrays.iter().filter_map(|array| array.as_primitive_opt::<Float64Type>()).collect();
        let computed: Float64Array = match (FUNCTIONS[self.at].2, floats.as_slice()) {
            (Computed::Of(function), [of]) => unary(*of, function),
            (Computed::OfTwo(function), [one, other]) => binary(one, other, function)?,
            (Computed::Logarithm, [of]) => unary(*of, libm::log10),
            (Computed::Logarithm, [base, of]) => binary(base, of, logarithm)?,
            _ => {
                let found: Vec<&DataType> = arrays.iter().map(|array| array.data_type()).collect();
                return datafusion::common::exec_err!("`{}` of {found:?}", self.name());
            }
        };
        let computed: ArrayRef = Arc::new(computed);
        Ok(ColumnarValue::Array(computed))
    }
}
