//! [`Yaml`]: a YAML document as values with their lines. Pure.
//!
//! Invariant: any text is a document or a [`Mistake`]; size and depth are limited, so
//! that no text exhausts memory or the stack.

use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};

/// Largest document.
const LARGEST: usize = 4 << 20;
/// Deepest nesting of a value.
const DEEPEST: usize = 64;

/// A value and the line, from 1, on which it begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Yaml {
    /// The line.
    pub line: usize,
    /// The value.
    pub value: Value,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Float(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Yaml>),
    /// Keys, in the order of the document.
    Map(Vec<(String, Yaml)>),
}

/// Why a text is no document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

/// The first document of a text; an empty text is an empty map.
pub fn parse(text: &str) -> Result<Yaml, Mistake> {
    if text.len() > LARGEST {
        return Err(Mistake { line: 1, what: format!("more than {LARGEST} bytes") });
    }
    if let Some(line) = too_deep(text) {
        return Err(deep(line));
    }
    let documents = MarkedYaml::load_from_str(text)
        .map_err(|error| Mistake { line: error.marker().line(), what: error.info().to_owned() })?;
    match documents.into_iter().next() {
        Some(document) => convert(&document, DEEPEST),
        None => Ok(Yaml { line: 1, value: Value::Map(Vec::new()) }),
    }
}

fn deep(line: usize) -> Mistake {
    Mistake { line, what: format!("values are nested deeper than {DEEPEST}") }
}

/// A line on which more begins than any document of use nests: the parser descends a
/// call a level.
fn too_deep(text: &str) -> Option<usize> {
    let mut open = 0usize;
    for (index, line) in text.lines().enumerate() {
        let dashes = line.split(' ').take_while(|word| ["", "-", "?"].contains(word));
        let begun = dashes.filter(|word| !word.is_empty()).count();
        for byte in line.bytes() {
            match byte {
                b'[' | b'{' => open += 1,
                b']' | b'}' => open = open.saturating_sub(1),
                _ => {}
            }
            if open > 4 * DEEPEST {
                return Some(index + 1);
            }
        }
        if begun > DEEPEST {
            return Some(index + 1);
        }
    }
    None
}

fn convert(node: &MarkedYaml<'_>, depth: usize) -> Result<Yaml, Mistake> {
    let line = node.span.start.line();
    if depth == 0 {
        return Err(deep(line));
    }
    let value = match &node.data {
        YamlData::Value(scalar) => match scalar {
            Scalar::Null => Value::Null,
            Scalar::Boolean(value) => Value::Bool(*value),
            Scalar::Integer(value) => Value::Integer(*value),
            Scalar::FloatingPoint(value) => Value::Float(value.into_inner()),
            Scalar::String(text) => Value::Text(text.to_string()),
        },
        YamlData::Sequence(items) => Value::List(
            items.iter().map(|item| convert(item, depth - 1)).collect::<Result<_, _>>()?,
        ),
        YamlData::Mapping(entries) => {
            let entries = entries.iter().map(|(key, value)| {
                let key = convert(key, depth - 1)?;
                let name = key.plain().ok_or_else(|| Mistake {
                    line: key.line,
                    what: "a key is neither text nor number".to_owned(),
                })?;
                let mut value = convert(value, depth - 1)?;
                // A value on the lines below its key is looked for at the key.
                value.line = key.line;
                Ok((name, value))
            });
            Value::Map(entries.collect::<Result<_, Mistake>>()?)
        }
        YamlData::Tagged(_, inner) => return convert(inner, depth - 1),
        YamlData::Representation(text, ..) => Value::Text(text.to_string()),
        YamlData::Alias(_) | YamlData::BadValue => {
            return Err(Mistake { line, what: "this value cannot be read".to_owned() });
        }
    };
    Ok(Yaml { line, value })
}

impl Yaml {
    /// A value of a map.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The entries of a map; none of any other value.
    pub fn entries(&self) -> &[(String, Self)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list, or the one value that stands for a list of one.
    pub fn items(&self) -> Vec<&Self> {
        match &self.value {
            Value::List(items) => items.iter().collect(),
            Value::Null => Vec::new(),
            _ => vec![self],
        }
    }

    /// A text.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A single value as text.
    pub fn plain(&self) -> Option<String> {
        match &self.value {
            Value::Bool(value) => Some(value.to_string()),
            Value::Integer(value) => Some(value.to_string()),
            Value::Float(value) => Some(value.to_string()),
            Value::Text(text) => Some(text.clone()),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The value at a path of keys and, in brackets or between dots, positions.
    pub fn at(&self, path: &str) -> Option<&Self> {
        let path = path.replace('[', ".").replace(']', "");
        path.split('.').try_fold(self, |node, key| match &node.value {
            Value::List(items) => items.get(key.parse::<usize>().ok()?),
            _ => node.get(key),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn values_have_their_types_and_lines() {
        let yaml =
            parse("a: 1\nb:\n  - x\n  - {c: 2.5, d: 'on'}\ne: &f [true, null]\ng: *f\n").unwrap();
        assert_eq!(yaml.get("b").unwrap().line, 2);
        assert_eq!(yaml.at("b[1].c").unwrap().value, Value::Float(2.5));
        assert_eq!(yaml.at("b.0").unwrap(), &Yaml { line: 3, value: Value::Text("x".into()) });
        assert_eq!(yaml.at("b.1.d").unwrap().text(), Some("on"));
        assert_eq!(yaml.get("g").unwrap().items().len(), 2);
        assert!(parse("").unwrap().entries().is_empty());
    }

    #[test]
    fn a_text_that_is_no_document_is_a_mistake_with_its_line() {
        assert_eq!(parse("a: 1\nb: [1\n").unwrap_err().line, 3);
        assert!(parse("a: 1\na: 2\n").is_err());
        for bomb in ["[".repeat(100_000), "- ".repeat(100_000), "{a: ".repeat(100_000)] {
            assert!(parse(&bomb).unwrap_err().what.contains("deeper"));
        }
        let steps: String = (0..200).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
        assert!(parse(&steps).is_err());
    }
}
