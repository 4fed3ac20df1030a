//! The count of a build's steps, what to do next, and amounts in words. Pure.

use crate::engine::event::Summary;

/// The build in one line.
pub fn count(summary: &Summary) -> String {
    let Summary {
        steps,
        executed,
        cached,
        failed: failures,
        blocked,
        failed_verdicts,
        inconclusive_verdicts,
        seconds,
        retries,
        run: _,
        interrupted,
    } = summary;
    let mut line = format!("{} {}: {executed} executed, {cached} cached", steps, plural(*steps));
    if *failures > 0 {
        line.push_str(&format!(", {failures} failed"));
    }
    for (count, how) in [(failed_verdicts, "failed"), (inconclusive_verdicts, "inconclusive")] {
        match count {
            0 => {}
            1 => line.push_str(&format!(", 1 verdict {how}")),
            count => line.push_str(&format!(", {count} verdicts {how}")),
        }
    }
    if *blocked > 0 {
        line.push_str(&format!(", {blocked} blocked"));
    }
    // What has no other end was not started, or was stopped by an interrupt.
    let skipped = steps.saturating_sub(executed + cached + failures + blocked);
    if skipped > 0 && !interrupted {
        line.push_str(&format!(", {skipped} skipped"));
    }
    match retries {
        0 => {}
        1 => line.push_str(", 1 retry"),
        count => line.push_str(&format!(", {count} retries")),
    }
    if *interrupted {
        line.push_str(", interrupted");
    }
    line.push_str(&format!(" in {}\n", time(*seconds)));
    line
}

/// What to do next where it did not go well: `failed` is a step that failed, `found` one
/// whose verdict is no pass.
pub fn next(summary: &Summary, failed: Option<&str>, found: Option<&String>) -> String {
    match (failed, found) {
        _ if summary.interrupted => {
            "what stopped steps have checkpointed is kept; `ingot build` goes on from there\n"
                .to_owned()
        }
        (Some(step), _) => format!("`ingot log {step}` prints its whole log\n"),
        (None, Some(step)) => format!("`ingot show {step}` shows all that was found\n"),
        (None, None) if summary.blocked > 0 => {
            "`ingot why STEP` says what blocks a step\n".to_owned()
        }
        (None, None) => String::new(),
    }
}

/// How long something takes, behind what it is: nothing where no part of it was ever timed.
pub fn about(seconds: Option<f64>, untimed: u64) -> String {
    match (seconds, untimed) {
        (None, _) => String::new(),
        (Some(seconds), 0) => format!("; about {}", time(seconds)),
        (Some(seconds), 1) => format!("; about {}, and 1 step was never timed", time(seconds)),
        (Some(seconds), count) => {
            format!("; about {}, and {count} steps were never timed", time(seconds))
        }
    }
}

pub(super) fn plural(steps: u64) -> &'static str {
    if steps == 1 { "step" } else { "steps" }
}

/// So many points of a matrix.
pub(super) fn points(count: u64) -> String {
    if count == 1 { "1 point".to_owned() } else { format!("{count} points") }
}

/// A duration as a person says it.
pub fn time(seconds: f64) -> String {
    match seconds {
        s if s < 10.0 => format!("{s:.2} s"),
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

/// A moment, given in seconds since 1970: `2026-11-30T00:12:07Z`.
pub fn moment(seconds: u64) -> String {
    const DAY: u64 = 24 * 3600;
    let (days, rest) = (seconds / DAY, seconds % DAY);
    // Howard Hinnant, chrono-Compatible Low-Level Date Algorithms, `civil_from_days`: years
    // begin in March, so that the leap day is a year's last.
    let shifted = days.saturating_add(719_468);
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_and_tells_what_to_do_next() {
        let mut summary = Summary { steps: 12, cached: 12, seconds: 0.0123, ..Summary::default() };
        assert_eq!(count(&summary), "12 steps: 0 executed, 12 cached in 0.01 s\n");
        summary.cached = 6;
        summary.failed = 1;
        summary.blocked = 2;
        summary.seconds = 75.4;
        let line = |summary: &Summary| count(summary) + &next(summary, Some("tune@lr=0.001"), None);
        insta::assert_snapshot!(line(&summary), @r"
        12 steps: 0 executed, 6 cached, 1 failed, 2 blocked, 3 skipped in 75 s
        `ingot log tune@lr=0.001` prints its whole log
        ");
        summary.interrupted = true;
        summary.retries = 1;
        insta::assert_snapshot!(line(&summary), @r"
        12 steps: 0 executed, 6 cached, 1 failed, 2 blocked, 1 retry, interrupted in 75 s
        what stopped steps have checkpointed is kept; `ingot build` goes on from there
        ");
    }

    #[test]
    fn moments_are_told_as_dates() {
        let told = [0, 951_782_400, 1_709_164_800, 4_107_542_399, 1_796_000_000].map(moment);
        let expected = [
            "1970-01-01T00:00:00Z",
            "2000-02-29T00:00:00Z",
            "2024-02-29T00:00:00Z",
            "2100-02-28T23:59:59Z",
            "2026-11-30T00:53:20Z",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn times_are_told_as_people_do() {
        let told: Vec<String> = [0.0, 9.99, 10.0, 119.0, 120.0, 7200.0].map(time).to_vec();
        assert_eq!(told, ["0.00 s", "9.99 s", "10 s", "119 s", "2 min", "2.0 h"]);
    }
}
