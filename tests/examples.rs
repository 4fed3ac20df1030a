//! The workspaces of `examples/`, built on the data that they are about.

use std::path::{Path, PathBuf};

use crate::support::{Built, Project};

/// The worker that every example needs, and with it that of `transform`.
pub(crate) const DATA: &[&str] = &["ingot-data"];
const SQL: &[&str] = &["ingot-data", "ingot-sql"];

/// The example in a workspace of its own, with a folder of data under its name; nothing
/// where the data or a worker is not here.
pub(crate) fn example(name: &str, data: &str, workers: &[&str]) -> Option<Project> {
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
    for folder in ["contracts", "tests"] {
        for file in std::fs::read_dir(own.join(folder)).into_iter().flatten() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            project.write(&format!("{folder}/{name}"), std::fs::read(&path).unwrap());
        }
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
    insta::assert_snapshot!(findings(&project), @"
    D0307: `income`: 16281 values not in the set, such as `<=50K.` in line 1 of the split test
    D0422: 23 different rows stand in more than one split, 22 in test and train, 1 in test and valid: row 2195 of train and row 12488 of test; row 3118 of train and row 1668 of test; row 3445 of train and row 5907 of test, ..
    ");
    insta::assert_snapshot!(project.run(&["show", "split.data"]).stdout, @r"
    dataset: 48842 rows, 14 columns

    columns
    column          type   role       first rows
    age             int64  sensitive  39, 53, 28, 37
    workclass       utf8   feature    State-gov, Private, Private, Private
    fnlwgt          int64  ignore     77516, 234721, 338409, 284582
    education_num   int64  feature    13, 7, 13, 14
    marital_status  utf8   feature    Never-married, Married-civ-spouse, Married-civ-spouse, Married-civ-spouse
    occupation      utf8   feature    Adm-clerical, Handlers-cleaners, Prof-specialty, Exec-managerial
    relationship    utf8   feature    Not-in-family, Husband, Wife, Wife
    race            utf8   sensitive  White, Black, Black, White
    sex             utf8   sensitive  Male, Male, Female, Female
    capital_gain    int64  feature    2174, 0, 0, 0
    capital_loss    int64  feature    0, 0, 0, 0
    hours_per_week  int64  feature    40, 40, 40, 40
    native_country  utf8   feature    United-States, United-States, Cuba, United-States
    income          utf8   label      <=50K, <=50K, <=50K, <=50K

    splits
    split   rows
    test   16281
    train  29305
    valid   3256

    made by
    step   kind       from
    check  validate   ./contracts/census.toml, test_raw, train_raw
    clean  transform  check.data
    split  split      clean.data
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
fn census_rows_in_both_files_stop_the_build_until_somebody_answers_for_them() {
    let Some(project) = example("income", "adult", SQL) else { return };
    let manifest = project.read("ingot.toml");
    let (before, waiver) = manifest.split_once("[[waivers]]").unwrap();
    let (_, behind) = waiver.split_once("[tests.label]").unwrap();
    project.write("ingot.toml", format!("{before}[tests.label]{behind}"));
    let built = project.build(&[]);
    assert_eq!(built.said.code, 4, "{}", built.said.stderr);
    insta::assert_snapshot!(told(&built, "error"), @"D0422 23 different rows stand in more than one split, 22 in test and train, 1 in test and valid: row 2195 of train and row 12488 of test; row 3118 of train and row 1668 of test; row 3445 of train and row 5907 of test, ..");
    project.write("ingot.toml", &manifest);
    let built = project.build(&[]);
    assert_eq!((built.said.code, built.executed()), (0, Vec::new()), "{}", built.said.stderr);
    // A 24th: a row of the training file, with the dot of the labels of the other one.
    let train = project.read("data/adult/adult.data");
    let test = project.read("data/adult/adult.test");
    let row = train.lines().next().unwrap();
    project.write("data/adult/adult.test", format!("{test}{row}.\n"));
    let built = project.build(&[]);
    assert_eq!(built.said.code, 4, "{}", built.said.stderr);
    insta::assert_snapshot!(waivers(&built), @"exceeded `leak.duplicate` is about 24 rows, and its waiver is for 23");
}

/// The findings of this severity, a line each.
fn told(built: &Built, severity: &str) -> String {
    let found = built.of("finding").map(|event| event["finding"].clone());
    let found = found.filter(|finding| finding["severity"] == severity);
    found
        .map(|f| format!("{} {}\n", f["code"].as_str().unwrap(), f["message"].as_str().unwrap()))
        .collect()
}

/// What became of the waivers, a line each.
fn waivers(built: &Built) -> String {
    let text = |event: &serde_json::Value, key: &str| event[key].as_str().unwrap_or("-").to_owned();
    built
        .of("waiver")
        .map(|event| format!("{} {}\n", text(event, "standing"), text(event, "message")))
        .collect()
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
fn the_mended_label_is_tested_on_rows_that_one_can_read() {
    let Some(project) = example("income", "adult", SQL) else { return };
    let said = project.run(&["test"]);
    assert_eq!((said.code, said.stdout.as_str()), (0, "ok       label\n"), "{}", said.stderr);
    project.edit("rtrim(income, '.')", "income");
    let said = project.run(&["test"]);
    assert_eq!(said.code, 1, "{}", said.stderr);
    insta::assert_snapshot!(said.stdout, @r#"
    FAILED   label
             row 0, `income`: expected "<=50K", found "<=50K."
             row 1, `income`: expected ">50K", found ">50K."
    "#);
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
    // Three rows more are in both files where nobody may look at the country.
    project.edit("rows = 23", "rows = 26");
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
fn log_lines_are_dealt_into_folds_by_their_templates() {
    let Some(project) = example("alerts", "bgl", SQL) else { return };
    project.write("labels/corrections.csv", "key,label\n");
    let executed = project.executed();
    assert_eq!(executed.len(), 2 + 15, "{executed:?}");
    insta::assert_snapshot!(findings(&project), @r"
    D0412: the split `fold 1` has 364 of 2000 rows, where its fraction 0.2 is 400.0: the rows come in 128 groups of `template`, the largest of 721 rows
    D0412: the split `fold 2` has 396 of 2000 rows, where its fraction 0.2 is 400.0: the rows come in 128 groups of `template`, the largest of 721 rows
    D0412: the split `fold 3` has 190 of 2000 rows, where its fraction 0.2 is 400.0: the rows come in 128 groups of `template`, the largest of 721 rows
    D0412: the split `fold 4` has 721 of 2000 rows, where its fraction 0.2 is 400.0: the rows come in 128 groups of `template`, the largest of 721 rows
    D0412: the split `fold 5` has 329 of 2000 rows, where its fraction 0.2 is 400.0: the rows come in 128 groups of `template`, the largest of 721 rows
    D0413: 1 of 2 values of `label`, which `stratify` names, are not in every split: they have 143 rows or fewer; the shares hold for the whole
    D0412: the split `fold 1` has 475 of 2000 rows, where its fraction 0.2 is 400.0: the rows come in 128 groups of `template`, the largest of 721 rows
    D0412: the split `fold 2` has 226 of 2000 rows, where its fraction 0.2 is 400.0: the rows come in 128 groups of `template`, the largest of 721 rows
    D0412: the split `fold 3` has 737 of 2000 rows, where its fraction 0.2 is 400.0: the rows come in 128 groups of `template`, the largest of 721 rows
    D0412: the split `fold 4` has 162 of 2000 rows, where its fraction 0.2 is 400.0: the rows come in 128 groups of `template`, the largest of 721 rows
    D0412: the split `fold 1` has 381 of 2000 rows, where its fraction 0.2 is 400.0: the rows come in 128 groups of `template`, the largest of 721 rows
    D0412: the split `fold 2` has 291 of 2000 rows, where its fraction 0.2 is 400.0: the rows come in 128 groups of `template`, the largest of 721 rows
    D0412: the split `fold 3` has 721 of 2000 rows, where its fraction 0.2 is 400.0: the rows come in 128 groups of `template`, the largest of 721 rows
    D0412: the split `fold 4` has 281 of 2000 rows, where its fraction 0.2 is 400.0: the rows come in 128 groups of `template`, the largest of 721 rows
    D0412: the split `fold 5` has 326 of 2000 rows, where its fraction 0.2 is 400.0: the rows come in 128 groups of `template`, the largest of 721 rows
    D0413: 1 of 2 values of `label`, which `stratify` names, are not in every split: they have 143 rows or fewer; the shares hold for the whole
    ");
    insta::assert_snapshot!(project.run(&["show", "folds@fold=1,repeat=1.data"]).stdout, @r"
    dataset: 2000 rows, 7 columns

    columns
    column     type   role     first rows
    time       int64  time     1117848119, 1117942120, 1118070512, 1118070518
    node       utf8   ignore   R16-M1-N2-C:J17-U0.., R30-M0-N7-C:J08-U0.., R01-M1-NB-C:J03-U1.., R01-M1-ND-C:J15-U1..
    component  utf8   feature  KERNEL, KERNEL, KERNEL, KERNEL
    level      utf8   feature  INFO, INFO, INFO, INFO
    message    utf8   feature  CE sym 2, at <hex>.., CE sym 20, at <hex.., CE sym 20, at <hex.., CE sym 5, at <hex>..
    template   utf8   group    f6def218149c, f6def218149c, f6def218149c, f6def218149c
    label      utf8   label    normal, normal, normal, normal

    splits
    split  rows
    test    364
    train  1636

    made by
    step                   kind       from
    check                  validate   ./contracts/bgl.templates, ./contracts/bgl.toml, raw
    clean                  transform  check.data, corrections
    folds@fold=1,repeat=1  split      clean.data
    ");
    // A line that somebody corrects changes one label, and no row moves.
    let shown = project.run(&["show", "clean.data"]).stdout;
    assert!(shown.contains("template   utf8   group"), "{shown}");
    assert!(project.executed().is_empty());
}

#[test]
fn log_lines_are_redacted_and_corrected() {
    let Some(project) = example("alerts", "bgl", SQL) else { return };
    let step = r#"
[steps.masked]
kind = "transform"
inputs.data = "clean.data"
sql = "select message from data where message like '%<hex>%' or message like '%<path>%'"
"#;
    project.write("ingot.toml", format!("{}{step}", project.read("ingot.toml")));
    project.write("labels/corrections.csv", format!("key,label\n{},alert\n", "0a".repeat(16)));
    let built = project.run(&["build", "masked"]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    insta::assert_snapshot!(project.run(&["show", "masked.data"]).stdout, @r"
    dataset: 601 rows, 1 columns

    columns
    column   type  role     first rows
    message  utf8  feature  CE sym 2, at <hex>.., CE sym 20, at <hex.., force load<path> a.., CE sym 20, at <hex..

    splits
    split  rows
    whole   601

    made by
    step    kind       from
    check   validate   ./contracts/bgl.templates, ./contracts/bgl.toml, raw
    clean   transform  check.data, corrections
    masked  transform  clean.data
    ");
}

#[test]
fn lines_of_plays_are_dealt_and_never_move() {
    let Some(project) = example("shakespeare", "tinyshakespeare", DATA) else { return };
    let built = project.build(&[]);
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    insta::assert_snapshot!(project.run(&["show", "split.data"]).stdout, @r"
    dataset: 40000 rows, 1 columns

    columns
    column  type  role     first rows
    text    utf8  feature  First Citizen:, Before we proceed .., , All:

    splits
    split   rows
    test    3354
    train  33048
    valid   3598

    made by
    step   kind      from
    check  validate  ./contracts/lines.toml, plays
    split  split     check.data
    ");
}

#[test]
fn sequences_in_files_of_their_own_meet_their_targets() {
    let Some(project) = example("movement", "indoor-movement", DATA) else { return };
    let built = project.build(&[]);
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    insta::assert_snapshot!(project.run(&["show", "split.data"]).stdout, @r"
    dataset: 13197 rows, 5 columns

    columns
    column        type     role     first rows
    #RSS_anchor1  float64  feature  -0.90476, -0.57143, -0.38095, -0.28571
    RSS_anchor2   float64  feature  -0.48, -0.32, -0.28, -0.2
    RSS_anchor3   float64  feature  0.28571, 0.14286, -0.14286, -0.47619
    RSS_anchor4   float64  feature  0.3, 0.3, 0.35, 0.35
    file          utf8     group    MovementAAL_RSS_1..., MovementAAL_RSS_1..., MovementAAL_RSS_1..., MovementAAL_RSS_1...

    splits
    split  rows
    test   2609
    train  7919
    valid  2669

    made by
    step   kind      from
    check  validate  ./contracts/signals.toml, signals
    split  split     check.data
    ");
}
