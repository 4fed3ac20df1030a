//! The points of a step with a matrix or replicates, as one thing to a reader.
//!
//! Pure: it knows names alone, as the event stream does.

use std::collections::BTreeMap;

/// What the points of a step are called together: `tune@*` for `tune@lr=0.1`; nothing for a
/// step that is no point.
pub fn group(step: &str) -> Option<String> {
    let (before, point) = step.split_once('@')?;
    // An implied step of a point's has its own name behind it.
    let behind = point.split_once('/').map(|(_, behind)| format!("/{behind}")).unwrap_or_default();
    Some(format!("{before}@*{behind}"))
}

/// How many steps each group has, of groups of several.
pub fn groups<'a>(steps: impl Iterator<Item = &'a str>) -> BTreeMap<String, u64> {
    let mut groups: BTreeMap<String, u64> = BTreeMap::new();
    for name in steps.filter_map(group) {
        *groups.entry(name).or_default() += 1;
    }
    groups.retain(|_, count| *count > 1);
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_and_their_implied_steps_are_called_by_what_they_share() {
        let found = ["tune@lr=0.1,replicate=2", "best/evaluate@lr=0.1/predict", "eval"].map(group);
        let expected = [Some("tune@*".into()), Some("best/evaluate@*/predict".into()), None];
        assert_eq!(found, expected);
        let steps = ["a@x=1", "a@x=2", "b@x=1", "c"];
        assert_eq!(groups(steps.into_iter()), BTreeMap::from([("a@*".to_owned(), 2)]));
    }
}
