//! `ingot contract check CONTRACT DATA`: what `validate` would find, and nothing written.

use std::path::PathBuf;

use clap::Args;
use ingot_protocol::contract::FORM;
use ingot_protocol::{Finding, Severity};

use super::{Global, Output, base, read};
use crate::diag::{Diagnostic, Exit, escape};
use crate::report::table;
use crate::workspace::{Opener, Selection, Stop, Workspace, draft};

/// Arguments of `ingot contract check`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The contract
    contract: PathBuf,
    /// A source of the manifest, or a file of the workspace
    data: String,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let base = base(global)?;
    let (text, contract) = read(&base, &arguments.contract)?;
    if let Some(port) = contract.ports().into_keys().next() {
        let file = arguments.contract.display();
        let message = format!("{file} speaks of the table `{port}`, which only a step has");
        let help = format!("give it to a step, and build that: inputs.{port} = \"..\"");
        return Err(Stop::of(Diagnostic::error("E1035", message).help(help)));
    }
    let opener: Opener<'_> = global.opener();
    let workspace = Workspace::open(&opener, &Selection::default())?;
    let held = draft::hold(&workspace, (FORM, text), (&arguments.data, &base))?;
    if output.json {
        for finding in &held.findings {
            let line = serde_json::json!({ "event": "finding", "finding": finding });
            output.data(&format!("{line}\n"));
        }
    } else if !held.findings.is_empty() {
        let rows: Vec<Vec<String>> = held.findings.iter().map(row).collect();
        output.data(&table::render(&["severity", "code", "finding"], &rows));
    }
    let rows = held.metrics.iter().filter(|metric| metric.name == "rows");
    let rows: f64 = rows.map(|metric| metric.value).sum();
    let count = |severity: Severity, word: &str| {
        let count = held.findings.iter().filter(|finding| finding.severity == severity).count();
        let plural = if count == 1 { "" } else { "s" };
        (count > 0).then(|| format!("{count} {word}{plural}"))
    };
    let told: Vec<String> = [count(Severity::Error, "error"), count(Severity::Warning, "warning")]
        .into_iter()
        .flatten()
        .collect();
    output.note(&match told.is_empty() {
        true if rows == 1.0 => "1 row keeps the contract\n".to_owned(),
        true => format!("{rows} rows keep the contract\n"),
        false if rows == 1.0 => format!("1 row: {}\n", told.join(", ")),
        false => format!("{rows} rows: {}\n", told.join(", ")),
    });
    match held.findings.iter().any(|finding| finding.severity == Severity::Error) {
        true => Ok(Exit::Gate),
        false => Ok(Exit::Done),
    }
}

fn row(finding: &Finding) -> Vec<String> {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    };
    let message = escape::line(&finding.message);
    vec![severity.to_owned(), finding.code.clone(), message.into()]
}
