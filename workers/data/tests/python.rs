//! What Python writes: the programs of `docs/reference/formats.md`, and the default writers
//! of pandas, PyArrow, Polars and DuckDB, and files as Spark writes them.
//!
//! `INGOT_TEST_PYTHON` names a Python that has these packages; without it that is `python3`.
//! Where it lacks them, the tests say so and pass; with `INGOT_TEST_DATA` they make a virtual
//! environment first.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::record_batch::RecordBatch;
use ingot_data::worker::DataWorker;
use ingot_protocol::Worker;
use ingot_tables::dataset::{Dataset, row_parents};
use ingot_tables::predictions::{self, Answers};
use serde_json::json;

use crate::support::{Bench, source};

/// What no test can do without.
const NEEDED: &str = "import pandas, pyarrow, safetensors.numpy";
const PACKAGES: [&str; 5] = ["pandas", "pyarrow", "safetensors", "polars", "duckdb"];

/// A Python with the packages, looked for once.
fn python() -> Option<&'static Path> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOUND
        .get_or_init(|| {
            let named = std::env::var_os("INGOT_TEST_PYTHON").map(PathBuf::from);
            let program = named.unwrap_or_else(|| "python3".into());
            if has_packages(&program) {
                return Some(program);
            }
            let made = std::env::var_os("INGOT_TEST_DATA").and_then(|_| environment(&program));
            if made.is_none() {
                eprintln!(
                    "skipped: {} has no pandas, PyArrow and safetensors; INGOT_TEST_PYTHON names \
                     one that has",
                    program.display()
                );
            }
            made
        })
        .as_deref()
}

fn has_packages(python: &Path) -> bool {
    Command::new(python).args(["-c", NEEDED]).output().is_ok_and(|ran| ran.status.success())
}

/// A virtual environment beside the tests, made where there is none.
fn environment(python: &Path) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python");
    let lock = File::create(folder.with_extension("lock")).ok()?;
    lock.lock().ok()?;
    let made = folder.join("bin/python");
    if !has_packages(&made) {
        let ran = |command: &mut Command| command.output().is_ok_and(|ran| ran.status.success());
        let venv = ran(Command::new(python).args(["-m", "venv", "--clear"]).arg(&folder));
        let pip = ["-m", "pip", "install", "--quiet", "--retries", "1"];
        let _ = venv && ran(Command::new(&made).args(pip).args(PACKAGES));
    }
    has_packages(&made).then_some(made)
}

/// Runs a program in a folder; what it prints.
fn run(python: &Path, folder: &Path, program: &Path, argument: &Path) -> String {
    let ran = Command::new(python).arg(program).arg(argument).current_dir(folder).output();
    let ran = ran.unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{}: {said}", program.display());
    String::from_utf8_lossy(&ran.stdout).into_owned()
}

#[test]
fn the_programs_of_the_page_write_what_is_read() {
    let Some(python) = python() else { return };
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/formats.md");
    let page = fs::read_to_string(page).unwrap();
    let bench = Bench::new();
    let folder = bench.path("");
    let (mut programs, mut said) = (0, Vec::new());
    for block in page.split("\n```").skip(1).step_by(2) {
        let (head, body) = block.split_once('\n').unwrap_or((block, ""));
        match head.split_once(' ') {
            Some(("python", name)) => {
                let program = bench.write(name, body);
                said.push((name, run(python, &folder, &program, Path::new(""))));
                programs += 1;
            }
            Some(("text", name)) => {
                let (last, printed) = said.pop().unwrap();
                assert_eq!((last, printed.trim_end()), (name, body), "{name}");
            }
            _ => {}
        }
    }
    assert_eq!(programs, 18);
    assert!(said.iter().all(|(name, printed)| name.starts_with("write_") && printed.is_empty()));
    for (artifact_type, path) in [
        ("dataset", "copies"),
        ("dataset", "flowers"),
        ("predictions", "guesses"),
        ("report", "judged"),
        ("profile", "heights.json"),
        ("findings", "found.json"),
        ("metrics", "measured.json"),
    ] {
        DataWorker.check(artifact_type, &bench.path(path)).unwrap();
    }
    let rows = Dataset::open(&bench.path("copies")).unwrap().with_parents().read("train").unwrap();
    assert_eq!(row_parents::values(&rows).unwrap(), [None, None, Some(vec![[0; 16]])]);
    let rows = Dataset::open(&bench.path("flowers")).unwrap().read("test").unwrap();
    assert_eq!(
        told(&rows),
        "height Float64 1.5 null 3.25\ncount Int64 1 2 null\nkind Utf8 iris rose iris"
    );
    let torch = std::env::current_exe().unwrap().parent().unwrap().join("../ingot-torch");
    if !torch.exists() {
        eprintln!("skipped for models: {} is not built", torch.display());
        return;
    }
    for model in ["net", "majority"] {
        let mut check = Command::new(&torch);
        let ran = check.args(["inspect", "check", "model"]).arg(bench.path(model)).output();
        let ran = ran.unwrap();
        let said = String::from_utf8_lossy(&ran.stdout);
        assert!(ran.status.success(), "{model}: {said}");
    }
}

/// Each column's name, type and values, but for the row keys.
fn told(rows: &RecordBatch) -> String {
    let columns: Vec<usize> = (0..rows.num_columns() - 1).collect();
    let rows = rows.project(&columns).unwrap();
    let columns = rows.schema_ref().fields().iter().zip(rows.columns()).map(|(field, values)| {
        let texts = cast(values, &DataType::Utf8).unwrap();
        let texts = texts.as_string::<i32>().iter();
        let texts: Vec<&str> = texts.map(|text| text.unwrap_or("null")).collect();
        let texts = texts.join(" ").replace('\0', "\\0");
        format!("{} {} {texts}", field.name(), field.data_type())
    });
    columns.collect::<Vec<_>>().join("\n")
}

