mod promises;
mod reference;
mod rules;

use arrow::array::{ArrayRef, StringArray};
use arrow::compute::concat_batches;
use arrow::record_batch::RecordBatch;
use ingot_protocol::contract::Contract;
use ingot_tables::dataset::{DataType, Modality, WHOLE};
use ingot_tables::source::{self, Cells, Chunk, SourceColumn, Table};

use super::check::Purpose;
use super::given::Rows;
use super::*;

fn table(columns: &[(&str, &[&str])]) -> Table {
    let columns = columns
        .iter()
        .map(|(name, cells)| {
            let cells = cells.iter().map(|cell| (!cell.is_empty()).then_some(*cell));
            SourceColumn { name: (*name).to_owned(), cells: Cells::Text(cells.collect()) }
        })
        .collect();
    Table { columns, ..Table::default() }
}

fn contract(text: &str) -> Result<Contract, Failure> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("contract.toml");
    std::fs::write(&path, text).unwrap();
    contract::read(&path)
}

/// A table of one split as a source that gives so many rows at once.
fn held(table: &Table, rows: usize) -> Given<'_> {
    let part = move |first: usize, rows: usize| -> Vec<SourceColumn> {
        let columns = table.columns.iter();
        let columns = columns.map(|SourceColumn { name, cells }| SourceColumn {
            name: name.clone(),
            cells: match cells {
                Cells::Text(cells) => Cells::Text(cells.slice(first, rows)),
                Cells::Typed(values) => Cells::Typed(values.slice(first, rows)),
            },
        });
        columns.collect()
    };
    let chunks = move || -> Rows<'_> {
        let count = table.rows();
        Box::new((0..count).step_by(rows).map(move |first| {
            let columns = part(first, rows.min(count - first));
            let table = Table { columns, ..Table::default() };
            Ok(Chunk { split: WHOLE.to_owned(), first, table })
        }))
    };
    Given {
        columns: part(0, 0),
        image: None,
        splits: vec![WHOLE.to_owned()],
        first: "x.csv".into(),
        passed_over: Vec::new(),
        templates: None,
        cpus: rows as u64,
        rows: Box::new(chunks),
    }
}

/// Validates a table that is one split, its rows together and one at a time: what is found is
/// the same. The rows are those that are kept.
fn checked(contract: &Contract, table: &Table) -> Result<(Checked, RecordBatch), Failure> {
    checked_with(contract, table, &Others::default())
}

fn checked_with(
    contract: &Contract,
    table: &Table,
    others: &Others,
) -> Result<(Checked, RecordBatch), Failure> {
    let unnamed = ColumnPromises::unnamed();
    let of = |rows: usize| -> Result<(Checked, RecordBatch), Failure> {
        let given = held(table, rows);
        let shape = Shape::of(contract, &unnamed, &given)?;
        let checked = check(contract, (&shape, &given), others, Purpose::Rows)?;
        let mut batches = Vec::new();
        for chunk in (given.rows)() {
            let Chunk { first, table, .. } = chunk?;
            let batch = shape.batch(&shape.rows(&table)?)?;
            batches.push(checked.quarantine.without(&batch, first)?);
        }
        let schema = batches.first().map(RecordBatch::schema);
        let schema = schema.unwrap_or_else(|| checked.schema.arrow().into());
        Ok((checked, concat_batches(&schema, &batches).unwrap()))
    };
    let (whole, rows) = of(table.rows().max(1))?;
    let (parted, same) = of(1)?;
    assert_eq!(told(&whole.findings), told(&parted.findings));
    assert_eq!((&whole.metrics, &whole.schema, &rows), (&parted.metrics, &parted.schema, &same));
    Ok((whole, rows))
}

fn told(findings: &[Finding]) -> String {
    let lines: Vec<String> = findings
        .iter()
        .map(|f| format!("{:?} {}: {} {:?}", f.severity, f.code, f.message, f.examples))
        .collect();
    lines.join("\n")
}

fn findings(contract_text: &str, columns: &[(&str, &[&str])]) -> String {
    let (checked, _) = checked(&contract(contract_text).unwrap(), &table(columns)).unwrap();
    told(&checked.findings)
}

