//! Schemas that a plugin's author got wrong, or made to do harm.

use serde_json::{Map, Value, json};

use super::{accepted, codes, mistakes, train};
use crate::kinds::params::compile;

#[test]
fn a_reference_out_of_the_schema_is_refused_and_never_followed() {
    for target in [
        "https://example.org/schema.json",
        "http://127.0.0.1:1/",
        "file:///etc/passwd",
        "other.json#/a",
        "urn:x",
    ] {
        for schema in [
            json!({ "type": "object", "properties": { "a": { "$ref": target } } }),
            json!({ "type": "object", "properties": {}, "$defs": { "unused": { "$ref": target } } }),
            json!({ "type": "object", "allOf": [{ "$dynamicRef": target }] }),
        ] {
            let error = compile(&schema).unwrap_err();
            assert_eq!(error, format!("it refers to `{target}`, outside of itself"));
        }
    }
    let schema = json!({ "properties": { "a": { "$ref": "https://example.org/" } } });
    insta::assert_snapshot!(mistakes(&schema, "a = 1"), @r#"
    error[E0406]: the schema of the kind `train` is not usable
     --> ingot.toml:5:8
      |
    5 | [steps.a]
      |        ^ it refers to `https://example.org/`, outside of itself
      |
      = help: this is the worker's mistake: report it to its author
    "#);
}

#[test]
fn a_reference_within_the_schema_is_followed_for_defaults_and_coercion_too() {
    let schema = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "lr": { "$ref": "#/$defs/rate" },
            "decay": { "$ref": "#/$defs/rate", "default": 2 },
            "inner": { "$ref": "#/$defs/inner" }
        },
        "$defs": {
            "rate": { "$ref": "#/$defs/number" },
            "number": { "type": "number", "default": 1, "x-ingot-aliases": ["eta"] },
            "inner": { "type": "object", "properties": { "lr": { "$ref": "#/$defs/rate" } } }
        }
    });
    let params = accepted(&schema, "inner = {}");
    assert_eq!(Value::Object(params.all), json!({"lr": 1.0, "decay": 2.0, "inner": {"lr": 1.0}}));
    assert_eq!(codes(&schema, "lr = \"x\""), ["E0402"]);
    assert!(mistakes(&schema, "eta = 1").contains("did you mean"));
}

#[test]
fn references_in_a_circle_end() {
    let schema = json!({
        "type": "object",
        "properties": { "a": { "$ref": "#/$defs/a" }, "tree": { "$ref": "#", "default": {} } },
        "$defs": { "a": { "$ref": "#/$defs/b" }, "b": { "$ref": "#/$defs/a" } }
    });
    // Whether the validator takes it or not, nothing hangs and nothing overflows.
    let (params, _) = super::checked(&schema, "a = 1");
    assert_eq!(params.all["a"], 1);
}

#[test]
fn a_pattern_runs_in_linear_time_or_not_at_all() {
    let schema = |pattern: &str| json!({ "properties": { "a": { "pattern": pattern } } });
    // Exponential for a backtracking engine: it would not end.
    let long = "a".repeat(50_000);
    assert_eq!(codes(&schema("^(a+)+$"), &format!("a = \"{long}!\"")), ["E0403"]);
    for pattern in ["(?=x)y", "(a)\\1", "(", "(((((a{100}){100}){100}){100}){100})"] {
        assert_eq!(codes(&schema(pattern), "a = \"x\""), ["E0406"], "{pattern}");
    }
}

#[test]
fn a_schema_of_any_shape_is_an_answer_and_no_panic() {
    let usable = |schema: Value| compile(&schema).is_ok();
    for schema in [
        json!(null),
        json!(1),
        json!("object"),
        json!([]),
        json!({ "type": "objct" }),
        json!({ "properties": [] }),
        json!({ "required": "epochs" }),
        json!({ "properties": { "a": 3 } }),
        json!({ "$schema": "https://example.org/unknown" }),
    ] {
        assert!(!usable(schema.clone()), "{schema}");
        assert_eq!(codes(&schema, "")[0], "E0406", "{schema}");
    }
    for schema in [
        json!({ "oneOf": [] }),
        json!({ "oneOf": [1, null, { "properties": 3 }] }),
        json!({ "oneOf": "x", "properties": {} }),
        json!({ "properties": { "a": { "default": { "b": 1 }, "properties": { "b": null } } } }),
        json!({ "properties": { "a": { "x-ingot-aliases": "x", "type": [1, 2] } } }),
        json!({ "properties": { "$ref": { "type": "string" } } }),
    ] {
        super::checked(&schema, "a = 1");
    }
}

#[test]
fn a_huge_schema_is_checked() {
    let properties: Map<String, Value> = (0..20_000)
        .map(|index| (format!("p{index}"), json!({ "type": "number", "default": index })))
        .collect();
    let schema = json!({ "type": "object", "properties": properties });
    let params = accepted(&schema, "p7 = 1");
    assert_eq!((params.all.len(), &params.all["p7"]), (20_000, &json!(1.0)));
    assert_eq!(codes(&schema, "q = 1"), ["E0401"]);
}

#[test]
fn a_deep_schema_is_no_overflow() {
    let mut schema = json!({ "type": "number", "default": 1 });
    for _ in 0..100 {
        schema = json!({ "type": "object", "default": {}, "properties": { "d": schema } });
    }
    let (params, _) = super::checked(&schema, "");
    assert!(params.all.contains_key("d"));
}

#[test]
fn a_schema_that_forgot_to_close_itself_is_closed() {
    let open = json!({ "type": "object", "properties": { "epochs": { "type": "integer" } } });
    assert_eq!(codes(&open, "epoch = 1"), ["E0401"]);
    let mut free = open.clone();
    free["additionalProperties"] = json!({ "type": "number" });
    assert_eq!(accepted(&free, "other = 1").all["other"], json!(1.0));
    let mut all_of = train();
    all_of.as_object_mut().unwrap().remove("additionalProperties");
    all_of["allOf"] = json!([{ "properties": { "extra": { "type": "integer" } } }]);
    accepted(&all_of, "epochs = 1\nextra = 3");
}
