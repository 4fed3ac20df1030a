//! A hundred thousand random edits, each followed by a look at the source: no edit
//! goes unseen, whatever it does to times, sizes and inodes.
//!
//! What the store says is compared with a second implementation of the tree format,
//! written from `docs/formats.md`, that reads every byte. A file may be remembered
//! when it is 10 ms older than the index, a fifth of what is asked in a build.
//! `INGOT_TEST_EDITS` sets another number of edits.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::support::{folder, set_mode};
use crate::digest::Digest;
use crate::model::artifact::Content;
use crate::store::Store;
use crate::store::listing::Record;
use crate::store::stat_index::StatIndex;
use crate::sys::clock;
use crate::sys::tests::folder_in_memory;

const EDITS: usize = 100_000;

/// Edits in one folder, which then goes with its store.
const ROUND: usize = 1_000;

/// Edits between two readings of the index.
const EPOCH: usize = 40;

/// How much younger than in a build a file may be to be remembered: all of the 50 ms
/// but ten.
const NEARER: Duration = Duration::from_millis(40);

/// Longer than those ten, and than a tick of any kernel's clock.
const PAUSE: Duration = Duration::from_millis(16);

const PLACES: [&str; 7] = ["0", "1", "a/0", "a/1", "a/2", "b/0", "b/1"];

/// Of one size, so that a size tells nothing.
const WORDS: [&str; 5] = ["aaaa", "bbbb", "cccc", "dddd", "eeee"];

#[test]
fn no_edit_goes_unseen() {
    let edits = std::env::var("INGOT_TEST_EDITS").ok().and_then(|text| text.parse().ok());
    let rounds = edits.unwrap_or(EDITS).div_ceil(ROUND);
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
                loop {
                    let seed = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if seed >= rounds {
                        return;
                    }
                    alone.install(|| round(seed as u64));
                }
            });
        }
    });
}

/// One in twenty-five stands on the disk, whose file system may stamp in other ways.
fn round(seed: u64) {
    let at = if seed.is_multiple_of(25) { folder() } else { folder_in_memory() };
    let workspace = fs::canonicalize(at.path()).unwrap();
    let root = workspace.join("source");
    for folder in ["a", "b"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    for place in PLACES {
        fs::write(root.join(place), "aaaa").unwrap();
    }
    let mut editor = Editor { root: root.clone(), random: Random(seed) };
    let mut remembered = 0;
    for epoch in 0..ROUND / EPOCH {
        std::thread::sleep(PAUSE);
        let begun = clock::stamping() + NEARER;
        let open = || Store::open_at(&workspace.join(".ingot"), "boot", begun).unwrap();
        let store = open();
        let seen = |store: &Store, what: &str| {
            let found = store.digest_source(&workspace, "source", &[]).unwrap();
            let expected = Content::Tree(Digest::of(&node(&root)));
            assert_eq!(found, expected, "seed {seed}, epoch {epoch}: {what}");
        };
        seen(&store, "before the edits");
        store.save_index().unwrap();
        drop(store);
        let index = StatIndex::load(&workspace.join(".ingot/stat-index"), begun);
        for folder in ["", "/a", "/b"] {
            let folder = format!("{}{folder}", root.display());
            let is_file = |(_, record): &(&str, Record)| matches!(record, Record::File { .. });
            let count = index.with(&folder, 0, |known| known.records().filter(is_file).count());
            remembered += count.unwrap_or_default();
        }
        let store = open();
        for _ in 0..EPOCH {
            let what = editor.edit();
            seen(&store, &what);
        }
    }
    assert!(remembered > ROUND / EPOCH, "the index was never asked: {remembered}");
}

/// Splitmix64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) % limit as u64) as usize
    }
}

/// Makes one edit after the other.
struct Editor {
    root: PathBuf,
    random: Random,
}

