//! Locks to text and back, by example and at random; differences by table.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::diag::{Diagnostic, Sources};
use crate::digest::Digest;
use crate::model::action::{ActionInput, ENCODING, ToolIdentity};

fn content(bytes: &[u8]) -> Content {
    Content::Tree(Digest::of(bytes))
}

fn action() -> Action {
    let input = ActionInput {
        artifact_type: "dataset".into(),
        content: content(b"data"),
        splits: vec!["train".into(), "valid".into()],
        split: None,
        format: Some(json!({"type": "csv", "nulls": ["?"]})),
        at: None,
    };
    let params = json!({
        "epochs": 20,
        "lr": 1e-3,
        "schedule": {"name": "cosine", "warmup": 2},
        "stages": [1.0, null, {"json": 1}],
        "limit": null,
        "tags": [],
    });
    Action {
        encoding: ENCODING,
        kind: "fine-tune".into(),
        revision: 3,
        worker: "ingot-torch libtorch 2.11.0".into(),
        params: params.as_object().unwrap().clone(),
        inputs: BTreeMap::from([("data".to_owned(), vec![input])]),
        outputs: BTreeMap::from([("model".to_owned(), "model".to_owned())]),
        platform: Some(Platform::default()),
        seed: Some(17),
        command: None,
        lineage: None,
    }
}

fn result(action: &Action, output: &[u8]) -> ActionResult {
    let artifact = Artifact { artifact_type: "model".into(), content: content(output) };
    let metric = Metric {
        low: Some(0.5),
        high: Some(1.0),
        confidence: Some(0.95),
        slice: BTreeMap::from([("digit".to_owned(), "3".to_owned())]),
        than: Some("baseline".into()),
        ..Metric::new("accuracy", 0.75)
    };
    ActionResult {
        version: 1,
        key: action.key().unwrap(),
        outputs: BTreeMap::from([("model".to_owned(), artifact)]),
        metrics: vec![Metric::new("loss", 1.0), metric],
        findings: Vec::new(),
    }
}

fn record(action: &Action, output: &[u8]) -> StepRecord {
    let references = BTreeMap::from([("data".to_owned(), vec!["split.data".to_owned()])]);
    let result = result(action, output);
    StepRecord::new(action, &references, Determinism::Platform, &result, Verdict::Pass)
}

fn command() -> Action {
    let tool = ToolIdentity {
        program: "python3".into(),
        files: BTreeMap::from([("uv.lock".to_owned(), content(b"uv"))]),
    };
    Action {
        kind: "command".into(),
        platform: None,
        seed: None,
        params: Map::new(),
        command: Some(CommandSpec {
            run: vec!["python3".into(), "tools/export.py".into(), "{outputs.onnx}".into()],
            environment: BTreeMap::from([("LEVEL".to_owned(), "3".to_owned())]),
            secrets: vec!["HF_TOKEN".into()],
            tools: BTreeMap::from([("python".to_owned(), tool)]),
            network: true,
        }),
        ..action()
    }
}

fn lock() -> Lock {
    let source = SourceRecord { path: "data/digits.csv".into(), content: content(b"csv") };
    let component = SourceRecord { path: "plugins/deskew.wasm".into(), content: content(b"wasm") };
    Lock {
        plugins: BTreeMap::from([("deskew".to_owned(), component)]),
        sources: BTreeMap::from([("scans".to_owned(), source)]),
        steps: BTreeMap::from([
            ("tune@lr=0.001".to_owned(), record(&action(), b"model")),
            ("export".to_owned(), record(&command(), b"onnx")),
        ]),
    }
}

#[test]
fn the_text_of_a_lock() {
    let text = lock().render();
    assert_eq!(Lock::parse(&text, 0), Ok(lock()));
    let digests = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() == 64);
    let short = digests.fold(text.clone(), |text, hex| text.replace(hex, &hex[..6]));
    insta::assert_snapshot!(short, @r#"
    # What this pipeline was last built from and into. `ingot build` writes this
    # file; commit it, and `ingot build --locked` holds everyone to it.
    version = 1

    [plugins.deskew]
    path = "plugins/deskew.wasm"
    content = "tree:107d20"

    [sources.scans]
    path = "data/digits.csv"
    content = "tree:62b571"

    [[steps.export]]
    kind = "command"
    revision = 3
    worker = "ingot-torch libtorch 2.11.0"
    determinism = "platform"
    key = "b2835b"
    command.run = [
        "python3",
        "tools/export.py",
        "{outputs.onnx}",
    ]
    command.environment.LEVEL = "3"
    command.secrets = [
        "HF_TOKEN",
    ]
    command.tools.python = { program = "python3", files = { "uv.lock" = "tree:fda3e4" } }
    command.network = true
    inputs.data = [
        { from = "split.data", type = "dataset", content = "tree:28a249", splits = ["train", "valid"], format = { nulls = ["?"], type = "csv" } },
    ]
    outputs.model = { type = "model", content = "tree:e43baf" }
    metrics = [
        { name = "loss", value = 1.0 },
        { name = "accuracy", slice = { digit = "3" }, than = "baseline", value = 0.75, low = 0.5, high = 1.0, confidence = 0.95 },
    ]
    verdict = "pass"

    [[steps."tune@lr=0.001"]]
    kind = "fine-tune"
    revision = 3
    worker = "ingot-torch libtorch 2.11.0"
    determinism = "platform"
    key = "808233"
    seed = 17
    platform = { threads = 1, isa = "avx2", device = "cpu", precision = "fp32" }
    params.epochs = 20
    params.limit = { json = "null" }
    params.lr = 0.001
    params.schedule.name = "cosine"
    params.schedule.warmup = 2
    params.stages = [
        1.0,
        { json = "null" },
        { json = { json = 1 } },
    ]
    params.tags = []
    inputs.data = [
        { from = "split.data", type = "dataset", content = "tree:28a249", splits = ["train", "valid"], format = { nulls = ["?"], type = "csv" } },
    ]
    outputs.model = { type = "model", content = "tree:ccca53" }
    metrics = [
        { name = "loss", value = 1.0 },
        { name = "accuracy", slice = { digit = "3" }, than = "baseline", value = 0.75, low = 0.5, high = 1.0, confidence = 0.95 },
    ]
    verdict = "pass"
    "#);
}

