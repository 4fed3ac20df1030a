//! Real data, damaged: each damage is found, with the file and the line, before anything learns
//! from it.

use std::io::Write;

use crate::examples::{DATA, example};
use crate::support::Project;

/// What is done to the bytes of a file.
type Damage = (&'static str, fn(&[u8]) -> Vec<u8>);

/// Damages of any file.
const OF_FILES: [Damage; 7] = [
    ("a gzip stream cut off", |bytes| {
        let mut packed = gzip(bytes);
        packed.truncate(packed.len() / 2);
        packed
    }),
    ("a gzip stream with a byte changed", |bytes| {
        let mut packed = gzip(bytes);
        let middle = packed.len() / 2;
        packed[middle] ^= 0xff;
        packed
    }),
    ("broken UTF-8", |bytes| {
        let middle = bytes.len() / 2;
        [&bytes[..middle], b"\xff\xfe", &bytes[middle..]].concat()
    }),
    ("UTF-16", |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    }),
    ("a block of NUL bytes", |bytes| {
        let middle = bytes.len() / 2;
        [&bytes[..middle], &[0; 512][..], &bytes[middle..]].concat()
    }),
    ("nothing", |_| Vec::new()),
    ("a web page in its place", |_| b"<!DOCTYPE html>\n<html><body>404</body></html>\n".to_vec()),
];

/// Damages of the census table, whose cells are parted by a comma and a space.
const OF_TABLES: [Damage; 20] = [
    ("two columns swapped", |bytes| each(bytes, |row| row.swap(0, 12))),
    ("two columns of one type swapped", |bytes| each(bytes, |row| row.swap(8, 9))),
    ("another unit", |bytes| {
        each(bytes, |row| row[0] = (row[0].parse::<u32>().unwrap() * 12).to_string())
    }),
    ("every row twice", |bytes| bytes.repeat(2)),
    ("a number that is none", |bytes| one(bytes, |row| row[4] = "NaN".into())),
    ("a number beyond all", |bytes| one(bytes, |row| row[4] = "1e400".into())),
    ("a date in a number", |bytes| one(bytes, |row| row[0] = "2024-01-02".into())),
    ("thousands parted", |bytes| one(bytes, |row| row[2] = "1.234.567".into())),
    ("a number below its bound", |bytes| one(bytes, |row| row[10] = "-1".into())),
    ("a category that is new", |bytes| one(bytes, |row| row[9] = "Unknown".into())),
    ("an unclosed quote", |bytes| one(bytes, |row| row[1] = "\"Private".into())),
    ("a cell of 5 MB", |bytes| one(bytes, |row| row[1] = "x".repeat(5_000_000))),
    ("a row cut off", |bytes| one(bytes, |row| row.truncate(5))),
    ("two rows glued", |bytes| one(bytes, |row| row.extend(row.clone()))),
    ("the first row alone", |bytes| {
        let text = String::from_utf8_lossy(bytes);
        text.lines().take(1).map(|line| format!("{line}\n")).collect::<String>().into_bytes()
    }),
    ("a header among the rows", |bytes| {
        one(bytes, |row| row.iter_mut().for_each(|cell| *cell = "name".into()))
    }),
    ("10,000 columns", |bytes| {
        each(bytes, |row| row.extend(std::iter::repeat_n("1".to_owned(), 9985)))
    }),
    ("another delimiter", |bytes| String::from_utf8_lossy(bytes).replace(", ", ";").into_bytes()),
    ("a column without values", |bytes| each(bytes, |row| row[1] = "?".into())),
    ("a gain and a loss", |bytes| {
        one(bytes, |row| {
            row[10] = "5".into();
            row[11] = "5".into();
        })
    }),
];

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let packed = std::process::Command::new("gzip").args(["-n", "-c"]).arg(file.path()).output();
    packed.unwrap().stdout
}

/// Each row changed.
fn each(bytes: &[u8], change: fn(&mut Vec<String>)) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let row = |line: &str| {
        let mut cells: Vec<String> = line.split(", ").map(str::to_owned).collect();
        if cells.len() == 15 {
            change(&mut cells);
        }
        format!("{}\n", cells.join(", "))
    };
    text.lines().map(row).collect::<String>().into_bytes()
}

/// The 101st row changed.
fn one(bytes: &[u8], change: fn(&mut Vec<String>)) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut cells: Vec<String> = lines[100].split(", ").map(str::to_owned).collect();
    change(&mut cells);
    lines[100] = cells.join(", ");
    lines.iter().map(|line| format!("{line}\n")).collect::<String>().into_bytes()
}

