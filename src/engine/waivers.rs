//! [`judge`]: which of the errors that a step found somebody answers for.
//!
//! Pure, and outside the action key: the same result is judged anew in every build, so a
//! changed waiver runs nothing. Invariant: each waiver gets one outcome, in the manifest's
//! order; it covers all that it is about or nothing; and an error that none covers fails.

use ingot_protocol::{Finding, LineageWaiver, Severity};
use serde::{Deserialize, Serialize};

use crate::manifest::Day;
use crate::model::result::Verdict;
use crate::plan::Waiver;

/// What became of a waiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It covers what was found.
    Covers,
    /// More was found than it covers, or it does not say how much it covers.
    Exceeded,
    /// Its last day is over: it covers nothing.
    Expired,
    /// What it is about was not found.
    Unused,
}

/// A waiver, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaiverOutcome {
    /// The finding's name, or its code where it has none.
    pub finding: String,
    /// The column, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What became of it.
    pub standing: Standing,
    /// How many rows were found, where rows are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// How many rows it covers at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Why the error is accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it holds.
    pub until: Day,
    /// What became of it, with the numbers: a lower-case fragment.
    pub message: String,
}

impl Standing {
    /// The diagnostic code, unless all is well.
    pub fn code(self) -> Option<&'static str> {
        match self {
            Self::Covers => None,
            Self::Expired => Some("E0817"),
            Self::Exceeded => Some("E0818"),
            Self::Unused => Some("E0819"),
        }
    }
}

impl WaiverOutcome {
    /// What to do about it, unless all is well.
    pub fn help(&self) -> Option<String> {
        let text = match (self.standing, self.rows, self.limit) {
            (Standing::Covers, Some(rows), Some(limit)) if rows < limit => {
                return Some(format!("lower `rows` to {rows}"));
            }
            (Standing::Covers, ..) => return None,
            (Standing::Expired, ..) => {
                "mend what was found and take it away; or agree with its owner on a later `until`"
            }
            (Standing::Exceeded, Some(rows), None) => {
                return Some(format!("add `rows = {rows}`, if somebody answers for so many"));
            }
            (Standing::Exceeded, None, _) => "take `rows` away",
            (Standing::Exceeded, ..) => "mend the rows that are new; or answer for them, too",
            (Standing::Unused, ..) => "take it away",
        };
        Some(text.to_owned())
    }
}

/// Judges the findings of a step: the verdict of the errors that no waiver covers, and what
/// became of each waiver.
pub fn judge(waivers: &[Waiver], findings: &[Finding]) -> (Verdict, Vec<WaiverOutcome>) {
    let outcomes: Vec<WaiverOutcome> = waivers.iter().map(|it| outcome(it, findings)).collect();
    let is_open = |finding: &Finding| {
        finding.severity == Severity::Error && !is_waived(waivers, &outcomes, finding)
    };
    let verdict = if findings.iter().any(is_open) { Verdict::Fail } else { Verdict::Pass };
    (verdict, outcomes)
}

/// Whether a waiver covers a finding.
pub fn is_waived(waivers: &[Waiver], outcomes: &[WaiverOutcome], finding: &Finding) -> bool {
    let covers = |(waiver, outcome): (&Waiver, &WaiverOutcome)| {
        outcome.standing == Standing::Covers && is_about(waiver, finding)
    };
    waivers.iter().zip(outcomes).any(covers)
}

/// The waivers that cover something, whatever the day: what a result stands on is the same
/// before and behind it.
pub fn lineage(waivers: &[Waiver], findings: &[Finding]) -> Vec<LineageWaiver> {
    let covering = |waiver: &Waiver| {
        let waiver = Waiver { expired: false, ..waiver.clone() };
        let outcome = outcome(&waiver, findings);
        let WaiverOutcome { finding, column, rows, limit, reason, owner, until, .. } = outcome;
        let codes = waiver.codes.into_iter().collect();
        let until = until.to_string();
        (outcome.standing == Standing::Covers).then_some(LineageWaiver {
            finding,
            codes,
            column,
            rows,
            limit,
            reason,
            owner,
            until,
        })
    };
    waivers.iter().filter_map(covering).collect()
}

