//! What streams are called, what is in them, and what a step says at its end: nothing is
//! written outside of the output, and nothing half is a result.

use crate::bench::{Ask, Bench, Ended};
use crate::guest::{Guest, SEED};

/// A guest that makes streams of these names, one after another, a byte in each; it
/// fails as the host says, with the host's own code and message.
fn naming(names: &[&[u8]]) -> Guest {
    let mut guest = Guest::new("");
    let mut run = String::from("(local $w i32)");
    for name in names {
        let name = guest.text(name);
        run += &format!(
            "(call $create (i32.load (local.get $outs)) {name} (i32.const 256))
             (if (i32.load8_u (i32.const 256)) (then
                (i32.store8 (i32.const 512) (i32.const 1))
                (memory.copy (i32.const 516) (i32.const 260) (i32.const 28))
                (return (i32.const 512))))
             (local.set $w (i32.load (i32.const 260)))
             (call $write (local.get $w) (i32.const 16) (i32.const 1))
             (call $drop-writer (local.get $w))"
        );
    }
    guest.run(run + "(call $ok)")
}

fn named(names: &[&[u8]], artifact_type: &'static str) -> (Bench, Ended) {
    let ask = Ask { outputs: vec![("out", artifact_type)], ..Ask::default() };
    Bench::run(&naming(names), &ask)
}

/// Everything in the step's folder.
fn tree(bench: &Bench) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![bench.path("w")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => open.push(path),
                false => {
                    found.push(path.strip_prefix(bench.path("w")).unwrap().display().to_string())
                }
            }
        }
    }
    found.sort();
    found
}

#[test]
fn names_that_lead_out() {
    for name in [
        "..",
        "../x",
        "/etc/passwd",
        "a/../../b",
        "a/..",
        ".",
        "./x",
        "a//b",
        "/",
        "a/",
        "a\0b",
        "a\\b",
        "..\\x",
        "C:x",
        "a\nb",
        "a\u{1b}[2Jb",
        "\u{7f}",
    ] {
        let (bench, ended) = named(&[name.as_bytes()], "files");
        let shown = name.escape_debug().to_string().replace("\\'", "'");
        assert_eq!(
            ended.failed(),
            format!("P0302: the output `out`: `{shown}` is no name of a file in a folder"),
        );
        assert_eq!(tree(&bench), ["request.json"]);
    }
    let long = "n".repeat(201);
    assert!(
        named(&[long.as_bytes()], "files")
            .1
            .failed()
            .ends_with("n` is no name of a file in a folder")
    );
    let longest = "n".repeat(3_000_000);
    let said = named(&[longest.as_bytes()], "files").1.failed();
    assert!(said.ends_with("n` is no name of a file in a folder"), "{said}");
}

#[test]
fn names_that_have_no_place() {
    let twice = |names: &[&[u8]]| {
        let said = named(names, "files").1.failed();
        said.strip_prefix("P0302: the output `out`: ").map_or(said.clone(), str::to_owned)
    };
    assert_eq!(twice(&[b"a", b"a"]), "the stream `a` is made twice");
    assert_eq!(twice(&[b"", b""]), "the stream `` is made twice");
    assert_eq!(twice(&[b"", b"a"]), "it is one file already: a second stream has no place");
    assert_eq!(twice(&[b"a", b""]), "it is a folder already: a stream needs a name");
    assert_eq!(twice(&[b"a", b"a/b"]), "`a/b` would stand in `a`, which is a file");
    assert_eq!(twice(&[b"a", b"a/b/c"]), "`a/b/c` would stand in `a`, which is a file");
    assert_eq!(twice(&[b"a/b", b"a-", b"a"]), "`a` is a folder already");
    assert_eq!(
        twice(&[b"a\xff"]),
        "P0201: it stopped: invalid utf-8 sequence of 1 bytes from index 1, in run"
    );
    let (bench, ended) = named(&[b"a/b/c", b"a/b/d", b"a/e", b"a-", "ключ".as_bytes()], "files");
    ended.well();
    assert_eq!(
        tree(&bench),
        [
            "out/out/a-",
            "out/out/a/b/c",
            "out/out/a/b/d",
            "out/out/a/e",
            "out/out/ключ",
            "request.json"
        ]
    );
}

#[test]
fn splits_are_words() {
    for name in ["", "..", "../x", "a/b", "a b", "a.b", "\u{1b}"] {
        let (bench, ended) = named(&[name.as_bytes()], "dataset");
        let said = ended.failed();
        assert!(said.starts_with("P0302: the output `out`: the stream `"), "{said}");
        assert_eq!(tree(&bench), ["request.json"]);
    }
}

