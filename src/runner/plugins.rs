//! Wasm plugins: compiled once a machine, and asked what they are.
//!
//! A stranger's component is read by a compiler, and its code is run: each in a
//! sandboxed process of its own that sees this one file and can be killed. On disk:
//! `plugins/SHA256.wasm` (fetched), and `plugins/HEX` with `plugins/HEX.sum` (compiled) in
//! this user's cache folder; HEX is made of the component, the program that compiled it and
//! the machine. Invariant: such a file was written by this user on this machine, whole; it
//! is never taken from a store or a remote, and may be removed at any time. What it does
//! not do: it runs no step.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use ingot_protocol::{Descriptor, Inspection, PluginLimits, PluginRequest};

use super::exec_root::ExecRoot;
use super::launch::Launch;
use super::launcher::Launcher;
use super::mask::Mask;
use super::supervise::{GRACE, Output, Run, supervise};
use super::{RunError, environment};
use crate::digest::Digest;
use crate::sys::bounded::{self, Bound};
use crate::sys::{env, fs};

/// What it takes to run the worker that hosts plugins.
#[derive(Debug, Clone, Copy)]
pub struct Hosting<'a> {
    /// What starts it in the sandbox.
    pub launcher: &'a Launcher,
    /// Whether it is used.
    pub sandbox: bool,
    /// The worker.
    pub program: &'a Path,
    /// Where its libraries are.
    pub libraries: &'a [PathBuf],
    /// What no process may change.
    pub protects: &'a [PathBuf],
    /// Set when the command ends.
    pub cancel: &'a AtomicBool,
}

/// Most bytes of a component.
const COMPONENT: u64 = 64 << 20;
/// Most bytes of its machine code.
const COMPILED: u64 = 1 << 30;
/// Most bytes of what it says of itself, or of an artifact.
const SAID: u64 = 16 << 20;

impl Hosting<'_> {
    /// Whether this machine has the compiled form of a component.
    pub fn is_compiled(&self, digest: Digest) -> Result<bool, RunError> {
        let compiled = self.place(digest)?;
        is_whole(&compiled, &compiled.with_extension("sum"))
    }

    /// The compiled form of a component, made in `work` where it is not there yet.
    pub fn compiled(
        &self,
        component: &Path,
        digest: Digest,
        work: &Path,
    ) -> Result<PathBuf, RunError> {
        let compiled = self.place(digest)?;
        let sum = compiled.with_extension("sum");
        if is_whole(&compiled, &sum)? {
            return Ok(compiled);
        }
        let bytes = bounded::read(component, Bound::own(COMPONENT))?;
        if Digest::of(&bytes) != digest {
            return Err(RunError::Moved { path: component.to_owned() });
        }
        let root = ExecRoot::new(work)?;
        fs::write_new(&root.path().join("in/plugin.wasm"), &bytes, 0o444)?;
        let words = ["compile", "in/plugin.wasm", "out/compiled"];
        self.run(&root, work, &words, &[], Stage::Compile)?;
        let code =
            bounded::read(&root.path().join("out/compiled"), Bound::below(root.path(), COMPILED))?;
        if let Some(folder) = compiled.parent() {
            fs::create_private_dir_all(folder)?;
        }
        fs::write_durably(&compiled, &code, 0o400)?;
        fs::write_durably(&sum, Digest::of(&code).to_hex().as_bytes(), 0o400)?;
        Ok(compiled)
    }

    /// The file at an address elsewhere that has this SHA-256, fetched into `work` where
    /// this user has not fetched it yet.
    pub fn fetched(&self, address: &str, sha256: &str, work: &Path) -> Result<PathBuf, RunError> {
        use sha2::{Digest, Sha256};
        let kept = env::cache_folder().join("plugins").join(format!("{sha256}.wasm"));
        let is_it = |bytes: &[u8]| {
            let found = Sha256::digest(bytes);
            found.iter().map(|byte| format!("{byte:02x}")).collect::<String>() == sha256
        };
        let cache = env::cache_folder();
        let found = bounded::read_optional(&kept, Bound::below(&cache, COMPONENT))?;
        if found.is_some_and(|bytes| is_it(&bytes)) {
            return Ok(kept);
        }
        let root = ExecRoot::new(work)?;
        self.run(&root, work, &["fetch", address, sha256, "out/fetched"], &[], Stage::Fetch)?;
        let bytes =
            bounded::read(&root.path().join("out/fetched"), Bound::below(root.path(), COMPONENT))?;
        if let Some(folder) = kept.parent() {
            fs::create_private_dir_all(folder)?;
        }
        fs::write_durably(&kept, &bytes, 0o400)?;
        Ok(kept)
    }

    /// What a compiled plugin says of itself.
    pub fn describe(
        &self,
        compiled: &Path,
        grants: &[String],
        work: &Path,
    ) -> Result<Descriptor, RunError> {
        let root = ExecRoot::new(work)?;
        self.write_request(&root, compiled, grants)?;
        let words = ["describe-plugin", "in/plugin.json", "out/descriptor.json"];
        self.run(&root, work, &words, &[compiled.to_owned()], Stage::Describe)?;
        let path = root.path().join("out/descriptor.json");
        let said = bounded::read(&path, Bound::below(root.path(), SAID))?;
        serde_json::from_slice(&said).map_err(|error| RunError::Form(error.to_string()))
    }

    /// What an artifact of one of the plugin's own types holds.
    pub fn inspect(
        &self,
        compiled: &Path,
        grants: &[String],
        (artifact_type, view): (&str, &Path),
        work: &Path,
    ) -> Result<Inspection, RunError> {
        let mut root = ExecRoot::new(work)?;
        self.write_request(&root, compiled, grants)?;
        let artifact = root.place_input("artifact", view)?.display().to_string();
        let (plugin, said) = ("in/plugin.json", "out/inspection.json");
        let words = ["inspect-plugin", plugin, &artifact, artifact_type, said];
        let reads = [compiled.to_owned(), view.to_owned()];
        self.run(&root, work, &words, &reads, Stage::Describe)?;
        let said = bounded::read(&root.path().join(said), Bound::below(root.path(), SAID))?;
        serde_json::from_slice(&said).map_err(|error| RunError::Form(error.to_string()))
    }

    /// Says which plugin is asked something, and what it may take for that.
    fn write_request(
        &self,
        root: &ExecRoot,
        compiled: &Path,
        grants: &[String],
    ) -> Result<(), RunError> {
        let plugin = PluginRequest {
            kind: String::new(),
            compiled: compiled.to_owned(),
            grants: grants.to_vec(),
            limits: PluginLimits { fuel: FUEL, memory: GUEST_MEMORY, ..PluginLimits::default() },
        };
        let bytes =
            serde_json::to_vec(&plugin).map_err(|error| RunError::Form(error.to_string()))?;
        Ok(fs::write_new(&root.path().join("in/plugin.json"), &bytes, 0o444)?)
    }

    fn run(
        &self,
        root: &ExecRoot,
        work: &Path,
        words: &[&str],
        reads: &[PathBuf],
        stage: Stage,
    ) -> Result<(), RunError> {
        let variables = environment::environment(root.path(), env::processors(), &[]);
        let launch = Launch {
            program: self.program.to_owned(),
            arguments: words.iter().map(|word| (*word).to_owned()).collect(),
            environment: variables.into_iter().collect(),
            directory: root.path().to_owned(),
            reads: reads.iter().chain(self.libraries).cloned().collect(),
            writes: vec![root.path().join("out"), root.path().join("tmp")],
            protects: self.protects.to_vec(),
            network: stage == Stage::Fetch,
            gpu: false,
            memory: Some(stage.memory()),
        };
        let (_, result) = supervise(
            Run {
                launcher: self.launcher,
                sandbox: self.sandbox,
                launch,
                mask: Mask::default(),
                lock: None,
                log: &work.join("log"),
                timeout: Some(stage.patience()),
                cancel: self.cancel,
                grace: GRACE,
                output: Output::Events,
            },
            &mut |_| {},
        );
        result.map_err(|error| stage.explain(error))
    }

    /// Where the compiled form of a component is, or would be.
    fn place(&self, digest: Digest) -> Result<PathBuf, RunError> {
        let program = super::workers::facts(self.program)
            .ok_or_else(|| RunError::NoProgram { name: "ingot-wasm".to_owned() })?;
        let name = format!("ingot-compiled 1 {digest} {program} {}", env::machine());
        let folder = env::cache_folder().join("plugins");
        Ok(folder.join(Digest::of(name.as_bytes()).to_hex()))
    }
}

