//! `verify`: steps run again, and what they give is compared with the record.

use crate::support::{Project, words};

fn verdicts(project: &Project, arguments: &[&str]) -> (i32, Vec<(String, String)>) {
    let mut all = vec!["verify", "--json"];
    all.extend(arguments);
    let said = project.run(&all);
    let lines = said.stdout.lines().map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let word = |name: &str| line[name].as_str().unwrap().to_owned();
        (word("step"), word("verdict"))
    });
    (said.code, lines.collect())
}

/// A step whose bytes come again, one whose do not, one that promises none.
fn three() -> Project {
    let project = Project::new(
        r#"
[pipeline]
name = "three"
edition = 1

[steps.same]
kind = "command"
run = ["sh", "-c", "echo a > {outputs.out}"]
outputs.out = "files"

[steps.other]
kind = "command"
run = ["sh", "-c", "mkdir {outputs.out}; echo a > {outputs.out}/a; date +%s%N > {outputs.out}/when"]
outputs.out = "files"

[steps.open]
kind = "command"
run = ["sh", "-c", "date +%s%N > {outputs.out}"]
outputs.out = "files"
network = true
"#,
    );
    project.executed();
    project
}

#[test]
fn what_differs_is_named_and_the_record_stays() {
    let project = three();
    let before = project.output("other", "out/when");
    let (code, found) = verdicts(&project, &[]);
    let of = |step: &str| found.iter().find(|(name, _)| name == step).unwrap().1.clone();
    assert_eq!(code, 5);
    assert_eq!([of("same"), of("other"), of("open")], ["same", "differs", "skipped"]);
    let said = project.run(&["verify", "other"]);
    assert!(said.stdout.contains("output `out`/when: "), "{}", said.stdout);
    assert_eq!(project.output("other", "out/when"), before);
    assert_eq!(project.executed(), [""; 0]);
    let shown = project.run(&["show", "other"]).stdout;
    assert!(shown.contains("rebuilt  gave other bytes: output `out`/when"), "{shown}");
}

#[test]
fn a_sample_takes_what_was_verified_longest_ago() {
    let project = words();
    project.executed();
    let all = verdicts(&project, &[]).1.len();
    let mut seen: Vec<String> = Vec::new();
    std::fs::remove_dir_all(project.path(".ingot/verified")).unwrap();
    for _ in 0..all {
        let (code, found) = verdicts(&project, &["--sample", "0.01"]);
        assert_eq!((code, found.len(), found[0].1.as_str()), (0, 1, "same"));
        seen.push(found[0].0.clone());
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), all, "each had its turn: {seen:?}");
}

#[test]
fn what_was_not_built_or_fails_is_said() {
    let project = words();
    let said = project.run(&["verify"]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("has no result for this manifest"), "{}", said.stderr);
    let project = Project::new(
        "[pipeline]\nname = \"once\"\nedition = 1\n[tools.sh]\nprogram = \"sh\"\n\
         reads = [\"seen\"]\n[steps.a]\nkind = \"command\"\n\
         run = [\"sh\", \"-c\", \"cat $W/seen/x > {outputs.out}\"]\noutputs.out = \"files\"\n",
    );
    project.edit("$W", project.path("").to_str().unwrap().trim_end_matches('/'));
    project.write("seen/x", "x");
    project.executed();
    std::fs::remove_file(project.path("seen/x")).unwrap();
    assert_eq!(verdicts(&project, &[]), (1, vec![("a".to_owned(), "failed".to_owned())]));
}
