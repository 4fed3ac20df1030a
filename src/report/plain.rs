//! One event as lines of text. Pure.

use ingot_protocol::Severity;

use super::screen::Form;
use super::summary::{about, plural, time};
use crate::diag::escape::{block, line as one_line};
use crate::engine::event::{BuildEvent, FailureSummary, Outcome, is_whole};
use crate::engine::waivers::Standing;
use crate::model::result::Verdict;

/// How lines look.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Whether words are coloured.
    pub colour: bool,
}

impl Style {
    /// What its lines are.
    pub fn form(self) -> Form {
        if self.colour { Form::Coloured } else { Form::Text }
    }

    /// A line's first word, in its place.
    pub(super) fn word(self, word: &str, colour: u8) -> String {
        let padded = format!("{word:>9}");
        if self.colour { format!("\u{1b}[1;{colour}m{padded}\u{1b}[0m") } else { padded }
    }
}

pub(super) const GREEN: u8 = 32;
pub(super) const RED: u8 = 31;
pub(super) const YELLOW: u8 = 33;
pub(super) const CYAN: u8 = 36;

/// The lines that an event gives; most give none.
pub fn lines(event: &BuildEvent, style: Style) -> String {
    match event {
        BuildEvent::Planned { steps, runs, depends, expected_seconds, untimed, .. } => {
            planned(*steps, *runs, *depends, &about(*expected_seconds, *untimed))
        }
        BuildEvent::Started { step, kind, reasons, .. } => {
            line(style.word("run", CYAN), &format!("{step} ({kind}){}", why(reasons)))
        }
        BuildEvent::Finding { step, finding, waived } if finding.severity != Severity::Info => {
            let word = match finding.severity {
                Severity::Error if *waived => style.word("waived", YELLOW),
                Severity::Error => style.word("error", RED),
                _ => style.word("warning", YELLOW),
            };
            line(word, &format!("{step}: {}: {}", finding.code, finding.message))
        }
        BuildEvent::Gate { step, verdict, message, .. } => match verdict {
            Verdict::Pass => line(style.word("gate", GREEN), &format!("{step}: {message}")),
            Verdict::Inconclusive => {
                line(style.word("gate", YELLOW), &format!("{step}: {message}"))
            }
            Verdict::Fail => line(style.word("gate", RED), &format!("{step}: {message}")),
        },
        BuildEvent::Waiver { step, waiver, code, help } => {
            let word = match waiver.standing {
                Standing::Covers => style.word("waiver", YELLOW),
                Standing::Unused => style.word("warning", YELLOW),
                Standing::Exceeded | Standing::Expired => style.word("error", RED),
            };
            let code = code.as_ref().map(|code| format!("{code}: ")).unwrap_or_default();
            let help = help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
            line(word, &format!("{step}: {code}{}{help}", waiver.message))
        }
        BuildEvent::Finished { step, outcome, seconds, held, .. } => {
            finished(step, outcome, *seconds, held.as_deref(), style)
        }
        BuildEvent::Exported { path, changed: true } => line(style.word("wrote", GREEN), path),
        BuildEvent::Note { step, message } => {
            let of = step.as_ref().map(|step| format!("{step}: ")).unwrap_or_default();
            line(style.word("note", CYAN), &format!("{of}{message}"))
        }
        BuildEvent::Waiting { step, process, held_seconds, seconds, over } => {
            let what = step.as_deref().unwrap_or("ingot.lock");
            let who = process.map_or("another build".to_owned(), |id| format!("process {id}"));
            let since = held_seconds.map(|held| format!(", which is at it for {}", time(held)));
            let text = match over {
                true => format!("{what}: waited {} for {who}", time(*seconds)),
                false => format!(
                    "{what}: waiting {} for {who}{}",
                    time(*seconds),
                    since.unwrap_or_default()
                ),
            };
            line(style.word("waiting", CYAN), &text)
        }
        BuildEvent::Warning { code, message, help } => {
            let help = help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
            line(style.word("warning", YELLOW), &format!("{code}: {message}{help}"))
        }
        BuildEvent::Finding { .. }
        | BuildEvent::Progress { .. }
        | BuildEvent::Remaining { .. }
        | BuildEvent::Metric { .. }
        | BuildEvent::Observed { .. }
        | BuildEvent::Target { .. }
        | BuildEvent::Exported { .. }
        | BuildEvent::Summary(_) => String::new(),
    }
}

/// Why a step runs, behind its name.
pub(super) fn why(reasons: &[String]) -> String {
    if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join("; ")) }
}

