//! Short runs of the fuzz targets' bodies on a stable compiler: seeds, cut, flipped,
//! repeated and mixed at random. `INGOT_TEST_FUZZ` sets the number of cases.

use proptest::prelude::*;

#[path = "../fuzz/bodies.rs"]
mod bodies;

const CASES: u32 = 400;

/// One change of some bytes; places are parts of their length.
#[derive(Debug, Clone)]
enum Mutation {
    Cut(f64, usize),
    Flip(f64, u8),
    Insert(f64, Vec<u8>),
    Repeat(f64, usize, usize),
    /// A piece of another seed.
    Mix(f64, usize, f64, usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = 0.0..1.0_f64;
    prop_oneof![
        (at.clone(), 1..40_usize).prop_map(|(at, length)| Mutation::Cut(at, length)),
        (at.clone(), 0..8_u8).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
        (at.clone(), piece()).prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
        (at.clone(), 1..60_usize, 1..40_usize)
            .prop_map(|(at, length, times)| Mutation::Repeat(at, length, times)),
        (at.clone(), any::<usize>(), at, 1..200_usize)
            .prop_map(|(at, seed, from, length)| Mutation::Mix(at, seed, from, length)),
    ]
}

/// What means something in one of the formats, or nothing.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let words = [
        "\"",
        "'",
        "[",
        "[[",
        "]",
        "{",
        "}",
        "=",
        ":",
        ",",
        "\n",
        "\\u0000",
        "\\ud800",
        "1e999",
        "-0.0",
        "18446744073709551616",
        "9007199254740993",
        "null",
        "{params.",
        "tune@*",
        "/..",
        "$ref",
        "\"$ref\":\"http://example.org/x\",",
        "\"pattern\":\"(a*)*b\",",
        "\u{1F600}",
        "\u{202e}",
        "\u{feff}",
    ];
    prop_oneof![
        prop::sample::select(words.to_vec()).prop_map(|word| word.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 1..8),
        Just(vec![b'['; 2000]),
    ]
}

fn mutated(seeds: &[Vec<u8>], seed: usize, mutations: &[Mutation]) -> Vec<u8> {
    let mut bytes = seeds[seed % seeds.len()].clone();
    for mutation in mutations {
        let length = bytes.len();
        let place = |at: f64| (at * length as f64) as usize;
        match mutation {
            Mutation::Cut(at, many) => {
                drop(bytes.drain(place(*at)..(place(*at) + many).min(length)))
            }
            Mutation::Flip(at, bit) if length > 0 => bytes[place(*at)] ^= 1 << bit,
            Mutation::Flip(..) => {}
            Mutation::Insert(at, piece) => {
                drop(bytes.splice(place(*at)..place(*at), piece.clone()))
            }
            Mutation::Repeat(at, many, times) => {
                let end = (place(*at) + many).min(length);
                let piece = bytes[place(*at)..end].repeat(*times);
                bytes.splice(end..end, piece);
            }
            Mutation::Mix(at, other, from, many) => {
                let other = &seeds[other % seeds.len()];
                let begin = (from * other.len() as f64) as usize;
                let piece = other[begin..(begin + many).min(other.len())].to_vec();
                bytes.splice(place(*at)..place(*at), piece);
            }
        }
    }
    bytes
}

fn run(target: &str, body: fn(&[u8])) {
    let folder = format!("{}/fuzz/seeds/{target}", env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let seeds: Vec<Vec<u8>> = paths.iter().map(|path| std::fs::read(path).unwrap()).collect();
    seeds.iter().for_each(|seed| body(seed));
    let cases = std::env::var("INGOT_TEST_FUZZ").ok().and_then(|text| text.parse().ok());
    let config = ProptestConfig {
        cases: cases.unwrap_or(CASES),
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let strategy = (any::<usize>(), prop::collection::vec(mutation(), 0..6));
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let ran = runner.run(&strategy, |(seed, mutations)| {
        body(&mutated(&seeds, seed, &mutations));
        Ok(())
    });
    ran.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn any_manifest_is_planned_or_explained() {
    run("manifest", bodies::manifest);
}

#[test]
fn any_lock_is_kept_or_explained() {
    run("lock", bodies::lock);
}

#[test]
fn any_action_has_one_text() {
    run("action", bodies::action);
}

#[test]
fn any_word_of_a_worker_is_understood_or_refused() {
    run("protocol", bodies::protocol);
}

#[test]
fn no_remote_says_what_its_signer_did_not() {
    run("remote", bodies::remote);
}

#[test]
fn any_events_file_is_events_or_refused() {
    run("events", bodies::events);
}

#[test]
fn any_config_is_read_or_explained() {
    run("config", bodies::config);
}

#[test]
fn any_record_is_one_of_its_key_or_none() {
    run("record", bodies::record);
}

#[test]
fn the_seeds_are_what_they_are_for() {
    let seed = |path: &str| {
        std::fs::read(format!("{}/fuzz/seeds/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    };
    for name in ["draw", "learn", "page", "show"] {
        assert!(ingot::model::Action::decode(&seed(&format!("action/{name}"))).is_ok(), "{name}");
    }
    // Signed by `openssl`, from what docs/formats.md says.
    assert!(bodies::proven(&seed("remote/honest")));
    assert!(!bodies::proven(&seed("remote/unsigned")));
    let lock = String::from_utf8(seed("lock/words.lock")).unwrap();
    assert_eq!(ingot::lockfile::Lock::parse(&lock, 0).unwrap().steps.len(), 7);
    let request = serde_json::from_slice::<ingot_protocol::Request>(&seed("protocol/request.json"));
    assert_eq!(request.unwrap().kind, "learn");
    let events = ingot::runner::command::events(&*seed("protocol/events.jsonl"));
    assert_eq!(events.unwrap().len(), 5);
}
