//! [`Observed`]: what running steps observe on their way, as a reader follows it. Pure.
//!
//! A value belongs to the `progress` that follows it. Invariant: a step that observes nothing
//! adds nothing; lines are told at each tenth of the way and no oftener, so that a log of a
//! thousand epochs has ten of them.

use std::collections::BTreeMap;

use ingot_protocol::figure::figure;

use crate::engine::event::BuildEvent;

/// Parts of the way at whose ends a line is told.
const PARTS: u64 = 10;

/// The values of the steps that run.
#[derive(Debug, Default)]
pub struct Observed {
    steps: BTreeMap<String, Step>,
}

#[derive(Debug, Default)]
struct Step {
    /// Those that no `progress` followed yet, in the order in which they were told.
    new: Vec<(String, f64)>,
    /// Those of the last `progress`, in words.
    last: String,
    /// How many parts of the way were told.
    told: u64,
}

impl Observed {
    /// Takes an event in; gives a line to tell, where it is time for one.
    pub fn take(&mut self, event: &BuildEvent) -> Option<String> {
        match event {
            BuildEvent::Observed { step, name, value } => {
                let new = &mut self.steps.entry(step.clone()).or_default().new;
                new.retain(|(known, _)| known != name);
                new.push((name.clone(), *value));
                None
            }
            BuildEvent::Progress { step, done, total, unit } => {
                let known = self.steps.get_mut(step)?;
                if known.new.is_empty() {
                    return None;
                }
                known.last = words(&std::mem::take(&mut known.new));
                let part = done.saturating_mul(PARTS).checked_div(*total)?;
                let is_new = part > known.told;
                known.told = part;
                is_new.then(|| format!("{step} {done}/{total} {unit}: {}", known.last))
            }
            BuildEvent::Finished { step, .. } => {
                self.steps.remove(step);
                None
            }
            _ => None,
        }
    }

    /// The last values of a step, in words; empty where it observed none.
    pub fn last(&self, step: &str) -> &str {
        self.steps.get(step).map(|step| step.last.as_str()).unwrap_or_default()
    }
}

/// Values in words: `train_loss 0.3100, lr 0.001000`.
fn words(values: &[(String, f64)]) -> String {
    let words: Vec<String> =
        values.iter().map(|(name, value)| format!("{name} {}", figure(*value))).collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_way_is_told_in_ten_lines_and_one_without_values_in_none() {
        let mut observed = Observed::default();
        let mut lines = Vec::new();
        for done in 1..=1000 {
            let step = || "train".to_owned();
            let value = 1.0 / done as f64;
            for event in [
                BuildEvent::Observed { step: step(), name: "loss".into(), value },
                BuildEvent::Observed { step: step(), name: "lr".into(), value: 0.001 },
                BuildEvent::Progress { step: step(), done, total: 1000, unit: "epochs".into() },
                BuildEvent::Progress { step: "other".into(), done, total: 5, unit: "x".into() },
            ] {
                lines.extend(observed.take(&event));
            }
        }
        assert_eq!(lines.len(), 10);
        assert_eq!(lines[0], "train 100/1000 epochs: loss 0.01000, lr 0.001000");
        assert_eq!(observed.last("train"), "loss 0.001000, lr 0.001000");
        assert_eq!(observed.last("other"), "");
    }
}
