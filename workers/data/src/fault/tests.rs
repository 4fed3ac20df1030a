use std::collections::BTreeSet;
use std::path::Path;

use ingot_protocol::Input;
use ingot_tables::dataset::{Column, DataType, Modality, Role, Schema};

use super::*;

const ROWS: &str = "age,town,secret,kind\n30, A,x,yes\n40,b,y,no\n?,A,z,yes\n50, b,w,no\n";

fn schema() -> Schema {
    let column = |name: &str, data_type, role| Column {
        name: name.to_owned(),
        data_type,
        role,
        nullable: true,
        classes: None,
    };
    Schema {
        columns: vec![
            column("age", DataType::Int64, Role::Feature),
            column("town", DataType::Utf8, Role::Feature),
            column("secret", DataType::Utf8, Role::Personal),
            column("kind", DataType::Utf8, Role::Label),
        ],
        version: 2,
        modality: Modality::Table,
        image: None,
        fitted: Vec::new(),
    }
}

fn table(folder: &Path) -> Table {
    read(folder, ROWS, &schema())
}

fn read(folder: &Path, rows: &str, schema: &Schema) -> Table {
    let path = folder.join("rows.csv");
    std::fs::write(&path, rows).unwrap();
    let input = Input {
        artifact_type: "files".into(),
        path,
        digest: String::new(),
        format: Some(json!({"type": "csv", "nulls": ["?"], "trim": true})),
        splits: Vec::new(),
        split: None,
    };
    Table::read_all(&input, &[], schema).unwrap()
}

fn written(table: &Table, folder: &Path) -> String {
    let path = folder.join("copy.csv");
    table.write(&path).unwrap();
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn each_fault_says_what_it_did_and_what_would_notice() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(written(&table(folder.path()), folder.path()), ROWS, "as it was");
    let mut said = Vec::new();
    for fault in FAULTS {
        let mut table = table(folder.path());
        let draws = Draws { seed: 7, name: fault.name, index: 0 };
        let Some(told) = (fault.put)(&mut table, &draws) else {
            assert_eq!(fault.name, "swapped_columns", "no two columns are of one type");
            continue;
        };
        assert_ne!(written(&table, folder.path()), ROWS, "{}", fault.name);
        for value in ["x", "y", "z", "w"] {
            let shown = format!("\"{value}\"");
            assert!(!told.line.contains(&shown), "{}: a personal value", told.line);
        }
        said.push(format!("{}: {}; {}", fault.name, told.what, told.line));
    }
    for expected in [
        "cut_short: the file ends behind 2 of 4 rows; [table] min_rows = 3",
        "negated: `age` with the other sign; [columns.age] min = 30",
        "unit: `age` in another unit: every number times 1000; [columns.age] max = 50",
        "upper_case: `town`: its values in capitals; [columns.town] set = [\"A\", \"b\"]",
    ] {
        assert!(said.iter().any(|line| line == expected), "{expected}: {said:#?}");
    }
}

#[test]
fn each_index_hits_another_place_until_there_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let hit = |index| {
        let mut table = table(folder.path());
        let draws = Draws { seed: 7, name: "emptied", index };
        (columns::EMPTIED.put)(&mut table, &draws).map(|told| told.what)
    };
    let all: BTreeSet<Option<String>> = (0..2).map(hit).collect();
    assert_eq!(all.len(), 2);
    assert!(!all.contains(&None));
    assert_eq!(hit(2), None, "the personal column is never hit");
}

#[test]
fn the_table_is_sorted() {
    let names: Vec<&str> = FAULTS.iter().map(|fault| fault.name).collect();
    assert!(names.is_sorted_by(|one, other| one < other), "{names:?}");
}

#[test]
fn a_line_is_a_contract_whatever_a_column_is_called() {
    let folder = tempfile::tempdir().unwrap();
    let mut schema = schema();
    for (column, name) in schema.columns.iter_mut().zip(["net pay", "a\"b\\", "secret", "k.d"]) {
        name.clone_into(&mut column.name);
    }
    let rows = ROWS.replacen("age,town,secret,kind", "net pay,\"a\"\"b\\\",secret,k.d", 1);
    let mut read_lines = 0;
    for fault in FAULTS {
        let mut table = read(folder.path(), &rows, &schema);
        let draws = Draws { seed: 7, name: fault.name, index: 0 };
        let Some(told) = (fault.put)(&mut table, &draws) else { continue };
        // A heading, and behind it what a line of its own would say.
        let Some((heading, key)) = told.line.split_once("] ").filter(|_| !told.line.contains(".."))
        else {
            continue;
        };
        if heading.starts_with("[columns") || heading.starts_with("[[rules") {
            let text = format!("{heading}]\n{key}");
            assert!(text.parse::<toml::Table>().is_ok(), "{}: {text}", fault.name);
            read_lines += 1;
        }
    }
    assert!(read_lines > 6, "{read_lines}");
}
