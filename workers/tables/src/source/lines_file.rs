//! One text file as a table of its lines, or of the parts that a pattern finds in each.
//!
//! Every line is a row, an empty one too, and is kept as it is but for its end (`\n` or
//! `\r\n`). Behind the last end of a line there is no row.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use arrow::array::StringBuilder;
use ingot_protocol::Failure;

use super::packed::{self, Packing};
use super::pattern::Pattern;
use super::places::Lines;
use super::table::{Cells, SourceColumn};

/// Most bytes of one line.
const MOST_BYTES: u64 = 64 << 20;
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Reads a file; a mistake names its line.
pub(super) fn read(
    path: &Path,
    column: &str,
    mut pattern: Option<Pattern>,
) -> Result<(Vec<SourceColumn>, Lines), Failure> {
    let wrong = |code: &str, message: String, help: &str| {
        Failure::new(code, format!("{}: {message}", path.display())).help(help)
    };
    let io = |error: std::io::Error| match Packing::of(&error) {
        Some(packing) => wrong(packing.told().0, packing.to_string(), packing.told().1),
        None => wrong("D0203", error.to_string(), "look whether the file can be read"),
    };
    let mut file = BufReader::new(packed::open(path).map_err(io)?);
    let (mut texts, mut lines) = (StringBuilder::new(), Lines::default());
    let mut bytes: usize = 0;
    for line in 1.. {
        let mut text = Vec::new();
        let read = file.by_ref().take(MOST_BYTES + 1).read_until(b'\n', &mut text).map_err(io)?;
        if read == 0 {
            break;
        }
        if read as u64 > MOST_BYTES {
            let message = format!("line {line}: a line of more than {} MiB", MOST_BYTES >> 20);
            return Err(wrong("D0212", message, "keep what is so long in files of its own"));
        }
        let text = String::from_utf8(text).ok().filter(|text| !text.contains('\0'));
        let Some(text) = text else {
            let message = format!("line {line}: bytes that are not UTF-8, or NUL");
            return Err(wrong("D0211", message, "save the file as UTF-8"));
        };
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        let text = if line == 1 { text.trim_start_matches(BYTE_ORDER_MARK) } else { text };
        bytes = bytes.saturating_add(text.len());
        if i32::try_from(bytes).is_err() {
            let message = format!("line {line}: more than 2 GiB of text");
            return Err(wrong("D0212", message, "write it as several smaller files"));
        }
        let matches = match &mut pattern {
            None => {
                texts.append_value(text);
                true
            }
            Some(pattern) => pattern.line(text),
        };
        if !matches {
            let message = format!("line {line}: `pattern` does not match it");
            let help = "let the pattern match every line; `(..)?` is a part that may lack";
            return Err(wrong("D0221", message, help));
        }
        lines.push(line);
    }
    if let Some(pattern) = pattern {
        return Ok((pattern.finish(), lines));
    }
    let cells = Cells::Typed(Arc::new(texts.finish()));
    Ok((vec![SourceColumn { name: column.to_owned(), cells }], lines))
}
