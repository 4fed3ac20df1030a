//! Hostile plugins through `ingot build`: the step fails and no other does, the terminal
//! says what to do, and what a result is named by does not move with limits or machine.

use std::collections::BTreeSet;

use serde_json::json;

use crate::guest::{Guest, SEED};
use crate::value::Expansion;
use crate::workspace::Workspace;

/// A build in which the plugin's step fails and the other one does not.
#[track_caller]
fn fails(guest: &Guest, plugin: &str, step: &str) -> Option<String> {
    let workspace = Workspace::new(&guest.component())?;
    workspace.plugin(plugin);
    workspace.step(step);
    let said = workspace.build();
    assert_eq!(said.code, 1, "{}", said.text);
    assert_eq!(said.executed(), ["evil", "good"]);
    assert_eq!(workspace.read(".ingot/out/good/copy"), "a text\n");
    assert!(!workspace.path(".ingot/out/evil/out").exists());
    let failure = said.failure();
    // What has failed has no result: it is tried again, and alone.
    let again = workspace.build();
    assert_eq!((again.code, again.executed()), (1, vec!["evil".to_owned()]));
    assert_eq!(again.failure(), failure);
    Some(failure)
}

/// A build that is refused before anything runs; gives what the terminal says.
#[track_caller]
fn refused(component: &[u8]) -> Option<String> {
    let workspace = Workspace::new(component)?;
    let said = workspace.call(&["build", "-k"]);
    assert_eq!(said.code, 3, "{}", said.text);
    assert!(!workspace.path("ingot.lock").exists());
    Some(said.text)
}

const FOREVER: &str = "(loop $on (br $on)) (unreachable)";

#[test]
fn an_endless_loop() {
    let Some(said) = fails(&Guest::new(FOREVER), "limits = { fuel = 10_000_000 }", "") else {
        return;
    };
    assert_eq!(
        said,
        "P0202: it used up its fuel of 10000000\n\
         help: if it is no endless loop, give it more: limits = { fuel = 100000000 }"
    );
}

#[test]
fn an_endless_loop_with_all_the_fuel_there_is() {
    let fuel = "limits = { fuel = 9_000_000_000_000_000_000 }";
    let Some(said) = fails(&Guest::new(FOREVER), fuel, "timeout = \"1s\"") else { return };
    assert!(said.starts_with("E0803: it took longer than its timeout of 1 s\nhelp: "), "{said}");
}

#[test]
fn memory_without_end() {
    let guest = Guest::new("(loop $on (drop (memory.grow (i32.const 1))) (br $on)) (unreachable)");
    let Some(said) = fails(&guest, "limits = { memory = \"16MiB\" }", "") else { return };
    assert_eq!(
        said,
        "P0204: it asked for more memory than its limit of 16777216 bytes\n\
         help: give it more: limits = { memory = \"2GiB\" }"
    );
}

#[test]
fn output_without_end() {
    let guest = Guest::new(
        "(local $w i32)
         (local.set $w (call $made (i32.load (local.get $outs)) (i32.const 0) (i32.const 0)))
         (loop $on (call $write (local.get $w) (i32.const 0) (i32.const 65536)) (br $on)) (unreachable)",
    );
    let Some(said) = fails(&guest, "limits = { output = \"1MiB\" }", "") else { return };
    assert!(
        said.starts_with("P0205: it wrote more than its limit of 1048576 bytes\nhelp: "),
        "{said}"
    );
}

#[test]
fn log_and_progress_without_end() {
    let log = "(loop $on (call $log (i32.const 1048576) (i32.const 100)) (br $on)) (unreachable)";
    let Some(said) = fails(&Guest::new(log), "", "") else { return };
    assert!(said.starts_with("P0206: it logged more than 16777216 bytes\nhelp: "), "{said}");
    let unit = "(i64.const 1) (i64.const 2) (i32.const 1048576) (i32.const 2000000)";
    let progress = format!("(loop $on (call $progress {unit}) (br $on)) (unreachable)");
    let said = fails(&Guest::new(&progress), "", "").unwrap();
    assert!(said.starts_with("P0206: it logged more than 16777216 bytes\nhelp: "), "{said}");
}

