//! The JSON Schema of a plugin's params: small, about one object, closed in itself.
//!
//! A schema comes from a stranger and is worked through each time a manifest is
//! planned. Invariant: what passes here has at most [`MOST`] parts when every reference
//! is written out, so that checking params by it is quick; a schema that refers to
//! itself would have no end, and is refused.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::error::PluginError;

/// Most parts of a schema, written out.
const MOST: u64 = 20_000;
/// Longest text of one.
const LONGEST: usize = 256 << 10;
/// Longest pattern: what a linear-time engine takes for it grows with its length.
const LONGEST_PATTERN: usize = 1 << 10;
/// Most references that lead from one to the next.
const DEEPEST: usize = 32;
/// Parts that a pattern counts for: it becomes an automaton of many states.
const PATTERN: u64 = 256;
/// The one dialect.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
/// Keywords that lead out of a schema, or back into it by other ways than `$ref`, those of
/// older dialects too; and the one by which a worker keeps a param out of the key: of a
/// plugin, which nobody need trust, every param is in it.
const REFUSED: [&str; 10] = [
    "$ref",
    "$dynamicRef",
    "$recursiveRef",
    "$recursiveAnchor",
    "$dynamicAnchor",
    "$anchor",
    "$id",
    "$schema",
    "$vocabulary",
    "x-ingot-semantic",
];

/// The schema that a kind's text gives; of no params where there is no text.
pub fn checked(kind: &str, text: &str) -> Result<Value, PluginError> {
    let wrong =
        |what: String| PluginError::Descriptor { what: format!("the schema of `{kind}` {what}") };
    if text.trim().is_empty() {
        return Ok(json!({ "type": "object", "additionalProperties": false, "properties": {} }));
    }
    if text.len() > LONGEST {
        return Err(wrong(format!("has {} bytes; {LONGEST} are the most", text.len())));
    }
    let mut schema: Value =
        serde_json::from_str(text).map_err(|error| wrong(format!("is not JSON: {error}")))?;
    let Some(object) = schema.as_object_mut() else {
        return Err(wrong("is no object".to_owned()));
    };
    match object.get("type").and_then(Value::as_str) {
        Some("object") => {}
        _ => return Err(wrong("must say `\"type\": \"object\"`".to_owned())),
    }
    object.entry("additionalProperties").or_insert(Value::Bool(false));
    Size::default().of(&schema, &schema).map_err(wrong)?;
    Ok(schema)
}

/// How large schemas are, written out.
#[derive(Default)]
struct Size {
    /// Reference -> the parts of what it refers to.
    known: BTreeMap<String, u64>,
    /// The references that are being followed.
    open: BTreeSet<String>,
}

impl Size {
    fn of(&mut self, root: &Value, schema: &Value) -> Result<u64, String> {
        let mut parts: u64 = 1;
        match schema {
            Value::Object(entries) => {
                for (key, value) in entries {
                    let more = match (key.as_str(), value) {
                        ("$ref", Value::String(target)) => self.reference(root, target)?,
                        ("$schema", Value::String(dialect)) if dialect == DIALECT => 1,
                        (key, _) if REFUSED.contains(&key) => {
                            return Err(format!("has a `{key}`, which a plugin's cannot"));
                        }
                        ("format", Value::String(format)) if format == "ingot-path" => {
                            return Err("has a path: take files by an input port".to_owned());
                        }
                        ("pattern", Value::String(pattern)) => automaton(pattern)?,
                        ("patternProperties", Value::Object(patterns)) => {
                            let own = patterns.keys().map(|pattern| automaton(pattern));
                            own.sum::<Result<u64, _>>()?.saturating_add(self.of(root, value)?)
                        }
                        (_, value) => self.of(root, value)?,
                    };
                    parts = parts.saturating_add(more);
                }
            }
            Value::Array(items) => {
                for item in items {
                    parts = parts.saturating_add(self.of(root, item)?);
                }
            }
            _ => {}
        }
        if parts > MOST {
            return Err(format!("has more than {MOST} parts when its references are written out"));
        }
        Ok(parts)
    }

    fn reference(&mut self, root: &Value, target: &str) -> Result<u64, String> {
        if let Some(known) = self.known.get(target) {
            return Ok(*known);
        }
        // A reference may be written in several ways; this one is read alike by all.
        let plain = !target.contains('%');
        let Some(schema) =
            target.strip_prefix('#').filter(|_| plain).and_then(|pointer| root.pointer(pointer))
        else {
            return Err(format!("refers to `{target}`, which is not in it"));
        };
        if !self.open.insert(target.to_owned()) {
            return Err(format!("refers to itself at `{target}`"));
        }
        if self.open.len() > DEEPEST {
            return Err(format!("has references through more than {DEEPEST} others"));
        }
        let parts = self.of(root, schema)?;
        self.open.remove(target);
        self.known.insert(target.to_owned(), parts);
        Ok(parts)
    }
}

/// The parts that a pattern counts for.
fn automaton(pattern: &str) -> Result<u64, String> {
    match pattern.len() > LONGEST_PATTERN {
        true => Err(format!("has a pattern of {} bytes", pattern.len())),
        false => Ok(PATTERN),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn refused(schema: &Value) -> String {
        checked("k", &schema.to_string()).unwrap_err().to_string()
    }

    #[test]
    fn a_schema_without_text_takes_no_params() {
        assert_eq!(checked("k", "").unwrap()["additionalProperties"], false);
    }

    #[test]
    fn bombs_are_refused() {
        let mut defs = serde_json::Map::new();
        defs.insert("a0".into(), json!({ "type": "string" }));
        for at in 1..40 {
            let below = format!("#/$defs/a{}", at - 1);
            defs.insert(
                format!("a{at}"),
                json!({ "allOf": [{ "$ref": below }, { "$ref": below }] }),
            );
        }
        let bomb = json!({ "type": "object", "$defs": defs, "properties": { "x": { "$ref": "#/$defs/a39" } } });
        assert!(refused(&bomb).contains("when its references are written out"));
        let endless = json!({ "type": "object", "properties": { "x": { "$ref": "#" } } });
        assert!(refused(&endless).contains("refers to itself"));
        let remote =
            json!({ "type": "object", "properties": { "x": { "$ref": "https://example.com/x" } } });
        assert!(refused(&remote).contains("which is not in it"));
        let pattern =
            json!({ "type": "object", "properties": { "x": { "pattern": "a".repeat(2000) } } });
        assert!(refused(&pattern).contains("a pattern of 2000 bytes"));
        for (keyword, value) in
            [("x-ingot-semantic", json!(false)), ("format", json!("ingot-path"))]
        {
            let param = json!({ "type": "string", keyword: value });
            refused(&json!({ "type": "object", "properties": { "x": param } }));
        }
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(checked("k", &deep).unwrap_err().to_string().contains("is not JSON"));
    }
}
