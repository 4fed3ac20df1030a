//! Steps that a param lists: seen in the plan, cached and rebuilt by themselves.

use std::os::unix::fs::PermissionsExt;

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

/// A worker in a shell script: one finding, as bad as its param says.
const ODD: &str = r#"#!/bin/sh
case "$1" in
describe) cat <<'END'
{"protocol": 1, "worker": "ingot-odd", "types": [], "kinds": [{
  "name": "odd:rows", "summary": "odd rows", "revision": 1, "determinism": "bitwise",
  "params": {"type": "object", "additionalProperties": false,
             "properties": {"severity": {"type": "string", "default": "warning"}}},
  "inputs": [{"name": "data", "types": ["dataset", "files"], "required": true}],
  "outputs": [{"name": "findings", "type": "findings", "file": true}]}]}
END
;;
run)
  severity=$(grep -o '"severity": *"[a-z]*"' "$2" | grep -o '[a-z]*"$' | tr -d '"')
  mkdir -p out
  finding='{"severity": "%s", "code": "P1", "message": "odd rows"}'
  printf "{\"version\": 1, \"findings\": [$finding]}" "$severity" > out/findings
;;
esac
"#;

const CHECKED: &str = r#"
[pipeline]
name = "checked"
edition = 1
seed = 1

[sources.rows]
path = "rows.csv"
format = { type = "csv" }

[steps.check]
kind = "validate"
inputs.data = "rows"
contract = "./contract.toml"
checks = [{ kind = "odd:rows", severity = "warning" }]

[steps.split]
kind = "split"
inputs.data = "check.data"
fractions = { train = 0.5, test = 0.5 }
"#;

#[test]
fn what_a_check_of_another_worker_finds_decides_the_verdict_on_the_data() {
    let Some(project) = Project::with("ingot-data", CHECKED) else { return };
    let workers = project.path("").join("../workers");
    let odd = workers.join("ingot-odd");
    std::fs::write(&odd, ODD).unwrap();
    std::fs::set_permissions(&odd, std::fs::Permissions::from_mode(0o755)).unwrap();
    project.write("rows.csv", "id\n1\n2\n");
    project.write("contract.toml", "version = 1\n");

    assert_eq!(project.executed(), ["check", "check/odd-rows", "split"]);
    project.edit("severity = \"warning\"", "severity = \"error\"");
    let built = project.build(&[]);
    assert_eq!(
        (built.said.code, built.executed()),
        (4, ["check", "check/odd-rows"].map(str::to_owned).to_vec())
    );
    assert_eq!(built.ended("blocked"), ["split"], "{}", built.said.stderr);
    let shown = project.run(&["show", "check"]).stdout;
    assert!(shown.contains("error    P1: odd rows"), "{shown}");
    let shown = project.run(&["show", "check/odd-rows"]).stdout;
    assert!(shown.contains("verdict  pass"), "the check itself ended well: {shown}");
}

#[test]
fn anomalies_of_the_files_are_told_by_the_step_that_checks_them() {
    let listed = r#"{ kind = "odd:rows", severity = "warning" }"#;
    let manifest = CHECKED.replace(listed, r#""anomalies""#);
    let Some(project) = Project::with("ingot-data", &manifest) else { return };
    project.write("rows.csv", "id,same\n1,5\n2,5\n");
    project.write("contract.toml", "version = 1\n");
    assert_eq!(project.executed(), ["check", "check/anomalies", "split"]);
    let told = "D1605: `same`: every row has the same value";
    let shown = project.run(&["show", "check"]).stdout;
    assert!(shown.contains(&format!("warning  {told}")), "{shown}");
    project.edit(r#""anomalies""#, r#"{ kind = "anomalies", severity = "error" }"#);
    let built = project.build(&[]);
    assert_eq!((built.said.code, built.ended("blocked")), (4, vec!["split".to_owned()]));
    project.edit("severity = \"error\"", "fences = { factor = 0 }");
    let said = project.run(&["build"]);
    assert_eq!(said.code, 3);
    assert!(said.stderr.contains("fences"), "{}", said.stderr);
}
