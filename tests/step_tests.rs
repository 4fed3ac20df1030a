//! `ingot test`: steps on small inputs, beside what they are to give.

use crate::support::Project;

const MANIFEST: &str = r#"
[pipeline]
name = "tested"
edition = 1
seed = 3

[sources.raw]
path = "data/rows.csv"
format = { type = "csv" }

[steps.check]
kind = "validate"
inputs.data = "raw"
contract = "./contract.toml"

[steps.split]
kind = "split"
inputs.data = "check.data"
fractions = { train = 0.5, test = 0.5 }
stratify = "@label"

[steps.count]
kind = "command"
run = ["sh", "-c", "ls {inputs.data}/data | wc -l > {outputs.seen}"]
inputs.data = "split.data"
outputs.seen = "files"

[tests.dealt]
step = "split"
inputs.data = "./tests/in.csv"
expect.data = { train = "./tests/train.csv", test = "./tests/test.csv" }

[tests.checked]
step = "check"
expect.data = "./tests/checked.jsonl"
tolerance = 1e-9

[tests.counted]
step = "count"
expect.seen = "./tests/seen.txt"
"#;

fn project() -> Option<Project> {
    let project = Project::with("ingot-data", MANIFEST)?;
    project.write(
        "contract.toml",
        "version = 1\n[columns.id]\nrole = \"id\"\n[columns.y]\nrole = \"label\"\nset = [\"a\", \"b\"]\n\
         [columns.x]\nnullable = true\n[columns.name]\nrole = \"personal\"\n",
    );
    let row = |n: u32| {
        format!("{n},{},{},n{n}\n", if n.is_multiple_of(2) { "a" } else { "b" }, n as f64 / 8.0)
    };
    let rows = |count: u32| format!("id,y,x,name\n{}", (0..count).map(row).collect::<String>());
    project.write("data/rows.csv", rows(20));
    project.write("tests/in.csv", rows(6));
    Some(project)
}

