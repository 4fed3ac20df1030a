//! [`Collected`]: an artifact that a plugin writes, stream by stream.
//!
//! Invariant: nothing is written outside of the output's own path, whatever a stream is
//! called. What it does not do: it reads no rows; those are [`crate::table`]'s.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;

use crate::error::PluginError;
use crate::table::{Rows, Table};

/// Longest name of a stream.
const LONGEST: usize = 200;
/// Most streams of one output.
const MOST: usize = 100_000;

/// What a guest has hold of: an output, by its index in the request.
pub struct Output {
    /// The index.
    pub index: usize,
}

/// What a guest has hold of: a stream of an output.
#[derive(Clone, Copy)]
pub struct Writer {
    /// The output's index.
    pub output: usize,
    /// The stream's index.
    pub stream: usize,
}

/// An output, as far as it is written.
pub struct Collected {
    /// The port.
    pub port: String,
    /// The artifact type.
    pub artifact_type: String,
    path: PathBuf,
    /// Whether streams are kept as they come, in files called by their number.
    raw: bool,
    names: BTreeMap<String, usize>,
    streams: Vec<Stream>,
    table: Table,
}

/// One stream of it.
enum Stream {
    File(File),
    Rows(Box<Rows>),
    /// It was let go of, and is whole.
    Closed,
}

impl Collected {
    /// An output of which nothing is written.
    pub fn new(port: &str, artifact_type: &str, path: PathBuf) -> Self {
        Self {
            port: port.to_owned(),
            artifact_type: artifact_type.to_owned(),
            table: Table::new(artifact_type, &path),
            path,
            raw: false,
            names: BTreeMap::new(),
            streams: Vec::new(),
        }
    }

    /// The same, of which the bytes are kept as they come: for a plugin's own tests.
    pub fn raw(port: &str, artifact_type: &str, path: PathBuf) -> Self {
        Self { raw: true, ..Self::new(port, artifact_type, path) }
    }

    /// Whether nothing is written to it.
    pub fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }

    /// The names of its streams, in the order in which they were made.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<(&usize, &str)> =
            self.names.iter().map(|(name, index)| (index, name.as_str())).collect();
        names.sort_unstable();
        names.into_iter().map(|(_, name)| name).collect()
    }

    fn has_rows(&self) -> bool {
        !self.raw && Table::is_of(&self.artifact_type)
    }

    /// Whether a stream of this name can be made: the same on any machine.
    pub fn check(&self, name: &str) -> Result<(), PluginError> {
        let wrong = |reason: String| PluginError::output(&self.port, reason);
        if self.streams.len() >= MOST {
            return Err(wrong(format!("it has {MOST} streams; there is no room for `{name}`")));
        }
        if self.names.contains_key(name) {
            return Err(wrong(format!("the stream `{name}` is made twice")));
        }
        match self.has_rows() {
            true => Ok(()),
            false => self.place(name).map(drop).map_err(wrong),
        }
    }

    /// Makes a stream; gives its index.
    pub fn create(&mut self, name: &str) -> Result<usize, PluginError> {
        self.check(name)?;
        let wrong = |reason: String| PluginError::output(&self.port, reason);
        let stream = if self.has_rows() {
            Stream::Rows(Box::new(Rows::new(name)))
        } else {
            let file = self.place(name).map_err(wrong)?;
            if let Some(folder) = file.parent() {
                fs::create_dir_all(folder).map_err(|error| wrong(error.to_string()))?;
            }
            let file = File::options().write(true).create_new(true).open(&file);
            Stream::File(file.map_err(|error| wrong(format!("`{name}`: {error}")))?)
        };
        self.names.insert(name.to_owned(), self.streams.len());
        self.streams.push(stream);
        Ok(self.streams.len() - 1)
    }

    /// Where a file of it stands.
    fn place(&self, name: &str) -> Result<PathBuf, String> {
        if self.raw {
            return Ok(self.path.join(self.streams.len().to_string()));
        }
        if name.is_empty() {
            return match self.names.is_empty() {
                true => Ok(self.path.clone()),
                false => Err("it is a folder already: a stream needs a name".to_owned()),
            };
        }
        if self.names.contains_key("") {
            return Err("it is one file already: a second stream has no place".to_owned());
        }
        let of_name = |part: &str| {
            !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', '\0', ':'])
        };
        if name.len() > LONGEST
            || name.chars().any(char::is_control)
            || !name.split('/').all(of_name)
        {
            let shown: String = name.chars().take(LONGEST).collect();
            return Err(format!("`{}` is no name of a file in a folder", shown.escape_debug()));
        }
        let file = name.match_indices('/').map(|(at, _)| &name[..at]);
        if let Some(file) = file.clone().find(|above| self.names.contains_key(*above)) {
            return Err(format!("`{name}` would stand in `{file}`, which is a file"));
        }
        let below = format!("{name}/");
        if self
            .names
            .range(below.clone()..)
            .next()
            .is_some_and(|(next, _)| next.starts_with(&below))
        {
            return Err(format!("`{name}` is a folder already"));
        }
        Ok(self.path.join(name))
    }

    /// Adds bytes to a stream.
    pub fn write(&mut self, stream: usize, bytes: Vec<u8>) -> Result<(), PluginError> {
        let Some(stream) = self.streams.get_mut(stream) else {
            return Err(PluginError::output(&self.port, "there is no such stream"));
        };
        match stream {
            Stream::File(file) => {
                file.write_all(&bytes).map_err(|error| PluginError::output(&self.port, error))
            }
            Stream::Rows(rows) => rows.write(&mut self.table, bytes).map_err(|reason| {
                PluginError::output(&self.port, format!("the stream `{}`: {reason}", rows.name()))
            }),
            Stream::Closed => Err(PluginError::output(&self.port, "the stream is closed")),
        }
    }

    /// Lets go of a stream that is whole.
    pub fn close(&mut self, stream: usize) -> Result<(), PluginError> {
        let Some(stream) = self.streams.get_mut(stream) else { return Ok(()) };
        match std::mem::replace(stream, Stream::Closed) {
            Stream::File(_) | Stream::Closed => Ok(()),
            Stream::Rows(rows) => {
                let name = rows.name().to_owned();
                rows.finish().map_err(|reason| {
                    PluginError::output(&self.port, format!("the stream `{name}`: {reason}"))
                })
            }
        }
    }

    /// Makes it whole.
    pub fn finish(mut self) -> Result<(), PluginError> {
        if self.streams.is_empty() {
            return Err(PluginError::output(&self.port, "nothing was written to it"));
        }
        (0..self.streams.len()).try_for_each(|stream| self.close(stream))
    }
}
