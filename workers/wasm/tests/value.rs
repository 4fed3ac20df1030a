//! [`Value`]: what a descriptor says, laid out in memory by the canonical ABI.
//!
//! Nothing here checks anything: a name is any bytes, a number of ports any number.

/// A value of the interface's types.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// A `bool` or an `enum`.
    Byte(u8),
    /// A `string`, which need not be UTF-8.
    Text(Vec<u8>),
    /// A `list`.
    List(Vec<Value>),
    /// A `record` or a `tuple`.
    Record(Vec<Value>),
}

impl Value {
    /// Bytes that it takes where it stands.
    fn size(&self) -> usize {
        match self {
            Self::Byte(_) => 1,
            Self::Text(_) | Self::List(_) => 8,
            Self::Record(fields) => {
                let end = fields.iter().fold(0, |at, field| up(at, field.align()) + field.size());
                up(end, self.align())
            }
        }
    }

    fn align(&self) -> usize {
        match self {
            Self::Byte(_) => 1,
            Self::Text(_) | Self::List(_) => 4,
            Self::Record(fields) => fields.iter().map(Self::align).max().unwrap_or(1),
        }
    }
}

fn up(at: usize, align: usize) -> usize {
    at.div_ceil(align) * align
}

/// Constants in a guest's memory.
#[derive(Debug, Clone)]
pub(crate) struct Image {
    base: u32,
    bytes: Vec<u8>,
}

impl Image {
    pub(crate) fn new(base: u32) -> Self {
        Self { base, bytes: Vec::new() }
    }

    /// What stands from its base on.
    pub(crate) fn content(&self) -> &[u8] {
        &self.bytes
    }

    /// The first address behind it.
    pub(crate) fn end(&self) -> u32 {
        self.base + self.bytes.len() as u32
    }

    /// Adds bytes; gives their address and length.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> (u32, u32) {
        let at = self.end();
        self.bytes.extend(bytes);
        (at, bytes.len() as u32)
    }

    /// Adds a value; gives its address.
    pub(crate) fn place(&mut self, value: &Value) -> u32 {
        self.room(value.size());
        let at = self.bytes.len() - value.size();
        self.set(at, value);
        self.base + at as u32
    }

    /// Adds the result of a `run` that failed.
    pub(crate) fn failure(&mut self, code: &[u8], message: &[u8]) -> u32 {
        let help = Value::Record(vec![Value::Byte(0), Value::Text(Vec::new())]);
        let failure = [Value::Text(code.to_vec()), Value::Text(message.to_vec()), help];
        self.place(&Value::Record(vec![Value::Byte(1), Value::Record(failure.to_vec())]))
    }

    /// Zeros at the end, so that they begin where anything may stand.
    fn room(&mut self, size: usize) {
        let at = up(self.bytes.len(), 8);
        self.bytes.resize(at + size, 0);
    }

    fn set(&mut self, at: usize, value: &Value) {
        match value {
            Value::Byte(byte) => self.bytes[at] = *byte,
            Value::Text(text) => {
                let (address, length) = self.bytes(text);
                self.pair(at, address, length);
            }
            Value::List(items) => {
                let size = items.first().map_or(0, Value::size);
                self.room(size * items.len());
                let begin = self.bytes.len() - size * items.len();
                for (index, item) in items.iter().enumerate() {
                    self.set(begin + index * size, item);
                }
                self.pair(at, self.base + begin as u32, items.len() as u32);
            }
            Value::Record(fields) => {
                let mut end = 0;
                for field in fields {
                    let begin = up(end, field.align());
                    self.set(at + begin, field);
                    end = begin + field.size();
                }
            }
        }
    }

    fn pair(&mut self, at: usize, address: u32, length: u32) {
        self.bytes[at..at + 4].copy_from_slice(&address.to_le_bytes());
        self.bytes[at + 4..at + 8].copy_from_slice(&length.to_le_bytes());
    }
}

