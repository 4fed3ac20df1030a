//! MD5 as DVC writes it: of a file its bytes', of a folder that of a list of its files.

use std::io::Read;
use std::path::Path;

use md5::{Digest, Md5};

use crate::sys::bounded::{self, Bound};
use crate::sys::fs;

/// Most bytes of a file whose line ends matter: a text that DVC 1 or 2 hashed.
const TEXT: u64 = 1 << 30;

/// The checksum of a file or folder; nothing where it cannot be read. `unix` reads line
/// ends of texts as Unix has them, as DVC 1 and 2 did.
pub(super) fn of(path: &Path, unix: bool) -> Option<String> {
    if !path.is_dir() {
        return file(path, unix);
    }
    let mut files = Vec::new();
    walk(path, "", unix, &mut files)?;
    files.sort_by(|(one, _), (other, _)| one.split('/').cmp(other.split('/')));
    let entries: Vec<String> = files
        .iter()
        .map(|(name, md5)| format!("{{\"md5\": \"{md5}\", \"relpath\": {}}}", ascii(name)))
        .collect();
    let list = format!("[{}]", entries.join(", "));
    Some(format!("{}.dir", hex(&Md5::digest(list.as_bytes()))))
}

fn walk(folder: &Path, below: &str, unix: bool, files: &mut Vec<(String, String)>) -> Option<()> {
    for name in fs::names(folder).ok()? {
        let path = folder.join(&name);
        let name = name.to_str()?;
        let name = if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
        match path.is_dir() {
            true => walk(&path, &name, unix, files)?,
            false => files.push((name, file(&path, unix)?)),
        }
    }
    Some(())
}

fn file(path: &Path, unix: bool) -> Option<String> {
    if unix {
        let bytes = bounded::read(path, Bound::own(TEXT)).ok()?;
        // A byte of zero is what no text holds.
        let is_text = !bytes.iter().take(512).any(|byte| *byte == 0);
        let lines = bytes.split(|byte| *byte == b'\n').enumerate();
        let plain: Vec<u8> = match is_text {
            true => lines.fold(Vec::with_capacity(bytes.len()), |mut plain, (index, line)| {
                if index > 0 {
                    if plain.last() == Some(&b'\r') {
                        plain.pop();
                    }
                    plain.push(b'\n');
                }
                plain.extend(line);
                plain
            }),
            false => bytes,
        };
        return Some(hex(&Md5::digest(&plain)));
    }
    let mut open = fs::open(path).ok()?;
    let mut hasher = Md5::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match open.read(&mut buffer).ok()? {
            0 => return Some(hex(&hasher.finalize())),
            read => hasher.update(&buffer[..read]),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A text as JSON in ASCII, as Python writes it.
fn ascii(text: &str) -> String {
    let mut quoted = String::from("\"");
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte @ (b'"' | b'\\')) => quoted.extend(['\\', char::from(byte)]),
            Ok(byte @ 0x20..0x7f) => quoted.push(char::from(byte)),
            _ => quoted.push_str(&format!("\\u{unit:04x}")),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn checksums_are_those_of_dvc() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        std::fs::write(&path, "hello\r\n").unwrap();
        // md5sum of the bytes, and of the same with a Unix line end.
        assert_eq!(of(&path, false).unwrap(), "af5597c29467a96523a70787c319f4db");
        assert_eq!(of(&path, true).unwrap(), "b1946ac92492d2347c6235b4d2611184");
        std::fs::write(&path, "hello\n").unwrap();
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        std::fs::write(folder.path().join("sub/é.txt"), "x").unwrap();
        assert_eq!(ascii("sub/é"), "\"sub/\\u00e9\"");
        let list = "[{\"md5\": \"b1946ac92492d2347c6235b4d2611184\", \"relpath\": \"a.txt\"}, \
                    {\"md5\": \"9dd4e461268c8034f5c8564e155c67a6\", \"relpath\": \"sub/\\u00e9.txt\"}]";
        let expected = format!("{}.dir", hex(&Md5::digest(list.as_bytes())));
        assert_eq!(of(folder.path(), false).unwrap(), expected);
        assert_eq!(of(&folder.path().join("nothing"), false), None);
    }
}
