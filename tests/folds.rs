//! Folds: a step for each, and which of them a changed row runs again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::support::Project;

const MANIFEST: &str = r#"
[pipeline]
name = "folds"
edition = 1
seed = 5

[sources.raw]
path = "data/rows.csv"
format = { type = "csv" }

[steps.check]
kind = "validate"
inputs.data = "raw"
contract = "./contracts/rows.toml"

[steps.folds]
kind = "split"
inputs.data = "check.data"
folds = 3
repeats = 2

[steps.learn]
kind = "command"
run = ["sh", "-c", "ls {inputs.data}/data > {outputs.seen}"]
inputs.data = "folds.data/train"
outputs.seen = "files"

[steps.gather]
kind = "command"
run = ["sh", "-c", "cat {inputs.seen} > {outputs.all}"]
inputs.seen = "learn@*.seen"
outputs.all = "files"
"#;

fn project(rows: &str) -> Option<Project> {
    let project = Project::with("ingot-data", MANIFEST)?;
    project.write("contracts/rows.toml", "version = 1\n[columns.id]\nrole = \"id\"\n");
    project.write("data/rows.csv", rows);
    Some(project)
}

fn rows(count: u32) -> String {
    let row = |n: u32| format!("{n},{}\n", n * 7 % 11);
    format!("id,x\n{}", (0..count).map(row).collect::<String>())
}

/// Split and number of a file -> the bytes of it, at one point.
fn files(project: &Project, point: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = project.path(&format!(".ingot/out/folds@{point}/data/data"));
    let read = |path: &Path| std::fs::read(path).unwrap();
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), read(&entry.path())))
        .collect()
}

#[test]
fn a_row_is_stored_once_a_repeat() {
    let Some(project) = project(&rows(60)) else { return };
    let built = project.build(&[]);
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    assert_eq!(built.executed().len(), 1 + 6 + 6 + 1);
    let names: Vec<String> = files(&project, "fold=2,repeat=1").into_keys().collect();
    assert_eq!(
        names,
        [
            "test-00000-of-00001.parquet",
            "train-00000-of-00002.parquet",
            "train-00001-of-00002.parquet"
        ]
    );
    for repeat in [1, 2] {
        let all: BTreeSet<Vec<u8>> = (1..=3)
            .flat_map(|fold| files(&project, &format!("fold={fold},repeat={repeat}")).into_values())
            .collect();
        assert_eq!(all.len(), 3, "each fold is one file, be it train or test");
    }
}

#[test]
fn a_row_runs_what_learns_from_it() {
    let Some(project) = project(&rows(60)) else { return };
    project.executed();
    let learnt: Vec<String> = project.build(&["folds"]).executed();
    assert_eq!(learnt, Vec::<String>::new());
    // The row is replaced by one with the same id, so every other row keeps its fold.
    project.write("data/rows.csv", rows(60).replace("\n31,8\n", "\n31,9\n"));
    let executed = project.executed();
    let of = |base: &str| executed.iter().filter(|name| name.starts_with(base)).count();
    assert_eq!((of("check"), of("folds@"), of("gather")), (1, 6, 0), "{executed:?}");
    // In each of two repeats the row is in train of two folds and in test of one.
    assert_eq!(of("learn@"), 4, "{executed:?}");
}

#[test]
fn folds_and_what_contradicts_them_are_told_while_planning() {
    let Some(project) = project(&rows(60)) else { return };
    let told = |old: &str, new: &str| {
        project.write("ingot.toml", MANIFEST.replacen(old, new, 1));
        let said = project.run(&["plan"]);
        assert_eq!(said.code, 3, "{}", said.stderr);
        said.stderr
    };
    let both = told("repeats = 2", "fractions = { train = 1.0 }");
    assert!(both.contains("E0403") && both.contains("without `folds`"), "{both}");
    let alone = told("folds = 3\n", "");
    assert!(alone.contains("needs the param `fractions`"), "{alone}");
    let neither = told("folds = 3\nrepeats = 2", "");
    assert!(neither.contains("needs the param `fractions`"), "{neither}");
    let set = told("repeats = 2", "fold = 2");
    assert!(set.contains("E0211") && set.contains("`folds` makes its points"), "{set}");
    let none = told("folds = 3", "folds = 0");
    assert!(none.contains("at least 2"), "{none}");
    let one = told("folds = 3", "folds = 1");
    assert!(one.contains("at least 2"), "{one}");

    // A float that is whole is as many folds.
    project.write("ingot.toml", MANIFEST.replacen("folds = 3", "folds = 3.0", 1));
    let plan = project.run(&["plan", "--all", "folds"]);
    assert!(plan.stdout.contains("folds@fold=3,repeat=2"), "{}", plan.stdout);

    project.write("ingot.toml", MANIFEST.replacen("folds = 3", "folds = 99", 1));
    let said = project.run(&["build"]);
    assert!(said.code == 1 && said.stderr.contains("D0419"), "{}", said.stderr);
}
