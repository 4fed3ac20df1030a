//! A worker in one file: steps on lines of text.
//!
//! It shows plugin authors what a worker needs, and stands in for the real ones
//! in the core's tests. Put the program into a folder that `INGOT_WORKERS` names.
//!
//! | kind | what it does |
//! |---|---|
//! | `write` | writes the param `text` |
//! | `join` | its parts, one after the other |
//! | `first` | the first line of its text: a change behind it goes no further |
//! | `deal` | deals lines to the splits `train` and `test`, by their first word |
//! | `learn` | counts words of the split `train` |
//! | `guess` | the words of a model, for the split `test` |
//! | `grade` | how many words of the guess are right; guesses if none are given |
//! | `gather` | its text, and what the kinds that `with` lists make of it |
//! | `draw` | draws numbers from its seed |
//! | `tell` | what it says of its ancestors |
//! | `count` | counts, one by one, and goes on where a killed run stopped |
//! | `break` | ends badly, in the way that `how` names |

#![allow(clippy::print_stdout, reason = "one kind prints what is no event")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use ingot_protocol::codes::{self, Entry};
use ingot_protocol::worker::{output, single};
use ingot_protocol::{
    ArtifactType, Descriptor, Determinism, Difference, Event, Expansion, Failure, Finding,
    InputPort, Inspection, Kind, Metric, OutputPort, PROTOCOL, Reads, Request, Severity, Worker,
    seed, worker,
};
use serde_json::{Value, json};

fn main() -> ExitCode {
    worker::main(&Lines)
}

struct Lines;

/// What `ingot error CODE` tells, sorted.
const CODES: &[Entry] = &[
    Entry { code: "L0001", title: "there is no such kind", explanation: "Ask for another one." },
    Entry {
        code: "L0002",
        title: "lines cannot be read",
        explanation: "The message has the reason.",
    },
    Entry {
        code: "L0003",
        title: "lines cannot be written",
        explanation: "The message has the reason.",
    },
    Entry {
        code: "L0004",
        title: "a checkpoint cannot be written",
        explanation: "The message has the reason.",
    },
    Entry {
        code: "L0100",
        title: "children were left behind",
        explanation: "It was told to leave some.",
    },
    Entry { code: "L0101", title: "a disk was filled", explanation: "It was told to fill it." },
    Entry {
        code: "L0102",
        title: "a link cannot be made",
        explanation: "It was told to make one.",
    },
    Entry {
        code: "L0103",
        title: "it was told to break, or a deck is none",
        explanation: "The param `how` says in which way a step breaks. A deck is a folder with a folder `data`.\n\nTell it something else.",
    },
    Entry {
        code: "L0301",
        title: "a line is bad",
        explanation: "A line of the text has the word `bad` in it. Take the line out.",
    },
];

impl Worker for Lines {
    fn describe(&self) -> Descriptor {
        Descriptor {
            protocol: PROTOCOL,
            worker: "ingot-lines".into(),
            stands_on: BTreeMap::new(),
            types: vec![
                ArtifactType {
                    name: "deck".into(),
                    summary: "lines in splits".into(),
                    splits: Some("data/{split}-*".into()),
                    checked: true,
                    tests: None,
                },
                ArtifactType {
                    name: "words".into(),
                    summary: "a model".into(),
                    splits: None,
                    checked: false,
                    tests: None,
                },
            ],
            kinds: kinds(),
            codes: codes::table(&[CODES]),
        }
    }

