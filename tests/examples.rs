//! The workspaces of `examples/`, built on the data that they are about.

use std::path::{Path, PathBuf};

use crate::support::Project;

/// The worker that every example needs, and with it that of `transform`.
const DATA: &[&str] = &["ingot-data"];
const SQL: &[&str] = &["ingot-data", "ingot-sql"];

/// The example in a workspace of its own, with a folder of data under its name; nothing
/// where the data or a worker is not here.
fn example(name: &str, data: &str, workers: &[&str]) -> Option<Project> {
    let Some(folder) = std::env::var_os("INGOT_TEST_DATA").map(PathBuf::from) else {
        eprintln!("skipped: INGOT_TEST_DATA names no folder");
        return None;
    };
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    let project = Project::new(&std::fs::read_to_string(own.join("ingot.toml")).unwrap());
    let link = |worker: &str| {
        let program = Path::new(env!("CARGO_BIN_EXE_ingot")).with_file_name(worker);
        let link = project.path("").join("../workers").join(worker);
        let there = program.exists();
        if there {
            std::os::unix::fs::symlink(program, link).unwrap();
        }
        there
    };
    for worker in workers {
        if !link(worker) {
            eprintln!("skipped: {worker} is not built");
            return None;
        }
    }
    for contract in std::fs::read_dir(own.join("contracts")).unwrap() {
        let path = contract.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        project.write(&format!("contracts/{name}"), std::fs::read(&path).unwrap());
    }
    for file in std::fs::read_dir(folder.join(data)).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        project.write(&format!("data/{data}/{name}"), std::fs::read(&path).unwrap());
    }
    Some(project)
}

