//! Steps that a param lists: seen in the plan, cached and rebuilt by themselves.

use crate::support::Project;

const MANIFEST: &str = r#"
[pipeline]
name = "listed"
edition = 1

[sources.notes]
path = "notes.txt"

[steps.more]
kind = "write"
text = "by hand"

[steps.all]
kind = "gather"
inputs.text = "notes"
inputs.parts = "more"
with = ["first"]
"#;

#[test]
fn what_is_listed_runs_as_a_step_and_the_list_itself_moves_no_key() {
    let project = Project::new(MANIFEST);
    project.write("notes.txt", "one\ntwo\n");
    assert_eq!(project.executed(), ["all", "all/first", "more"]);
    let mut lines: Vec<String> = project.output("all", "text").lines().map(str::to_owned).collect();
    lines[2..].sort();
    assert_eq!(lines, ["one", "two", "by hand", "one"]);

    // A change that the listed step does not pass on stops there: the owner reads both.
    project.write("notes.txt", "one\nthree\n");
    assert_eq!(project.executed(), ["all", "all/first"]);
    project.edit("with = [\"first\"]", "with = [{ kind = \"first\" }]");
    assert_eq!(project.executed(), [""; 0], "the same, in other words");

    // The artifacts are the same, so the owner's key is; only the new step is new.
    project.edit("inputs.parts = \"more\"\nwith = [{ kind = \"first\" }]", "with = [\"first\"]");
    let without = project.executed();
    assert_eq!(without, ["all"], "one artifact less");
    project.edit("with = [\"first\"]", "with = [\"gather\"]");
    assert_eq!(project.executed(), ["all", "all/gather"]);
}

#[test]
fn mistakes_in_a_list_are_told_at_the_item() {
    let project = Project::new(MANIFEST);
    project.write("notes.txt", "one\n");
    project.edit("with = [\"first\"]", "with = [\"frist\", { kind = \"first\", size = 2 }, 3]");
    let said = project.run(&["build"]);
    assert_eq!(said.code, 3);
    for expected in [
        "error[E0304]: there is no kind `frist`",
        "did you mean `first`?",
        "error[E0401]: `first` has no param `size`",
        "error[E0402]: `with.2` must be a text or a table",
    ] {
        assert!(said.stderr.contains(expected), "{expected}\n{}", said.stderr);
    }
}
