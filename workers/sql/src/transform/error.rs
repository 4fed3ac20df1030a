//! What the engine says, in the user's words.
//!
//! Invariant: no message holds a value of a row: it may be of a `personal` column. A name
//! that is not there comes with its place, the nearest one, and what is there.

use std::sync::Arc;

use datafusion::arrow::error::ArrowError;
use datafusion::common::{Column, SchemaError};
use datafusion::error::DataFusionError;
use datafusion::sql::sqlparser::tokenizer::Location;
use ingot_protocol::Failure;

use super::statement::place;
use super::suggest::suggest;
use super::tables::{HIDDEN, OwnFailure, Table};

/// Why a query cannot be planned.
pub(super) fn unplanned(error: &DataFusionError, tables: &[Arc<Table>]) -> Failure {
    if let Some(failure) = ours(error) {
        return failure;
    }
    let span = error.diagnostic().and_then(|diagnostic| diagnostic.span);
    let at = span.map(|span| Location { line: span.start.line, column: span.start.column });
    let at = place(at);
    match error.find_root() {
        DataFusionError::SchemaError(error, _) => match error.as_ref() {
            SchemaError::FieldNotFound { field, valid_fields } => {
                unknown(&at, field, valid_fields, tables)
            }
            SchemaError::AmbiguousReference { field } => {
                let message = format!("{at}`{}` is a column of several tables", field.name);
                Failure::new("Q0204", message)
                    .help(format!("say of which: data.{}", quoted(&field.name)))
            }
            SchemaError::DuplicateQualifiedField { name, .. }
            | SchemaError::DuplicateUnqualifiedField { name } => twice(&at, name),
        },
        DataFusionError::Plan(said) if said.contains("unique expression names") => {
            let name = said.split('"').nth(1).unwrap_or_default();
            twice(&at, name.rsplit('.').next().unwrap_or_default())
        }
        DataFusionError::NotImplemented(said) => {
            let message = format!("{at}the engine does not do this: {}", first_line(said));
            Failure::new("Q0205", message).help("write it in another way")
        }
        other => {
            let said = other.strip_backtrace();
            let said = ["Error during planning: ", "Internal error: ", "Execution error: "]
                .iter()
                .fold(said.as_str(), |said, begin| said.strip_prefix(begin).unwrap_or(said));
            let help = if said.contains("coerc") || said.contains("signature") {
                "cast what has another type: CAST(column AS BIGINT), DOUBLE, TEXT or BOOLEAN"
            } else {
                "write that part in another way"
            };
            Failure::new("Q0205", format!("{at}{}", first_line(said))).help(help)
        }
    }
}

/// Why a query that was planned did not come to its end.
pub(super) fn stopped(error: &DataFusionError) -> Failure {
    if let Some(failure) = ours(error) {
        return failure;
    }
    match error.find_root() {
        DataFusionError::ResourcesExhausted(said) => {
            let message =
                format!("sql: the query needs more memory than it may have: {}", first_line(said));
            Failure::new("Q0601", message).help(
                "join the smaller table to the larger one, filter before a join, or give the \
                 condition of a join that has none",
            )
        }
        DataFusionError::ArrowError(error, _) => computed(error),
        DataFusionError::Execution(said) if said.starts_with("sum overflows") => {
            Failure::new("Q0602", "sql: a sum overflows int64")
                .help("sum floats: sum(CAST(column AS DOUBLE))")
        }
        DataFusionError::NotImplemented(said) if said.contains("InSubquery") => Failure::new(
            "Q0205",
            "sql: IN (SELECT ..) is a value here, and the engine takes it in WHERE alone",
        )
        .help(
            "join its rows, each once, and ask whether there is one: LEFT JOIN (SELECT \
             DISTINCT id FROM other) AS o ON data.id = o.id, and o.id IS NOT NULL",
        ),
        DataFusionError::NotImplemented(said) => {
            let message = format!("sql: the engine does not do this: {}", first_line(said));
            Failure::new("Q0205", message).help("write it in another way")
        }
        DataFusionError::IoError(error) => {
            Failure::new("Q0604", format!("sql: a temporary file: {error}")).help("make room")
        }
        other => {
            let kind = other.strip_backtrace();
            let kind = kind.split(':').next().unwrap_or_default().to_lowercase();
            Failure::new("Q0603", format!("sql: a value cannot be computed ({kind})"))
                .help("look for the rows with TRY_CAST and CASE, which give null instead")
        }
    }
}