/// Whether a finding is an error of those that a waiver names: with `rows` of those that
/// count rows, without it of those that count none.
fn is_about(waiver: &Waiver, finding: &Finding) -> bool {
    is_named(waiver, finding) && finding.rows.is_some() == waiver.written.rows.is_some()
}

fn is_named(waiver: &Waiver, finding: &Finding) -> bool {
    let column = waiver.written.column.as_ref();
    finding.severity == Severity::Error
        && waiver.codes.contains(&finding.code)
        && column.is_none_or(|column| finding.column.as_ref() == Some(&column.value))
}

fn outcome(waiver: &Waiver, findings: &[Finding]) -> WaiverOutcome {
    let written = &waiver.written;
    let mut found: Vec<&Finding> = findings.iter().filter(|it| is_about(waiver, it)).collect();
    if found.is_empty() {
        found.extend(findings.iter().filter(|it| is_named(waiver, it)));
    }
    let rows = found.iter().filter_map(|finding| finding.rows).reduce(u64::saturating_add);
    let limit = written.rows.as_ref().map(|rows| rows.value);
    let about = written.about();
    let (owner, until) = (&written.owner, written.until.value);
    let answers = format!("{owner} answers for it until {until}: {}", written.reason);
    let (standing, message) = match (rows, limit) {
        _ if found.is_empty() && waiver.expired => (
            Standing::Expired,
            format!("the waiver of {about} ran out on {until}, and nothing of it was found"),
        ),
        _ if waiver.expired => (
            Standing::Expired,
            format!("the waiver of {about} ran out on {until}; {owner} answered for it"),
        ),
        _ if found.is_empty() => {
            (Standing::Unused, format!("the waiver of {about} covers no error: none was found"))
        }
        (Some(rows), None) => (
            Standing::Exceeded,
            format!("{about} is about {}, and its waiver says no `rows`", counted(rows)),
        ),
        (None, Some(limit)) => (
            Standing::Exceeded,
            format!("{about} counts no rows, and its waiver is for {}", counted(limit)),
        ),
        (Some(rows), Some(limit)) if rows > limit => (
            Standing::Exceeded,
            format!("{about} is about {}, and its waiver is for {limit}", counted(rows)),
        ),
        (Some(rows), Some(limit)) if rows < limit => (
            Standing::Covers,
            format!(
                "{about} is waived: {}, fewer than the {limit} of the waiver; {answers}",
                counted(rows)
            ),
        ),
        (Some(rows), Some(_)) => {
            (Standing::Covers, format!("{about} is waived: {}; {answers}", counted(rows)))
        }
        (None, None) => (Standing::Covers, format!("{about} is waived; {answers}")),
    };
    WaiverOutcome {
        finding: written.finding.value.clone(),
        column: written.column.as_ref().map(|column| column.value.clone()),
        standing,
        rows,
        limit,
        reason: written.reason.clone(),
        owner: owner.clone(),
        until,
        message,
    }
}

