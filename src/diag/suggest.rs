//! Did-you-mean: the known word that an unknown one may stand for. Pure but for a count
//! of what it cost so far.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Longest word that is a name.
const LONGEST: usize = 200;
/// Most words that one process compares. A text with a hundred thousand mistakes among as
/// many names would be compared for hours, and nobody reads it.
const MOST: usize = 4_000_000;

static COMPARED: AtomicUsize = AtomicUsize::new(0);

/// The known name that is near enough to be meant.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST {
        return None;
    }
    known
        .take_while(|_| COMPARED.fetch_add(1, Ordering::Relaxed) < MOST)
        .filter(|name| name.len() <= LONGEST)
        .map(|name| (strsim::jaro_winkler(word, name), name))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
