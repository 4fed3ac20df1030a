//! The bytes of outputs: golden digests, and that nothing of a run shows in them.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use ingot_protocol::Input;
use ingot_sql::transform::Limits;
use ingot_tables::dataset;
use serde_json::json;

use crate::support::{Bench, artifact, digest, table};

/// Queries whose bytes are held, and their digests.
const GOLDEN: &[(&str, &str, &str)] = &[
    (
        "project",
        "SELECT id, x * 2 AS y, upper(g) AS g FROM data WHERE x > 0.25",
        "040f908bd7f4dfcba2b178ddc230bcf6",
    ),
    (
        "group",
        "SELECT g, count(*) AS n, sum(x) AS s, avg(x) AS m, stddev(x) AS d, median(x) AS q FROM data GROUP BY g",
        "da89a1864c06d424f6de0b4257a0542d",
    ),
    (
        "whole",
        "SELECT sum(x) AS s, avg(x) AS m, corr(x, z) AS c, sum(DISTINCT x) AS d FROM data",
        "9b08ccadb7d8d73f0723748c0745585d",
    ),
    (
        "window",
        "SELECT id, row_number() OVER (PARTITION BY g ORDER BY z) AS place, sum(x) OVER (PARTITION BY g ORDER BY z ROWS BETWEEN 5 PRECEDING AND CURRENT ROW) AS s, avg(x) OVER (ORDER BY z) AS m FROM data",
        "73ed8633688077a31592b4aca8b0e024",
    ),
    (
        "join",
        "SELECT id, w, ln(x + 1) AS l FROM data LEFT JOIN weights USING (g)",
        "de4b66b89cdfd70651b6cacb4286e5de",
    ),
    ("sort", "SELECT id, z FROM data ORDER BY z", "4ee2d0c3754b301a71cbf977d2aeb924"),
    (
        "texts",
        "SELECT g, string_agg(CAST(z AS TEXT), '') AS t FROM data GROUP BY g",
        "1190fae1abf80381c434de3ef0266590",
    ),
];

/// Rows, some thousand, with many ties.
fn rows(count: u64) -> String {
    let mut text = "id:int64:id | g:utf8? | x:float64 | z:int64\n".to_owned();
    for row in 0..count {
        let mixed = row.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1) >> 33;
        let group = ["a", "b", "c", "", "e"][(mixed % 5) as usize];
        let x = (mixed % 10_007) as f64 / 9_999.0;
        text.push_str(&format!("{row} | {group} | {x} | {}\n", mixed % 7));
    }
    text
}

fn inputs(bench: &Bench, count: u64) -> Vec<(&'static str, Input)> {
    let data = bench.dataset("data", &[("whole", &rows(count))]);
    let weights = bench.dataset("weights", &[("whole", "g:utf8 | w:float64\na | 0.5\nc | 0.25")]);
    vec![("data", data), ("weights", weights)]
}

#[test]
fn outputs_are_those_of_the_revision() {
    let bench = Bench::new();
    let inputs = inputs(&bench, 1_000);
    let mut found = Vec::new();
    for (name, text, _) in GOLDEN {
        bench.run(name, json!({ "sql": text }), &inputs, Limits::default()).unwrap();
        found.push((*name, digest(&bench.path(name).join("data"))));
    }
    let golden: Vec<(&str, String)> =
        GOLDEN.iter().map(|(name, _, digest)| (*name, (*digest).to_owned())).collect();
    assert_eq!(found, golden);
}

#[test]
fn memory_and_batches_do_not_show() {
    let bench = Bench::new();
    let inputs = inputs(&bench, 40_000);
    // The same rows in files of other lengths, and so in other batches.
    let (schema, whole) = table(&rows(40_000));
    let split = bench.path("split");
    std::fs::create_dir_all(split.join("data")).unwrap();
    std::fs::copy(bench.path("data/dataset.json"), split.join("dataset.json")).unwrap();
    let cuts = [0, 1, 1_000, 9_192, 9_193, 30_000, 40_000];
    for (at, ends) in cuts.windows(2).enumerate() {
        let part = whole.slice(ends[0], ends[1] - ends[0]);
        let one = bench.path(&format!("part_{at}"));
        dataset::write(&one, &schema, &BTreeMap::from([("whole".to_owned(), part)])).unwrap();
        let name = format!("data/whole-{at:05}-of-{:05}.parquet", cuts.len() - 1);
        std::fs::copy(one.join("data/whole-00000-of-00001.parquet"), split.join(name)).unwrap();
    }
    let others = [("data", artifact("dataset", &split)), inputs[1].clone()];
    let little = Limits { memory: 12 << 20, ..Limits::default() };
    let middle = Limits { memory: 64 << 20, ..Limits::default() };
    let much = Limits { memory: 4 << 30, ..Limits::default() };
    for (name, text, _) in GOLDEN {
        let mut digests = BTreeMap::new();
        for (case, inputs, limits) in [
            ("much", inputs.as_slice(), much),
            ("middle", &inputs, middle),
            ("batches", &others, middle),
            ("little", &others, little),
        ] {
            let folder = format!("{name}-{case}");
            bench.run(&folder, json!({ "sql": text }), inputs, limits).unwrap();
            digests.insert(case, digest(&bench.path(&folder).join("data")));
        }
        assert!(digests.values().all(|digest| *digest == digests["much"]), "{name}: {digests:?}");
    }
}

#[test]
fn cores_do_not_show() {
    let bench = Bench::new();
    let inputs = inputs(&bench, 20_000);
    let program = Path::new(env!("CARGO_BIN_EXE_ingot-sql"));
    if Command::new("taskset").args(["-c", "0", "true"]).output().is_err() {
        eprintln!("skipped: this machine has no taskset");
        return;
    }
    for (name, text, _) in GOLDEN {
        let mut digests = Vec::new();
        for cores in ["one", "all"] {
            let folder = format!("{name}-{cores}");
            let request = bench.request(&folder, json!({ "sql": text }), &inputs);
            let file = bench.path(&format!("{folder}.json"));
            std::fs::write(&file, serde_json::to_vec(&request).unwrap()).unwrap();
            let mut command = match cores {
                "all" => Command::new(program),
                _ => Command::new("taskset"),
            };
            if cores == "one" {
                command.args(["-c", "0"]).arg(program);
            }
            let output = command.arg("run").arg(&file).output().unwrap();
            assert!(output.status.success(), "{output:?}");
            digests.push(digest(&bench.path(&folder).join("data")));
        }
        assert_eq!(digests[0], digests[1], "{name}");
    }
}
