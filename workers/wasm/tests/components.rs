//! Files that are no plugin: of another kind, of another world, of another version, or
//! such that compiling them takes for ever.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::bench::{Bench, watch};
use crate::guest::{Guest, SEED, component_of};

/// Seconds after which the test kills a compiler, as the core does after its own limit.
const PATIENCE: Duration = Duration::from_secs(300);

#[track_caller]
fn refused(bytes: &[u8]) -> String {
    let bench = Bench::new();
    let ended = bench.compile(bytes);
    assert!(!bench.path("compiled").exists());
    ended.failed()
}

/// Why a component that can be compiled cannot be used.
#[track_caller]
fn unusable(component: &[u8], grants: &[&str]) -> String {
    let bench = Bench::new();
    bench.compile(component).well();
    let (ended, said) = bench.ask(grants);
    assert_eq!(said, None);
    ended.failed()
}

fn text(component: &str) -> Vec<u8> {
    wat::parse_str(component).unwrap()
}

#[test]
fn what_is_no_component() {
    assert_eq!(refused(b""), "P0102: it is an empty file, not a WebAssembly component");
    assert_eq!(refused(b"\0asm"), "P0102: it is something else, not a WebAssembly component");
    assert_eq!(
        refused(b"#!/bin/sh\nrm -rf ~\n"),
        "P0102: it is something else, not a WebAssembly component"
    );
    assert_eq!(refused(&[0xff; 4096]), "P0102: it is something else, not a WebAssembly component");
    assert_eq!(
        refused(&text("(module)")),
        "P0102: it is a core module, not a WebAssembly component"
    );
    assert_eq!(
        refused(b"\0asm\x0e\0\x01\0"),
        "P0102: it is WebAssembly of another version, not a WebAssembly component"
    );
    let garbage = refused(b"\0asm\x0d\0\x01\0garbage");
    assert!(garbage.starts_with("P0106: it cannot be compiled: "), "{garbage}");
}

#[test]
fn a_component_cut_short_anywhere() {
    let whole = Guest::good().component();
    for length in [9, 100, whole.len() / 2, whole.len() - 1] {
        let said = refused(&whole[..length]);
        assert!(said.starts_with("P0106: it cannot be compiled: "), "{length}: {said}");
    }
}

#[test]
fn a_file_of_two_hundred_megabytes() {
    let bench = Bench::new();
    let file = std::fs::File::create(bench.path("plugin.wasm")).unwrap();
    file.set_len(200_000_000).unwrap();
    let ended = bench.call(&["compile", "plugin.wasm", "compiled"], 256);
    assert_eq!(ended.failed(), "P0101: it has 200000000 bytes; a plugin has at most 67108864");
    assert!(ended.peak < 64, "{} MiB", ended.peak);
}

#[test]
fn a_component_of_another_world() {
    let none = "P0105: it is no plugin of ingot:step@1.0.0: no export `describe` found";
    assert_eq!(unusable(&text("(component)"), &[]), none);
    let describe = r#"(component
        (core module $m (func (export "f") (result i32) (i32.const 1)))
        (core instance $i (instantiate $m))
        (func $f (result u32) (canon lift (core func $i "f")))
        (export "describe" (func $f)) (export "run" (func $f)))"#;
    let other =
        "P0105: it is no plugin of ingot:step@1.0.0: type-checking export func `describe`: ";
    assert!(unusable(&text(describe), &[]).starts_with(other));
}

#[test]
fn another_version_of_the_interface() {
    for version in ["1.1.0", "1.0.1", "2.0.0", "0.9.0"] {
        let component = format!(
            r#"(component (import "ingot:step/report@{version}" (instance
                (export "log" (func (param "line" string))))))"#
        );
        assert_eq!(
            unusable(&text(&component), &[]),
            format!(
                "P0104: it speaks ingot:step@{version}; this version of ingot speaks ingot:step@1.0.0"
            )
        );
    }
    let types = r#"(component (import "ingot:step/types@1.1.0" (instance
        (type $d (enum "bitwise" "none" "platform")) (export "determinism" (type (eq $d))))))"#;
    assert!(unusable(&text(types), &[]).starts_with("P0104: it speaks ingot:step@1.1.0; "));
    let more = r#"(component (import "ingot:step/report@1.0.0" (instance
        (export "draw-a-picture" (func (param "line" string))))))"#;
    let said = unusable(&text(more), &[]);
    assert!(said.starts_with("P0105: ") && said.contains("`draw-a-picture`"), "{said}");
    let other = r#"(component (import "ingot:step/report@1.0.0" (instance
        (export "log" (func (param "line" u32))))))"#;
    let said = unusable(&text(other), &[]);
    assert!(said.starts_with("P0105: ") && said.contains("`log` has the wrong type"), "{said}");
}