#[test]
fn what_a_step_gives_is_blessed_and_held() {
    let Some(project) = project() else { return };
    let said = project.run(&["test"]);
    assert_eq!(said.code, 1, "{}", said.stderr);
    insta::assert_snapshot!(said.stdout, @r"
    FAILED   checked
             there is no expected file yet
    FAILED   counted
             there is no tests/seen.txt
    FAILED   dealt
             there is no expected file yet
    ");
    let said = project.run(&["test", "--bless"]);
    assert_eq!(said.code, 0, "{}{}", said.stdout, said.stderr);
    let said = project.run(&["test"]);
    assert_eq!(said.code, 0, "{}{}", said.stdout, said.stderr);
    insta::assert_snapshot!(said.stdout, @r"
    ok       checked
    ok       counted
    ok       dealt
    ");
    // The files are the step's rows, and a person can read them.
    let both = format!("{}{}", project.read("tests/train.csv"), project.read("tests/test.csv"));
    assert_eq!(both.lines().filter(|line| line.starts_with(char::is_numeric)).count(), 6);
    assert!(!project.path("ingot.lock").exists(), "a test is in no lock");
    assert!(project.run(&["runs"]).stdout.is_empty(), "a test is no run");
}

#[test]
fn a_difference_names_row_column_and_values() {
    let Some(project) = project() else { return };
    assert_eq!(project.run(&["test", "--bless"]).code, 0);
    let edit = |file: &str, change: &dyn Fn(&str) -> String| {
        let text = project.read(file);
        project.write(file, change(&text));
    };
    edit("tests/checked.jsonl", &|text| {
        text.replacen("\"x\":0.125", "\"x\":0.1250000000001", 1)
            .replacen("\"x\":0.25", "\"x\":0.26", 1)
            .replacen("\"name\":\"n3\"", "\"name\":\"somebody\"", 1)
    });
    edit("tests/train.csv", &|text| text.replace("id,y,x,name", "id,y,z,name"));
    edit("tests/test.csv", &|text| text.lines().take(2).map(|line| format!("{line}\n")).collect());
    edit("tests/seen.txt", &|_| "0\n".to_owned());
    let said = project.run(&["test"]);
    assert_eq!(said.code, 1, "{}", said.stderr);
    insta::assert_snapshot!(said.stdout, @r#"
    FAILED   checked
             row 2, `x`: expected 0.26, found 0.25
             row 3, `name`: another value than expected
    FAILED   counted
             line 1 of tests/seen.txt: expected "0", found "2"
    FAILED   dealt
             the expected file of `train`: the column `x` is not there, and in the splits before it
    "#);
    assert!(!format!("{}{}", said.stdout, said.stderr).contains("somebody"));
}

#[test]
fn what_was_tested_is_not_run_again() {
    let Some(project) = project() else { return };
    assert_eq!(project.run(&["test", "--bless"]).code, 0);
    // What stands in the store is a test's, so a build of the same bytes runs nothing anew.
    project.write("data/rows.csv", project.read("data/rows.csv"));
    let built = project.build(&["check"]);
    assert_eq!(built.executed(), Vec::<String>::new());
    // The fixture has the schema of the real data and none of its rows.
    let text = project.read("data/rows.csv");
    project.write("data/rows.csv", text.replace("\n3,", "\n33,"));
    let said = project.run(&["test", "dealt"]);
    assert_eq!(said.code, 0, "{}{}", said.stdout, said.stderr);
}

#[test]
fn mistakes_in_tests_are_told_before_anything_runs() {
    let Some(project) = project() else { return };
    let told = |old: &str, new: &str| {
        project.write("ingot.toml", MANIFEST.replacen(old, new, 1));
        let said = project.run(&["test"]);
        assert_eq!(said.code, 3, "{}", said.stderr);
        said.stderr
    };
    let step = told("step = \"split\"", "step = \"splt\"");
    assert!(step.contains("did you mean `split`?"), "{step}");
    let port = told("expect.seen", "expect.sean");
    assert!(port.contains("E0302"), "{port}");
    let input = told("inputs.data = \"./tests/in.csv\"", "inputs.dta = \"./tests/in.csv\"");
    assert!(input.contains("E0307"), "{input}");
    let none = told("expect.seen = \"./tests/seen.txt\"\n", "");
    assert!(none.contains("E0227"), "{none}");
    let form = told("./tests/checked.jsonl", "./tests/checked.xlsx");
    assert!(form.contains("E0227") && form.contains(".parquet"), "{form}");
    let below = told("tolerance = 1e-9", "tolerance = -1");
    assert!(below.contains("E0227"), "{below}");
    project.write("ingot.toml", MANIFEST);
    let said = project.run(&["test", "delt"]);
    assert!(said.code == 2 && said.stderr.contains("did you mean `dealt`?"), "{}", said.stderr);
}

#[test]
fn blessing_changes_no_file_that_is_something_else() {
    let Some(project) = project() else { return };
    let told = |old: &str, new: &str| {
        project.write("ingot.toml", MANIFEST.replacen(old, new, 1));
        let said = project.run(&["test", "--bless"]);
        assert_eq!(said.code, 3, "{}{}", said.stdout, said.stderr);
        assert!(said.stderr.contains("E0227"), "{}", said.stderr);
        said.stderr
    };
    let source = told("./tests/seen.txt", "./data/rows.csv");
    assert!(source.contains("is the source `raw`"), "{source}");
    let input = told("./tests/checked.jsonl", "./tests/in.csv");
    assert!(input.contains("which the test `dealt` reads"), "{input}");
    let twice = told("test = \"./tests/test.csv\"", "test = \"./tests/train.csv\"");
    assert!(twice.contains("one that `dealt` expects"), "{twice}");

    project.write("ingot.toml", MANIFEST);
    project.write("tests/seen.txt/own.txt", "a person's");
    let said = project.run(&["test", "counted", "--bless"]);
    assert!(said.code != 0 && said.stderr.contains("E0525"), "{}{}", said.stdout, said.stderr);
    assert_eq!(project.read("tests/seen.txt/own.txt"), "a person's");
}