/// What a build says of findings, a line each, without who said it.
fn findings(project: &Project) -> String {
    let said = project.run(&["build"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let lines = said.stderr.lines().filter_map(|line| line.find(" D0").map(|at| &line[at + 1..]));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn census_rows_of_two_files_are_checked_and_mended() {
    let Some(project) = example("income", "adult", SQL) else { return };
    let built = project.build(&[]);
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    insta::assert_snapshot!(findings(&project), @r"
    D0307: `income`: 16281 values not in the set, such as `<=50K.` in line 1 of the split test
    ");
    insta::assert_snapshot!(project.run(&["show", "split.data"]).stdout, @r"
    dataset: 48842 rows, 14 columns

    columns
    column          type   role
    age             int64  sensitive
    workclass       utf8   feature
    fnlwgt          int64  ignore
    education_num   int64  feature
    marital_status  utf8   feature
    occupation      utf8   feature
    relationship    utf8   feature
    race            utf8   sensitive
    sex             utf8   sensitive
    capital_gain    int64  feature
    capital_loss    int64  feature
    hours_per_week  int64  feature
    native_country  utf8   feature
    income          utf8   label

    splits
    split   rows
    test   16281
    train  29305
    valid   3256
    ");

    // Every label of the test rows has a dot, and is mended.
    let dotted = "SELECT income FROM data WHERE income LIKE '%.'";
    for (input, rows) in [("check.data", ["16281", "0"]), ("clean.data", ["0", "0"])] {
        let manifest = project.read("ingot.toml");
        let step = format!(
            "[steps.dotted]\nkind = \"transform\"\ninputs.data = \"{input}\"\nsql = \"{dotted}\"\n"
        );
        project.write("ingot.toml", format!("{manifest}\n{step}"));
        let built = project.run(&["build", "dotted"]);
        assert_eq!(built.code, 0, "{}", built.stderr);
        let shown = project.run(&["show", "dotted.data"]).stdout;
        for (split, rows) in ["test", "train"].iter().zip(rows) {
            let line = shown.lines().find(|line| line.trim_start().starts_with(split)).unwrap();
            assert_eq!(line.split_whitespace().nth(1), Some(rows), "{shown}");
        }
        project.write("ingot.toml", manifest);
    }
}

#[test]
fn a_changed_census_row_runs_what_reads_it() {
    let Some(project) = example("income", "adult", SQL) else { return };
    let steps = ["check", "clean", "split"];
    assert_eq!(project.executed(), steps);
    assert!(project.executed().is_empty());
    // The same result in other words: what reads it does not run.
    project.edit("rtrim(income, '.')", "replace(income, '.', '')");
    assert_eq!(project.executed(), ["clean"]);
    // One row more.
    let mut test = project.read("data/adult/adult.test");
    test.push_str("25, Private, 226802, 11th, 7, Never-married, Machine-op-inspct, Own-child, Black, Male, 0, 0, 39, United-States, <=50K.\n");
    project.write("data/adult/adult.test", &test);
    assert_eq!(project.executed(), steps);
    // One row changed, in a column that the transform leaves out.
    let train = project.read("data/adult/adult.data");
    project.write("data/adult/adult.data", train.replacen("Bachelors", "Masters", 1));
    assert_eq!(project.executed(), steps);
    // A comment is no row.
    project.write("data/adult/adult.data", train.replacen("Bachelors", "Masters", 1));
    assert!(project.executed().is_empty());
}

#[test]
fn census_rows_are_published_under_a_key_and_in_groups() {
    let Some(project) = example("income", "adult", SQL) else { return };
    let contract = project.read("contracts/census.toml");
    let personal = "[columns.native_country]\nrole = \"personal\"";
    project.write("contracts/census.toml", contract.replace("[columns.native_country]", personal));
    project.write("people.key", "a key of sixteen bytes or more");
    project.edit(
        "[steps.split]",
        "pseudonymise = [\"native_country\"]\npseudonym_key = \"./people.key\"\n\
         k_anonymity = { columns = [\"sex\", \"race\"], k = 5 }\n[steps.split]",
    );
    assert_eq!(project.executed(), ["check", "clean", "split"]);
    // Another key, other pseudonyms.
    project.write("people.key", "another one of sixteen bytes or more");
    assert_eq!(project.executed(), ["clean", "split"]);
    // Too few rows agree: what there is can be looked at, and no step reads it.
    project.edit("k = 5", "k = 50000");
    let built = project.build(&[]);
    assert_eq!(built.executed(), ["clean"]);
    assert_ne!(built.said.code, 0);
    let said = project.run(&["build"]).stderr;
    let told = said.lines().find_map(|line| line.find("Q0701").map(|at| &line[at..]));
    insta::assert_snapshot!(told.unwrap_or(&said), @"Q0701: k-anonymity in `sex`, `race`: 48842 of 48842 rows in groups of fewer than 50000 (groups: 10, smallest: 155)");
    project.write("people.key", "short");
    let (_, message) = project.build(&[]).failure("clean");
    assert!(message.contains("5 bytes") && !message.contains("short"), "{message}");
}

#[test]
fn log_lines_are_columns_with_a_label() {
    let Some(project) = example("alerts", "bgl", DATA) else { return };
    let built = project.build(&[]);
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    insta::assert_snapshot!(findings(&project), @r#"
    D0412: the split `test` has 392 of 2000 rows, where its fraction 0.2 is 400.0: the rows come in 1778 groups of `node`, the largest of 60 rows
    D0412: the split `train` has 1216 of 2000 rows, where its fraction 0.6 is 1200.0: the rows come in 1778 groups of `node`, the largest of 60 rows
    D0412: the split `valid` has 392 of 2000 rows, where its fraction 0.2 is 400.0: the rows come in 1778 groups of `node`, the largest of 60 rows
    D0413: 8 of 13 values of `alert`, which `stratify` names, are not in every split: they have 60 rows or fewer; the shares hold for the whole
    "#);
    insta::assert_snapshot!(project.run(&["show", "split.data"]).stdout, @r"
    dataset: 2000 rows, 10 columns

    columns
    column     type   role
    alert      utf8   label
    time       int64  time
    date       utf8   feature
    node       utf8   group
    stamp      utf8   feature
    node2      utf8   feature
    type       utf8   feature
    component  utf8   feature
    level      utf8   feature
    message    utf8   feature

    splits
    split  rows
    test    392
    train  1216
    valid   392
    ");
}

#[test]
fn log_lines_are_redacted_and_corrected() {
    let Some(project) = example("alerts", "bgl", SQL) else { return };
    let steps = r#"
[sources.corrections]
path = "labels/corrections.csv"
format = { type = "csv" }

[steps.clean]
kind = "transform"
inputs.data = "check.data"
inputs.fixes = "corrections"
sql = """select d.time, d.node, d.component, d.level, d.message,
                coalesce(f.label, case when d.alert = '-' then 'normal' else 'alert' end) as label
         from data d left join fixes f on f.key = d.row_key"""
redact = [{ column = "message", patterns = ["ipv4", "hex", "path"], with = "<{{kind}}>" }]
roles = { label = "label" }

[steps.masked]
kind = "transform"
inputs.data = "clean.data"
sql = "select message from data where message like '%<hex>%' or message like '%<path>%'"
"#;
    project.write("ingot.toml", format!("{}{steps}", project.read("ingot.toml")));
    project.write("labels/corrections.csv", format!("key,label\n{},alert\n", "0a".repeat(16)));
    let built = project.run(&["build", "masked"]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    insta::assert_snapshot!(project.run(&["show", "clean.data"]).stdout, @r"
    dataset: 2000 rows, 6 columns

    columns
    column     type   role
    time       int64  time
    node       utf8   group
    component  utf8   feature
    level      utf8   feature
    message    utf8   feature
    label      utf8   label

    splits
    split  rows
    whole  2000
    ");
    insta::assert_snapshot!(project.run(&["show", "masked.data"]).stdout, @r"
    dataset: 601 rows, 1 columns

    columns
    column   type  role
    message  utf8  feature

    splits
    split  rows
    whole   601
    ");
}

#[test]
fn lines_of_plays_are_dealt_and_never_move() {
    let Some(project) = example("shakespeare", "tinyshakespeare", DATA) else { return };
    let built = project.build(&[]);
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    insta::assert_snapshot!(project.run(&["show", "split.data"]).stdout, @r#"
    dataset: 40000 rows, 1 columns

    columns
    column  type  role
    text    utf8  feature

    splits
    split   rows
    test    3354
    train  33048
    valid   3598
    "#);
}

#[test]
fn sequences_in_files_of_their_own_meet_their_targets() {
    let Some(project) = example("movement", "indoor-movement", DATA) else { return };
    let built = project.build(&[]);
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    insta::assert_snapshot!(project.run(&["show", "split.data"]).stdout, @r#"
    dataset: 13197 rows, 5 columns

    columns
    column        type     role
    #RSS_anchor1  float64  feature
    RSS_anchor2   float64  feature
    RSS_anchor3   float64  feature
    RSS_anchor4   float64  feature
    file          utf8     group

    splits
    split  rows
    test   2609
    train  7919
    valid  2669
    "#);
}
