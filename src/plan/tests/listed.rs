//! Steps that a param lists.

use ingot_protocol::{Expansion, InputPort, Kind, Reads};
use serde_json::json;

use super::{SPLIT, fake, feeds, names, plan_with, step};
use crate::kinds::Kinds;
use crate::plan::{Cut, Plan};

/// A rule that adds a step for each kind that a param lists.
fn each(param: &str, output: &str, feeds: (&str, &str)) -> Expansion {
    Expansion {
        port: param.into(),
        output: output.into(),
        inputs: [(feeds.0.to_owned(), feeds.1.to_owned())].into(),
        each: Some(param.into()),
        ..Expansion::default()
    }
}

/// A kind whose param lists kinds for the port of the same name.
fn lister(mut kind: Kind, param: &str, output: &str, feeds: (&str, &str)) -> Kind {
    let many = InputPort { required: false, many: true, ..fake::port(param, &[output]) };
    kind.inputs.push(many);
    kind.params["properties"][param] = json!({
        "type": "array", "x-ingot-semantic": false,
        "items": {
            "type": ["string", "object"], "required": ["kind"],
            "properties": { "kind": { "type": "string" } }
        }
    });
    kind.expands.push(each(param, output, feeds));
    kind
}

/// The kinds of the other tests; `validate` with `checks` and `evaluate` with
/// `metrics`; and kinds of plugins that can be listed, or cannot.
fn kinds() -> Kinds {
    let files = || fake::port("data", &["files", "dataset"]);
    let validate = lister(
        fake::kind("validate", vec![files()], &[("data", "dataset")]),
        "checks",
        "findings",
        ("data", "data"),
    );
    let evaluate = lister(fake::evaluate(), "metrics", "metrics", ("predictions", "predictions"));
    let mut strict =
        fake::kind("odd:strict", vec![files()], &[("page", "files"), ("found", "findings")]);
    strict.params["required"] = json!(["limit"]);
    strict.params["properties"]["limit"] = json!({ "type": "integer", "minimum": 1 });
    let gini = || vec![fake::port("predictions", &["predictions"])];
    let part = InputPort {
        reads: Reads::Splits(vec!["train".into()]),
        ..fake::port("data", &["dataset", "files"])
    };
    fake::with(vec![
        fake::split(),
        fake::train(),
        fake::predict(),
        validate,
        evaluate,
        fake::kind("odd:rows", vec![part], &[("findings", "findings")]),
        fake::kind("odd-rows", vec![files()], &[("findings", "findings")]),
        strict,
        fake::kind("fair:gini", gini(), &[("metrics", "metrics")]),
        fake::kind("fair:page", gini(), &[("page", "files")]),
    ])
}

fn validation(tail: &str) -> Result<Plan, String> {
    let text = format!(
        "[sources.scans]\npath = \"scans.csv\"\n\n[steps.mine]\nkind = \"odd:rows\"\n\
         inputs.data = \"scans\"\n\n[steps.check]\nkind = \"validate\"\ninputs.data = \"scans\"\n{tail}"
    );
    plan_with(&kinds(), &text, &["check"])
}

fn evaluation(model: &str, tail: &str) -> Result<Plan, String> {
    let text = format!(
        "{SPLIT}[steps.tune]\nkind = \"train\"\ninputs.data = \"split\"\nreplicates = 2\n\n\
         [steps.plain]\nkind = \"train\"\ninputs.data = \"split\"\n\n\
         [steps.eval]\nkind = \"evaluate\"\ninputs.data = \"split\"\n{model}{tail}"
    );
    plan_with(&kinds(), &text, &["eval"])
}

#[test]
fn each_kind_of_the_list_becomes_a_step_on_the_port() {
    let plan =
        validation("threads = 3\nchecks = [\"odd:rows\", { kind = \"odd:strict\", limit = 4 }]\n")
            .unwrap();
    assert_eq!(names(&plan), ["check/odd-rows", "check/odd-strict", "check"]);
    assert_eq!(
        feeds(&plan, "check", "checks"),
        ["check/odd-rows.findings", "check/odd-strict.found"]
    );
    for name in ["check/odd-rows", "check/odd-strict"] {
        assert_eq!(feeds(&plan, name, "data"), ["scans"]);
        assert_eq!(step(&plan, name).platform.threads, 3);
    }
    let strict = step(&plan, "check/odd-strict");
    assert_eq!((&strict.params.all["limit"], &strict.params.all["lr"]), (&4.into(), &0.1.into()));
    assert!(!strict.params.all.contains_key("kind"));
    let owner = step(&plan, "check");
    assert!(!owner.params.semantic.contains_key("checks"), "the port has what they are");
    let without = validation("").unwrap();
    let bare = step(&without, "check");
    assert_eq!(bare.params.semantic, owner.params.semantic);
    assert!(!bare.params.all.contains_key("checks") && !bare.inputs.contains_key("checks"));
}

#[test]
fn kinds_of_one_name_are_numbered() {
    let plan = validation(
        "checks = [\"odd:rows\", \"odd-rows\", { kind = \"odd:rows\", lr = 1 }, \"odd:rows\"]\n",
    )
    .unwrap();
    assert_eq!(
        feeds(&plan, "check", "checks"),
        ["", "-2", "-3", "-4"].map(|number| format!("check/odd-rows{number}.findings"))
    );
    assert_eq!(step(&plan, "check/odd-rows-2").kind.name, "odd-rows");
    assert_eq!(step(&plan, "check/odd-rows-3").params.all["lr"], 1.0);
}

