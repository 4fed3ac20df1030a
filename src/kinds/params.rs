//! Params of one step: checked, defaulted and coerced by the kind's schema.
//!
//! Pure: nodes in, [`Params`] and diagnostics out, all mistakes at once.
//! Invariant: what comes out is complete, so that a default which moves in a
//! later revision moves the key, and writing a default out changes nothing.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use jsonschema::{PatternOptions, Validator};
use serde_json::{Map, Number, Value};

pub use crate::diag::suggest::nearest;

use super::explain::explain;
use super::schema;
use crate::diag::{Diagnostic, Span, Spanned};
use crate::manifest::Node;

/// The params of one step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Params {
    /// Every param, as the worker gets it.
    pub all: Map<String, Value>,
    /// Those that enter the key; without the paths.
    pub semantic: Map<String, Value>,
    /// Param -> workspace path, for params whose content enters the key.
    pub paths: BTreeMap<String, Spanned<String>>,
    /// Where each written param stands.
    pub places: BTreeMap<String, Span>,
}

/// Checks params, and keeps each schema that it compiled for the next step of its kind.
#[derive(Debug, Default)]
pub struct Checker {
    /// Kind -> each effective schema that a step of it had so far.
    known: RefCell<BTreeMap<String, Vec<Rc<Compiled>>>>,
}

#[derive(Debug)]
struct Compiled {
    effective: Value,
    validator: Result<Validator, String>,
}

impl Checker {
    /// Checks what a step says by its kind's schema.
    pub fn check(
        &self,
        kind: &str,
        kind_schema: &Value,
        given: &BTreeMap<String, Node>,
        step: Span,
    ) -> (Params, Vec<Diagnostic>) {
        let mut values: Map<String, Value> =
            given.iter().map(|(name, node)| (name.clone(), node.to_json())).collect();
        let compiled = self.compiled(kind, schema::effective(kind_schema, &values));
        let effective = &compiled.effective;
        fill(effective, effective, &mut values, DEPTH);
        let mut value = Value::Object(values);
        coerce(effective, effective, &mut value, DEPTH);
        let mut diagnostics: Vec<Diagnostic> = match &compiled.validator {
            Ok(validator) => validator
                .iter_errors(&value)
                .flat_map(|error| explain(kind, effective, given, step, &error))
                .collect(),
            Err(error) => vec![
                Diagnostic::error(
                    "E0406",
                    format!("the schema of the kind `{kind}` is not usable"),
                )
                .label(step, error.clone())
                .help("this is the worker's mistake: report it to its author"),
            ],
        };
        if diagnostics.is_empty() {
            diagnostics = sums(effective, &value, given, step);
        }
        diagnostics.sort_by_key(|diagnostic| diagnostic.labels.first().map(|label| label.span));
        let Value::Object(all) = value else { return (Params::default(), diagnostics) };
        (sort_out(effective, all, given, step), diagnostics)
    }

    fn compiled(&self, kind: &str, effective: Value) -> Rc<Compiled> {
        let mut known = self.known.borrow_mut();
        let known = known.entry(kind.to_owned()).or_default();
        if let Some(compiled) = known.iter().find(|compiled| compiled.effective == effective) {
            return Rc::clone(compiled);
        }
        let validator = compile(&effective);
        let compiled = Rc::new(Compiled { effective, validator });
        known.push(Rc::clone(&compiled));
        compiled
    }
}

/// Bytes that one compiled pattern may take: what a long value costs grows with it.
const LARGEST_PATTERN: usize = 1 << 18;

/// A validator that fetches nothing and whose patterns run in linear time.
pub fn compile(effective: &Value) -> Result<Validator, String> {
    if let Some(target) = schema::foreign_reference(effective) {
        return Err(format!("it refers to `{target}`, outside of itself"));
    }
    jsonschema::options()
        .with_pattern_options(PatternOptions::regex().size_limit(LARGEST_PATTERN))
        .build(effective)
        .map_err(|error| error.to_string())
}

/// Deepest nesting that defaults and coercion follow; the manifest is no deeper.
const DEPTH: usize = 64;

fn fill(root: &Value, object: &Value, values: &mut Map<String, Value>, depth: usize) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let properties = schema::keyword(root, object, "properties").and_then(Value::as_object);
    for (name, property) in properties.into_iter().flatten() {
        if let Some(default) = schema::keyword(root, property, "default")
            && !values.contains_key(name)
        {
            values.insert(name.clone(), default.clone());
        }
        if let Some(Value::Object(inner)) = values.get_mut(name) {
            fill(root, property, inner, depth);
        }
    }
}

