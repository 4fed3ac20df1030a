//! What the machine did to a step is tried again as often as `retries` says, and nothing
//! else is.

use crate::support::{Built, Project};

/// A command that ends in some way the first time, and well from then on.
fn at_first(way: &str, more: &str) -> Project {
    Project::new(&format!(
        "[pipeline]\nname = \"r\"\nedition = 1\n\
         [steps.go]\nkind = \"command\"\noutputs.text = \"files\"\n{more}\
         run = [\"sh\", \"-c\", \"if [ ! -e {{checkpoint}}/once ]; then touch {{checkpoint}}/once; \
         {way}; fi; echo well > {{outputs.text}}\"]\n"
    ))
}

fn notes(built: &Built) -> Vec<String> {
    built.of("note").map(|note| note["message"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_step_that_was_killed_from_outside_is_run_again_and_told() {
    let project = at_first("kill -9 $$", "retries = 3\n");
    let built = project.build(&[]);
    assert_eq!(built.executed(), ["go"], "{}", built.said.stdout);
    let cause = "it was killed by signal 9 (kill; the machine may be out of memory)";
    assert_eq!(notes(&built), [format!("retry 1 of 3 in 0.5 s: {cause}")]);
    assert_eq!(built.of("note").next().unwrap()["step"], "go");
    assert_eq!(built.of("summary").next().unwrap()["retries"], 1);
    assert_eq!(built.of("started").count(), 1, "it is one step that ran");
    assert_eq!(project.output("go", "text"), "well\n");
    project.edit("retries = 3", "retries = 5");
    assert_eq!(project.executed(), [""; 0], "it is in no key");
}

#[test]
fn nothing_is_tried_again_unless_asked_or_when_the_step_is_to_blame() {
    for (way, more, code) in [
        ("kill -9 $$", "", "E0802"),
        ("exit 137", "retries = 3\n", "E0801"),
        ("kill -SEGV $$", "retries = 3\n", "E0802"),
        ("sleep 60", "retries = 3\ntimeout = \"300ms\"\n", "E0803"),
        ("exit 0", "retries = 3\n", "E0805"),
        ("exec ./not-there", "retries = 3\n", "E0801"),
    ] {
        let project = at_first(way, more);
        let built = project.build(&[]);
        assert_eq!(built.failure("go").0, code, "{way}");
        assert_eq!(notes(&built), [""; 0], "{way}");
        assert!(built.of("summary").next().unwrap().get("retries").is_none(), "{way}");
    }
}

#[test]
fn as_often_as_asked_and_no_more() {
    let project = at_first("kill -9 $$", "retries = 1\n");
    project.edit("if [ ! -e {checkpoint}/once ]", "if true");
    let built = project.build(&[]);
    assert_eq!(built.failure("go").0, "E0802");
    assert_eq!(notes(&built).len(), 1);
}

#[test]
fn a_program_that_cannot_be_started_is_no_failure_of_the_machine() {
    let project = Project::new(
        "[pipeline]\nname = \"r\"\nedition = 1\n[steps.go]\nkind = \"command\"\n\
         outputs.text = \"files\"\nretries = 3\nrun = [\"./tools/go.sh\"]\n",
    );
    let built = project.build(&[]);
    assert_eq!((built.failure("go").0.as_str(), built.said.code), ("E0605", 6));
    assert_eq!(notes(&built), [""; 0]);
}

#[test]
fn a_number_that_is_no_sensible_one_is_refused() {
    for (retries, code) in [("11", "E0204"), ("-1", "E0204"), ("\"3\"", "E0202")] {
        let said = at_first("true", &format!("retries = {retries}\n")).run(&["plan"]);
        assert!(said.code == 3 && said.stderr.contains(code), "{retries}: {}", said.stderr);
    }
}
