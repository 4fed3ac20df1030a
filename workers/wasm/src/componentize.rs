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
    let bytes = fs::read(module).map_err(io(module))?;
    let encode = |bytes: &[u8]| {
        let encoder = ComponentEncoder::default().module(bytes);
        encoder.and_then(|encoder| encoder.validate(true).encode()).map_err(|error| wrong(&error))
    };
    let made = match wit.filter(|_| !describes_itself(&bytes)) {
        None => encode(&bytes)?,
        Some(folder) => {
            let mut resolve = Resolve::default();
            let (package, _) = resolve.push_dir(folder).map_err(|error| wrong(&error))?;
            let of_world = |name: &str| {
                let world = resolve.select_world(&[package], Some(name));
                let world = world.map_err(|error| wrong(&error))?;
                let mut bytes = bytes.clone();
                embed_component_metadata(&mut bytes, &resolve, world, StringEncoding::UTF8)
                    .map_err(|error| wrong(&error))?;
                encode(&bytes)
            };
            // The larger world first: a module that lacks its export is one of the smaller.
            of_world("step-inspect").or_else(|_| of_world("step"))?
        }
    };
    fs::write(component, made).map_err(io(component))
}

/// Whether a module has the description of its world.
fn describes_itself(module: &[u8]) -> bool {
    metadata::decode(module).is_ok_and(|(without, _)| without.is_some())
}
