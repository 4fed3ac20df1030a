//! A plugin beside the same Rust code, native; and what starting one and a call cost.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::Bench;
use super::measure::{Line, by_turns, repeated, timed};
use crate::{command, workspace};

const ROUNDS: usize = 3;
/// Rounds of what takes milliseconds.
const MANY: usize = 21;
/// Chunks that the copying plugin reads and writes, seven bytes each.
const CHUNKS: usize = 1_000_000;

/// 1 GB of rows through the row filter of the example plugin `tidy`; the start of a
/// process that runs one step of it; and a chunk in and out of the frozen fixture.
pub(crate) fn run(bench: &Bench) -> Result<Vec<Line>> {
    let programs = programs(bench)?;
    let tidy = workspace::root().join("target/plugins/tidy.wasm");
    if !tidy.exists() {
        eprintln!("    {} is not there: run `cargo xtask plugins` first", tidy.display());
        return Ok(Vec::new());
    }
    let folder = bench.folder.join("plugins");
    fs::create_dir_all(&folder)?;
    let compiled = compile(&programs, &tidy, &folder.join("tidy"))?;
    let megabytes = if bench.small { 100 } else { 1000 };
    let mut lines = Vec::new();

    let rows = folder.join("rows");
    let mut make = Command::new(&programs.rows);
    command::run(make.arg("make").arg(&rows).arg(megabytes.to_string()), "see above")?;
    let out = folder.join("out");
    let filtered = |command: &mut Command| {
        if out.exists() {
            fs::remove_dir_all(&out)?;
        }
        timed(command)
    };
    let params = r#"{"numbers":{"x":{"min":0.1}},"texts":{"word":{"contains":"a"}}}"#;
    let step = Step { kind: "filter", params, artifact_type: "dataset", seed: "null" };
    let request = step.request(&folder, "filter", &compiled, &rows, &out)?;
    let ours = || filtered(programs.run(&request).current_dir(&folder));
    let theirs = || filtered(Command::new(&programs.rows).arg("filter").arg(&rows).arg(&out));
    let (own, other) = by_turns(ROUNDS, ours, theirs)?;
    let work = format!("a plugin's row filter over {megabytes} MB of rows");
    lines.push(Line::ratio(&work, own, "the same code native", other, 1.6));

    let few = folder.join("few");
    let mut make = Command::new(&programs.rows);
    command::run(make.arg("make").arg(&few).arg("0"), "see above")?;
    let request = step.request(&folder, "few", &compiled, &few, &out)?;
    let start = repeated(MANY, || filtered(programs.run(&request).current_dir(&folder)))?;
    let target = "below 20 ms";
    let work = "a step of a plugin without rows, its whole process";
    lines.push(Line::alone(work, start, target, start < 0.020));

    let fixture = workspace::root().join("workers/wasm/tests/fixtures/step-1.0.0.wasm");
    let compiled = compile(&programs, &fixture, &folder.join("fixture"))?;
    let step = Step { kind: "fixture", params: "{}", artifact_type: "files", seed: "17" };
    let (none, many) = (folder.join("none"), folder.join("many"));
    for (folder, bytes) in [(&none, 0), (&many, 7 * CHUNKS)] {
        fs::create_dir_all(folder)?;
        fs::write(folder.join("file"), vec![b'x'; bytes])?;
    }
    let none = step.request(&folder, "none", &compiled, &none, &out)?;
    let many = step.request(&folder, "many", &compiled, &many, &out)?;
    let (chunks, idle) = by_turns(
        ROUNDS,
        || filtered(programs.run(&many).current_dir(&folder)),
        || filtered(programs.run(&none).current_dir(&folder)),
    )?;
    let each = (chunks - idle).max(0.0) / CHUNKS as f64;
    let work = "seven bytes into a plugin and out of it";
    lines.push(Line::alone(work, each, "below 2 us", each < 2e-6));
    Ok(lines)
}

/// The programs, built for speed.
struct Programs {
    host: PathBuf,
    rows: PathBuf,
}

impl Programs {
    fn run(&self, request: &Path) -> Command {
        let mut command = Command::new(&self.host);
        command.arg("run").arg(request);
        command
    }
}

fn programs(bench: &Bench) -> Result<Programs> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace::root());
    cargo.args(["build", "--release", "--package", "ingot-wasm", "--bins", "--example", "rows"]);
    command::run(&mut cargo, "see the compiler's message above")?;
    let folder = bench.ingot.parent().unwrap_or(Path::new("."));
    Ok(Programs { host: folder.join("ingot-wasm"), rows: folder.join("examples/rows") })
}

fn compile(programs: &Programs, component: &Path, to: &Path) -> Result<PathBuf> {
    let mut compile = Command::new(&programs.host);
    command::run(compile.arg("compile").arg(component).arg(to), "see above")?;
    Ok(to.to_owned())
}

/// One step of a plugin.
struct Step<'a> {
    kind: &'a str,
    params: &'a str,
    artifact_type: &'a str,
    seed: &'a str,
}

impl Step<'_> {
    /// Writes the request that reads `from` and writes `to`.
    fn request(
        &self,
        folder: &Path,
        name: &str,
        compiled: &Path,
        from: &Path,
        to: &Path,
    ) -> Result<PathBuf> {
        let Self { kind, params, artifact_type, seed } = self;
        let (from, to, compiled) = (from.display(), to.display(), compiled.display());
        let text = format!(
            r#"{{"protocol":1,"kind":"{kind}","revision":1,"params":{params},"seed":{seed},
            "platform":{{"threads":1,"isa":"avx2","device":"cpu","precision":"fp32"}},
            "inputs":{{"data":[{{"type":"{artifact_type}","path":"{from}","digest":""}}]}},
            "outputs":{{"data":{{"type":"{artifact_type}","path":"{to}"}}}},"tmp":".",
            "plugin":{{"kind":"{kind}","compiled":"{compiled}","grants":["seed"],
            "limits":{{"fuel":1000000000000,"memory":1073741824,"output":17179869184}}}}}}"#
        );
        let path = folder.join(format!("{name}.json"));
        fs::write(&path, text)?;
        Ok(path)
    }
}
