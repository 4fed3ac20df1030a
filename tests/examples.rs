//! The workspaces of `examples/`, built on the data that they are about.

use std::path::{Path, PathBuf};

use crate::support::Project;

/// The example in a workspace of its own, with a folder of data under its name; nothing
/// where the data or a worker is not here.
fn example(name: &str, data: &str) -> Option<Project> {
    let Some(folder) = std::env::var_os("INGOT_TEST_DATA").map(PathBuf::from) else {
        eprintln!("skipped: INGOT_TEST_DATA names no folder");
        return None;
    };
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    let project = Project::new(&std::fs::read_to_string(own.join("ingot.toml")).unwrap());
    let link = |worker: &str| {
        let program = Path::new(env!("CARGO_BIN_EXE_ingot")).with_file_name(worker);
        let link = project.path("").join("../workers").join(worker);
        let there = program.exists();
        if there {
            std::os::unix::fs::symlink(program, link).unwrap();
        }
        there
    };
    if !link("ingot-data") {
        eprintln!("skipped: ingot-data is not built");
        return None;
    }
    if !link("ingot-sql") {
        without_transform(&project);
    }
    for contract in std::fs::read_dir(own.join("contracts")).unwrap() {
        let path = contract.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        project.write(&format!("contracts/{name}"), std::fs::read(&path).unwrap());
    }
    for file in std::fs::read_dir(folder.join(data)).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        project.write(&format!("data/{data}/{name}"), std::fs::read(&path).unwrap());
    }
    Some(project)
}

/// Takes the step `clean` out: the worker of `transform` is one that a machine may lack.
fn without_transform(project: &Project) {
    let manifest = project.read("ingot.toml");
    let Some(from) = manifest.find("[steps.clean]") else { return };
    let to = manifest[from..].find("[steps.split]").unwrap() + from;
    let rest = manifest[to..].replace("clean.data", "check.data");
    project.write("ingot.toml", format!("{}{rest}", &manifest[..from]));
}

/// What a build says of findings, a line each, without who said it.
fn findings(project: &Project) -> String {
    let said = project.run(&["build"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let lines = said.stderr.lines().filter_map(|line| line.find(" D0").map(|at| &line[at + 1..]));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn census_rows_of_two_files_are_checked_and_mended() {
    let Some(project) = example("income", "adult") else { return };
    let built = project.build(&[]);
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    insta::assert_snapshot!(findings(&project), @"D0307: `income`: 16281 values not in the set, such as `<=50K.` in line 1 of the split test");
    let shown = project.run(&["show", "split.data"]).stdout;
    let splits = shown.lines().filter(|line| {
        ["test ", "train ", "valid "].iter().any(|split| line.trim_start().starts_with(split))
    });
    insta::assert_snapshot!(splits.collect::<Vec<_>>().join("\n"), @r"
    test   16281
    train  29305
    valid   3256
    ");
}

#[test]
fn log_lines_are_columns_with_a_label() {
    let Some(project) = example("alerts", "bgl") else { return };
    let built = project.build(&[]);
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    insta::assert_snapshot!(findings(&project), @r#"
    D0412: the split `test` has 392 of 2000 rows, where its fraction 0.2 is 400.0: the rows come in 1778 groups of `node`, the largest of 60 rows
    D0412: the split `train` has 1216 of 2000 rows, where its fraction 0.6 is 1200.0: the rows come in 1778 groups of `node`, the largest of 60 rows
    D0412: the split `valid` has 392 of 2000 rows, where its fraction 0.2 is 400.0: the rows come in 1778 groups of `node`, the largest of 60 rows
    D0413: 8 of 13 values of `alert`, which `stratify` names, are not in every split: they have 60 rows or fewer; the shares hold for the whole
    "#);
    insta::assert_snapshot!(project.run(&["show", "split.data"]).stdout, @r"
    dataset: 2000 rows, 11 columns

    columns
    column     type   role
    alert      utf8   label
    time       int64  time
    date       utf8   feature
    node       utf8   group
    stamp      utf8   feature
    node2      utf8   feature
    type       utf8   feature
    component  utf8   feature
    level      utf8   feature
    message    utf8   feature
    template   utf8   feature

    splits
    split  rows
    test    392
    train  1216
    valid   392
    ");
}

#[test]
fn lines_of_plays_are_dealt_and_never_move() {
    let Some(project) = example("shakespeare", "tinyshakespeare") else { return };
    let built = project.build(&[]);
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    insta::assert_snapshot!(project.run(&["show", "split.data"]).stdout, @r#"
    dataset: 40000 rows, 1 columns

    columns
    column  type  role
    text    utf8  feature

    splits
    split   rows
    test    3354
    train  33048
    valid   3598
    "#);
}

#[test]
fn sequences_in_files_of_their_own_meet_their_targets() {
    let Some(project) = example("movement", "indoor-movement") else { return };
    let built = project.build(&[]);
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    insta::assert_snapshot!(project.run(&["show", "split.data"]).stdout, @r#"
    dataset: 13197 rows, 5 columns

    columns
    column        type     role
    #RSS_anchor1  float64  feature
    RSS_anchor2   float64  feature
    RSS_anchor3   float64  feature
    RSS_anchor4   float64  feature
    file          utf8     group

    splits
    split  rows
    test   2609
    train  7919
    valid  2669
    "#);
}