/// The folders below one, sorted.
fn folders(path: &Path) -> Vec<(String, PathBuf)> {
    let found = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = found
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), path))
        .collect();
    found.sort();
    found
}

#[test]
fn what_tables_programs_write_by_default_is_read() {
    let Some(python) = python() else { return };
    let bench = Bench::new();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/writers.py");
    let root = bench.path("written");
    eprint!("{}", run(python, &bench.path(""), &script, &root));

    let expected = "count Int64 1 null 3 4\n\
                    small Int64 1 2 3 -4\n\
                    height Float64 0.5 null 0.10000000149011612 -3.0\n\
                    tall Boolean true null false true\n\
                    kind Utf8 a b a b\n\
                    text Utf8 00501  null é\n\
                    nothing Utf8 null null null null";
    let mut wrong = Vec::new();
    for (name, path) in folders(&root.join("dataset")) {
        let read = DataWorker.check("dataset", &path).map_err(|failure| failure.message);
        let read = read.map(|()| told(&Dataset::open(&path).unwrap().read("all").unwrap()));
        if name.ends_with("-bytes") {
            let expected = "bytes Binary \\0  null ab";
            wrong.extend((read.as_deref() != Ok(expected)).then(|| format!("{name}: {read:?}")));
            continue;
        }
        // The same files as a source, of which every column is taken up.
        let contract = bench.write(&format!("{name}.toml"), "version = 1\n");
        let inputs = [("data", source(&path.join("data"), json!({ "type": "parquet" })))];
        let run = bench.run("validate", &name, json!({ "contract": contract }), &inputs);
        let taken = run.map_err(|failure| failure.message).map(|_| {
            told(&Dataset::open(&bench.path(&name).join("data")).unwrap().read("whole").unwrap())
        });
        let expected = match name.as_str() {
            "pyarrow-half" => expected.replace("0.10000000149011612", "0.0999755859375"),
            _ => expected.to_owned(),
        };
        let index = if name == "pandas-index" { "\nkey Int64 1 null 3 4" } else { "" };
        for (what, found, expected) in
            [("dataset", read, expected.clone()), ("source", taken, expected + index)]
        {
            if found.as_ref() != Ok(&expected) {
                let found = found.unwrap_or_else(|message| message);
                wrong.push(format!("{name} as a {what}: {found}"));
            }
        }
    }
    for (name, path) in folders(&root.join("predictions")) {
        match predictions::read(&path) {
            Err(error) => wrong.push(format!("{name}: {error}")),
            Ok((_, read)) => {
                let test = &read["test"];
                let same = test.rows == [0, 1]
                    && matches!(&test.answers, Answers::Classes(answers)
                        if answers.labels == [Some("a".to_owned()), None]
                            && answers.predicted == ["b", "a"]
                            && answers.probabilities == [[0.25, 0.75], [1.0, 0.0]]);
                if !same {
                    wrong.push(format!("{name}: {test:?}"));
                }
            }
        }
    }
    for (name, path) in folders(&root.join("arrow")) {
        let step = format!("{name}-arrow");
        let contract = bench.write(&format!("{step}.toml"), "version = 1\n");
        let inputs = [("data", source(&path, json!({ "type": "arrow" })))];
        let run = bench.run("validate", &step, json!({ "contract": contract }), &inputs);
        let found = run.map_or_else(
            |failure| failure.message,
            |_| {
                let data = Dataset::open(&bench.path(&step).join("data")).unwrap();
                told(&data.read("whole").unwrap())
            },
        );
        wrong.extend((found != expected).then(|| format!("{name}: {found}")));
    }
    for (name, path) in folders(&root.join("times")) {
        let run = |step: &str, contract: &str| {
            let file = bench.write(&format!("{step}.toml"), &format!("version = 1\n{contract}"));
            let inputs = [("data", source(&path, json!({ "type": "parquet" })))];
            bench.run("validate", step, json!({ "contract": file }), &inputs).map(drop)
        };
        assert_eq!(run(&format!("{name}-bare"), "").unwrap_err().code, "D0215", "{name}");
        let column = |name: &str| format!("[columns.{name}]\ntype = \"utf8\"\nnullable = true\n");
        let far = if name == "spark" { column("far") } else { String::new() };
        let step = format!("{name}-times");
        if let Err(failure) = run(&step, &(column("zoned") + &column("plain") + &far)) {
            wrong.push(format!("{name}: {}", failure.message));
            continue;
        }
        let read = Dataset::open(&bench.path(&step).join("data")).unwrap().read("whole").unwrap();
        let times = match name.as_str() {
            // An INT96 has no zone.
            "spark" => {
                "zoned Utf8 2024-02-29T11:00:00.500 null\n\
                 plain Utf8 1969-12-31T23:59:59 2024-02-29T12:00:00\n\
                 far Utf8 9999-12-31T00:00:00 0001-01-01T00:00:00"
            }
            _ => {
                "zoned Utf8 2024-02-29T11:00:00.500Z null\n\
                 plain Utf8 1969-12-31T23:59:59 2024-02-29T12:00:00"
            }
        };
        if told(&read) != times {
            wrong.push(format!("{name}: {}", told(&read)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