#[test]
fn a_step_that_writes_nothing() {
    let nothing = "P0302: the output `out`: nothing was written to it";
    for artifact_type in ["files", "dataset", "predictions", "model"] {
        let ask = Ask { outputs: vec![("out", artifact_type)], ..Ask::default() };
        assert_eq!(Bench::run(&Guest::new("(call $ok)"), &ask).1.failed(), nothing);
    }
    let (bench, ended) = Bench::run(
        &Guest::new("(call $ok)"),
        &Ask { outputs: vec![("out", "metrics")], ..Ask::default() },
    );
    ended.well();
    assert!(bench.path("w/out/out").is_file());
}

#[test]
fn traps_and_bad_pointers() {
    for (run, expected) in [
        ("(unreachable)", "it stopped: wasm trap: wasm `unreachable` instruction executed, in run"),
        (
            "(i32.div_s (i32.const 1) (i32.const 0))",
            "it stopped: wasm trap: integer divide by zero, in run",
        ),
        ("(i32.load (i32.const -8))", "it stopped: wasm trap: out of bounds memory access, in run"),
        (
            "(call $log (i32.const -8) (i32.const 7)) (call $ok)",
            "it stopped: string pointer/length out of bounds of memory, in run",
        ),
        (
            "(call $log (i32.const 65536) (i32.const -1)) (call $ok)",
            "it stopped: string pointer/length out of bounds of memory, in run",
        ),
        ("(i32.const -4)", "it stopped: pointer out of bounds of memory"),
        ("(i32.const 17)", "it stopped: return pointer not aligned"),
        (
            "(i32.store8 (i32.const 16) (i32.const 9)) (i32.const 16)",
            "it stopped: invalid expected discriminant",
        ),
        (
            "(call $write (i32.const 77) (i32.const 0) (i32.const 0)) (call $ok)",
            "it stopped: unknown handle index 77, in run",
        ),
        (
            "(call $drop-writer (i32.const 0)) (call $ok)",
            "it stopped: unknown handle index 0, in run",
        ),
        (
            "(call $write (i32.load (local.get $outs)) (i32.const 0) (i32.const 1)) (call $ok)",
            "it stopped: handle index 1 used with the wrong type, expected guest-defined resource but found a different guest-defined resource, in run",
        ),
    ] {
        let (_, ended) = Bench::run(&Guest::new(run), &Ask::default());
        assert_eq!(ended.failed(), format!("P0201: {expected}"), "{run}");
    }
}

#[test]
fn allocators() {
    let expected = |realloc: &str| {
        let guest = Guest::good().realloc(realloc);
        Bench::run(&guest, &Ask::default()).1.failed()
    };
    for (realloc, said) in [
        ("(unreachable)", "P0201: it stopped: wasm trap: wasm `unreachable` instruction executed"),
        ("(loop $on (br $on))", "P0202: it used up its fuel of 50000000"),
        ("(return (i32.const -8))", "P0201: it stopped: "),
        ("(call $log (i32.const 0) (i32.const 1))", "P0201: it stopped: "),
        (
            "(drop (call $run (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
            (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))",
            "P0201: it stopped: ",
        ),
    ] {
        let found = expected(realloc);
        assert!(found.starts_with(said), "{realloc}: {found}");
    }
}

#[test]
fn a_writer_that_was_let_go_of() {
    let run = "(local $w i32)
        (local.set $w (call $made (i32.load (local.get $outs)) (i32.const 0) (i32.const 0)))
        (call $drop-writer (local.get $w))
        (call $write (local.get $w) (i32.const 0) (i32.const 1)) (call $ok)";
    let (_, ended) = Bench::run(&Guest::new(run), &Ask::default());
    assert!(
        ended.failed().starts_with("P0201: it stopped: unknown handle index"),
        "{}",
        ended.failed()
    );
}

