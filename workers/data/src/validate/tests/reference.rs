//! The reference cases and the contracts of teams, from folders beside the repository.
#![allow(clippy::print_stderr)]

use std::path::PathBuf;

use serde_json::Value as Json;

use super::*;

/// The reference folder; a message where none is named.
fn reference() -> Option<PathBuf> {
    let named = std::env::var_os("INGOT_TEST_REFERENCE").filter(|named| !named.is_empty());
    if named.is_none() {
        eprintln!("skipped: INGOT_TEST_REFERENCE names no folder");
    }
    named.map(PathBuf::from)
}

#[test]
fn the_tiny_table_has_its_findings() {
    let Some(folder) = reference() else { return };
    let text = std::fs::read_to_string(folder.join("validation_tiny.json")).unwrap();
    let case: Json = serde_json::from_str(&text).unwrap();
    let rows = case["inputs"]["rows"].as_array().unwrap();
    let columns = ["id", "age", "income", "country", "label"].map(|name| {
        let cell = |row: &Json| match &row[name] {
            Json::Null => None,
            Json::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        SourceColumn { name: name.into(), cells: Cells::Text(rows.iter().map(cell).collect()) }
    });
    let table = Table { columns: columns.to_vec(), ..Table::default() };
    let promised = "version = 1\n[columns.id]\ntype = \"int64\"\nunique = true\n\
                    [columns.age]\ntype = \"int64\"\nmin = 0\nmax = 120\nnullable = true\n\
                    max_null_fraction = 0.2\n[columns.income]\ntype = \"float64\"\nmin = 0\n\
                    nullable = true\nmax_null_fraction = 0.2\n\
                    [columns.country]\nset = [\"DE\", \"FR\", \"ES\", \"IT\"]\n\
                    [columns.label]\nset = [0, 1]\n\
                    [[rules]]\nname = \"income\"\nsql = \"income > 0\"\n";
    let (validated, _) = checked(&contract(promised).unwrap(), &table).unwrap();
    let rows_of = |code: &str, column: &str| -> Json {
        let found = validated.findings.iter();
        let mut found = found.filter(|f| f.code == code && f.column.as_deref() == Some(column));
        serde_json::json!(found.next().map(|found| found.examples.clone()))
    };
    let expected = &case["expected"];
    // The rows of a value that is there twice; a finding names those behind the first.
    let twice = expected["duplicate_id_rows"].as_array().unwrap();
    assert_eq!(rows_of("D0308", "id"), serde_json::json!(twice[1..]));
    assert_eq!(rows_of("D0306", "age"), expected["age_out_of_range"]);
    assert_eq!(rows_of("D0307", "country"), expected["country_not_in_set"]);
    assert_eq!(rows_of("D0307", "label"), expected["label_not_in_set"]);
    assert_eq!(validated.findings.len(), 4, "{:?}", validated.findings);
    for (column, share) in expected["null_fraction"].as_object().unwrap() {
        let is_of = |metric: &&Metric| {
            metric.name == "null_fraction" && metric.slice.get("column") == Some(column)
        };
        let found = validated.metrics.iter().find(is_of).map(|metric| metric.value);
        assert_eq!(found, share.as_f64(), "{column}");
    }
}

#[test]
fn the_contracts_of_teams_are_read() {
    let Some(folder) = reference() else { return };
    for path in ["income/contracts/census.toml", "alerts/contracts/bgl.toml"] {
        let path = folder.join("../acceptance").join(path);
        let text = std::fs::read_to_string(&path).unwrap();
        let contract = contract(&text).unwrap();
        assert!(contract.columns.len() >= 4, "{}", path.display());
    }
}
