//! Functions and aggregates of the SQL parser's tree. Pure.

use sqlparser::ast::{
    DuplicateTreatment, Expr, Function as Call, FunctionArg, FunctionArgExpr, FunctionArguments,
    ObjectNamePart,
};

use super::{Converted, HELP, Reader};
use crate::contract::sql::{Aggregate, Aggregation, Expression, Function, Literal, Mistake, Node};

/// Most digits to which `round` rounds.
const MOST_DIGITS: i64 = 15;

impl Reader<'_> {
    pub(super) fn call(&mut self, call: &Call, parsed: &Expr, level: usize) -> Converted {
        let place = self.place(parsed);
        let wrong = |what: String, help: &'static str| Mistake { place: place.clone(), what, help };
        let name = match call.name.0.as_slice() {
            [ObjectNamePart::Identifier(name)] => name.value.to_ascii_lowercase(),
            _ => return Err(self.refused(parsed)),
        };
        if call.over.is_some() {
            return Err(wrong(
                format!("`{name}` with `over` is not in the SQL of contracts"),
                HELP,
            ));
        }
        if call.filter.is_some() {
            return Err(wrong(
                format!("`{name}` with `filter` is not in the SQL of contracts"),
                "write `sum(case when CONDITION then x end)`",
            ));
        }
        let FunctionArguments::List(list) = &call.args else { return Err(self.refused(parsed)) };
        let is_plain = call.parameters == FunctionArguments::None
            && call.null_treatment.is_none()
            && call.within_group.is_empty()
            && list.clauses.is_empty();
        if !is_plain {
            return Err(wrong(format!("`{name}` takes values alone"), HELP));
        }
        let distinct = list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
        if let Some(aggregation) = Aggregation::named(&name) {
            let argument = self.argument(aggregation, &list.args, &wrong, level)?;
            if distinct && aggregation != Aggregation::Count {
                let what = format!("`{name}(distinct ..)` is not in the SQL of contracts");
                return Err(wrong(what, "`count(distinct x)` is; leave `distinct` out"));
            }
            let number = self.aggregates.len();
            self.aggregates.push(Aggregate { aggregation, distinct, argument });
            return Ok(Expression { node: Node::Aggregate(number), place });
        }
        let Some(function) = Function::named(&name) else {
            return Err(wrong(format!("`{name}` is no function of the SQL of contracts"), HELP));
        };
        let mut values = Vec::with_capacity(list.args.len());
        for argument in &list.args {
            match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) if !distinct => {
                    values.push(self.expression(value, level)?);
                }
                _ => return Err(wrong(format!("`{name}` takes values alone"), HELP)),
            }
        }
        if !function.takes(values.len()) {
            let count = values.len();
            return Err(wrong(format!("`{name}` does not take {count} values"), HELP));
        }
        let digits = values.get(1).map(|digits| &digits.node);
        let is_digits = |node: &Node| matches!(node, Node::Literal(Literal::Whole(digits)) if (0..=MOST_DIGITS).contains(digits));
        if function == Function::Round && digits.is_some_and(|digits| !is_digits(digits)) {
            let what = format!("`round` takes from 0 to {MOST_DIGITS} digits, as a number");
            return Err(wrong(what, HELP));
        }
        Ok(Expression { node: Node::Call(function, values), place })
    }

    /// What an aggregate is of; nothing for `count(*)`.
    fn argument(
        &mut self,
        aggregation: Aggregation,
        arguments: &[FunctionArg],
        wrong: &dyn Fn(String, &'static str) -> Mistake,
        level: usize,
    ) -> Result<Option<Expression>, Mistake> {
        let name = aggregation.name();
        if let Some(outer) = self.of {
            let what = format!("`{name}` stands within `{outer}`");
            return Err(wrong(what, "an aggregate is of the values of rows"));
        }
        match arguments {
            [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)]
                if aggregation == Aggregation::Count =>
            {
                Ok(None)
            }
            [FunctionArg::Unnamed(FunctionArgExpr::Expr(value))] => {
                self.of = Some(name);
                let argument = self.expression(value, level);
                self.of = None;
                argument.map(Some)
            }
            _ => Err(wrong(format!("`{name}` takes one value"), HELP)),
        }
    }
}
