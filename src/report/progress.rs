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

/// How much longer than the last time is nothing to speak of.
const SLACK: Duration = Duration::from_secs(1);

/// From so many columns on there is room for the drawing and for values.
const WIDE: usize = 110;

/// What is drawn.
#[derive(Debug)]
pub struct Progress {
    bars: MultiProgress,
    running: BTreeMap<String, Running>,
    all: Option<ProgressBar>,
    /// When the build is expected to end.
    end: Arc<Mutex<Expected>>,
    width: usize,
}

/// When a build is expected to end, where that is known.
#[derive(Debug, Clone, Copy, Default)]
struct Expected {
    end: Option<Instant>,
    /// Steps that are left and were never timed.
    untimed: u64,
}

/// A step that runs.
#[derive(Debug)]
struct Running {
    bar: ProgressBar,
    pace: Arc<Mutex<Pace>>,
}

impl Progress {
    /// Nothing yet, on a terminal of so many columns.
    pub fn new(width: usize) -> Self {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        Self { bars, running: BTreeMap::new(), all: None, end: Arc::default(), width }
    }

    /// Shows an event, and its lines above the bars.
    /// `values` are what a step observed on its way to this `progress`, in words.
    pub fn show(&mut self, event: &BuildEvent, values: &str, text: &str) {
        if !text.is_empty() {
            let _ = self.bars.println(text.trim_end_matches('\n'));
        }
        match event {
            BuildEvent::Planned {
                steps, hits, runs, depends, expected_seconds, untimed, ..
            } if runs + depends > 0 => {
                let bar = self.bars.add(ProgressBar::new(*steps));
                let end = Arc::clone(&self.end);
                let left = move |_: &ProgressState, to: &mut dyn std::fmt::Write| {
                    let expected = *end.lock().unwrap_or_else(PoisonError::into_inner);
                    let _ = to.write_str(&expected.left(Instant::now()));
                };
                let template = "{prefix:>9} [{bar:24}] {pos}/{len} steps, {elapsed}{left}";
                bar.set_style(style(template).with_key("left", left));
                bar.enable_steady_tick(TICK);
                self.expect(*expected_seconds, *untimed);
                bar.set_prefix("build");
                bar.set_position(*hits);
                self.all = Some(bar);
            }
            BuildEvent::Remaining { seconds, untimed } => self.expect(Some(*seconds), *untimed),
            BuildEvent::Started { step, .. } => {
                let bar = ProgressBar::new_spinner();
                let bar = match &self.all {
                    Some(all) => self.bars.insert_before(all, bar),
                    None => self.bars.add(bar),
                };
                bar.set_style(style("          {spinner} {prefix} {elapsed}"));
                bar.set_prefix(self.short(step));
                bar.enable_steady_tick(TICK);
                let pace = Arc::new(Mutex::new(Pace::begin(Instant::now())));
                self.running.insert(step.clone(), Running { bar, pace });
            }
            BuildEvent::Progress { step, done, total, unit } => {
                let short = self.short(step);
                if let Some(Running { bar, pace }) = self.running.get(step) {
                    pace.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .reach(*done, Instant::now());
                    if *total > 0 && bar.length() != Some(*total) {
                        bar.set_length(*total);
                        bar.set_style(self.way(!values.is_empty(), Arc::clone(pace)));
                    }
                    let values =
                        if values.is_empty() { String::new() } else { format!(": {values}") };
                    bar.set_position(*done);
                    bar.set_message(line(&values).into_owned());
                    bar.set_prefix(format!("{short} {}", line(unit)));
                }
            }
            BuildEvent::Finished { step, outcome, .. } => {
                if let Some(Running { bar, .. }) = self.running.remove(step) {
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
    fn expect(&self, seconds: Option<f64>, untimed: u64) {
        let left = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let end = left.and_then(|left| Instant::now().checked_add(left));
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) = Expected { end, untimed };
    }

    /// The bar of a step that says how far it is; where there is little room, what it
    /// observes takes the place of the drawing.
    fn way(&self, has_values: bool, pace: Arc<Mutex<Pace>>) -> ProgressStyle {
        let left = move |state: &ProgressState, to: &mut dyn std::fmt::Write| {
            let pace = *pace.lock().unwrap_or_else(PoisonError::into_inner);
            let left = pace.left(state.len().unwrap_or_default(), Instant::now());
            let _ = to.write_str(&left.map(|left| left_of(left, "")).unwrap_or_default());
        };
        let drawing = if has_values && self.width < WIDE { "" } else { " [{bar:24}]" };
        style(&format!(
            "          {{spinner}} {{prefix}}{drawing} {{pos}}/{{len}}{{left}}{{wide_msg}}"
        ))
        .with_key("left", left)
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

impl Expected {
    /// What is left, behind the time that it took. What was never timed, and what takes
    /// longer than it did, may take any time.
    fn left(self, now: Instant) -> String {
        let Some(end) = self.end else { return String::new() };
        let untimed = match self.untimed {
            0 => String::new(),
            1 => " and 1 step that was never timed".to_owned(),
            count => format!(" and {count} steps that were never timed"),
        };
        match end.checked_duration_since(now) {
            Some(left) => left_of(left, &untimed),
            None if self.untimed > 0 || now.saturating_duration_since(end) < SLACK => String::new(),
            None => ", longer than the last time".to_owned(),
        }
    }
}

/// How fast a step goes on.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// From where on it is measured.
    from: (u64, Instant),
    /// How far it is, and since when.
    reached: Option<(u64, Instant)>,
}

impl Pace {
    fn begin(now: Instant) -> Self {
        Self { from: (0, now), reached: None }
    }

    /// Takes in how far the step is. One that begins further on goes on from a checkpoint:
    /// how fast it is shows from there on.
    fn reach(&mut self, done: u64, now: Instant) {
        if self.reached.is_none() && done > 1 {
            self.from = (done, now);
        }
        self.reached = Some((done, now));
    }

    /// What is left of `total` at this pace; nothing where nothing was measured.
    fn left(self, total: u64, now: Instant) -> Option<Duration> {
        let (done, since) = self.reached?;
        let units = done.checked_sub(self.from.0).filter(|units| *units > 0)?;
        let open = total.checked_sub(done).filter(|open| *open > 0)?;
        let each = since.saturating_duration_since(self.from.1).as_secs_f64() / units as f64;
        let left = Duration::try_from_secs_f64(each * open as f64).ok()?;
        left.checked_sub(now.saturating_duration_since(since))
    }
}

/// What is left of something, with what is left besides.
fn left_of(left: Duration, more: &str) -> String {
    match left {
        left if left < Duration::from_secs(1) && more.is_empty() => ", almost done".to_owned(),
        left if left < Duration::from_secs(10) => {
            format!(", about {:.0} s{more} left", left.as_secs_f64())
        }
        left => format!(", about {}{more} left", time(left.as_secs_f64())),
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_left_is_said_roughly_and_not_at_all_where_nothing_is_known() {
        let now = Instant::now();
        let later = |seconds: f64| now.checked_add(Duration::from_secs_f64(seconds));
        let told = [None, later(0.9), later(2.6), later(41.4), later(700.0)]
            .map(|end| Expected { end, untimed: 0 }.left(now));
        let expected =
            ["", ", almost done", ", about 3 s left", ", about 41 s left", ", about 12 min left"];
        assert_eq!(told, expected);
    }

    #[test]
    fn what_is_not_known_is_not_almost_done() {
        let now = Instant::now();
        let end = now.checked_add(Duration::from_millis(400));
        let past = end.and_then(|end| end.checked_add(Duration::from_secs(2)));
        let left = |untimed, at: Option<Instant>| Expected { end, untimed }.left(at.unwrap());
        assert_eq!(left(2, Some(now)), ", about 0 s and 2 steps that were never timed left");
        assert_eq!(left(2, past), "");
        assert_eq!(left(0, past), ", longer than the last time");
    }

    #[test]
    fn a_step_that_goes_on_from_a_checkpoint_is_timed_from_there() {
        let begun = Instant::now();
        let at = |seconds| begun.checked_add(Duration::from_secs(seconds)).unwrap();
        let mut fresh = Pace::begin(begun);
        assert_eq!(fresh.left(10, at(5)), None, "nothing is done");
        fresh.reach(1, at(10));
        assert_eq!(fresh.left(10, at(10)), Some(Duration::from_secs(90)));
        assert_eq!(fresh.left(10, at(15)), Some(Duration::from_secs(85)));
        let mut resumed = Pace::begin(begun);
        resumed.reach(7, at(1));
        assert_eq!(resumed.left(10, at(1)), None, "seven in a second are not its pace");
        resumed.reach(8, at(11));
        assert_eq!(resumed.left(10, at(11)), Some(Duration::from_secs(20)));
        assert_eq!(resumed.left(10, at(60)), None, "it takes longer than it did");
    }
}
