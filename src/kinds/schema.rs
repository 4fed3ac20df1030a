//! Reading a kind's JSON Schema: the branch that applies, defaults, annotations.
//!
//! Invariant: a schema is data from a worker and may be wrong; every function
//! here treats what is not as expected as absent.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The schema of the params that apply to `given`: the top level's properties
/// and those of the `oneOf` branch whose `const` properties `given` (or the
/// branch's default) agrees with. Where it agrees with none, every branch's
/// properties are known, so that the wrong choice is the only mistake said.
///
/// An object schema without `oneOf`, closed unless it says what further
/// properties are, so that an unknown or wrong param is one precise error and
/// not "matches none of four".
pub fn effective(schema: &Value, given: &Map<String, Value>) -> Value {
    let mut result = schema.clone();
    let Some(object) = result.as_object_mut() else { return result };
    if let Some(Value::Array(branches)) = object.remove("oneOf") {
        let mut properties = properties_of(schema).clone();
        let mut required = list_of(schema, "required");
        let choices = selector_choices(&branches);
        match branches.iter().find(|branch| agrees(schema, branch, given)) {
            Some(branch) => {
                for (name, property) in properties_of(branch) {
                    overlay(&mut properties, name, property);
                }
                required.extend(list_of(branch, "required"));
            }
            None => {
                unite(&mut properties, &branches);
                required.extend(choices.keys().map(|name| Value::from(name.as_str())));
            }
        }
        for (name, values) in choices {
            if let Some(Value::Object(property)) = properties.get_mut(&name) {
                property.remove("const");
                property.insert("enum".into(), Value::Array(values));
            }
        }
        object.insert("properties".into(), Value::Object(properties));
        object.insert("required".into(), Value::Array(required));
        object.insert("additionalProperties".into(), Value::Bool(false));
    }
    if !OPEN.iter().any(|keyword| object.contains_key(*keyword)) {
        object.insert("additionalProperties".into(), Value::Bool(false));
    }
    result
}

/// What says, or may say, that there are further properties.
const OPEN: [&str; 6] =
    ["$ref", "additionalProperties", "allOf", "anyOf", "if", "unevaluatedProperties"];

/// A mistake in a schema that the validator would not see as one: a reference
/// to anything outside of it.
pub fn foreign_reference(schema: &Value) -> Option<&str> {
    match schema {
        Value::Object(entries) => entries.iter().find_map(|(key, value)| match value {
            Value::String(target) if key == "$ref" || key == "$dynamicRef" => {
                (!target.starts_with('#')).then_some(target.as_str())
            }
            inner => foreign_reference(inner),
        }),
        Value::Array(items) => items.iter().find_map(foreign_reference),
        _ => None,
    }
}

/// What a schema within `root` says under `keyword`: itself, or the one that it
/// refers to.
pub fn keyword<'a>(root: &'a Value, schema: &'a Value, keyword: &str) -> Option<&'a Value> {
    let mut schema = schema;
    for _ in 0..MAXIMUM_REFERENCES {
        if let Some(found) = schema.get(keyword) {
            return Some(found);
        }
        let target = schema.get("$ref")?.as_str()?;
        schema = root.pointer(target.strip_prefix('#')?)?;
    }
    None
}

/// References that lead to references; a circle of them ends here.
const MAXIMUM_REFERENCES: usize = 8;

/// The schema of one property, `null` where it is unknown.
pub fn property<'a>(root: &'a Value, schema: &'a Value, name: &str) -> &'a Value {
    const UNKNOWN: &Value = &Value::Null;
    keyword(root, schema, "properties").and_then(|known| known.get(name)).unwrap_or(UNKNOWN)
}

/// The properties of an object schema.
pub fn properties_of(schema: &Value) -> &Map<String, Value> {
    static NONE: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    schema.get("properties").and_then(Value::as_object).unwrap_or(&NONE)
}

/// Whether a property is a workspace path whose content enters the key.
pub fn is_path(root: &Value, property: &Value) -> bool {
    keyword(root, property, "format").and_then(Value::as_str) == Some("ingot-path")
}

/// The form of the file that a property names, where the schema says one.
pub fn form<'a>(root: &'a Value, property: &'a Value) -> Option<&'a str> {
    keyword(root, property, "x-ingot-form").and_then(Value::as_str)
}

/// Whether a property of a schema names a file of a form.
pub fn reads(schema: &Value, form: &str) -> bool {
    properties_of(schema).values().any(|property| self::form(schema, property) == Some(form))
}

/// Whether a property enters the key.
pub fn is_semantic(root: &Value, property: &Value) -> bool {
    keyword(root, property, "x-ingot-semantic") != Some(&Value::Bool(false))
}

/// The words a user of another tool would write for this property.
pub fn aliases<'a>(root: &'a Value, property: &'a Value) -> impl Iterator<Item = &'a str> {
    keyword(root, property, "x-ingot-aliases")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

/// Whether a schema's type is, or may be, `name`.
pub fn may_be(root: &Value, schema: &Value, name: &str) -> bool {
    match keyword(root, schema, "type") {
        Some(Value::String(one)) => one == name,
        Some(Value::Array(many)) => many.iter().any(|one| one == name),
        _ => false,
    }
}

/// Adds a branch's property; what the top level says of it and the branch does
/// not, such as the default, stays.
fn overlay(properties: &mut Map<String, Value>, name: &str, property: &Value) {
    match (properties.get_mut(name), property) {
        (Some(Value::Object(known)), Value::Object(said)) => known.extend(said.clone()),
        _ => {
            properties.insert(name.to_owned(), property.clone());
        }
    }
}

/// Adds the properties of every branch; one that two branches see differently
/// may be anything.
fn unite(properties: &mut Map<String, Value>, branches: &[Value]) {
    let own: Vec<String> = properties.keys().cloned().collect();
    for (name, property) in branches.iter().flat_map(properties_of) {
        match properties.get(name) {
            Some(known) if known != property && !own.contains(name) => {
                properties.insert(name.clone(), Value::Object(Map::new()));
            }
            Some(_) => {}
            None => {
                properties.insert(name.clone(), property.clone());
            }
        }
    }
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
