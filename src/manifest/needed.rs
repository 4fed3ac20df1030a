//! Which steps a question about some of them needs. Pure.
//!
//! Follows the names in `inputs`, `requires`, `like` and `matrix` through the parsed
//! text, before anything is checked, so that of ten thousand steps those that matter
//! alone are read further. Invariant: no step that is kept can name one that is left
//! out; where a name is made of params, that is not known, and everything is kept.

use std::collections::BTreeSet;

use toml::de::{DeTable, DeValue};

/// The steps that `wanted` (steps, points or groups of `[targets]`) are made of, by
/// base name; nothing where all must be kept.
pub(super) fn steps(root: &DeTable<'_>, wanted: &[String]) -> Option<BTreeSet<String>> {
    let steps = table(root, "steps")?;
    let mut open = Vec::new();
    for target in wanted {
        let group = table(root, "targets").and_then(|groups| groups.get(target.as_str()));
        match group {
            Some(members) => names(members.get_ref(), &mut open)?,
            // What is not there is a mistake, and all steps are asked for its name.
            None => open.push(steps.get_key_value(base(target))?.0.get_ref().to_string()),
        }
    }
    let mut kept = BTreeSet::new();
    while let Some(name) = open.pop() {
        let Some(step) = steps.get(name.as_str()) else { continue };
        let DeValue::Table(step) = step.get_ref() else { return None };
        if kept.insert(name) {
            for key in ["inputs", "like", "matrix", "requires"] {
                if let Some(value) = step.get(key) {
                    names(value.get_ref(), &mut open)?;
                }
            }
        }
    }
    Some(kept)
}

/// Whether a waiver is of one of these steps; one that names none is told as a mistake.
pub(super) fn is_waived(waiver: &DeValue<'_>, steps: &BTreeSet<String>) -> bool {
    let DeValue::Table(waiver) = waiver else { return true };
    match waiver.get("step").map(|step| step.get_ref()) {
        Some(DeValue::String(step)) => steps.contains(base(step)),
        _ => true,
    }
}

fn table<'a, 'i>(within: &'a DeTable<'i>, key: &str) -> Option<&'a DeTable<'i>> {
    match within.get(key)?.get_ref() {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}

/// What stands in front of a point, a port, a split or the name of an implied step.
fn base(name: &str) -> &str {
    name.split(['@', '.', '/']).next().unwrap_or_default()
}

/// Adds every text below a value that may name a step; nothing where a placeholder
/// stands for a part of one.
fn names(value: &DeValue<'_>, found: &mut Vec<String>) -> Option<()> {
    match value {
        DeValue::String(text) if text.contains('{') => return None,
        DeValue::String(text) => found.push(base(text).to_owned()),
        DeValue::Array(items) => {
            for item in items.iter() {
                names(item.get_ref(), found)?;
            }
        }
        DeValue::Table(entries) => {
            for (_, value) in entries.iter() {
                names(value.get_ref(), found)?;
            }
        }
        _ => {}
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str, wanted: &str) -> Option<String> {
        let root = DeTable::parse(text).unwrap();
        let kept = steps(root.get_ref(), &[wanted.to_owned()])?;
        Some(kept.into_iter().collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn names_are_followed_wherever_a_step_can_be_named() {
        let text = "[targets]\nall = [\"a\", \"f@x=1\"]\n\
                    [steps]\na.inputs.p = [\"b.out/test\", \"source\"]\nb.requires = [\"c\"]\n\
                    c.like = \"d\"\nd.matrix.size.small.inputs.q = \"e@n=1.out\"\n\
                    e.run = [\"{inputs.x}\", \"f\"]\nf.inputs.r = \"./g\"\ng.inputs.s = \"f/g.out\"\n";
        assert_eq!(kept(text, "a").unwrap(), "a b c d e");
        assert_eq!(kept(text, "g").unwrap(), "f g");
        assert_eq!(kept(text, "g@n=2").unwrap(), "f g");
        assert_eq!(kept(text, "all").unwrap(), "a b c d e f");
    }

    #[test]
    fn what_cannot_be_followed_keeps_everything() {
        let text = "[steps]\na.inputs.p = \"{params.from}\"\nb.inputs.p = \"a.out\"\nc.seed = 1\n";
        assert_eq!(kept(text, "b"), None);
        assert_eq!(kept(text, "nothing"), None);
        assert_eq!(kept(text, "c").unwrap(), "c");
    }
}