impl Editor {
    /// One edit; gives what it did.
    fn edit(&mut self) -> String {
        let place = PLACES[self.random.below(PLACES.len())];
        let other = PLACES[self.random.below(PLACES.len())];
        let word = WORDS[self.random.below(WORDS.len())];
        let (path, beside) = (self.root.join(place), self.root.join(other));
        let aside = self.root.with_file_name("aside");
        let number = self.random.below(16);
        let what = format!("edit {number} of {place} and {other}, {word}");
        let is_file = fs::symlink_metadata(&path).is_ok_and(|found| found.is_file());
        if !is_file && !matches!(number, 3 | 8 | 9 | 11) {
            clear(&path);
            fs::write(&path, word).unwrap();
            return what;
        }
        match number {
            0 => fs::write(&path, word).unwrap(),
            1 => keeping_time(&path, || fs::write(&path, word).unwrap()),
            2 => {
                fs::write(&aside, word).unwrap();
                stamp(&aside, modified(&path));
                fs::rename(&aside, &path).unwrap();
            }
            3 => {
                if fs::symlink_metadata(&path).is_ok() && fs::symlink_metadata(&beside).is_ok() {
                    fs::rename(&path, &aside).unwrap();
                    if path != beside {
                        fs::rename(&beside, &path).unwrap();
                    }
                    fs::rename(&aside, &beside).unwrap();
                }
            }
            4 => set_mode(&path, [0o644, 0o755, 0o600, 0o700][self.random.below(4)]),
            5 => keeping_time(&path, || {
                let file = File::options().write(true).open(&path).unwrap();
                file.set_len(0).unwrap();
                std::io::Write::write_all(&mut &file, word.as_bytes()).unwrap();
            }),
            6 if path != beside => {
                clear(&beside);
                fs::hard_link(&path, &beside).unwrap();
            }
            7 => {
                let time = modified(&path);
                fs::hard_link(&path, &aside).unwrap();
                fs::write(&aside, word).unwrap();
                stamp(&aside, time);
                fs::remove_file(&aside).unwrap();
            }
            8 => {
                clear(&path);
                symlink(["nothing", "not a thing"][self.random.below(2)], &path).unwrap();
            }
            9 => {
                clear(&path);
                fs::create_dir(&path).unwrap();
                fs::write(path.join("inner"), word).unwrap();
            }
            10 => {
                let before = fs::read(&path).unwrap();
                fs::write(&path, "longer than before").unwrap();
                fs::write(&path, before).unwrap();
            }
            11 => clear(&path),
            12 => stamp(&path, SystemTime::UNIX_EPOCH + Duration::new(1_000_000_000, 7)),
            13 => {
                // The same inode number, the same size, the same time.
                let time = modified(&path);
                fs::remove_file(&path).unwrap();
                fs::write(&path, word).unwrap();
                stamp(&path, time);
            }
            14 => {
                let file = File::options().append(true).open(&path).unwrap();
                file.set_len(3).unwrap();
                std::io::Write::write_all(&mut &file, &word.as_bytes()[3..]).unwrap();
            }
            _ => {
                fs::write(&path, word).unwrap();
                fs::write(&path, WORDS[self.random.below(WORDS.len())]).unwrap();
            }
        }
        what
    }
}

fn clear(path: &Path) {
    crate::sys::fs::remove_all(path).unwrap();
}

fn modified(path: &Path) -> SystemTime {
    fs::metadata(path).unwrap().modified().unwrap()
}

fn stamp(path: &Path, time: SystemTime) {
    File::open(path).unwrap().set_modified(time).unwrap();
}

fn keeping_time(path: &Path, edit: impl FnOnce()) {
    let time = modified(path);
    edit();
    stamp(path, time);
}

/// The canonical bytes of a folder's node.
fn node(folder: &Path) -> Vec<u8> {
    let entries = fs::read_dir(folder).unwrap().map(|found| {
        let found = found.unwrap();
        (text(found.file_name().to_str().unwrap()), entry(&found.path()))
    });
    map(vec![(text("version"), head(0, 1)), (text("entries"), map(entries.collect()))])
}

fn entry(path: &Path) -> Vec<u8> {
    let found = fs::symlink_metadata(path).unwrap();
    if found.is_symlink() {
        let target = fs::read_link(path).unwrap();
        return map(vec![
            (text("type"), text("symlink")),
            (text("target"), text(target.to_str().unwrap())),
        ]);
    }
    let (word, bytes) = match found.is_dir() {
        true => ("tree", node(path)),
        false => ("file", fs::read(path).unwrap()),
    };
    let mut entry = vec![
        (text("type"), text(word)),
        (text("digest"), text(&blake3::hash(&bytes).to_hex())),
        (text("size"), head(0, bytes.len())),
    ];
    if found.is_file() && found.mode() & 0o100 != 0 {
        entry.push((text("executable"), vec![0xf5]));
    }
    map(entry)
}

/// The head of a CBOR item: its major type and a number in as few bytes as hold it.
fn head(major: u8, number: usize) -> Vec<u8> {
    let bytes = (number as u16).to_be_bytes();
    match number {
        0..24 => vec![major << 5 | bytes[1]],
        24..256 => vec![major << 5 | 24, bytes[1]],
        _ => vec![major << 5 | 25, bytes[0], bytes[1]],
    }
}

fn text(text: &str) -> Vec<u8> {
    [head(3, text.len()), text.as_bytes().to_vec()].concat()
}

fn map(mut entries: Vec<(Vec<u8>, Vec<u8>)>) -> Vec<u8> {
    entries.sort();
    let items = entries.iter().flat_map(|(key, value)| [key.clone(), value.clone()]);
    std::iter::once(head(5, entries.len())).chain(items).collect::<Vec<_>>().concat()
}
