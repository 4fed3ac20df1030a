//! `select`: which point comes out, and that it comes out as it went in.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;

use ingot_protocol::{Event, Failure, Input};
use ingot_tables::inspect;
use ingot_tables::predictions::{self, Predictions, SplitPredictions};
use serde_json::{Value, json};

use crate::support::{Bench, artifact, digest, metric, metrics};

/// A report on `rows` predictions of which `right` are right, as `evaluate` writes it.
fn report(bench: &Bench, name: &str, right: usize, count: usize) -> Input {
    let (mut rows, mut labels, mut predicted, mut probabilities) = (vec![], vec![], vec![], vec![]);
    for row in 0..count {
        let truth = row % 2 == 0;
        let yes = if truth == (row < right) { 0.9 } else { 0.1 };
        rows.push(row as i64);
        labels.push(Some(if truth { "yes" } else { "no" }.into()));
        predicted.push(if yes > 0.5 { "yes" } else { "no" }.into());
        probabilities.push(vec![1.0 - yes, yes]);
    }
    let about = Predictions::of_classes(vec!["no".into(), "yes".into()]);
    let folder = bench.path(&format!("{name}-predictions"));
    predictions::write(
        &folder,
        &about,
        &BTreeMap::from([(
            "valid".into(),
            SplitPredictions::of_classes(rows, labels, predicted, probabilities),
        )]),
    )
    .unwrap();
    let inputs = [("predictions", artifact("predictions", &folder))];
    bench.run("evaluate", name, json!({ "resamples": 200 }), &inputs).unwrap();
    artifact("report", &bench.path(name).join("report"))
}

/// A model whose only weight is its name, with a digest to know it by.
fn model(bench: &Bench, name: &str) -> Input {
    std::fs::create_dir_all(bench.path(name).join("empty")).unwrap();
    bench.write(&format!("{name}/model.json"), &format!("{{\"name\": \"{name}\"}}"));
    let weights = bench.write(&format!("{name}/weights"), name);
    std::fs::set_permissions(&weights, std::fs::Permissions::from_mode(0o555)).unwrap();
    std::os::unix::fs::symlink("weights", bench.path(name).join("latest")).unwrap();
    Input { digest: format!("tree:{name}"), ..artifact("model", &bench.path(name)) }
}

/// Selects among models `m0`, `m1`, .. of which so many of a hundred rows are right.
fn select(bench: &Bench, right: &[usize], params: Value) -> Result<Vec<Event>, Failure> {
    let mut inputs = Vec::new();
    for (at, &right) in right.iter().enumerate() {
        inputs.push(("models", model(bench, &format!("m{at}"))));
        inputs.push(("reports", report(bench, &format!("r{at}"), right, 100)));
    }
    bench.run("select", "best", params, &inputs)
}

#[test]
fn the_best_model_comes_out_byte_for_byte() {
    let bench = Bench::new();
    let events = select(&bench, &[80, 90, 85], json!({})).unwrap();
    assert_eq!(metric(&events, "selected"), 2.0);
    assert_eq!(metric(&events, "accuracy"), 0.9);
    let accuracy = metrics(&events).find(|metric| metric.name == "accuracy").unwrap();
    assert!(accuracy.low.unwrap() < 0.9 && accuracy.high.unwrap() > 0.9);
    let model = bench.path("best/model");
    assert_eq!(digest(&model), digest(&bench.path("m1")));
    assert_eq!(std::fs::read_link(model.join("latest")).unwrap().to_str(), Some("weights"));
    assert!(model.join("empty").is_dir());
    assert_eq!(model.join("weights").metadata().unwrap().permissions().mode() & 0o100, 0o100);
    let report = |folder: &str| std::fs::read(bench.path(folder).join("report.json")).unwrap();
    assert_eq!(report("best/report"), report("r1/report"));
}

#[test]
fn the_table_of_points_is_in_the_report() {
    let bench = Bench::new();
    select(&bench, &[80, 90], json!({})).unwrap();
    let shown = inspect::show("report", &bench.path("best/report")).unwrap();
    let points = shown.tables["points"].iter().map(|row| {
        let [point, model, value, .., chosen] = row.as_slice() else { panic!("{row:?}") };
        format!("{point} {model} {value} {chosen}")
    });
    let points: Vec<String> = points.collect();
    assert_eq!(points, ["point model accuracy ", "1 tree:m0 0.8000 ", "2 tree:m1 0.9000 selected"]);
    let shown = inspect::show("report", &bench.path("r0/report")).unwrap();
    assert!(!shown.tables.contains_key("points"), "a report that nobody selected from");
}

#[test]
fn ties_and_standard_errors_go_by_the_order_that_was_declared() {
    let selected = |right: &[usize], params: Value| {
        metric(&select(&Bench::new(), right, params).unwrap(), "selected")
    };
    assert_eq!(selected(&[80, 90, 90], json!({})), 2.0);
    assert_eq!(selected(&[90, 80, 90], json!({ "metric": "log_loss" })), 1.0);
    assert_eq!(selected(&[90, 80, 85], json!({ "goal": "min" })), 2.0);
    // The standard error of 90 of 100 is about 0.03: 88 is within it, 80 is not.
    let rule = json!({ "rule": "one-standard-error" });
    assert_eq!(selected(&[80, 88, 90], rule.clone()), 2.0);
    assert_eq!(selected(&[90, 88, 80], rule), 1.0);
}

#[test]
fn a_point_of_replicates_is_their_mean_and_its_first_model() {
    let bench = Bench::new();
    let params = json!({ "replicates_per_point": 2, "rule": "one-standard-error" });
    // Means 0.84, 0.85 and 0.70; the standard error of the second is 0.03.
    let events = select(&bench, &[85, 83, 82, 88, 99, 41], params).unwrap();
    assert_eq!(metric(&events, "selected"), 1.0);
    assert_eq!(metric(&events, "accuracy"), 0.84);
    assert_eq!(digest(&bench.path("best/model")), digest(&bench.path("m0")));
    let bench = Bench::new();
    let params = json!({ "replicates_per_point": 2 });
    let events = select(&bench, &[85, 83, 82, 88], params).unwrap();
    assert_eq!(metric(&events, "selected"), 2.0);
    assert_eq!(digest(&bench.path("best/model")), digest(&bench.path("m2")), "no lucky seed");
}

#[test]
fn what_cannot_be_compared_is_refused_with_a_fix() {
    let refused = |right: &[usize], params: Value| {
        let failure = select(&Bench::new(), right, params).unwrap_err();
        assert!(failure.help.is_some(), "{failure:?}");
        (failure.code, failure.message)
    };
    assert_eq!(refused(&[80], json!({ "metric": "speed" })).0, "D1002");
    assert_eq!(refused(&[80], json!({ "metric": "rows" })).0, "D1003");
    let params = json!({ "metric": "speed", "goal": "max" });
    let (code, message) = refused(&[80], params);
    assert!(code == "D1002" && message.ends_with("there is no metric `speed`"), "{message}");
    let params = json!({ "metric": "rows", "goal": "max", "rule": "one-standard-error" });
    assert_eq!(refused(&[80], params).0, "D1004");
    let params = json!({ "replicates_per_point": 2 });
    assert_eq!(
        refused(&[80, 81, 82], params),
        ("D1005".into(), "3 models are no points of 2 replicates".into())
    );
    let bench = Bench::new();
    let inputs = [("models", model(&bench, "m")), ("models", model(&bench, "n"))];
    let failure = bench.run("select", "best", json!({}), &inputs).unwrap_err();
    assert_eq!(failure.message, "there are 2 models and 0 reports of them");
}
