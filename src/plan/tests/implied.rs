//! Steps that fill missing ports.

use super::{SPLIT, fake, feeds, names, plan_with, planned, step};
use crate::plan::Cut;

const MODELS: &str = "[steps.tune]\nkind = \"train\"\ninputs.data = \"split\"\n\
                      matrix.lr = [1e-1, 1e-2]\n\n\
                      [steps.scratch]\nlike = \"tune\"\n\n\
                      [steps.plain]\nkind = \"train\"\ninputs.data = \"split\"\n\n";

/// The plan of an evaluation of these models.
fn evaluation(data: &str, model: &str, tail: &str) -> crate::plan::Plan {
    planned(
        &format!(
            "{SPLIT}{MODELS}[steps.eval]\nkind = \"evaluate\"\ninputs.data = {data}\n\
             inputs.model = {model}\n{tail}"
        ),
        &["eval"],
    )
}

#[test]
fn an_evaluation_without_predictions_gets_them() {
    let plan =
        evaluation("\"split\"", "\"plain.model\"", "threads = 3\ntimeout = \"1h\"\nretries = 2\n");
    assert_eq!(names(&plan), ["split", "plain", "eval/predict", "eval"]);
    assert_eq!(feeds(&plan, "eval/predict", "model"), ["plain.model"]);
    assert_eq!(feeds(&plan, "eval/predict", "data"), ["split.data"]);
    assert_eq!(feeds(&plan, "eval", "predictions"), ["eval/predict.predictions"]);
    assert_eq!(feeds(&plan, "eval", "data"), ["split.data"]);
    let (eval, predict) = (step(&plan, "eval"), step(&plan, "eval/predict"));
    assert!(!eval.inputs.contains_key("model"), "the port only fed the new step");
    assert_eq!(predict.span, eval.span);
    assert_eq!((&predict.platform, predict.timeout), (&eval.platform, eval.timeout));
    assert_eq!((predict.retries, eval.retries), (2, 2));
    assert_eq!((predict.resources.cpu, predict.base.as_str()), (3, "eval/predict"));
}

#[test]
fn the_new_step_sees_the_splits_that_its_owner_sees() {
    let splits = |data: &str| {
        let plan = evaluation(data, "\"plain.model\"", "");
        ["eval", "eval/predict"].map(|name| match &step(&plan, name).inputs["data"][0][0].cut {
            Cut::Reads { splits, .. } | Cut::Asked { splits, .. } => splits.join("+"),
            Cut::Whole => String::new(),
        })
    };
    assert_eq!(splits("\"split\""), ["test", "test"]);
    assert_eq!(splits("\"split.data/valid\""), ["valid", "valid"]);
}

#[test]
fn several_models_get_a_step_each_named_by_point() {
    let plan = evaluation("\"split\"", "\"tune@*.model\"", "");
    let expected = ["eval/predict@lr=0.1.predictions", "eval/predict@lr=0.01.predictions"];
    assert_eq!(feeds(&plan, "eval", "predictions"), expected);
    for lr in ["0.1", "0.01"] {
        let name = format!("eval/predict@lr={lr}");
        assert_eq!(feeds(&plan, &name, "model"), [format!("tune@lr={lr}.model")]);
        assert_eq!(feeds(&plan, &name, "data"), ["split.data"], "one dataset for all");
    }
}

#[test]
fn models_that_points_do_not_tell_apart_are_numbered() {
    for (model, count) in [
        ("[\"tune@*.model\", \"scratch@*.model\"]", 4),
        ("[\"plain.model\", \"tune@lr=0.1.model\"]", 2),
    ] {
        let plan = evaluation("\"split\"", model, "");
        let expected: Vec<String> =
            (1..=count).map(|number| format!("eval/predict@{number}.predictions")).collect();
        assert_eq!(feeds(&plan, "eval", "predictions"), expected, "{model}");
        let mut models: Vec<_> = (1..=count)
            .flat_map(|number| feeds(&plan, &format!("eval/predict@{number}"), "model"))
            .collect();
        models.sort();
        models.dedup();
        assert_eq!(models.len(), count, "each is predicted with once: {models:?}");
    }
}

#[test]
fn predictions_that_are_given_are_taken() {
    let plan = planned(
        &format!(
            "{SPLIT}{MODELS}[steps.p]\nkind = \"predict\"\ninputs.data = \"split\"\n\
             inputs.model = \"plain.model\"\n\n\
             [steps.eval]\nkind = \"evaluate\"\ninputs.data = \"split\"\n\
             inputs.predictions = \"p\"\n"
        ),
        &["eval"],
    );
    assert_eq!(names(&plan), ["split", "plain", "p", "eval"]);
}

#[test]
fn the_new_step_takes_the_params_that_the_rule_names_by_its_own_schema() {
    let plan = evaluation("\"split\"", "\"plain.model\"", "lr = 2\nbatch = 8\n");
    let params = &step(&plan, "eval/predict").params;
    assert_eq!((&params.all["lr"], &params.all["batch"]), (&2.0.into(), &8.0.into()));
    assert_eq!(params.semantic.keys().collect::<Vec<_>>(), ["lr"], "batch is not semantic");
    assert_eq!(params.places["lr"], step(&plan, "eval").params.places["lr"]);
}

