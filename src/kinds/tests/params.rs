//! Params: completed and coerced, and each mistake at its place.

use serde_json::{Value, json};

use super::{accepted, codes, mistakes, train};
use crate::kinds::params::Params;
use crate::model::canonical;

/// The bytes that the params put into a key.
fn key_bytes(params: &Params) -> Vec<u8> {
    canonical::encode(&params.semantic).unwrap()
}

#[test]
fn defaults_fill_what_is_not_said() {
    let params = accepted(&train(), "epochs = 3");
    assert_eq!(
        Value::Object(params.all),
        json!({
            "betas": [0.9, 1.0], "epochs": 3, "log_every": 10, "lr": 0.1, "momentum": 0.0,
            "optimizer": "sgd"
        })
    );
}

#[test]
fn writing_a_default_out_moves_no_key() {
    let written = "epochs = 3\nlr = 0.1\nmomentum = 0\noptimizer = 'sgd'\nbetas = [0.9, 1]";
    assert_eq!(
        key_bytes(&accepted(&train(), "epochs = 3")),
        key_bytes(&accepted(&train(), written))
    );
}

#[test]
fn one_and_one_point_nought_are_one_value_where_the_schema_says_which() {
    for (one, other) in [
        ("lr = 1", "lr = 1.0"),
        ("epochs = 2", "epochs = 2.0"),
        ("betas = [1, 0]", "betas = [1.0, 0.0]"),
        ("schedule = { warmup = 2 }", "schedule = { warmup = 2.0 }"),
    ] {
        let epochs = if one.starts_with("epochs") { "" } else { "epochs = 1\n" };
        let bytes = [one, other].map(|p| key_bytes(&accepted(&train(), &format!("{epochs}{p}"))));
        assert_eq!(bytes[0], bytes[1], "{one} {other}");
    }
    let whole = accepted(&train(), "epochs = 2.0");
    assert!(whole.all["epochs"].is_i64(), "a worker reads a whole number");
}

#[test]
fn a_change_of_a_value_moves_the_key() {
    let bytes = |params| key_bytes(&accepted(&train(), params));
    let before = bytes("epochs = 3");
    for after in ["epochs = 4", "epochs = 3\nlr = 0.2", "epochs = 3\nbetas = [1, 0.9]"] {
        assert_ne!(bytes(after), before, "{after}");
    }
}

#[test]
fn what_is_not_semantic_reaches_the_worker_and_no_key() {
    let (few, many) =
        (accepted(&train(), "epochs = 3"), accepted(&train(), "epochs = 3\nlog_every = 99"));
    assert_eq!(many.all["log_every"], 99);
    assert_eq!(key_bytes(&few), key_bytes(&many));
}

#[test]
fn a_nested_table_is_completed_where_it_is_given() {
    let params = accepted(&train(), "epochs = 3\nschedule.warmup = 2");
    assert_eq!(params.all["schedule"], json!({ "name": "cosine", "warmup": 2.0 }));
    assert_eq!(accepted(&train(), "epochs = 3").all.get("schedule"), None);
}

#[test]
fn a_path_is_an_input_and_its_text_in_no_key() {
    let params = accepted(&train(), "epochs = 3\ncontract = \"./contracts/a.toml\"");
    assert_eq!(params.paths["contract"].value, "./contracts/a.toml");
    assert_eq!(params.all["contract"], "./contracts/a.toml");
    assert!(!params.semantic.contains_key("contract"));
    assert_eq!(params.paths["contract"].span, params.places["contract"]);
}

