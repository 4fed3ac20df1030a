//! The source tree's own rules: layers, sizes, first lines, words.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Who may use whom, besides `diag`, which everyone may.
const ARROWS: &[(&str, &[&str])] = &[
    ("digest", &[]),
    ("diag", &[]),
    ("sys", &[]),
    ("model", &["digest"]),
    ("manifest", &[]),
    ("code", &[]),
    ("config", &["manifest"]),
    ("import", &[]),
    ("kinds", &["manifest", "model", "digest"]),
    ("plan", &["manifest", "kinds", "model"]),
    ("lockfile", &["model", "digest"]),
    ("store", &["model", "sys", "digest"]),
    ("runner", &["model", "sys", "digest"]),
    (
        "engine",
        &[
            "code", "plan", "store", "runner", "lockfile", "model", "manifest", "kinds", "sys",
            "digest",
        ],
    ),
    ("report", &["engine", "model"]),
    (
        "workspace",
        &[
            "engine", "lockfile", "plan", "manifest", "config", "kinds", "store", "runner",
            "model", "sys", "digest",
        ],
    ),
    (
        "cli",
        &[
            "workspace",
            "report",
            "engine",
            "lockfile",
            "plan",
            "manifest",
            "config",
            "import",
            "kinds",
            "store",
            "runner",
            "model",
            "sys",
            "digest",
            "code",
        ],
    ),
];

/// Which package of `workers/` may stand on which.
const PACKAGES: &[(&str, &[&str])] = &[
    ("protocol", &[]),
    ("statistics", &[]),
    ("blas", &[]),
    ("tables", &["protocol", "statistics"]),
    ("data", &["protocol", "statistics", "tables"]),
    ("sql", &["protocol", "statistics", "tables"]),
    ("torch", &["blas", "protocol", "statistics", "tables"]),
    ("wasm", &["protocol", "statistics", "tables"]),
];

/// What only `sys` may name, and who else does, with the reason.
const EDGE: [&str; 4] = ["std::fs", "std::env", "std::process", "SystemTime"];
const EDGE_EXCEPTIONS: &[(&str, &str)] = &[
    ("src/main.rs", "the first argument decides what the program is"),
    ("src/cli/mod.rs", "the exit code's type"),
    ("src/store/action_cache.rs", "the type of an open lock"),
    ("src/store/work.rs", "the type of an open lock"),
];

