//! What `split` meets, says and refuses.

use std::path::Path;

use ingot_protocol::{Event, Failure, Finding, Input, Severity};
use ingot_tables::dataset::Dataset;
use serde_json::{Value, json};

use crate::support::{Bench, artifact, source};

/// Sizes of the splits by name, and what was found.
type Outcome = (Vec<(String, u64)>, Vec<String>);

/// Splits the rows of a CSV file.
fn split(
    bench: &Bench,
    name: &str,
    (csv, contract): (&str, &str),
    params: Value,
) -> Result<Outcome, Failure> {
    let rows = bench.write(&format!("{name}.csv"), csv);
    let contract = bench.write(&format!("{name}.toml"), &format!("version = 1\n{contract}"));
    let check = format!("{name}-check");
    let inputs = [("data", source(&rows, json!({ "type": "csv" })))];
    bench.run("validate", &check, json!({ "contract": contract }), &inputs).unwrap();
    let inputs = [("data", artifact("dataset", &bench.path(&check).join("data")))];
    let events = bench.run("split", name, params, &inputs)?;
    let found = events.iter().filter_map(|event| match event {
        Event::Finding(finding) => Some(format!("{}: {}", finding.code, finding.message)),
        _ => None,
    });
    let data = Dataset::open(&bench.path(name).join("data")).unwrap();
    let size = |split: String| {
        let rows = data.rows(&split).unwrap();
        (split, rows)
    };
    Ok((data.splits().unwrap().into_iter().map(size).collect(), found.collect()))
}

fn sizes(expected: [(&str, u64); 3]) -> Vec<(String, u64)> {
    expected.map(|(split, rows)| (split.to_owned(), rows)).to_vec()
}

fn column(folder: &Path, split: &str, column: &str) -> Vec<String> {
    let rows = Dataset::open(folder).unwrap().read(split).unwrap();
    let texts = ingot_tables::dataset::labels(&rows, column).unwrap();
    texts.into_iter().flatten().collect()
}

const SHARES: fn() -> Value = || json!({ "train": 0.6, "valid": 0.2, "test": 0.2 });

#[test]
fn small_strata_are_said_and_the_whole_is_met() {
    let bench = Bench::new();
    let mut csv = "x,pair\n".to_owned();
    (0..100).for_each(|row| csv.push_str(&format!("{row},p{}\n", row / 2)));
    for (name, stratify) in [("pairs", "pair"), ("single", "x")] {
        let params = json!({ "fractions": SHARES(), "stratify": stratify });
        let (found, said) = split(&bench, name, (&csv, ""), params).unwrap();
        assert_eq!(found, sizes([("test", 20), ("train", 60), ("valid", 20)]));
        assert!(said[0].starts_with("D0413:") && said[0].contains("`stratify`"), "{said:?}");
    }
    let (_, said) = split(&bench, "none", (&csv, ""), json!({ "fractions": SHARES() })).unwrap();
    assert_eq!(said, Vec::<String>::new());
}

#[test]
fn the_role_group_keeps_rows_together_and_what_it_costs_is_said() {
    let bench = Bench::new();
    let mut csv = "x,patient\n".to_owned();
    (0..30)
        .for_each(|row| csv.push_str(&format!("{row},{}\n", if row < 20 { 0 } else { row % 5 })));
    let contract = "[columns.patient]\nrole = \"group\"\n";
    let params = json!({ "fractions": SHARES() });
    let (_, said) = split(&bench, "v", (&csv, contract), params).unwrap();
    assert!(said.iter().any(|said| said.starts_with("D0412:")), "{said:?}");
    assert!(said[0].contains("5 groups of `patient`, the largest of"), "{said:?}");
    let folder = bench.path("v").join("data");
    let mut all = Vec::new();
    for split in ["train", "valid", "test"] {
        let mut patients = column(&folder, split, "patient");
        patients.dedup();
        patients.sort();
        patients.dedup();
        all.extend(patients);
    }
    all.sort();
    assert_eq!(all, ["0", "1", "2", "3", "4"], "each patient is in one split");
    let two = "x,a,b\n1,1,1\n2,2,2\n3,3,3\n";
    let contract = "[columns.a]\nrole = \"group\"\n[columns.b]\nrole = \"group\"\n";
    let params = json!({ "fractions": SHARES() });
    assert_eq!(split(&bench, "two", (two, contract), params).unwrap_err().code, "D0409");
    let params = json!({ "fractions": SHARES(), "group": "a" });
    assert!(split(&bench, "one", (two, contract), params).is_ok());
}

