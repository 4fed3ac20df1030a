//! Outputs of a step that has secrets: none may hold the value of one.
//!
//! Reads each file once, in pieces that overlap by the longest value. Invariant: it is
//! looked at before anything of it is in a store, so that no remote, lock or export can
//! have it. Links are not followed. What it does not do: it finds no value that the step
//! has encoded, compressed or encrypted.

use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;

use super::RunError;
use super::mask::Mask;
use crate::sys::{PathError, fs};

/// Fails where a value stands in a file below `path`, in a name or in a link; `shown` is
/// that path for people.
pub fn look(path: &Path, shown: &Path, mask: &Mask) -> Result<(), RunError> {
    if mask.longest() == 0 {
        return Ok(());
    }
    let mut left = vec![(path.to_owned(), shown.to_owned())];
    while let Some((path, shown)) = left.pop() {
        let leak = || RunError::Leak { place: mask.text(&shown.display().to_string()) };
        let has = |text: &OsStr| mask.find(text.as_encoded_bytes()).is_some();
        let found = fs::metadata(&path)?;
        if shown.file_name().is_some_and(has) {
            return Err(leak());
        }
        if found.is_symlink() && has(fs::read_link(&path)?.as_os_str()) {
            return Err(leak());
        }
        if found.is_dir() {
            let names = fs::names(&path)?.into_iter();
            left.extend(names.map(|name| (path.join(&name), shown.join(&name))));
        } else if found.is_file() && is_in_file(&path, mask)? {
            return Err(leak());
        }
    }
    Ok(())
}

fn is_in_file(path: &Path, mask: &Mask) -> Result<bool, PathError> {
    let mut file = fs::open(path)?;
    let mut bytes = vec![0; (1 << 20) + mask.longest()];
    let mut kept = 0;
    loop {
        let read =
            file.read(&mut bytes[kept..]).map_err(|error| PathError::new("read", path, error))?;
        if read == 0 {
            return Ok(false);
        }
        let end = kept + read;
        if mask.find(&bytes[..end]).is_some() {
            return Ok(true);
        }
        let next = mask.longest().min(end);
        bytes.copy_within(end - next..end, 0);
        kept = next;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_value_is_found_wherever_it_stands() {
        let folder = tempfile::tempdir().unwrap();
        let mask = Mask::new([b"hunter2hunter2".as_slice()]);
        let place = |name: &str, make: &dyn Fn(&Path)| {
            let output = folder.path().join(name);
            std::fs::create_dir(&output).unwrap();
            make(&output);
            look(&output, Path::new("out"), &mask).err().map(|error| error.to_string())
        };
        let across = |output: &Path| {
            let mut bytes = vec![b'x'; (1 << 20) + 7];
            bytes.extend(b"hunter2hunter2 and more");
            std::fs::write(output.join("f"), bytes).unwrap();
        };
        assert!(place("across", &across).unwrap().ends_with("out/f"));
        let named = |output: &Path| std::fs::write(output.join("hunter2hunter2"), "").unwrap();
        assert!(place("named", &named).unwrap().ends_with("out/***"));
        let linked =
            |output: &Path| std::os::unix::fs::symlink("hunter2hunter2", output.join("l")).unwrap();
        assert!(place("linked", &linked).is_some());
        let clean = |output: &Path| std::fs::write(output.join("f"), "hunter2hunter").unwrap();
        assert_eq!(place("clean", &clean), None);
    }
}
