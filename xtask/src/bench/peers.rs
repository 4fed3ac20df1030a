//! The peers that are installed here.

use std::path::PathBuf;
use std::process::Command;

/// Where each peer is; nothing where it is not.
pub(crate) struct Peers {
    /// `pip install ninja`, or the system's.
    pub(crate) ninja: Option<PathBuf>,
    /// `pip install dvc`.
    pub(crate) dvc: Option<PathBuf>,
    /// `cargo install b3sum`.
    pub(crate) b3sum: Option<PathBuf>,
    /// A Python that has `pip install duckdb`.
    pub(crate) python: Option<PathBuf>,
}

impl Peers {
    /// Looks through `PATH`.
    pub(crate) fn find() -> Self {
        let has = |python: &PathBuf| imports(python, "duckdb").is_some();
        Self {
            ninja: on_path("ninja"),
            dvc: on_path("dvc"),
            b3sum: on_path("b3sum"),
            python: on_path("python3").filter(has),
        }
    }

    /// Every peer with its version, if it is there.
    pub(crate) fn all(&self) -> [(&'static str, Option<String>); 5] {
        let version = |program: &Option<PathBuf>| {
            let output = Command::new(program.as_ref()?).arg("--version").output().ok()?;
            let text = String::from_utf8_lossy(&output.stdout);
            Some(text.lines().next().unwrap_or_default().trim().to_owned())
        };
        [
            ("ninja", version(&self.ninja)),
            ("dvc", version(&self.dvc)),
            ("b3sum", version(&self.b3sum)),
            ("duckdb", self.python.as_ref().and_then(|python| imports(python, "duckdb"))),
            ("pandera", self.python.as_ref().and_then(|python| imports(python, "pandera"))),
        ]
    }
}

/// The version of a package that a Python has.
fn imports(python: &PathBuf, package: &str) -> Option<String> {
    let program = format!("import {package}; print({package}.__version__)");
    let output = Command::new(python).args(["-c", &program]).output().ok()?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !version.is_empty()).then(|| format!("{package} {version}"))
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file())
}