#[test]
fn an_empty_split_is_refused_with_the_numbers() {
    let bench = Bench::new();
    let params = || json!({ "fractions": SHARES() });
    let (found, _) = split(&bench, "enough", ("x\n1\n2\n3\n", ""), params()).unwrap();
    assert_eq!(found, sizes([("test", 1), ("train", 1), ("valid", 1)]));
    let failure = split(&bench, "few", ("x\n1\n2\n", ""), params()).unwrap_err();
    assert_eq!(
        (failure.code.as_str(), failure.message.as_str()),
        ("D0410", "the split `valid` would be empty: its fraction 0.2 of 2 rows is 0.400")
    );
    let contract = "[columns.x]\nrole = \"group\"\n";
    let rows = "x\n1\n1\n1\n1\n2\n2\n";
    let failure = split(&bench, "group", (rows, contract), params()).unwrap_err();
    assert!(failure.message.ends_with("; they come in 2 groups of `x`"), "{failure:?}");
    let failure = split(&bench, "none", ("x\n", ""), params()).unwrap_err();
    assert_eq!(failure.code, "D0410");
    let params = json!({ "fractions": { "a": 0.5, "b": 0.5 }, "labels_per_class": 1 });
    let labelled = ("x\n1\n2\n3\n", "[columns.x]\nrole = \"label\"\n");
    assert_eq!(split(&bench, "labels", labelled, params).unwrap_err().code, "D0411");
}

#[test]
fn time_deals_the_earliest_rows_to_train() {
    let bench = Bench::new();
    let csv = "when\n2024-03-01\n2024-01-01\n2024-05-01\n2024-02-01\n2024-04-01\n";
    let contract = "[columns.when]\nrole = \"time\"\n";
    let params = json!({ "fractions": SHARES(), "time": "@time" });
    let (found, said) = split(&bench, "v", (csv, contract), params).unwrap();
    assert_eq!(found, sizes([("test", 1), ("train", 3), ("valid", 1)]));
    assert_eq!(said, Vec::<String>::new());
    let folder = bench.path("v").join("data");
    assert_eq!(column(&folder, "train", "when"), ["2024-03-01", "2024-01-01", "2024-02-01"]);
    assert_eq!(column(&folder, "test", "when"), ["2024-05-01"]);
    let (_, said) =
        split(&bench, "random", (csv, contract), json!({ "fractions": SHARES() })).unwrap();
    assert!(said[0].starts_with("D0415: `when` is the time of a row"), "{said:?}");
    let params = json!({ "fractions": SHARES(), "time": "@time", "stratify": "when" });
    assert_eq!(split(&bench, "both", (csv, contract), params).unwrap_err().code, "D0414");
}

#[test]
fn a_label_that_measures_is_told_before_somebody_learns_it() {
    let bench = Bench::new();
    let mut csv = "x,price\n".to_owned();
    (0..60).for_each(|row| csv.push_str(&format!("{row},{}.5\n", row * 7)));
    let contract = "[columns.price]\nrole = \"label\"\n";
    let params = json!({ "fractions": SHARES() });
    let (_, said) = split(&bench, "v", (&csv, contract), params).unwrap();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("D0416: the label `price` is 60 different numbers"), "{said:?}");
}

/// Splits `train` and `test`, by one contract; what `validate` and `split` say of them.
fn given(
    bench: &Bench,
    name: &str,
    (train, test): (&str, &str),
    (contract, params): (&str, Value),
) -> String {
    let contract = bench.write(&format!("{name}.toml"), &format!("version = 1\n{contract}"));
    let input = |split: &str, csv: &str| {
        let path = bench.write(&format!("{name}-{split}.csv"), csv);
        Input { split: Some(split.to_owned()), ..source(&path, json!({ "type": "csv" })) }
    };
    let inputs = [("data", input("train", train)), ("data", input("test", test))];
    let check = format!("{name}-check");
    let checked = bench.run("validate", &check, json!({ "contract": contract }), &inputs).unwrap();
    let inputs = [("data", artifact("dataset", &bench.path(&check).join("data")))];
    let dealt = bench.run("split", name, params, &inputs).unwrap();
    let mut told = String::new();
    for (kind, events) in [("validate", checked), ("split", dealt)] {
        for event in events {
            if let Event::Finding(found) = event
                && found.severity != Severity::Info
            {
                let rows = found.rows.map(|rows| format!(" rows={rows}")).unwrap_or_default();
                let Finding { code, message, .. } = found;
                told.push_str(&format!("{kind} {:?} {code}{rows}: {message}\n", found.severity));
            }
        }
    }
    told
}

