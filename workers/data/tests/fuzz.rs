//! Short runs of the fuzz targets' bodies on a stable compiler: seeds, cut, flipped,
//! repeated and mixed at random. `INGOT_TEST_FUZZ` sets the number of cases.

use proptest::prelude::*;

#[path = "../fuzz/bodies.rs"]
mod bodies;

const CASES: u32 = 200;

/// One change of some bytes; places are parts of their length.
#[derive(Debug, Clone)]
enum Mutation {
    Cut(f64, usize),
    Flip(f64, u8),
    Insert(f64, Vec<u8>),
    Repeat(f64, usize, usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = || 0.0..1.0_f64;
    let words: Vec<&[u8]> = vec![
        b"\"",
        b"\"\"",
        b",",
        b"\r",
        b"\n",
        b"\0",
        b"\xef\xbb\xbf",
        b"\xff\xff\xff\xff\x0f",
        b"[[",
        b"1e999",
    ];
    prop_oneof![
        (at(), 1..40_usize).prop_map(|(at, length)| Mutation::Cut(at, length)),
        (at(), 0..8_u8).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
        (at(), prop::sample::select(words))
            .prop_map(|(at, word)| Mutation::Insert(at, word.to_vec())),
        (at(), 1..60_usize, 1..40_usize)
            .prop_map(|(at, length, times)| Mutation::Repeat(at, length, times)),
    ]
}

fn mutated(seed: &[u8], mutations: &[Mutation]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for mutation in mutations {
        let length = bytes.len();
        let place = |at: f64| (at * length as f64) as usize;
        match mutation {
            Mutation::Cut(at, many) => {
                drop(bytes.drain(place(*at)..(place(*at) + many).min(length)));
            }
            Mutation::Flip(at, bit) if length > 0 => bytes[place(*at)] ^= 1 << bit,
            Mutation::Flip(..) => {}
            Mutation::Insert(at, piece) => {
                drop(bytes.splice(place(*at)..place(*at), piece.clone()));
            }
            Mutation::Repeat(at, many, times) => {
                let end = (place(*at) + many).min(length);
                let piece = bytes[place(*at)..end].repeat(*times);
                bytes.splice(end..end, piece);
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
    let strategy = (prop::sample::select(seeds), prop::collection::vec(mutation(), 0..6));
    let ran = proptest::test_runner::TestRunner::new(config).run(&strategy, |(seed, mutations)| {
        body(&mutated(&seed, &mutations));
        Ok(())
    });
    ran.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn any_separated_values_are_a_table_or_told() {
    run("csv", bodies::csv);
}

#[test]
fn any_parquet_file_is_read_or_told() {
    run("parquet", bodies::parquet);
}

#[test]
fn any_schema_of_a_dataset_is_read_or_told() {
    run("dataset", bodies::dataset);
}

#[test]
fn any_contract_is_held_or_told() {
    run("contract", bodies::contract);
}