#[test]
fn every_mistake_is_said_at_its_place() {
    let params = "epochs = 0\nlr = \"fast\"\noptimizer = \"sgdd\"\nmomentum = 1.5\n\
                  lerning_rate = 1\nbetas = [0.9, \"x\"]\nschedule = { nam = \"cosine\" }\n\
                  seed_words = []";
    insta::assert_snapshot!(mistakes(&train(), params), @r#"
    error[E0403]: `epochs`: 0 is less than the minimum of 1
     --> ingot.toml:7:10
      |
    7 | epochs = 0
      |          ^
      |
      = help: passes over the data; at least 1

    error[E0402]: `lr` must be a number
     --> ingot.toml:8:6
      |
    8 | lr = "fast"
      |      ^^^^^^ this is a text
      |
      = help: step size; above 0; default 0.1

    error[E0403]: `optimizer` cannot be "sgdd"
     --> ingot.toml:9:13
      |
    9 | optimizer = "sgdd"
      |             ^^^^^^
      |
      = help: one of `sgd`, `adam`

    error[E0403]: `momentum`: 1.5 is greater than the maximum of 1
      --> ingot.toml:10:12
       |
    10 | momentum = 1.5
       |            ^^^
       |
       = help: at least 0; at most 1; default 0

    error[E0401]: `train` has no param `lerning_rate`
      --> ingot.toml:11:16
       |
    11 | lerning_rate = 1
       |                ^ unknown param
       |
       = help: did you mean `lr`?

    error[E0402]: `betas.1` must be a number
      --> ingot.toml:12:15
       |
    12 | betas = [0.9, "x"]
       |               ^^^ this is a text
       |
       = help: see `ingot kinds train`

    error[E0401]: `train` has no param `nam`
      --> ingot.toml:13:20
       |
    13 | schedule = { nam = "cosine" }
       |                    ^^^^^^^^ unknown param
       |
       = help: did you mean `name`?

    error[E0402]: `seed_words` must be a whole number or a text
      --> ingot.toml:14:14
       |
    14 | seed_words = []
       |              ^^ this is a list
       |
       = help: see `ingot kinds train`
    "#);
}

#[test]
fn a_param_that_is_needed_says_how_to_give_it() {
    insta::assert_snapshot!(mistakes(&train(), "lr = 1"), @r#"
    error[E0404]: `train` needs the param `epochs`
     --> ingot.toml:5:8
      |
    5 | [steps.a]
      |        ^
      |
      = help: add `epochs = ..` to the step
    "#);
}

#[test]
fn other_tools_words_are_known() {
    for word in ["learning_rate", "eta"] {
        let text = mistakes(&train(), &format!("epochs = 1\n{word} = 0.1"));
        assert!(text.contains("did you mean `lr`?"), "{text}");
    }
}

#[test]
fn a_word_like_no_other_lists_what_there_is() {
    let text = mistakes(&train(), "epochs = 1\nzzz = 1");
    assert!(text.contains("it has `betas`, `contract`, `epochs`"), "{text}");
    let none = json!({ "type": "object", "properties": {} });
    let text = mistakes(&none, "zzz = 1");
    assert!(text.contains("it takes no params: remove this line"), "{text}");
}

#[test]
fn numbers_that_are_no_numbers_are_refused() {
    for (params, code) in [
        ("epochs = 1.5", "E0402"),
        ("epochs = true", "E0402"),
        ("epochs = 1\nlr = true", "E0402"),
        ("epochs = 1\nlr = 0", "E0403"),
        ("epochs = -1", "E0403"),
    ] {
        assert_eq!(codes(&train(), params), [code], "{params}");
    }
}

/// A kind whose param `family` selects the rest.
fn families(default: Option<&str>) -> Value {
    let mut schema = json!({
        "type": "object",
        "properties": { "family": { "type": "string" }, "lr": { "type": "number", "default": 1 } },
        "oneOf": [
            {
                "properties": {
                    "family": { "const": "mlp" },
                    "hidden": { "type": "array", "items": { "type": "integer" }, "default": [64] },
                    "size": { "type": "integer" }
                },
                "required": ["family"]
            },
            {
                "properties": {
                    "family": { "const": "resnet" },
                    "depth": { "type": "integer", "enum": [18, 34], "default": 18 },
                    "size": { "type": "string" }
                },
                "required": ["depth"]
            }
        ]
    });
    if let Some(default) = default {
        schema["properties"]["family"]["default"] = default.into();
    }
    schema
}

#[test]
fn the_family_selects_the_schema_of_the_rest() {
    let mlp = accepted(&families(None), "family = \"mlp\"\nhidden = [8, 8]");
    assert_eq!(Value::Object(mlp.all), json!({"family": "mlp", "hidden": [8, 8], "lr": 1.0}));
    let resnet = accepted(&families(None), "family = \"resnet\"\nsize = \"big\"");
    assert_eq!(
        Value::Object(resnet.all),
        json!({"family": "resnet", "depth": 18, "lr": 1.0, "size": "big"})
    );
    let default = accepted(&families(Some("resnet")), "");
    assert_eq!(Value::Object(default.all), json!({"family": "resnet", "depth": 18, "lr": 1.0}));
}

#[test]
fn a_wrong_family_is_one_mistake_and_hides_no_other() {
    insta::assert_snapshot!(
        mistakes(&families(None), "family = \"resnt\"\ndepth = 18\nsize = 3\nlr = \"x\""),
        @r#"
    error[E0403]: `family` cannot be "resnt"
     --> ingot.toml:7:10
      |
    7 | family = "resnt"
      |          ^^^^^^^
      |
      = help: one of `mlp`, `resnet`

    error[E0402]: `lr` must be a number
      --> ingot.toml:10:6
       |
    10 | lr = "x"
       |      ^^^ this is a text
       |
       = help: default 1
    "#
    );
}

#[test]
fn a_family_without_default_must_be_named() {
    insta::assert_snapshot!(mistakes(&families(None), "depth = 18"), @r#"
    error[E0404]: `train` needs the param `family`
     --> ingot.toml:5:8
      |
    5 | [steps.a]
      |        ^
      |
      = help: add `family = ..` to the step
    "#);
}

#[test]
fn a_param_of_another_family_is_unknown_in_this_one() {
    insta::assert_snapshot!(mistakes(&families(None), "family = \"mlp\"\ndepth = 18"), @r#"
    error[E0401]: `train` has no param `depth`
     --> ingot.toml:8:9
      |
    8 | depth = 18
      |         ^^ unknown param
      |
      = help: it has `family`, `hidden`, `lr`, `size`
    "#);
}

#[test]
fn a_table_adds_up_to_what_the_schema_says() {
    let schema = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "fractions": {
                "type": "object", "x-ingot-sum": 1,
                "additionalProperties": { "type": "number", "exclusiveMinimum": 0, "maximum": 1 }
            },
            "margins": {
                "type": "object",
                "additionalProperties": {
                    "type": "object", "x-ingot-sum": 1, "additionalProperties": { "type": "number" }
                }
            }
        }
    });
    let within = "margins = { sex = { f = 0.5, m = 0.5 }, age = { old = 1 } }";
    for fine in ["fractions = { a = 0.6, b = 0.3, c = 0.1 }", "fractions = { a = 1 }", "", within] {
        accepted(&schema, fine);
    }
    for (given, expected) in [
        ("fractions = { a = 0.6, b = 0.3 }", "`fractions` add up to 0.9, not to 1"),
        ("fractions = { a = 0.7, b = 0.3, c = 0.1 }", "`fractions` add up to 1.1, not to 1"),
        ("margins = { sex = { f = 0.5, m = 0.4 } }", "`margins.sex` add up to 0.9, not to 1"),
    ] {
        let text = mistakes(&schema, given);
        assert!(text.contains("error[E0222]") && text.contains(expected), "{text}");
    }
    assert_eq!(codes(&schema, "fractions = { a = 60, b = 40 }"), ["E0403", "E0403"]);
}
