//! The values of secrets, kept out of whatever a step says.
//!
//! Masked as bytes over the whole stream, also across lines and the pieces in which it
//! arrives, in time linear in what is said. A secret of several lines is masked line by
//! line as well. Pure. Invariant: [`SHORTEST`] bytes or more of a value, as they are, do
//! not pass. What it does not do: a value that a step encodes is another value.

use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

/// What stands in a secret's place.
const STARS: &[u8] = b"***";

/// A shorter value is in too much that is no secret: it is refused.
pub const SHORTEST: usize = 8;

/// The values that are masked.
#[derive(Debug, Clone, Default)]
pub struct Mask {
    values: Arc<Vec<Value>>,
    automaton: Option<Arc<AhoCorasick>>,
}

/// A value, and for each of its beginnings how long the longest shorter one is that it ends
/// with (Knuth, Morris and Pratt).
#[derive(Debug)]
struct Value {
    bytes: Vec<u8>,
    borders: Vec<usize>,
}

impl Value {
    fn new(bytes: Vec<u8>) -> Self {
        let mut value = Self { borders: vec![0; bytes.len()], bytes };
        for at in 1..value.bytes.len() {
            value.borders[at] = value.next(value.borders[at - 1], value.bytes[at]);
        }
        value
    }

    /// How much of the value stands at the end of what was said, after one more byte.
    fn next(&self, mut stands: usize, byte: u8) -> usize {
        while stands > 0 && self.bytes.get(stands) != Some(&byte) {
            stands = self.borders[stands - 1];
        }
        if self.bytes.get(stands) == Some(&byte) { stands + 1 } else { 0 }
    }

    /// How much of what stands there may go on to be the value.
    fn open(&self, stands: usize) -> usize {
        if stands == self.bytes.len() { self.borders[stands - 1] } else { stands }
    }
}

impl Mask {
    /// Masks these values.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut values: Vec<Vec<u8>> = Vec::new();
        for secret in secrets {
            let lines = secret.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
            let parts = lines.chain([secret, secret.trim_ascii()]);
            values.extend(parts.filter(|part| part.len() >= SHORTEST).map(<[u8]>::to_vec));
        }
        values.sort();
        values.dedup();
        if values.is_empty() {
            return Self::default();
        }
        // The tables of a faster kind take quadratic time for a value that repeats itself.
        let automaton = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(&values)
            .ok()
            .map(Arc::new);
        let values = values.into_iter().map(Value::new).collect();
        Self { values: Arc::new(values), automaton }
    }

    /// Where the first value stands in these bytes.
    pub fn find(&self, bytes: &[u8]) -> Option<usize> {
        self.automaton.as_ref()?.find(bytes).map(|found| found.start())
    }

    /// The longest value's bytes.
    pub fn longest(&self) -> usize {
        self.values.iter().map(|value| value.bytes.len()).max().unwrap_or_default()
    }

    /// A text with its secrets masked.
    pub fn text(&self, text: &str) -> String {
        if self.find(text.as_bytes()).is_none() {
            return text.to_owned();
        }
        let mut stream = self.stream();
        let mut masked = stream.add(text.as_bytes());
        masked.extend(stream.end());
        String::from_utf8_lossy(&masked).into_owned()
    }

    /// A stream to mask.
    pub fn stream(&self) -> Stream {
        let stands = vec![0; self.values.len()];
        Stream { mask: self.clone(), pending: Vec::new(), stands, covered: 0, in_secret: false }
    }
}

/// One stream of bytes, masked as they come.
#[derive(Debug)]
pub struct Stream {
    mask: Mask,
    /// What came and is not given yet.
    pending: Vec<u8>,
    /// How much of each value stands at its end.
    stands: Vec<usize>,
    /// How many of its first bytes belong to a secret that began before.
    covered: usize,
    /// Whether the last byte that was given, or dropped, belongs to a secret.
    in_secret: bool,
}

impl Stream {
    /// Takes bytes, and gives those that are sure by now.
    pub fn add(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.pending.extend_from_slice(bytes);
        let values = self.mask.values.iter().zip(&mut self.stands);
        let open = values.map(|(value, stands)| {
            *stands = bytes.iter().fold(*stands, |stands, byte| value.next(stands, *byte));
            value.open(*stands)
        });
        let held = open.max().unwrap_or_default();
        self.give(self.pending.len() - held)
    }

