//! `ingot error`: codes of this program and of the workers that are here.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::{Project, Said};

const HEAD: &str = "[pipeline]\nname = \"c\"\nedition = 1\n";

/// What a command says, all of it; the folders of this machine have no names.
fn told(project: &Project, arguments: &[&str]) -> String {
    let Said { code, stdout, stderr } = project.run(arguments);
    let mut text = format!("{stdout}{stderr}exit {code}\n");
    for line in text.clone().lines().filter(|line| line.contains("put `ingot-")) {
        let fix = line.split_once("put ").map_or(line, |(before, _)| before);
        text = text.replace(line, &format!("{fix}put .."));
    }
    text
}

/// A worker in a folder of the user's that describes itself so and does nothing else.
fn worker(project: &Project, name: &str, codes: &str) {
    let described = format!(
        r#"{{"protocol": 1, "worker": "{name}", "types": [], "kinds": [], "stands_on": {{}}{codes}}}"#
    );
    let path = project.path("..").join("workers").join(name);
    fs::write(&path, format!("#!/bin/sh\ncat <<'END'\n{described}\nEND\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_code_of_a_worker_is_explained_as_one_of_this_program_is() {
    let project = Project::new(HEAD);
    insta::assert_snapshot!(told(&project, &["error", "l0103"]), @r"
    L0103: it was told to break, or a deck is none

    The param `how` says in which way a step breaks. A deck is a folder with a folder `data`.

    Tell it something else.
    exit 0
    ");
    insta::assert_snapshot!(told(&project, &["error", "E1007"]), @r"
    E1007: there is no log

    Logs stay on the machine where the step ran.
    exit 0
    ");
    insta::assert_snapshot!(told(&project, &["error", "W0003"]), @r"
    W0003: an output port is missing

    The request does not say where an output of the kind is to be written. Install `ingot` and its workers from one release.
    exit 0
    ");
}

#[test]
fn a_code_that_nobody_has_is_told_with_a_near_one_or_with_the_workers_that_are_missing() {
    let project = Project::new(HEAD);
    insta::assert_snapshot!(told(&project, &["error", "L0193"]), @r"
    error[E1003]: there is no code `L0193`
     |
     = help: did you mean `L0103`?
    `ingot error E1003` explains more
    exit 2
    ");
    insta::assert_snapshot!(told(&project, &["error", "E0888"]), @r"
    error[E1003]: there is no code `E0888`
     |
     = help: did you mean `E0818`?
    `ingot error E1003` explains more
    exit 2
    ");
    insta::assert_snapshot!(told(&project, &["error", "nonsense"]), @r"
    error[E1003]: there is no code `nonsense`
     |
     = help: `ingot error` lists them
    `ingot error E1003` explains more
    exit 2
    ");
    insta::assert_snapshot!(told(&project, &["error", "D0314"]), @r"
    error[E1003]: there is no code `D0314`
     |
     = help: a worker that is not here may have it
    error[E0601]: the worker `ingot-data` is not installed
     |
     = help: put ..
    error[E0601]: the worker `ingot-torch` is not installed
     |
     = help: put ..
    error[E0601]: the worker `ingot-wasm` is not installed
     |
     = help: put ..
    `ingot error E1003` explains more
    exit 2
    ");
}

#[test]
fn every_code_that_is_known_is_listed() {
    let project = Project::new(HEAD);
    let said = project.run(&["error"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let listed: Vec<&str> =
        said.stdout.lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
    let of_workers = listed.iter().position(|code| !code.starts_with('E')).unwrap();
    assert!(listed[..of_workers].is_sorted() && of_workers > 100, "{listed:?}");
    assert!(listed[of_workers..].is_sorted(), "{listed:?}");
    assert!(said.stderr.contains("the worker `ingot-data` is not installed"), "{}", said.stderr);

    let source = include_str!("../examples/ingot-lines.rs");
    let is_code = |word: &&str| word.len() == 5 && word.starts_with("L0");
    let own: BTreeSet<&str> = source.split('"').filter(is_code).collect();
    let told: BTreeSet<&str> =
        listed[of_workers..].iter().copied().filter(|code| code.starts_with('L')).collect();
    assert_eq!(own, told);
}

#[test]
fn a_config_with_a_mistake_hides_no_code_of_this_program() {
    let project = Project::new(HEAD);
    project.write("ingot.local.toml", "[workers]\nfolders = [\"tools\"]\n");
    let said = project.run(&["error"]);
    assert!(said.code == 0 && said.stdout.contains("E0607"), "{}", said.stdout);
    assert!(said.stderr.contains("error[E0607]"), "{}", said.stderr);
    assert_eq!(project.run(&["error", "E0607"]).code, 0);
    assert_eq!(project.run(&["error", "L0103"]).code, 6);
}

#[test]
fn a_build_names_the_code_that_explains_its_end() {
    let project = Project::new(&format!(
        "{HEAD}[sources.lines]\npath = \"lines.txt\"\n\
         [steps.deal]\nkind = \"deal\"\ninputs.text = \"lines\"\n\
         [steps.go]\nkind = \"break\"\nhow = \"say\"\n\
         [steps.own]\nkind = \"command\"\noutputs.o = \"files\"\n\
         run = [\"sh\", \"-c\", '''echo \"$E\" > $INGOT_EVENTS; echo x > {{outputs.o}}''']\n\
         environment.E = '{{{{\"event\":\"finding\",\"severity\":\"error\",\"code\":\"L0301\",\"message\":\"m\"}}}}'\n"
    ));
    project.write("lines.txt", "train a bad line\n");
    let last = |arguments: &[&str]| {
        let said = project.run(arguments);
        assert!(said.code != 0, "{}", said.stderr);
        said.stderr.lines().last().unwrap_or_default().to_owned()
    };
    assert_eq!(last(&["build", "go"]), "`ingot error L0103` explains more");
    for finding in ["deal", "own"] {
        let end = last(&["build", finding]);
        assert!(!end.contains("ingot error"), "a finding's code stands at its line: {end}");
    }
    project.edit("how = \"say\"", "how = \"silent\"");
    assert_eq!(last(&["build", "go"]), "`ingot error E0805` explains more");
}

#[test]
fn a_worker_without_codes_is_used_and_one_with_wrong_codes_is_not() {
    let project = Project::new(HEAD);
    worker(&project, "ingot-x", "");
    assert_eq!(project.run(&["error", "L0103"]).code, 0);
    assert!(!project.run(&["kinds"]).stderr.contains("ingot-x"));
    for (codes, expected) in [
        (r#""X1": {"title": "t", "explanation": "e"}"#, ""),
        (r#""E1": {"title": "t", "explanation": "e"}"#, "the code `E1` is one of Ingot's own"),
        (r#""x1": {"title": "t", "explanation": "e"}"#, "the code `x1` is none"),
        (r#""X1": {"title": "", "explanation": "e"}"#, "the title of the code `X1` is not"),
    ] {
        worker(&project, "ingot-x", &format!(r#", "codes": {{{codes}}}"#));
        let said = project.run(&["error", "X1"]);
        match expected {
            "" => assert_eq!(said.stdout, "X1: t\n\ne\n", "{}", said.stderr),
            expected => {
                assert!(said.stderr.contains("error[E0602]"), "{}", said.stderr);
                assert!(said.stderr.contains(expected), "{}", said.stderr);
            }
        }
    }
}

#[test]
fn a_worker_of_the_workspace_is_not_run_for_its_codes() {
    let project = Project::new(&format!(
        "{HEAD}[workers.lines]\npath = \"tools/ingot-lines\"\n[steps.go]\nkind = \"write\"\ntext = \"x\"\n"
    ));
    fs::create_dir(project.path("tools")).unwrap();
    fs::copy(project.path("../workers/ingot-lines"), project.path("tools/ingot-lines")).unwrap();
    fs::remove_file(project.path("../workers/ingot-lines")).unwrap();
    let explained = || project.run(&["error", "L0103"]).code == 0;
    assert!(!explained());
    assert_eq!(project.run(&["trust"]).code, 0);
    assert!(!explained(), "it was never asked");
    assert_eq!(project.run(&["build"]).code, 0);
    assert!(explained(), "what it said is known");
    assert_eq!(project.run(&["trust", "--revoke"]).code, 0);
    assert!(!explained());
}

#[test]
fn the_workers_that_come_with_ingot_explain_their_codes() {
    let programs = Path::new(env!("CARGO_BIN_EXE_ingot")).parent().unwrap();
    for (worker, code, title) in [
        ("ingot-data", "D0314", "a column of the contract is not there"),
        ("ingot-torch", "T0106", "`train` has one class alone"),
        ("ingot-wasm", "P0202", "a plugin used up its fuel"),
    ] {
        if !programs.join(worker).exists() {
            eprintln!("skipped: {worker} is not built");
            continue;
        }
        let project = Project::new(HEAD);
        let place = project.path("..").join("workers").join(worker);
        std::os::unix::fs::symlink(programs.join(worker), place).unwrap();
        let said = project.run(&["error", code]);
        assert!(said.stdout.starts_with(&format!("{code}: {title}\n\n")), "{}", said.stderr);
    }
}
