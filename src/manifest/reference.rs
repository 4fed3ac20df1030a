//! [`Reference`]: how a manifest names what stands on a port.

use std::fmt;

/// A reference, parsed but not resolved.
///
/// | text | meaning |
/// |---|---|
/// | `scans` | the source `scans`, or the only output of the step `scans` |
/// | `split.data` | the output `data` of the step `split` |
/// | `split.data/test` | its split `test`; `/train+valid` names two |
/// | `tune@lr=0.001.model` | an output of one point; of every point with that label, on a port that takes many |
/// | `tune@*.model` | that output of every point, in coordinate order |
/// | `logs:tune.model` | an output of another member of the workspace |
/// | `./tools` | a path in the workspace |
///
/// Code is no text: `{ path = "./tools", as = "python" }`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reference {
    /// A source's or step's output.
    Output {
        /// The source, or the step with its point or some of its labels
        /// (`tune@lr=0.001`), or the base name where `every_point`.
        name: String,
        /// Whether every point is meant: `@*`.
        every_point: bool,
        /// The output port, where one was written.
        port: Option<String>,
        /// The splits behind the slash, sorted; empty where none was written.
        splits: Vec<String>,
    },
    /// A path in the workspace, without the leading `./`.
    Path(String),
    /// A path in the workspace whose Python files count without comments and layout.
    Code(String),
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) | Self::Code(path) => write!(f, "./{path}"),
            Self::Output { name, every_point, port, splits } => {
                f.write_str(name)?;
                if *every_point && !name.contains('@') {
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

impl Reference {
    /// The reference that a text means; else what is wrong with it.
    ///
    /// # Errors
    ///
    /// A lower-case fragment that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("./") {
            return Ok(Self::Path(path.to_owned()));
        }
        if text.starts_with('/') || text.starts_with("../") {
            return Err("is no reference; a path begins with `./`".to_owned());
        }
        let (output, splits) = match text.split_once('/') {
            Some((output, splits)) => (output, split_names(splits)?),
            None => (text, Vec::new()),
        };
        // A point's labels may hold dots (`lr=0.001`), so the port is what stands
        // behind the last dot that no digit follows.
        let (name, port) = match output.rsplit_once('.') {
            Some((name, port))
                if is_word(port) && !port.starts_with(|c: char| c.is_ascii_digit()) =>
            {
                (name, Some(port.to_owned()))
            }
            _ => (output, None),
        };
        let (base, point) = match name.split_once('@') {
            Some((base, point)) => (base, Some(point)),
            None => (name, None),
        };
        let (member, step) = base.split_once(':').unwrap_or(("root", base));
        if !is_word(member) || !is_word(step) {
            return Err(format!("names no source and no step: `{base}`"));
        }
        if point
            .is_some_and(|point| point != "*" && !point.split(',').all(|axis| axis.contains('=')))
        {
            return Err("has a point without `=`; write `step@axis=value`, or `step@*`".to_owned());
        }
        let every_point = point == Some("*");
        let name = if every_point { base.to_owned() } else { name.to_owned() };
        Ok(Self::Output { name, every_point, port, splits })
    }
}

fn split_names(text: &str) -> Result<Vec<String>, String> {
    let mut splits: Vec<String> = text.split('+').map(str::to_owned).collect();
    if !splits.iter().all(|split| is_word(split)) {
        return Err("has no split behind the slash; a path begins with `./`".to_owned());
    }
    splits.sort();
    splits.dedup();
    Ok(splits)
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_parses_to_the_same() {
        for text in [
            "scans",
            "split.data",
            "split.data/test",
            "split.data/train+valid",
            "tune@lr=0.001",
            "tune@lr=0.001.model",
            "tune@lr=0.001,replicate=2.model/test",
            "tune@*.model",
            "logs:tune@*.model/test",
            "./tools/x.py",
        ] {
            assert_eq!(Reference::parse(text).map(|r| r.to_string()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn what_is_no_reference_says_why() {
        for text in [
            "", "/etc", "../x", "a b", "tune@lr", "x/", "x/a b", ".data", "@*", "a:", ":b", "a:b:c",
        ] {
            assert!(Reference::parse(text).is_err(), "{text}");
        }
    }
}
