//! Rows as aligned columns. Pure.
//!
//! Invariant: a row is a line, whatever its cells hold.

use crate::diag::escape::line;

/// A table: two spaces between columns, numbers to the right, no space at the
/// end of a line.
pub fn render(header: &[&str], rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0).max(header.len());
    let cell = |row: &[String], column: usize| {
        row.get(column).map(|text| line(text).into_owned()).unwrap_or_default()
    };
    let header: Vec<String> = header.iter().map(|&title| title.to_owned()).collect();
    let numeric: Vec<bool> = (0..columns)
        .map(|column| {
            let mut cells = rows.iter().map(|row| cell(row, column)).filter(|c| !c.is_empty());
            rows.iter().any(|row| !cell(row, column).is_empty())
                && cells.all(|text| text.parse::<f64>().is_ok())
        })
        .collect();
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter()
                .chain([&header])
                .map(|row| cell(row, column).chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    let titled = header.iter().any(|title| !title.is_empty());
    for row in titled.then_some(&header).into_iter().chain(rows) {
        let mut shown = String::new();
        for column in 0..columns {
            let cell = cell(row, column);
            let space = " ".repeat(widths[column].saturating_sub(cell.chars().count()));
            if column > 0 {
                shown.push_str("  ");
            }
            match numeric[column] {
                true => shown.push_str(&(space + &cell)),
                false => shown.push_str(&(cell + &space)),
            }
        }
        text.push_str(shown.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_to_the_right_and_words_to_the_left() {
        let rows =
            [vec!["accuracy".into(), "0.97".into()], vec!["n".into(), "360".into(), "x".into()]];
        insta::assert_snapshot!(render(&["metric", "value", ""], &rows), @r"
        metric    value
        accuracy   0.97
        n           360  x
        ");
    }
}
