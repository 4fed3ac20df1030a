//! `ingot diff [LOCK..]`: builds side by side, from their locks or as runs: params, data,
//! metrics with intervals, verdicts, sizes and times.

mod runs;

use clap::Args;
use ingot_protocol::Metric;
use ingot_protocol::figure::{figure, signed};

use super::Global;
use super::output::Output;
use crate::diag::Exit;
use crate::diag::amount::size;
use crate::lockfile::Lock;
use crate::lockfile::compare::{Comparison, Row, compare};
use crate::report::summary::time;
use crate::report::table;
use crate::store::Store;
use crate::workspace::revision::find;
use crate::workspace::store::open_store;
use crate::workspace::{LOCK, Stop};

/// Arguments of `ingot diff`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// What to compare: git revisions, lock files or workspace folders; one is compared
    /// with this workspace's lock, and none means HEAD
    locks: Vec<String>,
    /// Compare runs of `ingot runs`; one is compared with the last one
    #[arg(long = "run", value_name = "NUMBER", conflicts_with = "locks")]
    runs: Vec<u64>,
    /// Write Markdown, for a pull request
    #[arg(long)]
    md: bool,
    /// Show the metrics of slices too
    #[arg(long)]
    slices: bool,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let place = global.place()?;
    if !arguments.runs.is_empty() {
        let store = open_store(&place.root)?;
        let compared = runs::compare(&store, &place.root, &arguments.runs, arguments.slices)?;
        print(&compared, arguments.md, output);
        return Ok(Exit::Done);
    }
    let root = place.own_folder();
    let mut names = arguments.locks.clone();
    if names.is_empty() {
        names.push("HEAD".to_owned());
    }
    let mut locks = names.iter().map(|name| find(&root, name)).collect::<Result<Vec<_>, _>>()?;
    if names.len() == 1 {
        names.push(LOCK.to_owned());
        locks.push(find(&root, LOCK)?);
    }
    let store = open_store(&place.root)?;
    let locks: Vec<&Lock> = locks.iter().collect();
    let found = compare(&locks, arguments.slices);
    let sections = sections(&found, &costs(&locks, &store));
    print(&Compared { names, sections }, arguments.md, output);
    Ok(Exit::Done)
}

/// What differs between things of these names.
struct Compared {
    names: Vec<String>,
    sections: Vec<Section>,
}

fn print(compared: &Compared, md: bool, output: &Output) {
    let Compared { names, sections } = compared;
    if output.json {
        output.data(&json(names, sections));
        return;
    }
    if sections.is_empty() {
        output.note("nothing differs\n");
    }
    for (index, (title, rows)) in sections.iter().enumerate() {
        let mut header = vec![*title, ""];
        header.extend(names.iter().map(String::as_str));
        let change = rows.iter().any(|row| row.len() > names.len() + 2);
        if change {
            header.push("change");
        }
        if index > 0 {
            output.data("\n");
        }
        output.data(&match md {
            true => markdown(&header, rows),
            false => table::render(&header, rows),
        });
    }
}

/// Sizes and times of the steps whose keys differ, where the store knows them.
struct Costs {
    sizes: Vec<Row<u64>>,
    seconds: Vec<Row<f64>>,
}

fn costs(locks: &[&Lock], store: &Store) -> Costs {
    let mut costs = Costs { sizes: Vec::new(), seconds: Vec::new() };
    let seconds = store.seconds().unwrap_or_default();
    let Some(first) = locks.first() else { return costs };
    for name in first.steps.keys() {
        let records: Vec<_> = locks.iter().filter_map(|lock| lock.steps.get(name)).collect();
        let differ = records.windows(2).any(|pair| pair[0].key != pair[1].key);
        if records.len() < locks.len() || !differ {
            continue;
        }
        let row = |values: Vec<Option<u64>>| Row { of: name.clone(), name: String::new(), values };
        let size_of = |record: &&crate::lockfile::StepRecord| {
            let sizes = record.outputs.values().map(|output| store.size_of(output.content).ok()?);
            sizes.sum::<Option<u64>>()
        };
        let sizes: Vec<Option<u64>> = records.iter().map(size_of).collect();
        if sizes.windows(2).any(|pair| pair[0] != pair[1]) {
            costs.sizes.push(row(sizes));
        }
        let took: Vec<Option<f64>> =
            records.iter().map(|record| seconds.get(&record.key).copied()).collect();
        if took.iter().any(Option::is_some) {
            costs.seconds.push(Row { of: name.clone(), name: String::new(), values: took });
        }
    }
    costs
}

