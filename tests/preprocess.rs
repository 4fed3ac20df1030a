//! Fitted operations: what runs again when rows change, and what is refused while planning.

use std::path::Path;

use crate::support::Project;

const MANIFEST: &str = r#"
[pipeline]
name = "fitted"
edition = 1

[sources.train_raw]
path = "data/train.csv"
format = { type = "csv" }

[sources.test_raw]
like = "train_raw"
path = "data/test.csv"

[steps.check]
kind = "validate"
inputs.data = { train = "train_raw", test = "test_raw" }
contract = "./contract.toml"

[steps.ready]
kind = "preprocess"
inputs.data = "check.data"
operations = [
    { impute = { columns = ["x"], strategy = "median" } },
    { scale = { columns = ["@numeric"], method = "min-max" } },
]

[steps.learn]
kind = "command"
run = ["sh", "-c", "ls {inputs.data}/data > {outputs.seen}"]
inputs.data = "ready.data/train"
outputs.seen = "files"

[steps.judge]
kind = "command"
run = ["sh", "-c", "ls {inputs.data}/data > {outputs.seen}"]
inputs.data = "ready.data/test"
outputs.seen = "files"
"#;

const CONTRACT: &str = "version = 1\n[columns.y]\nrole = \"label\"\n[columns.x]\nnullable = true\n";

/// Rows of a number and a word.
fn rows(cells: &[(&str, &str)]) -> String {
    let lines: String = cells.iter().map(|(x, y)| format!("{x},{y}\n")).collect();
    format!("x,y\n{lines}")
}

const TRAIN: [(&str, &str); 5] = [("1", "a"), ("2", "b"), ("", "a"), ("4", "b"), ("9", "a")];

/// The workspace with the worker `ingot-data`; nothing where it is not built.
fn project() -> Option<Project> {
    let data = Path::new(env!("CARGO_BIN_EXE_ingot")).with_file_name("ingot-data");
    if !data.exists() {
        eprintln!("skipped: {} is not built", data.display());
        return None;
    }
    let project = Project::new(MANIFEST);
    let workers = project.path("").join("../workers");
    std::os::unix::fs::symlink(data, workers.join("ingot-data")).unwrap();
    project.write("contract.toml", CONTRACT);
    project.write("data/train.csv", rows(&TRAIN));
    project.write("data/test.csv", rows(&[("3", "a"), ("", "b")]));
    Some(project)
}

#[test]
fn a_changed_test_row_fits_and_learns_nothing_anew() {
    let Some(project) = project() else { return };
    let built = project.build(&[]);
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    assert_eq!(built.executed(), ["check", "judge", "learn", "ready", "ready/fit"]);
    assert_eq!(project.build(&[]).executed(), Vec::<String>::new());
    let state = project.output("ready/fit", "state");

    // Whatever the test rows are, the state is what it was.
    for test in [vec![("1000000", "a")], vec![("", "b"), ("-7", "a"), ("3", "a")]] {
        project.write("data/test.csv", rows(&test));
        let built = project.build(&[]);
        assert_eq!(built.executed(), ["check", "judge", "ready"]);
        assert_eq!(project.output("ready/fit", "state"), state);
        insta::allow_duplicates! {
            insta::assert_debug_snapshot!(built.reasons()["ready"], @"");
        }
    }

    let mut train = TRAIN;
    train[4] = ("5", "a");
    project.write("data/train.csv", rows(&train));
    let built = project.build(&[]);
    assert_eq!(built.executed(), ["check", "judge", "learn", "ready", "ready/fit"]);
    assert_ne!(project.output("ready/fit", "state"), state);
    insta::assert_debug_snapshot!(built.reasons(), @"");

    // What is not learned from moves no test row.
    train[0] = ("1", "b");
    project.write("data/train.csv", rows(&train));
    let built = project.build(&[]);
    assert_eq!(built.executed(), ["check", "learn", "ready", "ready/fit"]);

    // Another operation is the fit's.
    project.edit("min-max", "robust");
    let built = project.build(&[]);
    assert_eq!(built.executed(), ["judge", "learn", "ready", "ready/fit"]);
}

#[test]
fn what_cannot_be_is_told_while_planning() {
    let Some(project) = project() else { return };
    let told = |old: &str, new: &str| {
        project.write("ingot.toml", MANIFEST.replacen(old, new, 1));
        let said = project.run(&["plan"]);
        assert_eq!(said.code, 3, "{}", said.stderr);
        said.stderr
    };
    let cases = [
        told("strategy = \"median\"", "strategy = \"medain\""),
        told("impute = {", "imptue = {"),
        told("columns = [\"x\"], strategy", "colums = [\"x\"], strategy"),
        told("inputs.data = \"check.data\"\n", "inputs.data = \"check.data/test\"\n"),
        told(
            "inputs.data = \"check.data\"\n",
            "inputs.data = \"check.data\"\ninputs.fitted = \"other.state\"\n\
             [steps.other]\nkind = \"fit\"\ninputs.data = \"check.data\"\n",
        ),
    ];
    insta::assert_snapshot!(cases.join("\n"), @"");
}
