//! The bars of running steps on a terminal, drawn by indicatif.
//!
//! A bar a running step, and one for the build once something runs. Lines stand
//! above the bars. Invariant: a build that runs nothing draws nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::summary::time;

use crate::diag::escape::line;
use crate::engine::event::{BuildEvent, Outcome};

/// How often a bar is drawn anew though nothing happened.
const TICK: Duration = Duration::from_millis(200);

/// What is drawn.
#[derive(Debug)]
pub struct Progress {
    bars: MultiProgress,
    running: BTreeMap<String, ProgressBar>,
    all: Option<ProgressBar>,
    /// When the build is expected to end.
    end: Arc<Mutex<Option<Instant>>>,
    width: usize,
}

impl Progress {
    /// Nothing yet, on a terminal of so many columns.
    pub fn new(width: usize) -> Self {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        Self { bars, running: BTreeMap::new(), all: None, end: Arc::default(), width }
    }

    /// Shows an event, and its lines above the bars.
    pub fn show(&mut self, event: &BuildEvent, text: &str) {
        if !text.is_empty() {
            let _ = self.bars.println(text.trim_end_matches('\n'));
        }
        match event {
            BuildEvent::Planned { steps, hits, runs, depends, expected_seconds }
                if runs + depends > 0 =>
            {
                let bar = self.bars.add(ProgressBar::new(*steps));
                let end = Arc::clone(&self.end);
                let left = move |_: &ProgressState, to: &mut dyn std::fmt::Write| {
                    let end = *end.lock().unwrap_or_else(PoisonError::into_inner);
                    let left = end.map(|end| end.saturating_duration_since(Instant::now()));
                    let _ = to.write_str(&left_of(left));
                };
                let template = "{prefix:>9} [{bar:24}] {pos}/{len} steps, {elapsed}{left}";
                bar.set_style(style(template).with_key("left", left));
                bar.enable_steady_tick(TICK);
                self.expect(*expected_seconds);
                bar.set_prefix("build");
                bar.set_position(*hits);
                self.all = Some(bar);
            }
            BuildEvent::Remaining { seconds } => self.expect(Some(*seconds)),
            BuildEvent::Started { step, .. } => {
                let bar = ProgressBar::new_spinner();
                let bar = match &self.all {
                    Some(all) => self.bars.insert_before(all, bar),
                    None => self.bars.add(bar),
                };
                bar.set_style(style("{prefix:>9} {spinner} {msg} {elapsed}"));
                bar.set_message(self.short(step));
                bar.enable_steady_tick(TICK);
                self.running.insert(step.clone(), bar);
            }
            BuildEvent::Progress { step, done, total, unit } => {
                let short = self.short(step);
                if let Some(bar) = self.running.get(step) {
                    if *total > 0 && bar.length() != Some(*total) {
                        bar.set_length(*total);
                        bar.set_style(style(
                            "{prefix:>9} {spinner} {msg} [{bar:24}] {pos}/{len}, {eta} left",
                        ));
                    }
                    bar.set_message(format!("{short} {}", line(unit)));
                    bar.set_position(*done);
                }
            }
            BuildEvent::Finished { step, outcome, .. } => {
                if let Some(bar) = self.running.remove(step) {
                    bar.finish_and_clear();
                }
                if let (Some(all), false) = (&self.all, *outcome == Outcome::Cached) {
                    all.inc(1);
                }
            }
            BuildEvent::Summary(_) => {
                if let Some(all) = self.all.take() {
                    all.finish_and_clear();
                }
                let _ = self.bars.clear();
            }
            _ => {}
        }
    }

    /// Takes in how long the build will take from now on.
    fn expect(&self, seconds: Option<f64>) {
        let left = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let end = left.and_then(|left| Instant::now().checked_add(left));
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) = end;
    }

    fn short(&self, step: &str) -> String {
        let most = self.width.saturating_sub(60).max(16);
        if step.chars().count() <= most {
            return step.to_owned();
        }
        let mut short: String = step.chars().take(most - 1).collect();
        short.push('…');
        short
    }
}

/// What is left of a build, behind the time that it took.
fn left_of(left: Option<Duration>) -> String {
    match left {
        None => String::new(),
        Some(left) if left < Duration::from_secs(1) => ", almost done".to_owned(),
        Some(left) if left < Duration::from_secs(10) => {
            format!(", about {:.0} s left", left.as_secs_f64())
        }
        Some(left) => format!(", about {} left", time(left.as_secs_f64())),
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_said_roughly_and_not_at_all_where_nothing_is_known() {
        let told = [None, Some(0.9), Some(2.6), Some(41.4), Some(700.0)]
            .map(|seconds| left_of(seconds.map(Duration::from_secs_f64)));
        let expected =
            ["", ", almost done", ", about 3 s left", ", about 41 s left", ", about 12 min left"];
        assert_eq!(told, expected);
    }
}
