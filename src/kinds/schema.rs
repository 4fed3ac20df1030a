//! Reading a kind's JSON Schema: the branch that applies, defaults, annotations.
//!
//! Invariant: a schema is data from a worker and may be wrong; every function
//! here treats what is not as expected as absent.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The schema of the params that apply to `given`: the top level's properties
/// and those of the `oneOf` branch whose `const` properties `given` (or the
/// branch's default) agrees with.
///
/// A closed object schema without `oneOf`, so that an unknown or wrong param
/// is one precise error and not "matches none of four".
pub fn effective(schema: &Value, given: &Map<String, Value>) -> Value {
    let mut result = schema.clone();
    let Some(object) = result.as_object_mut() else { return result };
    let Some(Value::Array(branches)) = object.remove("oneOf") else { return result };
    let chosen = branches
        .iter()
        .find(|branch| agrees(schema, branch, given))
        .or_else(|| branches.first())
        .cloned()
        .unwrap_or(Value::Null);
    let choices = selector_choices(&branches);
    let mut properties = properties_of(schema).clone();
    for (name, property) in properties_of(&chosen) {
        properties.insert(name.clone(), property.clone());
    }
    for (name, values) in choices {
        if let Some(Value::Object(property)) = properties.get_mut(&name) {
            property.remove("const");
            property.insert("enum".into(), Value::Array(values));
        }
    }
    let mut required = list_of(schema, "required");
    required.extend(list_of(&chosen, "required"));
    object.insert("properties".into(), Value::Object(properties));
    object.insert("required".into(), Value::Array(required));
    object.insert("additionalProperties".into(), Value::Bool(false));
    result
}

/// The properties of an object schema.
pub fn properties_of(schema: &Value) -> &Map<String, Value> {
    static NONE: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    schema.get("properties").and_then(Value::as_object).unwrap_or(&NONE)
}

/// Whether a property is a workspace path whose content enters the key.
pub fn is_path(property: &Value) -> bool {
    property.get("format").and_then(Value::as_str) == Some("ingot-path")
}

/// Whether a property enters the key.
pub fn is_semantic(property: &Value) -> bool {
    property.get("x-ingot-semantic") != Some(&Value::Bool(false))
}

/// The words a user of another tool would write for this property.
pub fn aliases(property: &Value) -> impl Iterator<Item = &str> {
    property
        .get("x-ingot-aliases")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn agrees(schema: &Value, branch: &Value, given: &Map<String, Value>) -> bool {
    properties_of(branch).iter().filter_map(|(name, p)| Some((name, p.get("const")?))).all(
        |(name, constant)| {
            let default = properties_of(branch)
                .get(name)
                .and_then(|property| property.get("default"))
                .or_else(|| properties_of(schema).get(name)?.get("default"));
            given.get(name).or(default) == Some(constant)
        },
    )
}

/// Selecting property -> every constant a branch gives it.
fn selector_choices(branches: &[Value]) -> BTreeMap<String, Vec<Value>> {
    let mut choices: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for branch in branches {
        for (name, property) in properties_of(branch) {
            if let Some(constant) = property.get("const") {
                choices.entry(name.clone()).or_default().push(constant.clone());
            }
        }
    }
    choices
}

fn list_of(schema: &Value, key: &str) -> Vec<Value> {
    schema.get(key).and_then(Value::as_array).cloned().unwrap_or_default()
}
