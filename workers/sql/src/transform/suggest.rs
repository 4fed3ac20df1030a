//! What somebody may have meant by a name that is not there. Pure.

/// Fewest similarity, from 0 to 1, at which a name is offered.
const LEAST: f64 = 0.6;
/// Most names that are listed.
const MOST: usize = 20;

/// A sentence that offers the nearest name, and lists what is there.
pub(super) fn suggest(wanted: &str, there: &[String]) -> String {
    let mut names: Vec<&String> = there.iter().collect();
    names.sort();
    names.dedup();
    let listed: Vec<String> = names.iter().take(MOST).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(MOST);
    let mut list = if listed.is_empty() { "nothing".to_owned() } else { listed.join(", ") };
    if more > 0 {
        list.push_str(&format!(" and {more} more"));
    }
    match nearest(wanted, &names) {
        Some(name) => format!("did you mean `{name}`? There is {list}"),
        None => format!("there is {list}"),
    }
}

/// The nearest name, where one is near; of two the first in order.
pub(super) fn nearest<'a>(wanted: &str, names: &[&'a String]) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for name in names {
        let similarity = strsim::jaro_winkler(&wanted, &name.to_lowercase());
        if similarity >= LEAST && best.is_none_or(|(known, _)| similarity > known) {
            best = Some((similarity, name));
        }
    }
    best.map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_and_the_others_are_listed() {
        let names: Vec<String> = ["age", "Income", "hours"].map(str::to_owned).to_vec();
        for (wanted, expected) in [
            ("income", "did you mean `Income`? There is `Income`, `age`, `hours`"),
            ("agee", "did you mean `age`? There is `Income`, `age`, `hours`"),
            ("zzz", "there is `Income`, `age`, `hours`"),
        ] {
            assert_eq!(suggest(wanted, &names), expected);
        }
        let many: Vec<String> = (0..30).map(|at| format!("column_{at:02}")).collect();
        assert!(suggest("x", &many).ends_with("`column_19` and 10 more"));
        assert_eq!(suggest("x", &[]), "there is nothing");
    }
}
