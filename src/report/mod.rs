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
//! | [`summary`] | the last line: pure |
//! | [`progress`] | the bars of running steps |
//! | [`screen`] | the two streams, and what may reach a terminal |
//! | [`table`] | rows as aligned columns: pure |

pub mod plain;
pub mod progress;
pub mod screen;
pub mod summary;
pub mod table;

use crate::engine::event::BuildEvent;
use progress::Progress;

/// Shows a build's events.
#[derive(Debug)]
pub struct Report {
    form: Form,
    style: plain::Style,
    /// The first step that failed: what the last line tells to look at.
    failed: Option<String>,
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
        Self { form, style: plain::Style { colour }, failed: None }
    }

    /// Shows one event.
    pub fn event(&mut self, event: &BuildEvent) {
        if let Form::Json = self.form {
            if let Ok(line) = serde_json::to_string(event) {
                screen::out(screen::Form::Json, &format!("{line}\n"));
            }
            return;
        }
        if let Some(step) = plain::failed(event) {
            self.failed.get_or_insert_with(|| step.to_owned());
        }
        let mut text = plain::lines(event, self.style);
        if let BuildEvent::Summary(summary) = event {
            text.push_str(&summary::line(summary, self.failed.as_deref()));
        }
        match &mut self.form {
            Form::Bars(progress) => {
                progress.show(event, &screen::shown(self.style.form(), &text));
            }
            Form::Plain | Form::Json => {
                screen::err(self.style.form(), &text);
            }
        }
    }
}