/// A line behind its first word.
pub(super) fn line(word: String, text: &str) -> String {
    format!("{word} {}\n", one_line(&text.replace('\n', " ")))
}

fn planned(steps: u64, runs: u64, depends: u64, about: &str) -> String {
    if runs + depends == 0 {
        return String::new();
    }
    let depends = match depends {
        0 => String::new(),
        count => format!(", {count} more if their inputs change"),
    };
    format!("{runs} of {steps} {} to run{depends}{about}\n", plural(steps))
}

fn finished(
    step: &str,
    outcome: &Outcome,
    seconds: f64,
    held: Option<&str>,
    style: Style,
) -> String {
    match outcome {
        Outcome::Executed => {
            let held = match held {
                None => String::new(),
                Some("") => ", without a sandbox".to_owned(),
                Some(held) if is_whole(held) => String::new(),
                Some(held) => format!(", sandbox: {held} only"),
            };
            line(style.word("done", GREEN), &format!("{step} in {}{held}", time(seconds)))
        }
        Outcome::Cached | Outcome::Skipped => String::new(),
        Outcome::Blocked { by } => {
            line(style.word("blocked", YELLOW), &format!("{step}: `{by}` did not pass"))
        }
        Outcome::Cancelled => line(style.word("stopped", YELLOW), step),
        Outcome::Failed(failure) => {
            line(style.word("failed", RED), &format!("{step} after {}", time(seconds)))
                + &explain(step, failure)
        }
    }
}

fn explain(step: &str, failure: &FailureSummary) -> String {
    let mut text = indented("", &format!("{}: {}", one_line(&failure.code), failure.message));
    for tail in &failure.tail {
        text.push_str(&indented("| ", tail));
    }
    if let Some(help) = &failure.help {
        text.push_str(&indented("help: ", help));
    }
    if let Some(log) = &failure.log {
        text.push_str(&indented("log: ", log));
    }
    if let Some(kept) = &failure.kept {
        text.push_str(&indented("kept: ", kept));
        text.push_str(&indented("", &format!("`ingot shell {step} --failed` opens a shell in it")));
    }
    text
}

/// A text below a line's word; a line break in it begins no line of this program's.
fn indented(what: &str, text: &str) -> String {
    let text = block(text).replace('\n', &format!("\n{:>9} {:width$}", "", "", width = what.len()));
    format!("{:>9} {what}{text}\n", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Style = Style { colour: false };

    #[test]
    fn a_failure_shows_why_its_log_and_a_fix() {
        let failure = FailureSummary {
            code: "E0801".into(),
            message: "it ended with exit code 3".into(),
            help: Some("read the log".into()),
            tail: vec!["loading".into(), "\u{1b}[31mred\u{7}".into()],
            log: Some(".ingot/logs/ab.log".into()),
            kept: Some(".ingot/failed/tune@lr=0.001-12345678/root".into()),
        };
        let event = BuildEvent::Finished {
            step: "tune@lr=0.001".into(),
            outcome: Outcome::Failed(failure),
            seconds: 1.5,
            verdict: None,
            held: None,
            result: None,
        };
        insta::assert_snapshot!(lines(&event, PLAIN), @r"
           failed tune@lr=0.001 after 1.50 s
                  E0801: it ended with exit code 3
                  | loading
                  | \u{1b}[31mred\u{7}
                  help: read the log
                  log: .ingot/logs/ab.log
                  kept: .ingot/failed/tune@lr=0.001-12345678/root
                  `ingot shell tune@lr=0.001 --failed` opens a shell in it
        ");
    }

    #[test]
    fn what_a_build_will_do_is_said_first() {
        let event = BuildEvent::Planned {
            steps: 12,
            hits: 8,
            runs: 3,
            depends: 1,
            expected_seconds: Some(41.0),
            untimed: 0,
            points: Default::default(),
        };
        let text = lines(&event, PLAIN);
        assert_eq!(text, "3 of 12 steps to run, 1 more if their inputs change; about 41 s\n");
    }

    #[test]
    fn a_sandbox_that_did_not_hold_is_said() {
        let event = |held: &str| BuildEvent::Finished {
            step: "a".into(),
            outcome: Outcome::Executed,
            seconds: 0.5,
            verdict: None,
            held: Some(held.into()),
            result: None,
        };
        let lines: String = ["root fs net kill ipc caps calls", "fs", ""]
            .map(|held| lines(&event(held), PLAIN))
            .concat();
        insta::assert_snapshot!(lines, @r"
             done a in 0.50 s
             done a in 0.50 s, sandbox: fs only
             done a in 0.50 s, without a sandbox
        ");
    }
}