#[test]
fn what_is_put_on_the_port_by_hand_stays_there() {
    let plan =
        validation("inputs.checks = [\"mine.findings\"]\nchecks = [\"odd:strict\"]\n").unwrap_err();
    assert!(plan.contains("E0404"), "{plan}");
    let plan =
        validation("inputs.checks = [\"mine.findings\"]\nchecks = [\"odd:rows\"]\n").unwrap();
    assert_eq!(feeds(&plan, "check", "checks"), ["mine.findings", "check/odd-rows.findings"]);
    let plan = validation("inputs.checks = [\"mine.findings\"]\nchecks = []\n").unwrap();
    assert_eq!(feeds(&plan, "check", "checks"), ["mine.findings"]);
}

#[test]
fn a_list_feeds_from_what_another_rule_filled() {
    let plan =
        evaluation("inputs.model = \"plain.model\"\n", "metrics = [\"fair:gini\"]\n").unwrap();
    assert_eq!(names(&plan), ["split", "plain", "eval/predict", "eval/fair-gini", "eval"],);
    assert_eq!(feeds(&plan, "eval/fair-gini", "predictions"), ["eval/predict.predictions"]);
    assert_eq!(feeds(&plan, "eval", "metrics"), ["eval/fair-gini.metrics"]);

    let plan =
        evaluation("inputs.model = \"tune@*.model\"\n", "metrics = [\"fair:gini\"]\n").unwrap();
    let metrics = feeds(&plan, "eval", "metrics");
    let predictions = feeds(&plan, "eval", "predictions");
    assert_eq!(metrics.len(), 2);
    for (metric, predicted) in metrics.iter().zip(&predictions) {
        let name = metric.trim_end_matches(".metrics");
        assert_eq!(
            name.replace("fair-gini", "predict"),
            predicted.trim_end_matches(".predictions")
        );
        assert_eq!(feeds(&plan, name, "predictions"), [predicted.as_str()], "of the same point");
    }
}

#[test]
fn a_listed_step_takes_no_name_from_another_rule() {
    let ports = vec![fake::port("data", &["files"]), fake::port("seen", &["findings"])];
    let mut owner = lister(fake::kind("owner", ports, &[]), "checks", "findings", ("data", "data"));
    owner.expands.push(Expansion {
        name: "odd-rows".into(),
        output: "findings".into(),
        ..fake::rule("seen", "odd:rows", &[("data", "data")])
    });
    let data = vec![fake::port("data", &["files"])];
    let listed = fake::kind("odd:rows", data, &[("findings", "findings")]);
    let text = "[sources.s]\npath = \"s\"\n\n[steps.e]\nkind = \"owner\"\n\
                inputs.data = \"s\"\nchecks = [\"odd:rows\"]\n";
    let plan = plan_with(&fake::with(vec![owner, listed]), text, &[]).unwrap();
    assert_eq!(feeds(&plan, "e", "seen"), ["e/odd-rows.findings"]);
    assert_eq!(feeds(&plan, "e", "checks"), ["e/odd-rows-2.findings"]);
}

#[test]
fn the_new_step_sees_the_splits_that_its_owner_sees() {
    let plan =
        evaluation("inputs.model = \"plain.model\"\n", "metrics = [\"fair:gini\"]\n").unwrap();
    let cut = &step(&plan, "eval/predict").inputs["data"][0][0].cut;
    assert!(matches!(cut, Cut::Reads { splits, .. } if splits == &["test"]));
}

#[test]
fn points_of_the_owner_get_steps_of_their_own() {
    let plan = evaluation(
        "inputs.model = \"plain.model\"\n",
        "metrics = [{ kind = \"fair:gini\", lr = \"{matrix.lr}\" }]\nmatrix.lr = [1, 2]\n",
    )
    .unwrap();
    assert_eq!(feeds(&plan, "eval@lr=2", "metrics"), ["eval@lr=2/fair-gini.metrics"]);
    assert_eq!(step(&plan, "eval@lr=2/fair-gini").params.all["lr"], 2.0);
}

#[test]
fn every_mistake_is_told_at_the_item() {
    insta::assert_snapshot!(
        validation(
            "checks = [\n  \"odd:rwos\",\n  \"train\",\n  \"fair:gini\",\n  \"split\",\n  \
         { kind = \"odd:strict\", limit = 0 },\n  { kind = \"odd:strict\", limt = 1 },\n  \
         { knid = \"odd:rows\" },\n  7,\n  \"zzz\",\n]\n"
        )
        .unwrap_err()
    );
}

#[test]
fn a_list_without_what_it_feeds_from_is_a_mistake() {
    let optional = InputPort { required: false, ..fake::port("extra", &["files"]) };
    let owner = fake::kind("owner", vec![optional], &[("page", "files")]);
    let owner = lister(owner, "checks", "findings", ("data", "extra"));
    let listed = fake::kind("odd:rows", vec![fake::port("data", &["files"])], &[("f", "findings")]);
    let own = fake::with(vec![owner, listed]);
    let text = "[steps.e]\nkind = \"owner\"\nchecks = [\"odd:rows\"]\n";
    insta::assert_snapshot!(plan_with(&own, text, &[]).unwrap_err());
    // A required port is told by itself, once.
    let missing =
        plan_with(&kinds(), "[steps.check]\nkind = \"validate\"\nchecks = [\"odd:rows\"]\n", &[]);
    assert_eq!(missing.unwrap_err().matches("error[").count(), 1);
}
