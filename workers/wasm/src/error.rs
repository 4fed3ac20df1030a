//! What is wrong with a plugin or a run of it, in the user's words.
//!
//! Invariant: every way in which a component can misbehave ends in one of these, with a
//! stable code and, where there is one, a fix.

use std::path::PathBuf;

use ingot_protocol::Failure;

use crate::bindings::INTERFACE;
use crate::limits::Limit;

/// Why a plugin was refused, or a run of it gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The component is too large.
    #[error("it has {size} bytes; a plugin has at most {most}")]
    Large {
        /// Its size.
        size: u64,
        /// The most.
        most: u64,
    },
    /// What is elsewhere cannot be had.
    #[error("{address} cannot be had: {reason}")]
    Fetch {
        /// Where it should be.
        address: String,
        /// Why not.
        reason: String,
    },
    /// What is elsewhere is another file.
    #[error("{address} has the SHA-256 {found}, not {wanted}")]
    Sum {
        /// Where it is.
        address: String,
        /// What the manifest says.
        wanted: String,
        /// What it is.
        found: String,
    },
    /// The file is no component.
    #[error("it is {found}, not a WebAssembly component")]
    NoComponent {
        /// What it is.
        found: String,
    },
    /// An import that nobody grants.
    #[error("it imports `{import}`, which no plugin gets")]
    Import {
        /// The import.
        import: String,
    },
    /// An import that the manifest does not grant.
    #[error("it imports `{import}`, which the manifest does not grant")]
    NotGranted {
        /// The import.
        import: String,
        /// The grant.
        grant: String,
    },
    /// Another version of the interface.
    #[error("it speaks {found}; this version of ingot speaks {INTERFACE}")]
    Version {
        /// The version that it speaks.
        found: String,
    },
    /// It is a component of another world.
    #[error("it is no plugin of {INTERFACE}: {reason}")]
    World {
        /// What does not fit.
        reason: String,
    },
    /// It cannot be compiled.
    #[error("it cannot be compiled: {reason}")]
    Compile {
        /// The compiler's reason.
        reason: String,
    },
    /// The compiled file is none of this program.
    #[error("the compiled plugin {path} is not of this program: {reason}")]
    Compiled {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// What it says of itself cannot be.
    #[error("what it says of itself cannot be: {what}")]
    Descriptor {
        /// What.
        what: String,
    },
    /// The engine cannot be set up here.
    #[error("the WebAssembly engine cannot be set up: {0}")]
    Engine(String),
    /// It stopped by itself.
    #[error("it stopped: {reason}")]
    Trap {
        /// Which trap.
        reason: String,
        /// The functions it was in, innermost first.
        at: Vec<String>,
    },
    /// It took too many steps.
    #[error("it used up its fuel of {0}")]
    Fuel(u64),
    /// It called itself too deeply.
    #[error("it used more than its {} KiB of stack", crate::engine::STACK >> 10)]
    Stack,
    /// A limit.
    #[error(transparent)]
    Limit(#[from] Limit),
    /// It did not come to say what it is.
    #[error("asked what it is, {0}")]
    Asked(Box<PluginError>),
    /// Too many instances, memories, tables or handles.
    #[error("it has too many parts: {0}")]
    Parts(String),
    /// A stream that it reads cannot be given.
    #[error("the input `{port}`: {reason}")]
    Input {
        /// The port.
        port: String,
        /// Why.
        reason: String,
    },
    /// A stream that it wrote is not what its type is.
    #[error("the output `{port}`: {reason}")]
    Output {
        /// The port.
        port: String,
        /// Why.
        reason: String,
    },
    /// Something that it reported has no place in a result.
    #[error("what it reported cannot be: {0}")]
    Report(String),
    /// It said why it failed.
    #[error("{message}")]
    Said {
        /// Its code.
        code: String,
        /// What is wrong.
        message: String,
        /// What to do about it.
        help: Option<String>,
    },
    /// The request has no plugin.
    #[error("the request names no plugin")]
    NoPlugin,
}

impl PluginError {
    /// An input that cannot be given.
    pub fn input(port: &str, reason: impl ToString) -> Self {
        Self::Input { port: port.to_owned(), reason: reason.to_string() }
    }

    /// An output that is not what its type is.
    pub fn output(port: &str, reason: impl ToString) -> Self {
        Self::Output { port: port.to_owned(), reason: reason.to_string() }
    }

    /// The stable code.
    pub fn code(&self) -> &str {
        match self {
            Self::Io { .. } | Self::Large { .. } => "P0101",
            Self::NoComponent { .. } => "P0102",
            Self::Import { .. } | Self::NotGranted { .. } => "P0103",
            Self::Version { .. } => "P0104",
            Self::World { .. } => "P0105",
            Self::Compile { .. } => "P0106",
            Self::Compiled { .. } | Self::Engine(_) | Self::NoPlugin => "P0107",
            Self::Descriptor { .. } => "P0108",
            Self::Fetch { .. } => "P0109",
            Self::Sum { .. } => "P0110",
            Self::Trap { .. } => "P0201",
            Self::Asked(error) => error.code(),
            Self::Fuel(_) => "P0202",
            Self::Stack => "P0203",
            Self::Limit(Limit::Memory(_) | Limit::Objects) => "P0204",
            Self::Limit(Limit::Output(_)) => "P0205",
            Self::Limit(_) | Self::Parts(_) => "P0206",
            Self::Input { .. } => "P0301",
            Self::Output { .. } => "P0302",
            Self::Report(_) => "P0303",
            Self::Said { code, .. } => code,
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::Said { help: Some(help), .. } => return Some(help.clone()),
            Self::Said { .. } => "the plugin says so; the log has what else it said",
            Self::Io { .. } | Self::NoPlugin => return None,
            Self::Large { .. } => "strip it, and leave data out of it",
            Self::Fetch { .. } => {
                "bring the file by other means, and name it: path = \"plugins/NAME.wasm\""
            }
            Self::Sum { .. } => {
                "ask who published it what changed; then write the new sum into the manifest"
            }
            Self::NoComponent { .. } => "build it with `ingot plugin build`",
            Self::Import { import } if import.starts_with("wasi:") => {
                "build it without WASI: for Rust the target wasm32-unknown-unknown, for Python `--stub-wasi`"
            }
            Self::Import { .. } => "a plugin imports what is in ingot:step, and nothing else",
            Self::NotGranted { grant, .. } => {
                return Some(format!("if you trust it with that: grants = [\"{grant}\"]"));
            }
            Self::Version { .. } => {
                "use a version of ingot that speaks it, or build the plugin again"
            }
            Self::World { .. } => {
                return Some(format!("build it for the world `step` of {INTERFACE}"));
            }
            Self::Compile { .. } => {
                "bring the file again; where it is whole, tell the plugin's author"
            }
            Self::Descriptor { .. } | Self::Parts(_) | Self::Asked(_) => {
                "this is the plugin's mistake: tell its author"
            }
            Self::Compiled { path, .. } => {
                return Some(format!("remove {}: it is compiled anew", path.display()));
            }
            Self::Engine(_) => "`ingot doctor` shows what this machine allows",
            Self::Trap { .. }
            | Self::Stack
            | Self::Input { .. }
            | Self::Output { .. }
            | Self::Report(_) => {
                "this is the plugin's mistake: tell its author; the log has what it said"
            }
            Self::Fuel(limit) => {
                return Some(format!(
                    "if it is no endless loop, give it more: limits = {{ fuel = {} }}",
                    limit.saturating_mul(10).min(i64::MAX as u64)
                ));
            }
            Self::Limit(Limit::Memory(_) | Limit::Objects) => {
                "give it more: limits = { memory = \"2GiB\" }"
            }
            Self::Limit(Limit::Output(_)) => "give it more: limits = { output = \"64GiB\" }",
            Self::Limit(_) => "this is the plugin's mistake: tell its author",
        };
        Some(help.to_owned())
    }
}

impl From<PluginError> for Failure {
    fn from(error: PluginError) -> Self {
        let message = match &error {
            PluginError::Trap { at, .. } if !at.is_empty() => {
                format!("{error}, in {}", at.join(" < "))
            }
            _ => error.to_string(),
        };
        let failure = Self::new(error.code(), shown(&message));
        match error.help() {
            Some(help) => failure.help(shown(&help)),
            None => failure,
        }
    }
}

/// Whether a character changes the direction in which the others are shown.
fn turns(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Most characters of a text that a plugin may have a hand in.
const LONGEST: usize = 1_000;

/// A text that can be printed: of a length that can be read, and none of it an order to
/// a terminal.
fn shown(text: &str) -> String {
    let mut shown = String::new();
    for (at, character) in text.chars().enumerate() {
        match character {
            _ if at == LONGEST => return shown + " ..",
            '\n' | '\t' => shown.push(' '),
            _ if character.is_control() || turns(character) => {
                shown.extend(character.escape_unicode());
            }
            _ => shown.push(character),
        }
    }
    shown
}
