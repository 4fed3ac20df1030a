//! What `compare` writes for a test is read back as the same, in every form that it can be.

use ingot_protocol::Event;
use serde_json::json;

use crate::support::{Bench, artifact, source};

const ROWS: &str = "id,text,share,is\n1,\"a,\"\"b\nc\",0.1,true\n2,,,false\n3,x\ty,1e300,\n";

/// What is found when a dataset is compared with what was written of it.
fn again(form: &str) -> Vec<String> {
    let bench = Bench::new();
    let contract = "version = 1\n[columns.text]\nnullable = true\n[columns.is]\nnullable = true\n\
                    [columns.share]\ntype = \"float64\"\nnullable = true\n";
    let contract = bench.write("contract.toml", contract);
    let csv = bench.write("rows.csv", ROWS);
    let inputs = [("data", source(&csv, json!({ "type": "csv" })))];
    bench.run("validate", "v", json!({ "contract": contract }), &inputs).unwrap();
    let dataset = || ("actual", artifact("dataset", &bench.path("v/data")));
    let params = json!({ "form": form });
    bench.run("compare", "first", params.clone(), &[dataset()]).unwrap();
    let written = bench.path(&format!("first/actual/whole.{form}"));
    let inputs = [dataset(), ("expected", artifact("files", &written))];
    let events = bench.run("compare", "second", params, &inputs).unwrap();
    let findings = events.into_iter().filter_map(|event| match event {
        Event::Finding(finding) => Some(finding.message),
        _ => None,
    });
    findings.collect()
}

#[test]
fn what_is_written_is_what_was_expected() {
    for form in ["csv", "tsv", "json_lines", "parquet"] {
        assert_eq!(again(form), Vec::<String>::new(), "{form}");
    }
}

#[test]
fn a_float_without_end_is_read_back_or_refused() {
    let bench = Bench::new();
    let table = bench.write("rows.csv", "id,share\n1,inf\n2,-inf\n3,0.5\n");
    let like = bench.write("like.csv", "id,share\n1,0.5\n");
    bench.run("fixture", "like", json!({}), &[("data", artifact("files", &like))]).unwrap();
    let like = ("like", artifact("dataset", &bench.path("like/data")));
    let inputs = [("data", artifact("files", &table)), like];
    bench.run("fixture", "endless", json!({}), &inputs).unwrap();
    let dataset = || ("actual", artifact("dataset", &bench.path("endless/data")));
    let both = [dataset(), ("expected", artifact("files", &table))];
    let events = bench.run("compare", "same", json!({ "form": "csv" }), &both).unwrap();
    assert!(!events.iter().any(|event| matches!(event, Event::Finding(_))), "{events:?}");
    let refused = bench.run("compare", "json", json!({ "form": "json_lines" }), &[dataset()]);
    assert_eq!(refused.unwrap_err().code, "D1304");
}
