//! Templates of log lines: what stays where numbers, addresses and paths change.
//!
//! On disk: a text of the workspace. Its first line is `templates 1 COLUMN`, each other line
//! an id, a space and a template. An id is the first twelve hexadecimal digits of the BLAKE3
//! hash of the template as it was drafted; a person may change the template behind it and
//! write `<*>` for more words. Invariant: which template a text has depends on the text and
//! the file alone, and no id is there twice.

mod mask;

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use ingot_protocol::Failure;
use ingot_tables::regular;

pub(crate) use mask::mask;

/// What a form of such files is called.
pub(crate) const FORM: &str = "templates";

/// The version of the form.
const VERSION: &str = "1";

/// What stands in a template for what changes.
const ANY: &str = "<*>";

/// The templates of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Templates {
    /// The column of text.
    pub(crate) column: String,
    /// Template -> id, of those that a masked text is as a whole.
    whole: HashMap<String, String>,
    /// Number of words -> templates of so many with their ids, in the order of the file.
    by_words: HashMap<usize, Vec<(Vec<String>, String)>>,
}

impl Templates {
    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let wrong = |line: usize, what: &str| {
            Failure::new("D0337", format!("{}:{line}: {what}", path.display())).help(
                "the first line is `templates 1 COLUMN`, each other one an id, a space and a \
                 template: `ingot contract infer DATA --templates COLUMN` drafts such a file",
            )
        };
        let text = regular::text(path).map_err(|error| wrong(1, &error.to_string()))?;
        let mut lines = text.lines();
        let head: Vec<&str> = lines.next().unwrap_or_default().splitn(3, ' ').collect();
        let [FORM, version, column] = head[..] else {
            return Err(wrong(1, "it is no file of templates"));
        };
        if version != VERSION || column.is_empty() {
            return Err(wrong(1, "it names no column, or is of another version"));
        }
        let mut templates =
            Self { column: column.to_owned(), whole: HashMap::new(), by_words: HashMap::new() };
        let mut ids = BTreeSet::new();
        for (number, line) in (2..).zip(lines).filter(|(_, line)| !line.trim().is_empty()) {
            let Some((id, template)) = line.split_once(' ') else {
                return Err(wrong(number, "the line is not an id and a template"));
            };
            if !ids.insert(id) {
                return Err(wrong(number, "another line has the same id"));
            }
            templates.whole.entry(template.to_owned()).or_insert_with(|| id.to_owned());
            let words: Vec<String> = template.split(' ').map(str::to_owned).collect();
            let of_length = templates.by_words.entry(words.len()).or_default();
            of_length.push((words, id.to_owned()));
        }
        Ok(templates)
    }

    /// The id of a text's template; nothing of one that was never seen.
    pub(crate) fn id(&self, text: &str) -> Option<&str> {
        let masked = mask(text);
        if let Some(id) = self.whole.get(&masked) {
            return Some(id);
        }
        let words: Vec<&str> = masked.split(' ').collect();
        let matches = |template: &[String]| {
            template.iter().zip(&words).all(|(word, found)| word == ANY || word == found)
        };
        let of_length = self.by_words.get(&words.len())?;
        let found = of_length.iter().find(|(template, _)| matches(template))?;
        Some(&found.1)
    }
}

/// A file for the texts of a column: each masked text once, sorted.
pub(crate) fn written<'a>(column: &str, texts: impl Iterator<Item = &'a str>) -> String {
    let templates: BTreeSet<String> = texts.map(mask).collect();
    let mut file = format!("{FORM} {VERSION} {column}\n");
    for template in templates {
        let hash = blake3::hash(template.as_bytes()).to_hex();
        file.push_str(&format!("{} {template}\n", &hash[..12]));
    }
    file
}
