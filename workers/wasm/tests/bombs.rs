//! Plugins that take more than they may: time, stack, memory, tables, handles, output,
//! log, reports. Each ends with the code of the limit, and the host stays small.

use ingot_protocol::PluginLimits;

use crate::bench::{Ask, Bench, Ended};
use crate::guest::Guest;

/// Memory of the program itself, before a guest has any, with some room, MiB.
const HOST: u64 = 200;

#[track_caller]
fn ended(guest: &Guest, ask: &Ask) -> Ended {
    let (_, ended) = Bench::run(guest, ask);
    let most = HOST + (ask.limits.memory >> 20);
    assert!(ended.peak < most, "{} MiB of {most}", ended.peak);
    ended
}

#[track_caller]
fn failed(guest: &Guest) -> String {
    ended(guest, &Ask::default()).failed()
}

/// A call again and again, for ever.
fn again(call: &str) -> String {
    format!("(loop $on {call} (br $on)) (unreachable)")
}

#[test]
fn one_that_works() {
    let (bench, ended) = Bench::run(&Guest::good(), &Ask::default());
    ended.well();
    assert_eq!(std::fs::read(bench.path("w/out/out")).unwrap(), b"written");
}

#[test]
fn an_endless_loop() {
    assert_eq!(failed(&Guest::new(&again(""))), "P0202: it used up its fuel of 50000000");
}

#[test]
fn an_endless_start() {
    let guest = Guest::good().fields("(func $s (loop $on (br $on))) (start $s)");
    assert_eq!(failed(&guest), "P0202: it used up its fuel of 50000000");
}

/// Filling memory costs fuel by the byte: a budget of fuel is one of time.
#[test]
fn a_busy_wait_in_bulk_operations() {
    let fill = "(memory.fill (i32.const 0) (i32.const 0) (i32.const 4000000))";
    assert_eq!(failed(&Guest::new(&again(fill))), "P0202: it used up its fuel of 50000000");
}

#[test]
fn an_endless_recursion() {
    let deep = "(func $deep (param i64) (result i64)
        (i64.add (call $deep (i64.add (local.get 0) (i64.const 1))) (local.get 0)))";
    let guest = Guest::new("(drop (call $deep (i64.const 0))) (call $ok)").fields(deep);
    assert_eq!(failed(&guest), "P0203: it used more than its 1024 KiB of stack");
}

/// Frames that are large themselves.
#[test]
fn a_frame_of_eight_thousand_locals() {
    let locals = "(local i64)".repeat(8_000);
    let sets: String = (1..8_000)
        .map(|local| format!("(local.set {local} (call $x (i64.const {local})))"))
        .collect();
    let gets: String = (1..8_000).map(|local| format!("(local.get {local}) (i64.add)")).collect();
    let deep = format!(
        "(func $x (param i64) (result i64) (local.get 0))
         (func $deep (param i64) (result i64) {locals} {sets}
            (call $deep (local.get 0)) {gets})"
    );
    let guest = Guest::new("(drop (call $deep (i64.const 0))) (call $ok)").fields(deep);
    assert_eq!(failed(&guest), "P0203: it used more than its 1024 KiB of stack");
}

#[test]
fn memory_grown_in_a_loop() {
    let grow = "(drop (memory.grow (i32.const 16)))";
    let expected = "P0204: it asked for more memory than its limit of 67108864 bytes";
    assert_eq!(failed(&Guest::new(&again(grow))), expected);
    let all = "(drop (memory.grow (i32.const 65000))) (call $ok)";
    assert_eq!(failed(&Guest::new(all)), expected);
    assert_eq!(failed(&Guest::good().memory("2000")), expected);
}

/// What the module itself does not want is answered, whatever the limit is.
#[test]
fn a_growth_beyond_its_own_maximum_is_answered_alike_under_any_limit() {
    let grow = "(drop (call $made (i32.load (local.get $outs)) (i32.const 0) (i32.const 0)))
        (if (i32.ne (memory.grow (i32.const 100)) (i32.const -1)) (then (unreachable)))
        (if (i32.ne (memory.grow (i32.const -1)) (i32.const -1)) (then (unreachable)))
        (call $ok)";
    let guest = Guest::new(grow).memory("64 120");
    for memory in [5, 64] {
        let limits = PluginLimits { memory: memory << 20, ..Ask::default().limits };
        ended(&guest, &Ask { limits, ..Ask::default() }).well();
    }
}

#[test]
fn sixty_five_memories() {
    let guest = Guest::good().fields("(memory 1)".repeat(64));
    let expected =
        "P0206: it has too many parts: resource limit exceeded: memory count too high at 65";
    assert_eq!(failed(&guest), expected);
}

