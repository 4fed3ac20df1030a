//! Promises are judged on values; a contract that contradicts itself is refused.

use ingot_tables::dataset::DataType;

use super::{contract, findings, table};

fn told(promises: &str, cells: &[&str]) -> String {
    findings(&format!("version = 1\n[columns.x]\n{promises}\n"), &[("x", cells)])
}

fn codes(promises: &str, cells: &[&str]) -> Vec<String> {
    let told = told(promises, cells);
    told.lines().filter_map(|line| line.split([' ', ':']).nth(1).map(str::to_owned)).collect()
}

fn data_type(promises: &str, cells: &[&str]) -> DataType {
    let contract = contract(&format!("version = 1\n[columns.x]\n{promises}\n")).unwrap();
    super::checked(&contract, &table(&[("x", cells)])).unwrap().schema.columns[0].data_type
}

#[test]
fn the_same_value_is_the_same_however_it_is_written() {
    for (promises, cells, expected) in [
        ("type = \"int64\"\nunique = true", &["7", "007"][..], &["D0308"][..]),
        ("type = \"int64\"\nunique = true", &["+8", "8"], &["D0308"]),
        ("type = \"float64\"\nunique = true", &["1", "1.0", "1e0"], &["D0308"]),
        ("type = \"float64\"\nunique = true", &["0.0", "-0.0"], &["D0308"]),
        ("type = \"bool\"\nunique = true", &["true", "True"], &["D0308"]),
        ("unique = true", &["7", "007"], &[]),
        ("type = \"utf8\"\nunique = true", &["7", "007"], &[]),
        // Two whole numbers that one float stands for.
        ("unique = true", &["9007199254740992", "9007199254740993"], &[]),
        ("max = 9007199254740992", &["9007199254740993"], &["D0306"]),
        ("max = 9007199254740992.0", &["9007199254740993"], &["D0306"]),
        ("set = [9007199254740993]", &["9007199254740992"], &["D0307"]),
        ("type = \"bool\"\nset = [true]", &["True", "1", "TRUE"], &[]),
        ("set = [true]", &["True", "False"], &["D0307"]),
        ("set = [1, 2]", &["01", "2.0"], &[]),
        ("set = [\"1\"]", &["1", "2"], &["D0307"]),
        ("set = [\"00501\"]", &["00501", "501"], &["D0307"]),
    ] {
        assert_eq!(codes(promises, cells), expected, "{promises} {cells:?}");
    }
}

#[test]
fn what_the_contract_bounds_is_a_number() {
    assert_eq!(
        told("min = 18\nmax = 99", &["31", "forty", "7"]),
        "Error D0303: `x`: 1 value not of the type int64, such as `forty` [1]\n\
         Error D0306: `x`: 1 value below 18, such as `7` [2]"
    );
    assert_eq!(codes("min = 0", &["18446744073709551616", "1"]), ["D0303"]);
    assert_eq!(codes("min = 0", &["9007199254740993", "0.5"]), ["D0303"], "no float is this");
    assert_eq!(codes("role = \"weight\"", &["-1", "0.5", "x"]), ["D0303", "D0306"]);
    for (promises, cells, expected) in [
        ("min = 0", &["x"][..], DataType::Float64),
        ("max = 3", &["1", "two"], DataType::Int64),
        ("max = 3", &["007"], DataType::Int64),
        ("set = [0, 1]", &["0", "x"], DataType::Int64),
        ("set = [true, false]", &["True"], DataType::Bool),
        ("nullable = true", &["007"], DataType::Utf8),
        ("nullable = true", &["9223372036854775808"], DataType::Utf8),
    ] {
        assert_eq!(data_type(promises, cells), expected, "{promises} {cells:?}");
    }
}

#[test]
fn a_nan_is_a_value_that_keeps_no_promise() {
    let cells = ["1.5", "NaN", "", "9"];
    for (promises, expected) in [
        ("nullable = true\nmin = 0", &["Error D0317"][..]),
        ("nullable = true\nset = [1.5, 9]", &["Error D0317"]),
        ("type = \"float64\"", &["Error D0317", "Error D0304"]),
        ("nullable = true", &["Warning D0317"]),
        ("nullable = true\nrole = \"label\"", &["Error D0317"]),
        ("nullable = true\nmin = 0\nnan = \"allow\"", &[]),
        ("nullable = true\nmin = 0\nnan = \"null\"", &[]),
        ("min = 0\nmax = 9\nnan = \"null\"", &["Error D0304"]),
        ("nullable = true\nnan = \"null\"\nmax_null_fraction = 0.4", &["Error D0305"]),
        ("nullable = true\nnan = \"allow\"\nmax_null_fraction = 0.4", &[]),
    ] {
        let told = told(promises, &cells);
        let told: Vec<&str> = told.lines().filter_map(|line| line.get(..line.find(':')?)).collect();
        assert_eq!(told, expected, "{promises}");
    }
}

#[test]
fn a_contract_that_contradicts_itself_is_told_with_its_place() {
    let messages: Vec<String> = [
        "[table]\nmin_rows = 9\nmax_rows = 3",
        "[table]\nunique = [[\"a\"], []]",
        "[table]\nunique = [[\"a\", \"a\"]]",
        "[columns.x]\nmin = 5\nmax = 3",
        "[columns.x]\nmin = 9007199254740993\nmax = 9007199254740992.0",
        "[columns.x]\nmax = nan",
        "[columns.x]\nmin = \"5\"",
        "[columns.x]\ntype = \"utf8\"\nmax = 3",
        "[columns.x]\ntype = \"bool\"\nmin = 0",
        "[columns.x]\nnullable = true\nmax_null_fraction = 1.5",
        "[columns.x]\nnullable = true\nmax_null_fraction = -0.1",
        "[columns.x]\nmax_null_fraction = 0.5",
        "[columns.x]\nset = []",
        "[columns.x]\nset = [1, 2, 1.0]",
        "[columns.x]\nset = [\"a\", \"b\", \"a\"]",
        "[columns.x]\nset = [1, \"a\"]",
        "[columns.x]\nset = [1979-05-27]",
        "[columns.x]\ntype = \"int64\"\nset = [\"a\"]",
        "[columns.x]\ntype = \"int64\"\nset = [1.5]",
        "[columns.x]\ntype = \"utf8\"\nset = [1]",
        "[columns.x]\nmax = 3\nset = [1, 4]",
        "[columns.x]\nmin = 3\nset = [\"a\"]",
        "[columns.x]\ntype = \"int64\"\nnan = \"allow\"",
        "[columns.x]\ntype = \"utf8\"\nrole = \"weight\"",
        "[columns.x]\nrole = \"label\"\n[columns.y]\nrole = \"label\"",
        "[image]\ncolumns = \"p*\"\nheight = 65536\nwidth = 65536",
    ]
    .iter()
    .map(|text| {
        let failure = contract(&format!("version = 1\n{text}\n")).unwrap_err();
        assert!(failure.help.is_some(), "{text}");
        let place = failure.message.split_once("contract.toml:").unwrap().1;
        format!("{} {place}", failure.code)
    })
    .collect();
    insta::assert_snapshot!(messages.join("\n"));
}
