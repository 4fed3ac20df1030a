//! The workspaces of `examples/`, built on the data that they are about.

use std::path::{Path, PathBuf};

use crate::support::{Built, Project};

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

/// The findings of a step, as code and message.
fn findings(built: &Built, step: &str) -> Vec<String> {
    let events = built.of("finding").filter(|event| event["step"] == step);
    let word =
        |event: &serde_json::Value, name: &str| event[name].as_str().unwrap_or("").to_owned();
    events.map(|event| format!("{} {}", word(event, "code"), word(event, "message"))).collect()
}

#[test]
fn census_rows_of_two_files_are_checked_and_mended() {
    let Some(project) = example("income", "adult") else { return };
    let built = project.build(&[]);
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    insta::assert_snapshot!(findings(&built, "check").join("\n"), @"");
    let shown = project.run(&["show", "split.data"]).stdout;
    let splits = shown.lines().filter(|line| {
        ["test ", "train ", "valid "].iter().any(|split| line.trim_start().starts_with(split))
    });
    insta::assert_snapshot!(splits.collect::<Vec<_>>().join("\n"), @"");
}

#[test]
fn log_lines_are_columns_with_a_label() {
    let Some(project) = example("alerts", "bgl") else { return };
    let built = project.build(&[]);
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    insta::assert_snapshot!(findings(&built, "check").join("\n"), @"");
    insta::assert_snapshot!(project.run(&["show", "split.data"]).stdout, @"");
}

#[test]
fn lines_of_plays_are_dealt_and_never_move() {
    let Some(project) = example("shakespeare", "tinyshakespeare") else { return };
    let built = project.build(&[]);
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    insta::assert_snapshot!(project.run(&["show", "split.data"]).stdout, @"");
}

#[test]
fn sequences_in_files_of_their_own_meet_their_targets() {
    let Some(project) = example("movement", "indoor-movement") else { return };
    let built = project.build(&[]);
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    insta::assert_snapshot!(project.run(&["show", "split.data"]).stdout, @"");
}
