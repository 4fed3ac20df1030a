//! Partitions: a point for each, and a new one runs alone.

use crate::support::Project;

const MANIFEST: &str = r#"
[pipeline]
name = "partitions"
edition = 1

[sources.raw]
path = "data/day={day}/*.csv"
format = { type = "csv" }

[steps.check]
kind = "validate"
inputs.data = "raw"
contract = "./contracts/rows.toml"
matrix.day = { from = "raw" }

[steps.count]
kind = "command"
run = ["sh", "-c", "cat {inputs.data}/data/* | cksum > {outputs.seen}"]
inputs.data = "check.data"
outputs.seen = "files"

[steps.split]
kind = "split"
inputs.data = "check.data"
fractions = { train = 0.5, test = 0.5 }

[steps.week]
kind = "command"
run = ["sh", "-c", "cat {inputs.seen} > {outputs.all}"]
inputs.seen = "count@*.seen"
outputs.all = "files"
"#;

fn rows(number: &str) -> String {
    format!("x\n{number}\n{number}1\n{number}2\n")
}

fn project() -> Option<Project> {
    let project = Project::with("ingot-data", MANIFEST)?;
    project.write("contracts/rows.toml", "version = 1\n");
    for day in ["2026-11-01", "2026-11-02"] {
        project.write(&format!("data/day={day}/a.csv"), rows(&day[9..]));
    }
    Some(project)
}

#[test]
fn a_new_day_runs_that_day_alone_and_what_gathers() {
    let Some(project) = project() else { return };
    assert_eq!(
        project.executed(),
        [
            "check@day=2026-11-01",
            "check@day=2026-11-02",
            "count@day=2026-11-01",
            "count@day=2026-11-02",
            "split",
            "week"
        ]
    );
    assert_eq!(project.executed(), Vec::<String>::new());
    project.write("data/day=2026-11-03/a.csv", rows("3"));
    assert_eq!(
        project.executed(),
        ["check@day=2026-11-03", "count@day=2026-11-03", "split", "week"]
    );
    let shown = project.run(&["show", "split.data"]).stdout;
    assert!(shown.contains("dataset: 9 rows, 2 columns"), "the days come together: {shown}");
    let lock = project.read("ingot.lock");
    assert!(lock.contains("check@day=2026-11-03"), "{lock}");
    assert!(lock.contains("data/day=2026-11-03/*.csv"), "{lock}");
    // What the folder's name says is a column.
    let show = project.run(&["show", "check@day=2026-11-03.data"]);
    assert!(show.stdout.contains("day"), "{}", show.stdout);

    std::fs::remove_dir_all(project.path("data/day=2026-11-01")).unwrap();
    assert_eq!(project.executed(), ["split", "week"]);
    project.edit("from = \"raw\" }", "from = \"raw\", last = 1 }");
    assert_eq!(project.executed(), ["split", "week"]);
}

#[test]
fn a_changed_day_runs_what_reads_it() {
    let Some(project) = project() else { return };
    project.executed();
    project.write("data/day=2026-11-02/a.csv", rows("7"));
    assert_eq!(
        project.executed(),
        ["check@day=2026-11-02", "count@day=2026-11-02", "split", "week"]
    );
    let built = project.build(&["check@day=2026-11-01"]);
    assert_eq!(built.said.code, 0);
    let locked = project.run(&["build", "--locked"]);
    assert_eq!(locked.code, 0, "{}", locked.stderr);
    project.write("data/day=2026-11-03/a.csv", "x\n3\n");
    assert_eq!(project.run(&["build", "--locked"]).code, 5);
}

#[test]
fn what_cannot_be_a_partition_is_told() {
    let Some(project) = project() else { return };
    project.write("data/day=9 11/a.csv", "x\n1\n");
    let said = project.run(&["plan"]);
    assert!(said.code == 3 && said.stderr.contains("E0226"), "{}", said.stderr);
    std::fs::remove_dir_all(project.path("data")).unwrap();
    let said = project.run(&["plan"]);
    assert!(said.code == 3 && said.stderr.contains("no partition of `raw`"), "{}", said.stderr);
    let doctor = project.run(&["doctor"]);
    assert!(doctor.stdout.contains("workers"), "{}{}", doctor.stdout, doctor.stderr);
}
