//! JSON Schemas of the params, derived from the types that hold them.
//!
//! Invariant: a type's schema, its defaults and its values are one thing: names, ranges
//! and descriptions stand at the type's fields, the defaults are a value of it. Every
//! schema is closed, every property has a default or is named in `required`. What is not
//! semantic (`x-ingot-semantic: false`) cannot change an output's bytes.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::error::Error;

/// A kind's params: one branch for each family.
pub fn families(branches: Vec<Value>) -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "oneOf": branches,
    })
}

/// One closed branch: `family`, and the properties of the pieces; of two of one name the
/// first.
pub fn branch(family: &str, description: &str, pieces: Vec<Map<String, Value>>) -> Value {
    let mut properties = Map::new();
    properties.insert("family".into(), json!({ "const": family, "description": description }));
    for (name, property) in pieces.into_iter().flatten() {
        properties.entry(name).or_insert(property);
    }
    json!({
        "type": "object",
        "title": family,
        "properties": properties,
        "required": ["family"],
        "additionalProperties": false,
    })
}

/// The properties of a type, with these defaults.
pub fn properties<T: JsonSchema + Serialize>(defaults: &T) -> Map<String, Value> {
    let mut properties = of::<T>();
    if let Ok(Value::Object(defaults)) = serde_json::to_value(defaults) {
        fill(&mut properties, &defaults);
    }
    properties
}

/// Puts defaults into properties, and into those of a property that is an object.
fn fill(properties: &mut Map<String, Value>, defaults: &Map<String, Value>) {
    for (name, property) in properties {
        let (Value::Object(property), Some(default)) = (property, defaults.get(name)) else {
            continue;
        };
        property.insert("default".into(), default.clone());
        if let (Some(Value::Object(below)), Value::Object(default)) =
            (property.get_mut("properties"), default)
        {
            fill(below, default);
            // Each has a default, so that none must be there.
            property.remove("required");
        }
    }
}

/// A value of params as an object.
pub fn object<T: Serialize>(value: &T) -> Result<Map<String, Value>, Error> {
    match serde_json::to_value(value) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Error::torch("params that are no object")),
        Err(error) => Err(Error::torch(&error.to_string())),
    }
}

/// The first of a type's properties that is out of its range in `params`.
pub fn out_of_range<T: JsonSchema>(params: &Map<String, Value>) -> Option<String> {
    let wrong = |(name, property): (&String, &Value)| {
        params.get(name).is_some_and(|value| !holds(property, value))
    };
    of::<T>().iter().find(|each| wrong(*each)).map(|(name, _)| name.clone())
}

/// Whether the bounds of a schema hold for a value of its type.
fn holds(schema: &Value, value: &Value) -> bool {
    let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
    let within = |value: f64| {
        value.is_finite()
            && bound("minimum").is_none_or(|bound| value >= bound)
            && bound("maximum").is_none_or(|bound| value <= bound)
            && bound("exclusiveMinimum").is_none_or(|bound| value > bound)
            && bound("exclusiveMaximum").is_none_or(|bound| value < bound)
    };
    match value {
        Value::Number(number) => number.as_f64().is_some_and(within),
        Value::Array(items) => {
            let count = items.len() as f64;
            bound("minItems").is_none_or(|bound| count >= bound)
                && bound("maxItems").is_none_or(|bound| count <= bound)
                && schema.get("items").is_none_or(|each| items.iter().all(|it| holds(each, it)))
        }
        Value::Object(object) => match schema.get("properties") {
            Some(Value::Object(properties)) => properties
                .iter()
                .all(|(name, schema)| object.get(name).is_none_or(|value| holds(schema, value))),
            _ => true,
        },
        _ => true,
    }
}

/// The properties of a type, without defaults.
fn of<T: JsonSchema>() -> Map<String, Value> {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let schema = settings.into_generator().into_root_schema_for::<T>();
    let mut value = schema.to_value();
    plain(&mut value);
    match value.get_mut("properties").map(Value::take) {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    }
}

/// Leaves out what says how a value is held here, and puts a choice of words as one list.
fn plain(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.remove("format");
            object.remove("title");
            object.values_mut().for_each(plain);
            if let Some(Value::String(text)) = object.get_mut("description") {
                *text = text.replace('\n', " ");
            }
            let words = object.get("oneOf").and_then(Value::as_array).and_then(|words| {
                words.iter().map(|word| word.get("const").cloned()).collect::<Option<Vec<_>>>()
            });
            if let Some(words) = words {
                object.remove("oneOf");
                object.insert("type".into(), json!("string"));
                object.insert("enum".into(), Value::Array(words));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(plain),
        _ => {}
    }
}
