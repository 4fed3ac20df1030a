//! Fitted operations: what runs again when rows change, and what is refused while planning.

use std::path::Path;

use crate::support::{Built, Project};

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

/// What moved of a step that ran, without from and to.
fn moved(built: &Built, step: &str) -> Vec<String> {
    let name = |reason: &String| reason.split(": ").next().unwrap_or_default().to_owned();
    built.reasons()[step].iter().map(name).collect()
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
        assert_eq!(moved(&built, "ready"), ["input `check.data`"]);
        assert_eq!(moved(&built, "judge"), ["input `ready.data`"]);
    }

    let mut train = TRAIN;
    train[4] = ("5", "a");
    project.write("data/train.csv", rows(&train));
    let built = project.build(&[]);
    assert_eq!(built.executed(), ["check", "judge", "learn", "ready", "ready/fit"]);
    assert_ne!(project.output("ready/fit", "state"), state);
    assert_eq!(moved(&built, "ready/fit"), ["input `check.data`"]);
    assert_eq!(moved(&built, "ready"), ["input `check.data`", "input `ready/fit.state`"]);
    assert_eq!(moved(&built, "learn"), ["input `ready.data`"]);

    // What is not learned from moves no test row.
    train[0] = ("1", "b");
    project.write("data/train.csv", rows(&train));
    let built = project.build(&[]);
    assert_eq!(built.executed(), ["check", "learn", "ready", "ready/fit"]);

    // Another operation is the fit's.
    project.edit("min-max", "robust");
    let built = project.build(&[]);
    assert_eq!(built.executed(), ["judge", "learn", "ready", "ready/fit"]);
    assert_eq!(moved(&built, "ready/fit"), ["param `operations`"]);
    assert_eq!(moved(&built, "ready"), ["input `ready/fit.state`"]);
}

#[test]
fn what_cannot_be_is_told_while_planning() {
    let Some(project) = project() else { return };
    let told = |manifest: String| {
        project.write("ingot.toml", manifest);
        let said = project.run(&["plan"]);
        assert_eq!(said.code, 3, "{}", said.stderr);
        said.stderr
    };
    let data = "inputs.data = \"check.data\"\n";
    let given = format!("{data}inputs.fitted = \"other.state\"\n");
    let other = "\n[steps.other]\nkind = \"fit\"\ninputs.data = \"check.data\"\n\
                 operations = [{ scale = { columns = [\"x\"], method = \"robust\" } }]\n";
    let cases = [
        told(MANIFEST.replacen("\"median\"", "\"medain\"", 1)),
        told(MANIFEST.replacen("impute = {", "imptue = {", 1)),
        told(MANIFEST.replacen("method", "clip = true, method", 1)),
        told(MANIFEST.replacen(data, "inputs.data = \"check.data/test\"\n", 1)),
        told(MANIFEST.replacen(data, &given, 1) + other),
    ];
    insta::assert_snapshot!(cases.join("\n"), @r#"
    error[E0403]: `operations.0.impute.strategy` cannot be "medain"
      --> ingot.toml:23:46
       |
    23 |     { impute = { columns = ["x"], strategy = "medain" } },
       |                                              ^^^^^^^^
       |
       = help: one of `mean`, `median`, `most-frequent`, `constant`
    `ingot error E0403` explains more

    error[E0401]: `preprocess` has no param `imptue`
      --> ingot.toml:23:16
       |
    23 |     { imptue = { columns = ["x"], strategy = "median" } },
       |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unknown param
       |
       = help: did you mean `impute`?
    `ingot error E0401` explains more

    error[E0401]: `preprocess` has no param `clip`
      --> ingot.toml:24:48
       |
    24 |     { scale = { columns = ["@numeric"], clip = true, method = "min-max" } },
       |                                                ^^^^ unknown param
       |
       = help: it has `columns`, `method`
    `ingot error E0401` explains more

    error[E0316]: `ready/fit` must not come to see `test` on its port `data`
      --> ingot.toml:21:15
       |
    21 | inputs.data = "check.data/test"
       |               ^^^^^^^^^^^^^^^^^ `ready/fit` reads `test` here
       |
       = help: read another split, such as `check.data/valid`; `test` is for judging what comes out
    `ingot error E0316` explains more

    error[E0320]: `operations` does nothing in `ready`
      --> ingot.toml:23:14
       |
    23 |   operations = [
       |  ______________^
    24 | |     { impute = { columns = ["x"], strategy = "median" } },
    25 | |     { scale = { columns = ["@numeric"], method = "min-max" } },
    26 | | ]
       | |_^ it is for a step that this one implies, and it implies none
       |
       = help: remove it, or remove `inputs.fitted`
    `ingot error E0320` explains more
    "#);
}
