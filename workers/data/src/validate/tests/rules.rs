//! Rules in SQL, references, and what they take out.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::Int64Array;

use super::*;

const COLUMNS: &[(&str, &[&str])] =
    &[("gain", &["0", "5", "7", ""]), ("loss", &["3", "0", "2", "9"])];

fn rule(rest: &str) -> String {
    findings(&format!("version = 1\n[columns.gain]\nnullable = true\n[[rules]]\n{rest}\n"), COLUMNS)
}

#[test]
fn a_broken_rule_names_its_rows() {
    assert_eq!(
        rule("name = \"one\"\nsql = \"gain = 0 or loss = 0\""),
        "Error D0330: rule `one`: 1 row breaks it [2]"
    );
    assert_eq!(
        rule("name = \"one\"\nsql = \"gain = 0\"\nseverity = \"warning\""),
        "Warning D0330: rule `one`: 2 rows break it [1, 2]"
    );
    assert_eq!(rule("name = \"one\"\nsql = \"gain = 0\"\nallow = 0.5"), "");
    assert_eq!(
        rule("name = \"sum\"\nsql = \"sum(gain) > sum(loss)\"\nseverity = \"info\""),
        "Info D0330: rule `sum`: the table breaks it []"
    );
    assert_eq!(
        rule("name = \"share\"\nsql = \"loss / gain < 1\""),
        "Error D0331: rule `share`: a whole number is divided by zero [0]"
    );
    assert_eq!(
        rule("name = \"gone\"\nsql = \"lost = 0\""),
        "Error D0331: rule `gone` cannot be judged: there is no column `lost` []"
    );
    assert_eq!(
        rule("name = \"text\"\nsql = \"lower(loss) = 'x'\""),
        "Error D0331: rule `text` cannot be judged: `lower` takes utf8, and this is int64 []"
    );
}

#[test]
fn what_is_taken_out_is_not_in_the_data() {
    let promised = "version = 1\n[table]\nmax_quarantine_fraction = 0.5\n[columns.gain]\n\
                    nullable = true\n[columns.loss]\nmax = { value = 8, severity = \"quarantine\" }\n\
                    [[rules]]\nname = \"one\"\nsql = \"gain = 0 or loss = 0\"\n\
                    severity = \"quarantine\"\n";
    let (validated, rows) = checked(&contract(promised).unwrap(), &table(COLUMNS)).unwrap();
    assert!(validated.findings.iter().all(|found| found.severity == Severity::Warning));
    assert_eq!(rows.num_rows(), 2);
    let metrics: Vec<(&str, f64)> = validated
        .metrics
        .iter()
        .filter(|metric| metric.name.starts_with("quarantined"))
        .map(|metric| (metric.name.as_str(), metric.value))
        .collect();
    assert_eq!(metrics, [("quarantined", 2.0), ("quarantined_fraction", 0.5)]);
    let taken: Vec<(&str, Option<&str>, Vec<u64>)> = validated
        .quarantine
        .taken
        .iter()
        .map(|taken| (taken.rule.as_str(), taken.column.as_deref(), taken.rows.iter().collect()))
        .collect();
    assert_eq!(taken, [("max", Some("loss"), vec![3]), ("one", None, vec![2])]);
}

#[test]
fn rows_refer_to_another_table_and_are_reconciled_with_it() {
    let customers = RecordBatch::try_from_iter([
        ("id", Arc::new(Int64Array::from(vec![1, 2, 3])) as ArrayRef),
        ("code", Arc::new(StringArray::from(vec!["01", "02", "x"])) as ArrayRef),
    ])
    .unwrap();
    let tables = BTreeMap::from([("customers".to_owned(), customers)]);
    let others = Others { tables, ..Others::default() };
    let told = |promised: &str, cells: &[&str]| -> Result<Vec<String>, Failure> {
        let table = table(&[("who", cells)]);
        let promised = contract(&format!("version = 1\n[columns.who]\n{promised}\n")).unwrap();
        let (validated, _) = checked_with(&promised, &table, &others)?;
        Ok(validated.findings.into_iter().map(|found| found.message).collect())
    };
    let messages = told("nullable = true\nreferences = \"customers.id\"", &["1", "", "3", "4"]);
    assert_eq!(messages.unwrap(), ["`who`: 1 value not in `customers.id`, such as `4`"]);
    let messages = told("references = \"customers.code\"", &["1", "2", "x"]).unwrap();
    assert_eq!(messages, ["`who`: 2 values not in `customers.code`, such as `1`"]);
    let gone = told("references = \"customers.name\"", &["1"]).unwrap_err();
    assert_eq!((gone.code.as_str(), gone.help.is_some()), ("D0332", true));
    let rule = "[[rules]]\nname = \"all\"\nsql = \"count(*) = (select count(*) from customers)\"";
    assert_eq!(told(rule, &["1", "2", "3"]).unwrap(), [""; 0]);
    assert_eq!(told(rule, &["1"]).unwrap(), ["rule `all`: the table breaks it"]);
}