    fn run(&self, request: &Request, emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
        match request.kind.as_str() {
            "write" => write(request, "text", &text_param(request, "text")),
            "join" => join(request),
            "first" => {
                let text = read(&single(request, "text")?.path)?;
                write(request, "text", text.lines().next().unwrap_or_default())
            }
            "deal" => deal(request, emit),
            "learn" => learn(request, emit),
            "guess" => guess(request),
            "grade" => grade(request, emit),
            "gather" => {
                let inputs = ["text", "parts"].map(|port| request.inputs.get(port));
                let parts: Result<Vec<String>, Failure> =
                    inputs.into_iter().flatten().flatten().map(|input| read(&input.path)).collect();
                write(request, "text", parts?.concat().trim_end())
            }
            "draw" => {
                let drawn = seed::derive(request.seed.unwrap_or_default(), "draw", 0);
                write(request, "text", &drawn.to_string())
            }
            "tell" => tell(request),
            "count" => count(request, emit),
            "break" => end_badly(request),
            other => Err(Failure::new("L0001", format!("there is no kind `{other}`"))),
        }
    }

    fn show(&self, _artifact_type: &str, artifact: &Path) -> Result<Inspection, Failure> {
        let lines = match artifact.is_dir() {
            true => 0,
            false => read(artifact)?.lines().count(),
        };
        Ok(Inspection {
            artifact_type: "files".into(),
            summary: format!("{lines} lines"),
            tables: BTreeMap::new(),
        })
    }

    fn check(&self, _artifact_type: &str, artifact: &Path) -> Result<(), Failure> {
        match artifact.join("data").is_dir() {
            true => Ok(()),
            false => {
                let message = format!("{}: there is no folder `data`", artifact.display());
                Err(Failure::new("L0103", message))
            }
        }
    }

    fn diff(&self, _artifact_type: &str, old: &Path, new: &Path) -> Result<Difference, Failure> {
        let (old, new) = (read(old)?, read(new)?);
        let at = old.lines().zip(new.lines()).position(|(old, new)| old != new);
        let same = old == new;
        let summary = if same { "the same".to_owned() } else { "other lines".to_owned() };
        let first = at.map(|line| format!("line {}", line + 1));
        Ok(Difference { same, summary, first, details: Vec::new() })
    }
}

fn kinds() -> Vec<Kind> {
    let text = || vec![port_out("text", "files", true)];
    let mut kinds = vec![
        kind("write", json!({"text": {"type": "string", "default": ""}}), vec![], text()),
        kind(
            "join",
            json!({
                "separator": {"type": "string", "default": "\n"},
                "times": {"type": "number", "minimum": 1, "maximum": 9, "default": 1},
                "chatty": {"type": "boolean", "default": false, "x-ingot-semantic": false},
                "header": {"type": "string", "format": "ingot-path"}
            }),
            vec![InputPort { many: true, required: true, ..port_in("parts", &["files", "words"]) }],
            text(),
        ),
        kind("first", json!({}), vec![required(port_in("text", &["files"]))], text()),
        kind(
            "deal",
            json!({}),
            vec![required(port_in("text", &["files"]))],
            vec![port_out("deck", "deck", false)],
        ),
        kind(
            "learn",
            json!({"epochs": {"type": "integer", "minimum": 1, "default": 1}}),
            vec![required(reads(port_in("deck", &["deck"]), "train"))],
            vec![port_out("words", "words", true)],
        ),
        kind(
            "guess",
            json!({}),
            vec![
                required(port_in("words", &["words"])),
                required(reads(port_in("deck", &["deck"]), "test")),
            ],
            vec![port_out("guess", "files", true)],
        ),
        kind("draw", json!({}), vec![], text()),
        kind(
            "count",
            json!({
                "to": {"type": "integer", "minimum": 1, "default": 10},
                "every": {"type": "integer", "minimum": 1, "default": 5, "x-ingot-semantic": false},
                "pause": {"type": "integer", "minimum": 0, "default": 0, "x-ingot-semantic": false}
            }),
            vec![],
            text(),
        ),
        kind(
            "tell",
            json!({}),
            vec![InputPort { many: true, ..port_in("of", &["files", "words", "deck"]) }],
            vec![port_out("page", "files", true)],
        ),
        kind(
            "break",
            json!({"how": {"enum": ["crash", "hang", "garbage", "fork", "fill", "silent", "link", "say"], "default": "say"}}),
            vec![port_in("text", &["files"])],
            text(),
        ),
    ];
    let mut grade = kind(
        "grade",
        json!({}),
        vec![
            InputPort { forwarded: true, ..port_in("words", &["words"]) },
            InputPort { forwarded: true, ..reads(port_in("deck", &["deck"]), "test") },
            InputPort { many: true, required: true, ..port_in("guesses", &["files"]) },
        ],
        vec![port_out("report", "files", true)],
    );
    grade.expands = vec![Expansion {
        port: "guesses".into(),
        name: "guess".into(),
        kind: "guess".into(),
        output: "guess".into(),
        inputs: [("words", "words"), ("deck", "deck")]
            .map(|(to, from)| (to.to_owned(), from.to_owned()))
            .into(),
        ..Expansion::default()
    }];
    kinds.push(grade);
    let list = json!({"type": "array", "x-ingot-semantic": false, "items": {
        "type": ["string", "object"],
        "required": ["kind"],
        "properties": {"kind": {"type": "string"}}
    }});
    let mut gather = kind(
        "gather",
        json!({ "with": list }),
        vec![
            required(port_in("text", &["files"])),
            InputPort { many: true, ..port_in("parts", &["files"]) },
        ],
        text(),
    );
    gather.expands = vec![Expansion {
        port: "parts".into(),
        output: "text".into(),
        inputs: [("text".to_owned(), "text".to_owned())].into(),
        each: Some("with".into()),
        ..Expansion::default()
    }];
    kinds.push(gather);
    for kind in &mut kinds {
        kind.random = kind.name == "draw";
        kind.lineage = kind.name == "tell";
        kind.waivers = kind.name == "tell";
        kind.accepts_failed = kind.name == "tell";
        if kind.name == "deal" {
            kind.findings = [("line.bad".to_owned(), "L0301".to_owned())].into();
        }
    }
    kinds.sort_by(|a, b| a.name.cmp(&b.name));
    kinds
}

