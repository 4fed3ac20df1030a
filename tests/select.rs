//! Choosing among points: the order of what goes in, and what comes out.

use std::os::unix::fs::PermissionsExt;

use crate::support::Project;

/// Two models and their reports, written by commands, and a choice among them.
const MANIFEST: &str = r#"
[pipeline]
name = "choice"
edition = 1

[steps.tune]
kind = "command"
run = ["sh", "-c", "mkdir {outputs.model} && echo {matrix.size} > {outputs.model}/model.json"]
outputs.model = "model"
matrix.size = ["small", "big"]

[steps.judge]
kind = "command"
run = ["sh", "tools/judge.sh", "{matrix.size}", "{outputs.report}/report.json"]
inputs.code = "./tools/judge.sh"
outputs.report = "report"
matrix.size = { big = "0.9", small = "0.8" }

[steps.best]
kind = "select"
inputs.models = ["tune@size=small.model", "tune@size=big.model"]
inputs.reports = ["judge@size=small.report", "judge@size=big.report"]

[steps.use]
kind = "command"
run = ["cp", "{inputs.model}/model.json", "{outputs.copy}"]
inputs.model = "best.model"
outputs.copy = "files"
"#;

const JUDGE: &str = r#"mkdir -p "$(dirname "$2")"
cat > "$2" <<END
{"version": 1, "rows": 10, "replicates": 1, "baseline_replicates": 0, "classes": [],
 "confusion": [], "metrics": [{"name": "accuracy", "value": $1}]}
END
"#;

/// The workspace with the worker `ingot-data`, and one that knows the type `model`;
/// nothing where `ingot-data` is not built.
fn project() -> Option<Project> {
    let project = Project::with("ingot-data", MANIFEST)?;
    let workers = project.path("").join("../workers");
    let models = workers.join("ingot-models");
    let type_model = r#"{"name": "model", "summary": "a model"}"#;
    let descriptor = format!(
        r#"{{"protocol": 1, "worker": "ingot-models", "types": [{type_model}], "kinds": []}}"#
    );
    std::fs::write(&models, format!("#!/bin/sh\necho '{descriptor}'\n")).unwrap();
    std::fs::set_permissions(&models, std::fs::Permissions::from_mode(0o755)).unwrap();
    project.write("tools/judge.sh", JUDGE);
    Some(project)
}

/// The content of an output, as the lock has it.
fn content(project: &Project, step: &str, port: &str) -> String {
    let lock: toml::Value = toml::from_str(&project.read("ingot.lock")).unwrap();
    lock["steps"][step][0]["outputs"][port]["content"].as_str().unwrap().to_owned()
}

#[test]
fn the_chosen_model_is_the_same_artifact_and_another_choice_alone_goes_on() {
    let Some(project) = project() else { return };
    project.executed();
    assert_eq!(project.output("use", "copy"), "big\n");
    assert_eq!(content(&project, "best", "model"), content(&project, "tune@size=big", "model"));
    project.edit("small = \"0.8\"", "small = \"0.85\"");
    assert_eq!(project.executed(), ["best", "judge@size=small"], "the choice is the same");
    project.edit("small = \"0.85\"", "small = \"0.95\"");
    assert_eq!(project.executed(), ["best", "judge@size=small", "use"]);
    assert_eq!(project.output("use", "copy"), "small\n");
}

#[test]
fn the_order_of_the_lists_pairs_them_and_breaks_ties() {
    let Some(project) = project() else { return };
    project.edit("small = \"0.8\"", "small = \"0.9\"");
    project.executed();
    assert_eq!(project.output("use", "copy"), "small\n", "of equals the first");
    project.edit(
        "[\"tune@size=small.model\", \"tune@size=big.model\"]",
        "[\"tune@size=big.model\", \"tune@size=small.model\"]",
    );
    project.edit(
        "[\"judge@size=small.report\", \"judge@size=big.report\"]",
        "[\"judge@size=big.report\", \"judge@size=small.report\"]",
    );
    assert_eq!(project.executed(), ["best", "use"]);
    assert_eq!(project.output("use", "copy"), "big\n");
}

#[test]
fn the_table_of_a_choice_has_the_names_of_the_points() {
    let Some(project) = project() else { return };
    project.executed();
    insta::assert_snapshot!(project.run(&["show", "best.report"]).stdout, @r"
    report: 10 rows, 0 classes

    metrics
    metric     value  low  high
    accuracy  0.9000

    points
    point  model                  accuracy  low  high  standard error
        1  tune@size=small.model    0.8000
        2  tune@size=big.model      0.9000                             selected

    made by
    step                kind     from
    judge@* (2 points)  command  ./tools/judge.sh
    tune@* (2 points)   command
    best                select   judge.report, tune.model
    ");
}