/// What the step that checks says of each damage, the first line of it.
fn told(project: &Project, file: &str, damages: &[Damage]) -> String {
    let sound = std::fs::read(project.path(file)).unwrap();
    let mut lines = Vec::new();
    for (name, damage) in damages {
        project.write(file, damage(&sound));
        let said = project.run(&["build", "check"]);
        let found = said.stderr.lines().find_map(|line| {
            let at = [" D0", " E0", "gate check"].iter().find_map(|word| line.find(word))?;
            let own = !line.contains("`income`: ");
            // Why a stream is damaged is its library's to say.
            let told = line[at..].trim_start().split(" or cut off").next()?;
            own.then(|| told.chars().take(150).collect::<String>())
        });
        lines.push(format!("{name}: exit {}, {}", said.code, found.unwrap_or_default()));
    }
    project.write(file, sound);
    lines.join("\n")
}

#[test]
fn damages_of_a_census_are_found() {
    let Some(project) = example("income", "adult", DATA) else { return };
    let rows = project.read("data/adult/adult.data");
    let rows: String = rows.lines().take(2000).map(|line| format!("{line}\n")).collect();
    project.write("data/adult/adult.data", rows);
    let contract = project.read("contracts/census.toml");
    let bounded = contract
        .replace("min_rows = 10000", "min_rows = 1000")
        .replace("[columns.workclass]", "[columns.workclass]\nmax_length = 100");
    project.write("contracts/census.toml", bounded);
    let manifest = project.read("ingot.toml");
    let gate = "[[steps.check.gates]]\nmetric = \"repeated_rows\"\nslice = { split = \"train\" }\nmax = 100\n\n[steps.clean]";
    // Without the worker of SQL nothing behind the check can be planned.
    let end = manifest.find("# SQL, a split at a time").unwrap();
    project.write(
        "ingot.toml",
        format!("{}{}", &manifest[..end], gate.trim_end_matches("[steps.clean]"))
            .replace("default = [\"split\"]", "default = [\"check\"]"),
    );
    let sound = project.run(&["build", "check"]);
    assert_eq!(sound.code, 0, "{}", sound.stderr);
    insta::assert_snapshot!(told(&project, "data/adult/adult.data", &OF_FILES), @r"
    a gzip stream cut off: exit 1, D0219: data/adult/adult.data: the gzip stream is damaged
    a gzip stream with a byte changed: exit 1, D0219: data/adult/adult.data: the gzip stream is damaged
    broken UTF-8: exit 1, D0211: data/adult/adult.data: line 1000: cell 11 is not UTF-8
    UTF-16: exit 1, D0211: data/adult/adult.data: line 1: a NUL byte
    a block of NUL bytes: exit 1, D0211: data/adult/adult.data: line 1000: a NUL byte
    nothing: exit 1, D0205: data/adult/adult.data: the file is empty: it has no column
    a web page in its place: exit 1, D0205: data/adult/adult.data: the format names 15 columns, line 1 has 1
    ");
    insta::assert_snapshot!(told(&project, "data/adult/adult.data", &OF_TABLES), @r"
    two columns swapped: exit 4, D0306: `age`: 79 values below 16, such as `13` in line 2 of the split train
    two columns of one type swapped: exit 4, D0307: `sex`: 2000 values not in the set, such as `White` in line 1 of the split train
    another unit: exit 4, D0306: `age`: 2000 values above 95, such as `468` in line 1 of the split train
    every row twice: exit 4, gate check: repeated_rows for split=train is 2000, above the maximum of 100
    a number that is none: exit 4, D0303: `education_num`: 1 value not of the type int64, such as `NaN` in line 101 of the split train
    a number beyond all: exit 4, D0303: `education_num`: 1 value not of the type int64, such as `1e400` in line 101 of the split train
    a date in a number: exit 4, D0303: `age`: 1 value not of the type int64, such as `2024-01-02` in line 101 of the split train
    thousands parted: exit 4, D0303: `fnlwgt`: 1 value not of the type int64, such as `1.234.567` in line 101 of the split train
    a number below its bound: exit 4, D0306: `capital_gain`: 1 value below 0, such as `-1` in line 101 of the split train
    a category that is new: exit 4, D0307: `sex`: 1 value not in the set, such as `Unknown` in line 101 of the split train
    an unclosed quote: exit 1, D0208: data/adult/adult.data: line 101: the quote of cell 2 is never closed
    a cell of 5 MB: exit 4, D0325: `workclass`: 1 value longer than 100 characters, such as `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx` in line 101 of the split train
    a row cut off: exit 1, D0205: data/adult/adult.data: line 101: 5 cells, where the first row has 15
    two rows glued: exit 1, D0205: data/adult/adult.data: line 101: more cells than 15
    the first row alone: exit 4, D0313: the split train has 1 rows, fewer than 1000
    a header among the rows: exit 4, D0303: `age`: 1 value not of the type int64, such as `name` in line 101 of the split train
    10,000 columns: exit 1, D0205: data/adult/adult.data: the format names 15 columns, line 1 has 10000
    another delimiter: exit 1, D0205: data/adult/adult.data: the format names 15 columns, line 1 has 1
    a column without values: exit 4, D0305: `workclass`: 2000 values of train missing, more than the contract allows, such as in line 1 of the split train
    a gain and a loss: exit 0, D0330: rule `gain-or-loss`: 1 row breaks it, taken into quarantine, such as in line 101 of the split train
    ");
}

#[test]
fn damages_of_a_log_are_found() {
    let Some(project) = example("alerts", "bgl", DATA) else { return };
    let manifest = project.read("ingot.toml");
    let end = manifest.find("# What people said").unwrap();
    let check = manifest[..end].replace("default = [\"folds\"]", "default = [\"check\"]");
    project.write("ingot.toml", check);
    insta::assert_snapshot!(told(&project, "data/bgl/BGL_2k.log", &OF_FILES), @r"
    a gzip stream cut off: exit 1, D0219: data/bgl/BGL_2k.log: the gzip stream is damaged
    a gzip stream with a byte changed: exit 1, D0219: data/bgl/BGL_2k.log: the gzip stream is damaged
    broken UTF-8: exit 1, D0211: data/bgl/BGL_2k.log: line 1151: bytes that are not UTF-8, or NUL
    UTF-16: exit 1, D0211: data/bgl/BGL_2k.log: line 1: bytes that are not UTF-8, or NUL
    a block of NUL bytes: exit 1, D0211: data/bgl/BGL_2k.log: line 1151: bytes that are not UTF-8, or NUL
    nothing: exit 0, D0313: the table has no row
    a web page in its place: exit 1, D0221: data/bgl/BGL_2k.log: line 1: `pattern` does not match it
    ");
}

#[test]
fn damages_of_texts_and_sequences_are_found() {
    if let Some(project) = example("shakespeare", "tinyshakespeare", DATA) {
        let file = std::fs::read_dir(project.path("data/tinyshakespeare")).unwrap().next().unwrap();
        let file = format!("data/tinyshakespeare/{}", file.unwrap().file_name().to_string_lossy());
        insta::assert_snapshot!(told(&project, &file, &OF_FILES), @r"
        a gzip stream cut off: exit 1, D0219: data/tinyshakespeare/input.txt: the gzip stream is damaged
        a gzip stream with a byte changed: exit 1, D0219: data/tinyshakespeare/input.txt: the gzip stream is damaged
        broken UTF-8: exit 1, D0211: data/tinyshakespeare/input.txt: line 19723: bytes that are not UTF-8, or NUL
        UTF-16: exit 1, D0211: data/tinyshakespeare/input.txt: line 1: bytes that are not UTF-8, or NUL
        a block of NUL bytes: exit 1, D0211: data/tinyshakespeare/input.txt: line 19723: bytes that are not UTF-8, or NUL
        nothing: exit 4, D0313: the table has 0 rows, fewer than 1000
        a web page in its place: exit 4, D0313: the table has 2 rows, fewer than 1000
        ");
    }
    if let Some(project) = example("movement", "indoor-movement", DATA) {
        let file = "data/indoor-movement/MovementAAL_RSS_1.csv";
        insta::assert_snapshot!(told(&project, file, &OF_FILES), @r"
        a gzip stream cut off: exit 1, D0219: data/indoor-movement/MovementAAL_RSS_1.csv: the gzip stream is damaged
        a gzip stream with a byte changed: exit 1, D0219: data/indoor-movement/MovementAAL_RSS_1.csv: the gzip stream is damaged
        broken UTF-8: exit 1, D0211: data/indoor-movement/MovementAAL_RSS_1.csv: line 14: cell 1 is not UTF-8
        UTF-16: exit 1, D0211: data/indoor-movement/MovementAAL_RSS_1.csv: line 1: a NUL byte
        a block of NUL bytes: exit 1, D0211: data/indoor-movement/MovementAAL_RSS_1.csv: line 14: a NUL byte
        nothing: exit 1, D0205: data/indoor-movement/MovementAAL_RSS_1.csv: the file is empty: it has no column
        a web page in its place: exit 1, D0204: data/indoor-movement/MovementAAL_RSS_10.csv: its columns are not those of the files before it
        ");
    }
}