fn computed(error: &ArrowError) -> Failure {
    match error {
        ArrowError::DivideByZero => Failure::new("Q0602", "sql: a whole number is divided by zero")
            .help("let it be null: x / nullif(y, 0); floats give infinity or NaN"),
        ArrowError::ArithmeticOverflow(_) => {
            Failure::new("Q0602", "sql: the result of +, - or * is beyond int64")
                .help("compute with floats: CAST(x AS DOUBLE) * y")
        }
        ArrowError::CastError(said) => {
            let wanted =
                said.rsplit_once(" to value of ").or_else(|| said.rsplit_once(" to type "));
            let to = wanted.map(|(_, to)| format!(" to {}", to.trim_end_matches(" type")));
            let message = format!("sql: a value cannot be cast{}", to.unwrap_or_default());
            Failure::new("Q0602", message).help("TRY_CAST gives null instead")
        }
        _ => Failure::new("Q0603", "sql: a value cannot be computed")
            .help("look for the rows with TRY_CAST and CASE, which give null instead"),
    }
}

/// A failure of ours that went through the engine.
fn ours(error: &DataFusionError) -> Option<Failure> {
    match error.find_root() {
        DataFusionError::External(inner) => {
            inner.downcast_ref::<OwnFailure>().map(|own| own.0.clone())
        }
        _ => None,
    }
}

fn unknown(at: &str, field: &Column, valid: &[Column], tables: &[Arc<Table>]) -> Failure {
    let wanted = match &field.relation {
        Some(table) => format!("{}.{}", table.table(), field.name),
        None => field.name.clone(),
    };
    let message = format!("{at}there is no column `{wanted}`");
    let mut there: Vec<String> = valid
        .iter()
        .filter(|column| !column.name.starts_with(HIDDEN))
        .filter(|column| field.relation.is_none() || column.relation == field.relation)
        .map(|column| column.name.clone())
        .collect();
    if there.is_empty() {
        let of = |table: &&Arc<Table>| {
            field.relation.as_ref().is_none_or(|relation| relation.table() == table.name)
        };
        let tables = tables.iter().filter(of);
        there = tables
            .flat_map(|table| table.visible.fields().iter().map(|field| field.name().clone()))
            .collect();
    }
    let help = suggest(&field.name, &there);
    let odd = there.iter().any(|name| {
        *name != field.name && name.to_lowercase().starts_with(&field.name.to_lowercase())
    });
    let note = if odd {
        "; case counts, and a name such as capital-gain stands in double quotes"
    } else {
        ""
    };
    Failure::new("Q0202", message).help(format!("{help}{note}"))
}

fn twice(at: &str, name: &str) -> Failure {
    let message = format!("{at}two columns of the result are named `{name}`");
    Failure::new("Q0503", message).help(format!(
        "give one another name: .. AS {}, or leave it out",
        quoted(&format!("{name}_2"))
    ))
}

fn quoted(name: &str) -> String {
    let plain = name.chars().all(|each| each.is_ascii_alphanumeric() || each == '_');
    if plain { name.to_owned() } else { format!("\"{name}\"") }
}

fn first_line(said: &str) -> String {
    let line = said.lines().next().unwrap_or_default();
    let mut short: String = line.chars().take(300).collect();
    if short.len() < line.len() {
        short.push_str("..");
    }
    short.trim_end_matches('.').to_owned()
}