#[test]
fn imports_that_are_not_granted() {
    let clock = r#"(component (import "wasi:clocks/monotonic-clock@0.2.0" (instance
        (export "now" (func (result u64))))))"#;
    assert_eq!(
        unusable(&text(clock), &["seed"]),
        "P0103: it imports `wasi:clocks/monotonic-clock@0.2.0`, which no plugin gets"
    );
    let function = r#"(component (import "system" (func (param "command" string))))"#;
    assert_eq!(unusable(&text(function), &[]), "P0103: it imports `system`, which no plugin gets");
    let long = format!(r#"(component (import "{}" (func)))"#, "long-".repeat(10_000) + "name");
    assert!(unusable(&text(&long), &[]).starts_with("P0103: it imports `long-long-"));
    let draws =
        Guest::new("(drop (call $draw (i32.const 0) (i32.const 0) (i64.const 0))) (call $ok)");
    let draws = draws.import(SEED).component();
    assert_eq!(
        unusable(&draws, &[]),
        "P0103: it imports `ingot:step/seed@1.0.0`, which the manifest does not grant"
    );
    let bench = Bench::new();
    bench.compile(&draws).well();
    let help = bench.ask(&[]).0.error.unwrap().2;
    assert_eq!(help, "if you trust it with that: grants = [\"seed\"]");
    bench.ask(&["seed"]).0.well();
}

#[test]
fn proposals_that_could_change_a_result_are_off() {
    for (what, field) in [
        ("threads", "(memory $shared 1 1 shared)"),
        ("memory64", "(memory $wide i64 1)"),
        ("pages of one byte", "(memory $small 1 (pagesize 1))"),
    ] {
        let module = format!(r#"(module {field} (memory (export "memory") 1))"#);
        let component =
            format!("(component (core module {}))", &module["(module".len()..module.len() - 1]);
        let said = refused(&text(&component));
        assert!(said.starts_with("P0106: it cannot be compiled: "), "{what}: {said}");
    }
}

#[test]
fn an_alien_file_as_machine_code() {
    let bench = Bench::new();
    for bytes in [&b""[..], b"nothing", &[0x7f, b'E', b'L', b'F', 0, 0, 0, 0], &[0; 100_000]] {
        bench.write("compiled", bytes);
        let (ended, _) = bench.ask(&[]);
        assert!(ended.failed().starts_with("P0107: the compiled plugin "), "{}", ended.failed());
    }
}

/// Modules that are small and take a compiler long. It need not get through: it must be
/// small while it tries, leave nothing behind when it is killed, and what it says must
/// be an error.
#[test]
fn compile_bombs() {
    let nested = format!("(func {} {})", "(block ".repeat(20_000), ")".repeat(20_000));
    let functions = "(func (param i32) (result i32) (local.get 0))".repeat(20_000);
    let branches: String =
        "(br_if 0 (local.get 0)) (local.set 1 (i32.add (local.get 1) (local.get 0)))".repeat(5_000);
    let huge = format!("(func (param i32) (local i32) (block {branches}))");
    let targets = "0 ".repeat(100_000);
    let table = format!("(func (param i32) (block (br_table {targets} (local.get 0))))");
    for (name, fields) in
        [("nested", nested), ("functions", functions), ("huge", huge), ("table", table)]
    {
        let bench = Bench::new();
        bench.write("plugin.wasm", component_of(&Guest::good().fields(fields).module()));
        let mut compiler = Command::new("/bin/sh");
        compiler
            .args(["-c", "ulimit -d 4194304 2>/dev/null; exec \"$@\"", "sh"])
            .arg(env!("CARGO_BIN_EXE_ingot-wasm"))
            .args(["compile", "plugin.wasm", "compiled"])
            .current_dir(bench.path(""))
            .stdout(Stdio::null());
        let (peak, status) = watch(&mut compiler, PATIENCE);
        assert!(peak < 2048, "{name}: {peak} MiB");
        assert!(matches!(status.code(), Some(0 | 1)), "{name}: {status}");
    }
}
