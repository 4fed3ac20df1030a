//! The bars of running steps on a terminal, drawn by indicatif.
//!
//! A bar a running step, and one for the build once something runs. Lines stand
//! above the bars. Invariant: a build that runs nothing draws nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::diag::render::clean;
use crate::engine::event::{BuildEvent, Outcome};

/// What is drawn.
#[derive(Debug)]
pub struct Progress {
    bars: MultiProgress,
    running: BTreeMap<String, ProgressBar>,
    all: Option<ProgressBar>,
    width: usize,
}

impl Progress {
    /// Nothing yet, on a terminal of so many columns.
    pub fn new(width: usize) -> Self {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        Self { bars, running: BTreeMap::new(), all: None, width }
    }

    /// Shows an event, and its lines above the bars.
    pub fn show(&mut self, event: &BuildEvent, text: &str) {
        if !text.is_empty() {
            let _ = self.bars.println(text.trim_end_matches('\n'));
        }
        match event {
            BuildEvent::Planned { steps, hits, runs, depends, .. } if runs + depends > 0 => {
                let bar = self.bars.add(ProgressBar::new(*steps));
                bar.set_style(style("{prefix:>9} [{bar:24}] {pos}/{len} steps, {elapsed}"));
                bar.set_prefix("build");
                bar.set_position(*hits);
                self.all = Some(bar);
            }
            BuildEvent::Started { step, .. } => {
                let bar = ProgressBar::new_spinner();
                let bar = match &self.all {
                    Some(all) => self.bars.insert_before(all, bar),
                    None => self.bars.add(bar),
                };
                bar.set_style(style("{prefix:>9} {spinner} {msg} {elapsed}"));
                bar.set_message(self.short(step));
                bar.enable_steady_tick(Duration::from_millis(200));
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
                    bar.set_message(format!("{short} {}", clean(unit)));
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

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