#[test]
fn a_trap_in_a_function_with_a_terrible_name() {
    let fields = format!(r#"(func $"{}" (unreachable))"#, "x\\1b[2J\\0a".repeat(2_000));
    let run = format!(r#"(call $"{}") (call $ok)"#, "x\\1b[2J\\0a".repeat(2_000));
    let (_, ended) = Bench::run(&Guest::new(&run).fields(fields), &Ask::default());
    let said = ended.failed();
    assert!(
        said.starts_with(
            "P0201: it stopped: wasm trap: wasm `unreachable` instruction executed, in x"
        ),
        "{said}"
    );
}

#[test]
fn failures_of_its_own() {
    let fails = |code: &[u8], message: &[u8]| {
        let mut guest = Guest::new("");
        let failure = guest.failure(code, message);
        Bench::run(&guest.run(failure), &Ask::default()).1.failed()
    };
    assert_eq!(fails(b"MINE1", b"the column `a` is empty"), "MINE1: the column `a` is empty");
    for code in ["", "mine", "M 1", "M\n", "1M", "MUCHTOOLONGFORONE", "É1"] {
        assert_eq!(fails(code.as_bytes(), b"so"), "P0201: so");
    }
    assert_eq!(fails(b"M1", b""), "M1: it failed, and did not say why");
    assert_eq!(fails(b"M1", b"two\nlines \x1b[31mred\x07"), "M1: two lines \\u{1b}[31mred\\u{7}");
    assert_eq!(fails(b"M1", "\u{202e}txt".as_bytes()), "M1: \\u{202e}txt");
    assert_eq!(fails(b"M1", &vec![b'x'; 3_000_000]), format!("M1: {} ..", "x".repeat(1_000)));
}

fn metric(name: &str, value: &str, low: &str) -> String {
    let mut guest = Guest::new("");
    let name = guest.text(name);
    let run = format!(
        "(call $metric {name} (f64.const {value}) (i32.const 1) (f64.const {low}) (i32.const 0) (f64.const 0)
            (i32.const 0) (f64.const 0) (i32.const 0) (i32.const 0)) (call $ok)"
    );
    Bench::run(&guest.run(run), &Ask::default()).1.failed()
}

#[test]
fn metrics_that_are_none() {
    let not = "P0303: what it reported cannot be: the metric `m` is not a finite number";
    assert_eq!(metric("m", "nan", "0"), not);
    assert_eq!(metric("m", "inf", "0"), not);
    assert_eq!(metric("m", "0", "-inf"), not);
    assert_eq!(metric("", "0", "0"), "P0303: what it reported cannot be: a metric has no name");
}

#[test]
fn findings_that_are_none() {
    for code in ["", "lower", "A-1", "É"] {
        let mut guest = Guest::new("");
        let (code_at, message) = (guest.text(code), guest.text("m"));
        let run = format!(
            "(call $finding (i32.const 0) {code_at} {message} (i32.const 0) (i32.const 0) (i32.const 0)
                (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0)) (call $ok)"
        );
        let (_, ended) = Bench::run(&guest.run(run), &Ask::default());
        assert_eq!(
            ended.failed(),
            format!("P0303: what it reported cannot be: the finding's code `{code}` is none")
        );
    }
    let worst = "(call $finding (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
                (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0)) (call $ok)";
    let (_, ended) = Bench::run(&Guest::new(worst), &Ask::default());
    assert_eq!(ended.failed(), "P0201: it stopped: unexpected discriminant: 3, in run");
}

#[test]
fn what_is_reported_by_a_step_that_fails_is_not_reported() {
    let mut guest = Guest::new("");
    let name = guest.text("m");
    let run = format!(
        "(call $metric {name} (f64.const 1) (i32.const 0) (f64.const 0) (i32.const 0) (f64.const 0)
            (i32.const 0) (f64.const 0) (i32.const 0) (i32.const 0)) (unreachable)"
    );
    let (_, ended) = Bench::run(&guest.run(run), &Ask::default());
    assert!(ended.failed().starts_with("P0201"));
    assert_eq!(ended.events, []);
}

#[test]
fn random_numbers_without_a_seed() {
    let run = "(drop (call $draw (i32.const 0) (i32.const 0) (i64.const 0))) (call $ok)";
    let guest = Guest::new(run).import(SEED);
    let ask = Ask { grants: vec!["seed".to_owned()], ..Ask::default() };
    assert_eq!(
        Bench::run(&guest, &ask).1.failed(),
        "P0108: what it says of itself cannot be: it draws random numbers, and its kind does not say `random`"
    );
    assert_eq!(Bench::run(&Guest::good(), &ask).1.error, None);
}

#[test]
fn a_stream_that_is_not_there() {
    let bench = Bench::new();
    let folder = bench.write("input/a/b", "x").parent().unwrap().parent().unwrap().to_owned();
    for name in ["", "a", "/etc/passwd", "a/../a/b", "../../compiled", "a/b\0"] {
        let mut guest = Guest::new("");
        let at = guest.text(name);
        let run = format!(
            "(call $open (i32.load (local.get $ins)) {at} (i32.const 256))
             (if (i32.eqz (i32.load8_u (i32.const 256))) (then (unreachable)))
             (i32.store8 (i32.const 512) (i32.const 1))
             (memory.copy (i32.const 516) (i32.const 260) (i32.const 28))
             (i32.const 512)"
        );
        bench.compile(&guest.run(run).component()).well();
        let ended = bench.step(&Ask { inputs: vec![("files", folder.clone())], ..Ask::default() });
        let shown = name.replace('\0', "\\u{0}");
        assert_eq!(
            ended.failed(),
            format!("P0301: the input `in`: there is no stream `{shown}`; it has a/b")
        );
    }
}
