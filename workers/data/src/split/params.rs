//! What the params ask for. Pure.

use std::collections::BTreeMap;

use ingot_protocol::{Failure, Request};
use ingot_tables::dataset::{self, Column, Schema};
use serde_json::Value;

/// Split -> its share of the rows; together 1.
pub(super) fn fractions(request: &Request) -> Result<BTreeMap<String, f64>, Failure> {
    let given = request.params.get("fractions").and_then(Value::as_object);
    let fractions: BTreeMap<String, f64> = given
        .into_iter()
        .flatten()
        .filter_map(|(split, share)| Some((split.clone(), share.as_f64()?)))
        .collect();
    let sum: f64 = fractions.values().sum();
    if (sum - 1.0).abs() > 1e-9 {
        return Err(Failure::new("D0402", format!("the fractions add up to {sum}, not to 1"))
            .help("let them add up to 1; a split that nobody reads can take the rest"));
    }
    Ok(fractions)
}

/// A param that names a column.
pub(super) fn named<'a>(request: &'a Request, param: &str) -> Option<&'a str> {
    request.params.get(param).and_then(Value::as_str)
}

/// A column by name, or `@role`; of a role there must be one.
pub(super) fn resolve<'a>(schema: &'a Schema, param: &str, name: &str) -> Result<&'a str, Failure> {
    let found: Vec<&Column> = match name.strip_prefix('@') {
        Some(role) => schema.columns.iter().filter(|column| column.role.name() == role).collect(),
        None => schema.column(name).into_iter().collect(),
    };
    match found.as_slice() {
        [] => Err(no_column(param, name)),
        [column] => Ok(&column.name),
        several => {
            let names: Vec<String> = several.iter().map(|column| column.name.clone()).collect();
            let message =
                format!("{} have the role of `{param} = \"{name}\"`", dataset::list(&names));
            Err(Failure::new("D0409", message)
                .help(format!("name one of them: {param} = \"{}\"", names[0])))
        }
    }
}

/// A param that names what the dataset does not have.
pub(super) fn no_column(param: &str, name: &str) -> Failure {
    Failure::new("D0403", format!("`{param}` names `{name}`, which the dataset does not have"))
        .help("name a column, or a role such as @label that the contract gives one")
}

/// A param that stands beside `sticky`.
pub(super) fn two(param: &str) -> Failure {
    let message = format!("with `assign = \"sticky\"` a row's own draw decides, and not `{param}`");
    Failure::new("D0418", message).help("leave one of them out")
}
