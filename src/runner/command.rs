//! A command's arguments: the template with its placeholders filled.
//!
//! Pure. `{inputs.P}` and `{outputs.P}` are paths relative to the exec root,
//! `{seed}`, `{threads}` and `{checkpoint}` what the step has; `{{` and `}}` are
//! braces. An argument that is one placeholder of a port with several artifacts
//! becomes several arguments.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ingot_protocol::Event;

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

/// The events that a command left in its events file. A line that is none is
/// given as it is.
pub fn events(text: &[u8]) -> Result<Vec<Event>, String> {
    String::from_utf8_lossy(text)
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            serde_json::from_str(line).map_err(|_| line.chars().take(200).collect::<String>())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