/// Writes a whole number as a float where the schema asks for a `number`, and a
/// float without a fraction as a whole number where it asks for an `integer`,
/// so that `1` and `1.0` give one key.
fn coerce(root: &Value, object: &Value, value: &mut Value, depth: usize) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match value {
        Value::Number(number) => {
            let asks_for = |name| schema::may_be(root, object, name);
            let coerced = match (asks_for("integer"), asks_for("number")) {
                (true, false) => whole(number).map(Number::from),
                (false, true) => number.as_f64().and_then(Number::from_f64),
                _ => None,
            };
            if let Some(coerced) = coerced {
                *number = coerced;
            }
        }
        Value::Array(items) => {
            let schema = schema::keyword(root, object, "items").unwrap_or(&Value::Null);
            items.iter_mut().for_each(|item| coerce(root, schema, item, depth));
        }
        Value::Object(entries) => {
            for (name, inner) in entries {
                let property = match schema::property(root, object, name) {
                    Value::Null => schema::keyword(root, object, "additionalProperties"),
                    known => Some(known),
                };
                coerce(root, property.unwrap_or(&Value::Null), inner, depth);
            }
        }
        _ => {}
    }
}

/// A float that is a whole number and known to the last digit, as one.
fn whole(number: &Number) -> Option<i64> {
    let float = number.as_f64().filter(|_| number.is_f64())?;
    let exact = float.fract() == 0.0 && float.abs() <= 9_007_199_254_740_992.0;
    exact.then_some(float as i64)
}

/// Tables of numbers that do not add up to what the schema says (`x-ingot-sum`), which
/// JSON Schema has no word for; also in tables of such tables.
fn sums(
    effective: &Value,
    value: &Value,
    given: &BTreeMap<String, Node>,
    step: Span,
) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        let property = schema::property(effective, effective, name);
        sums_within(
            effective,
            property,
            (std::slice::from_ref(name), value),
            &mut |pointer, sum, wanted| {
                // What a person wrote has no more digits than this.
                let shown = (sum / SUM_TOLERANCE).round() * SUM_TOLERANCE;
                let shown = format!("{shown:.9}");
                let shown = shown.trim_end_matches('0').trim_end_matches('.');
                let place = given.get(name).map_or(step, |node| node.place(&pointer[1..]));
                let name = pointer.join(".");
                let message = format!("`{name}` add up to {shown}, not to {wanted}");
                diagnostics.push(
                    Diagnostic::error("E0222", message)
                        .label(place, "")
                        .help(format!("let the numbers of `{name}` add up to {wanted}")),
                );
            },
        );
    }
    diagnostics
}

/// Tells of each table of numbers below a property whose sum is another than it should be.
fn sums_within(
    root: &Value,
    property: &Value,
    (pointer, value): (&[String], &Value),
    tell: &mut dyn FnMut(&[String], f64, f64),
) {
    let (Some(entries), true) = (value.as_object(), pointer.len() <= DEPTH) else { return };
    if let Some(wanted) = schema::keyword(root, property, "x-ingot-sum").and_then(Value::as_f64) {
        let sum: f64 = entries.values().filter_map(Value::as_f64).sum();
        if (sum - wanted).abs() > SUM_TOLERANCE {
            tell(pointer, sum, wanted);
        }
        return;
    }
    let further = schema::keyword(root, property, "additionalProperties");
    for (name, value) in entries {
        let within = match schema::property(root, property, name) {
            Value::Null => further.unwrap_or(&Value::Null),
            known => known,
        };
        let pointer = [pointer, std::slice::from_ref(name)].concat();
        sums_within(root, within, (&pointer, value), tell);
    }
}

/// How far a sum of floats may be from the one that is meant.
const SUM_TOLERANCE: f64 = 1e-9;

fn sort_out(
    effective: &Value,
    all: Map<String, Value>,
    given: &BTreeMap<String, Node>,
    step: Span,
) -> Params {
    let mut params = Params {
        places: given.iter().map(|(name, node)| (name.clone(), node.span)).collect(),
        ..Params::default()
    };
    for (name, value) in &all {
        let property = schema::property(effective, effective, name);
        match value {
            Value::String(path) if schema::is_path(effective, property) => {
                let span = params.places.get(name).copied().unwrap_or(step);
                params.paths.insert(name.clone(), Spanned::new(path.clone(), span));
            }
            _ if schema::is_semantic(effective, property) => {
                params.semantic.insert(name.clone(), value.clone());
            }
            _ => {}
        }
    }
    params.all = all;
    params
}