/// Code, place and text of a diagnostic.
fn said(text: &str) -> String {
    let diagnostic: Diagnostic = Lock::parse(text, 0).unwrap_err();
    let sources = Sources::of(LOCK_FILE.into(), text.to_owned());
    let mut said = format!("{}: {}", diagnostic.code, diagnostic.message);
    for label in &diagnostic.labels {
        said.push_str(&format!("\n  {} {}", sources.place(label.span), label.text));
    }
    assert!(!diagnostic.help.is_empty());
    said
}

#[test]
fn what_is_wrong_with_a_lock_is_said_with_its_place() {
    let text = lock().render();
    let table = [
        String::new(),
        "version = ".to_owned(),
        "version = 2\nshape = \"other\"\n".to_owned(),
        "version = 1\nsteps = 3\n".to_owned(),
        text.replace("revision = 3", "revison = 3"),
        text.replace("kind = \"command\"", "kind = 1"),
        text.replace("\"tree:", "\"blob:"),
        text.replace("seed = 17", "seed = -1"),
        text.replace("verdict = \"pass\"", "verdict = \"fine\""),
        text.replacen("limit = { json = \"null\" }", "limit = { json = \"nul\" }", 1),
        text.replace("[[steps.export]]", "[[steps.\"tune@lr=0.001\"]]"),
        text.replace(
            "epochs = 20\n",
            "<<<<<<< HEAD\nepochs = 20\n=======\nepochs = 30\n>>>>>>> b\n",
        ),
        format!("{text}=======\n"),
        text.replace("params.epochs = 20", "params.epochs = 1979-05-27"),
        format!("version = 1\nx = {}", "[".repeat(100_000)),
    ];
    let said: Vec<String> = table.iter().map(|text| said(text)).collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    E0911: the lock is not in its form
      ingot.lock:1:1 missing field `version`
    E0911: the lock is not in its form
      ingot.lock:1:11 string values must be quoted, expected literal string
    E0913: the lock has version 2
      ingot.lock:1:11 this ingot reads version 1
    E0911: the lock is not in its form
      ingot.lock:2:9 invalid type: integer `3`, expected a map
    E0911: the lock is not in its form
      ingot.lock:15:1 unknown field `revison`, expected one of `kind`, `revision`, `worker`, `determinism`, `key`, `seed`, `platform`, `weak_identity`, `params`, `command`, `inputs`, `outputs`, `metrics`, `findings`, `verdict`
    E0911: the lock is not in its form
      ingot.lock:14:8 invalid type: integer `1`, expected a string
    E0911: the lock is not in its form
      ingot.lock:7:11 `blob:107d2022ae9e6c9054a44bedd13ef7684736ac6018ea56c0b9128f51f73cc6fb` is not `file:`, `exec:` or `tree:` and a digest
    E0911: the record of `tune@lr=0.001` has the seed `-1`, which is none
      ingot.lock:40:1 
    E0911: the lock is not in its form
      ingot.lock:38:11 unknown variant `fine`, expected one of `pass`, `inconclusive`, `fail`
    E0911: the record of `tune@lr=0.001` holds `nul`, which is no JSON: EOF while parsing a value at line 1 column 3
      ingot.lock:40:1 
    E0914: the step `tune@lr=0.001` is recorded twice
      ingot.lock:40:1 the second record
    E0912: the lock holds an unresolved merge
      ingot.lock:50:1 the other side begins here
    E0912: the lock holds an unresolved merge
      ingot.lock:68:1 the other side begins here
    E0911: the record of `tune@lr=0.001` holds a date, which no param is
      ingot.lock:40:1 
    E0911: the lock is not in its form
      ingot.lock:2:85 cannot recurse further; max recursion depth met
    ");
}

