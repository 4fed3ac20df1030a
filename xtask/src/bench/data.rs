//! Tables of 10 million rows: held against a contract, validated as a step, split; and 1,000
//! partitions of which one is new. Beside DuckDB, and Pandera on Polars.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::Bench;
use super::measure::{Line, repeated, timed};
use crate::{command, workspace};

const ROUNDS: usize = 3;
/// Bytes of memory that any table may take.
const MEMORY: f64 = 400e6;

const PEERS: &str = include_str!("data.py");
const CONTRACT: &str = include_str!("contract.toml");

/// 10 columns, 18 promises of a row and a unique id.
pub(crate) fn run(bench: &Bench) -> Result<Vec<Line>> {
    let partitions = partitions(bench)?;
    let Some(python) = &bench.peers.python else { return Ok(vec![partitions]) };
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace::root());
    cargo.args(["build", "--release", "--package", "ingot-data"]);
    command::run(&mut cargo, "see the compiler's message above")?;
    let scale = if bench.small { 100 } else { 1 };
    let (rows, many) = (10_000_000 / scale, 28_000_000 / scale);
    let mut lines = vec![partitions];
    for (file, rows, checks) in [("rows.parquet", rows, Some(0.7)), ("rows.csv", many, None)] {
        let tables = Tables::new(bench, python, (file, rows))?;
        lines.extend(tables.lines(checks)?);
    }
    Ok(lines)
}

/// One figure of a run.
#[derive(Debug, Clone, Copy)]
struct Figure {
    seconds: f64,
    bytes: f64,
}

/// A table, and what is done to it.
struct Tables<'a> {
    bench: &'a Bench,
    python: &'a Path,
    folder: PathBuf,
    file: &'a str,
    rows: usize,
}

impl<'a> Tables<'a> {
    fn new(bench: &'a Bench, python: &'a Path, (file, rows): (&'a str, usize)) -> Result<Self> {
        let folder = bench.folder.join(file.replace('.', "-"));
        fs::create_dir_all(&folder)?;
        let format = if file.ends_with(".csv") { "csv" } else { "parquet" };
        let manifest = format!(
            "[pipeline]\nname = \"tables\"\nedition = 1\n\
             [sources.rows]\npath = \"{file}\"\nformat = {{ type = \"{format}\" }}\n\
             [steps.check]\nkind = \"validate\"\ninputs.data = \"rows\"\n\
             contract = \"./contract.toml\"\nresources.cpu = 2\n\
             [steps.split]\nkind = \"split\"\ninputs.data = \"check.data\"\n\
             fractions = {{ train = 0.8, valid = 0.1, test = 0.1 }}\n"
        );
        fs::write(folder.join("ingot.toml"), manifest)?;
        fs::write(folder.join("contract.toml"), CONTRACT)?;
        fs::write(folder.join("data.py"), PEERS)?;
        let tables = Self { bench, python, folder, file, rows };
        tables.peer(&["make", file, &rows.to_string()])?;
        Ok(tables)
    }

    fn lines(&self, checks: Option<f64>) -> Result<Vec<Line>> {
        let size = fs::metadata(self.folder.join(self.file))?.len() as f64 / 1e6;
        let what = format!("{} million rows x 10 columns, {size:.0} MB", self.rows / 1_000_000);
        let of = |work: &str| format!("{work}: {what} of {}", self.file);
        let mut lines = Vec::new();

        let check = ["contract", "check", "contract.toml", "rows"];
        let (own, other) = self.by_turns(&check, &["checks", self.file])?;
        let work = of("a contract checked");
        lines.push(match checks {
            Some(most) => Line::ratio(&work, own.seconds, "DuckDB", other.seconds, most),
            None => Line::beside(&work, own.seconds, "DuckDB", other.seconds),
        });
        let memory = |work: &str, own: Figure, other: Figure| {
            Line::memory(&format!("{work}, memory"), own.bytes, ("DuckDB", other.bytes), MEMORY)
        };
        lines.push(memory(&work, own, other));
        if let Ok(pandera) = self.peer(&["pandera", self.file]) {
            let peer = "Pandera on Polars";
            lines.push(Line::beside(&work, own.seconds, peer, pandera.seconds));
            lines.push(Line::memory(
                &format!("{work}, memory"),
                own.bytes,
                (peer, pandera.bytes),
                MEMORY,
            ));
        }

        let (own, other) =
            self.by_turns(&["build", "check"], &["whole", self.file, "kept.parquet"])?;
        let work = of("the step `validate`, beside checks, SUMMARIZE and COPY");
        lines.push(Line::ratio(&work, own.seconds, "DuckDB", other.seconds, 1.0));
        lines.push(memory(&work, own, other));

        if checks.is_some() {
            // What stands before it is built.
            self.anew(&["build", "check"])?;
            let own = self.ours(&["build", "split"])?;
            let other = self.peer(&["split", self.file, "."])?;
            let work = of("the step `split`, beside a hash and three COPYs");
            lines.push(Line::beside(&work, own.seconds, "DuckDB", other.seconds));
        }
        Ok(lines)
    }

    /// Medians by turns, each from nothing.
    fn by_turns(&self, ours: &[&str], theirs: &[&str]) -> Result<(Figure, Figure)> {
        let (mut own, mut other) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            own.push(self.anew(ours)?);
            other.push(self.peer(theirs)?);
        }
        Ok((median(own), median(other)))
    }

