//! What a step missed, and where the workspace has it.
//!
//! Owns how a path that a program names is a path of the workspace, and where a module
//! would be. An undeclared file is not in the exec root; if the workspace has it, the fix
//! is one line. Invariant: what it gives is there in the workspace, and is nothing of the
//! exec root's own folders. Pure but for the look into both folders.

use std::path::{Component, Path, PathBuf};

use super::complaint::Language;
use super::launch::STEP;
use crate::sys::fs;

/// The two folders: what the user has, and what the step had.
#[derive(Debug, Clone, Copy)]
pub struct Folders<'a> {
    /// The folder of the manifest.
    pub workspace: &'a Path,
    /// The exec root.
    pub root: &'a Path,
}

impl Folders<'_> {
    /// The path below the workspace that a program means; nothing for one that is outside
    /// of it, or that is the step's own.
    pub fn relative(&self, word: &str) -> Option<PathBuf> {
        let word = word.strip_prefix("file://").or(word.strip_prefix("file:")).unwrap_or(word);
        let path = Path::new(word);
        let below = if path.is_absolute() {
            let places = [self.root, Path::new(STEP), self.workspace];
            places.iter().find_map(|place| path.strip_prefix(place).ok())?
        } else {
            path
        };
        let mut normal = PathBuf::new();
        for part in below.components() {
            match part {
                Component::Normal(name) => normal.push(name),
                Component::CurDir => {}
                Component::ParentDir if normal.pop() => {}
                _ => return None,
            }
        }
        let own = normal.starts_with(".ingot")
            || ["in", "out", "tmp"].iter().any(|own| normal.starts_with(own));
        (!normal.as_os_str().is_empty() && !own).then_some(normal)
    }

    /// A path that the workspace has and the step had not.
    pub fn undeclared(&self, word: &str) -> Option<String> {
        let relative = self.relative(word)?;
        let there = fs::exists(&self.workspace.join(&relative));
        let had = fs::exists(&self.root.join(&relative));
        (there && !had).then_some(relative.to_str()?.to_owned())
    }

    /// The first such path of those that words name by their form: quoted, or with a `/` or
    /// a `.` in it.
    pub fn undeclared_in(&self, words: &str) -> Option<String> {
        const QUOTES: &str = "'\"`‘’“”";
        let quoted = words.split(|c| QUOTES.contains(c)).skip(1).step_by(2);
        let plain = words
            .split(|c: char| c.is_whitespace() || QUOTES.contains(c) || "()[]<>,;=|".contains(c))
            .map(|word| word.trim_end_matches([':', '.', '!', '?']))
            .filter(|word| word.contains(['/', '.']));
        quoted.chain(plain).find_map(|word| self.undeclared(word))
    }

    /// Whether the step had this.
    pub fn had(&self, relative: &Path) -> bool {
        fs::exists(&self.root.join(relative))
    }

    /// Where the workspace has a module, looked for in these folders of it.
    pub fn module(&self, language: Language, name: &str, folders: &[PathBuf]) -> Option<PathBuf> {
        let is_path = name.starts_with(['.', '/']);
        let candidates: Vec<String> = match language {
            Language::Python => {
                let top = name.split('.').next().unwrap_or(name);
                vec![format!("{top}.py"), top.to_owned()]
            }
            Language::Node if is_path => NODE.iter().map(|end| format!("{name}{end}")).collect(),
            Language::Node => vec![format!("node_modules/{name}")],
            Language::R => vec![format!("{name}.R"), format!("renv/library/{name}")],
            Language::Julia => vec![format!("{name}.jl"), format!("src/{name}.jl")],
            Language::Perl => vec![name.to_owned(), format!("lib/{name}")],
            Language::Ruby => vec![format!("{name}.rb"), format!("lib/{name}.rb")],
        };
        folders.iter().find_map(|folder| {
            candidates.iter().find_map(|candidate| {
                let path = match candidate.starts_with('/') {
                    true => PathBuf::from(candidate),
                    false => folder.join(candidate),
                };
                let relative = self.relative(path.to_str()?)?;
                let there = self.workspace.join(&relative);
                // A folder without a file in it is no module.
                let is_module = match fs::is_folder(&there) {
                    true => fs::names(&there).is_ok_and(|names| !names.is_empty()),
                    false => fs::exists(&there),
                };
                is_module.then_some(relative)
            })
        })
    }
}

/// What Node adds to the path of a module.
const NODE: [&str; 8] = ["", ".js", ".mjs", ".cjs", ".ts", ".json", ".node", "/index.js"];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_path_of_the_workspace_that_the_step_had_not_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let (workspace, root) = (folder.path().join("w"), folder.path().join("r"));
        std::fs::create_dir_all(workspace.join("data")).unwrap();
        std::fs::create_dir_all(root.join("tools")).unwrap();
        std::fs::create_dir_all(workspace.join("tools")).unwrap();
        std::fs::write(workspace.join("data/x.csv"), "").unwrap();
        let absolute = format!("{}/data/x.csv", workspace.display());
        let folders = Folders { workspace: &workspace, root: &root };
        for (word, found) in [
            ("data/x.csv", Some("data/x.csv")),
            ("./data/x.csv", Some("data/x.csv")),
            ("tools/../data/x.csv", Some("data/x.csv")),
            ("/step/tools/../data/x.csv", Some("data/x.csv")),
            ("/step/data/x.csv", Some("data/x.csv")),
            ("file:/step/data/x.csv", Some("data/x.csv")),
            (absolute.as_str(), Some("data/x.csv")),
            ("tools", None),
            ("../w/data/x.csv", None),
            ("data/y.csv", None),
        ] {
            assert_eq!(folders.undeclared(word).as_deref(), found, "{word}");
        }
        for (words, found) in [
            ("data/x.csv not found.", Some("data/x.csv")),
            ("no rows in (data/x.csv)", Some("data/x.csv")),
            ("there is no folder 'data'", Some("data")),
            ("no training data was given", None),
        ] {
            assert_eq!(folders.undeclared_in(words).as_deref(), found, "{words}");
        }
    }

    #[test]
    fn a_module_is_looked_for_where_its_language_looks() {
        let folder = tempfile::tempdir().unwrap();
        let (workspace, root) = (folder.path().join("w"), folder.path().join("r"));
        for path in ["tools/helper.py", "pkg/__init__.py", "tools/lib.js", "node_modules/x/a.js"] {
            let path = workspace.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        std::fs::create_dir_all(workspace.join("empty")).unwrap();
        let folders = Folders { workspace: &workspace, root: &root };
        let places = [PathBuf::from("tools"), PathBuf::new()];
        for (language, name, found) in [
            (Language::Python, "helper", Some("tools/helper.py")),
            (Language::Python, "pkg.deep", Some("pkg")),
            (Language::Python, "empty", None),
            (Language::Python, "pandas", None),
            (Language::Node, "./lib", Some("tools/lib.js")),
            (Language::Node, "/step/tools/lib.js", Some("tools/lib.js")),
            (Language::Node, "x", Some("node_modules/x")),
            (Language::Node, "y", None),
        ] {
            let module = folders.module(language, name, &places);
            assert_eq!(module.as_deref(), found.map(Path::new), "{name}");
        }
    }
}
