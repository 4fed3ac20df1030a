//! What is done to columns behind the SQL: pseudonyms, coarser values, k-anonymity.

use ingot_protocol::{Event, Severity};
use ingot_sql::transform::Limits;
use serde_json::{Value, json};

use crate::support::{Bench, query, shown, told};

const PEOPLE: &str = "
    name:utf8:personal | zip:utf8:personal | born:utf8:personal | age:int64:personal | pay:float64?
    ann | 90210 | 1990-02-28 | 34 | 1000.5
    bob | 90211 | 1990-12-01 | 34 |
    eve | 10001 | 1957-07-04 | 67 | 99
    ann | 90210 | 1990-02-28 | 35 | 1001
";

/// A transform of [`PEOPLE`], with a key for pseudonyms.
fn run(params: Value) -> (Bench, Result<Vec<Event>, String>) {
    let bench = Bench::new();
    std::fs::write(bench.path("key"), "sixteen bytes or more").unwrap();
    let mut params = params;
    params["sql"] = params.get("sql").cloned().unwrap_or(json!("SELECT * FROM data"));
    if params.get("pseudonymise").is_some() {
        params["pseudonym_key"] = json!(bench.path("key"));
    }
    let inputs = [("data", bench.dataset("data", &[("whole", PEOPLE)]))];
    let said = bench.run("out", params, &inputs, Limits::default());
    (bench, said.map_err(|failure| told(&failure)))
}

