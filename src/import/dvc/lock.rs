//! `dvc.lock`: what DVC recorded of a stage's last run, and whether the files of the
//! workspace are still those. Pure: what a file holds is asked of the caller.

use super::super::yaml::{Value, Yaml, parse};
use super::stage::join;
use super::{DVC_LOCK, Point, Unreadable};

/// What DVC recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct DvcLock {
    stages: Yaml,
}

/// The MD5 of a file or folder as DVC writes it; `legacy` is the form of DVC 1 and 2,
/// which reads line ends of texts as Unix has them.
pub type Checksum<'a> = dyn Fn(&str, bool) -> Option<String> + 'a;

impl DvcLock {
    /// Reads the file.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        let unreadable = |mistake| Unreadable { file: DVC_LOCK.to_owned(), mistake };
        let root = parse(text).map_err(unreadable)?;
        let empty = Yaml { line: 1, value: Value::Map(Vec::new()) };
        Ok(Self { stages: root.get("stages").cloned().unwrap_or(empty) })
    }

    /// Whether the record of a step's stage is of its command, its params, and of the
    /// bytes that its inputs and outputs have now; else why not. `read` gives a file as
    /// YAML or TOML text.
    pub fn agrees(
        &self,
        point: &Point,
        checksum: &Checksum<'_>,
        read: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(), String> {
        let record = self.stages.get(&point.stage);
        let record = record.ok_or_else(|| format!("{DVC_LOCK} has no run of `{}`", point.stage))?;
        let commands: Vec<String> = record
            .get("cmd")
            .map(|cmd| cmd.items().iter().filter_map(|command| command.plain()).collect())
            .unwrap_or_default();
        if commands != point.commands {
            return Err(format!("{DVC_LOCK} is of another command"));
        }
        let outputs: Vec<String> = point.makes.values().cloned().collect();
        for (key, declared) in [("deps", &point.reads), ("outs", &outputs)] {
            let recorded = record.get(key).map(Yaml::items).unwrap_or_default();
            for path in declared {
                let entry = recorded.iter().find(|entry| {
                    let path_of = entry.get("path").and_then(Yaml::plain);
                    path_of.and_then(|at| join(&point.folder, &at)).as_deref() == Some(path)
                });
                let md5 = entry.and_then(|entry| entry.get("md5")).and_then(Yaml::plain);
                let md5 = md5.ok_or_else(|| format!("{DVC_LOCK} has no MD5 of `{path}`"))?;
                let legacy = entry.is_some_and(|entry| entry.get("hash").is_none());
                match checksum(path, false) {
                    None => return Err(format!("`{path}` is not there")),
                    Some(found) if found == md5 => {}
                    Some(_) if legacy && checksum(path, true).as_deref() == Some(&md5) => {}
                    Some(_) => return Err(format!("`{path}` is not as {DVC_LOCK} has it")),
                }
            }
        }
        for (file, keys) in &point.params {
            let recorded = record.get("params").map(Yaml::entries).unwrap_or_default();
            let recorded = recorded
                .iter()
                .find(|(name, _)| join(&point.folder, name).as_deref() == Some(file.as_str()));
            let recorded = recorded.map(|(_, values)| values);
            let now = read(file).and_then(|text| parse(&text).ok());
            let (Some(recorded), Some(now)) = (recorded, now) else {
                return Err(format!("{DVC_LOCK} and `{file}` cannot be compared"));
            };
            for key in keys {
                let old = recorded.get(key).map(plain);
                let new = now.at(key).map(plain);
                if old.is_none() || old != new {
                    return Err(format!("`{key}` of `{file}` is not as {DVC_LOCK} has it"));
                }
            }
            if keys.is_empty() && plain(recorded) != plain(&now) {
                return Err(format!("`{file}` is not as {DVC_LOCK} has it"));
            }
        }
        Ok(())
    }
}

/// A value without its lines, keys sorted.
fn plain(value: &Yaml) -> String {
    match &value.value {
        Value::List(items) => {
            format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(", "))
        }
        Value::Map(entries) => {
            let mut entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("{key:?}: {}", plain(value))).collect();
            entries.sort();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Null => "null".to_owned(),
        Value::Text(text) => format!("{text:?}"),
        _ => value.plain().unwrap_or_default(),
    }
}
