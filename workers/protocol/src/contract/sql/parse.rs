//! A text as a condition: words, a tree of the SQL parser, and ours of it. Pure.
//!
//! Invariant: a text takes bounded time and depth: its words are counted before they are
//! parsed, and the parser bounds how deep they nest.

use std::ops::Range;

use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Span, Token, Tokenizer};

use super::{Condition, MOST_TOKENS, Mistake, convert};

const HELP: &str = "docs/reference/contract.md lists the SQL that a contract can say";

pub(super) fn read(sql: &str) -> Result<Condition, Mistake> {
    let wrong = |place: Range<usize>, what: String| Mistake { place, what, help: HELP };
    let dialect = PostgreSqlDialect {};
    let tokens = Tokenizer::new(&dialect, sql).tokenize_with_location().map_err(|error| {
        let at = offset(sql, error.location);
        wrong(at..at, format!("the SQL cannot be read: {}", error.message))
    })?;
    let words = tokens.iter().filter(|token| !matches!(token.token, Token::Whitespace(_))).count();
    if words > MOST_TOKENS {
        let what = format!("the SQL has {words} words and signs; {MOST_TOKENS} are the most");
        return Err(wrong(0..sql.len(), what));
    }
    let mut parser = Parser::new(&dialect).with_tokens_with_locations(tokens);
    let parsed = parser.parse_expr().map_err(|error| match error {
        ParserError::TokenizerError(what) | ParserError::ParserError(what) => {
            let (what, at) = located(sql, &what);
            wrong(at..at, format!("the SQL cannot be read: {what}"))
        }
        ParserError::RecursionLimitExceeded => {
            wrong(0..sql.len(), "the SQL nests too deep to be read".to_owned())
        }
    })?;
    let behind = parser.peek_token();
    if behind.token != Token::EOF {
        let what = format!("`{behind}` stands behind the condition");
        return Err(wrong(range(sql, behind.span), what));
    }
    convert::condition(sql, &parsed)
}

/// The parser's words without the place behind them, and the place as a byte.
fn located(sql: &str, what: &str) -> (String, usize) {
    let place = |behind: &str| {
        let (line, column) = behind.split_once(", Column: ")?;
        Some(Location { line: line.parse().ok()?, column: column.parse().ok()? })
    };
    match what.rsplit_once(" at Line: ") {
        Some((what, behind)) => {
            let at = place(behind).map_or(0, |place| offset(sql, place));
            (what.to_owned(), at)
        }
        None => (what.to_owned(), sql.len()),
    }
}

/// The bytes of a span; all of the text where it is empty.
pub(super) fn range(sql: &str, span: Span) -> Range<usize> {
    if span == Span::empty() {
        return 0..sql.len();
    }
    let start = offset(sql, span.start);
    start..offset(sql, span.end).max(start)
}

/// The byte at which a line and a column, from 1, stand.
fn offset(sql: &str, place: Location) -> usize {
    let line = usize::try_from(place.line).unwrap_or(usize::MAX).saturating_sub(1);
    let column = usize::try_from(place.column).unwrap_or(usize::MAX).saturating_sub(1);
    let mut at = 0;
    for (number, text) in sql.split_inclusive('\n').enumerate() {
        if number == line {
            return at + text.chars().take(column).map(char::len_utf8).sum::<usize>();
        }
        at += text.len();
    }
    sql.len()
}