fn kind(name: &str, params: Value, inputs: Vec<InputPort>, outputs: Vec<OutputPort>) -> Kind {
    Kind {
        name: name.into(),
        summary: format!("{name} lines"),
        revision: 1,
        params: json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": false,
            "properties": params
        }),
        inputs,
        outputs,
        further: None,
        determinism: Determinism::Bitwise,
        random: false,
        lineage: false,
        waivers: false,
        accepts_failed: false,
        metrics: Vec::new(),
        findings: Default::default(),
        expands: Vec::new(),
    }
}

fn port_in(name: &str, types: &[&str]) -> InputPort {
    InputPort {
        name: name.into(),
        types: types.iter().map(|&name| name.into()).collect(),
        ..InputPort::default()
    }
}

fn required(port: InputPort) -> InputPort {
    InputPort { required: true, ..port }
}

fn reads(port: InputPort, split: &str) -> InputPort {
    InputPort { reads: Reads::Splits(vec![split.into()]), ..port }
}

fn port_out(name: &str, artifact_type: &str, file: bool) -> OutputPort {
    OutputPort { name: name.into(), artifact_type: artifact_type.into(), file }
}

fn text_param(request: &Request, name: &str) -> String {
    request.params.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path)
        .map_err(|error| Failure::new("L0002", format!("{}: {error}", path.display())))
}

fn write(request: &Request, port: &str, text: &str) -> Result<(), Failure> {
    let path = output(request, port)?;
    fs::write(&path, format!("{text}\n"))
        .map_err(|error| Failure::new("L0003", format!("{}: {error}", path.display())))
}

fn join(request: &Request) -> Result<(), Failure> {
    let mut parts = Vec::new();
    if request.params.contains_key("header") {
        parts.push(read(Path::new(&text_param(request, "header")))?.trim_end().to_owned());
    }
    for input in request.inputs.get("parts").into_iter().flatten() {
        parts.push(read(&input.path)?.trim_end().to_owned());
    }
    let times = request.params.get("times").and_then(Value::as_f64).unwrap_or(1.0);
    let parts = vec![parts.join(&text_param(request, "separator")); times as usize];
    write(request, "text", &parts.join("\n"))
}

