//! Sources that are too big to copy: read where they stand, and looked at again.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::support::{Built, Project, Said};

/// Sources of more than a kilobyte are not copied.
fn build(project: &Project, arguments: &[&str]) -> std::process::Child {
    let mut command = project.command(&["build", "--json"]);
    command.args(arguments).env("INGOT_COPY_LIMIT", "1kB").spawn().unwrap()
}

fn built(child: std::process::Child) -> Built {
    Built::from(Said::from(child.wait_with_output().unwrap()))
}

fn project(script: &str) -> Project {
    let project = Project::new(&format!(
        "[pipeline]\nname = \"big\"\nedition = 1\n\
         [sources.big]\npath = \"data/big.txt\"\n\
         [sources.all]\npath = \"data\"\n\
         [steps.count]\nkind = \"command\"\nrun = [\"sh\", \"-c\", \"{script}\"]\n\
         inputs.big = \"big\"\ninputs.all = \"all\"\noutputs.text = \"files\"\n\
         [steps.line]\nkind = \"first\"\ninputs.text = \"big\"\n"
    ));
    project.write("data/big.txt", "a line\n".repeat(1000));
    project.write("data/small.txt", "small\n");
    project
}

/// How many files of this size the store holds.
fn of_size(folder: &Path, size: u64) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| match path.is_dir() && !path.is_symlink() {
            true => of_size(&path, size),
            false => (std::fs::symlink_metadata(&path).unwrap().len() == size).into(),
        })
        .sum()
}

#[test]
fn a_big_source_is_read_without_a_copy() {
    let project = project("cat data/big.txt data/small.txt | wc -l > {outputs.text}");
    let first = built(build(&project, &[]));
    assert_eq!(first.executed(), ["count", "line"], "{}", first.said.stderr);
    assert_eq!(project.output("count", "text").trim(), "1001");
    assert_eq!(project.output("line", "text"), "a line\n");
    assert_eq!(of_size(&project.path(".ingot"), 7000), 0, "it was copied");
    assert_eq!(built(build(&project, &[])).executed(), [""; 0]);
    assert_eq!(project.executed(), [""; 0], "it is the same content");
    assert_eq!(of_size(&project.path(".ingot"), 7000), 0, "no step read it");
    assert_eq!(project.build(&["--rerun", "line"]).executed(), ["line"]);
    assert_ne!(of_size(&project.path(".ingot"), 7000), 0);
    project.write("data/big.txt", "b line\n".repeat(1000));
    assert_eq!(built(build(&project, &[])).executed(), ["count", "line"]);
    assert_eq!(project.output("line", "text"), "b line\n");
}

#[test]
fn a_step_cannot_write_to_a_source_in_place() {
    if !crate::sandbox::has("fs") {
        return;
    }
    let project = project("echo x >> data/big.txt; touch {outputs.text}");
    let said = built(build(&project, &["count"])).said;
    assert_eq!(project.read("data/big.txt"), "a line\n".repeat(1000), "{}", said.stdout);
}

#[test]
fn a_source_that_changes_while_a_step_reads_it_is_not_recorded() {
    let project = project("cat data/big.txt > tmp/x; sleep 1.8717; wc -l < tmp/x > {outputs.text}");
    let child = build(&project, &["count"]);
    let end = Instant::now() + Duration::from_secs(60);
    while !sleeps("1.8717") {
        assert!(Instant::now() < end, "the step does not start");
        std::thread::sleep(Duration::from_millis(5));
    }
    project.write("data/big.txt", "b line\n".repeat(999));
    let changed = built(child);
    let (code, message) = changed.failure("count");
    assert_eq!((changed.said.code, code.as_str()), (1, "E0504"), "{message}");
    assert!(message.contains("big.txt was changed while the build reads it"), "{message}");
    assert_eq!(built(build(&project, &["count"])).executed(), ["count"]);
    assert_eq!(project.output("count", "text").trim(), "999");
}

/// Whether a process runs that has this word on its command line.
fn sleeps(word: &str) -> bool {
    std::fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        line.split(|&byte| byte == 0).any(|part| part == word.as_bytes())
    })
}

#[test]
fn a_limit_that_is_no_amount_is_said() {
    let project = project("true");
    let output = project.command(&["build"]).env("INGOT_COPY_LIMIT", "big").output().unwrap();
    let said = Said::from(output);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("E1011"), "{}", said.stderr);
}