fn counted(rows: u64) -> String {
    if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::diag::{Span, Spanned};
    use crate::manifest;

    /// A waiver of `rule`, code R1, with these rows and this column.
    fn waiver(rows: Option<u64>, column: Option<&str>) -> Waiver {
        let spanned = |text: &str| Spanned::new(text.to_owned(), Span::default());
        let written = manifest::Waiver {
            span: Span::default(),
            step: spanned("check"),
            finding: spanned("rule"),
            column: column.map(spanned),
            rows: rows.map(|rows| Spanned::new(rows, Span::default())),
            reason: "it is known".into(),
            owner: "us".into(),
            until: Spanned::new(Day::read("2027-12-31").unwrap(), Span::default()),
        };
        Waiver { written, codes: ["R1".to_owned()].into(), expired: false }
    }

    fn error(rows: Option<u64>, column: &str) -> Finding {
        let column = Some(column.to_owned());
        Finding { rows, column, ..Finding::new(Severity::Error, "R1", "broken") }
    }

    fn say(waivers: &[Waiver], findings: &[Finding]) -> String {
        let (verdict, outcomes) = judge(waivers, findings);
        let said = outcomes.iter().map(|it| format!("{:?}: {}", it.standing, it.message));
        format!("{verdict:?}; {}", said.collect::<Vec<_>>().join("; "))
    }

    #[test]
    fn a_waiver_covers_all_that_it_is_about_or_nothing() {
        let two = [error(Some(3), "a"), error(Some(4), "b")];
        let mixed = [error(Some(3), "a"), error(None, "a")];
        let warning = Finding { severity: Severity::Warning, ..error(Some(3), "a") };
        let other = Finding { code: "R2".into(), ..error(Some(3), "a") };
        let past = Waiver { expired: true, ..waiver(Some(9), None) };
        let table = [
            say(&[], &[]),
            say(&[], &two),
            say(&[waiver(Some(7), None)], &two),
            say(&[waiver(Some(6), None)], &two),
            say(&[waiver(Some(8), None)], &two),
            say(&[waiver(Some(7), Some("a"))], &two),
            say(&[waiver(Some(3), Some("a")), waiver(Some(4), Some("b"))], &two),
            say(&[waiver(None, None)], &two),
            say(&[waiver(Some(3), None)], &mixed),
            say(&[waiver(Some(3), None), waiver(None, None)], &mixed),
            say(&[waiver(Some(3), None)], &[error(None, "a")]),
            say(&[waiver(Some(3), None)], &[warning]),
            say(&[waiver(Some(3), None)], &[other]),
            say(std::slice::from_ref(&past), &two),
            say(&[past], &[]),
            say(&[waiver(Some(1), None)], &[error(Some(u64::MAX), "a"), error(Some(2), "b")]),
        ];
        insta::assert_snapshot!(table.join("\n"), @r"
        Pass; 
        Fail; 
        Pass; Covers: `rule` is waived: 7 rows; us answers for it until 2027-12-31: it is known
        Fail; Exceeded: `rule` is about 7 rows, and its waiver is for 6
        Pass; Covers: `rule` is waived: 7 rows, fewer than the 8 of the waiver; us answers for it until 2027-12-31: it is known
        Fail; Covers: `rule` of `a` is waived: 3 rows, fewer than the 7 of the waiver; us answers for it until 2027-12-31: it is known
        Pass; Covers: `rule` of `a` is waived: 3 rows; us answers for it until 2027-12-31: it is known; Covers: `rule` of `b` is waived: 4 rows; us answers for it until 2027-12-31: it is known
        Fail; Exceeded: `rule` is about 7 rows, and its waiver says no `rows`
        Fail; Covers: `rule` is waived: 3 rows; us answers for it until 2027-12-31: it is known
        Pass; Covers: `rule` is waived: 3 rows; us answers for it until 2027-12-31: it is known; Covers: `rule` is waived; us answers for it until 2027-12-31: it is known
        Fail; Exceeded: `rule` counts no rows, and its waiver is for 3 rows
        Pass; Unused: the waiver of `rule` covers no error: none was found
        Fail; Unused: the waiver of `rule` covers no error: none was found
        Fail; Expired: the waiver of `rule` ran out on 2027-12-31; us answered for it
        Pass; Expired: the waiver of `rule` ran out on 2027-12-31, and nothing of it was found
        Fail; Exceeded: `rule` is about 18446744073709551615 rows, and its waiver is for 1
        ");
    }

    #[test]
    fn what_a_result_stands_on_does_not_depend_on_the_day() {
        let two = [error(Some(3), "a"), error(Some(4), "b")];
        let of = |expired| Waiver { expired, ..waiver(Some(7), None) };
        let lineage = lineage(&[of(true)], &two);
        assert_eq!(lineage, super::lineage(&[of(false)], &two));
        assert_eq!(lineage.len(), 1);
        assert_eq!(super::lineage(&[waiver(Some(6), None)], &two), []);
    }
}
