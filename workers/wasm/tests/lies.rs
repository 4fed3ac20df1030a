//! What a plugin says of itself and cannot be: refused before any of it is believed, each
//! with the code P0108 and with what is wrong.

use serde_json::json;

use crate::bench::Bench;
use crate::guest::Guest;
use crate::value::{Descriptor, Expansion, Kind, Port};

/// Memory of the program and of a plugin that is asked, MiB.
const MOST: u64 = 200 + 256;

#[track_caller]
fn said(guest: &Guest) -> String {
    let (ended, said) = Bench::describe(guest);
    assert_eq!(said, None);
    assert!(ended.peak < MOST, "{} MiB", ended.peak);
    ended.failed()
}

/// What is said of a lie.
#[track_caller]
fn lie(change: impl FnOnce(&mut Descriptor)) -> String {
    let said = said(&Guest::good().says(change));
    match said.strip_prefix("P0108: what it says of itself cannot be: ") {
        Some(what) => what.to_owned(),
        None => said,
    }
}

/// The same of its one kind.
#[track_caller]
fn kind(change: impl FnOnce(&mut Kind)) -> String {
    lie(|descriptor| change(&mut descriptor.kinds[0]))
}

#[test]
fn what_is_true_is_believed() {
    let (ended, said) = Bench::describe(&Guest::good());
    ended.well();
    insta::assert_snapshot!(serde_json::to_string_pretty(&said).unwrap());
}

#[test]
fn names() {
    let name = |name: &str| kind(|kind| kind.name = name.as_bytes().to_vec());
    let words = "lower-case letters, digits, `-` and `_`";
    for bad in ["", "K", "1k", "a b", "a/b", "../k", "a:b", "k.k", "ключ", "-k"] {
        assert_eq!(name(bad), format!("the kind `{bad}` is no name: {words}"));
    }
    assert_eq!(name("k\0"), format!("the kind `k\\0` is no name: {words}"));
    assert_eq!(name("k\u{1b}[2J"), format!("the kind `k\\u{{1b}}[2J` is no name: {words}"));
    assert_eq!(name(&"k".repeat(65)), format!("the kind `{}` is no name: {words}", "k".repeat(64)));
    assert_eq!(
        name(&"k".repeat(3_000_000)),
        format!("the kind `{}` is no name: {words}", "k".repeat(64))
    );
    let port = kind(|kind| kind.inputs[0].name = "In".to_owned());
    assert_eq!(port, format!("the input port `In` is no name: {words}"));
    let port = kind(|kind| kind.outputs[0].0 = "../out".to_owned());
    assert_eq!(port, format!("the output port `../out` is no name: {words}"));
    let split = kind(|kind| kind.inputs[0].splits = vec!["../test".to_owned()]);
    assert_eq!(split, format!("the split `../test` is no name: {words}"));
}

#[test]
fn texts_that_are_no_texts() {
    let utf8 =
        "P0201: asked what it is, it stopped: invalid utf-8 sequence of 1 bytes from index 1";
    assert_eq!(kind(|kind| kind.name = b"k\xff".to_vec()), utf8);
    assert_eq!(kind(|kind| kind.summary = b"k\xff".to_vec()), utf8);
    let line = "a summary is longer than one line";
    assert_eq!(kind(|kind| kind.summary = b"two\nlines".to_vec()), line);
    assert_eq!(kind(|kind| kind.summary = b"\x1b[31mred".to_vec()), line);
    assert_eq!(kind(|kind| kind.summary = vec![b'x'; 401]), line);
}

#[test]
fn kinds_and_types() {
    assert_eq!(lie(|said| said.kinds.clear()), "it has no kind");
    assert_eq!(lie(|said| said.kinds.push(Kind::default())), "two kinds are called `k`");
    assert_eq!(
        lie(|said| said.kinds = vec![Kind::default(); 257]),
        "it has 257 kinds; 256 are the most"
    );
    let types = |names: &[&str]| {
        let types = names.iter().map(|name| (name.as_bytes().to_vec(), b"Of a test.".to_vec()));
        let types = types.collect();
        lie(|said| said.types = types)
    };
    for own in ["dataset", "files", "findings", "metrics", "model", "predictions", "report"] {
        assert_eq!(
            types(&[own]),
            format!("it defines the artifact type `{own}`, which is Ingot's own")
        );
    }
    assert_eq!(types(&["a", "b", "a"]), "two artifact types are called `a`");
    assert_eq!(
        kind(|kind| kind.determinism = 7),
        "P0201: asked what it is, it stopped: unexpected discriminant: 7"
    );
}