fn deal(request: &Request, emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
    let text = read(&single(request, "text")?.path)?;
    let folder = output(request, "deck")?.join("data");
    let wrong = |error: std::io::Error| Failure::new("L0003", error.to_string());
    fs::create_dir_all(&folder).map_err(wrong)?;
    for split in ["train", "test"] {
        let lines: Vec<&str> =
            text.lines().filter_map(|line| line.strip_prefix(split)).map(str::trim).collect();
        emit(Event::Metric(Metric::new(format!("{split}_lines"), lines.len() as f64)));
        fs::write(folder.join(format!("{split}-0.txt")), lines.join("\n")).map_err(wrong)?;
    }
    let bad = text.lines().filter(|line| line.contains("bad")).count() as u64;
    if bad > 0 {
        let finding = Finding::new(Severity::Error, "L0301", "a line is bad");
        emit(Event::Finding(Finding { rows: Some(bad), ..finding }));
    }
    Ok(())
}

/// Every line of the splits that are there: a worker sees no others.
fn deck(request: &Request) -> Result<String, Failure> {
    let folder = single(request, "deck")?.path.join("data");
    let mut names: Vec<PathBuf> = fs::read_dir(&folder)
        .map_err(|error| Failure::new("L0002", error.to_string()))?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    names.sort();
    names.iter().map(|path| read(path)).collect()
}

fn learn(request: &Request, emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
    let mut words: Vec<String> = deck(request)?.split_whitespace().map(str::to_owned).collect();
    words.sort();
    words.dedup();
    let epochs = request.params.get("epochs").and_then(Value::as_u64).unwrap_or(1);
    for epoch in 1..=epochs {
        for (name, value) in [("loss", 1.0 / epoch as f64), ("rate", 0.5)] {
            emit(Event::Observe { name: name.into(), value });
        }
        emit(Event::Progress { done: epoch, total: epochs, unit: "epochs".into() });
    }
    write(request, "words", &format!("{} x{epochs}", words.join(" ")))
}

fn guess(request: &Request) -> Result<(), Failure> {
    let words = read(&single(request, "words")?.path)?;
    let known: Vec<&str> = words.split_whitespace().collect();
    let text = deck(request)?;
    let right = text.split_whitespace().filter(|word| known.contains(word)).count();
    write(request, "guess", &format!("{right} {}", text.split_whitespace().count()))
}

fn grade(request: &Request, emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
    let (mut right, mut all) = (0.0, 0.0);
    for input in request.inputs.get("guesses").into_iter().flatten() {
        let text = read(&input.path)?;
        let numbers: Vec<f64> = text.split_whitespace().filter_map(|n| n.parse().ok()).collect();
        right += numbers.first().copied().unwrap_or_default();
        all += numbers.get(1).copied().unwrap_or_default();
    }
    let share = if all > 0.0 { right / all } else { 0.0 };
    emit(Event::Metric(Metric::new("share", share)));
    write(request, "report", &format!("{right} of {all}"))
}

fn tell(request: &Request) -> Result<(), Failure> {
    let lineage = request.lineage.clone().unwrap_or_default();
    let lines: Vec<String> = lineage
        .steps
        .iter()
        .map(|step| {
            let metrics: Vec<String> = step
                .metrics
                .iter()
                .map(|metric| format!("{}={}", metric.name, metric.value))
                .collect();
            let answers = step.waivers.iter().map(|it| format!(" {}: {}", it.finding, it.owner));
            let answers: String = answers.collect();
            format!("{} {} {}{answers}", step.step, step.kind, metrics.join(" "))
        })
        .collect();
    write(request, "page", &lines.join("\n"))
}

/// How far counting has come. `sum` depends on every number so far and on their order.
struct Count {
    done: u64,
    sum: String,
}

