//! [`Thresholds`]: the numbers of one check of several that a kind makes. Pure.
//!
//! A kind with a table of checks has a param of each check's name, an object of numbers with
//! their defaults, and one that lists which checks are made. Invariant: every threshold that
//! the schema names has a value, whether the step says it or not.

use ingot_protocol::Request;
use serde_json::{Map, Value, json};

/// The numbers of one check.
#[derive(Debug, Default)]
pub(crate) struct Thresholds(Map<String, Value>);

/// The schema of a check's param: thresholds, each with its default.
pub(crate) fn schema(description: &str, properties: Value) -> Option<Value> {
    Some(json!({
        "type": "object", "additionalProperties": false, "default": {},
        "properties": properties, "description": description
    }))
}

/// The names that a param lists; nothing where the step does not have it.
pub(crate) fn listed<'a>(request: &'a Request, param: &str) -> Option<Vec<&'a str>> {
    let names = request.params.get(param).and_then(Value::as_array)?;
    Some(names.iter().filter_map(Value::as_str).collect())
}

impl Thresholds {
    /// Those of a check with this schema, where it has any: the step's, else the defaults,
    /// which who runs a request by hand may leave out.
    pub(crate) fn of(request: &Request, check: &str, schema: Option<Value>) -> Self {
        let mut of = Map::new();
        let schema = schema.unwrap_or_default();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let given = request.params.get(check).and_then(|given| given.get(name));
            of.insert(name.clone(), given.unwrap_or(&property["default"]).clone());
        }
        Self(of)
    }

    /// A threshold.
    pub(crate) fn number(&self, name: &str) -> f64 {
        self.0.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN)
    }

    /// A threshold that is a whole number.
    pub(crate) fn count(&self, name: &str) -> usize {
        let count = self.0.get(name).and_then(Value::as_u64);
        count.and_then(|count| usize::try_from(count).ok()).unwrap_or_default()
    }
}