#[test]
fn a_pseudonym_stands_for_its_value_and_stays_personal() {
    let (bench, said) =
        run(json!({ "pseudonymise": ["name", "age"], "roles": { "age": "group" } }));
    said.unwrap();
    insta::assert_snapshot!(shown(&bench.path("out/data"), "whole"), @r"
    name:utf8:personal | zip:utf8:personal | born:utf8:personal | age:utf8:group | pay:float64:feature?
    63024e4b152f85b3141b92bbfffe2390 | 90210 | 1990-02-28 | 67936639bf18f840b539cef08ba10a7f | 1000.5
    23f9b716cf0d70b8cf2f494299a237ff | 90211 | 1990-12-01 | 67936639bf18f840b539cef08ba10a7f |
    22b0476de45ad5048763c0d87e7d27ce | 10001 | 1957-07-04 | 7c85f4e8ec44d81837bae764c319f0fb | 99.0
    63024e4b152f85b3141b92bbfffe2390 | 90210 | 1990-02-28 | 87b6ae8fd292339d4f275c1e8d9eb0cf | 1001.0
    ");
}

#[test]
fn values_become_coarser() {
    let (bench, said) = run(json!({ "generalise": [
        { "column": "zip", "prefix": 3 },
        { "column": "born", "date": "month" },
        { "column": "age", "width": 10 },
        { "column": "pay", "bands": [100, 1000.5] },
    ] }));
    said.unwrap();
    insta::assert_snapshot!(shown(&bench.path("out/data"), "whole"), @r"
    name:utf8:personal | zip:utf8:personal | born:utf8:personal | age:utf8:personal | pay:utf8:feature?
    ann | 902 | 1990-02 | [30, 40) | >= 1000.5
    bob | 902 | 1990-12 | [30, 40) |
    eve | 100 | 1957-07 | [60, 70) | < 100
    ann | 902 | 1990-02 | [30, 40) | >= 1000.5
    ");
}

#[test]
fn a_coarser_value_of_a_personal_column_is_personal() {
    for (roles, expected) in [(json!({}), "personal"), (json!({ "name": "group" }), "group")] {
        let coarse = json!([{ "column": "name", "prefix": 1 }]);
        let (bench, said) = run(json!({ "generalise": coarse, "roles": roles }));
        said.unwrap();
        let text = shown(&bench.path("out/data"), "whole");
        assert!(text.starts_with(&format!("name:utf8:{expected} | ")), "{text}");
    }
}

#[test]
fn groups_that_are_too_small_are_counted_and_not_shown() {
    let coarse = json!([{ "column": "zip", "prefix": 3 }, { "column": "age", "width": 10 }]);
    let of = |columns: &[&str], k: u64| {
        let (_, said) = run(json!({
            "generalise": coarse, "k_anonymity": { "columns": columns, "k": k }
        }));
        let mut lines = Vec::new();
        for event in said.unwrap() {
            match event {
                Event::Metric(metric) if metric.name == "smallest_group" => {
                    lines.push(format!("smallest group: {}", metric.value));
                }
                Event::Finding(finding) => {
                    assert_eq!(finding.severity, Severity::Error);
                    assert!(finding.examples.is_empty());
                    lines.push(format!("{}: {}", finding.code, finding.message));
                }
                _ => {}
            }
        }
        lines.join("\n")
    };
    insta::assert_snapshot!(of(&["zip", "age"], 2), @r"
    smallest group: 1
    Q0701: k-anonymity in `zip`, `age`: 1 of 4 rows in groups of fewer than 2 (groups: 1, smallest: 1)
    ");
    insta::assert_snapshot!(of(&["zip", "age", "born"], 3), @r"
    smallest group: 1
    Q0701: k-anonymity in `zip`, `age`, `born`: 4 of 4 rows in groups of fewer than 3 (groups: 3, smallest: 1)
    ");
    insta::assert_snapshot!(of(&["name"], 2), @r"
    smallest group: 1
    Q0701: k-anonymity in `name`: 2 of 4 rows in groups of fewer than 2 (groups: 2, smallest: 1)
    ");
    let (_, said) = run(json!({
        "sql": "SELECT * FROM data WHERE zip LIKE '902%'",
        "generalise": coarse, "k_anonymity": { "columns": ["zip", "age"], "k": 3 }
    }));
    assert!(!said.unwrap().iter().any(|event| matches!(event, Event::Finding(_))));
}

#[test]
fn splits_are_one_release() {
    let bench = Bench::new();
    let data = bench.dataset("data", &[("train", "x:int64\n1\n2"), ("test", "x:int64\n1")]);
    let params =
        json!({ "sql": "SELECT x FROM data", "k_anonymity": { "columns": ["x"], "k": 2 } });
    let said = bench.run("out", params, &[("data", data)], Limits::default()).unwrap();
    let found: Vec<Option<u64>> = said
        .iter()
        .filter_map(|event| match event {
            Event::Finding(finding) => Some(finding.rows),
            _ => None,
        })
        .collect();
    assert_eq!(found, [Some(1)]);
}

#[test]
fn what_cannot_be_changed_so_is_refused_without_its_values() {
    let cases = [
        json!({ "pseudonymise": ["nam"] }),
        json!({ "pseudonymise": ["pay"] }),
        json!({ "pseudonymise": ["name"], "redact": [{ "column": "name", "patterns": ["email"] }] }),
        json!({ "generalise": [{ "column": "name", "width": 10 }] }),
        json!({ "generalise": [{ "column": "age", "prefix": 1 }] }),
        json!({ "generalise": [{ "column": "age", "width": 10, "bands": [1] }] }),
        json!({ "generalise": [{ "column": "name", "date": "year" }] }),
        json!({ "k_anonymity": { "columns": ["agee"], "k": 5 } }),
        json!({
            "sql": "SELECT name || CAST(pay AS TEXT) AS both FROM data",
            "pseudonymise": ["both"],
        }),
        json!({
            "generalise": [{ "column": "pay", "width": 10 }],
            "k_anonymity": { "columns": ["age", "pay"], "k": 2 },
        }),
        json!({ "pseudonym_key": "key" }),
    ];
    let said = cases.map(|params| {
        let failure = run(params.clone()).1.unwrap_err();
        assert!(!failure.contains("ann") && !failure.contains("34"), "{failure}");
        format!("{params}\n{failure}")
    });
    insta::assert_snapshot!(said.join("\n\n"), @r#"
    {"pseudonymise":["nam"]}
    Q0505: `pseudonymise` names `nam`, which the result does not have
      help: did you mean `name`? There is `age`, `born`, `name`, `pay`, `zip`

    {"pseudonymise":["pay"]}
    Q0506: `pseudonymise` names `pay`, which is float64
      help: write CAST(pay AS TEXT) AS pay in the SQL

    {"pseudonymise":["name"],"redact":[{"column":"name","patterns":["email"]}]}
    Q0506: `pseudonymise` names `name`, for which something is said already
      help: do one thing to a column; `redact` takes all its patterns in one entry

    {"generalise":[{"column":"name","width":10}]}
    Q0506: `generalise` names `name`, which is utf8
      help: write CAST(name AS DOUBLE) AS name in the SQL

    {"generalise":[{"column":"age","prefix":1}]}
    Q0506: `generalise` names `age`, which is int64
      help: write CAST(age AS TEXT) AS age in the SQL

    {"generalise":[{"bands":[1],"column":"age","width":10}]}
    Q0510: the entry of `generalise` for `age` does not say one of `bands`, `width`, `date` and `prefix`
      help: say one: bands = [18, 65], width = 10, date = "month" or "year", prefix = 3

    {"generalise":[{"column":"name","date":"year"}]}
    Q0606: a value of `name` is no date
      help: write dates as YYYY-MM-DD in the SQL, and null for what is none: TRY_CAST(column AS DATE)

    {"k_anonymity":{"columns":["agee"],"k":5}}
    Q0505: `k_anonymity` names `agee`, which the result does not have
      help: did you mean `age`? There is `age`, `born`, `name`, `pay`, `zip`

    {"pseudonymise":["both"],"sql":"SELECT name || CAST(pay AS TEXT) AS both FROM data"}
    Q0511: `pseudonymise` names `both`, which comes from `data.pay`, and that is not `personal`
      help: give it the role `personal` in the contract, so that no row's key says it, and say in `roles` what the result is

    {"generalise":[{"column":"pay","width":10}],"k_anonymity":{"columns":["age","pay"],"k":2}}
    Q0511: `k_anonymity` names `pay`, which comes from `data.pay`, and that is not `personal`
      help: give it the role `personal` in the contract, so that no row's key says it, and say in `roles` what the result is

    {"pseudonym_key":"key"}
    Q0509: `pseudonym_key` has nothing to do
      help: name the columns: pseudonymise = ["column"], or leave it out
    "#);
    let keyless = json!({ "sql": "SELECT * FROM data", "pseudonymise": ["name"] });
    assert!(query(&[("data", PEOPLE)], keyless).starts_with("Q0509"));
}

#[test]
fn a_role_that_one_column_has_moves_to_the_one_that_is_named() {
    let bench = Bench::new();
    let table = "node:utf8:group | kind:utf8 | at:int64:time\n a | x | 1\n b | y | 2\n";
    let inputs = [("data", bench.dataset("data", &[("whole", table)]))];
    let params = json!({ "sql": "SELECT * FROM data", "roles": { "kind": "group" } });
    let events = bench.run("out", params, &inputs, Limits::default()).unwrap();
    let told: Vec<String> = events
        .iter()
        .filter_map(|event| match event {
            Event::Finding(finding) => Some(format!("{}: {}", finding.code, finding.message)),
            _ => None,
        })
        .collect();
    assert_eq!(
        told,
        ["Q0513: `kind` has the role `group` now, and `node`, which had it, is kept and not used"]
    );
    insta::assert_snapshot!(shown(&bench.path("out/data"), "whole"), @r"
    node:utf8:ignore | kind:utf8:group | at:int64:time
    a | x | 1
    b | y | 2
    ");
}

#[test]
fn what_is_joined_from_files_and_what_redact_leaves_is_told() {
    let bench = Bench::new();
    let table =
        "id:int64:personal | note:utf8:personal\n 1 | call +49 170 1000111 or mail a@b.org\n";
    let visits = bench.path("visits.csv");
    std::fs::write(&visits, "id,mail\n1,c@d.org\n").unwrap();
    let files = ingot_protocol::Input {
        format: Some(json!({ "type": "csv" })),
        ..crate::support::artifact("files", &visits)
    };
    let inputs = [("data", bench.dataset("data", &[("whole", table)])), ("visits", files)];
    let params = json!({
        "sql": "SELECT v.id AS visitor, v.mail, d.note FROM data d LEFT JOIN visits v ON v.id = d.id",
        "redact": [{ "column": "note", "patterns": ["phone"] }],
    });
    let events = bench.run("out", params, &inputs, Limits::default()).unwrap();
    let told: Vec<String> = events
        .iter()
        .filter_map(|event| match event {
            Event::Finding(finding) => Some(format!("{}: {}", finding.code, finding.message)),
            _ => None,
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    Q0514: `note` is no longer `personal`: what `redact` does not match is in it as before
    Q0515: nothing says which columns of `visits` are personal, and rows of `data` have such: check it with `validate`, or name them in `roles`
    ");
    insta::assert_snapshot!(shown(&bench.path("out/data"), "whole"), @r"
    visitor:int64:personal? | mail:utf8:feature? | note:utf8:feature
    1 | c@d.org | call <phone> or mail a@b.org
    ");
}
