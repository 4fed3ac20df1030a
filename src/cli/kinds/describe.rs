//! A kind as text: its ports, and its params with what they take. Pure.
//!
//! Owns the words for a JSON Schema: `number in (0, 1]`, `adamw or sgd`. What is
//! unusual in a schema is left out, never guessed.

use ingot_protocol::{Better, InputPort, KindMetric, Reads};
use serde_json::Value;

use crate::kinds::{Provided, schema};
use crate::report::table;

/// A kind's ports and params as tables.
pub(in crate::cli) fn describe(provided: &Provided) -> String {
    let kind = &provided.kind;
    let mut text = format!("{}: {}\n", kind.name, kind.summary);
    text.push_str(&format!("revision {}, worker {}\n", kind.revision, provided.identity()));
    let row =
        |name: &str, port: &InputPort| vec![name.into(), port.types.join(" or "), words(port)];
    let mut inputs: Vec<Vec<String>> =
        kind.inputs.iter().map(|port| row(&port.name, port)).collect();
    inputs.extend(kind.further.iter().map(|port| row("any other", port)));
    section(&mut text, &["input", "type", ""], &inputs);
    let outputs: Vec<Vec<String>> = kind
        .outputs
        .iter()
        .map(|port| vec![port.name.clone(), port.artifact_type.clone()])
        .collect();
    section(&mut text, &["output", "type"], &outputs);
    params(&mut text, &kind.params);
    let metrics: Vec<Vec<String>> = kind.metrics.iter().map(metric).collect();
    section(&mut text, &["metric", "better", "what it is"], &metrics);
    let findings: Vec<Vec<String>> =
        kind.findings.iter().map(|(name, code)| vec![name.clone(), code.clone()]).collect();
    section(&mut text, &["finding", "code"], &findings);
    text
}

fn metric(metric: &KindMetric) -> Vec<String> {
    let better = match metric.better {
        Some(Better::Higher) => "higher",
        Some(Better::Lower) => "lower",
        None => "",
    };
    vec![metric.name.clone(), better.to_owned(), metric.summary.clone()]
}

fn section(text: &mut String, header: &[&str], rows: &[Vec<String>]) {
    if !rows.is_empty() {
        text.push('\n');
        text.push_str(&table::render(header, rows));
    }
}

fn words(port: &InputPort) -> String {
    let mut words = Vec::new();
    if port.required {
        words.push("required".to_owned());
    }
    if port.many {
        words.push("many".to_owned());
    }
    if port.takes_splits {
        words.push("or one a split".to_owned());
    }
    if port.ordered {
        words.push("in order".to_owned());
    }
    if let Reads::Splits(splits) = &port.reads {
        words.push(format!("reads {}", splits.join(" and ")));
    }
    if !port.refuses.is_empty() {
        words.push(format!("never {}", port.refuses.join(" or ")));
    }
    words.join(", ")
}

const PARAMS: [&str; 4] = ["param", "takes", "default", "what it is"];

/// The params that every choice has, then those of each choice (`family = "cnn"`).
fn params(text: &mut String, root: &Value) {
    let branches: Vec<&Value> =
        root.get("oneOf").and_then(Value::as_array).into_iter().flatten().collect();
    let each: Vec<Vec<Vec<String>>> = branches.iter().map(|branch| rows(root, branch)).collect();
    let in_all = |row: &Vec<String>| each.iter().all(|rows| rows.contains(row));
    let mut common = rows(root, root);
    common.extend(each.first().into_iter().flatten().filter(|row| in_all(row)).cloned());
    if let Some(first) = branches.first()
        && let Some((name, _)) = selector(first)
    {
        let choices = branches.iter().filter_map(|branch| Some(plain(selector(branch)?.1)));
        let default = match absent(root, root, name) {
            unsaid if unsaid.is_empty() => absent(root, first, name),
            said => said,
        };
        let choices = choices.collect::<Vec<_>>().join(" or ");
        let about = "selects the params below".to_owned();
        common.retain(|row| row.first().map(String::as_str) != Some(name));
        common.insert(0, vec![name.to_owned(), choices, default, about]);
    }
    section(text, &PARAMS, &common);
    for (branch, rows) in branches.iter().zip(&each) {
        let Some((name, choice)) = selector(branch) else { continue };
        let own: Vec<Vec<String>> = rows.iter().filter(|row| !in_all(row)).cloned().collect();
        let about = schema::keyword(root, schema::property(root, branch, name), "description");
        let about = about.and_then(Value::as_str).unwrap_or_default();
        text.push_str(format!("\n{name} = {choice}: {about}").trim_end_matches([' ', ':']));
        text.push('\n');
        text.push_str(&table::render(&PARAMS, &own));
    }
}

/// The param whose constant makes this branch the one that applies.
fn selector(branch: &Value) -> Option<(&str, &Value)> {
    schema::properties_of(branch)
        .iter()
        .find_map(|(name, property)| Some((name.as_str(), property.get("const")?)))
}

/// A row a property of an object schema; those of a table within it, dotted.
fn rows(root: &Value, object: &Value) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for (name, property) in schema::properties_of(object) {
        if property.get("const").is_some() {
            continue;
        }
        let inner = self::rows(root, property);
        if inner.is_empty() {
            let about = schema::keyword(root, property, "description").and_then(Value::as_str);
            rows.push(vec![
                name.clone(),
                takes(root, property),
                absent(root, object, name),
                about.unwrap_or_default().to_owned(),
            ]);
        }
        for mut row in inner {
            if let Some(first) = row.first_mut() {
                *first = format!("{name}.{first}");
            }
            rows.push(row);
        }
    }
    rows
}