fn count(request: &Request, emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
    let number = |name: &str| request.params.get(name).and_then(Value::as_u64).unwrap_or(1);
    let (to, every, pause) = (number("to"), number("every"), number("pause"));
    let mut count = resume(request).unwrap_or(Count { done: 0, sum: String::new() });
    if count.done > 0 {
        emit(Event::Observe { name: "resumed_at".into(), value: count.done as f64 });
    }
    while count.done < to {
        std::thread::sleep(Duration::from_millis(pause));
        count.done += 1;
        count.sum = digest(&format!("{} {}", count.sum, count.done));
        if count.done.is_multiple_of(every) && count.done < to {
            checkpoint(request, &count)?;
            emit(Event::Progress { done: count.done, total: to, unit: "numbers".into() });
        }
    }
    write(request, "text", &count.sum)
}

fn digest(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

/// Names the request: a checkpoint of another one is none of this.
fn identity(request: &Request) -> String {
    digest(&format!("{} {} {:?}", request.kind, request.revision, request.params.get("to")))
}

/// Writes a checkpoint whole, by a rename, and keeps the last two. Its first line says
/// what the second one must be.
fn checkpoint(request: &Request, count: &Count) -> Result<(), Failure> {
    let Some(folder) = &request.checkpoints else { return Ok(()) };
    let identity = identity(request);
    let digest = digest(&format!("{identity} {} {}", count.done, count.sum));
    let header = json!({ "identity": identity, "done": count.done, "digest": digest });
    let (new, whole) =
        (folder.join("writing"), folder.join(format!("{:012}.checkpoint", count.done)));
    fs::write(&new, format!("{header}\n{}", count.sum))
        .and_then(|()| fs::rename(&new, &whole))
        .map_err(|error| Failure::new("L0004", format!("{}: {error}", whole.display())))?;
    for old in newest_first(folder).into_iter().skip(2) {
        let _ = fs::remove_file(old);
    }
    Ok(())
}

/// The newest checkpoint that is whole and of this request.
fn resume(request: &Request) -> Option<Count> {
    newest_first(request.checkpoints.as_deref()?).into_iter().find_map(|path| {
        let text = fs::read_to_string(path).ok()?;
        let (header, sum) = text.split_once('\n')?;
        let header: Value = serde_json::from_str(header).ok()?;
        let done = header["done"].as_u64()?;
        let identity = identity(request);
        let sound = header["identity"] == identity.as_str()
            && header["digest"] == digest(&format!("{identity} {done} {sum}")).as_str();
        sound.then(|| Count { done, sum: sum.to_owned() })
    })
}

/// Numbers have a fixed width, so names sort as they do.
fn newest_first(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "checkpoint"))
        .collect();
    paths.sort();
    paths.reverse();
    paths
}

fn end_badly(request: &Request) -> Result<(), Failure> {
    let path = output(request, "text")?;
    match text_param(request, "how").as_str() {
        "crash" => std::process::abort(),
        "hang" => loop {
            std::thread::sleep(Duration::from_secs(3600));
        },
        "garbage" => {
            println!("this is no event");
            Ok(())
        }
        "fork" => {
            for _ in 0..3 {
                let _ = Command::new("sleep").arg("8713").spawn();
            }
            Err(Failure::new("L0100", "it left children behind"))
        }
        "fill" => {
            let wrong = |error: std::io::Error| Failure::new("L0101", error.to_string());
            let mut file = fs::File::create(&path).map_err(wrong)?;
            loop {
                std::io::Write::write_all(&mut file, &[7; 1 << 20]).map_err(wrong)?;
            }
        }
        "silent" => Ok(()),
        "link" => fs::write(&path, "x")
            .and_then(|()| fs::hard_link(&path, "out/other"))
            .map_err(|error| Failure::new("L0102", error.to_string())),
        _ => Err(Failure::new("L0103", "it was told to break").help("tell it something else")),
    }
}