/// What a guest says of itself.
#[derive(Debug, Clone)]
pub(crate) struct Descriptor {
    pub(crate) kinds: Vec<Kind>,
    pub(crate) types: Vec<(Vec<u8>, Vec<u8>)>,
}

/// A kind of it.
#[derive(Debug, Clone)]
pub(crate) struct Kind {
    pub(crate) name: Vec<u8>,
    pub(crate) summary: Vec<u8>,
    pub(crate) params: String,
    pub(crate) inputs: Vec<Port>,
    pub(crate) outputs: Vec<(String, String, bool)>,
    pub(crate) determinism: u8,
    pub(crate) random: u8,
    pub(crate) expands: Vec<Expansion>,
}

/// An input port of one.
#[derive(Debug, Clone)]
pub(crate) struct Port {
    pub(crate) name: String,
    pub(crate) types: Vec<String>,
    pub(crate) splits: Vec<String>,
}

/// A rule of one.
#[derive(Debug, Clone)]
pub(crate) struct Expansion {
    pub(crate) port: String,
    pub(crate) kind: String,
    pub(crate) inputs: Vec<(String, String)>,
    pub(crate) params: Vec<(String, String)>,
}

impl Default for Descriptor {
    /// One kind that takes any number of files and makes one.
    fn default() -> Self {
        Self { kinds: vec![Kind::default()], types: Vec::new() }
    }
}

impl Default for Kind {
    fn default() -> Self {
        Self {
            name: b"k".to_vec(),
            summary: b"Does what a test needs.".to_vec(),
            params: String::new(),
            inputs: vec![Port::new("in", "files")],
            outputs: vec![("out".to_owned(), "files".to_owned(), true)],
            determinism: 0,
            random: 0,
            expands: Vec::new(),
        }
    }
}

impl Port {
    pub(crate) fn new(name: &str, artifact_type: &str) -> Self {
        Self { name: name.to_owned(), types: vec![artifact_type.to_owned()], splits: Vec::new() }
    }
}

fn text(text: impl AsRef<[u8]>) -> Value {
    Value::Text(text.as_ref().to_vec())
}

fn pairs(pairs: &[(String, String)]) -> Value {
    Value::List(pairs.iter().map(|(one, two)| Value::Record(vec![text(one), text(two)])).collect())
}

impl Descriptor {
    pub(crate) fn value(&self) -> Value {
        let artifact_type =
            |(name, summary): &(Vec<u8>, Vec<u8>)| Value::Record(vec![text(name), text(summary)]);
        Value::Record(vec![
            Value::List(self.kinds.iter().map(Kind::value).collect()),
            Value::List(self.types.iter().map(artifact_type).collect()),
        ])
    }
}

impl Kind {
    fn value(&self) -> Value {
        let texts = |texts: &[String]| Value::List(texts.iter().map(text).collect());
        let input = |port: &Port| {
            let flags = [Value::Byte(1), Value::Byte(1)];
            let mut fields = vec![text(&port.name), texts(&port.types)];
            fields.extend(flags);
            fields.extend([texts(&port.splits), Value::Byte(0)]);
            Value::Record(fields)
        };
        let output = |(name, artifact_type, file): &(String, String, bool)| {
            Value::Record(vec![text(name), text(artifact_type), Value::Byte(u8::from(*file))])
        };
        let expansion = |rule: &Expansion| {
            let mut fields = vec![text(&rule.port), text("made"), text(&rule.kind), text("out")];
            fields.extend([pairs(&rule.inputs), pairs(&rule.params)]);
            Value::Record(fields)
        };
        Value::Record(vec![
            text(&self.name),
            text(&self.summary),
            text(&self.params),
            Value::List(self.inputs.iter().map(input).collect()),
            Value::List(self.outputs.iter().map(output).collect()),
            Value::Byte(self.determinism),
            Value::Byte(self.random),
            Value::Byte(0),
            Value::List(self.expands.iter().map(expansion).collect()),
        ])
    }
}
