//! Faults of the label.

use super::table::Table;
use super::{Draws, Effect, Fault, counted};
use crate::toml_text;

/// A class that is gone.
pub(super) const DROPPED_CLASS: Fault = Fault { name: "dropped_class", put: dropped_class };
/// A number that says the label.
pub(super) const LEAKED_LABEL: Fault = Fault { name: "leaked_label", put: leaked_label };
/// Labels that are another class.
pub(super) const SWAPPED_LABELS: Fault = Fault { name: "swapped_labels", put: swapped_labels };

fn dropped_class(table: &mut Table, draws: &Draws) -> Option<Effect> {
    let (label, classes) = classes(table)?;
    let class = classes.get(draws.place(classes.len())?)?.clone();
    let before = table.rows.len();
    let kept: Vec<bool> =
        (0..before).map(|row| table.value(row, label) != Some(class.as_str())).collect();
    let mut kept = kept.into_iter();
    table.rows.retain(|_| kept.next().unwrap_or(true));
    let gone = counted(before - table.rows.len(), "row");
    let what = format!("the class `{class}` is gone, {gone} of it");
    let rule = format!(
        "sum(case when {} = '{}' then 1 else 0 end) > 0",
        table.in_rule(label),
        class.replace('\'', "''")
    );
    let line = format!("[[rules]] sql = {}", toml_text::text(&rule));
    Some(Effect { what, line })
}

fn leaked_label(table: &mut Table, draws: &Draws) -> Option<Effect> {
    let (label, classes) = classes(table)?;
    let columns = table.numbers();
    let column = *columns.get(draws.place(columns.len())?)?;
    for row in 0..table.rows.len() {
        let class = table.value(row, label);
        let class = class.and_then(|class| classes.iter().position(|known| known == class));
        if let Some(class) = class {
            table.set(row, column, class.to_string());
        }
    }
    let name = table.name(column);
    let what = format!("`{name}` says the label: it is the number of the class");
    Some(Effect {
        what,
        line: "[steps.leaks] kind = \"leaks\", inputs.data = \"STEP.data\"".to_owned(),
    })
}

fn swapped_labels(table: &mut Table, draws: &Draws) -> Option<Effect> {
    let (label, classes) = classes(table)?;
    // One place: index 0.
    draws.place(1)?;
    let hit = draws.rows(table.rows.len(), 0.1);
    for &row in &hit {
        let class = table.value(row, label);
        let class = class.and_then(|class| classes.iter().position(|known| known == class));
        let other = class.and_then(|class| classes.get((class + 1) % classes.len().max(1)));
        if let Some(other) = other.cloned() {
            table.set(row, label, other);
        }
    }
    let what = format!("{} of another class", counted(hit.len(), "label"));
    Some(Effect { what, line: "[[steps.NAME.gates]] on a metric of `evaluate`".to_owned() })
}

/// The label's column and its classes, where they are several and not too many.
fn classes(table: &Table) -> Option<(usize, Vec<String>)> {
    const MOST: usize = 1000;
    let label = table.label()?;
    let classes: Vec<String> = table.counts(label).into_keys().collect();
    (2..=MOST).contains(&classes.len()).then_some((label, classes))
}
