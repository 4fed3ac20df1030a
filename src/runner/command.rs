//! A command's arguments: the template with its placeholders filled; and the events that
//! it leaves.
//!
//! Pure. `{inputs.P}` and `{outputs.P}` are paths relative to the exec root,
//! `{seed}`, `{threads}` and `{checkpoint}` what the step has; `{{` and `}}` are
//! braces. An argument that is one placeholder of a port with several artifacts
//! becomes several arguments. Of what a command writes as events no more is taken than
//! [`LONGEST`], [`MOST`] and [`MOST_EVENTS`] say.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;

use ingot_protocol::Event;

use super::RunError;

/// What the placeholders stand for.
#[derive(Debug, Clone, Default)]
pub struct Values {
    /// Placeholder, such as `inputs.model` -> what stands there.
    pub values: BTreeMap<String, Vec<String>>,
}

impl Values {
    /// Adds the paths of a port.
    pub fn paths(&mut self, placeholder: String, paths: &[PathBuf]) {
        let paths = paths.iter().map(|path| path.display().to_string()).collect();
        self.values.insert(placeholder, paths);
    }

    /// Adds one value.
    pub fn value(&mut self, placeholder: &str, value: impl ToString) {
        self.values.insert(placeholder.to_owned(), vec![value.to_string()]);
    }
}

/// The arguments of a template; an unknown placeholder stays as it is written.
pub fn arguments(template: &[String], values: &Values) -> Vec<String> {
    template
        .iter()
        .flat_map(|word| {
            let lone = word.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
            match lone.and_then(|name| values.values.get(name)) {
                Some(values) => values.clone(),
                None => vec![fill(word, values)],
            }
        })
        .collect()
}

fn fill(word: &str, values: &Values) -> String {
    let mut filled = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(at) = rest.find(['{', '}']) {
        filled.push_str(&rest[..at]);
        let tail = &rest[at..];
        if tail.starts_with("{{") || tail.starts_with("}}") {
            filled.push_str(&tail[..1]);
            rest = &tail[2..];
            continue;
        }
        let value = tail
            .find('}')
            .filter(|_| tail.starts_with('{'))
            .and_then(|end| Some((end, values.values.get(&tail[1..end])?)));
        match value {
            Some((end, value)) => {
                filled.push_str(&value.join(" "));
                rest = &tail[end + 1..];
            }
            None => {
                filled.push_str(&tail[..1]);
                rest = &tail[1..];
            }
        }
    }
    filled.push_str(rest);
    filled
}

/// Longest line of an events file.
pub const LONGEST: u64 = 1 << 20;
/// Most bytes of an events file.
pub const MOST: u64 = 64 << 20;
/// Most events in it.
pub const MOST_EVENTS: usize = 1_000_000;

/// The events that a command left in its events file, read line by line. A line that is
/// none is given as it is.
pub fn events(file: impl Read) -> Result<Vec<Event>, RunError> {
    let many = |limit: String| RunError::Flood { limit };
    let mut reader = BufReader::new(file.take(MOST + 1));
    let (mut events, mut line, mut read) = (Vec::new(), Vec::new(), 0);
    loop {
        line.clear();
        let taken = reader.by_ref().take(LONGEST + 1).read_until(b'\n', &mut line);
        read += taken.map_err(|error| RunError::garbage("", &error.to_string()))? as u64;
        if line.is_empty() {
            return Ok(events);
        }
        if read > MOST {
            return Err(many(format!("{MOST} bytes")));
        }
        if line.len() as u64 > LONGEST {
            return Err(many(format!("{LONGEST} bytes in a line")));
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        if events.len() == MOST_EVENTS {
            return Err(many(format!("{MOST_EVENTS} events")));
        }
        events.push(Event::parse(&line).map_err(|error| {
            let text = String::from_utf8_lossy(&line);
            // Whole: it is cut once its secrets are masked.
            RunError::Garbage { line: text.trim().to_owned(), reason: error.to_string() }
        })?);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_events_are_taken_than_a_record_can_hold() {
        let line = "{\"event\":\"metric\",\"name\":\"a\",\"value\":1}\n";
        let said = |text: &[u8]| events(text).map(|found| found.len()).map_err(|e| e.to_string());
        assert_eq!(said(format!("{line}\n \n{line}").as_bytes()), Ok(2));
        assert_eq!(said(format!("{line}{}", line.trim()).as_bytes()), Ok(2), "without its end");
        insta::assert_snapshot!(said(&b"no event\n"[..]).unwrap_err(), @"it wrote a line that is no event (expected ident at line 1 column 2): no event");
        let endless = std::io::repeat(b'x');
        insta::assert_snapshot!(events(endless).unwrap_err().to_string(), @"it wrote more events than are taken: 1048576 bytes in a line");
        let blank = [vec![b' '; (1 << 20) - 1], vec![b'\n']].concat().repeat(65);
        insta::assert_snapshot!(said(&blank[..]).unwrap_err(), @"it wrote more events than are taken: 67108864 bytes");
        let deep = format!("{{\"event\":\"metric\",\"x\":{}", "[".repeat(100_000));
        assert!(said(deep.as_bytes()).is_err());
    }

    #[test]
    fn placeholders_become_paths_and_braces_stay() {
        let mut values = Values::default();
        values.paths("inputs.model".into(), &["in/model".into()]);
        values.paths("inputs.many".into(), &["in/many/0".into(), "in/many/1".into()]);
        values.value("seed", 7);
        let template: Vec<String> = [
            "run",
            "{inputs.many}",
            "--m={inputs.model}",
            "{{x}}",
            "s{seed}",
            "{what}",
            "a}b",
            "{",
        ]
        .map(str::to_owned)
        .to_vec();
        let expected =
            ["run", "in/many/0", "in/many/1", "--m=in/model", "{x}", "s7", "{what}", "a}b", "{"];
        assert_eq!(arguments(&template, &values), expected);
    }
}
