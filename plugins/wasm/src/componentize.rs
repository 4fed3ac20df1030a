//! The verb `componentize`: a core module, as compilers make it, into a component.
//!
//! Invariant: the same module gives the same bytes. A module without the description of
//! its world, as a C compiler makes it, gets it from the folder with the interface.

use std::fs;
use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata, metadata};
use wit_parser::Resolve;

use crate::error::PluginError;

/// Writes the component of a module. `wit` is the interface's folder, for a module that
/// does not describe its world itself.
pub fn componentize(
    module: &Path,
    wit: Option<&Path>,
    component: &Path,
) -> Result<(), PluginError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| PluginError::Io { path, source }
    };
    let wrong = |error: &dyn std::fmt::Display| PluginError::World { reason: format!("{error:#}") };
    let mut bytes = fs::read(module).map_err(io(module))?;
    if let Some(folder) = wit.filter(|_| !describes_itself(&bytes)) {
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_dir(folder).map_err(|error| wrong(&error))?;
        let world =
            resolve.select_world(&[package], Some("step")).map_err(|error| wrong(&error))?;
        embed_component_metadata(&mut bytes, &resolve, world, StringEncoding::UTF8)
            .map_err(|error| wrong(&error))?;
    }
    let made = ComponentEncoder::default()
        .module(&bytes)
        .and_then(|encoder| encoder.validate(true).encode())
        .map_err(|error| wrong(&error))?;
    fs::write(component, made).map_err(io(component))
}

/// Whether a module has the description of its world.
fn describes_itself(module: &[u8]) -> bool {
    metadata::decode(module).is_ok_and(|(without, _)| without.is_some())
}
