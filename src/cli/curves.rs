//! What a step observed on its way, for `log` as lines and for `show` as a drawing. Pure.

use ingot_protocol::figure::figure;

use crate::report::table;
use crate::store::curves::Curve;

/// Characters of a drawing, at most.
const WIDTH: usize = 20;

/// Heights of a character, the lowest first.
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A line for each place of the way, and one for each thing that is true of the whole run.
pub(super) fn lines(curve: &Curve) -> String {
    let names = curve.names();
    let header: Vec<&str> = [curve.unit.as_str()].into_iter().chain(names.clone()).collect();
    let rows: Vec<Vec<String>> = curve
        .points
        .iter()
        .map(|(done, values)| {
            let value = |name: &&str| values.get(*name).map(|value| figure(*value));
            let values = names.iter().map(|name| value(name).unwrap_or_default());
            [done.to_string()].into_iter().chain(values).collect()
        })
        .collect();
    let mut text = if rows.is_empty() { String::new() } else { table::render(&header, &rows) };
    let facts = curve.facts.iter().map(|(name, value)| vec![name.clone(), figure(*value)]);
    let facts: Vec<Vec<String>> = facts.collect();
    if !facts.is_empty() {
        text.push_str(&table::render(&[], &facts));
    }
    text
}

/// A drawing for each value that was observed more than once, with its first, its last, its
/// least and its greatest value.
pub(super) fn drawings(curve: &Curve) -> String {
    let rows: Vec<Vec<String>> = curve
        .names()
        .into_iter()
        .filter_map(|name| {
            let values = curve.values(name);
            let (first, last) = (values.first()?, values.last()?);
            let least = values.iter().copied().fold(f64::INFINITY, f64::min);
            let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let ends = [*first, *last, least, most].map(figure);
            (values.len() > 1)
                .then(|| [name.to_owned(), drawing(&values)].into_iter().chain(ends).collect())
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let of = format!("{} {}", curve.points.len(), curve.unit);
    table::render(&["observed", &of, "first", "last", "least", "most"], &rows)
}

/// Values as heights, from the least to the greatest. Of more values than there is room for
/// each character is the mean of its share.
fn drawing(values: &[f64]) -> String {
    let count = values.len().min(WIDTH);
    let share = |at: usize| {
        let part = &values[at * values.len() / count..(at + 1) * values.len() / count];
        part.iter().sum::<f64>() / part.len() as f64
    };
    let shares: Vec<f64> = (0..count).map(share).collect();
    let least = shares.iter().copied().fold(f64::INFINITY, f64::min);
    let most = shares.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let height = |value: &f64| match most > least {
        // A share is from 0 to 1, so the height is one that there is.
        true => ((value - least) / (most - least) * 7.0).round() as usize,
        false => 0,
    };
    shares.iter().map(|value| HEIGHTS[height(value).min(7)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn curve(epochs: u64) -> Curve {
        let point = |epoch: u64| {
            let loss = 2.0 / epoch as f64;
            (epoch, BTreeMap::from([("lr".to_owned(), 0.001), ("train_loss".to_owned(), loss)]))
        };
        Curve {
            unit: "epochs".into(),
            total: epochs,
            points: (1..=epochs).map(point).collect(),
            facts: BTreeMap::from([("fuel".to_owned(), 12.0)]),
            seconds: 1.0,
        }
    }

    #[test]
    fn a_curve_is_a_line_an_epoch_and_a_drawing() {
        insta::assert_snapshot!(lines(&curve(4)), @r"
        epochs        lr  train_loss
             1  0.001000           2
             2  0.001000           1
             3  0.001000      0.6667
             4  0.001000      0.5000
        fuel  12
        ");
        insta::assert_snapshot!(drawings(&curve(4)), @r"
        observed    4 epochs     first      last     least      most
        lr          ▁▁▁▁      0.001000  0.001000  0.001000  0.001000
        train_loss  █▃▂▁             2    0.5000    0.5000         2
        ");
        insta::assert_snapshot!(drawings(&curve(200)), @r"
        observed    200 epochs               first      last     least      most
        lr          ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁  0.001000  0.001000  0.001000  0.001000
        train_loss  █▃▂▂▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁         2   0.01000   0.01000         2
        ");
        assert_eq!(drawings(&curve(1)), "", "one value is no curve");
        assert_eq!(lines(&Curve::default()), "");
    }
}