/// What a param is when nobody gives it.
fn absent(root: &Value, object: &Value, name: &str) -> String {
    let property = schema::property(root, object, name);
    if let Some(default) = schema::keyword(root, property, "default") {
        return match default {
            Value::String(text) if text.is_empty() => "\"\"".to_owned(),
            default => plain(default),
        };
    }
    let required = object.get("required").and_then(Value::as_array);
    match required.is_some_and(|names| names.iter().any(|required| required == name)) {
        true => "required".to_owned(),
        false => String::new(),
    }
}

/// What a param may be, in words.
fn takes(root: &Value, property: &Value) -> String {
    if let Some(choices) = schema::keyword(root, property, "enum").and_then(Value::as_array) {
        return choices.iter().map(plain).collect::<Vec<_>>().join(" or ");
    }
    if schema::is_path(root, property) {
        return "path".to_owned();
    }
    let Some(Value::String(name)) = schema::keyword(root, property, "type") else {
        return String::new();
    };
    let within = |keyword: &str| match schema::keyword(root, property, keyword) {
        Some(inner @ Value::Object(_)) => match takes(root, inner) {
            inner if inner.is_empty() => String::new(),
            inner => format!(" of {inner}"),
        },
        _ => String::new(),
    };
    match name.as_str() {
        "integer" | "number" => format!("{name}{}", range(root, property)),
        "string" => "text".to_owned(),
        "boolean" => "true or false".to_owned(),
        "array" => format!("list{}", within("items")),
        "object" => format!("table{}", within("additionalProperties")),
        other => other.to_owned(),
    }
}

/// ` in (0, 1]`, ` >= 1`, or nothing.
fn range(root: &Value, property: &Value) -> String {
    let bound = |inclusive: &str, exclusive: &str| {
        let of = |keyword| schema::keyword(root, property, keyword).filter(|v| v.is_number());
        of(exclusive).map(|v| (bare(v), false)).or_else(|| of(inclusive).map(|v| (bare(v), true)))
    };
    match (bound("minimum", "exclusiveMinimum"), bound("maximum", "exclusiveMaximum")) {
        (Some((low, low_in)), Some((high, high_in))) => {
            let open = if low_in { '[' } else { '(' };
            let close = if high_in { ']' } else { ')' };
            format!(" in {open}{low}, {high}{close}")
        }
        (Some((low, inclusive)), None) => format!(" {} {low}", if inclusive { ">=" } else { ">" }),
        (None, Some((high, inclusive))) => {
            format!(" {} {high}", if inclusive { "<=" } else { "<" })
        }
        (None, None) => String::new(),
    }
}

/// A number as a person writes it: 180, not 180.0.
fn bare(number: &Value) -> String {
    let text = number.to_string();
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// A value without the quotes of a text.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(_) => bare(value),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(schema: &Value) -> String {
        let mut text = String::new();
        params(&mut text, schema);
        text
    }

    #[test]
    fn what_a_param_takes_is_said_in_words() {
        let schema = json!({
            "properties": {
                "beta": {"type": "array", "items": {"type": "number", "minimum": 0, "exclusiveMaximum": 1}, "default": [0.9, 0.999]},
                "contract": {"type": "string", "format": "ingot-path", "description": "the contract"},
                "fractions": {"type": "object", "additionalProperties": {"type": "number", "exclusiveMinimum": 0, "maximum": 1.0}},
                "noise": {"type": "object", "properties": {"size": {"type": "number", "minimum": 0, "default": 1.0}}},
                "odd": {"type": ["string", "null"]},
                "on": {"type": "boolean", "default": false},
                "title": {"type": "string", "default": ""},
            },
            "required": ["contract"],
        });
        insta::assert_snapshot!(shown(&schema), @r#"
param       takes                      default       what it is
beta        list of number in [0, 1)   [0.9, 0.999]
contract    path                       required      the contract
fractions   table of number in (0, 1]
noise.size  number >= 0                1
odd
on          true or false              false
title       text                       ""
"#);
    }

    #[test]
    fn what_every_choice_has_is_said_once() {
        let branch = |name: &str, more: &str, epochs: u32| {
            json!({"properties": {
                "family": {"const": name, "description": format!("A {name}.")},
                "lr": {"type": "number", "exclusiveMinimum": 0, "default": 0.1},
                "epochs": {"type": "integer", "minimum": 1, "default": epochs},
                more: {"enum": ["a", "b"]},
            }})
        };
        let schema = json!({
            "properties": {"seed": {"type": "integer", "maximum": 9}},
            "required": ["family"],
            "oneOf": [branch("cnn", "blocks", 3), branch("mlp", "hidden", 4)],
        });
        insta::assert_snapshot!(shown(&schema), @r#"
param   takes         default   what it is
family  cnn or mlp    required  selects the params below
seed    integer <= 9
lr      number > 0    0.1

family = "cnn": A cnn.
param   takes         default  what it is
blocks  a or b
epochs  integer >= 1        3

family = "mlp": A mlp.
param   takes         default  what it is
epochs  integer >= 1        4
hidden  a or b
"#);
    }
}
