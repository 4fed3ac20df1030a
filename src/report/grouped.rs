//! [`Grouped`]: the points of a matrix as one line where they begin and one where they end.
//! Pure.
//!
//! Invariant: what went wrong with a point, and what was found in it, keeps a line of its
//! own; every point is counted in one line or has one.

use std::collections::BTreeMap;

use super::plain::{CYAN, GREEN, Style, YELLOW, line, why};
use super::summary::{points, time};
use crate::engine::event::{BuildEvent, Outcome, is_whole};
use crate::engine::points::group;

/// The groups of a build.
#[derive(Debug, Default)]
pub struct Grouped {
    groups: BTreeMap<String, Group>,
}

#[derive(Debug, Default)]
struct Group {
    points: u64,
    started: bool,
    ended: u64,
    executed: u64,
    seconds: f64,
    blocked: u64,
    by: String,
}

impl Grouped {
    /// Takes an event in; gives what is told in the place of its own lines.
    pub fn take(&mut self, event: &BuildEvent, style: Style) -> Option<String> {
        match event {
            BuildEvent::Planned { points, .. } => {
                let group = |(name, points): (&String, &u64)| {
                    (name.clone(), Group { points: *points, ..Group::default() })
                };
                self.groups = points.iter().map(group).collect();
                None
            }
            BuildEvent::Started { step, kind, reasons, .. } => {
                let (name, group) = self.of(step)?;
                if std::mem::replace(&mut group.started, true) {
                    return Some(String::new());
                }
                let text = format!("{name} ({kind}), {}{}", points(group.points), why(reasons));
                Some(line(style.word("run", CYAN), &text))
            }
            BuildEvent::Finished { step, outcome, seconds, held, .. } => {
                let (name, group) = self.of(step)?;
                group.ended += 1;
                let own = match outcome {
                    Outcome::Executed => {
                        group.executed += 1;
                        group.seconds += seconds;
                        held.as_deref().is_some_and(|held| !is_whole(held))
                    }
                    Outcome::Blocked { by } => {
                        group.blocked += 1;
                        group.by.clone_from(by);
                        false
                    }
                    Outcome::Failed(_) | Outcome::Cancelled => true,
                    Outcome::Cached | Outcome::Skipped => false,
                };
                let ended = if group.ended == group.points {
                    group.end(&name, style)
                } else {
                    String::new()
                };
                match own {
                    true => Some(super::plain::lines(event, style) + &ended),
                    false => Some(ended),
                }
            }
            BuildEvent::Summary(_) => {
                let ends = self.groups.iter_mut().map(|(name, group)| group.end(name, style));
                Some(ends.collect())
            }
            _ => None,
        }
    }

    fn of(&mut self, step: &str) -> Option<(String, &mut Group)> {
        let name = group(step)?;
        let group = self.groups.get_mut(&name)?;
        Some((name, group))
    }
}

impl Group {
    /// The lines of its end, once.
    fn end(&mut self, name: &str, style: Style) -> String {
        let mut text = String::new();
        if self.executed > 0 {
            let of = match self.executed {
                executed if executed < self.points => format!("{executed} of "),
                _ => String::new(),
            };
            let (all, time) = (points(self.points), time(self.seconds));
            let told = format!("{name}, {of}{all}, {time} of work");
            text.push_str(&line(style.word("done", GREEN), &told));
        }
        if self.blocked > 0 {
            let told = format!("{name}, {}: `{}` did not pass", points(self.blocked), self.by);
            text.push_str(&line(style.word("blocked", YELLOW), &told));
        }
        (self.executed, self.blocked) = (0, 0);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::{FailureSummary, Summary};

    fn finished(step: &str, outcome: Outcome) -> BuildEvent {
        BuildEvent::Finished {
            step: step.into(),
            outcome,
            seconds: 2.0,
            verdict: None,
            held: None,
            result: None,
        }
    }

    #[test]
    fn points_have_one_line_and_what_went_wrong_its_own() {
        let points = BTreeMap::from([("tune@*".to_owned(), 4), ("eval@*".to_owned(), 4)]);
        let planned = BuildEvent::Planned {
            steps: 9,
            hits: 0,
            runs: 4,
            depends: 4,
            expected_seconds: None,
            untimed: 0,
            points,
        };
        let style = Style { colour: false };
        let (mut grouped, mut text) = (Grouped::default(), String::new());
        let mut tell = |event: BuildEvent| {
            let told = grouped.take(&event, style);
            text.push_str(&told.unwrap_or_else(|| super::super::plain::lines(&event, style)));
        };
        tell(planned);
        for lr in 1..=4 {
            tell(BuildEvent::Started {
                step: format!("tune@lr={lr}"),
                kind: "train".into(),
                reasons: vec!["new".into()],
                job: None,
            });
        }
        let failure = FailureSummary {
            code: "E0801".into(),
            message: "it ended".into(),
            help: None,
            tail: Vec::new(),
            log: None,
            kept: None,
        };
        tell(finished("tune@lr=2", Outcome::Failed(failure)));
        for lr in [1, 3] {
            tell(finished(&format!("tune@lr={lr}"), Outcome::Executed));
        }
        tell(finished("eval@lr=2", Outcome::Blocked { by: "tune@lr=2".into() }));
        tell(BuildEvent::Summary(Summary::default()));
        insta::assert_snapshot!(text, @r"
        4 of 9 steps to run, 4 more if their inputs change
              run tune@* (train), 4 points: new
           failed tune@lr=2 after 2.00 s
                  E0801: it ended
          blocked eval@*, 1 point: `tune@lr=2` did not pass
             done tune@*, 2 of 4 points, 4.00 s of work
        ");
    }
}
