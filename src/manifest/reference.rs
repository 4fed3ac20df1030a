//! [`Reference`]: how a manifest names what stands on a port.

use std::fmt;

/// A reference, parsed but not resolved.
///
/// | text | meaning |
/// |---|---|
/// | `scans` | the source `scans`, or the only output of the step `scans` |
/// | `split.data` | the output `data` of the step `split` |
/// | `split.data/test` | its split `test`; `/train+valid` names two |
/// | `tune@lr=0.001.model` | an output of one point |
/// | `tune@*.model` | that output of every point, in coordinate order |
/// | `./tools` | a path in the workspace |
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reference {
    /// A source's or step's output.
    Output {
        /// The source, or the step with its point (`tune@lr=0.001`), or the
        /// base name where `every_point`.
        name: String,
        /// Whether `@*` was written.
        every_point: bool,
        /// The output port, where one was written.
        port: Option<String>,
        /// The splits behind the slash, sorted; empty where none was written.
        splits: Vec<String>,
    },
    /// A path in the workspace, without the leading `./`.
    Path(String),
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "./{path}"),
            Self::Output { name, every_point, port, splits } => {
                f.write_str(name)?;
                if *every_point {
                    f.write_str("@*")?;
                }
                if let Some(port) = port {
                    write!(f, ".{port}")?;
                }
                if !splits.is_empty() {
                    write!(f, "/{}", splits.join("+"))?;
                }
                Ok(())
            }
        }
    }
}