#[test]
fn a_table_grown_in_a_loop() {
    let table = "(table $t 1 funcref)";
    let grow = "(drop (table.grow $t (ref.null func) (i32.const 65536)))";
    let expected = "P0206: its tables grew beyond 4194304 elements";
    assert_eq!(failed(&Guest::new(&again(grow)).fields(table)), expected);
    let all = "(drop (table.grow $t (ref.null func) (i32.const 40000000))) (call $ok)";
    assert_eq!(failed(&Guest::new(all).fields(table)), expected);
    assert_eq!(failed(&Guest::good().fields("(table 9000000 funcref)")), expected);
}

/// Objects of a guest with a garbage collector are memory of it, too.
#[test]
fn objects_without_end() {
    let kept = "(type $link (struct (field (ref null $link)) (field i64) (field i64)))
        (global $all (mut (ref null $link)) (ref.null $link))";
    let link = "(global.set $all (struct.new $link (global.get $all) (i64.const 1) (i64.const 2)))";
    let guest = Guest::new(&again(link)).fields(kept);
    let large = Guest::new("(drop (array.new $a (i64.const 1) (i32.const 1000000000))) (call $ok)")
        .fields("(type $a (array (mut i64)))");
    let limits = PluginLimits { fuel: 2_000_000_000, ..Ask::default().limits };
    let ask = Ask { limits, ..Ask::default() };
    let expected = "P0204: its objects need more memory than its limit";
    assert_eq!(ended(&guest, &ask).failed(), expected);
    // More than any heap may have.
    let expected = "P0201: it stopped: wasm trap: allocation size too large, in run";
    assert_eq!(ended(&large, &ask).failed(), expected);
}

fn with_file(bench: &Bench, limits: PluginLimits) -> Ask {
    let path = bench.write("input", vec![b'x'; 1 << 20]);
    Ask { limits, inputs: vec![("files", path)], ..Ask::default() }
}

#[test]
fn readers_and_writers_without_end() {
    let open =
        "(call $open (i32.load (local.get $ins)) (i32.const 0) (i32.const 0) (i32.const 256))
        (if (i32.load8_u (i32.const 256)) (then (unreachable)))";
    let bench = Bench::new();
    bench.compile(&Guest::new(&again(open)).component()).well();
    let ended = bench.step(&with_file(&bench, Ask::default().limits));
    assert_eq!(ended.failed(), "P0206: it has more than 512 streams open at once");
    assert!(ended.peak < HOST, "{} MiB", ended.peak);
}

/// A stream a file, one million of them, each under a name of its own.
fn streams(close: &str) -> Guest {
    let guest = format!(
        "(local $n i32) (local $w i32)
         (loop $on
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (i32.store (i32.const 512) (i32.add (i32.const 0x61616161)
                (i32.or (i32.and (local.get $n) (i32.const 15))
                (i32.or (i32.shl (i32.and (local.get $n) (i32.const 0xf0)) (i32.const 4))
                (i32.or (i32.shl (i32.and (local.get $n) (i32.const 0xf00)) (i32.const 8))
                        (i32.shl (i32.and (local.get $n) (i32.const 0xf000)) (i32.const 12)))))))
            (i32.store (i32.const 516) (i32.add (i32.const 0x61616161) (i32.shr_u (local.get $n) (i32.const 16))))
            (local.set $w (call $made (i32.load (local.get $outs)) (i32.const 512) (i32.const 8)))
            (if (i32.eq (local.get $w) (i32.const -1)) (then
                (i32.store8 (i32.const 768) (i32.const 1))
                (memory.copy (i32.const 772) (i32.const 260) (i32.const 28))
                (return (i32.const 768))))
            {close}
            (br_if $on (i32.lt_u (local.get $n) (i32.const 1000000))))
         (call $ok)"
    );
    Guest::new(&guest)
}

#[test]
fn streams_without_end() {
    let close = "(call $drop-writer (local.get $w))";
    let expected = "P0206: it has more than 512 streams open at once";
    assert_eq!(failed(&streams("")), expected);
    let outputs = vec![("out", "dataset")];
    let rows = Ask { outputs, ..Ask::default() };
    assert_eq!(ended(&streams(""), &rows).failed(), expected);
    // Let go of at once, they are files until there are too many: the guest is told so.
    let limits = PluginLimits { fuel: 1_000_000_000, ..Ask::default().limits };
    let ended = ended(&streams(close), &Ask { limits, ..Ask::default() });
    let said = ended.failed();
    let expected = "P0302: the output `out`: it has 100000 streams; there is no room for `";
    assert!(said.starts_with(expected), "{said}");
}

