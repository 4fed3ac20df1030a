//! The words of a step's command. Pure.
//!
//! A step writes only to its ports and to `tmp`, and what other steps made stands at
//! `in/PORT`. A command that names each of these paths in a word of its own runs as it
//! is, with the ports in their place. Any other runs in a copy of the workspace's form
//! in `tmp`, made of links, and its outputs are moved to their ports.

use super::super::yaml::Yaml;
use super::link::{Step, below};
use super::template::{Scope, manifest_text};

/// What starts programs that find others beside their own file.
const SCRIPTS: [&str; 8] = ["py", "r", "sh", "jl", "js", "pl", "lua", "ipynb"];

/// What a shell reads as more than a word.
const SHELL: &str = "|&;<>()`*?[]#~!\\\"'\n\t$=";

/// The words of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    /// The words, with placeholders.
    pub(super) run: Vec<String>,
    /// The program, where it is not the shell.
    pub(super) program: Option<String>,
}

/// The words of a step.
pub(super) fn words(step: &Step<'_>, values: &Yaml) -> Words {
    let scope = step.stage.scope(values, &step.axes);
    match plain(step, &scope) {
        Some(run) => Words { program: run.first().cloned(), run },
        None => Words { run: vec!["sh".into(), "-ec".into(), script(step, &scope)], program: None },
    }
}

/// The command's own words, if they name every port.
fn plain(step: &Step<'_>, scope: &Scope<'_>) -> Option<Vec<String>> {
    let stage = step.stage;
    let [command] = stage.commands.as_slice() else { return None };
    let scripts = step.inputs.iter().filter(|input| is_script(&input.path)).count();
    let literal = manifest_text(&scope.parts(command));
    let without = literal.replace("{params.", "").replace("{matrix.", "");
    if !stage.folder.is_empty() || scripts > 1 || without.contains(|c: char| SHELL.contains(c)) {
        return None;
    }
    let mut ports: Vec<(String, String, bool)> = Vec::new();
    for input in step.inputs.iter().filter(|input| input.made) {
        let path = manifest_text(&scope.parts(&input.path));
        ports.push((path, format!("{{inputs.{}}}", input.port), false));
    }
    for (port, index) in &step.outputs {
        let path = manifest_text(&scope.parts(&stage.makes[*index].path));
        ports.push((path, format!("{{outputs.{port}}}"), false));
    }
    let mut run: Vec<String> = Vec::new();
    for word in literal.split(' ').filter(|word| !word.is_empty()) {
        let named = word.strip_prefix("./").unwrap_or(word);
        match ports.iter_mut().find(|(path, ..)| path == named) {
            Some((_, port, said)) => {
                *said = true;
                run.push(port.clone());
            }
            None => run.push(word.to_owned()),
        }
    }
    ports.iter().all(|(.., said)| *said).then_some(run)
}

/// Lines of shell that run the commands where everything stands as DVC has it.
fn script(step: &Step<'_>, scope: &Scope<'_>) -> String {
    let stage = step.stage;
    let text = |template: &str| manifest_text(&scope.parts(template));
    let mut folders: Vec<String> = Vec::new();
    let mut add_folder = |path: &str| {
        if let Some((folder, _)) = path.rsplit_once('/')
            && !folders.iter().any(|known| known == folder)
        {
            folders.push(folder.to_owned());
        }
    };
    let mut links = Vec::new();
    let makes: Vec<(&str, String)> = step
        .outputs
        .iter()
        .map(|(port, index)| (port.as_str(), text(&stage.makes[*index].path)))
        .collect();
    for input in &step.inputs {
        let path = text(&input.path);
        let within = |other: &super::link::Input| below(&text(&other.path), &path);
        if step.inputs.iter().any(within) {
            continue;
        }
        let from = match input.made {
            true => format!("$root/{{inputs.{}}}", input.port),
            false => format!("$root/{path}"),
        };
        // What is written into cannot be a link, and a script that is one has its
        // neighbours elsewhere.
        let written = makes.iter().any(|(_, made)| below(&path, made));
        let verb = match written || is_script(&input.path) {
            true => "cp -RL",
            false => "ln -s",
        };
        add_folder(&path);
        links.push(format!("{verb} \"{from}\" \"{path}\""));
    }
    for (_, path) in &makes {
        add_folder(path);
    }
    if !stage.folder.is_empty() {
        add_folder(&format!("{}/x", text(&stage.folder)));
    }
    let mut lines = vec!["root=$PWD; mkdir -p tmp/work; cd tmp/work".to_owned()];
    lines.extend(folders.iter().map(|folder| format!("mkdir -p \"{folder}\"")));
    lines.extend(links);
    if !stage.folder.is_empty() {
        lines.push(format!("cd \"{}\"", text(&stage.folder)));
    }
    lines.extend(stage.commands.iter().map(|command| text(command.trim())));
    lines.push("cd \"$root/tmp/work\"".to_owned());
    for (port, path) in &makes {
        lines.push(format!("mv \"{path}\" \"$root/{{outputs.{port}}}\""));
    }
    lines.join("\n") + "\n"
}

fn is_script(path: &str) -> bool {
    let extension = path.rsplit_once('.').map(|(_, extension)| extension.to_lowercase());
    extension.is_some_and(|extension| SCRIPTS.contains(&extension.as_str()))
}
