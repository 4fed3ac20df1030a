//! [`Report`]: what a person or a program sees of a build.
//!
//! Folds the event stream, and nothing else, into one of three forms: JSON
//! lines on standard output, plain lines on standard error, or the same lines
//! above progress bars on a terminal. Invariant: it changes nothing; what a
//! worker says cannot reach the terminal as an escape ([`screen`]).
//!
//! | file | owns |
//! |---|---|
//! | [`plain`] | one event as lines of text: pure |
//! | [`grouped`] | the points of a matrix as one line: pure |
//! | [`observed`] | what running steps observe on their way: pure |
//! | [`ending`] | the last lines: pure |
//! | [`summary`] | the count of steps, and amounts in words: pure |
//! | [`progress`] | the bars of running steps |
//! | [`screen`] | the two streams, and what may reach a terminal |
//! | [`table`] | rows as aligned columns: pure |

pub mod ending;
pub mod grouped;
pub mod observed;
pub mod plain;
pub mod progress;
pub mod screen;
pub mod summary;
pub mod table;

use crate::engine::event::BuildEvent;
use ending::Ending;
use grouped::Grouped;
use observed::Observed;
use progress::Progress;

/// Shows a build's events.
#[derive(Debug)]
pub struct Report {
    form: Form,
    style: plain::Style,
    ending: Ending,
    observed: Observed,
    /// Nothing where each point has lines of its own.
    grouped: Option<Grouped>,
}

#[derive(Debug)]
enum Form {
    Json,
    Plain,
    Bars(Progress),
}

impl Report {
    /// JSON lines where they are asked for; bars on a terminal; else plain lines.
    pub fn stderr(json: bool, terminal: bool, colour: bool, width: usize) -> Self {
        let form = match (json, terminal) {
            (true, _) => Form::Json,
            (false, true) => Form::Bars(Progress::new(width)),
            (false, false) => Form::Plain,
        };
        let (ending, observed) = (Ending::default(), Observed::default());
        Self {
            form,
            style: plain::Style { colour },
            ending,
            observed,
            grouped: Some(Grouped::default()),
        }
    }

    /// The same with lines for every point of a matrix.
    pub fn with_points(self, all: bool) -> Self {
        Self { grouped: self.grouped.filter(|_| !all), ..self }
    }

    /// Shows one event.
    pub fn event(&mut self, event: &BuildEvent) {
        if let Form::Json = self.form {
            if let Ok(line) = serde_json::to_string(event) {
                screen::out(screen::Form::Json, &format!("{line}\n"));
            }
            return;
        }
        self.ending.take(event);
        let observed = self.observed.take(event);
        let grouped = self.grouped.as_mut().and_then(|grouped| grouped.take(event, self.style));
        let mut text = grouped.unwrap_or_else(|| plain::lines(event, self.style));
        if let BuildEvent::Summary(summary) = event {
            text.push_str(&self.ending.text(summary, self.style));
        }
        match &mut self.form {
            Form::Bars(progress) => {
                let values = match event {
                    BuildEvent::Progress { step, .. } => self.observed.last(step),
                    _ => "",
                };
                progress.show(event, values, &screen::shown(self.style.form(), &text));
            }
            Form::Plain | Form::Json => {
                if let Some(observed) = observed {
                    text.push_str(&plain::line(
                        self.style.word("progress", plain::CYAN),
                        &observed,
                    ));
                }
                screen::err(self.style.form(), &text);
            }
        }
    }
}