#[test]
fn output_without_end() {
    let write = "(call $write (local.get $w) (i32.const 0) (i32.const 65536))";
    let begin = "(local $w i32)
        (local.set $w (call $made (i32.load (local.get $outs)) (i32.const 0) (i32.const 0)))";
    let guest = Guest::new(&format!("{begin} {}", again(write)));
    assert_eq!(failed(&guest), "P0205: it wrote more than its limit of 16777216 bytes");
    let limits = PluginLimits { output: 0, ..Ask::default().limits };
    let ask = Ask { limits, ..Ask::default() };
    assert_eq!(ended(&guest, &ask).failed(), "P0205: it wrote more than its limit of 0 bytes");
}

#[test]
fn one_write_of_more_than_a_mebibyte() {
    let call = "P0206: it hands over more than 16777216 bytes in one call";
    for (length, expected) in [
        (
            "1048577",
            "P0302: the output `out`: 1048577 bytes were written at once; 1048576 are the most",
        ),
        ("20000000", call),
        ("60000000", call),
        ("-1", "P0201: it stopped: list pointer/length out of bounds of memory, in run"),
    ] {
        let guest = Guest::new(&format!(
            "(call $write (call $made (i32.load (local.get $outs)) (i32.const 0) (i32.const 0))
                (i32.const 0) (i32.const {length})) (call $ok)"
        ));
        let guest = guest.memory("1000");
        assert_eq!(failed(&guest), expected);
    }
}

#[test]
fn log_without_end() {
    for (bytes, name) in [(1_000, "short"), (60_000, "long"), (3_000_000, "longer")] {
        let guest =
            Guest::new(&again(&format!("(call $log (i32.const 1048576) (i32.const {bytes}))")));
        let ended = ended(&guest, &Ask::default());
        assert_eq!(ended.failed(), "P0206: it logged more than 16777216 bytes", "{name}");
        assert!(ended.log.len() < 17 << 20);
    }
}

#[test]
fn progress_without_end() {
    for bytes in [0, 10_000, 2_000_000] {
        let unit = format!("(i32.const 1048576) (i32.const {bytes})");
        let progress = format!("(call $progress (i64.const 1) (i64.const 2) {unit})");
        let expected = "P0206: it logged more than 16777216 bytes";
        assert_eq!(failed(&Guest::new(&again(&progress))), expected);
    }
}

/// One finding with these texts: addresses and lengths in zeroed memory.
fn finding(message: u32, column: u32, examples: u32) -> String {
    let code = "(i32.const 512) (i32.const 1)";
    format!(
        "(i32.store8 (i32.const 512) (i32.const 65))
         (call $finding (i32.const 0) {code} (i32.const 1048576) (i32.const {message})
            (i32.const 1) (i32.const 1048576) (i32.const {column}) (i32.const 0) (i64.const 0)
            (i32.const 1048576) (i32.const {examples}))"
    )
}

#[test]
fn findings_without_end() {
    let limits = PluginLimits { fuel: 1_000_000_000, ..Ask::default().limits };
    let ask = Ask { limits, ..Ask::default() };
    let all =
        "P0206: it reported more than 100000 metrics or findings, or than 67108864 bytes of them";
    let one = |bytes| {
        format!(
            "P0303: what it reported cannot be: a finding has {bytes} bytes; 102400 are the most"
        )
    };
    for (message, column, examples, expected) in [
        (0, 0, 0, all.to_owned()),
        (60_000, 0, 0, all.to_owned()),
        (3_000_000, 0, 0, one(3_000_001)),
        (0, 3_000_000, 0, one(3_000_001)),
        (0, 0, 300_000, one(2_400_001)),
    ] {
        let guest = Guest::new(&again(&finding(message, column, examples)));
        assert_eq!(ended(&guest, &ask).failed(), expected);
    }
}

#[test]
fn metrics_without_end() {
    let metric = |slices: u32| {
        format!(
            "(i32.store8 (i32.const 512) (i32.const 97))
             (call $metric (i32.const 512) (i32.const 1) (f64.const 1) (i32.const 0) (f64.const 0)
                (i32.const 0) (f64.const 0) (i32.const 0) (f64.const 0)
                (i32.const 1048576) (i32.const {slices}))"
        )
    };
    for (slices, expected) in [
        (
            0,
            "P0206: it reported more than 100000 metrics or findings, or than 67108864 bytes of them",
        ),
        (
            180_000,
            "P0303: what it reported cannot be: a metric has 2880001 bytes; 102400 are the most",
        ),
    ] {
        assert_eq!(failed(&Guest::new(&again(&metric(slices)))), expected);
    }
}