#[test]
fn points_of_the_owner_get_steps_of_their_own() {
    let plan = evaluation("\"split\"", "\"tune@*.model\"", "matrix.batch = [1, 2]\n");
    let steps = ["eval@batch=1", "eval@batch=2"].map(|owner| feeds(&plan, owner, "predictions"));
    assert_eq!(
        steps[1],
        ["eval@batch=2/predict@lr=0.1.predictions", "eval@batch=2/predict@lr=0.01.predictions"]
    );
    assert_eq!(step(&plan, "eval@batch=2/predict@lr=0.1").params.all["batch"], 2.0);
    assert_eq!(steps[0].len(), 2);
}

#[test]
fn a_kind_that_implies_itself_ends_in_a_mistake_and_not_in_a_loop() {
    let mut echo = fake::kind("echo", vec![fake::port("a", &["files"])], &[("a", "files")]);
    let optional = ingot_protocol::InputPort { required: false, ..fake::port("b", &["files"]) };
    echo.inputs.push(optional);
    echo.expands = vec![fake::rule("a", "echo", &[("b", "b")])];
    let kinds = fake::with(vec![echo]);
    let text = "[sources.s]\npath = \"s\"\n\n[steps.e]\nkind = \"echo\"\ninputs.b = \"s\"\n";
    let mistakes = plan_with(&kinds, text, &[]).unwrap_err();
    assert!(mistakes.starts_with("error[E0306]: `e/echo/echo"), "{mistakes}");
}

/// The plan of a choice among the points of `tune`, or what is wrong with it.
fn choice(inputs: &str) -> Result<crate::plan::Plan, String> {
    let text = format!(
        "{SPLIT}{MODELS}[steps.best]\nkind = \"select\"\ninputs.models = \"tune@*.model\"\n{inputs}"
    );
    plan_with(&fake::choosing(), &text, &["best"])
}

#[test]
fn what_is_implied_implies_more_and_reads_what_its_owner_reads() {
    let plan = choice("inputs.data = \"split\"\n").unwrap();
    let reports = ["best/evaluate@lr=0.1.report", "best/evaluate@lr=0.01.report"];
    assert_eq!(feeds(&plan, "best", "reports"), reports);
    for lr in ["0.1", "0.01"] {
        let name = format!("best/evaluate@lr={lr}/predict");
        assert_eq!(feeds(&plan, &name, "model"), [format!("tune@lr={lr}.model")]);
        let Cut::Reads { splits, .. } = &step(&plan, &name).inputs["data"][0][0].cut else {
            panic!("{name} sees every split")
        };
        assert_eq!(splits, &["valid"], "and not `test`, which `evaluate` reads by itself");
    }
}

#[test]
fn a_kind_that_draws_has_a_seed_though_its_owner_draws_nothing() {
    let mut draw = fake::kind("draw", Vec::new(), &[("a", "files")]);
    draw.random = true;
    let mut owner = fake::kind("owner", vec![fake::port("a", &["files"])], &[("a", "files")]);
    owner.expands = vec![fake::rule("a", "draw", &[])];
    let kinds = fake::with(vec![draw, owner]);
    let plan = plan_with(&kinds, "[steps.e]\nkind = \"owner\"\nseed = 5\n", &[]);
    let plan = plan.unwrap();
    assert_eq!(step(&plan, "e/draw").seed.as_ref().map(|seed| seed.value), Some(5));
    assert_eq!(step(&plan, "e").seed, None);
}

#[test]
fn a_choice_is_never_made_on_the_split_that_judges_it() {
    insta::assert_snapshot!(choice("inputs.data = \"split.data/test\"\n").unwrap_err(), @r#"
    error[E0316]: `best` must not come to see `test` on its port `reports`
      --> ingot.toml:28:15
       |
    28 | inputs.data = "split.data/test"
       |               ^^^^^^^^^^^^^^^^^ `best/evaluate@lr=0.1/predict` reads `test` here
       |
       = help: read another split, such as `split.data/valid`; `test` is for judging what comes out
    "#);
    let reports = |data: &str| {
        choice(&format!(
            "inputs.reports = [\"eval.report\", \"eval.report\"]\n\n[steps.p]\nkind = \"predict\"\n\
             inputs.data = \"{data}\"\ninputs.model = \"plain.model\"\n\n\
             [steps.eval]\nkind = \"evaluate\"\ninputs.data = \"split/valid\"\n\
             inputs.predictions = \"p\"\n"
        ))
    };
    insta::assert_snapshot!(reports("split.data/test+valid").unwrap_err(), @r#"
    error[E0316]: `best` must not come to see `test` on its port `reports`
      --> ingot.toml:32:15
       |
    28 | inputs.reports = ["eval.report", "eval.report"]
       |                   ------------- which comes in here
    ...
    32 | inputs.data = "split.data/test+valid"
       |               ^^^^^^^^^^^^^^^^^^^^^^^ `p` reads `test` here
       |
       = help: read another split, such as `split.data/valid`; `test` is for judging what comes out
    "#);
    assert!(reports("split.data/valid").is_ok());
}
