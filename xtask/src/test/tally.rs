//! [`Tally`]: what the test programs say, summed up. Pure.
//!
//! A test that cannot do its work here prints `skipped: REASON` and passes; the reasons are
//! taken from what libtest shows of tests that passed.

/// What the test programs said.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Tally {
    passed: u64,
    pub(super) failed: u64,
    ignored: u64,
    failures: Vec<String>,
    /// `TEST: REASON`.
    skips: Vec<String>,
    /// Whether what follows is the output of tests that passed.
    of_passed: bool,
    /// The test whose output follows.
    test: String,
}

impl Tally {
    /// Reads one line of libtest's output; says whether it is worth showing.
    pub(super) fn add(&mut self, line: &str) -> bool {
        match line {
            "successes:" => self.of_passed = true,
            "failures:" => self.of_passed = false,
            _ => {}
        }
        if let Some(counts) = line.strip_prefix("test result:") {
            self.of_passed = false;
            for part in counts.split([';', '.']) {
                let mut words = part.split_whitespace();
                let count = words.next().and_then(|word| word.parse::<u64>().ok()).unwrap_or(0);
                match words.next() {
                    Some("passed") => self.passed += count,
                    Some("failed") => self.failed += count,
                    Some("ignored") => self.ignored += count,
                    _ => {}
                }
            }
        } else if let Some(name) =
            line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED"))
        {
            self.failures.push(name.into());
        } else if let Some(name) =
            line.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----"))
        {
            self.test = name.into();
        } else if let (true, Some((_, reason))) =
            (self.of_passed && line.starts_with("skipped"), line.split_once(": "))
        {
            self.skips.push(format!("{}: {reason}", self.test));
        }
        !self.of_passed
    }

    /// The first skip whose reason holds none of these texts.
    pub(super) fn unexpected(&self, allowed: &[&str]) -> Option<&str> {
        let expected = |skip: &&String| allowed.iter().any(|reason| skip.contains(reason));
        self.skips.iter().find(|skip| !expected(skip)).map(String::as_str)
    }

    pub(super) fn summary(&self) -> String {
        let Self { passed, failed, ignored, failures, skips, .. } = self;
        let mut summary = format!("tests: {passed} passed, {failed} failed, {ignored} ignored");
        if !skips.is_empty() {
            summary.push_str(&format!(", {} skipped", skips.len()));
        }
        for (what, lines) in [("skipped", skips), ("failed", failures)] {
            for line in lines {
                summary.push_str(&format!("\n  {what}: {line}"));
            }
        }
        summary
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_several_programs_are_summed() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test store::keeps ... ok",
            "test store::loses ... FAILED",
            "successes:",
            "---- store::keeps stdout ----",
            "skipped: there is no git",
            "failures:",
            "---- store::loses stdout ----",
            "skipped: not so",
            "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 4 filtered out; \
             finished in 0.31s",
            "test result: ok. 5 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out",
        ] {
            tally.add(line);
        }
        let expected = "tests: 7 passed, 1 failed, 2 ignored, 1 skipped\n  skipped: store::keeps: \
                        there is no git\n  failed: store::loses";
        assert_eq!(tally.summary(), expected);
        assert_eq!(tally.unexpected(&["there is no git"]), None);
        assert_eq!(tally.unexpected(&["openssl"]), Some("store::keeps: there is no git"));
    }

    #[test]
    fn what_tests_that_passed_print_is_not_shown() {
        let mut tally = Tally::default();
        let shown = ["test a ... ok", "successes:", "noise", "test result: ok. 1 passed"];
        assert_eq!(shown.map(|line| tally.add(line)), [true, false, false, true]);
    }
}
