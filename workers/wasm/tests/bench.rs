//! [`Bench`]: a folder in which the program `ingot-wasm` is called as the core calls it.
//!
//! Each call is watched: it has a time after which it is killed and the test fails, its
//! peak memory is measured, and the system holds it to a limit of its own
//! (`RLIMIT_DATA`), as the core's launcher does. Invariant: a call that fails has said
//! one error, with a code; a panic or a signal fails the test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ingot_protocol::{
    Descriptor, Event, Input, Output, PROTOCOL, Platform, PluginLimits, PluginRequest, Request,
};
use serde_json::{Map, Value};

use crate::guest::Guest;

/// Longest that any call may take, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(120);
/// The system's limit on memory, MiB.
const MEMORY: u64 = 2048;

/// How a call ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// What it said on standard output.
    pub(crate) events: Vec<Event>,
    /// Its log.
    pub(crate) log: Vec<u8>,
    /// Most memory that it was seen to have, MiB.
    pub(crate) peak: u64,
    /// The error, where it failed: code, message, help.
    pub(crate) error: Option<(String, String, String)>,
}

impl Ended {
    /// Code and message of a call that must have failed, with a fix.
    #[track_caller]
    pub(crate) fn failed(&self) -> String {
        let Some((code, message, help)) = &self.error else {
            panic!("it ended well: {:?}", self.events)
        };
        assert!(!help.is_empty(), "no help for {code}: {message}");
        assert!(message.len() < 4096 && help.len() < 4096, "{} {}", message.len(), help.len());
        assert!(!message.chars().any(char::is_control), "{message:?}");
        format!("{code}: {message}")
    }

    /// A call that must have ended well.
    #[track_caller]
    pub(crate) fn well(&self) -> &Self {
        assert_eq!(self.error, None);
        self
    }
}

/// What a run is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) limits: PluginLimits,
    pub(crate) grants: Vec<String>,
    pub(crate) seed: Option<u64>,
    pub(crate) params: Value,
    /// Artifact type and path of the inputs, all on the port `in`.
    pub(crate) inputs: Vec<(&'static str, PathBuf)>,
    /// Port and artifact type of the outputs.
    pub(crate) outputs: Vec<(&'static str, &'static str)>,
    /// MiB.
    pub(crate) system_memory: u64,
}

impl Default for Ask {
    fn default() -> Self {
        Self {
            limits: PluginLimits { fuel: 50_000_000, memory: 64 << 20, output: 16 << 20 },
            grants: Vec::new(),
            seed: None,
            params: Value::Object(Map::new()),
            inputs: Vec::new(),
            outputs: vec![("out", "files")],
            system_memory: MEMORY,
        }
    }
}

