//! Trees cut to splits.

use super::support::{Tree, file, folder, ingest, open, read, tree};
use crate::store::Store;

const PATTERN: &str = "data/{split}-*";

fn dataset(train: &str, test: &str) -> Tree {
    tree([
        ("dataset.json", file("{}")),
        (
            "data",
            tree([
                ("train-00000-of-00001.parquet", file(train)),
                ("test-00000-of-00002.parquet", file(test)),
                ("test-00001-of-00002.parquet", file("more")),
                ("README", file("about")),
            ]),
        ),
    ])
}

fn cut(store: &Store, made: &Tree, splits: &[&str]) -> crate::model::artifact::Content {
    let content = ingest(store, made).unwrap();
    let splits: Vec<String> = splits.iter().map(|split| (*split).to_owned()).collect();
    store.cut(content, PATTERN, &splits).unwrap()
}

#[test]
fn a_cut_holds_its_splits_and_what_belongs_to_none() {
    let at = folder();
    let store = open(at.path());
    let content = cut(&store, &dataset("1", "2"), &["train"]);
    let expected = tree([
        ("dataset.json", file("{}")),
        ("data", tree([("train-00000-of-00001.parquet", file("1")), ("README", file("about"))])),
    ]);
    assert_eq!(read(&store.view(content).unwrap()), expected);
}

#[test]
fn rows_of_other_splits_do_not_move_a_cut() {
    let at = folder();
    let store = open(at.path());
    let before = cut(&store, &dataset("1", "2"), &["train"]);
    assert_eq!(cut(&store, &dataset("1", "3"), &["train"]), before);
    assert_ne!(cut(&store, &dataset("2", "2"), &["train"]), before);
    assert_ne!(cut(&store, &dataset("1", "2"), &["test"]), before);
}

#[test]
fn a_cut_to_every_split_is_the_whole() {
    let at = folder();
    let store = open(at.path());
    let whole = ingest(&store, &dataset("1", "2")).unwrap();
    assert_eq!(cut(&store, &dataset("1", "2"), &["test", "train"]), whole);
    assert_eq!(store.splits(whole, PATTERN).unwrap(), ["test", "train"]);
}

#[test]
fn what_has_no_splits_is_not_cut() {
    let at = folder();
    let store = open(at.path());
    for made in [file("x"), tree([]), tree([("data", file("x"))])] {
        let whole = ingest(&store, &made).unwrap();
        assert_eq!(store.splits(whole, PATTERN).unwrap(), [""; 0]);
        assert_eq!(cut(&store, &made, &["train"]), whole);
    }
    for pattern in ["", "data", "{split}", "data/x"] {
        let whole = ingest(&store, &dataset("1", "2")).unwrap();
        assert_eq!(store.cut(whole, pattern, &[]).unwrap(), whole, "{pattern}");
    }
}
