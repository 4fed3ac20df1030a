//! What is wrong with a param, in the user's words: one diagnostic a mistake,
//! each at the place of the value and with what the schema says as its fix.

use std::collections::BTreeMap;

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde_json::Value;

use super::schema;
use crate::diag::suggest::nearest;
use crate::diag::{Diagnostic, Span};
use crate::manifest::Node;

/// The diagnostics of one error of the validator.
pub(super) fn explain(
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
    let summary = describe(kind, effective, &pointer);
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
            if !pointer.is_empty() {
                return one(Diagnostic::error("E0404", format!("`{name}` needs `{property}`"))
                    .label(place, "")
                    .help(format!("add `{property} = ..` to this table")));
            }
            one(Diagnostic::error("E0404", format!("`{kind}` needs the param `{property}`"))
                .label(place, "")
                .help(format!("add `{property} = ..` to the step")))
        }
        ValidationErrorKind::Type { kind: types } => {
            let expected = match types {
                TypeKind::Single(one) => word(&one.to_string()).to_owned(),
                TypeKind::Multiple(many) => {
                    let words: Vec<String> =
                        many.iter().map(|one| word(&one.to_string()).to_owned()).collect();
                    words.join(" or ")
                }
            };
            one(Diagnostic::error("E0402", format!("`{name}` must be {expected}"))
                .label(place, format!("this is {}", shape(error.instance())))
                .help(summary))
        }
        ValidationErrorKind::FalseSchema => {
            one(Diagnostic::error("E0403", format!("`{name}` cannot stand here"))
                .label(place, "with the step's other params")
                .help(summary))
        }
        ValidationErrorKind::Enum { options } => {
            one(Diagnostic::error("E0403", format!("`{name}` cannot be {}", cut(error.instance())))
                .label(place, "")
                .help(format!("one of {}", join(options))))
        }
        _ => one(Diagnostic::error("E0403", format!("`{name}`: {}", cut(error)))
            .label(place, "")
            .help(summary)),
    }
}

/// A text of the manifest's, where it gets long its beginning.
fn cut(text: &impl std::fmt::Display) -> String {
    const LONGEST: usize = 200;
    let text = text.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text,
    }
}

fn unknown(
    kind: &str,
    effective: &Value,
    pointer: &[String],
    key: &str,
    place: Span,
) -> Diagnostic {
    let object = at(effective, pointer);
    let properties = schema::keyword(effective, object, "properties").and_then(Value::as_object);
    let known: Vec<&str> =
        properties.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    // Its own name and other tools' words for it -> the param.
    let words: BTreeMap<&str, &str> = properties
        .into_iter()
        .flatten()
        .flat_map(|(name, property)| {
            let aliases = schema::aliases(effective, property);
            aliases.chain([name.as_str()]).map(move |word| (word, name.as_str()))
        })
        .collect();
    let diagnostic = Diagnostic::error("E0401", format!("`{kind}` has no param `{key}`"))
        .label(place, "unknown param");
    let meant = nearest(key, words.keys().copied()).and_then(|word| words.get(word));
    match meant {
        Some(name) => diagnostic.help(format!("did you mean `{name}`?")),
        None if known.is_empty() => diagnostic.help("it takes no params: remove this line"),
        None => diagnostic.help(format!(
            "it has {}",
            known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        )),
    }
}

fn place_of(given: &BTreeMap<String, Node>, pointer: &[String]) -> Option<Span> {
    let (first, rest) = pointer.split_first()?;
    given.get(first).map(|node| node.place(rest))
}

/// The schema of the value at `pointer`.
fn at<'a>(effective: &'a Value, pointer: &[String]) -> &'a Value {
    pointer.iter().fold(effective, |object, part| match part.parse::<usize>() {
        Ok(_) => schema::keyword(effective, object, "items").unwrap_or(&Value::Null),
        Err(_) => match schema::property(effective, object, part) {
            Value::Null => {
                schema::keyword(effective, object, "additionalProperties").unwrap_or(&Value::Null)
            }
            known => known,
        },
    })
}

/// What the schema says of a param, as the fix.
fn describe(kind: &str, effective: &Value, pointer: &[String]) -> String {
    let property = at(effective, pointer);
    let said = |key| schema::keyword(effective, property, key);
    let mut parts = Vec::new();
    if let Some(text) = said("description").and_then(Value::as_str) {
        parts.push(text.trim_end_matches('.').to_owned());
    }
    for (key, word) in [
        ("minimum", "at least"),
        ("exclusiveMinimum", "above"),
        ("maximum", "at most"),
        ("exclusiveMaximum", "below"),
        ("default", "default"),
    ] {
        if let Some(value) = said(key) {
            parts.push(format!("{word} {value}"));
        }
    }
    if parts.is_empty() { format!("see `ingot kinds {kind}`") } else { parts.join("; ") }
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
