//! The last line of a build. Pure.

use crate::engine::event::Summary;

/// The build in one line, and what to do next where it did not go well.
pub fn line(summary: &Summary, failed: Option<&str>) -> String {
    let Summary {
        steps,
        executed,
        cached,
        failed: failures,
        blocked,
        seconds,
        retries,
        interrupted,
    } = summary;
    let mut line = format!("{} {}: {executed} executed, {cached} cached", steps, plural(*steps));
    if *failures > 0 {
        line.push_str(&format!(", {failures} failed"));
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
    match failed {
        _ if *interrupted => line.push_str(
            "what stopped steps have checkpointed is kept; `ingot build` goes on from there\n",
        ),
        Some(step) => line.push_str(&format!("`ingot log {step}` prints its whole log\n")),
        None if *blocked > 0 => line.push_str("`ingot why STEP` says what blocks a step\n"),
        None => {}
    }
    line
}

pub(super) fn plural(steps: u64) -> &'static str {
    if steps == 1 { "step" } else { "steps" }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_and_tells_what_to_do_next() {
        let mut summary = Summary { steps: 12, cached: 12, seconds: 0.0123, ..Summary::default() };
        assert_eq!(line(&summary, None), "12 steps: 0 executed, 12 cached in 0.01 s\n");
        summary.cached = 6;
        summary.failed = 1;
        summary.blocked = 2;
        summary.seconds = 75.4;
        insta::assert_snapshot!(line(&summary, Some("tune@lr=0.001")), @r"
        12 steps: 0 executed, 6 cached, 1 failed, 2 blocked, 3 skipped in 75 s
        `ingot log tune@lr=0.001` prints its whole log
        ");
        summary.interrupted = true;
        summary.retries = 1;
        insta::assert_snapshot!(line(&summary, Some("tune@lr=0.001")), @r"
        12 steps: 0 executed, 6 cached, 1 failed, 2 blocked, 1 retry, interrupted in 75 s
        what stopped steps have checkpointed is kept; `ingot build` goes on from there
        ");
    }

    #[test]
    fn times_are_told_as_people_do() {
        let told: Vec<String> = [0.0, 9.99, 10.0, 119.0, 120.0, 7200.0].map(time).to_vec();
        assert_eq!(told, ["0.00 s", "9.99 s", "10 s", "119 s", "2 min", "2.0 h"]);
    }
}
