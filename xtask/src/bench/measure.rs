//! [`Line`]: one comparison; and how its two sides are timed.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// One line of the table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    /// What is done.
    pub(crate) work: String,
    /// Of what the figures are.
    pub(crate) unit: Unit,
    /// Our figure.
    pub(crate) ours: f64,
    /// The peer, and its figure.
    pub(crate) peer: Option<(String, f64)>,
    /// What is to be reached.
    pub(crate) target: String,
    /// Whether it is; nothing where there is no target.
    pub(crate) reached: Option<bool>,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Of time.
    Seconds,
    /// Of memory.
    Bytes,
}

impl Unit {
    /// A figure as it reads best.
    pub(crate) fn show(self, figure: f64) -> String {
        match self {
            Self::Seconds => time(figure),
            Self::Bytes => format!("{:.0} MB", figure / 1e6),
        }
    }
}

impl Line {
    /// Ours against a peer: the ratio of the times may be `most`.
    pub(crate) fn ratio(work: &str, ours: f64, peer: &str, theirs: f64, most: f64) -> Self {
        Self {
            work: work.to_owned(),
            unit: Unit::Seconds,
            ours,
            peer: Some((peer.to_owned(), theirs)),
            target: format!("at most {most} x {peer}"),
            reached: Some(ours <= most * theirs),
        }
    }

    /// Ours, beside a peer that sets no target.
    pub(crate) fn beside(work: &str, ours: f64, peer: &str, theirs: f64) -> Self {
        let target = "none: for comparison".to_owned();
        Self {
            work: work.to_owned(),
            unit: Unit::Seconds,
            ours,
            peer: Some((peer.to_owned(), theirs)),
            target,
            reached: None,
        }
    }

    /// Ours against a figure.
    pub(crate) fn alone(work: &str, ours: f64, target: &str, reached: bool) -> Self {
        let (work, target) = (work.to_owned(), target.to_owned());
        Self { work, unit: Unit::Seconds, ours, peer: None, target, reached: Some(reached) }
    }

    /// The memory of a process, which is to stay below so many bytes, beside a peer's.
    pub(crate) fn memory(work: &str, ours: f64, (peer, theirs): (&str, f64), most: f64) -> Self {
        Self {
            work: work.to_owned(),
            unit: Unit::Bytes,
            ours,
            peer: Some((peer.to_owned(), theirs)),
            target: format!("below {}", Unit::Bytes.show(most)),
            reached: Some(ours < most),
        }
    }

    /// For the terminal.
    pub(crate) fn text(&self) -> String {
        let mark = match self.reached {
            Some(true) => ": reached",
            Some(false) => ": MISSED",
            None => "",
        };
        let peer = match &self.peer {
            Some((peer, theirs)) => {
                format!(", {peer} {}: {:.2} x", self.unit.show(*theirs), self.ours / theirs)
            }
            None => String::new(),
        };
        format!("{}: {}{peer}; {}{mark}", self.work, self.unit.show(self.ours), self.target)
    }
}

/// A time with the unit that reads best.
pub(crate) fn time(seconds: f64) -> String {
    match seconds {
        s if s < 1e-3 => format!("{:.2} us", s * 1e6),
        s if s < 1.0 => format!("{:.1} ms", s * 1e3),
        s => format!("{s:.2} s"),
    }
}

/// Times two ways by turns, so that both see the same machine; the median of each.
pub(crate) fn by_turns(
    rounds: usize,
    mut ours: impl FnMut() -> Result<Duration>,
    mut theirs: impl FnMut() -> Result<Duration>,
) -> Result<(f64, f64)> {
    let (mut own, mut other) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        own.push(ours()?);
        other.push(theirs()?);
    }
    Ok((median(own), median(other)))
}

/// The median of some runs.
pub(crate) fn repeated(rounds: usize, mut run: impl FnMut() -> Result<Duration>) -> Result<f64> {
    let times = (0..rounds).map(|_| run()).collect::<Result<Vec<_>>>()?;
    Ok(median(times))
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times.get(times.len() / 2).map_or(0.0, Duration::as_secs_f64)
}

/// The wall time of a command that must succeed; what it says is thrown away.
pub(crate) fn timed(command: &mut Command) -> Result<Duration> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let begun = Instant::now();
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    let elapsed = begun.elapsed();
    if !status.success() {
        bail!("{command:?} failed ({status})");
    }
    Ok(elapsed)
}

/// The most memory that a command had, in bytes, as the kernel counts it.
pub(crate) fn peak_memory(command: &mut Command) -> Result<u64> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait()?.is_none() {
        let text = std::fs::read_to_string(&status_file).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok());
        peak = peak.max(kilobytes.unwrap_or(0u64) * 1024);
        std::thread::sleep(Duration::from_micros(200));
    }
    Ok(peak)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_the_ratio_and_whether_it_is_reached() {
        let line = Line::ratio("no-op", 0.030, "ninja", 0.045, 1.0);
        assert_eq!(
            line.text(),
            "no-op: 30.0 ms, ninja 45.0 ms: 0.67 x; at most 1 x ninja: reached"
        );
        assert_eq!(Line::ratio("no-op", 0.050, "ninja", 0.045, 1.0).reached, Some(false));
        let line = Line::beside("no-op", 0.5, "dvc", 2.0);
        assert_eq!(line.text(), "no-op: 500.0 ms, dvc 2.00 s: 0.25 x; none: for comparison");
    }

    #[test]
    fn a_median_is_no_mean() {
        let times = [1, 2, 90].map(Duration::from_millis).to_vec();
        assert_eq!(median(times), 0.002);
    }
}
