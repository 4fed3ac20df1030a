//! Params of one step: checked, defaulted and coerced by the kind's schema.
//!
//! Pure: nodes in, [`Params`] and diagnostics out, all mistakes at once.
//! Invariant: what comes out is complete, so that a default which moves in a
//! later revision moves the key, and writing a default out changes nothing.

use std::collections::BTreeMap;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::{Map, Value};

pub use crate::diag::suggest::nearest;

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

/// Checks what a step says by its kind's schema.
pub fn check(
    kind: &str,
    kind_schema: &Value,
    given: &BTreeMap<String, Node>,
    step: Span,
) -> (Params, Vec<Diagnostic>) {
    let mut values: Map<String, Value> =
        given.iter().map(|(name, node)| (name.clone(), node.to_json())).collect();
    let effective = schema::effective(kind_schema, &values);
    fill(&effective, &mut values);
    let mut value = Value::Object(values);
    coerce(&effective, &mut value, DEPTH);
    let diagnostics = match compile(&effective) {
        Ok(validator) => validator
            .iter_errors(&value)
            .flat_map(|error| explain(kind, &effective, given, step, &error))
            .collect(),
        Err(error) => vec![
            Diagnostic::error(
                "E0406",
                format!("the schema of the kind `{kind}` is not usable: {error}"),
            )
            .label(step, "")
            .help("this is the worker's mistake: report it to its author"),
        ],
    };
    let Value::Object(all) = value else { return (Params::default(), diagnostics) };
    (sort_out(&effective, all, given, step), diagnostics)
}

/// A validator that fetches nothing and whose patterns run in linear time.
pub fn compile(effective: &Value) -> Result<Validator, String> {
    jsonschema::options()
        .with_pattern_options(PatternOptions::regex())
        .build(effective)
        .map_err(|error| error.to_string())
}

/// Deepest nesting that defaults and coercion follow; the manifest is no deeper.
const DEPTH: usize = 64;

fn fill(effective: &Value, values: &mut Map<String, Value>) {
    for (name, property) in schema::properties_of(effective) {
        if let Some(default) = property.get("default")
            && !values.contains_key(name)
        {
            values.insert(name.clone(), default.clone());
        }
        if let Some(Value::Object(inner)) = values.get_mut(name)
            && property.get("properties").is_some()
        {
            fill(property, inner);
        }
    }
}

/// Writes a whole number as a float where the schema asks for a `number`, so
/// that `1` and `1.0` give one key.
fn coerce(effective: &Value, value: &mut Value, depth: usize) {
    if depth == 0 {
        return;
    }
    match value {
        Value::Number(number)
            if asks_for(effective, "number") && !asks_for(effective, "integer") =>
        {
            if let Some(float) = number.as_f64().and_then(serde_json::Number::from_f64) {
                *number = float;
            }
        }
        Value::Array(items) => {
            let schema = effective.get("items").unwrap_or(&Value::Null);
            items.iter_mut().for_each(|item| coerce(schema, item, depth - 1));
        }
        Value::Object(entries) => {
            let others = effective.get("additionalProperties").unwrap_or(&Value::Null);
            for (name, inner) in entries {
                let property = schema::properties_of(effective).get(name).unwrap_or(others);
                coerce(property, inner, depth - 1);
            }
        }
        _ => {}
    }
}

fn asks_for(schema: &Value, name: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(one)) => one == name,
        Some(Value::Array(many)) => many.iter().any(|one| one == name),
        _ => false,
    }
}

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
        let property = schema::properties_of(effective).get(name).unwrap_or(&Value::Null);
        match value {
            Value::String(path) if schema::is_path(property) => {
                let span = params.places.get(name).copied().unwrap_or(step);
                params.paths.insert(name.clone(), Spanned::new(path.clone(), span));
            }
            _ if schema::is_semantic(property) => {
                params.semantic.insert(name.clone(), value.clone());
            }
            _ => {}
        }
    }
    params.all = all;
    params
}

