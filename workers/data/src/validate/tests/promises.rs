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
    super::checked(&contract, &table(&[("x", cells)])).unwrap().0.schema.columns[0].data_type
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
        "[table]\nmax_quarantine_fraction = 2",
        "[columns.x]\nmin = { value = 5 }\nmax = { value = 3 }",
        "[columns.x]\nmin = { value = \"5\" }",
        "[columns.x]\nmin = { severity = \"warning\" }",
        "[columns.x]\nset = { value = [1] }",
        "[columns.x]\nset = { values = [1], sevrity = \"warning\" }",
        "[columns.x]\nset = { values = [1], severity = \"fatal\" }",
        "[columns.x]\nset = { values = [1], allow = 1.5 }",
        "[columns.x]\nmin = { value = 1, allow = -0.5 }",
        "[columns.x]\nnullable = true\nmax_null_fraction = { value = 0.1, severity = \"quarantine\" }",
        "[columns.x]\nnewest = { value = \"2026-11-01\", allow = 0.5 }",
        "[columns.x]\nnewest = \"1.11.2026\"",
        "[columns.x]\ntype = \"float64\"\nnewest = 2026-11-01",
        "[columns.x]\nmin_length = 3\nmax_length = 2",
        "[columns.x]\nmin_length = -1",
        "[columns.x]\ntype = \"int64\"\nmax_length = 2",
        "[columns.x]\nmin = 0\npattern = \"[0-9]+\"",
        "[columns.x]\npattern = \"(\"",
        "[columns.x]\npattern = \"a)|(b\"",
        "[columns.x]\npattern = \"(?=a)b\"",
        "[columns.x]\nset = [\"ab\", \"abc\"]\nmax_length = 2",
        "[columns.x]\nset = [\"ab\", \"abc\"]\npattern = \"ab\"",
        "[columns.x]\nmonotonic = \"up\"",
        "[columns.x]\nreferences = \"customers\"",
        "[columns.x]\nreferences = \".id\"",
        "[[rules]]\nname = \"r\"\nsql = \"x >\"",
        "[[rules]]\nname = \"r\"\nsql = \"\"\"\nx > 0\n  and now() > 1\"\"\"",
        "[[rules]]\nname = \"r\"\nsql = \"1 = 1\"",
        "[[rules]]\nname = \"\"\nsql = \"x = 1\"",
        "[[rules]]\nname = \"r\"\nsql = \"x = 1\"\n[[rules]]\nname = \"r\"\nsql = \"x = 2\"",
        "[[rules]]\nname = \"r\"\nsql = \"x = 1\"\nallow = 7",
        "[[rules]]\nname = \"r\"\nsql = \"sum(x) = 1\"\nallow = 0.5",
        "[[rules]]\nname = \"r\"\nsql = \"sum(x) = 1\"\nseverity = \"quarantine\"",
        "[table]\nunknown_columns = \"refuse\"\n[columns.x]\n[[rules]]\nname = \"r\"\nsql = \"x > 0 and  y > 0\"",
        "[columns.x]\ntype = \"utf8\"\n[[rules]]\nname = \"r\"\nsql = 'x > 0'",
    ]
    .iter()
    .map(|text| {
        let Err(failure) = contract(&format!("version = 1\n{text}\n")) else {
            panic!("{text} is taken");
        };
        assert!(failure.help.is_some(), "{text}");
        let place = failure.message.split_once("contract.toml:").unwrap().1;
        format!("{} {place}", failure.code)
    })
    .collect();
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn a_promise_says_how_bad_it_is_and_how_often_it_may_be_broken() {
    let cells = ["1", "2", "3", "-4"];
    for (promises, expected) in [
        ("set = { values = [1, 2, 3] }", &["Error D0307"][..]),
        ("set = { values = [1, 2, 3], severity = \"info\" }", &["Info D0307"]),
        ("set = { values = [1, 2, 3], severity = \"warning\", allow = 0.2 }", &["Warning D0307"]),
        ("set = { values = [1, 2, 3], allow = 0.25 }", &[]),
        (
            "severity = \"warning\"\nmin = 0\nmax = { value = 2, severity = \"error\" }",
            &["Warning D0306", "Error D0306"],
        ),
        ("min = { value = 0, severity = \"quarantine\" }", &["Warning D0306", "Error D0333"]),
        ("type = { value = \"bool\", severity = \"warning\" }", &["Warning D0303"]),
    ] {
        let told = told(promises, &cells);
        let told: Vec<&str> = told.lines().filter_map(|line| line.get(..line.find(':')?)).collect();
        assert_eq!(told, expected, "{promises}");
    }
    assert_eq!(
        told("min = { value = 0, severity = \"quarantine\" }", &cells),
        "Warning D0306: `x`: 1 value below 0, taken into quarantine, such as `-4` [3]\n\
         Error D0333: 1 of 4 rows are in quarantine, more than the share of 0.01 that the \
         contract allows [3]"
    );
}