const HALVES: fn() -> Value = || json!({ "fractions": { "train": 0.5, "valid": 0.5 } });

#[test]
fn a_row_on_both_sides_is_an_error() {
    let bench = Bench::new();
    let train = "id,x,y\n1,a,p\n2,b,q\n3,c,p\n4,a,p\n5,d,q\n";
    let test = "id,x,y\n6,a,p\n7,e,q\n8,a,p\n9,d,q\n";
    let contract = "[columns.id]\nrole = \"id\"\n[columns.y]\nrole = \"label\"\n";
    insta::assert_snapshot!(given(&bench, "rows", (train, test), (contract, HALVES())), @"
    validate Error D0422 rows=2: 2 different rows stand in more than one split, 2 in test and train: row 0 of test and row 0 of train; row 3 of test and row 4 of train
    split Error D0422 rows=2: 2 different rows stand in more than one split, 2 in test and train: row 0 of train and row 0 of test; row 4 of train and row 3 of test
    ");
    // The id alone tells them apart where it is no id.
    insta::assert_snapshot!(given(&bench, "clean", (train, test), ("", HALVES())), @"");
}

#[test]
fn a_group_on_both_sides_is_an_error() {
    let bench = Bench::new();
    let train = "who,x\nann,1\nbob,2\nann,3\ncid,4\n";
    let test = "who,x\nbob,5\ndan,6\nbob,7\n";
    let contract = "[columns.who]\nrole = \"group\"\n";
    insta::assert_snapshot!(given(&bench, "groups", (train, test), (contract, HALVES())), @"
    validate Error D0423 rows=1: 1 group of `who` stands in more than one split, 1 in test and train: row 0 of test and row 1 of train
    split Error D0423 rows=1: 1 group of `who` stands in more than one split, 1 in test and valid: row 1 of valid and row 0 of test
    ");
}

#[test]
fn a_given_split_that_begins_too_early_is_an_error_where_rows_are_dealt_by_time() {
    let bench = Bench::new();
    let train = "day,x\n2026-01-01,1\n2026-01-05,2\n2026-01-09,3\n2026-01-03,4\n";
    let test = "day,x\n2026-01-09,5\n2026-01-20,6\n";
    let contract = "[columns.day]\nrole = \"time\"\ntype = \"date\"\n";
    let params = json!({ "fractions": { "train": 0.5, "valid": 0.5 }, "time": "@time" });
    insta::assert_snapshot!(given(&bench, "early", (train, test), (contract, params.clone())), @"
    validate Warning D0424: `train` has rows that are as late, by `day`, as rows of test
    split Error D0424 rows=1: 1 given row is no later than the last row that is dealt, by `day`: 1 of test
    ");
    let test = "day,x\n2026-01-10,5\n2026-01-20,6\n";
    insta::assert_snapshot!(given(&bench, "late", (train, test), (contract, params)), @"");
}

#[test]
fn rows_that_were_made_judge_no_model() {
    let bench = Bench::new();
    let rows: String =
        (0..40).map(|row| format!("{row},{}\n", if row < 8 { "a" } else { "b" })).collect();
    let (train, test) = (format!("x,y\n{rows}"), "x,y\n100,a\n101,b\n".to_owned());
    let contract = "version = 1\n[columns.y]\nrole = \"label\"\n";
    let contract = bench.write("made.toml", contract);
    let input = |split: &str, csv: &str| {
        let path = bench.write(&format!("made-{split}.csv"), csv);
        Input { split: Some(split.to_owned()), ..source(&path, json!({ "type": "csv" })) }
    };
    let inputs = [("data", input("train", &train)), ("data", input("test", &test))];
    bench.run("validate", "check", json!({ "contract": contract }), &inputs).unwrap();
    let inputs = [("data", artifact("dataset", &bench.path("check").join("data")))];
    bench.run("balance", "even", json!({ "method": "over" }), &inputs).unwrap();
    let inputs = [("data", artifact("dataset", &bench.path("even").join("data")))];
    let events = bench.run("split", "made", HALVES(), &inputs).unwrap();
    let told: Vec<String> = events
        .into_iter()
        .filter_map(|event| match event {
            Event::Finding(found) if found.severity == Severity::Error => {
                Some(format!("{} {}", found.code, found.message))
            }
            _ => None,
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @"D0426 15 rows are made of others and would judge a model: 15 of valid");
}
