//! [`diagnose`]: what a failed command missed, and the line of the manifest that gives it.
//!
//! Reads the last lines of the log, the last one first, as [`complaint`] understands them,
//! and looks at what the step had. Invariant: it speaks of what was denied to this step: a
//! file that the workspace has, a host without a network, a place that nothing can be
//! written to, a module or a program that is not there. Where it has nothing to say, the
//! step failed for a reason of its own.

use std::path::{Path, PathBuf};

use super::event::FailureSummary;
use crate::manifest::member::local;
use crate::plan::{Origin, Step};
use crate::runner::complaint::{self, Complaint, Language};
use crate::runner::undeclared::Folders;
use crate::sys::fs;

/// A failed command, and what it had.
pub(super) struct Scene<'a> {
    /// The step.
    pub step: &'a Step,
    /// What the workspace has, and what the step had.
    pub folders: Folders<'a>,
    /// The program that was started.
    pub program: &'a Path,
}

/// Why a step failed, told in the place of its exit code.
struct Diagnosis {
    code: &'static str,
    message: String,
    help: String,
}

/// Says in `summary` what the step missed, where the last lines of its log tell.
pub(super) fn diagnose(scene: &Scene<'_>, tail: &[String], summary: &mut FailureSummary) {
    let ending = complaint::ending(tail);
    let before = &tail[..tail.len() - ending.len()];
    // A file that the step missed it missed, whatever it failed of later.
    let found = scene
        .first(ending, |_| true)
        .or_else(|| scene.first(before, |diagnosis| diagnosis.code == UNDECLARED));
    if let Some(Diagnosis { code, message, help }) = found {
        summary.code = code.to_owned();
        summary.message = message;
        summary.help = Some(help);
    }
}

const UNDECLARED: &str = "E0809";

