//! Whether the rules of a contract agree with the rest of it. Pure.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{Contradiction, found, promises};
use crate::contract::sql::{Known, Type};
use crate::contract::within::within;
use crate::contract::{Consequence, Contract, Mistake, Rule, TYPES, Unknown};

/// The first contradiction, rules in the order of the contract.
pub(super) fn contradiction(contract: &Contract, written: &str) -> Contradiction {
    let mut names = BTreeSet::new();
    contract.rules.iter().find_map(|rule| {
        let name = rule.name.get_ref();
        if name.trim().is_empty() || !names.insert(name.as_str()) {
            let what = format!("the name `{name}` is empty, or another rule has it too");
            return found(rule.name.span(), what, "give each rule a name of its own");
        }
        let told =
            |found: Mistake| Mistake { what: format!("rule `{name}`: {}", found.what), ..found };
        of_table(rule).or_else(|| shares(rule)).or_else(|| sql(contract, rule, written)).map(told)
    })
}

fn shares(rule: &Rule) -> Contradiction {
    let allow = rule.allow.as_ref()?;
    promises::share("the rule", *allow.get_ref(), &allow.span())
}

/// What a rule about the table cannot have, since no row breaks it.
fn of_table(rule: &Rule) -> Contradiction {
    if !rule.condition.is_of_table() {
        return None;
    }
    if let Some(severity) = &rule.severity
        && *severity.get_ref() == Consequence::Quarantine
    {
        let what = "it is about the table: no row breaks it, and none can be taken out";
        return found(severity.span(), what, "give it another severity, or write it of rows");
    }
    let allow = rule.allow.as_ref().filter(|allow| *allow.get_ref() > 0.0)?;
    let what = "it is about the table: no share of rows may break it";
    found(allow.span(), what, "leave `allow` out, or write the rule of rows")
}

fn sql(contract: &Contract, rule: &Rule, written: &str) -> Contradiction {
    let place = |place: Range<usize>| within(written, rule.sql.span(), place);
    if rule.condition.columns().is_empty() && !rule.condition.is_of_table() {
        let what = "it names no column: it says nothing of the table";
        return found(rule.sql.span(), what, "name a column, or leave the rule out");
    }
    let known = |table: Option<&str>, name: &str| match (table, contract.columns.get(name)) {
        (Some(_), _) => Known::Nothing,
        (None, Some(column)) => match column.data_type() {
            None => Known::Nothing,
            Some(name) => Type::named(name).map_or_else(|| other(name), Known::Type),
        },
        (None, None) if is_unknown(contract, name) => Known::Absent,
        (None, None) => Known::Nothing,
    };
    let mistake = rule.condition.check(&known).err()?;
    found(place(mistake.place), mistake.what, mistake.help)
}

/// What is known of a column of a type that rules do not have.
fn other(data_type: &str) -> Known {
    let known = TYPES.into_iter().find(|known| *known == data_type);
    known.map_or(Known::Nothing, Known::Other)
}

/// Whether the table cannot have a column of that name and keep the contract, or the
/// column is left out of it.
fn is_unknown(contract: &Contract, name: &str) -> bool {
    let pixel = contract.image.as_ref().is_some_and(|image| {
        let (before, after) = image.get_ref().columns.split_once('*').unwrap_or_default();
        name.starts_with(before) && name.ends_with(after)
    });
    contract.table.unknown_columns != Unknown::Keep && !pixel
}
