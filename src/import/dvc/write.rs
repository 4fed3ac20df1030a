//! The manifest's text. Pure.

use std::collections::BTreeMap;

use super::super::Note;
use super::super::yaml::{Value, Yaml};
use super::link::{Step, is_plain_axis, label};
use super::template::{Part, name, param};
use super::words::words;
use super::{DVC_YAML, Notes};

/// Files that say which versions of a language's packages are there, best first.
const IDENTITIES: [(&str, &[&str]); 2] = [
    ("python", &["uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "requirements.txt"]),
    ("Rscript", &["renv.lock"]),
];

const HEAD: &str = "\
# Written by `ingot import dvc`. What needs a look is marked NOTE.
#
# Here outputs have no path in the workspace: they stand in the store, and
# `.ingot/out/STEP/PORT` shows them. A step sees what it declares and nothing else, and
# finds programs in /usr/local/bin:/usr/bin:/bin, or where [tools] says. A metric that a
# gate is to judge is told in the file that $INGOT_EVENTS names.
";

/// The text; `is_there` tells whether there is a file beside `dvc.yaml`.
pub(super) fn write(
    pipeline: &str,
    steps: &[Step<'_>],
    values: &Yaml,
    is_there: &dyn Fn(&str) -> bool,
    notes: &mut Notes,
) -> String {
    let mut tables = Vec::new();
    let mut tools: BTreeMap<String, Option<&str>> = BTreeMap::new();
    let mut exports: Vec<(String, String)> = Vec::new();
    for step in steps {
        tell_of_templates(step, values, notes);
        let words = words(step, values);
        if let Some(program) = &words.program {
            let identity = IDENTITIES.iter().find(|(name, _)| program.starts_with(name));
            if let Some((_, files)) = identity {
                let file = files.iter().find(|file| is_there(file)).copied();
                tools.insert(program.clone(), file);
            }
        }
        tables.push((step.stage.line, table(step, &words.run)));
        for point in step.points(values) {
            for (port, index) in &step.outputs {
                if step.stage.makes[*index].in_git
                    && let Some(path) = point.makes.get(port)
                {
                    exports.push((path.clone(), format!("{}.{port}", point.step)));
                }
            }
        }
    }
    let mut text = HEAD.to_owned();
    let lines: Vec<usize> = tables.iter().map(|(line, _)| *line).collect();
    let first = lines.first().copied().unwrap_or(usize::MAX);
    notes.notes.sort();
    // A stage that became no step has its notes with the one before it.
    let before = notes.notes.iter().filter(|note| note.line < first);
    text.push_str(&comments(notes.head.iter().chain(before)));
    text.push_str(&format!("\n[pipeline]\nname = {}\nedition = 1\n", quoted(&name(pipeline))));
    text.push_str(&params(steps, values));
    for (program, identity) in tools {
        text.push_str(&format!("\n[tools.{}]\n", key(&name(&program))));
        text.push_str(&format!("program = {}\n", quoted(&program)));
        match identity {
            Some(file) => text.push_str(&format!("identity = [{}]\n", quoted(file))),
            None => text.push_str(
                "# NOTE name a file that says which version it is: identity = [\"uv.lock\"]\n",
            ),
        }
    }
    for (index, (line, table)) in tables.iter().enumerate() {
        let next = lines.get(index + 1).copied().unwrap_or(usize::MAX);
        let own = notes.notes.iter().filter(|note| (*line..next).contains(&note.line));
        text.push_str(&format!("\n# {DVC_YAML}:{line}\n{}{table}", comments(own)));
    }
    if !exports.is_empty() {
        text.push_str("\n# What DVC leaves in git (`cache: false`).\n[exports]\n");
        for (path, output) in exports {
            text.push_str(&format!("{} = {}\n", quoted(&path), quoted(&output)));
        }
    }
    text
}

fn table(step: &Step<'_>, run: &[String]) -> String {
    let stage = step.stage;
    let mut text = String::new();
    for line in stage.about.iter().flat_map(|about| about.lines()) {
        text.push_str(&format!("# {line}\n"));
    }
    text.push_str(&format!("[steps.{}]\nkind = \"command\"\n", key(&step.name)));
    let words: Vec<String> = run.iter().map(|word| quoted(word)).collect();
    text.push_str(&format!("run = [{}]\n", words.join(", ")));
    for (axis, values) in &stage.axes {
        let values: Vec<String> = match is_plain_axis(stage, axis) {
            true => values.iter().map(|value| quoted(value)).collect(),
            false => values
                .iter()
                .map(|value| format!("{} = {}", key(&label(stage, axis, value)), quoted(value)))
                .collect(),
        };
        let list = values.join(", ");
        let list =
            if is_plain_axis(stage, axis) { format!("[{list}]") } else { format!("{{ {list} }}") };
        text.push_str(&format!("matrix.{} = {list}\n", key(axis)));
    }
    for input in &step.inputs {
        if let Some(about) = &input.about {
            text.push_str(&format!("# {about}.\n"));
        }
        text.push_str(&format!("inputs.{} = {}\n", key(&input.port), quoted(&input.reference)));
    }
    for (port, _) in &step.outputs {
        text.push_str(&format!("outputs.{} = \"files\"\n", key(port)));
    }
    text
}

/// The values that templates name.
fn params(steps: &[Step<'_>], values: &Yaml) -> String {
    let mut named: BTreeMap<String, String> = BTreeMap::new();
    for step in steps {
        let scope = step.stage.scope(values, &step.axes);
        for part in templates(step).flat_map(|text| scope.parts(text)) {
            if let Part::Param(path) = part
                && let Some(value) = values.at(&path).and_then(single)
            {
                named.insert(param(&path), format!("{value} # {path}"));
            }
        }
    }
    if named.is_empty() {
        return String::new();
    }
    let mut text = String::from(
        "\n# Values that `${..}` named. A script that reads params.yaml itself reads it on.\n[params]\n",
    );
    for (name, value) in named {
        text.push_str(&format!("{} = {value}\n", key(&name)));
    }
    text
}

/// Every template that a step's table is made of.
fn templates<'a>(step: &'a Step<'_>) -> impl Iterator<Item = &'a str> {
    let stage = step.stage;
    let commands = stage.commands.iter().map(String::as_str);
    let inputs = step.inputs.iter().map(|input| input.path.as_str());
    commands.chain(inputs).chain(stage.makes.iter().map(|made| made.path.as_str()))
}

fn tell_of_templates(step: &Step<'_>, values: &Yaml, notes: &mut Notes) {
    let scope = step.stage.scope(values, &step.axes);
    for part in templates(step).flat_map(|text| scope.parts(text)) {
        if let Part::Unknown(written) = part {
            notes.add(
                step.stage.line,
                format!("`{written}` stands for no single value of `vars` or params.yaml, and is left as it is"),
            );
        }
    }
}

fn comments<'a>(notes: impl Iterator<Item = &'a Note>) -> String {
    notes.map(|note| format!("# NOTE {note}\n")).collect()
}

fn single(value: &Yaml) -> Option<String> {
    Some(match &value.value {
        Value::Bool(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Float(value) => toml::Value::Float(*value).to_string(),
        Value::Text(text) => quoted(text),
        Value::Null | Value::List(_) | Value::Map(_) => return None,
    })
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A key, quoted where it must be.
fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    match !name.is_empty() && name.chars().all(bare) {
        true => name.to_owned(),
        false => quoted(name),
    }
}
