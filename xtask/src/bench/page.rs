//! `docs/performance.md`: what the last run of each benchmark measured, between two marks.
//!
//! Both sides of a line are of one run. A run of some benchmarks replaces their lines and
//! leaves the others.

use std::fs;

use anyhow::{Context, Result};

use super::Bench;
use super::measure::Line;
use crate::workspace;

const PAGE: &str = "docs/performance.md";
const BEGIN: &str = "<!-- measured by `cargo xtask bench` -->\n";
const END: &str = "<!-- end of what was measured -->\n";

/// Replaces the table.
pub(crate) fn write(bench: &Bench, lines: &[Line]) -> Result<()> {
    let path = workspace::root().join(PAGE);
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let (before, rest) = text.split_once(BEGIN).context("the page has lost its first mark")?;
    let (old, after) = rest.split_once(END).context("the page has lost its last mark")?;
    let peers: Vec<String> = bench
        .peers
        .all()
        .into_iter()
        .map(|(peer, version)| match version {
            Some(version) => format!("{peer} ({version})"),
            None => format!("{peer} (not installed)"),
        })
        .collect();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let measured = table(old, lines);
    let head = format!("On {cores} cores, beside {}.\n", peers.join(", "));
    fs::write(&path, format!("{before}{BEGIN}\n{head}\n{measured}\n{END}{after}"))
        .with_context(|| path.display().to_string())
}

/// The old table with these lines in the place of those of the same work.
fn table(old: &str, lines: &[Line]) -> String {
    let mut rows: Vec<String> =
        old.lines().filter(|line| line.starts_with("| ")).skip(1).map(str::to_owned).collect();
    for line in lines {
        let row = row(line);
        let same = |known: &&mut String| known.split(" | ").next() == row.split(" | ").next();
        match rows.iter_mut().find(same) {
            Some(known) => *known = row,
            None => rows.push(row),
        }
    }
    let mut text =
        "| work | Ingot | peer | ratio | to reach | |\n|---|---|---|---|---|---|\n".to_owned();
    rows.iter().for_each(|row| text.push_str(&format!("{row}\n")));
    text
}

fn row(line: &Line) -> String {
    let (peer, ratio) = match &line.peer {
        Some((peer, theirs)) => {
            (format!("{peer} {}", line.unit.show(*theirs)), format!("{:.2}", line.ours / theirs))
        }
        None => (String::new(), String::new()),
    };
    let mark = match line.reached {
        Some(true) => "reached",
        Some(false) => "**missed**",
        None => "",
    };
    let (work, target) = (&line.work, &line.target);
    format!("| {work} | {} | {peer} | {ratio} | {target} | {mark} |", line.unit.show(line.ours))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_missed_stands_out() {
        let lines =
            [Line::ratio("a", 1.0, "ninja", 4.0, 1.0), Line::alone("b", 0.5, "below 1 ms", false)];
        let old = "head\n\n| work | Ingot |\n|---|---|\n| b | 1 |  |  | x | reached |\n| c | 2 |\n";
        let table = table(old, &lines);
        let works: Vec<&str> =
            table.lines().skip(2).filter_map(|row| row.split(" | ").next()).collect();
        assert_eq!(works, ["| b", "| c", "| a"]);
        assert!(
            table.contains("| a | 1.00 s | ninja 4.00 s | 0.25 | at most 1 x ninja | reached |")
        );
        assert!(table.contains("| b | 500.0 ms |  |  | below 1 ms | **missed** |"), "{table}");
    }
}