    /// Our program, in a workspace that has built nothing.
    fn anew(&self, words: &[&str]) -> Result<Figure> {
        let state = self.folder.join(".ingot");
        if state.exists() {
            let mut open = Command::new("chmod");
            command::run(open.args(["-R", "u+w"]).arg(&state), "is it yours?")?;
            fs::remove_dir_all(&state)?;
        }
        self.ours(words)
    }

    /// Our program.
    fn ours(&self, words: &[&str]) -> Result<Figure> {
        let ingot = self.bench.ingot.display().to_string();
        let words: Vec<&str> =
            ["command", &ingot].into_iter().chain(words.iter().copied()).collect();
        self.peer(&words)
    }

    /// What `data.py` measures.
    fn peer(&self, words: &[&str]) -> Result<Figure> {
        let mut python = Command::new(self.python);
        python.current_dir(&self.folder).arg("data.py").args(words);
        let said = command::output(&mut python, "see its message above")?;
        let mut figures = said.split_whitespace().map(str::parse::<f64>);
        let mut next = || figures.next().context("data.py says no figure")?.context(said.clone());
        Ok(Figure { seconds: next()?, bytes: next()? })
    }
}

fn median(mut figures: Vec<Figure>) -> Figure {
    figures.sort_by(|one, other| one.seconds.total_cmp(&other.seconds));
    let none = Figure { seconds: 0.0, bytes: 0.0 };
    figures.get(figures.len() / 2).copied().unwrap_or(none)
}

/// 1,000 partitions that are built, and one that is not: what `plan` takes.
fn partitions(bench: &Bench) -> Result<Line> {
    let folder = bench.folder.join("partitions");
    let count = if bench.small { 100 } else { 1_000 };
    let day = |number: usize| -> Result<()> {
        let folder = folder.join(format!("data/{number:04}"));
        fs::create_dir_all(&folder)?;
        Ok(fs::write(folder.join("rows.csv"), format!("a\n{number}\n"))?)
    };
    (0..count).try_for_each(day)?;
    let manifest = "[pipeline]\nname = \"days\"\nedition = 1\n\
                    [sources.raw]\npath = \"data/{day}/*.csv\"\n\
                    [steps.copy]\nkind = \"command\"\nmatrix.day = { from = \"raw\" }\n\
                    run = [\"cp\", \"-r\", \"{inputs.raw}\", \"{outputs.to}\"]\n\
                    inputs.raw = \"raw\"\noutputs.to = \"files\"\n";
    fs::write(folder.join("ingot.toml"), manifest)?;
    let ingot = |verb: &str| {
        let mut ingot = Command::new(&bench.ingot);
        ingot.current_dir(&folder).arg(verb);
        ingot
    };
    timed(&mut ingot("build"))?;
    day(count)?;
    let plan = repeated(2 * ROUNDS + 1, || timed(&mut ingot("plan")))?;
    let work = format!("{count} partitions and a new one: found and planned");
    Ok(Line::alone(&work, plan, "below 100 ms", plan < 0.100))
}
