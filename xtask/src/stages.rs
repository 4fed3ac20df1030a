//! [`Stages`]: what a chore did, and how long each part of it took.
//!
//! Invariant: a stage is said when it begins, so that a long one is never
//! silent, and it is in the table whether it succeeded or not.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::Result;

/// The stages of one chore so far.
pub(crate) struct Stages {
    begun: Instant,
    done: Vec<Stage>,
}

struct Stage {
    name: String,
    time: Duration,
    failed: bool,
}

impl Stages {
    /// No stage yet; the clock of the whole starts.
    pub(crate) fn new() -> Self {
        Self { begun: Instant::now(), done: Vec::new() }
    }

    /// Says `name`, does the stage and keeps its time.
    pub(crate) fn run<T>(&mut self, name: &str, stage: impl FnOnce() -> Result<T>) -> Result<T> {
        eprintln!("==> {name}");
        let begun = Instant::now();
        let result = stage();
        self.done.push(Stage { name: name.into(), time: begun.elapsed(), failed: result.is_err() });
        result
    }

    /// The table of stages; empty where there was none.
    pub(crate) fn table(&self) -> String {
        let mut table = String::new();
        if self.done.is_empty() {
            return table;
        }
        let whole = Stage { name: "in all".into(), time: self.begun.elapsed(), failed: false };
        let width = self.done.iter().map(|stage| stage.name.chars().count()).max().unwrap_or(0);
        table.push('\n');
        for stage in self.done.iter().chain([&whole]) {
            let mark = if stage.failed { "  failed" } else { "" };
            let time = clock(stage.time);
            let _ = writeln!(table, "  {:width$}  {time:>10}{mark}", stage.name);
        }
        table
    }
}

/// `12.3 s` below a minute, `2 min 05 s` above.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_stage_is_in_the_table() {
        let mut stages = Stages::new();
        assert_eq!(stages.table(), "");
        stages.run("first", || Ok(())).unwrap();
        stages.run("the second", || -> Result<()> { anyhow::bail!("no") }).unwrap_err();
        let table = stages.table();
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[1], "  first            0.0 s");
        assert_eq!(lines[2], "  the second       0.0 s  failed");
        assert!(lines[3].starts_with("  in all"), "{table}");
    }

    #[test]
    fn times_are_read_in_minutes_above_one() {
        assert_eq!(clock(Duration::from_millis(12_340)), "12.3 s");
        assert_eq!(clock(Duration::from_secs(125)), "2 min 05 s");
    }
}
