//! The points of a step with a matrix or replicates, side by side.

use std::collections::{BTreeMap, BTreeSet};

use ingot_protocol::Metric;
use ingot_protocol::figure::figure;
use serde_json::{Value, json};

use super::super::output::Output;
use super::super::plan::word;
use crate::engine::forecast::{Forecast, State};
use crate::plan::{Plan, Step};
use crate::report::summary::time;
use crate::report::table;
use crate::workspace::Workspace;

/// What is known of one point.
struct Point<'a> {
    step: &'a Step,
    state: &'static str,
    /// Those over all of the data, by name; nothing where there is no result.
    metrics: Option<BTreeMap<&'a str, &'a Metric>>,
    /// Whether there are metrics of slices, or differences.
    finer: bool,
    /// How long the run took that gave the result.
    seconds: Option<f64>,
}

/// Prints the points in the order in which the manifest declares them.
pub(super) fn show(
    workspace: &Workspace,
    plan: &Plan,
    forecast: &Forecast,
    base: &str,
    output: &Output,
) {
    let seconds = workspace.store.seconds().unwrap_or_default();
    let indices = plan.indices();
    let points: Vec<Point<'_>> = workspace
        .manifest
        .points
        .get(base)
        .into_iter()
        .flatten()
        .filter_map(|name| indices.get(name.as_str()).copied())
        .map(|index| {
            let known = match &forecast.states[index] {
                State::Hit(known) => Some(known),
                _ => None,
            };
            let metrics = known.map(|known| known.result.metrics.as_slice()).unwrap_or_default();
            let whole = metrics.iter().filter(|metric| is_whole(metric));
            Point {
                step: &plan.steps[index],
                state: word(&forecast.states[index]),
                metrics: known.map(|_| whole.map(|m| (m.name.as_str(), m)).collect()),
                finer: metrics.iter().any(|metric| !is_whole(metric)),
                seconds: known.and_then(|known| seconds.get(&known.result.key).copied()),
            }
        })
        .collect();
    if output.json {
        for point in &points {
            output.data(&format!("{}\n", line(point)));
        }
        return;
    }
    let (text, left_out) = render(&points, output.width);
    output.data(&text);
    output.note(&format!("\n{}", ending(base, &points, &left_out)));
}

fn is_whole(metric: &Metric) -> bool {
    metric.slice.is_empty() && metric.than.is_none()
}

fn line(point: &Point<'_>) -> Value {
    let metrics = point.metrics.as_ref().map(|metrics| metrics.values().collect::<Vec<_>>());
    json!({
        "event": "point",
        "step": point.step.name,
        "point": point.step.point,
        "state": point.state,
        "metrics": metrics.unwrap_or_default(),
        "seconds": point.seconds,
    })
}

/// The table, with as many metrics as the width has room for, and the names of the
/// others.
fn render(points: &[Point<'_>], width: usize) -> (String, Vec<String>) {
    let axes: BTreeSet<&str> =
        points.iter().flat_map(|point| point.step.point.keys()).map(String::as_str).collect();
    let of: Vec<_> = points.iter().filter_map(|point| point.metrics.as_ref()).collect();
    let all: BTreeSet<&str> = of.iter().flat_map(|metrics| metrics.keys().copied()).collect();
    let in_each = |name: &&str| of.iter().all(|metrics| metrics.contains_key(name));
    let (common, mut left_out): (Vec<&str>, Vec<&str>) = all.into_iter().partition(in_each);
    let table = |shown: &[&str]| {
        let ends = ["time", "state"];
        let header: Vec<&str> = axes.iter().chain(shown).copied().chain(ends).collect();
        let rows: Vec<Vec<String>> = points.iter().map(|point| row(point, &axes, shown)).collect();
        table::render(&header, &rows)
    };
    let fits = |text: &str| text.lines().all(|line| line.chars().count() <= width);
    let mut shown = common;
    // No column is narrower than a character.
    left_out.extend(shown.split_off(width.min(shown.len())));
    while !fits(&table(&shown))
        && let Some(last) = shown.pop()
    {
        left_out.push(last);
    }
    left_out.sort_unstable();
    (table(&shown), left_out.into_iter().map(str::to_owned).collect())
}

fn row(point: &Point<'_>, axes: &BTreeSet<&str>, shown: &[&str]) -> Vec<String> {
    let labels = axes.iter().map(|&axis| point.step.point.get(axis).cloned().unwrap_or_default());
    let metrics = shown.iter().map(|name| {
        let metric = point.metrics.as_ref().and_then(|metrics| metrics.get(name));
        metric.map(|metric| number(metric)).unwrap_or_default()
    });
    let ends = [point.seconds.map(time).unwrap_or_default(), point.state.to_owned()];
    labels.chain(metrics).chain(ends).collect()
}

fn number(metric: &Metric) -> String {
    match (metric.low, metric.high) {
        (Some(low), Some(high)) => {
            format!("{} [{}, {}]", figure(metric.value), figure(low), figure(high))
        }
        _ => figure(metric.value),
    }
}

/// What the table leaves out, and the next useful command.
fn ending(base: &str, points: &[Point<'_>], left_out: &[String]) -> String {
    let mut text = String::new();
    if !left_out.is_empty() {
        text.push_str(&format!("not shown: {}\n", left_out.join(", ")));
    }
    let finer = if points.iter().any(|point| point.finer) { ", slices too" } else { "" };
    if let Some(point) = points.iter().find(|point| point.metrics.is_some()) {
        text.push_str(&format!("`ingot show {}` shows all of a point{finer}\n", point.step.name));
    }
    if points.iter().any(|point| point.metrics.is_none()) {
        text.push_str(&format!("`ingot build {base}` makes what is missing\n"));
    }
    text
}
