//! Artifacts on ports, and their streams as bytes.
//!
//! Invariant: a stream is read and written in chunks of [`CHUNK`] bytes at most,
//! in order, once; none is ever held whole unless [`Input::bytes`] is asked for
//! it. What the bytes mean is for `table`.

use std::io::{self, BufRead, Read, Write};

use crate::Failure;
use crate::host::{HostInput, HostOutput, HostReader, HostWriter};

/// The most bytes that go through the interface at once, 1 MiB.
pub(crate) const CHUNK: usize = 1 << 20;

/// One artifact on an input port.
pub struct Input {
    port: String,
    host: HostInput,
}

/// One artifact on an output port.
pub struct Output {
    port: String,
    host: HostOutput,
}

/// A stream to read.
pub struct Reader {
    host: HostReader,
    chunk: Vec<u8>,
    read: usize,
}

/// A stream to write; what was written last is sent when it is dropped.
pub struct Writer {
    host: HostWriter,
    chunk: Vec<u8>,
}

impl Input {
    pub(crate) fn new(host: HostInput) -> Self {
        Self { port: host.port(), host }
    }

    /// The port.
    pub fn port(&self) -> &str {
        &self.port
    }

    /// The artifact type.
    pub fn artifact_type(&self) -> String {
        self.host.artifact_type()
    }

    /// The names of its streams, sorted: a dataset's splits, a folder's files, and
    /// one empty name for one file.
    pub fn streams(&self) -> Vec<String> {
        self.host.streams()
    }

    /// Opens a stream from its beginning.
    ///
    /// # Errors
    /// The host's, where there is no such stream.
    pub fn reader(&self, stream: &str) -> Result<Reader, Failure> {
        Ok(Reader { host: self.host.open(stream)?, chunk: Vec::new(), read: 0 })
    }

    /// A stream's bytes, whole.
    ///
    /// # Errors
    /// The host's, where there is no such stream.
    pub fn bytes(&self, stream: &str) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        self.reader(stream)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl Output {
    pub(crate) fn new(host: HostOutput) -> Self {
        Self { port: host.port(), host }
    }

    /// The port.
    pub fn port(&self) -> &str {
        &self.port
    }

    /// The artifact type.
    pub fn artifact_type(&self) -> String {
        self.host.artifact_type()
    }

    /// Makes a stream of bytes. Each name is made once; one file's is empty.
    ///
    /// # Errors
    /// The host's, where the name cannot be.
    pub fn bytes(&self, stream: &str) -> Result<Writer, Failure> {
        Ok(Writer { host: self.host.create(stream)?, chunk: Vec::new() })
    }
}

impl BufRead for Reader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.read == self.chunk.len() {
            self.chunk = self.host.read(CHUNK as u32);
            self.read = 0;
        }
        Ok(&self.chunk[self.read..])
    }

    fn consume(&mut self, amount: usize) {
        self.read = (self.read + amount).min(self.chunk.len());
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let amount = available.len().min(buffer.len());
        buffer[..amount].copy_from_slice(&available[..amount]);
        self.consume(amount);
        Ok(amount)
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let amount = bytes.len().min(CHUNK - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..amount]);
        if self.chunk.len() == CHUNK {
            self.flush()?;
        }
        Ok(amount)
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.chunk.is_empty() {
            self.host.write(&self.chunk);
            self.chunk.clear();
        }
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Sending cannot fail: the host ends a step that may write no more.
        let _ = self.flush();
    }
}