type Section = (&'static str, Vec<Vec<String>>);

fn sections(found: &Comparison, costs: &Costs) -> Vec<Section> {
    let text = |value: &String| value.clone();
    let mut sections = vec![
        ("step", cells(&found.steps, &|there| (*there).to_owned())),
        ("data", cells(&found.data, &text)),
        ("param", cells(&found.params, &text)),
        ("metric", metrics(&found.metrics)),
        ("verdict", cells(&found.verdicts, &text)),
        ("size", cells(&costs.sizes, &|bytes| size(*bytes))),
        ("time", cells(&costs.seconds, &|seconds| time(*seconds))),
    ];
    // Sizes that differ by less than is shown are alike.
    if let Some((_, sizes)) = sections.iter_mut().find(|(title, _)| *title == "size") {
        sizes.retain(|row| row[2..].windows(2).any(|pair| pair[0] != pair[1]));
    }
    sections.retain(|(_, rows)| !rows.is_empty());
    sections
}

fn cells<T>(rows: &[Row<T>], text: &dyn Fn(&T) -> String) -> Vec<Vec<String>> {
    rows.iter()
        .map(|row| {
            let values = row.values.iter().map(|value| value.as_ref().map_or("-".into(), text));
            [row.of.clone(), row.name.clone()].into_iter().chain(values).collect()
        })
        .collect()
}

/// Of two runs, also how far a metric moved.
fn metrics(rows: &[Row<Metric>]) -> Vec<Vec<String>> {
    let mut lines = cells(rows, &|metric| {
        let interval = match (metric.low, metric.high) {
            (Some(low), Some(high)) => format!(" [{}, {}]", figure(low), figure(high)),
            _ => String::new(),
        };
        figure(metric.value) + &interval
    });
    for (line, row) in lines.iter_mut().zip(rows) {
        if let [Some(old), Some(new)] = row.values.as_slice() {
            line.push(signed(new.value - old.value));
        }
    }
    lines
}

/// A table in Markdown.
pub(super) fn markdown(header: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    // What would end a cell, or be taken for code, emphasis or HTML.
    let escape = |cell: &String| {
        cell.chars().fold(String::new(), |mut text, c| {
            match c {
                '\n' => text.push(' '),
                '\\' | '|' | '*' | '`' | '<' => text.extend(['\\', c]),
                _ => text.push(c),
            }
            text
        })
    };
    let mut text = line(header.iter().map(|cell| (*cell).to_owned()).collect());
    text.push_str(&line(vec!["---".to_owned(); header.len()]));
    for row in rows {
        let mut cells: Vec<String> = row.iter().map(escape).collect();
        cells.resize(header.len(), String::new());
        text.push_str(&line(cells));
    }
    text
}

fn json(names: &[String], sections: &[Section]) -> String {
    let mut text = String::new();
    for (what, rows) in sections {
        for row in rows {
            let values: serde_json::Map<String, serde_json::Value> = names
                .iter()
                .zip(row.iter().skip(2))
                .map(|(name, value)| (name.clone(), value.as_str().into()))
                .collect();
            let line = serde_json::json!({
                "event": "difference", "what": what, "of": row[0], "name": row[1], "values": values,
            });
            text.push_str(&format!("{line}\n"));
        }
    }
    text
}
