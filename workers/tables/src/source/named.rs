//! Columns that a file's own name gives: its path, and the folder in which it is. Pure.

use std::path::Path;

use ingot_protocol::Failure;
use serde_json::Value;

/// The names of these columns, in whatever format.
#[derive(Debug, Clone, Default)]
pub(super) struct Named {
    /// Of the path below the source's folder.
    pub(super) file: Option<String>,
    /// Of the name of the folder.
    folder: Option<String>,
}

impl Named {
    /// What a format says of them, taken out of it.
    pub(super) fn take(format: &mut Value) -> Result<Self, Failure> {
        let mut name = |key: &str| match format.as_object_mut().and_then(|all| all.remove(key)) {
            None => Ok(None),
            Some(Value::String(name)) if !name.is_empty() => Ok(Some(name)),
            Some(_) => {
                let message = format!("the source's format: `{key}` is no name");
                Err(Failure::new("D0202", message).help(format!("write {key} = \"file\"")))
            }
        };
        Ok(Self { file: name("file_column")?, folder: name("folder_column")? })
    }

    /// The columns of a file, whose path is the one below the source's folder. A file that
    /// stands in no folder of the source has none.
    pub(super) fn columns(&self, below: &Path) -> Vec<(String, Option<String>)> {
        let folder = below.parent().and_then(Path::file_name);
        let folder = folder.map(|folder| folder.to_string_lossy().into_owned());
        let file = Some(below.display().to_string());
        let columns = [(&self.folder, folder), (&self.file, file)];
        let columns = columns.into_iter();
        columns.filter_map(|(name, value)| Some((name.clone()?, value))).collect()
    }
}