fn explain(
    kind: &str,
    effective: &Value,
    given: &BTreeMap<String, Node>,
    step: Span,
    error: &ValidationError<'_>,
) -> Vec<Diagnostic> {
    let pointer: Vec<String> = error
        .instance_path()
        .as_str()
        .split('/')
        .skip(1)
        .map(|part| part.replace("~1", "/").replace("~0", "~"))
        .collect();
    let place = place_of(given, &pointer).unwrap_or(step);
    let name = pointer.join(".");
    let one = |diagnostic: Diagnostic| vec![diagnostic];
    let summary = describe(effective, &pointer);
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|key| {
                let mut at = pointer.clone();
                at.push(key.clone());
                let place = place_of(given, &at).unwrap_or(place);
                unknown(kind, effective, &pointer, key, place)
            })
            .collect(),
        ValidationErrorKind::Required { property } => {
            let property = property.as_str().unwrap_or_default();
            one(Diagnostic::error("E0404", format!("`{kind}` needs the param `{property}`"))
                .label(place, "")
                .help(format!("add `{property} = ..` to the step")))
        }
        ValidationErrorKind::Type { kind: types } => {
            let expected = match types {
                TypeKind::Single(one) => word(&one.to_string()).to_owned(),
                TypeKind::Multiple(_) => "another type".into(),
            };
            one(Diagnostic::error("E0402", format!("`{name}` must be {expected}"))
                .label(place, format!("this is {}", shape(error.instance())))
                .help(summary))
        }
        ValidationErrorKind::Enum { options } => {
            one(Diagnostic::error("E0403", format!("`{name}` cannot be {}", error.instance()))
                .label(place, "")
                .help(format!("one of {}", join(options))))
        }
        _ => one(Diagnostic::error("E0403", format!("`{name}`: {error}"))
            .label(place, "")
            .help(summary)),
    }
}

fn unknown(
    kind: &str,
    effective: &Value,
    pointer: &[String],
    key: &str,
    place: Span,
) -> Diagnostic {
    let inner = pointer.iter().fold(effective, |schema, part| {
        schema::properties_of(schema).get(part).unwrap_or(&Value::Null)
    });
    let known = schema::properties_of(inner);
    let diagnostic = Diagnostic::error("E0401", format!("`{kind}` has no param `{key}`"))
        .label(place, "unknown param");
    let alias = known
        .iter()
        .find(|(_, property)| schema::aliases(property).any(|alias| alias == key))
        .map(|(name, _)| name.as_str());
    match alias.or_else(|| nearest(key, known.keys().map(String::as_str))) {
        Some(name) => diagnostic.help(format!("did you mean `{name}`?")),
        None if known.is_empty() => diagnostic.help("it takes no params: remove this line"),
        None => diagnostic.help(format!(
            "it has {}",
            known.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        )),
    }
}

fn place_of(given: &BTreeMap<String, Node>, pointer: &[String]) -> Option<Span> {
    let (first, rest) = pointer.split_first()?;
    given.get(first).map(|node| node.place(rest))
}

/// What the schema says of a param, as the fix.
fn describe(effective: &Value, pointer: &[String]) -> String {
    let property = pointer.iter().fold(effective, |schema, part| {
        match part.parse::<usize>() {
            Ok(_) => schema.get("items"),
            Err(_) => schema::properties_of(schema).get(part),
        }
        .unwrap_or(&Value::Null)
    });
    let mut parts = Vec::new();
    if let Some(text) = property.get("description").and_then(Value::as_str) {
        parts.push(text.trim_end_matches('.').to_owned());
    }
    for (key, word) in [
        ("minimum", "at least"),
        ("exclusiveMinimum", "above"),
        ("maximum", "at most"),
        ("exclusiveMaximum", "below"),
        ("default", "default"),
    ] {
        if let Some(value) = property.get(key) {
            parts.push(format!("{word} {value}"));
        }
    }
    if parts.is_empty() { "see `ingot kinds`".into() } else { parts.join("; ") }
}

fn word(json_type: &str) -> &str {
    match json_type {
        "integer" => "a whole number",
        "number" => "a number",
        "string" => "a text",
        "boolean" => "`true` or `false`",
        "array" => "a list",
        "object" => "a table",
        other => other,
    }
}

fn shape(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

fn join(options: &Value) -> String {
    options
        .as_array()
        .into_iter()
        .flatten()
        .map(|option| format!("`{}`", option.to_string().trim_matches('"')))
        .collect::<Vec<_>>()
        .join(", ")
}
