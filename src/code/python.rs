//! Python source without what does not change the program: comments, blank lines, layout.
//!
//! The tokens are those of tree-sitter's grammar, and strings stay byte for byte, so that
//! docstrings and f-strings do. Lines and levels follow the language reference, chapter 2:
//! an end of line outside of brackets that no backslash joins ends a statement, and the
//! width of the white space in front of the next one is its level. A first line `#!..` is
//! kept. Invariant: the form of a form is itself; what does not parse, says another encoding
//! than UTF-8 or is larger than [`LARGEST`] has no form.

use std::collections::BTreeMap;

use tree_sitter::{Node, Parser, Tree};

/// Bytes of the largest file that is read; in a larger one every byte counts.
pub const LARGEST: usize = 1 << 20;

/// The same program with one space between tokens, one space a level, and no comments.
pub fn canonical(source: &str) -> Option<String> {
    let lines = lines(source)?;
    let mut text = String::with_capacity(source.len());
    if let Some(first) = interpreter(source) {
        text.push_str(first);
        text.push('\n');
    }
    for line in &lines {
        text.extend(std::iter::repeat_n(' ', line.level));
        text.push_str(&line.text);
        text.push('\n');
    }
    Some(text)
}

/// The definitions that differ between two sources, by their qualified names, sorted; the
/// statements outside of all of them have the empty name. Nothing where one has no form.
pub fn changes(old: &str, new: &str) -> Option<Vec<String>> {
    let (old, new) = (lines(old)?, lines(new)?);
    let (old, new) = (definitions(&old), definitions(&new));
    let names = old.keys().chain(new.keys());
    let mut changed: Vec<String> =
        names.filter(|name| old.get(*name) != new.get(*name)).cloned().collect();
    changed.sort();
    changed.dedup();
    Some(changed)
}

/// A statement, or the head of a compound one.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    level: usize,
    text: String,
}

/// The first line, where it says what runs the file.
fn interpreter(source: &str) -> Option<&str> {
    source.starts_with("#!").then(|| source.lines().next().unwrap_or_default())
}

fn lines(source: &str) -> Option<Vec<Line>> {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    if source.len() > LARGEST || !is_utf8(source) || source.replace("\r\n", "").contains('\r') {
        return None;
    }
    let tree = parse(source)?;
    let (mut lines, mut levels) = (Vec::<Line>::new(), vec![0]);
    let (mut depth, mut end) = (0_usize, 0);
    for token in tokens(&tree) {
        let text = source.get(token.start_byte()..token.end_byte())?;
        let gap = source.get(end..token.start_byte())?;
        end = token.end_byte();
        match lines.last_mut().filter(|_| depth > 0 || !ends_a_line(gap)) {
            Some(line) => line.text.push(' '),
            None => {
                let level = level(&mut levels, width(source.get(..token.start_byte())?)?);
                lines.push(Line { level, text: String::new() });
            }
        }
        match text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.checked_sub(1)?,
            _ => {}
        }
        let line = &mut lines.last_mut()?.text;
        match is_string(token) {
            true => line.push_str(text),
            // Operators of two words, such as `not in`, may be one token.
            false if text.contains(['#', '\\']) => return None,
            false => {
                let words: Vec<&str> = text.split_whitespace().collect();
                line.push_str(&words.join(" "));
            }
        }
    }
    Some(lines)
}

fn parse(source: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_python::LANGUAGE.into()).ok()?;
    parser.parse(source, None).filter(|tree| !tree.root_node().has_error())
}

fn is_string(node: Node<'_>) -> bool {
    node.kind() == "string"
}

/// The tokens in their order: strings whole, comments and joined line ends left out.
fn tokens(tree: &Tree) -> Vec<Node<'_>> {
    let (mut tokens, mut cursor) = (Vec::new(), tree.walk());
    loop {
        let node = cursor.node();
        let is_token = is_string(node) || node.child_count() == 0;
        let means = !matches!(node.kind(), "comment" | "line_continuation");
        if is_token && means && node.start_byte() < node.end_byte() {
            tokens.push(node);
        }
        if !is_token && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return tokens;
            }
        }
    }
}

/// Whether a statement ends in what stands between two tokens.
fn ends_a_line(gap: &str) -> bool {
    let mut rows: Vec<&str> = gap.split('\n').collect();
    rows.pop();
    rows.iter().any(|row| row.contains('#') || !row.trim_end().ends_with('\\'))
}

/// The columns in front of a line's first token; a tab goes on to the next multiple of 8.
fn width(before: &str) -> Option<usize> {
    let row = before.rsplit('\n').next().unwrap_or_default();
    row.chars().try_fold(0, |width, character| match character {
        ' ' => Some(width + 1),
        '\t' => Some((width / 8 + 1) * 8),
        '\u{c}' => Some(0),
        _ => None,
    })
}

/// How many narrower widths are around this one.
fn level(levels: &mut Vec<usize>, width: usize) -> usize {
    while levels.last().is_some_and(|last| *last > width) {
        levels.pop();
    }
    if levels.last().is_some_and(|last| *last < width) {
        levels.push(width);
    }
    levels.len().saturating_sub(1)
}

/// Whether the first two lines say no encoding, or UTF-8 (PEP 263).
fn is_utf8(source: &str) -> bool {
    source.lines().take(2).filter(|line| line.trim_start().starts_with('#')).all(|line| {
        let Some((_, said)) = line.split_once("coding") else { return true };
        let Some(said) = said.strip_prefix([':', '=']) else { return true };
        let name: String = said.trim_start().chars().take_while(|c| !c.is_whitespace()).collect();
        matches!(name.to_lowercase().replace('_', "-").as_str(), "utf-8" | "utf8")
    })
}

/// Qualified name -> its own statements, without those of the definitions in it.
fn definitions(lines: &[Line]) -> BTreeMap<String, Vec<&Line>> {
    let mut definitions: BTreeMap<String, Vec<&Line>> = BTreeMap::new();
    let mut around: Vec<(usize, String)> = Vec::new();
    let mut decorators: Vec<&Line> = Vec::new();
    for line in lines {
        while around.last().is_some_and(|(level, _)| *level >= line.level) {
            around.pop();
        }
        if line.text.starts_with("@ ") {
            decorators.push(line);
            continue;
        }
        if let Some(name) = defined(&line.text) {
            let qualified = match around.last() {
                Some((_, outer)) => format!("{outer}.{name}"),
                None => name.to_owned(),
            };
            around.push((line.level, qualified));
        }
        let name = around.last().map_or("", |(_, name)| name);
        let own = definitions.entry(name.to_owned()).or_default();
        own.append(&mut decorators);
        own.push(line);
    }
    definitions
}

/// The name that a line defines.
fn defined(text: &str) -> Option<&str> {
    let text = text.strip_prefix("async ").unwrap_or(text);
    let rest = text.strip_prefix("def ").or_else(|| text.strip_prefix("class "))?;
    rest.split([' ', '(', ':']).next()
}

#[cfg(test)]
mod tests;