#[test]
fn every_broken_promise_is_found_with_its_rows() {
    let promised = r#"
version = 1
[table]
min_rows = 9
unknown_columns = "refuse"
unique = [["id"]]
[columns.id]
role = "id"
unique = true
[columns.age]
type = "int64"
min = 0
max = 120
[columns.sex]
set = ["f", "m"]
severity = "warning"
[columns.email]
role = "personal"
type = "int64"
[columns.gone]
"#;
    let found = findings(
        promised,
        &[
            ("id", &["1", "2", "2"]),
            ("age", &["-3", "old", ""]),
            ("sex", &["f", "x", "m"]),
            ("email", &["a@b.c", "1", "2"]),
            ("extra", &["", "", ""]),
        ],
    );
    insta::assert_snapshot!(found);
    assert!(!found.contains("a@b.c"), "a personal value is never told");
}

#[test]
fn a_table_that_keeps_its_promises_has_no_finding() {
    let promised = "version = 1\n[columns.digit]\ntype = \"int64\"\nrole = \"label\"\nset = [0, 1]\n\
                    [image]\ncolumns = \"p_*\"\nheight = 1\nwidth = 2\nmax = 16\n";
    let columns: &[(&str, &[&str])] =
        &[("p_1", &["16", "0"]), ("p_0", &["0", "8"]), ("digit", &["1", "0"])];
    assert_eq!(findings(promised, columns), "");
    let (validated, rows) = checked(&contract(promised).unwrap(), &table(columns)).unwrap();
    assert_eq!(
        validated.schema.label().and_then(|l| l.classes.clone()),
        Some(vec!["0".into(), "1".into()])
    );
    assert_eq!(validated.schema.modality, Modality::Image);
    let images = rows.column_by_name("image").unwrap();
    let images = arrow::array::AsArray::as_binary::<i32>(images);
    assert_eq!((images.value(0), images.value(1)), (&[0u8, 255][..], &[128u8, 0][..]));
}

#[test]
fn a_contract_that_is_none_names_its_line() {
    let messages: Vec<String> = [
        "version = 2\n",
        "version = 1\n[columns.x]\ntpye = \"int64\"\n",
        "version = 1\n[columns.x]\ntype = \"number\"\n",
        "version = 1\n[image]\ncolumns = \"p*\"\nheight = 0\nwidth = 2\n",
    ]
    .iter()
    .map(|text| contract(text).unwrap_err().message)
    .map(|message| message.split_once("contract.toml").unwrap().1.to_owned())
    .collect();
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn a_source_without_promises_is_typed_by_its_cells() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.csv");
    std::fs::write(&path, "id,size,ok,name\n1,0.5,true,a\n2,,false,?\n").unwrap();
    let format = serde_json::json!({ "type": "csv", "nulls": ["?"] });
    let source = ingot_protocol::Input {
        artifact_type: "files".into(),
        path,
        digest: String::new(),
        format: Some(format),
        splits: Vec::new(),
        split: None,
    };
    let (schema, batch) = source::unpromised(&source).unwrap();
    let columns: Vec<_> = schema
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.data_type, column.nullable, column.role))
        .collect();
    assert_eq!(
        columns,
        [
            ("id", DataType::Int64, true, Role::Feature),
            ("size", DataType::Float64, true, Role::Feature),
            ("ok", DataType::Bool, true, Role::Feature),
            ("name", DataType::Utf8, true, Role::Feature),
        ]
    );
    assert_eq!(*batch.schema(), schema.arrow());
    assert_eq!(batch.num_rows(), 2);
}

#[test]
fn a_missing_column_is_told_with_those_that_are_there() {
    let promised = "version = 1\n[columns.lable]\n";
    assert_eq!(
        findings(promised, &[("label", &["1"]), ("id", &["1"])]),
        "Error D0314: the column `lable` is not there, only `id`, `label` []"
    );
    let names: Vec<String> = (10..32).map(|number| format!("c{number}")).collect();
    let columns: Vec<(&str, &[&str])> = names.iter().map(|n| (n.as_str(), &["1"][..])).collect();
    let many = findings(promised, &columns);
    assert!(many.ends_with("`c28`, `c29` and 2 more []"), "{many}");
}

#[test]
fn a_table_of_which_nothing_is_left_is_refused() {
    let nothing = contract("version = 1\n[table]\nunknown_columns = \"ignore\"\n").unwrap();
    let failure = checked(&nothing, &table(&[("id", &["1"])])).err().unwrap();
    assert_eq!((failure.code.as_str(), failure.help.is_some()), ("D0312", true));
}