#[test]
fn texts_are_held_against_patterns_and_lengths_whole() {
    let cells = ["DE-1", "FR-22", "de-1", "DE-1x", "Österreich"];
    assert_eq!(
        told("pattern = '[A-Z]{2}-\\d+'", &cells),
        "Error D0324: `x`: 3 values not of the pattern `[A-Z]{2}-\\d+`, such as `de-1` [2, 3, 4]"
    );
    assert_eq!(
        told("min_length = 5\nmax_length = 9", &cells),
        "Error D0325: `x`: 2 values shorter than 5 characters, such as `DE-1` [0, 2]\n\
         Error D0325: `x`: 1 value longer than 9 characters, such as `Österreich` [4]"
    );
    // What the contract says of text is text.
    assert_eq!(codes("pattern = '0\\d+'", &["007", "08"]), [""; 0]);
    assert_eq!(data_type("max_length = 3", &["7", "8"]), DataType::Utf8);
    assert_eq!(codes("nullable = true\nmin_length = 1", &["", "a"]), [""; 0]);
}

#[test]
fn the_row_that_is_out_of_order_is_named() {
    for (promises, cells, expected) in [
        ("increasing", &["1", "2", "2", "", "3"][..], "[]"),
        ("strictly_increasing", &["1", "2", "2", "", "3"], "[2]"),
        ("increasing", &["1", "9", "3", "4", "10"], "[2, 3]"),
        ("decreasing", &["-1.5", "-1.5", "-2", "0"], "[3]"),
        ("strictly_decreasing", &["b", "a", "a"], "[2]"),
        ("increasing", &["-2.5", "-1.5", "0.5"], "[]"),
    ] {
        let told = told(&format!("nullable = true\nmonotonic = \"{promises}\""), cells);
        let rows = told.rfind('[').map_or("[]", |at| &told[at..]);
        assert_eq!(rows, expected, "{promises} {cells:?}: {told}");
    }
}

#[test]
fn data_older_than_a_date_are_told() {
    for (promises, cells, expected) in [
        ("newest = 2026-11-01", &["2026-10-31", "2026-11-01"][..], &[][..]),
        ("newest = 2026-11-01", &["2026-10-31", "2026-10-01"], &["D0328"]),
        ("newest = \"2026-11-01T08:00:00Z\"", &["2026-11-01 09:00:00+02:00"], &["D0328"]),
        ("newest = 2026-11-01", &["1793491200", "5"], &[]),
        ("newest = 2026-11-01", &["1793491199"], &["D0328"]),
        ("newest = 2026-11-01", &["1.11.2026", "2026-11-02"], &["D0327"]),
        ("newest = 2026-11-01", &["soon"], &["D0327", "D0328"]),
        ("newest = 2026-11-01\nnullable = true", &[""], &["D0328"]),
    ] {
        assert_eq!(codes(promises, cells), expected, "{promises} {cells:?}");
    }
    assert_eq!(
        told("newest = 2026-11-01", &["2026-10-31", "2026-10-01"]),
        "Error D0328: `x`: the newest value `2026-10-31` is before the date of the contract [0]"
    );
}
