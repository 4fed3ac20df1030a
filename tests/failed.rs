//! `--keep-failed`: what a failed step left can be looked at.

use std::io::Write;
use std::process::Stdio;

use crate::support::{Built, Project, Said};

/// A command that leaves half an output.
fn failing() -> Project {
    let project = Project::new(
        "[pipeline]\nname = \"f\"\nedition = 1\n[sources.data]\npath = \"data.txt\"\n\
         [steps.bad]\nkind = \"command\"\noutputs.text = \"files\"\ninputs.data = \"data\"\n\
         secrets = [\"TOKEN\"]\nenvironment.LEVEL = \"3\"\n\
         run = [\"sh\", \"-c\", \"echo half > {outputs.text}; exit 3\"]\n",
    );
    project.write("data.txt", "some data\n");
    project
}

/// Builds with the secret.
fn build(project: &Project, arguments: &[&str]) -> Built {
    let mut command = project.command(&["build", "--json"]);
    let output = command.args(arguments).env("TOKEN", "hunter2hunter2").output().unwrap();
    Built::from(Said::from(output))
}

/// What a script says in `ingot shell ..`.
fn shell(project: &Project, arguments: &[&str], script: &str) -> Said {
    let mut command = project.command(arguments);
    let mut child = command
        .env("SHELL", "/bin/sh")
        .env("TOKEN", "hunter2")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    Said::from(child.wait_with_output().unwrap())
}

fn kept(project: &Project) -> Vec<String> {
    let names = std::fs::read_dir(project.path(".ingot/failed")).unwrap();
    names.map(|name| name.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn what_a_failed_step_left_is_kept_and_a_shell_opens_in_it() {
    let project = failing();
    build(&project, &[]);
    assert_eq!(kept(&project), [""; 0], "nothing is kept unless asked");
    let built = build(&project, &["--keep-failed"]);
    assert_eq!(built.said.code, 1);
    let event = built.of("finished").next().unwrap();
    let place = event["kept"].as_str().unwrap();
    assert_eq!(place, format!(".ingot/failed/{}/root", kept(&project)[0]));
    assert_eq!(project.read(&format!("{place}/out/text")), "half\n");
    assert_eq!(std::fs::read_dir(project.path(".ingot/work")).unwrap().count(), 0);

    // The manifest may be anything by now.
    project.write("ingot.toml", "[pipeline");
    let script =
        "cat out/text data.txt; echo $LEVEL $TOKEN; case $HOME in $PWD/*) echo home;; esac";
    let said = shell(&project, &["shell", "bad", "--failed"], script);
    assert_eq!(said.stdout, "half\nsome data\n3 hunter2\nhome\n", "{}", said.stderr);
    assert!(said.stderr.contains("as it failed; it ran"), "{}", said.stderr);
    let record = project.read(&format!("{place}/../step.json"));
    assert!(!record.contains("hunter2") && record.contains("TOKEN"), "{record}");
}

#[test]
fn the_next_failure_takes_its_place_and_gc_and_clean_remove_it() {
    let project = failing();
    for (old, new, flag) in [
        ("half", "one", "--keep-failed"),
        ("one", "two", "--keep-failed"),
        ("two", "three", "--keep-going"),
    ] {
        project.edit(&format!("echo {old} "), &format!("echo {new} "));
        build(&project, &[flag]);
    }
    assert_eq!(kept(&project).len(), 1);
    let said = shell(&project, &["shell", "bad", "--failed"], "cat out/text");
    assert_eq!(said.stdout, "two\n", "only a build that is told so replaces it");
    for command in ["gc", "clean"] {
        build(&project, &["--keep-failed"]);
        assert_eq!(kept(&project).len(), 1);
        assert_eq!(project.run(&[command]).code, 0);
        assert_eq!(kept(&project), [""; 0], "{command}");
    }
}

#[test]
fn a_step_of_which_nothing_is_kept_is_told_with_those_that_are() {
    let project = failing();
    let said = project.run(&["shell", "bad", "--failed"]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("`ingot build --keep-failed bad` keeps the next one"));
    build(&project, &["--keep-failed"]);
    let said = project.run(&["shell", "dab", "--failed"]);
    assert!(said.stderr.contains("E1010") && said.stderr.contains("are: bad"), "{}", said.stderr);
}

#[test]
fn a_step_that_succeeds_or_is_tried_again_leaves_nothing() {
    let project = failing();
    project.edit("exit 3", "[ -e {checkpoint}/x ] || {{ touch {checkpoint}/x; kill -9 $$; }}");
    project.edit("secrets", "retries = 1\nsecrets");
    let built = build(&project, &["--keep-failed"]);
    assert_eq!(built.executed(), ["bad"], "{}", built.said.stdout);
    assert_eq!(kept(&project), [""; 0]);
}