#[test]
fn ports() {
    let flood = vec![Port::new("p", "files"); 100_000];
    assert_eq!(kind(|kind| kind.inputs = flood), "it has 100000 input ports; 256 are the most");
    let output = ("o".to_owned(), "files".to_owned(), true);
    let flood = vec![output.clone(); 100_000];
    assert_eq!(kind(|kind| kind.outputs = flood), "it has 100000 output ports; 256 are the most");
    assert_eq!(kind(|kind| kind.outputs.clear()), "the kind `k` makes nothing");
    assert_eq!(
        kind(|kind| kind.outputs = vec![output.clone(), output]),
        "two output ports are called `o`"
    );
    let twice = vec![Port::new("p", "files"); 2];
    assert_eq!(kind(|kind| kind.inputs = twice), "two input ports are called `p`");
    assert_eq!(kind(|kind| kind.inputs[0].types.clear()), "the port `in` takes nothing");
    let twice = vec!["files".to_owned(); 2];
    assert_eq!(kind(|kind| kind.inputs[0].types = twice), "two types of a port are called `files`");
    let flood = vec!["files".to_owned(); 100_000];
    assert_eq!(kind(|kind| kind.inputs[0].types = flood), "it has 100000 types; 256 are the most");
    let file = kind(|kind| kind.outputs[0].1 = "dataset".to_owned());
    assert_eq!(file, "the port `out` is one file, and a dataset is none");
}

#[test]
fn rules() {
    let rule = Expansion {
        port: "in".to_owned(),
        kind: "split".to_owned(),
        inputs: vec![("data".to_owned(), "in".to_owned())],
        params: Vec::new(),
    };
    let with = |change: &dyn Fn(&mut Expansion)| {
        let mut rule = rule.clone();
        change(&mut rule);
        kind(|kind| kind.expands = vec![rule])
    };
    let nowhere = "its rule for `made` names the port `nowhere`, which is none";
    assert_eq!(with(&|rule| rule.port = "nowhere".to_owned()), nowhere);
    assert_eq!(with(&|rule| rule.inputs[0].1 = "nowhere".to_owned()), nowhere);
    let pair = |one: &str, two: &str| (one.to_owned(), two.to_owned());
    let words = "lower-case letters, digits, `-` and `_`";
    assert_eq!(
        with(&|rule| rule.params = vec![pair("a\u{1b}", "b")]),
        format!("the port or param `a\\u{{1b}}` is no name: {words}")
    );
    assert_eq!(
        with(&|rule| rule.inputs = vec![pair("data", "in"); 2]),
        "two ports or params of a rule are called `data`"
    );
    assert_eq!(
        with(&|rule| rule.params = vec![pair("a", "b"); 100_000]),
        "it has 100000 ports or params of a rule; 256 are the most"
    );
    assert_eq!(
        with(&|rule| rule.kind = "../split".to_owned()),
        format!("the kind `../split` is no name: {words}")
    );
    let flood = vec![rule.clone(); 300];
    assert_eq!(kind(|kind| kind.expands = flood), "it has 300 expansions; 256 are the most");
}