/// A folder that goes with the test.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Compiles a component; what comes of it is at `compiled`.
    pub(crate) fn compile(&self, component: &[u8]) -> Ended {
        self.write("plugin.wasm", component);
        self.call(&["compile", "plugin.wasm", "compiled"], MEMORY)
    }

    /// Asks a component what it is, compiled before.
    pub(crate) fn ask(&self, grants: &[&str]) -> (Ended, Option<Descriptor>) {
        let plugin = PluginRequest {
            kind: String::new(),
            compiled: self.path("compiled"),
            grants: grants.iter().map(|&grant| grant.to_owned()).collect(),
            limits: PluginLimits { fuel: 100_000_000, memory: 256 << 20, output: 0 },
        };
        self.write("plugin.json", serde_json::to_vec(&plugin).unwrap());
        let ended = self.call(&["describe-plugin", "plugin.json", "descriptor.json"], MEMORY);
        let said = std::fs::read(self.path("descriptor.json")).ok();
        (ended, said.map(|said| serde_json::from_slice(&said).unwrap()))
    }

    /// What comes of asking a guest what it is.
    pub(crate) fn describe(guest: &Guest) -> (Ended, Option<Descriptor>) {
        let bench = Self::new();
        bench.compile(&guest.component()).well();
        bench.ask(&[])
    }

    /// One step of what was compiled before.
    pub(crate) fn step(&self, ask: &Ask) -> Ended {
        let _ = std::fs::remove_dir_all(self.path("w"));
        std::fs::create_dir_all(self.path("w/out")).unwrap();
        let mut inputs: BTreeMap<String, Vec<Input>> = BTreeMap::new();
        for (artifact_type, path) in &ask.inputs {
            inputs.entry("in".to_owned()).or_default().push(Input {
                artifact_type: (*artifact_type).to_owned(),
                path: path.clone(),
                digest: String::new(),
                format: None,
                splits: Vec::new(),
                split: None,
            });
        }
        let output = |(port, artifact_type): &(&str, &str)| {
            let path = Path::new("out").join(port);
            ((*port).to_owned(), Output { artifact_type: (*artifact_type).to_owned(), path })
        };
        let request = Request {
            protocol: PROTOCOL,
            kind: "p".to_owned(),
            revision: 1,
            params: ask.params.as_object().cloned().unwrap(),
            seed: ask.seed,
            platform: Platform::default(),
            inputs,
            outputs: ask.outputs.iter().map(output).collect(),
            tmp: "tmp".into(),
            cpus: 1,
            checkpoints: None,
            lineage: None,
            plugin: Some(PluginRequest {
                kind: "k".to_owned(),
                compiled: self.path("compiled"),
                grants: ask.grants.clone(),
                limits: ask.limits,
            }),
        };
        self.write("w/request.json", serde_json::to_vec(&request).unwrap());
        self.call_in("w", &["run", "request.json"], ask.system_memory)
    }

    /// One step of a guest.
    pub(crate) fn run(guest: &Guest, ask: &Ask) -> (Self, Ended) {
        let bench = Self::new();
        bench.compile(&guest.component()).well();
        let ended = bench.step(ask);
        (bench, ended)
    }

    /// Calls the program.
    pub(crate) fn call(&self, words: &[&str], memory: u64) -> Ended {
        self.call_in("", words, memory)
    }

    fn call_in(&self, folder: &str, words: &[&str], memory: u64) -> Ended {
        let log = self.path("log");
        let (ended, rest) = watch(
            Command::new("/bin/sh")
                .args(["-c", &format!("ulimit -d {} 2>/dev/null; exec \"$@\"", memory << 10), "sh"])
                .arg(env!("CARGO_BIN_EXE_ingot-wasm"))
                .args(words)
                .current_dir(self.path(folder))
                .env_remove("RUST_BACKTRACE")
                .stdin(Stdio::null())
                .stdout(std::fs::File::create(self.path("said")).unwrap())
                .stderr(std::fs::File::create(&log).unwrap()),
            PATIENCE,
        );
        let said = std::fs::read_to_string(self.path("said")).unwrap();
        let mut events: Vec<Event> = said
            .lines()
            .inspect(|line| assert!(line.len() < 1 << 20, "an event of {} bytes", line.len()))
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let log = std::fs::read(&log).unwrap();
        let tail = || String::from_utf8_lossy(&log[log.len().saturating_sub(2000)..]).into_owned();
        let code = rest.code().unwrap_or_else(|| panic!("{words:?}: {rest}\n{}", tail()));
        let error = match code {
            0 => None,
            1 => match events.pop() {
                Some(Event::Error { code, message, help }) => {
                    Some((code, message, help.unwrap_or_default()))
                }
                other => panic!("{words:?} said no error, but {other:?}\n{}", tail()),
            },
            code => panic!("{words:?} ended with {code}\n{}", tail()),
        };
        Ended { events, log, peak: ended, error }
    }
}

/// Runs a command to its end; gives its peak memory, MiB, and how it ended.
pub(crate) fn watch(command: &mut Command, patience: Duration) -> (u64, std::process::ExitStatus) {
    let begun = Instant::now();
    let mut child = command.spawn().unwrap();
    let mut peak = 0;
    loop {
        peak = peak.max(memory(child.id()));
        if let Some(status) = child.try_wait().unwrap() {
            return (peak, status);
        }
        if begun.elapsed() > patience {
            let _ = child.kill();
            let _ = child.wait();
            panic!("{command:?} took longer than {patience:?}");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Most memory that a process has had, MiB; nothing where the system does not say.
pub(crate) fn memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok());
    kib.unwrap_or(0) >> 10
}