#[test]
fn a_failure_that_would_paint_the_terminal() {
    let mut guest = Guest::new("");
    let failure = guest.failure("MINE", "\u{1b}]0;owned\u{7}\nerror: all is well".repeat(10_000));
    let Some(said) = fails(&guest.run(failure), "", "") else { return };
    assert!(said.starts_with("MINE: \\u{1b}]0;owned\\u{7} error: all is well"), "{said}");
    assert!(said.len() < 3_000);
}

#[test]
fn what_is_said_of_a_plugin_that_cannot_be_used() {
    let Some(lies) = refused(&Guest::good().says(|said| said.kinds.clear()).component()) else {
        return;
    };
    let clock = r#"(component (import "wasi:clocks/wall-clock@0.2.0" (instance
        (export "now" (func (result u64))))))"#;
    let draws =
        Guest::new("(drop (call $draw (i32.const 0) (i32.const 0) (i64.const 0))) (call $ok)");
    let told = [
        lies,
        refused(b"no component").unwrap(),
        refused(&wat::parse_str("(module)").unwrap()).unwrap(),
        refused(&wat::parse_str(clock).unwrap()).unwrap(),
        refused(&wat::parse_str("(component)").unwrap()).unwrap(),
        refused(&draws.import(SEED).component()).unwrap(),
        refused(&Guest::good().describe(FOREVER).component()).unwrap(),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

/// Patterns are an engine's that takes a time in their length; what they must not be is
/// large.
#[test]
fn a_pattern_that_others_backtrack_on() {
    let schema = r#"{ "type": "object", "properties": { "x": { "type": "string", "pattern": "^(a+)+$" } } }"#;
    let guest = Guest::good().says(|said| said.kinds[0].params = schema.to_owned());
    let Some(workspace) = Workspace::new(&guest.component()) else { return };
    workspace.step(&format!("x = \"{}!\"", "a".repeat(60_000)));
    let said = workspace.build();
    assert_eq!(said.code, 3);
    assert!(
        said.text.contains("error[E0403]: `x`: "),
        "{}",
        &said.text[said.text.len().saturating_sub(2_000)..]
    );
}

#[test]
fn patterns_that_are_large_automata() {
    let params: serde_json::Map<_, _> = (0..8)
        .map(|at| (format!("x{at}"), json!({ "type": "string", "pattern": "(\\w{100}){100}" })))
        .collect();
    let schema = json!({ "type": "object", "properties": params }).to_string();
    let guest = Guest::good().says(|said| said.kinds[0].params = schema);
    let Some(workspace) = Workspace::new(&guest.component()) else { return };
    let text = "a".repeat(2_000);
    let params: Vec<String> = (0..8).map(|at| format!("x{at} = \"{text}\"")).collect();
    workspace.step(&params.join("\n"));
    let said = workspace.build();
    assert_eq!(said.code, 3, "{}", &said.text[..said.text.len().min(500)]);
    let refused = "error[E0406]: the schema of the kind `evil` is not usable";
    assert!(said.text.contains(refused), "{}", &said.text[..said.text.len().min(500)]);
    assert!(said.peak < 512, "{} MiB", said.peak);
}

#[test]
fn a_rule_for_a_kind_that_nobody_has() {
    let rule =
        Expansion { port: "in".into(), kind: "nobody".into(), inputs: vec![], params: vec![] };
    let guest = Guest::good().says(|said| said.kinds[0].expands = vec![rule]);
    let Some(workspace) = Workspace::new(&guest.component()) else { return };
    workspace.edit("kind = \"evil\"\ninputs.in = \"text\"", "kind = \"evil\"");
    let said = workspace.build();
    assert_eq!(said.code, 3, "{}", said.text);
    assert!(
        said.text.contains("error[E0304]: `evil` without `in` needs the kind `nobody`"),
        "{}",
        said.text
    );
}

#[test]
fn another_file_than_the_lock_has() {
    let Some(workspace) = Workspace::new(&Guest::good().component()) else { return };
    assert_eq!(workspace.build().code, 0);
    let component = std::fs::read(workspace.path("evil.wasm")).unwrap();
    workspace.write("evil.wasm", [&component[..], b"\0\x03\x01x!"].concat());
    let said = workspace.call(&["build", "--locked"]);
    assert_eq!(said.code, 5, "{}", said.text);
    assert!(
        said.text.contains("error[E0902]: the plugin `evil` is not as ingot.lock has it"),
        "{}",
        said.text
    );
    workspace.write("evil.wasm", component);
    assert_eq!(workspace.call(&["build", "--locked"]).code, 0);
}

/// A build that has nothing to do starts no plugin, and does not even compile one: what
/// is compiled can be taken away.
#[test]
fn a_build_that_has_nothing_to_do() {
    let Some(workspace) = Workspace::new(&Guest::good().component()) else { return };
    assert_eq!(workspace.build().executed(), ["evil", "good"]);
    let compiled = workspace.cache().join("plugins");
    assert_eq!(std::fs::read_dir(&compiled).unwrap().count(), 2, "the code and its sum");
    std::fs::remove_dir_all(&compiled).unwrap();
    let said = workspace.build();
    assert_eq!((said.code, said.executed().len()), (0, 0), "{}", said.text);
    assert!(!compiled.exists());
    // With something to do it is compiled anew.
    workspace.write("text.txt", "another text\n");
    assert_eq!(workspace.build().executed(), ["evil", "good"]);
    assert_eq!(std::fs::read_dir(&compiled).unwrap().count(), 2, "the code and its sum");
}

/// What a step does with all that it is told: its input, its params, one of each report.
fn tells_all() -> Guest {
    let mut guest = Guest::new("");
    let (name, code, text) = (guest.text("m"), guest.text("F1"), guest.text("found"));
    guest.run(format!(
        "(local $r i32) (local $w i32)
         (call $open (i32.load (local.get $ins)) (i32.const 0) (i32.const 0) (i32.const 256))
         (local.set $r (i32.load (i32.const 260)))
         (local.set $w (call $made (i32.load (local.get $outs)) (i32.const 0) (i32.const 0)))
         (call $read (local.get $r) (i32.const 1000) (i32.const 256))
         (call $write (local.get $w) (i32.load (i32.const 256)) (i32.load (i32.const 260)))
         (call $write (local.get $w) (local.get $params) (local.get $params-length))
         ;; A growth that its own maximum forbids, and the bits of a NaN.
         (i32.store (i32.const 512) (memory.grow (i32.const 200)))
         (f64.store (i32.const 520) (f64.div (f64.const -0) (f64.const 0)))
         (call $write (local.get $w) (i32.const 512) (i32.const 16))
         (call $metric {name} (f64.const 0.5) (i32.const 0) (f64.const 0) (i32.const 0) (f64.const 0)
            (i32.const 0) (f64.const 0) (i32.const 0) (i32.const 0))
         (call $finding (i32.const 0) {code} {text} (i32.const 0) (i32.const 0) (i32.const 0)
            (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0))
         (call $ok)"
    ))
    .memory("64 100")
}

#[test]
fn the_same_bytes_and_keys_under_any_limits_and_cores() {
    let component = tells_all().component();
    let locks: Option<BTreeSet<String>> = [
        ("", "", &["build", "-j", "1"][..]),
        ("", "", &["build", "-j", "4"]),
        ("limits = { fuel = 5_000_000, memory = \"12MiB\", output = \"1MiB\" }", "", &["build"]),
        ("limits = { memory = \"4GiB\" }\ngrants = [\"seed\"]", "", &["build"]),
        ("", "resources = { cpu = 2 }", &["build"]),
        ("", "", &["build", "--no-sandbox"]),
    ]
    .into_iter()
    .map(|(plugin, step, words)| {
        let workspace = Workspace::new(&component)?;
        workspace.plugin(plugin);
        workspace.step(step);
        let said = workspace.call(words);
        assert_eq!(said.code, 0, "{}", said.text);
        let lock = workspace.read("ingot.lock");
        let part = |begin: &str| {
            let at = lock.find(begin).unwrap();
            lock[at..].split("\n\n").next().unwrap().to_owned()
        };
        Some(part("[plugins.evil]") + &part("[[steps.evil]]"))
    })
    .collect();
    let Some(locks) = locks else { return };
    assert_eq!(locks.len(), 1, "{locks:#?}");
}

#[test]
fn limits_and_grants_are_in_no_key_and_bytes_are() {
    let component = tells_all().component();
    let Some(workspace) = Workspace::new(&component) else { return };
    assert_eq!(workspace.build().executed(), ["evil", "good"]);
    workspace.plugin("limits = { fuel = 5_000_000, memory = \"12MiB\" }");
    assert_eq!(workspace.build().executed(), [""; 0]);
    workspace.plugin("grants = [\"seed\"]");
    assert_eq!(workspace.build().executed(), [""; 0]);
    // A custom section does nothing, and is another component all the same.
    workspace.write("evil.wasm", [&component[..], b"\0\x03\x01x!"].concat());
    assert_eq!(workspace.build().executed(), ["evil"]);
    workspace.write("evil.wasm", component);
    assert_eq!(workspace.build().executed(), [""; 0]);
}

/// What is compiled is of this user on this machine; a file that was cut short, by a full
/// disk say, is no dead end.
#[test]
fn a_compiled_file_that_is_broken() {
    let Some(workspace) = Workspace::new(&Guest::good().component()) else { return };
    assert_eq!(workspace.build().code, 0);
    let compiled = std::fs::read_dir(workspace.cache().join("plugins"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    std::fs::remove_file(&compiled).unwrap();
    std::fs::write(&compiled, "cut short").unwrap();
    workspace.write("text.txt", "another text\n");
    let said = workspace.build();
    if said.code != 0 {
        let failure = said.failure();
        assert!(failure.starts_with("P0107: the compiled plugin "), "{failure}");
        assert!(
            failure.ends_with(&format!("help: remove {}: it is compiled anew", compiled.display()))
        );
        std::fs::remove_file(&compiled).unwrap();
    }
    assert_eq!(workspace.build().code, 0);
}

/// A plugin with an artifact type of its own, whose output is of that type.
fn of_its_own_type() -> Guest {
    Guest::good().says(|said| {
        said.types.push((b"cards".to_vec(), b"cards of a deck".to_vec()));
        said.kinds[0].outputs[0].1 = "cards".to_owned();
    })
}

#[test]
fn an_artifact_of_a_plugins_own_type_is_what_the_plugin_says() {
    let mut guest = of_its_own_type();
    let summary = guest.text("52 cards");
    let guest = guest.fields(format!(
        r#"(func $said (param $at i32) (param $length i32)
             (i32.store (i32.const 604) (local.get $at))
             (i32.store (i32.const 608) (local.get $length)))
           (func (export "inspect") (param $artifact i32) (result i32)
             (memory.fill (i32.const 600) (i32.const 0) (i32.const 40))
             (call $said {summary}) (i32.const 600))"#
    ));
    let Some(workspace) = Workspace::new(&guest.component()) else { return };
    assert_eq!(workspace.build().executed(), ["evil", "good"]);
    let said = workspace.call(&["show", "evil.out"]);
    assert_eq!(
        (said.code, said.text.as_str()),
        (0, "cards: 52 cards\n\nmade by\nstep  kind  from\nevil  evil  text\n")
    );
}

#[test]
fn an_artifact_of_which_its_plugin_says_nothing_is_counted() {
    let Some(workspace) = Workspace::new(&of_its_own_type().component()) else { return };
    workspace.build();
    let said = workspace.call(&["show", "evil.out"]);
    assert_eq!(
        (said.code, said.text.as_str()),
        (0, "cards: 1 file\n\nmade by\nstep  kind  from\nevil  evil  text\n")
    );
}