impl Scene<'_> {
    fn first(&self, lines: &[String], fits: impl Fn(&Diagnosis) -> bool) -> Option<Diagnosis> {
        let said = lines.iter().rev().filter_map(|line| complaint::read(line));
        said.filter_map(|complaint| self.of(complaint)).find(fits)
    }

    fn of(&self, complaint: Complaint) -> Option<Diagnosis> {
        match complaint {
            Complaint::Missing(path) => {
                self.undeclared(&path).or_else(|| self.without_folder(&path))
            }
            Complaint::MissingIn(words) => Some(self.reads(&self.folders.undeclared_in(&words)?)),
            Complaint::Denied(path) => self.undeclared(&path).or_else(|| self.denied(&path)),
            Complaint::Unwritable(path) => self.unwritable(path.as_deref()),
            Complaint::Host => self.host(),
            Complaint::Module(language, name) => self.module(language, &name),
            Complaint::Program(name) => self.undeclared(&name).or_else(|| self.no_program(&name)),
        }
    }

    fn name(&self) -> &str {
        local(&self.step.base)
    }

    fn undeclared(&self, path: &str) -> Option<Diagnosis> {
        Some(self.reads(&self.folders.undeclared(path)?))
    }

    fn reads(&self, path: &str) -> Diagnosis {
        Diagnosis {
            code: UNDECLARED,
            message: format!("it reads `{path}`, which it does not declare"),
            help: self.declare(path),
        }
    }

    /// The line that declares a path of the workspace.
    fn declare(&self, path: &str) -> String {
        let name = self.name();
        format!("add to [steps.{name}]: inputs.{} = \"./{path}\"", self.port(path))
    }

    /// A port for a path, called as none of the step's is.
    fn port(&self, path: &str) -> String {
        let stem = Path::new(path).file_stem().map(|stem| stem.to_string_lossy().to_lowercase());
        let mut port: String = stem
            .unwrap_or_default()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .collect();
        while self.step.inputs.contains_key(&port) {
            port.push_str("_more");
        }
        port
    }

    /// A file in a folder that the workspace has and the step has not: nothing can be made there.
    fn without_folder(&self, path: &str) -> Option<Diagnosis> {
        let relative = self.folders.relative(path)?;
        let folder = relative.parent().filter(|folder| !folder.as_os_str().is_empty())?;
        let there = fs::exists(&self.folders.workspace.join(&relative));
        let undeclared = self.folders.undeclared(folder.to_str()?).is_some();
        (!there && undeclared).then(|| Diagnosis {
            code: "E0814",
            message: format!("it opens `{}`, whose folder it has not", relative.display()),
            help: format!(
                "if it writes the file: {}; if it reads the folder: {}",
                self.places(),
                self.declare(&folder.display().to_string())
            ),
        })
    }

    /// Something that it may not open: what it has it may read, so it writes.
    fn denied(&self, path: &str) -> Option<Diagnosis> {
        match self.folders.relative(path) {
            Some(relative) if self.folders.had(&relative) => None,
            Some(_) => self.unwritable(Some(path)),
            None if path.starts_with("/tmp/") => self.unwritable(Some(path)),
            None => None,
        }
    }

    fn unwritable(&self, path: Option<&str>) -> Option<Diagnosis> {
        let relative = path.and_then(|path| self.folders.relative(path));
        let (what, help) = match (path, relative) {
            (None, _) => ("a file".to_owned(), self.places()),
            (Some(_), Some(relative)) if self.folders.had(&relative) => (
                format!("`{}`, which it has as an input", relative.display()),
                format!("inputs are read-only: copy it to $TMPDIR, or {}", self.places()),
            ),
            (Some(_), Some(relative)) => (format!("`{}`", relative.display()), self.places()),
            (Some(path), None) => {
                let own = Path::new(path).is_relative()
                    && ["out", "tmp"].iter().any(|own| Path::new(path).starts_with(own));
                if own {
                    return None;
                }
                (format!("`{path}`"), self.places())
            }
        };
        let message = format!("it writes {what}, where a step cannot write");
        Some(Diagnosis { code: "E0814", message, help })
    }

    /// Where a step can write.
    fn places(&self) -> String {
        let outputs: Vec<String> =
            self.step.outputs.keys().map(|port| format!("`{{outputs.{port}}}`")).collect();
        let outputs = match outputs.as_slice() {
            [] => "`{outputs.NAME}`".to_owned(),
            [outputs @ .., last] if !outputs.is_empty() => {
                format!("{} or {last}", outputs.join(", "))
            }
            outputs => outputs.concat(),
        };
        format!("write to the path that {outputs} stands for; what is not kept to $TMPDIR (tmp/)")
    }

    fn host(&self) -> Option<Diagnosis> {
        let network = self.step.command.as_ref().is_none_or(|command| command.network);
        (!network).then(|| Diagnosis {
            code: "E0813",
            message: "it wants to reach another host, and a step has no network".to_owned(),
            help: format!(
                "add to [steps.{}]: network = true; or declare what it fetches as a source",
                self.name()
            ),
        })
    }

    fn module(&self, language: Language, name: &str) -> Option<Diagnosis> {
        let found = self.folders.module(language, name, &self.module_folders());
        let name = name.strip_prefix("/step/").unwrap_or(name);
        match found {
            Some(path) if !self.folders.had(&path) => Some(Diagnosis {
                code: UNDECLARED,
                message: format!("it needs `{name}`, and does not declare `{}`", path.display()),
                help: self.declare_module(&path),
            }),
            Some(path) if language == Language::Python => {
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
                let folder = folder.unwrap_or(Path::new("."));
                Some(Diagnosis {
                    code: "E0815",
                    message: format!(
                        "it does not find the module `{name}`, which is at `{}`",
                        path.display()
                    ),
                    help: format!(
                        "add to [steps.{}]: environment.PYTHONPATH = \"{}\"",
                        self.name(),
                        folder.display()
                    ),
                })
            }
            Some(_) => None,
            None => self.no_module(language, name),
        }
    }

    /// Where modules may be: beside what the command names, where its inputs are, at the top.
    fn module_folders(&self) -> Vec<PathBuf> {
        let mut folders = Vec::new();
        let words = self.step.command.iter().flat_map(|command| &command.run);
        for word in words.flat_map(|word| word.value.split_whitespace()) {
            folders
                .extend(self.folders.relative(word).and_then(|path| Some(path.parent()?.into())));
        }
        for path in self.paths() {
            let path = Path::new(path);
            folders.extend([path.into(), path.parent().unwrap_or(Path::new("")).into()]);
        }
        folders.extend(["", "src", "lib", "python"].map(PathBuf::from));
        folders
    }

    /// The paths of the workspace that it declares.
    fn paths(&self) -> impl Iterator<Item = &str> {
        self.step.feeds().filter_map(|(_, feed)| match &feed.origin {
            Origin::Path(path) => Some(path.strip_prefix("./").unwrap_or(path)),
            _ => None,
        })
    }

    /// The line that declares a module: its folder, where a file beside it is declared.
    fn declare_module(&self, module: &Path) -> String {
        let folder = module.parent().filter(|folder| !folder.as_os_str().is_empty());
        let beside = folder.and_then(|folder| {
            self.step.feeds().find_map(|(port, feed)| match &feed.origin {
                Origin::Path(path) => {
                    let path = Path::new(path.strip_prefix("./").unwrap_or(path));
                    (path.parent() == Some(folder)).then(|| (port.to_owned(), folder))
                }
                _ => None,
            })
        });
        match beside {
            Some((port, folder)) => format!(
                "write in [steps.{}]: inputs.{port} = \"./{}\"",
                self.name(),
                folder.display()
            ),
            None => match folder.filter(|_| !fs::is_folder(&self.folders.workspace.join(module))) {
                // Its neighbours are likely to be needed next.
                Some(folder) => self.declare(&folder.display().to_string()),
                None => self.declare(&module.display().to_string()),
            },
        }
    }

    fn no_module(&self, language: Language, name: &str) -> Option<Diagnosis> {
        let step = self.name();
        let (interpreters, usual, place): (&[&str], &str, &str) = match language {
            Language::Python => (&["python", "pypy", "pytest"], "python3", ".venv/bin/python"),
            Language::Node => (&["node", "deno", "bun", "npx"], "node", ""),
            Language::R => (&["Rscript", "R"], "Rscript", "/path/to/bin/Rscript"),
            Language::Julia => (&["julia"], "julia", "/path/to/bin/julia"),
            Language::Perl => (&["perl"], "perl", "/path/to/bin/perl"),
            Language::Ruby => (&["ruby"], "ruby", "/path/to/bin/ruby"),
        };
        let (word, program) = self.interpreter(interpreters);
        let tool = word.as_deref().unwrap_or(usual);
        let help = match language {
            Language::Node => format!(
                "install it in the workspace, and add to [steps.{step}]: \
                 inputs.node_modules = \"./node_modules\""
            ),
            Language::Python => format!(
                "declare a virtual environment that has it: [tools.{tool}] program = \"{place}\", \
                 identity = [\"uv.lock\"]"
            ),
            _ => {
                format!("declare an installation that has it: [tools.{tool}] program = \"{place}\"")
            }
        };
        let ran = program.map_or_else(|| tool.to_owned(), |program| program.display().to_string());
        Some(Diagnosis { code: "E0815", message: format!("{ran} has no module `{name}`"), help })
    }

    /// The interpreter that the command names, and its program where that was started itself.
    fn interpreter(&self, names: &[&str]) -> (Option<String>, Option<PathBuf>) {
        let is_one = |word: &&str| {
            let last = word.rsplit('/').next().unwrap_or(word);
            names.iter().any(|name| {
                let version = last.strip_prefix(name);
                version.is_some_and(|it| it.chars().all(|c| c.is_ascii_digit() || c == '.'))
            })
        };
        let run: Vec<&str> = self
            .step
            .command
            .iter()
            .flat_map(|command| &command.run)
            .map(|word| word.value.as_str())
            .collect();
        let first = run.first().copied().filter(is_one);
        let word = first.or_else(|| run.iter().flat_map(|it| it.split_whitespace()).find(is_one));
        let program = first.map(|_| self.program.to_owned());
        (word.map(|word| word.rsplit('/').next().unwrap_or(word).to_owned()), program)
    }

    fn no_program(&self, name: &str) -> Option<Diagnosis> {
        if name.contains('/') {
            return None;
        }
        Some(Diagnosis {
            code: "E0816",
            message: format!("it starts `{name}`, and there is no such program"),
            help: format!(
                "install `{name}`, or name it in `run` and declare it: [tools.{name}] program = \"{name}\""
            ),
        })
    }
}
