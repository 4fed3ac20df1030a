//! [`changes`]: how one contract differs from another. Pure.
//!
//! Who reads data relies on what the contract promises of them. A change is **breaking**
//! where data that keep the new contract may break the old one: a promise is weaker, another
//! one, or gone, or a column is. It is **stricter** where data that kept the old one may
//! break the new one, and **compatible** where neither is so. A column that comes is
//! compatible: what names columns does not see it.

mod column;
mod strength;

use std::collections::BTreeMap;

use super::{Contract, ImagePromise, Rule, Unknown};
use strength::{Strength, less, more};

/// What a change does to those who rely on the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Data that keep the new contract may break the old one.
    Breaking,
    /// Data that kept the old contract may break the new one.
    Stricter,
    /// Neither.
    Compatible,
}

impl Effect {
    /// As it is printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Stricter => "stricter",
            Self::Compatible => "compatible",
        }
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What it does.
    pub effect: Effect,
    /// What it is about: `columns.age`, `table`, `rules.total`.
    pub about: String,
    /// What has changed.
    pub what: String,
}

/// Every change, breaking ones first, then in the order of what they are about.
pub fn changes(old: &Contract, new: &Contract) -> Vec<Change> {
    let mut changes = Vec::new();
    table(old, new, &mut changes);
    for (name, before) in &old.columns {
        let about = format!("columns.{name}");
        match new.columns.get(name) {
            Some(after) => column::changes(&about, before, after, &mut changes),
            None => changes.push(change(Effect::Breaking, &about, "the column is gone")),
        }
    }
    for name in new.columns.keys().filter(|name| !old.columns.contains_key(*name)) {
        let about = format!("columns.{name}");
        changes.push(change(Effect::Compatible, &about, "a new column"));
    }
    rules(old, new, &mut changes);
    if size(old) != size(new) {
        changes.push(change(Effect::Breaking, "image", "other pixels make the image"));
    }
    changes.sort_by(|one, other| (one.effect, &one.about).cmp(&(other.effect, &other.about)));
    changes
}

fn change(effect: Effect, about: &str, what: impl Into<String>) -> Change {
    Change { effect, about: about.to_owned(), what: what.into() }
}

/// A promise that became another one, if it did.
fn told(about: &str, key: &str, strength: Strength, what: String, changes: &mut Vec<Change>) {
    let effect = match strength {
        Strength::Same => return,
        Strength::Stricter => Effect::Stricter,
        Strength::Weaker | Strength::Other => Effect::Breaking,
    };
    changes.push(change(effect, about, format!("`{key}`: {what}")));
}

fn table(old: &Contract, new: &Contract, changes: &mut Vec<Change>) {
    let (before, after) = (&old.table, &new.table);
    let least = |table: &super::TablePromises| table.min_rows.as_ref().map(|rows| *rows.get_ref());
    let (one, other) = (least(before), least(after));
    told("table", "min_rows", more(one, other), arrow(one, other), changes);
    let (one, other) = (before.max_rows, after.max_rows);
    told("table", "max_rows", less(one, other), arrow(one, other), changes);
    let (one, other) = (old.max_quarantine_fraction(), new.max_quarantine_fraction());
    let strength = less(Some(one), Some(other));
    told("table", "max_quarantine_fraction", strength, arrow(Some(one), Some(other)), changes);
    let (one, other) = (before.unknown_columns, after.unknown_columns);
    let strength = match (one, other) {
        (one, other) if one == other => Strength::Same,
        (_, Unknown::Refuse) => Strength::Stricter,
        _ => Strength::Other,
    };
    let what = format!("{} -> {}", unknown(one), unknown(other));
    told("table", "unknown_columns", strength, what, changes);
    let sets = |table: &super::TablePromises| -> Vec<Vec<String>> {
        let sorted = table.unique.iter().map(|names| {
            let mut names = names.get_ref().clone();
            names.sort();
            names
        });
        sorted.collect()
    };
    let (one, other) = (sets(before), sets(after));
    for names in one.iter().filter(|names| !other.contains(names)) {
        told("table", "unique", Strength::Weaker, format!("{} is gone", names.join(", ")), changes);
    }
    for names in other.iter().filter(|names| !one.contains(names)) {
        told(
            "table",
            "unique",
            Strength::Stricter,
            format!("{} is new", names.join(", ")),
            changes,
        );
    }
}

fn rules(old: &Contract, new: &Contract, changes: &mut Vec<Change>) {
    let named = |contract: &'_ Contract| -> BTreeMap<String, Rule> {
        let rules = contract.rules.iter();
        rules.map(|rule| (rule.name.get_ref().clone(), rule.clone())).collect()
    };
    let (before, after) = (named(old), named(new));
    for (name, rule) in &before {
        let about = format!("rules.{name}");
        let Some(other) = after.get(name) else {
            changes.push(change(Effect::Breaking, &about, "the rule is gone"));
            continue;
        };
        if rule.sql.get_ref() != other.sql.get_ref() {
            let what = format!("`sql`: {} -> {}", rule.sql.get_ref(), other.sql.get_ref());
            changes.push(change(Effect::Breaking, &about, what));
        }
        let (one, two) = (rule.consequence(), other.consequence());
        let strength = strength::consequence(one, two);
        told(&about, "severity", strength, format!("{} -> {}", one.name(), two.name()), changes);
        let (one, two) = (Some(rule.allow()), Some(other.allow()));
        told(&about, "allow", less(one, two), arrow(one, two), changes);
    }
    for name in after.keys().filter(|name| !before.contains_key(*name)) {
        changes.push(change(Effect::Stricter, &format!("rules.{name}"), "a new rule"));
    }
}

fn size(contract: &Contract) -> Option<(&str, u32, u32, u32, u64)> {
    let image: &ImagePromise = contract.image.as_ref()?.get_ref();
    let ImagePromise { columns, height, width, channels, max } = image;
    Some((columns, *height, *width, *channels, max.to_bits()))
}

fn unknown(columns: Unknown) -> &'static str {
    match columns {
        Unknown::Keep => "keep",
        Unknown::Ignore => "ignore",
        Unknown::Refuse => "refuse",
    }
}

/// Both values, for people.
fn arrow<T: std::fmt::Display>(old: Option<T>, new: Option<T>) -> String {
    let text = |value: Option<T>| value.map_or("none".to_owned(), |value| value.to_string());
    format!("{} -> {}", text(old), text(new))
}

#[cfg(test)]
mod tests;
