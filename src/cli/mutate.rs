//! `ingot mutate [STEP..]`: puts faults into copies of the sources, builds each to its first
//! stop, and says which of them nothing stops.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::json;

use super::output::Output;
use super::{Global, Selection};
use crate::diag::Exit;
use crate::report::table;
use crate::workspace::Stop;
use crate::workspace::mutate::{MutateRequest, Mutated, Tried, mutate};

/// Arguments of `ingot mutate`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// At how many columns, or classes, each fault is put
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=100))]
    places: u64,
    /// Cores to use
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    jobs: Option<u32>,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let opener = global.opener();
    let request = MutateRequest {
        selection: arguments.selection.parsed()?,
        places: arguments.places,
        jobs: arguments.jobs,
        opener: &opener,
    };
    let mutated = mutate(&request, &mut |tried| {
        if output.json {
            output.data(&json_line(tried));
        }
    })?;
    if !output.json {
        output.data(&told(&mutated));
    }
    for source in &mutated.passed_over {
        output.note(&format!("{source} takes no faults: it is no file of separated values\n"));
    }
    Ok(if mutated.interrupted { Exit::Interrupted } else { Exit::Done })
}

fn json_line(tried: &Tried) -> String {
    let stopped = tried
        .stopped
        .as_ref()
        .map(|stopped| json!({"step": stopped.step, "by": stopped.by, "message": stopped.message}));
    let line = json!({
        "event": "fault",
        "source": tried.source,
        "fault": tried.fault,
        "what": tried.what,
        "line": tried.line,
        "stopped": stopped,
        "executed": tried.executed,
    });
    format!("{line}\n")
}

/// Every fault with what stopped it, the survivors last, each with the line that would.
fn told(mutated: &Mutated) -> String {
    let tried = &mutated.tried;
    let row = |it: &Tried, then: String| vec![it.source.clone(), it.what.clone(), then];
    let stopped: Vec<Vec<String>> = tried
        .iter()
        .filter_map(|it| Some((it, it.stopped.as_ref()?)))
        .map(|(it, by)| row(it, format!("{}, {}", by.step, by.message)))
        .collect();
    let survived: Vec<Vec<String>> =
        tried.iter().filter(|it| it.stopped.is_none()).map(|it| row(it, it.line.clone())).collect();
    let mut text = String::new();
    if !stopped.is_empty() {
        text.push_str(&table::render(&["source", "fault", "stopped by"], &stopped));
        text.push('\n');
    }
    if !survived.is_empty() {
        text.push_str(&table::render(&["source", "survives", "would be stopped by"], &survived));
        text.push('\n');
    }
    text + &counted(tried)
}

/// `41 faults: 29 stopped (contract 20, gate 9), 12 survive`.
fn counted(tried: &[Tried]) -> String {
    let mut by: BTreeMap<&str, usize> = BTreeMap::new();
    for stopped in tried.iter().filter_map(|it| it.stopped.as_ref()) {
        *by.entry(&stopped.by).or_default() += 1;
    }
    let stopped: usize = by.values().sum();
    let each: Vec<String> = by.iter().map(|(by, count)| format!("{by} {count}")).collect();
    let each = if each.is_empty() { String::new() } else { format!(" ({})", each.join(", ")) };
    let faults = if tried.len() == 1 { "fault" } else { "faults" };
    format!(
        "{} {faults}: {stopped} stopped{each}, {} survive\n",
        tried.len(),
        tried.len() - stopped
    )
}
