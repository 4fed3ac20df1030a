//! Columns that stand in the names of folders (`year=2024/month=01/..`), as Spark and Hive
//! write them. Pure.

use std::path::Path;

/// What Hive writes for a value that is missing.
const MISSING: &str = "__HIVE_DEFAULT_PARTITION__";

/// The columns that the folders of a file name, from the outermost; the path is the one
/// below the source's folder.
pub(super) fn partitions(file: &Path) -> Vec<(String, Option<String>)> {
    let folders = file.parent().into_iter().flat_map(Path::components);
    let named = folders.filter_map(|folder| {
        let folder = folder.as_os_str().to_str()?;
        let (name, value) = folder.split_once('=').filter(|(name, _)| !name.is_empty())?;
        let value = (value != MISSING).then(|| decoded(value));
        Some((decoded(name), value))
    });
    named.collect()
}

/// A text with its `%3A` written out; what is none of these stays.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut plain, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(&byte) = bytes.get(at) {
        let code = bytes.get(at + 1..at + 3).and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(code) if byte == b'%' => (plain.push(code), at += 3),
            _ => (plain.push(byte), at += 1),
        };
    }
    String::from_utf8(plain).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_with_an_equals_sign_are_columns() {
        let told = |path: &str| partitions(Path::new(path));
        let column = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
        assert_eq!(told("rows.csv"), []);
        assert_eq!(told("raw/=x/a=b.csv"), []);
        assert_eq!(
            told("year=2024/at=08%3A30/part-0.parquet"),
            [column("year", "2024"), column("at", "08:30")]
        );
        assert_eq!(told("x=__HIVE_DEFAULT_PARTITION__/a"), [("x".to_owned(), None)]);
        assert_eq!(told("x=5%/a"), [column("x", "5%")]);
    }
}
