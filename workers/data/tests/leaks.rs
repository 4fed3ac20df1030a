//! What is found in data that leaks, and in data that looks as if it did.

use std::fmt::Write as _;

use ingot_protocol::{Event, Finding, Input, Severity};
use serde_json::{Value, json};

use crate::support::{Bench, artifact, source};

/// A number in [0, 1) that follows from a row's number.
fn noise(row: u32) -> f64 {
    let word = u64::from(row + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let word = (word ^ (word >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (word >> 40) as f64 / f64::from(1 << 24)
}

/// The class of a row.
fn class(row: u32) -> &'static str {
    if noise(row) < 0.4 { "yes" } else { "no" }
}

const TRAIN: std::ops::Range<u32> = 0..400;
const TEST: std::ops::Range<u32> = 400..500;

/// Given splits, and how they are read and dealt.
struct Case {
    name: &'static str,
    train: String,
    test: String,
    contract: &'static str,
    params: Value,
}

/// Rows of both splits, made by one function.
fn case(
    name: &'static str,
    header: &str,
    contract: &'static str,
    row: impl Fn(u32) -> String,
) -> Case {
    let csv = |rows: std::ops::Range<u32>| {
        rows.fold(format!("{header}\n"), |mut csv, number| {
            let _ = writeln!(csv, "{}", row(number));
            csv
        })
    };
    let params = json!({ "fractions": { "train": 0.8, "valid": 0.2 } });
    Case { name, train: csv(TRAIN), test: csv(TEST), contract, params }
}

/// The same with further lines behind those of `test`.
fn and(mut case: Case, lines: impl IntoIterator<Item = String>) -> Case {
    lines.into_iter().for_each(|line| {
        let _ = writeln!(case.test, "{line}");
    });
    case
}

const LABEL: &str = "[columns.y]\nrole = \"label\"\n";
const ID: &str = "[columns.id]\nrole = \"id\"\n[columns.y]\nrole = \"label\"\n";
const GROUP: &str = "[columns.who]\nrole = \"group\"\n[columns.y]\nrole = \"label\"\n";
const TIME: &str = "[columns.day]\nrole = \"time\"\n[columns.y]\nrole = \"label\"\n";
const PIXELS: &str =
    "[image]\ncolumns = \"p*\"\nheight = 4\nwidth = 4\n[columns.y]\nrole = \"label\"\n";

/// A row of two measures and a class.
fn plain(row: u32) -> String {
    format!("{:.6},{:.6},{}", 10.0 * noise(7 * row), noise(3 * row + 1), class(row))
}

fn text(row: u32) -> String {
    let words = ["door", "light", "engine", "left", "right", "noise", "old", "new", "wet", "cold"];
    let word = |at: u32| words[(noise(row * 31 + at) * 10.0) as usize];
    (0..14).map(word).collect::<Vec<_>>().join(" ")
}

/// An image of 4 x 4 pixels, and what is added to each.
fn pixels(row: u32, more: u32) -> String {
    let pixel = |at: u32| ((noise(row * 17 + at) * 200.0) as u32 + more).to_string();
    format!("{},{}", (0..16).map(pixel).collect::<Vec<_>>().join(","), class(row))
}

fn pixel_names() -> String {
    (0..16).map(|at| format!("p{at},")).collect::<String>() + "y"
}

/// Data that leaks.
fn leaks() -> Vec<Case> {
    let by_time = json!({ "fractions": { "train": 0.8, "valid": 0.2 }, "time": "@time" });
    let say = |row: u32| class(row) == "yes";
    vec![
        and(case("a row twice", "a,b,y", LABEL, plain), [plain(5)]),
        and(
            case("a row under another id", "id,a,b,y", ID, |row| format!("{row},{}", plain(row))),
            [format!("9999,{}", plain(5))],
        ),
        case("a group on both sides", "who,a,b,y", GROUP, |row| {
            format!("p{},{}", row % 90, plain(row))
        }),
        Case {
            params: by_time.clone(),
            ..case("a test before the end of train", "day,a,b,y", TIME, |row| {
                format!("{},{}", row % 300, plain(row))
            })
        },
        case("the label once more", "z,a,b,y", LABEL, |row| {
            format!("{},{}", class(row), plain(row))
        }),
        case("the label as a number", "z,a,b,y", LABEL, |row| {
            format!("{},{}", u8::from(say(row)), plain(row))
        }),
        case("the label as a truth value", "z,a,b,y", LABEL, |row| {
            format!("{},{}", say(row), plain(row))
        }),
        case("a measure from behind the label", "z,a,b,y", LABEL, |row| {
            format!("{:.3},{}", noise(row + 77) + if say(row) { 5.0 } else { 0.0 }, plain(row))
        }),
        case("a code of the outcome", "z,a,b,y", LABEL, |row| {
            format!("{}{},{}", if say(row) { "P" } else { "N" }, row % 7, plain(row))
        }),
        case(
            "missing unless it happened",
            "z,a,b,y",
            "[columns.z]\nnullable = true\n[columns.y]\nrole = \"label\"\n",
            |row| {
                let paid =
                    if say(row) { format!("{:.2}", 100.0 * noise(row + 5)) } else { String::new() };
                format!("{paid},{}", plain(row))
            },
        ),
        case("a day that is known afterwards", "z,a,b,y", LABEL, |row| {
            format!("2026-0{}-1{},{}", if say(row) { 9 } else { 1 }, row % 9, plain(row))
        }),
        case("a running number of the classes", "z,a,b,y", LABEL, |row| {
            format!("{},{}", row + if say(row) { 100_000 } else { 0 }, plain(row))
        }),
        case("a measure that is the label in other units", "z,a,b,y", LABEL, |row| {
            let celsius = 40.0 * noise(row + 30_000);
            format!(
                "{:.4},{:.4},{:.4},{celsius:.4}",
                32.0 + 1.8 * celsius,
                noise(row + 9),
                noise(row + 3)
            )
        }),
        and(
            case("rows of another precision", "a,b,c,y", LABEL, |row| {
                format!("{:.9},{}", noise(row + 2), plain(row))
            }),
            (0..3).map(|row| {
                format!(
                    "{:.7},{:.5},{:.5},{}",
                    noise(row + 2),
                    10.0 * noise(7 * row),
                    noise(3 * row + 1),
                    class(row)
                )
            }),
        ),
        and(
            case("rows in other letters", "a,b,c,y", LABEL, |row| {
                format!("{} x,{}", text(row), plain(row))
            }),
            [format!("{} X,{}", text(8).to_uppercase(), plain(8))],
        ),
        and(
            case("a text with a word more", "t,a,y", LABEL, |row| {
                format!("{},{:.4},{}", text(row), noise(row + 20_000), class(row))
            }),
            [format!("{} today,0.5,no", text(12))],
        ),
        and(
            case("a text with a changed end", "t,a,y", LABEL, |row| {
                format!(
                    "{} {},{:.4},{}",
                    text(row),
                    text(row + 1000),
                    noise(row + 20_000),
                    class(row)
                )
            }),
            [format!("{} {} and so on,0.25,yes", text(11), text(1011))],
        ),
        and(
            case("an image made brighter", &pixel_names(), PIXELS, |row| pixels(row, 0)),
            [pixels(4, 2)],
        ),
        and(case("an image twice", &pixel_names(), PIXELS, |row| pixels(row, 0)), [pixels(4, 0)]),
        and(case("ten rows twice", "a,b,y", LABEL, plain), (20..30).map(plain)),
    ]
}

/// Data that looks as if it leaked.
fn clean() -> Vec<Case> {
    let by_time = json!({ "fractions": { "train": 0.8, "valid": 0.2 }, "time": "@time" });
    let say = |row: u32| class(row) == "yes";
    let mut within = case("rows twice in train alone", "a,b,y", LABEL, plain);
    (0..10).for_each(|row| {
        let _ = writeln!(within.train, "{}", plain(row));
    });
    let often = |share: f64| {
        move |row: u32| {
            let right = noise(row + 9000) < share;
            format!("{},{}", if right == say(row) { "P" } else { "N" }, plain(row))
        }
    };
    vec![
        case("measures of chance", "a,b,y", LABEL, plain),
        within,
        and(
            case("one id and other values", "id,a,b,y", ID, |row| format!("{row},{}", plain(row))),
            [format!("5,{}", plain(9000))],
        ),
        case("an id in the order of time", "id,a,b,y", ID, |row| {
            format!("{},{}", 1000 + row, plain(row))
        }),
        case("a running number of chance", "n,a,b,y", LABEL, |row| format!("{row},{}", plain(row))),
        case("groups of their own", "who,a,b,y", GROUP, |row| {
            format!("p{},{}", if row < 400 { row % 60 } else { 100 + row % 20 }, plain(row))
        }),
        Case {
            params: by_time,
            ..case("a test behind train", "day,a,b,y", TIME, |row| format!("{row},{}", plain(row)))
        },
        case("a good feature", "z,a,b,y", LABEL, often(0.85)),
        case("a very good feature", "z,a,b,y", LABEL, often(0.95)),
        case("a rare class and a useless feature", "z,a,y", LABEL, |row| {
            format!(
                "{:.4},{:.4},{}",
                noise(row + 20_000),
                noise(row + 1),
                if row.is_multiple_of(50) { "yes" } else { "no" }
            )
        }),
        case("names of many values", "z,a,b,y", LABEL, |row| {
            format!("n{},{}", row * 7919 % 5003, plain(row))
        }),
        case(
            "missing by chance",
            "z,a,b,y",
            "[columns.z]\nnullable = true\n[columns.y]\nrole = \"label\"\n",
            |row| {
                format!(
                    "{},{}",
                    if noise(row + 50) < 0.3 { String::new() } else { row.to_string() },
                    plain(row)
                )
            },
        ),
        case("whole numbers that repeat in part", "a,b,c,d,y", LABEL, |row| {
            format!("{},{},{},{row},{}", row % 3, row % 5, row % 2, class(row))
        }),
        case("measures of one decimal", "a,b,c,y", LABEL, |row| {
            format!(
                "{:.1},{:.1},{:.4},{}",
                9.0 * noise(row + 20_000),
                9.0 * noise(row + 1),
                noise(row + 2),
                class(row)
            )
        }),
        case("short texts that repeat", "t,a,y", LABEL, |row| {
            format!(
                "{},{:.6},{}",
                ["all is well", "door open", "door shut"][row as usize % 3],
                noise(row + 20_000),
                class(row)
            )
        }),
        case("texts of the same words", "t,a,y", LABEL, |row| {
            format!("{},{:.4},{}", text(row), noise(row + 20_000), class(row))
        }),
        case("images of chance", &pixel_names(), PIXELS, |row| pixels(row, 0)),
        case("a measure that goes with the label", "z,a,b,y", LABEL, |row| {
            format!("{:.4},{}", noise(row + 77) + if say(row) { 0.5 } else { 0.0 }, plain(row))
        }),
        case("a label of measures and what goes with it", "z,a,y", LABEL, |row| {
            let price = 40.0 * noise(row + 30_000);
            format!("{:.4},{:.4},{price:.4}", price + 12.0 * noise(row + 5), noise(row + 9))
        }),
        case(
            "one person under two names",
            "who,a,b,y",
            "[columns.who]\nrole = \"personal\"\n[columns.y]\nrole = \"label\"\n",
            |row| format!("p{row},{}", plain(row)),
        ),
    ]
}

/// What all that looks at a case finds; these are the params of `leaks`.
fn told(bench: &Bench, number: usize, case: &Case, params: Value) -> Vec<Finding> {
    let contract = format!("version = 1\n{}", case.contract);
    let contract = bench.write(&format!("{number}.toml"), &contract);
    let input = |split: &str, csv: &str| {
        let path = bench.write(&format!("{number}-{split}.csv"), csv);
        Input { split: Some(split.to_owned()), ..source(&path, json!({ "type": "csv" })) }
    };
    let inputs = [("data", input("train", &case.train)), ("data", input("test", &case.test))];
    let step = |kind: &str| format!("{number}-{kind}");
    let of = |step: &str| [("data", artifact("dataset", &bench.path(step).join("data")))];
    let mut events =
        bench.run("validate", &step("check"), json!({ "contract": contract }), &inputs).unwrap();
    let dealt = bench.run("split", &step("split"), case.params.clone(), &of(&step("check")));
    events.extend(dealt.unwrap());
    events.extend(bench.run("leaks", &step("leaks"), params, &of(&step("split"))).unwrap());
    let found = events.into_iter().filter_map(|event| match event {
        Event::Finding(finding) => Some(finding),
        _ => None,
    });
    found.collect()
}

/// A line a case: what is an error in it.
fn table(cases: &[Case]) -> String {
    let bench = Bench::new();
    let mut lines = String::new();
    for (number, case) in cases.iter().enumerate() {
        let found = told(&bench, number, case, json!({}));
        let mut errors: Vec<&str> = found
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
            .map(|finding| finding.code.as_str())
            .collect();
        errors.sort_unstable();
        errors.dedup();
        let _ = writeln!(lines, "{:<45} {}", case.name, errors.join(" "));
    }
    lines
}

#[test]
fn what_leaks_is_an_error() {
    insta::assert_snapshot!(table(&leaks()), @"
    a row twice                                   D0422
    a row under another id                        D0422
    a group on both sides                         D0423
    a test before the end of train                D0424
    the label once more                           D1801
    the label as a number                         D1801
    the label as a truth value                    D1801
    a measure from behind the label               D1801
    a code of the outcome                         D1801
    missing unless it happened                    D1801
    a day that is known afterwards                D1801
    a running number of the classes               D1802
    a measure that is the label in other units    D1801
    rows of another precision                     D1804
    rows in other letters                         D1804 D1805
    a text with a word more                       D1805
    a text with a changed end                     D1805
    an image made brighter                        D1806
    an image twice                                D0422
    ten rows twice                                D0422
    ");
}

#[test]
fn what_looks_as_if_it_leaked_is_none() {
    insta::assert_snapshot!(table(&clean()), @"
    measures of chance                            
    rows twice in train alone                     
    one id and other values                       
    an id in the order of time                    
    a running number of chance                    
    groups of their own                           
    a test behind train                           
    a good feature                                
    a very good feature                           
    a rare class and a useless feature            
    names of many values                          
    missing by chance                             
    whole numbers that repeat in part             
    measures of one decimal                       
    short texts that repeat                       
    texts of the same words                       
    images of chance                              
    a measure that goes with the label            
    a label of measures and what goes with it     
    one person under two names
    ");
}

#[test]
fn every_param_acts() {
    let bench = Bench::new();
    let all: Vec<Case> = leaks().into_iter().chain(clean()).collect();
    let of = |name: &str| all.iter().find(|case| case.name == name).unwrap();
    let cases = [
        ("the label once more", "D1801", json!({ "checks": ["order"] }), false),
        ("a very good feature", "D1801", json!({ "label": { "threshold": 0.5 } }), true),
        ("rows of another precision", "D1804", json!({ "rounded": { "digits": 12 } }), false),
        ("a text with a word more", "D1805", json!({ "texts": { "similarity": 1.0 } }), false),
        ("an image made brighter", "D1806", json!({ "images": { "distance": 0.0 } }), false),
    ];
    for (number, (name, code, params, found)) in cases.into_iter().enumerate() {
        let is_found = |params: Value, number| {
            told(&bench, number, of(name), params).iter().any(|finding| finding.code == code)
        };
        assert_eq!(is_found(params.clone(), number), found, "{name}: {params}");
        assert_eq!(is_found(json!({}), 100 + number), !found, "{name} without it");
    }
}

#[test]
fn where_there_is_nothing_to_compare_nothing_is_found() {
    let bench = Bench::new();
    let rows = |name: &'static str, contract: &'static str| Case {
        name,
        train: "a,y\n1,p\n".into(),
        test: "a,y\n2,q\n3,q\n".into(),
        contract,
        params: json!({ "fractions": { "train": 1.0 } }),
    };
    let cases = [
        rows("one row", LABEL),
        rows("no label", ""),
        Case { params: json!({ "fractions": { "other": 1.0 } }), ..rows("no train", LABEL) },
    ];
    for (number, case) in cases.iter().enumerate() {
        let errors = told(&bench, number, case, json!({}));
        let errors = errors.iter().filter(|finding| finding.severity == Severity::Error);
        assert_eq!(errors.count(), 0, "{}", case.name);
    }
}

#[test]
fn a_finding_names_both_rows() {
    let bench = Bench::new();
    let mut told = String::new();
    for (number, case) in
        leaks().iter().enumerate().filter(|(number, _)| [4, 11, 12, 13, 15, 17].contains(number))
    {
        let found = self::told(&bench, number, case, json!({}));
        let found = found.iter().filter(|finding| finding.code.starts_with("D18"));
        found.for_each(|finding| {
            let _ = writeln!(told, "{}", finding.message);
        });
    }
    insta::assert_snapshot!(told, @"
    `z` alone says the label: 100.0 % of what the most frequent class gets wrong, on rows that it was not learned from; is it known before the label is?
    `z`, which is different in nearly every row, sorts with the label: it says 100.0 % of what the most frequent class gets wrong
    `z` alone says the label: 100.0 % of the label's variance, on rows that it was not learned from; is it known before the label is?
    rows of other splits are equal to rows of `train` but for the last digits: row 100 of `test` (row_key c57a486e9c96a5b1c5130aa9cc50e0fa) like row 0 of `train` (row_key ba00ced328bac56afc231b433549c32d); row 101 of `test` (row_key 7108db9ce9ce13f60dc9d7a2f8e4583d) like row 1 of `train` (row_key 8f76ff373a73e3a271966dba73e3381c); row 102 of `test` (row_key 99e6891486887fe57ae34286f88cbe3d) like row 2 of `train` (row_key ea0b386d847a17d78cb8307bdc731bf7)
    texts of `t` in other splits are nearly those of rows of `train`: row 100 of `test` (row_key 40d9ef7fc83ca7ffaff4db5b23a30b31) like row 7 of `train` (row_key 3717b9a79c87170c35e9df9fa8fc212d)
    images of other splits are nearly those of rows of `train`: row 100 of `test` (row_key b52427166c79eca4e7ec14d664157ae6) like row 3 of `train` (row_key 479dc208836a38ab7342ec2593a108e7)
    ");
}
