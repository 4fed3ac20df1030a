//! What is done to single columns of the result, behind the SQL.
//!
//! Invariant: at most one thing is done to a column, to each of its values by itself, so that
//! neither the order of the params nor that of the rows counts. What is done to several
//! columns or rows at once is no change of this kind.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, StringArray};
use ingot_protocol::Failure;
use ingot_tables::dataset::{Column, DataType};

use super::generalise::Level;
use super::params::Params;
use super::pseudonym::Pseudonyms;
use super::redact::Patterns;
use super::suggest::suggest;

/// What is done to one column.
pub(super) enum Change {
    Redact(Patterns),
    Pseudonymise(Pseudonyms),
    Generalise(Level),
}

/// The change of each column, in their order; `columns` are as the SQL gives them. A param is
/// refused that speaks of a column that is not there, or cannot be changed so, or is changed
/// already.
pub(super) fn changes(columns: &[Column], params: &Params) -> Result<Vec<Option<Change>>, Failure> {
    let mut changes: Vec<Option<Change>> = columns.iter().map(|_| None).collect();
    let mut put = |param: &str, name: &str, change: Change| {
        let place = change.place(param, name, columns)?;
        match changes.get_mut(place) {
            Some(free @ None) => *free = Some(change),
            _ => {
                let message =
                    format!("`{param}` names `{name}`, for which something is said already");
                return Err(Failure::new("Q0506", message).help(
                    "do one thing to a column; `redact` takes all its patterns in one entry",
                ));
            }
        }
        Ok(())
    };
    for redaction in &params.redact {
        let patterns =
            Patterns::new(redaction).map_err(|error| Failure::new("Q0003", error.to_string()))?;
        put("redact", &redaction.column, Change::Redact(patterns))?;
    }
    for name in &params.pseudonymise {
        let pseudonyms = Pseudonyms::open(params.pseudonym_key.as_deref())?;
        put("pseudonymise", name, Change::Pseudonymise(pseudonyms))?;
    }
    if params.pseudonymise.is_empty() && params.pseudonym_key.is_some() {
        return Err(Failure::new("Q0509", "`pseudonym_key` has nothing to do")
            .help("name the columns: pseudonymise = [\"column\"], or leave it out"));
    }
    for generalisation in &params.generalise {
        put("generalise", &generalisation.column, Change::Generalise(generalisation.level()?))?;
    }
    Ok(changes)
}

/// A param names a column that is not there.
pub(super) fn unknown(param: &str, name: &str, columns: &[Column]) -> Failure {
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let message = format!("`{param}` names `{name}`, which the result does not have");
    Failure::new("Q0505", message).help(suggest(name, &names))
}

impl Change {
    /// The types of columns that it takes, and the word for one of them in SQL.
    fn takes(&self) -> (&'static [DataType], &'static str) {
        match self {
            Self::Redact(_) => (&[DataType::Utf8], "TEXT"),
            Self::Pseudonymise(_) => (&[DataType::Utf8, DataType::Int64], "TEXT"),
            Self::Generalise(level) if level.of_numbers() => {
                (&[DataType::Int64, DataType::Float64], "DOUBLE")
            }
            Self::Generalise(_) => (&[DataType::Utf8], "TEXT"),
        }
    }

    /// The place of the column that it is for.
    fn place(&self, param: &str, name: &str, columns: &[Column]) -> Result<usize, Failure> {
        let place = columns.iter().position(|column| column.name == name);
        let place = place.ok_or_else(|| unknown(param, name, columns))?;
        let (types, word) = self.takes();
        match columns.get(place).map(|column| column.data_type) {
            Some(found) if !types.contains(&found) => {
                let message = format!("`{param}` names `{name}`, which is {found}");
                Err(Failure::new("Q0506", message)
                    .help(format!("write CAST({name} AS {word}) AS {name} in the SQL")))
            }
            _ => Ok(place),
        }
    }

    /// The values of a column, changed: texts.
    pub(super) fn apply(&self, column: &str, values: &ArrayRef) -> Result<ArrayRef, Failure> {
        match self {
            Self::Redact(patterns) => {
                let texts = values.as_string::<i32>().iter();
                let replaced = texts.map(|text| text.map(|text| patterns.replace(text)));
                Ok(Arc::new(replaced.collect::<StringArray>()))
            }
            Self::Pseudonymise(pseudonyms) => pseudonyms.replace(values),
            Self::Generalise(level) => level.replace(values).ok_or_else(|| {
                let message = format!("a value of `{column}` is no date");
                Failure::new("Q0606", message).help(
                    "write dates as YYYY-MM-DD in the SQL, and null for what is none: \
                     TRY_CAST(column AS DATE)",
                )
            }),
        }
    }
}