/// What each side adds or changes apart from the other's lines merges by text.
#[test]
fn a_changed_step_changes_its_own_lines_alone() {
    let mut changed = lock();
    changed.steps.insert("tune@lr=0.001".into(), record(&action(), b"another model"));
    let (old, new) = (lock().render(), changed.render());
    let lines: Vec<(&str, &str)> =
        old.lines().zip(new.lines()).filter(|(old, new)| old != new).collect();
    assert_eq!(lines.len(), 1);
    assert!(lines[0].0.starts_with("outputs.model = "));
}

#[test]
fn a_result_differs_by_name() {
    let lock = lock();
    let tune = |result: &ActionResult, verdict| {
        let found = lock.check_result("tune@lr=0.001", result, verdict);
        found.iter().map(|one| format!("{one:?}")).collect::<Vec<_>>().join("\n")
    };
    let mut without = result(&action(), b"model");
    without.outputs.clear();
    assert_eq!(tune(&result(&action(), b"model"), Verdict::Pass), "");
    let said = [tune(&result(&action(), b"other"), Verdict::Pass), tune(&without, Verdict::Fail)];
    insta::assert_snapshot!(said.join("\n"), @r#"
    Output { step: "tune@lr=0.001", port: "model", locked: Some(Tree(Digest(ccca53791b02))), found: Some(Tree(Digest(3f796163ebf9))) }
    Output { step: "tune@lr=0.001", port: "model", locked: Some(Tree(Digest(ccca53791b02))), found: None }
    Verdict { step: "tune@lr=0.001", locked: Pass, found: Fail }
    "#);
    let absent = Difference::Absent { step: "new".to_owned() };
    assert_eq!(lock.check_result("new", &without, Verdict::Pass), [absent]);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter("finite", |x| x.is_finite()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        let name = prop_oneof![Just("json".to_owned()), "[a-z._ -]{0,4}", any::<String>()];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(name, inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

prop_compose! {
    fn any_metric()(
        name in any::<String>(),
        value in -1e9..1e9_f64,
        low in prop::option::of(-1.0..1.0_f64),
        than in prop::option::of(any::<String>()),
        slice in prop::collection::btree_map(any::<String>(), any::<String>(), 0..3),
    ) -> Metric {
        Metric { low, than, slice, ..Metric::new(name, value) }
    }
}

prop_compose! {
    fn any_record()(
        text in any::<String>(),
        number in any::<u32>(),
        seed in prop::option::of(any::<u64>()),
        flags in any::<[bool; 3]>(),
        params in prop::collection::btree_map(any::<String>(), any_json(), 0..5),
        words in prop::collection::vec(any::<String>(), 0..3),
        metrics in prop::collection::vec(any_metric(), 0..3),
        verdict in prop::sample::select(vec![Verdict::Pass, Verdict::Inconclusive, Verdict::Fail]),
        format in prop::option::of(any_json()),
    ) -> StepRecord {
        let platform = Platform { threads: number, isa: text.clone(), ..Platform::default() };
        let tool = ToolIdentity { program: text.clone(), files: BTreeMap::new() };
        let command = CommandSpec {
            run: words.clone(),
            environment: words.iter().map(|word| (word.clone(), text.clone())).collect(),
            secrets: words.clone(),
            tools: BTreeMap::from([(text.clone(), tool)]),
            network: flags[0],
        };
        let input = LockedInput {
            from: text.clone(),
            artifact_type: text.clone(),
            content: content(text.as_bytes()),
            splits: words.clone(),
            split: words.first().cloned(),
            format,
        };
        let file = Content::File { digest: Digest::of(b""), executable: flags[1] };
        let output = Artifact { artifact_type: text.clone(), content: file };
        StepRecord {
            kind: text.clone(),
            revision: number,
            worker: text.clone(),
            determinism: if flags[0] { Determinism::Bitwise } else { Determinism::None },
            key: ActionKey(Digest::of(text.as_bytes())),
            seed,
            platform: flags[1].then_some(platform),
            weak_identity: flags[2],
            params: params.into_iter().collect(),
            command: flags[2].then_some(command),
            inputs: words.iter().map(|word| (word.clone(), vec![input.clone(); 2])).collect(),
            outputs: BTreeMap::from([(text, output)]),
            metrics,
            findings: Vec::new(),
            verdict,
        }
    }
}

proptest! {
    #[test]
    fn what_is_rendered_parses_to_the_same_lock(
        steps in prop::collection::btree_map(any::<String>(), any_record(), 0..3),
        sources in prop::collection::btree_map(any::<String>(), any::<String>(), 0..3),
    ) {
        let source = |path: String| SourceRecord { content: content(path.as_bytes()), path };
        let sources = sources.into_iter().map(|(name, path)| (name, source(path))).collect();
        let lock = Lock { sources, steps, ..Lock::default() };
        let text = lock.render();
        let parsed = Lock::parse(&text, 0);
        prop_assert_eq!(parsed.as_ref(), Ok(&lock), "{}", text);
        prop_assert_eq!(parsed.unwrap().render(), text);
    }

    #[test]
    fn no_text_makes_the_reader_panic(at in any::<prop::sample::Index>(), inserted in any::<String>()) {
        let mut text = lock().render();
        text.insert_str(at.index(text.len()), &inserted);
        let _ = Lock::parse(&text, 0);
    }
}
