//! `profile.html`: a profile for people, one page without scripts or anything remote. Pure,
//! but for the file.
//!
//! Pictures are inline SVG in the colour of the text, so that they follow the page, light or
//! dark. Every text of the data is escaped by the template.

use std::fmt::Write;
use std::path::Path;

use ingot_protocol::Failure;
use ingot_protocol::figure::figure;
use ingot_tables::profile::{Bins, ColumnProfile, Numbers, Profile, Summary};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

const PAGE: &str = include_str!("page.html.j2");

/// Most columns on a page; `profile.json` has all.
const MOST: usize = 500;
/// Most frequent values that are shown.
const VALUES: usize = 8;
/// Most characters of a value.
const SHOWN: usize = 48;

/// What the template has.
#[derive(Serialize)]
struct Page {
    columns: Vec<PageColumn>,
    /// Columns that are not shown.
    more: usize,
    /// Each split with its rows.
    splits: Vec<(String, String)>,
}

#[derive(Serialize)]
struct PageColumn {
    name: String,
    data_type: String,
    role: String,
    /// Whether values are kept from the page.
    bare: bool,
    splits: Vec<PageSplit>,
}

#[derive(Serialize)]
struct PageSplit {
    name: String,
    facts: Vec<(&'static str, String)>,
    /// An SVG.
    picture: Option<String>,
    /// Value, count, and its share of the largest count in percent.
    values: Vec<(String, String, String)>,
    others: Option<String>,
}

/// Writes the page into the profile's folder.
pub(super) fn write(profile: &Profile, folder: &Path) -> Result<(), Failure> {
    let file = folder.join("profile.html");
    let wrong = |error: String| Failure::new("D0340", format!("{}: {error}", file.display()));
    let text = render(profile).map_err(|error| wrong(error.to_string()))?;
    std::fs::write(&file, text).map_err(|error| wrong(error.to_string()))
}

fn render(profile: &Profile) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()?;
    environment.set_syntax(syntax);
    environment.add_template("page", PAGE)?;
    let splits = profile.columns.first().map(|column| &column.splits);
    let splits = splits.into_iter().flatten();
    let page = Page {
        columns: profile.columns.iter().take(MOST).map(column).collect(),
        more: profile.columns.len().saturating_sub(MOST),
        splits: splits.map(|(name, summary)| (name.clone(), grouped(summary.rows))).collect(),
    };
    environment.get_template("page")?.render(Serde(page))
}

fn column(column: &ColumnProfile) -> PageColumn {
    PageColumn {
        name: column.name.clone(),
        data_type: column.data_type.to_string(),
        role: column.role.name().to_owned(),
        bare: column.splits.values().all(|summary| summary.distinct.is_none()),
        splits: column.splits.iter().map(|(name, summary)| split(name, summary)).collect(),
    }
}

fn split(name: &str, summary: &Summary) -> PageSplit {
    let few = |summary: &&Summary| {
        summary.numbers.is_none() || summary.distinct.is_some_and(|distinct| distinct.count <= 2)
    };
    let top = summary.top.as_ref().filter(|_| few(&summary));
    let shown = top.map_or(&[][..], |top| &top.values);
    let largest = shown.first().map_or(1, |value| value.count.max(1)) as f64;
    let values = shown.iter().take(VALUES).map(|value| {
        let share = 100.0 * value.count as f64 / largest;
        (clipped(&value.value.to_string()), grouped(value.count), format!("{share:.2}"))
    });
    let hidden = shown.iter().skip(VALUES).map(|value| value.count).sum::<u64>();
    let others = top.map(|top| top.others + hidden).filter(|others| *others > 0);
    PageSplit {
        name: name.to_owned(),
        facts: facts(summary),
        picture: summary.numbers.as_ref().filter(|_| top.is_none()).and_then(histogram),
        values: values.collect(),
        others: others.map(grouped),
    }
}

fn facts(summary: &Summary) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    let share = 100.0 * summary.nulls as f64 / summary.rows.max(1) as f64;
    facts.push((
        "missing",
        match summary.nulls {
            0 => "none".to_owned(),
            nulls => format!("{} ({} %)", grouped(nulls), figure(share)),
        },
    ));
    if let Some(distinct) = summary.distinct {
        let about = if distinct.standard_error > 0.0 { "about " } else { "" };
        facts.push(("different", format!("{about}{}", grouped(distinct.count))));
    }
    if let Some(lengths) = summary.lengths {
        let mean = figure(lengths.mean);
        facts.push(("characters", format!("{} to {}, mean {mean}", lengths.min, lengths.max)));
    }
    let Some(numbers) = &summary.numbers else { return facts };
    let mut tell = |name: &'static str, value: Option<f64>| {
        facts.extend(value.map(|value| (name, figure(value))));
    };
    tell("mean", numbers.mean);
    tell("deviation", numbers.deviation);
    let quantile = |wanted: f64| {
        let found = numbers.quantiles.iter().find(|quantile| quantile.share == wanted);
        found.map(|quantile| quantile.value)
    };
    for (name, share) in [("5 %", 0.05), ("median", 0.5), ("95 %", 0.95)] {
        tell(name, quantile(share));
    }
    for (name, count) in [("NaN", numbers.nan), ("infinite", numbers.infinite)] {
        if count > 0 {
            facts.push((name, grouped(count)));
        }
    }
    facts
}

/// Bars of equal bins over the range, which stands below them.
fn histogram(numbers: &Numbers) -> Option<String> {
    const WIDE: f64 = 320.0;
    const HIGH: f64 = 84.0;
    let Bins { counts, start, width } = &numbers.histogram;
    let largest = *counts.iter().max()? as f64;
    let bar = WIDE / counts.len() as f64;
    let mut svg = format!(
        "<svg role=\"img\" aria-label=\"histogram\" viewBox=\"0 0 {WIDE} {}\" width=\"{WIDE}\" \
         height=\"{}\" font-size=\"11\" fill=\"currentColor\">",
        HIGH + 18.0,
        HIGH + 18.0
    );
    for (at, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        // What is there is seen, however little it is.
        let height = (HIGH * *count as f64 / largest).max(1.0);
        let (low, high) = (start + at as f64 * width, start + (at + 1) as f64 * width);
        let _ = write!(
            svg,
            "<rect class=\"bar\" x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{height:.2}\">\
             <title>{} to {}: {}</title></rect>",
            at as f64 * bar,
            HIGH - height,
            (bar - 1.0).max(0.5),
            figure(low),
            figure(high),
            grouped(*count)
        );
    }
    let end = HIGH + 14.0;
    let _ = write!(
        svg,
        "<path d=\"M0 {HIGH}.5H{WIDE}\" stroke=\"currentColor\" stroke-opacity=\".25\"/>\
         <text class=\"end\" x=\"0\" y=\"{end}\">{}</text>\
         <text class=\"end\" x=\"{WIDE}\" y=\"{end}\" text-anchor=\"end\">{}</text></svg>",
        figure(numbers.min?),
        figure(numbers.max?)
    );
    Some(svg)
}

/// A count with its thousands apart.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let first = digits.len() % 3;
    let mut text = digits[..first].to_owned();
    for at in (first..digits.len()).step_by(3) {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&digits[at..at + 3]);
    }
    text
}

fn clipped(text: &str) -> String {
    match text.chars().count() {
        0 => "(empty)".to_owned(),
        length if length > SHOWN => text.chars().take(SHOWN - 1).chain(['…']).collect(),
        _ => text.to_owned(),
    }
}