    /// Gives the rest.
    pub fn end(&mut self) -> Vec<u8> {
        self.give(self.pending.len())
    }

    fn give(&mut self, sure: usize) -> Vec<u8> {
        let Some(automaton) = &self.mask.automaton else {
            return std::mem::take(&mut self.pending);
        };
        // How far the secrets reach that begin at or before each place.
        let mut ranges = vec![(0, self.covered)];
        let found = automaton.find_overlapping_iter(&self.pending);
        ranges.extend(found.map(|found| (found.start(), found.end())));
        ranges.sort_unstable();
        let mut given = Vec::with_capacity(sure);
        let mut at = 0;
        let mut reach = self.covered;
        for (start, end) in ranges {
            if start >= sure {
                break;
            }
            if start > at {
                given.extend_from_slice(&self.pending[at..start]);
                self.in_secret = false;
            }
            if end > at {
                if !self.in_secret {
                    given.extend_from_slice(STARS);
                }
                self.in_secret = true;
                at = end.min(sure);
                reach = reach.max(end);
            }
        }
        if at < sure {
            given.extend_from_slice(&self.pending[at..sure]);
            self.in_secret = false;
        }
        self.covered = reach.saturating_sub(sure);
        self.pending.drain(..sure);
        given
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn masked(secrets: &[&str], pieces: &[&str]) -> String {
        let mask = Mask::new(secrets.iter().map(|secret| secret.as_bytes()));
        let mut stream = mask.stream();
        let mut all: Vec<u8> =
            pieces.iter().flat_map(|piece| stream.add(piece.as_bytes())).collect();
        all.extend(stream.end());
        String::from_utf8_lossy(&all).into_owned()
    }

    #[test]
    fn secrets_are_masked_across_pieces_and_lines() {
        for (secrets, pieces, expected) in [
            (vec!["hunter2hunter2"], vec!["a hunter2", "hunter2 b"], "a *** b"),
            (vec!["hunter2hunter2"], vec!["a hunter2", "hunter3 b"], "a hunter2hunter3 b"),
            (vec!["first line\nsecond line"], vec!["x\nsecond ", "line\ny"], "x\n***\ny"),
            (vec!["first line\nsecond line"], vec!["first line\nsecond line"], "***"),
            // One that begins as another does, and one that begins in another.
            (vec!["abcdefgh", "abcdefghijkl"], vec!["abcdefghij", "kl."], "***."),
            (vec!["abcdefgh", "ghijklmn"], vec!["abcdefghijklmn."], "***."),
            (vec!["aaaaaaaa"], vec!["aaaaaaaaaaaaaaaaaaa", "aaaa b"], "*** b"),
            (vec!["trailing1\n"], vec!["[trailing1]"], "[***]"),
            (vec!["short"], vec!["short"], "short"),
            (vec![], vec!["nothing"], "nothing"),
        ] {
            assert_eq!(masked(&secrets, &pieces), expected, "{secrets:?} in {pieces:?}");
        }
    }

    /// Quadratic work on this would take hours.
    #[test]
    fn a_secret_that_repeats_itself_costs_no_more_than_another() {
        let secret = "x y".repeat(100_000);
        let text = format!("{}{secret}!", &secret[..secret.len() - 2]);
        let pieces: Vec<&str> =
            text.as_bytes().chunks(65536).map(|it| std::str::from_utf8(it).unwrap()).collect();
        assert_eq!(masked(&[&secret], &pieces), format!("{}***!", &secret[..secret.len() - 2]));
    }

    proptest! {
        #[test]
        fn no_cut_lets_a_secret_through(
            text in "[ab]{0,200}",
            secret in "[ab]{8,10}",
            cuts in prop::collection::vec(0usize..200, 0..10),
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&str> = cuts.windows(2).map(|cut| &text[cut[0]..cut[1]]).collect();
            let said = masked(&[&secret], &pieces);
            prop_assert!(!said.contains(&secret), "{said}");
            prop_assert_eq!(said, masked(&[&secret], &[&text]));
        }
    }
}
