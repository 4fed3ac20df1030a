#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::*;

type Rows = Vec<Vec<String>>;

fn records(bytes: &[u8], spaced: bool) -> Result<Rows, Mistake> {
    let mut records = Records::new(bytes, b',', spaced);
    let mut rows = Vec::new();
    while let Some(record) = records.next(MOST_CELLS)? {
        rows.push(record.cells().map(str::to_owned).collect());
    }
    Ok(rows)
}

fn told(text: &str) -> String {
    match records(text.as_bytes(), false) {
        Ok(rows) => format!("{rows:?}"),
        Err(mistake) => mistake.to_string(),
    }
}

#[test]
fn what_is_no_table_is_told_with_its_line() {
    let cases = [
        "a,b\n1,\"x\n2,y\n3,z\n",
        "a,b\n1,\"x\n2,\"y\"\n",
        "a,b\n1,\"x\n2,y\"\n",
        "a\n\"",
        "a\n\"\"\"",
        "a,b\n\"x\"y,1\n",
        "a,b\n\"x\" ,1\n",
        "a,b\r\n1,2\r3,4\r\n",
        "a,b\n1,2\r",
        "a\rb\rc\n",
        "a,b\n1,\0\n",
        "a,b\n\"1\n\0\",2\n",
        "a,b\r1,2\r",
        "a\r\n\"x\r\ny\"\n",
        "\n\n\u{feff}a\n",
        "\u{feff}a,\"b\n\"\n\n\n1,2",
        "a,\n,\n\"\",\"\"\"\"\n",
        "5\" pipe,x\"\"y\n",
    ];
    let lines: Vec<String> =
        cases.iter().map(|text| format!("{text:?}\n    {}", told(text))).collect();
    insta::assert_snapshot!(lines.join("\n"));
    assert_eq!(records(b"\"a\" ,b\n", true).unwrap(), [["a ", "b"]]);
    assert!(records(b"\"a\" \"b\n", true).is_err());
}

#[test]
fn what_is_not_utf8_names_its_cell() {
    for (bytes, expected) in [
        (&b"a,b\n1,\xff\n"[..], "line 2: cell 2 is not UTF-8"),
        // Two halves of one character.
        (&b"a,b\n\xc3,\xa9\n"[..], "line 2: cell 1 is not UTF-8"),
        (&b"\xff\xfea\0,\0b\0\n\0"[..], "line 1: a NUL byte"),
    ] {
        assert_eq!(records(bytes, false).unwrap_err().to_string(), expected);
    }
}

#[test]
fn what_has_no_end_is_refused_before_it_is_held() {
    let commas = std::io::repeat(b',');
    let error = Records::new(commas, b',', false).next(MOST_CELLS).map(drop).unwrap_err();
    assert_eq!(error.to_string(), "line 1: more cells than 100000");
    for text in ["x", "\"\n"] {
        let (first, rest) = text.split_at(1);
        let endless = first.as_bytes().chain(std::io::repeat(rest.bytes().next().unwrap_or(b'x')));
        let error = Records::new(endless, b',', false).next(9).map(drop).unwrap_err();
        assert_eq!(error.to_string(), "line 1: a row of more than 64 MiB");
    }
}

/// A text in which every byte means something.
fn text() -> impl Strategy<Value = String> {
    let pieces = ["a", ",", "\"", "\"\"", "\n", "\r\n", "é", " ", "\",\"", "\n\"", "bc"];
    proptest::collection::vec(proptest::sample::select(pieces.to_vec()), 0..60)
        .prop_map(|pieces| pieces.concat())
}

proptest! {
    /// Where no mistake is told, the records are those of the `csv` crate.
    #[test]
    fn records_are_those_of_another_reader(text in text()) {
        let Ok(found) = records(text.as_bytes(), false) else { return Ok(()) };
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let other: Rows = reader
            .records()
            .map(|record| record.unwrap().iter().map(str::to_owned).collect())
            .collect();
        prop_assert_eq!(found, other);
    }

    #[test]
    fn what_is_written_is_read(
        rows in proptest::collection::vec(
            proptest::collection::vec("[a-c\",\n\r é]{1,6}", 3), 1..8),
    ) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        rows.iter().for_each(|row| writer.write_record(row).unwrap());
        let bytes = writer.into_inner().unwrap();
        prop_assert_eq!(records(&bytes, false).unwrap(), rows);
    }
}