/// Whether a compiled component is what was written: machine code that was damaged since
/// is compiled again, not run.
fn is_whole(compiled: &Path, sum: &Path) -> Result<bool, RunError> {
    let cache = env::cache_folder();
    let read = |path, most| bounded::read_optional(path, Bound::below(&cache, most));
    let (code, sum) = (read(compiled, COMPILED)?, read(sum, 64)?);
    Ok(code.zip(sum).is_some_and(|(code, sum)| Digest::of(&code).to_hex().as_bytes() == sum))
}

/// What is done with a component before a step of it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Fetch,
    Compile,
    Describe,
}

impl Stage {
    /// How long it may take.
    fn patience(self) -> Duration {
        match self {
            Self::Fetch => Duration::from_secs(600),
            Self::Compile => Duration::from_secs(300),
            Self::Describe => Duration::from_secs(60),
        }
    }

    /// How much memory it may take.
    fn memory(self) -> u64 {
        match self {
            Self::Fetch | Self::Describe => 2 << 30,
            Self::Compile => 4 << 30,
        }
    }

    /// What ends a compiler, or a plugin that is asked what it is, is the component's doing:
    /// no limit of a step would help.
    fn explain(self, error: RunError) -> RunError {
        let outgrown = matches!(
            error,
            RunError::Signal { .. } | RunError::Timeout { .. } | RunError::Memory { .. }
        );
        let (code, what) = match self {
            Self::Compile => ("P0106", "it cannot be compiled"),
            Self::Describe => ("P0108", "it cannot say what it is"),
            Self::Fetch => return error,
        };
        if !outgrown {
            return error;
        }
        let (seconds, memory) = (self.patience().as_secs(), self.memory() >> 30);
        RunError::Said {
            code: code.to_owned(),
            message: format!("{what} within {seconds} s and {memory} GiB: {error}"),
            help: Some("this is the plugin's mistake: tell its author".to_owned()),
        }
    }
}

/// What a plugin may take to say what it is.
const FUEL: u64 = 1_000_000_000;
const GUEST_MEMORY: u64 = 256 << 20;
