//! A case in the host, by its verb `ingot-wasm try COMPONENT FOLDER`.
//!
//! On disk, in a folder of its own that is removed when the case agrees:
//! `case.json` and `in/<input>/<stream>` are ours, `result.json` and
//! `out/<output>/<n>` the host's.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Case, Outcome};
use crate::Failure;

/// The version of `case.json` and `result.json`.
const VERSION: u32 = 1;

/// The host and the component to run in it.
pub(super) struct InHost {
    program: OsString,
    /// The host's verb, which says what the file is.
    verb: &'static str,
    file: OsString,
}

#[derive(Deserialize)]
struct HostResult {
    version: u32,
    streams: Vec<HostStream>,
    metrics: Vec<Value>,
    findings: Vec<Value>,
    failure: Option<Failure>,
}

#[derive(Deserialize)]
struct HostStream {
    output: usize,
    name: String,
    file: u32,
}

/// The host that the environment names, where it names one.
pub(super) fn from_environment() -> Option<InHost> {
    let program = std::env::var_os("INGOT_WASM")?;
    let compiled = std::env::var_os("INGOT_PLUGIN_COMPILED").map(|file| ("try-compiled", file));
    let component = || Some(("try", std::env::var_os("INGOT_PLUGIN")?));
    let (verb, file) = compiled.or_else(component)?;
    Some(InHost { program, verb, file })
}

impl InHost {
    /// Runs the case and panics where its answer is not the native one.
    pub(super) fn assert_same(&self, case: &Case, native: &Result<Outcome, Failure>) {
        let folder = folder();
        write_case(&folder, case).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let output = Command::new(&self.program)
            .arg(self.verb)
            .arg(&self.file)
            .arg(&folder)
            .output()
            .unwrap_or_else(|error| panic!("{}: {error}", self.program.display()));
        assert!(
            output.status.success(),
            "the host could not run the case in {}: {}",
            folder.display(),
            String::from_utf8_lossy(&output.stderr)
        );
        let text = read(&folder.join("result.json"));
        let found: HostResult = serde_json::from_slice(&text).expect("result.json");
        assert_eq!(found.version, VERSION, "the version of result.json");
        compare(&folder, case, native, &found);
        fs::remove_dir_all(&folder).expect("the case's folder can be removed");
    }
}

fn compare(folder: &Path, case: &Case, native: &Result<Outcome, Failure>, found: &HostResult) {
    let native = match (native, &found.failure) {
        (Ok(native), None) => native,
        (native, failure) => {
            let native = native.as_ref().err();
            assert_eq!(failure.as_ref(), native, "the failure in the host, and natively");
            return;
        }
    };
    assert_eq!(json!(found.metrics), reread(&native.metrics), "metrics in the host, and natively");
    assert_eq!(
        json!(found.findings),
        reread(&native.findings),
        "findings in the host, and natively"
    );
    let mut streams: Vec<(String, String)> = Vec::new();
    for stream in &found.streams {
        let port = &case.kind.outputs[stream.output].name;
        streams.push((port.clone(), stream.name.clone()));
        let file = folder.join(format!("out/{}/{}", stream.output, stream.file));
        assert!(
            read(&file) == native.bytes(port, &stream.name),
            "stream `{}` of output port `{port}` has other bytes in the host: {}",
            stream.name,
            file.display()
        );
    }
    streams.sort();
    let mut expected = native.order.clone();
    expected.sort();
    assert_eq!(streams, expected, "streams in the host, and natively");
}

/// What a value is when it is written as JSON and read again, as the host's was.
fn reread(value: &impl serde::Serialize) -> Value {
    let text = serde_json::to_string(value).expect("a report is JSON");
    serde_json::from_str(&text).expect("what was written can be read")
}

fn write_case(folder: &Path, case: &Case) -> std::io::Result<()> {
    let mut inputs = Vec::new();
    for (index, input) in case.inputs.iter().enumerate() {
        let streams: Vec<&String> = input.streams.keys().collect();
        inputs.push(json!({"port": input.port, "type": input.artifact_type, "streams": streams}));
        fs::create_dir_all(folder.join(format!("in/{index}")))?;
        for (stream, bytes) in input.streams.values().enumerate() {
            fs::write(folder.join(format!("in/{index}/{stream}")), bytes)?;
        }
    }
    let outputs: Vec<Value> = case
        .kind
        .outputs
        .iter()
        .map(|output| json!({"port": output.name, "type": output.artifact_type}))
        .collect();
    let text = json!({
        "version": VERSION,
        "kind": case.kind.name,
        "params": case.complete_params(),
        "seed": case.seed,
        "inputs": inputs,
        "outputs": outputs,
    });
    fs::write(folder.join("case.json"), text.to_string())
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A folder that no other case has.
fn folder() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("ingot-case-{}-{count}", std::process::id()));
    fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    folder
}
