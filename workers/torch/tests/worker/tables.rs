//! Tables: nulls, text, and columns that are no features.

use ingot_tables::dataset::{DataType, Role};
use serde_json::{Value, json};

use crate::support::{Bench, answers, column, files, metric, table, table_schema, write};

#[test]
fn a_table_is_learned_with_its_nulls_and_words() {
    let bench = Bench::new();
    let splits = [("train", table(800, 1)), ("valid", table(200, 2))];
    let data = write(bench.path("table"), &table_schema(), &splits);
    let params = json!({ "family": "mlp", "hidden": [32], "epochs": 30, "lr": 0.01 });
    let events = bench.run("train", params, &[("data", &data)], "model").unwrap();
    assert!(metric(&events, "valid_accuracy") > 0.9, "{events:?}");
    let card = std::fs::read(bench.path("model/model.json")).unwrap();
    let card: Value = serde_json::from_slice(&card).unwrap();
    let columns = card["preprocessing"]["columns"].as_array().unwrap();
    assert_eq!(columns[0]["missing"], json!(true), "the training split has nulls there");
    assert_eq!(columns[1]["missing"], json!(false));
    assert_eq!(columns[2]["categories"], json!(["a", "b", "c"]));
    assert_eq!(card["classes"], json!(["no", "yes"]));
    assert!((columns[1]["mean"].as_f64().unwrap() - 50.0).abs() < 5.0);
    // A model is a start for the next one, of the same kind.
    let model = bench.path("model");
    let params = json!({ "family": "mlp", "hidden": [32], "epochs": 2 });
    let inputs = [("data", data.as_path()), ("init", model.as_path())];
    let events = bench.run("fine-tune", params, &inputs, "next").unwrap();
    assert!(metric(&events, "valid_accuracy") > 0.9, "{events:?}");
}

#[test]
fn preprocessing_is_fitted_on_the_training_split_alone() {
    let bench = Bench::new();
    let params = json!({ "family": "mlp", "hidden": [8], "epochs": 2 });
    let card = |name: &str, valid: u64| {
        let splits = [("train", table(100, 1)), ("valid", table(80, valid))];
        let data = write(bench.path(&format!("{name}-data")), &table_schema(), &splits);
        bench.run("train", params.clone(), &[("data", &data)], name).unwrap();
        files(&bench.path(name))
    };
    assert_eq!(card("a", 2), card("b", 3), "another validation split, the same model");
}

#[test]
fn unseen_words_and_nulls_can_be_predicted() {
    let bench = Bench::new();
    let train = table(100, 1);
    let data = write(bench.path("train"), &table_schema(), &[("train", train.clone())]);
    let params = json!({ "family": "mlp", "hidden": [8], "epochs": 2 });
    bench.run("train", params, &[("data", &data)], "model").unwrap();
    let words = arrow::array::StringArray::from(vec![Some("never seen"), None]);
    let nulls = arrow::array::Float64Array::from(vec![None, None]);
    let label = arrow::array::StringArray::from(vec![None::<&str>, None]);
    let rows = crate::support::batch(vec![
        ("first", std::sync::Arc::new(nulls.clone())),
        ("second", std::sync::Arc::new(nulls)),
        ("text", std::sync::Arc::new(words)),
        ("label", std::sync::Arc::new(label)),
    ]);
    let test = write(bench.path("test"), &table_schema(), &[("test", rows)]);
    let model = bench.path("model");
    let inputs = [("data", test.as_path()), ("model", model.as_path())];
    bench.run("predict", json!({}), &inputs, "out").unwrap();
    let (_, splits) = ingot_tables::predictions::read(&bench.path("out")).unwrap();
    assert!(answers(&splits["test"]).probabilities.iter().flatten().all(|value| value.is_finite()));
}

#[test]
fn sensitive_columns_are_no_features() {
    let bench = Bench::new();
    let mut schema = table_schema();
    schema.columns[0] = column("first", DataType::Float64, Role::Sensitive);
    let data = write(bench.path("table"), &schema, &[("train", table(60, 1))]);
    let params = json!({ "family": "mlp", "hidden": [8], "epochs": 1 });
    bench.run("train", params, &[("data", &data)], "model").unwrap();
    let card = std::fs::read_to_string(bench.path("model/model.json")).unwrap();
    assert!(!card.contains("first"), "{card}");
}