#[test]
fn a_describe_that_misbehaves() {
    let does = |describe: &str| said(&Guest::good().describe(describe));
    assert_eq!(
        does("(loop $on (br $on)) (unreachable)"),
        "P0202: asked what it is, it used up its fuel of 100000000"
    );
    assert_eq!(
        does("(unreachable)"),
        "P0201: asked what it is, it stopped: wasm trap: wasm `unreachable` instruction executed"
    );
    assert_eq!(
        does("(i32.const -16)"),
        "P0201: asked what it is, it stopped: pointer out of bounds of memory"
    );
    assert_eq!(
        does("(i32.const 3)"),
        "P0201: asked what it is, it stopped: return pointer not aligned"
    );
    assert_eq!(
        does("(loop $on (drop (memory.grow (i32.const 16))) (br $on)) (unreachable)"),
        "P0204: asked what it is, it asked for more memory than its limit of 268435456 bytes"
    );
    assert_eq!(
        does("(i32.store (i32.const 260) (i32.const 5000000)) (i32.const 256)"),
        "P0201: asked what it is, it stopped: list pointer/length out of bounds of memory"
    );
    // One list of many kinds, all of them in the same few bytes.
    assert_eq!(
        does("(memory.fill (i32.const 1048576) (i32.const 0) (i32.const 2900000))
              (i32.store (i32.const 256) (i32.const 1048576)) (i32.store (i32.const 260) (i32.const 55000)) (i32.const 256)"),
        "P0108: what it says of itself cannot be: it has 55000 kinds; 256 are the most"
    );
    // Very many names, all of them the same long text.
    assert_eq!(
        does(
            "(local $at i32)
             (local.set $at (i32.const 3000000))
             (loop $on
                (i32.store (local.get $at) (i32.const 1048576))
                (i32.store offset=4 (local.get $at) (i32.const 1000000))
                (local.set $at (i32.add (local.get $at) (i32.const 8)))
                (br_if $on (i32.lt_u (local.get $at) (i32.const 4000000))))
             (i32.store (i32.const 264) (i32.const 3000000))
             (i32.store (i32.const 268) (i32.const 60000))
             (i32.const 256)"
        ),
        "P0206: asked what it is, it hands over more than 16777216 bytes in one call"
    );
    let deep = "(func $deep (result i32) (i32.add (call $deep) (i32.const 1)))";
    let guest = Guest::good().fields(deep).describe("(call $deep)");
    assert_eq!(said(&guest), "P0203: asked what it is, it used more than its 1024 KiB of stack");
}

#[test]
fn one_that_reports_and_logs_while_it_is_asked() {
    let log = "(call $log (i32.const 1048576) (i32.const 60000))";
    let guest = Guest::good().describe(format!("(loop $on {log} (br $on)) (unreachable)"));
    assert_eq!(said(&guest), "P0206: asked what it is, it logged more than 16777216 bytes");
}

#[track_caller]
fn schema(text: impl ToString) -> String {
    let text = text.to_string();
    let said = kind(|kind| kind.params = text);
    said.strip_prefix("the schema of `k` ").map_or(said.clone(), str::to_owned)
}

#[test]
fn schemas() {
    let of = |x: serde_json::Value| schema(json!({ "type": "object", "properties": { "x": x } }));
    let bomb = |place: &str, begin: &str| {
        let mut defs = serde_json::Map::new();
        defs.insert("a0".into(), json!({ "type": "string" }));
        for at in 1..40 {
            let below = format!("#/{place}/a{}", at - 1);
            defs.insert(
                format!("a{at}"),
                json!({ "allOf": [{ "$ref": below }, { "$ref": below }] }),
            );
        }
        let mut schema = json!({ "type": "object" });
        schema[place] = defs.into();
        schema["properties"] = json!({ begin: { "$ref": format!("#/{place}/a39") } });
        schema
    };
    let large = "has more than 20000 parts when its references are written out";
    assert_eq!(schema(bomb("$defs", "x")), large);
    assert_eq!(schema(bomb("definitions", "x")), large);
    // A param that is called so is no place where nobody looks.
    assert_eq!(schema(bomb("$defs", "$defs")), large);
    assert_eq!(schema(bomb("$defs", "definitions")), large);
    assert_eq!(schema(bomb("default", "x")), large);
    assert_eq!(of(json!({ "$ref": "#" })), "refers to itself at `#`");
    assert_eq!(of(json!({ "$ref": "#/properties/x" })), "refers to itself at `#/properties/x`");
    assert_eq!(
        of(json!({ "$recursiveRef": "#" })),
        "has a `$recursiveRef`, which a plugin's cannot"
    );
    for remote in ["https://example.com/x", "file:///etc/passwd", "x.json", "", "#x", "#/%24defs/a"]
    {
        assert_eq!(
            of(json!({ "$ref": remote })),
            format!("refers to `{remote}`, which is not in it")
        );
    }
    for key in ["$dynamicRef", "$dynamicAnchor", "$anchor", "$id", "$schema", "$vocabulary"] {
        assert_eq!(
            of(json!({ key: "https://example.com/x" })),
            format!("has a `{key}`, which a plugin's cannot")
        );
        let hidden =
            json!({ "type": "object", "$defs": { "y": { key: "https://example.com/x" } } });
        assert_eq!(schema(hidden), format!("has a `{key}`, which a plugin's cannot"));
    }
    let long = "a".repeat(2_000);
    assert_eq!(of(json!({ "pattern": long })), "has a pattern of 2000 bytes");
    assert_eq!(of(json!({ "patternProperties": { &long: {} } })), "has a pattern of 2000 bytes");
    let many: serde_json::Map<_, _> =
        (0..100).map(|at| (format!("x{at}"), json!({ "pattern": "\\w{200}" }))).collect();
    assert_eq!(schema(json!({ "type": "object", "properties": many })), large);
    let mut defs = serde_json::Map::new();
    for at in 0..2_000 {
        defs.insert(format!("a{at:04}"), json!({ "$ref": format!("#/$defs/a{:04}", at + 1) }));
    }
    defs.insert("a2000".into(), json!({}));
    assert_eq!(
        schema(json!({ "type": "object", "$defs": defs })),
        "has references through more than 32 others"
    );
}

#[test]
fn schemas_that_are_none() {
    assert!(schema("{").starts_with("is not JSON: "));
    assert_eq!(schema("[]"), "is no object");
    assert_eq!(schema("true"), "is no object");
    assert_eq!(schema("{}"), "must say `\"type\": \"object\"`");
    assert_eq!(schema(r#"{"type": ["object", "null"]}"#), "must say `\"type\": \"object\"`");
    assert!(schema("[".repeat(100_000)).starts_with("is not JSON: recursion limit exceeded"));
    assert_eq!(schema(" ".repeat(300_000) + "{}"), "has 300002 bytes; 262144 are the most");
    let call = "P0206: asked what it is, it hands over more than 16777216 bytes in one call";
    assert_eq!(schema("x".repeat(17_000_000)), call);
}
