//! Facts of the machine: which file or variable wins, and what is said of mistakes.

use std::process::Command;

use crate::support::{Project, Said};

const ONE: &str = "[pipeline]\nname = \"c\"\nedition = 1\n\
    [steps.go]\nkind = \"write\"\ntext = \"x\"\n";

fn run(command: &mut Command) -> Said {
    Said::from(command.output().unwrap())
}

/// The rows of `doctor` that begin with a word.
fn rows(said: &Said, word: &str) -> Vec<String> {
    let found = said.stdout.lines().filter(|line| line.split(' ').next() == Some(word));
    found.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn the_nearest_place_that_says_it_wins() {
    let project = Project::new(ONE);
    let home = project.path("../config");
    let user = project.path("../config/ingot/config.toml");
    std::fs::create_dir_all(user.parent().unwrap()).unwrap();
    let doctor = |variables: &[(&str, &str)]| {
        let mut command = project.command(&["doctor"]);
        command.env("XDG_CONFIG_HOME", &home).envs(variables.iter().copied());
        run(&mut command)
    };
    let said = doctor(&[]);
    assert!(rows(&said, "jobs")[0].ends_with("(default)"), "{}", said.stdout);
    assert!(rows(&said, "store")[0].ends_with(".ingot (default)"), "{}", said.stdout);

    std::fs::write(&user, "[store]\npath = \"mine\"\n[build]\njobs = 3\n").unwrap();
    let said = doctor(&[]);
    let place = |file: &str, at: &str| format!("({}:{at})", file);
    let user = user.display().to_string();
    assert_eq!(rows(&said, "jobs"), [format!("jobs ok 3 {}", place(&user, "4:8"))]);
    let beside = project.path("../config/ingot/mine");
    let store = format!("store ok {} {}", beside.display(), place(&user, "2:8"));
    assert_eq!(rows(&said, "store"), [store], "relative to the file's folder");

    project.write("ingot.local.toml", "[store]\npath = \"here\"\n");
    let said = doctor(&[]);
    let store = format!("store ok {} (ingot.local.toml:2:8)", project.path("here").display());
    assert_eq!(rows(&said, "store"), [store]);
    assert_eq!(rows(&said, "jobs").len(), 1, "the user's file still says the rest");

    let said = doctor(&[("INGOT_STORE", "elsewhere"), ("INGOT_JOBS", "5")]);
    assert_eq!(rows(&said, "store"), ["store ok elsewhere (INGOT_STORE)"]);
    assert_eq!(rows(&said, "jobs"), ["jobs ok 5 (INGOT_JOBS)"]);
}

#[test]
fn a_build_uses_the_store_and_the_workers_of_the_config() {
    let project = Project::new(ONE);
    project.write("ingot.local.toml", "[store]\npath = \"~/shared\"\n");
    let home = project.path("../config");
    std::fs::create_dir_all(home.join("ingot")).unwrap();
    let config = "[workers]\nfolders = [\"../../workers\"]\n";
    std::fs::write(home.join("ingot/config.toml"), config).unwrap();
    let mut command = project.command(&["build"]);
    let said = run(command.env_remove("INGOT_WORKERS").env("XDG_CONFIG_HOME", &home));
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(project.path("../shared/version").exists());
    assert!(!project.path(".ingot").exists());
    let mut command = project.command(&["clean", "--all"]);
    assert_eq!(run(&mut command).code, 0);
    assert!(!project.path("../shared").exists());
}

#[test]
fn a_config_that_is_wrong_ends_the_command_with_its_place() {
    let project = Project::new(ONE);
    project.write("ingot.local.toml", "[build]\njob = 3\n");
    for command in ["build", "doctor", "kinds"] {
        let said = project.run(&[command]);
        assert_eq!(said.code, 3, "{command}: {}", said.stderr);
        assert!(said.stderr.contains("ingot.local.toml:2:1"), "{}", said.stderr);
        assert!(said.stderr.contains("did you mean `jobs`?"), "{}", said.stderr);
    }
    project.write("ingot.local.toml", "");
    let mut command = project.command(&["build"]);
    let said = run(command.env("INGOT_JOBS", "many"));
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("INGOT_JOBS cannot be `many`"), "{}", said.stderr);
}

#[test]
fn a_new_workspace_does_not_commit_its_config() {
    let project = Project::new(ONE);
    assert_eq!(project.run(&["new", "other"]).code, 0);
    assert!(project.read("other/.gitignore").lines().any(|line| line == "ingot.local.toml"));
}
