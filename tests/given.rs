//! Sources given as splits: one dataset, and what runs again when one of them changes.

use crate::support::Project;

const MANIFEST: &str = r#"
[pipeline]
name = "given"
edition = 1

[sources.train_raw]
path = "data/train.csv"
format = { type = "csv", trim = true, nulls = ["?"] }

[sources.test_raw]
like = "train_raw"
path = "data/test.csv"

[steps.check]
kind = "validate"
inputs.data = { train = "train_raw", test = "test_raw" }
contract = "./contracts/rows.toml"

[steps.split]
kind = "split"
inputs.data = "check.data"
fractions = { train = 0.9, valid = 0.1 }

[steps.learn]
kind = "command"
run = ["sh", "-c", "ls {inputs.data}/data > {outputs.seen}"]
inputs.data = "split.data/train+valid"
outputs.seen = "files"

[steps.judge]
kind = "command"
run = ["sh", "-c", "ls {inputs.data}/data > {outputs.seen}"]
inputs.data = "split.data/test"
outputs.seen = "files"
"#;

const CONTRACT: &str = "version = 1\n[table]\nmin_rows = 5\n[columns.y]\nrole = \"label\"\n\
                        [columns.x]\nnullable = true\nmax_null_fraction = 0.2\n";

/// Rows with these numbers.
fn rows(numbers: std::ops::Range<u32>) -> String {
    let row = |n: u32| format!("{n}, {}\n", if n.is_multiple_of(2) { "even" } else { "odd" });
    format!("x,y\n{}", numbers.map(row).collect::<String>())
}

/// The workspace with the worker `ingot-data`; nothing where it is not built.
fn project() -> Option<Project> {
    let project = Project::with("ingot-data", MANIFEST)?;
    project.write("contracts/rows.toml", CONTRACT);
    project.write("data/train.csv", rows(0..40));
    project.write("data/test.csv", rows(50..70));
    Some(project)
}

#[test]
fn a_changed_split_runs_what_reads_it_alone() {
    let Some(project) = project() else { return };
    let built = project.build(&[]);
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    assert_eq!(built.executed(), ["check", "judge", "learn", "split"]);
    assert_eq!(
        project.read(".ingot/out/learn/seen").lines().collect::<Vec<_>>(),
        ["train-00000-of-00001.parquet", "valid-00000-of-00001.parquet"]
    );
    assert_eq!(project.build(&[]).executed(), Vec::<String>::new());

    project.write("data/test.csv", rows(50..71));
    let built = project.build(&[]);
    assert_eq!(built.executed(), ["check", "judge", "split"]);

    // The test rows were not dealt again.
    project.write("data/train.csv", rows(0..41));
    assert_eq!(project.build(&[]).executed(), ["check", "learn", "split"]);

    // Lines that move are no rows that change.
    let text = rows(0..41).replace("\n3, odd\n", "\n\n3, odd\n");
    project.write("data/train.csv", text);
    assert_eq!(project.build(&[]).executed(), ["check"]);

    // Which file is which split is in the key.
    project.edit(
        "train = \"train_raw\", test = \"test_raw\"",
        "test = \"train_raw\", train = \"test_raw\"",
    );
    let why = project.run(&["why", "check"]);
    assert!(why.stdout.contains("input"), "{}", why.stdout);
    assert_eq!(project.build(&[]).executed(), ["check", "judge", "learn", "split"]);
}

#[test]
fn rows_and_missing_values_are_judged_in_each_split() {
    let Some(project) = project() else { return };
    project.write("data/test.csv", "x,y\n1,odd\n?,odd\n?,odd\n2,even\n");
    let said = project.run(&["build"]);
    assert_eq!(said.code, 4, "{}", said.stderr);
    let stderr = &said.stderr;
    assert!(stderr.contains("the split test has 4 rows"), "{stderr}");
    assert!(stderr.contains("2 values of test missing"), "{stderr}");
    assert!(stderr.contains("line 3 of the split test"), "{stderr}");
}

#[test]
fn a_split_that_cannot_be_one_is_told_while_planning() {
    let Some(project) = project() else { return };
    let told = |old: &str, new: &str| {
        project.write("ingot.toml", MANIFEST.replacen(old, new, 1));
        let said = project.run(&["plan"]);
        assert_eq!(said.code, 3, "{}", said.stderr);
        said.stderr
    };
    let all = told("test = \"test_raw\" }", "all = \"test_raw\" }");
    assert!(all.contains("E0225") && all.contains("call it `whole`"), "{all}");
    let word = told("test = \"test_raw\" }", "\"a b\" = \"test_raw\" }");
    assert!(word.contains("E0225"), "{word}");
    let port = told("inputs.data = \"check.data\"", "inputs.data = { train = \"check.data\" }");
    assert!(port.contains("E0321"), "{port}");
    let like = told("like = \"train_raw\"", "like = \"train_rwa\"");
    assert!(like.contains("did you mean `train_raw`?"), "{like}");
}
