//! `draft contract`: a contract that the data keep, for a person to correct; and `draft
//! templates`, the templates of a text column.
//!
//! Pure, but for reading the data. Invariant: the text is a contract, and the data from which
//! it was drafted keep it. No value stands in it but those of small sets and rounded bounds,
//! and none of a column whose name or values look like a person's: what is guessed of roles
//! is a comment, so a guess changes nothing.

mod bounds;
mod column;
mod person;

use std::collections::BTreeSet;
use std::path::Path;

use ingot_protocol::contract::{Contract, FORM};
use ingot_protocol::draft::{Draft, Question};
use ingot_protocol::{Failure, Input};
use ingot_tables::source::natural::{Values, natural};
use ingot_tables::source::typed::typed;
use ingot_tables::source::{self, Table};
use serde_json::{Value, json};

use crate::{templates, toml_text};

/// Drafts a file of a form for what stands at a path.
pub fn draft(form: &str, question: &Question, data: &Path) -> Result<Draft, Failure> {
    let draft = match form {
        FORM => contract,
        templates::FORM => of_templates,
        _ => {
            let message = format!("{}: there is no form `{form}` to draft", data.display());
            return Err(Failure::new("D0005", message));
        }
    };
    let table = source::read(&input(question, data))?;
    draft(&table, question)
}

/// Data as a step would be given them.
pub(crate) fn input(question: &Question, data: &Path) -> Input {
    Input {
        artifact_type: "files".into(),
        path: data.to_owned(),
        digest: String::new(),
        format: question.format.clone().or_else(|| format(&question.name)),
        splits: Vec::new(),
        split: None,
    }
}

/// How a file of such a name is read; nothing where its ending does not say.
fn format(name: &str) -> Option<Value> {
    let name = name.to_lowercase();
    let name = name.strip_suffix(".gz").or(name.strip_suffix(".zst")).unwrap_or(&name);
    Some(match name.rsplit_once('.')?.1 {
        "csv" => json!({ "type": "csv" }),
        "tsv" | "tab" => json!({ "type": "csv", "delimiter": "\t" }),
        "parquet" | "parq" | "pq" => json!({ "type": "parquet" }),
        "arrow" | "feather" | "ipc" => json!({ "type": "arrow" }),
        "jsonl" | "ndjson" => json!({ "type": "json_lines" }),
        "log" | "txt" => json!({ "type": "lines" }),
        _ => return None,
    })
}

/// The templates of a column.
fn of_templates(table: &Table, question: &Question) -> Result<Draft, Failure> {
    let name = question.column.as_deref().unwrap_or_default();
    let column = table.columns.iter().find(|column| column.name == name);
    let texts = column.and_then(|column| column.cells.texts()).ok_or_else(|| {
        Failure::new("D0338", format!("{}: there is no column `{name}`", question.name))
            .help("name a column of text: `ingot contract infer DATA --templates COLUMN`")
    })?;
    let text = templates::written(name, texts.iter().flatten());
    let count = text.lines().count() - 1;
    let notes = vec![format!("{count} templates of {} texts", texts.iter().flatten().count())];
    Ok(Draft { text, notes })
}

fn contract(table: &Table, question: &Question) -> Result<Draft, Failure> {
    let name = &question.name;
    let rows = table.rows();
    // Such a contract is held a partition at a time, too.
    let (folders, least) = table.places.by_partition().unwrap_or((BTreeSet::new(), rows));
    let mut text = format!(
        "# Drafted from {name}, {rows} rows: it says what these data keep, not what they mean.\n\
         version = 1\n\n[table]\nmin_rows = {}\nunknown_columns = \"refuse\"\n",
        bounds::fewest(least)
    );
    let mut notes = Vec::new();
    for column in &table.columns {
        let data_type = natural(column, Values::Any, &table.places)?;
        let array = typed(&column.cells, data_type, true).array;
        if folders.contains(&column.name) {
            let key = toml_text::key(&column.name);
            text.push_str(&format!(
                "\n[columns.{key}]   # of the folders' names\ntype = \"{data_type}\"\n"
            ));
            continue;
        }
        let drafted = column::draft(&column.name, data_type, &array);
        text.push_str(&drafted.text);
        notes.extend(drafted.note);
    }
    match Contract::parse(&text) {
        Ok(_) => Ok(Draft { text, notes }),
        Err(mistake) => {
            let message = format!("the draft is no contract: {}", mistake.what);
            Err(Failure::new("D0336", message).help("write the contract by hand, and report this"))
        }
    }
}