/// Who reads a whole file without a bound, and why it may.
const UNBOUNDED: &[(&str, &str)] = &[
    ("src/runner/workers.rs", "the program of a worker, which this user installed"),
    ("src/store/remote/folder.rs", "its size was looked at before"),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder with this extension, as path and text.
fn files(folder: &str, extension: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    walk(&root().join(folder), extension, &mut found);
    assert!(!found.is_empty(), "no {extension} files in {folder}");
    found.sort();
    found
}

fn walk(folder: &Path, extension: &str, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && name != "target" && name != "snapshots" {
                walk(&path, extension, found);
            }
        } else if path.extension().is_some_and(|e| e == extension) {
            let relative = path.strip_prefix(root()).unwrap().display().to_string();
            found.push((relative, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

fn sources() -> Vec<(String, String)> {
    ["src", "workers", "plugins", "xtask", "tests", "examples", "fuzz"]
        .iter()
        .flat_map(|f| files(f, "rs"))
        .collect()
}

/// The text without its test modules.
fn production(path: &str, text: &str) -> String {
    if path.contains("/tests/") || path.ends_with("tests.rs") {
        return String::new();
    }
    text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned()
}

#[test]
fn layers_point_downwards() {
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (path, text) in files("src", "rs") {
        let Some(layer) = path.split('/').nth(1).map(|part| part.trim_end_matches(".rs")) else {
            continue;
        };
        let Some(allowed) = arrows.get(layer) else { continue };
        for (at, _) in production(&path, &text).match_indices("crate::") {
            let text = &production(&path, &text)[at + "crate::".len()..];
            let word: String =
                text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            if arrows.contains_key(word.as_str())
                && word != layer
                && word != "diag"
                && !allowed.contains(&word.as_str())
            {
                wrong.push(format!("{path} uses {word}"));
            }
        }
    }
    wrong.dedup();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn packages_of_workers_point_downwards() {
    let arrows: BTreeMap<&str, &[&str]> = PACKAGES.iter().copied().collect();
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(root().join("workers")).unwrap() {
        let path = entry.unwrap().path().join("Cargo.toml");
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let name = path.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
        let Some(allowed) = arrows.get(name.as_str()) else {
            wrong.push(format!("workers/{name} is in no arrow"));
            continue;
        };
        // What tests need is no part of the program.
        let shipped = text.split("[dev-dependencies]").next().unwrap();
        for line in shipped.lines().filter_map(|line| line.strip_prefix("ingot-")) {
            let other = line.split(['.', ' ', '=']).next().unwrap();
            if !allowed.contains(&other) {
                wrong.push(format!("workers/{name} stands on {other}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn statistics_know_numbers_alone() {
    let words = ["std::fs", "std::env", "std::path", "std::io", "std::time", "arrow", "serde"];
    let wrong: Vec<String> = files("workers/statistics/src", "rs")
        .iter()
        .flat_map(|(path, text)| {
            let text = production(path, text);
            let uses = |word: &&str| {
                text.lines().any(|line| line.starts_with("use ") && line.contains(*word))
            };
            words
                .into_iter()
                .filter(uses)
                .map(|word| format!("{path} names {word}"))
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn only_sys_touches_the_machine() {
    let excepted: BTreeSet<&str> = EDGE_EXCEPTIONS.iter().map(|(path, _)| *path).collect();
    let wrong: Vec<String> = files("src", "rs")
        .iter()
        .filter(|(path, _)| !path.starts_with("src/sys/") && !excepted.contains(path.as_str()))
        .flat_map(|(path, text)| {
            let text = production(path, text);
            let named = EDGE.iter().filter(move |word| text.contains(**word));
            named.map(|word| format!("{path} names {word}")).collect::<Vec<_>>()
        })
        // What a file is, is asked of sys; the type of the answer is the library's.
        .filter(|line| !line.ends_with("std::fs") || !only_types(line))
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn what_others_wrote_is_read_with_a_bound() {
    let allowed: BTreeSet<&str> = UNBOUNDED.iter().map(|(path, _)| *path).collect();
    let wrong: Vec<String> = files("src", "rs")
        .into_iter()
        .filter(|(path, _)| !path.starts_with("src/sys/") && !allowed.contains(path.as_str()))
        .flat_map(|(path, text)| {
            let text = production(&path, &text);
            let calls = ["fs::read(", "fs::read_optional("].into_iter();
            let found = calls.filter(move |call| text.contains(call));
            found.map(move |call| format!("{path} calls {call}..): see sys/bounded"))
        })
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

/// Whether a file names `std::fs` for `File` and `Metadata` alone.
fn only_types(line: &str) -> bool {
    let path = line.split(' ').next().unwrap();
    let text = production(path, &std::fs::read_to_string(root().join(path)).unwrap());
    text.match_indices("std::fs").all(|(at, _)| {
        let rest = &text[at + "std::fs".len()..];
        ["::File", "::Metadata", "::{File, Metadata}"].iter().any(|word| rest.starts_with(word))
    })
}

#[test]
fn files_are_small_and_say_what_they_own() {
    let mut lengths = Vec::new();
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let lines = text.lines().count();
        lengths.push(lines);
        if lines > 600 {
            wrong.push(format!("{path} has {lines} lines"));
        }
        let is_tests = path.ends_with("tests.rs") || path.contains("/tests/");
        if !text.starts_with("//!") && !is_tests {
            wrong.push(format!("{path} does not open with //!"));
        }
    }
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median <= 200, "the median file has {median} lines");
    assert_eq!(wrong, Vec::<String>::new());
}

/// One word, one idea: what is said of a thing is no name of a type.
#[test]
fn no_type_is_named_by_a_participle() {
    let words =
        ["Asked", "Found", "Heard", "Left", "Once", "Ran", "Said", "Seen", "Told", "Trouble"];
    let wrong: Vec<String> = ["src", "workers", "plugins", "xtask", "examples"]
        .iter()
        .flat_map(|folder| files(folder, "rs"))
        .flat_map(|(path, text)| {
            let text = production(&path, &text);
            let names = |word: &&str| {
                ["struct", "enum", "type"].iter().any(|item| {
                    let item = format!("{item} {word}");
                    text.match_indices(&item).any(|(at, _)| {
                        !text[at + item.len()..].starts_with(|next: char| next.is_alphanumeric())
                    })
                })
            };
            let found = words.into_iter().filter(names);
            found.map(|word| format!("{path} names {word}")).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn unsafe_stands_in_six_files() {
    let allowed = [
        "src/runner/sandbox/raw.rs",
        "workers/blas/src/kernel.rs",
        "workers/torch/src/blas.rs",
        "workers/torch/src/shim.rs",
        "workers/torch/src/vector_math.rs",
        "workers/wasm/src/component.rs",
    ];
    let word = ["unsafe", " {"].concat();
    let found: Vec<String> = sources()
        .into_iter()
        .filter(|(path, text)| text.contains(&word) && !allowed.contains(&path.as_str()))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn no_file_holds_what_does_not_belong_to_the_project() {
    // In pieces, so that this file does not hold them either.
    let words = [
        ["TO", "DO"].concat(),
        ["FIX", "ME"].concat(),
        ["#[ign", "ore"].concat(),
        ["/wo", "rk/"].concat(),
        ["/ro", "ot/"].concat(),
        ["/ho", "me/"].concat(),
        ["todo", "!("].concat(),
    ];
    let mut wrong = Vec::new();
    let texts = sources().into_iter().chain(files(".", "md")).chain(files(".", "toml"));
    for (path, text) in texts {
        for word in &words {
            let begins = |at: usize| !text[..at].ends_with(|c: char| c.is_alphanumeric());
            if text.match_indices(word.as_str()).any(|(at, _)| begins(at)) {
                wrong.push(format!("{path} holds {word}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut wrong = Vec::new();
    for (path, text) in files(".", "md") {
        let folder = root().join(&path).parent().unwrap().to_owned();
        for part in text.split("](").skip(1) {
            let target = part.split(')').next().unwrap().split('#').next().unwrap();
            let outside = target.is_empty() || target.contains("://");
            if !outside && !folder.join(target).exists() {
                wrong.push(format!("{path} links to {target}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
