//! [`Plugin`]: a compiled component, with its imports checked, ready to be called.
//!
//! Invariant: a component is given nothing that it was not granted: what it imports is
//! looked at before any of its code runs. Each call has a store of its own.
//!
//! This is one of the files with `unsafe`: a compiled component is machine code, and
//! reading it back is a promise that this machine wrote it. The core keeps it: the file
//! is written by `ingot-wasm compile` alone, into a folder of this user, under a name
//! that holds this program's digest and the component's.

use std::path::Path;

use ingot_protocol::codes::is_code;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, HasSelf, Linker, Resource};
use wasmtime::{Engine, Error, GcHeapOutOfMemory, Store, Trap};

use crate::bindings::{INTERFACE, Step, StepPre, types};
use crate::error::PluginError;
use crate::host::Host;
use crate::input::Input;
use crate::limits::{CALL, HANDLES, Limit};

/// What every plugin may import.
const GIVEN: [&str; 3] =
    ["ingot:step/artifacts@1.0.0", "ingot:step/report@1.0.0", "ingot:step/types@1.0.0"];

/// Import -> the grant that it needs.
const GRANTED: [(&str, &str); 1] = [("ingot:step/seed@1.0.0", "seed")];

/// The grants that there are.
pub fn grants() -> impl Iterator<Item = &'static str> {
    GRANTED.iter().map(|(_, grant)| *grant)
}

/// A compiled component.
pub struct Plugin {
    engine: Engine,
    step: StepPre<Host>,
}

impl Plugin {
    /// Reads a compiled component back.
    #[allow(unsafe_code)]
    pub fn open(engine: &Engine, compiled: &Path, granted: &[String]) -> Result<Self, PluginError> {
        // SAFETY: the file was written by this program on this machine; see the head of
        // this file.
        let component = unsafe { Component::deserialize_file(engine, compiled) };
        let component = component.map_err(|error| PluginError::Compiled {
            path: compiled.to_owned(),
            reason: format!("{error:#}"),
        })?;
        Self::of(engine, &component, granted)
    }

    /// The plugin of a component.
    pub fn of(
        engine: &Engine,
        component: &Component,
        granted: &[String],
    ) -> Result<Self, PluginError> {
        check_imports(engine, component, granted)?;
        let mut linker = Linker::new(engine);
        let world = |error: Error| PluginError::World { reason: format!("{error:#}") };
        Step::add_to_linker::<_, HasSelf<_>>(&mut linker, |host: &mut Host| host).map_err(world)?;
        let instance = linker.instantiate_pre(component).map_err(world)?;
        let step = StepPre::new(instance).map_err(world)?;
        Ok(Self { engine: engine.clone(), step })
    }

    /// What it says of itself.
    pub fn describe(&self, host: Host, fuel: u64) -> Result<types::Descriptor, PluginError> {
        let (mut store, step) = self.instantiate(host, fuel)?;
        step.call_describe(&mut store).map_err(|error| ended(error, fuel))
    }

    /// Runs one step; gives the host back, with what was reported and written.
    pub fn run(
        &self,
        mut host: Host,
        fuel: u64,
        config: &types::Config,
        inputs: Vec<Input>,
        outputs: Vec<crate::output::Output>,
    ) -> Result<(Host, u64), PluginError> {
        let handles =
            |error: wasmtime::component::ResourceTableError| PluginError::Parts(error.to_string());
        let inputs = inputs
            .into_iter()
            .map(|input| host.table.push(input))
            .collect::<Result<Vec<Resource<Input>>, _>>()
            .map_err(handles)?;
        let outputs = outputs
            .into_iter()
            .map(|output| host.table.push(output))
            .collect::<Result<Vec<_>, _>>()
            .map_err(handles)?;
        let (mut store, step) = self.instantiate(host, fuel)?;
        let result = step
            .call_run(&mut store, config, &inputs, &outputs)
            .map_err(|error| ended(error, fuel))?;
        let left = store.get_fuel().unwrap_or_default();
        match result {
            Ok(()) => Ok((store.into_data(), fuel - left.min(fuel))),
            Err(failure) => Err(said(failure)),
        }
    }

    /// What an artifact holds, where the plugin says so.
    pub fn inspect(
        &self,
        mut host: Host,
        fuel: u64,
        artifact: Input,
    ) -> Result<Option<types::Inspection>, PluginError> {
        let artifact =
            host.table.push(artifact).map_err(|error| PluginError::Parts(error.to_string()))?;
        let mut store = self.store(host, fuel)?;
        let instance =
            self.step.instance_pre().instantiate(&mut store).map_err(|error| ended(error, fuel))?;
        let Some(inspect) = instance.get_func(&mut store, "inspect") else { return Ok(None) };
        type Answer = (Result<types::Inspection, types::Failure>,);
        let inspect = inspect.typed::<(Resource<Input>,), Answer>(&store);
        let inspect = inspect.map_err(|error| PluginError::World { reason: error.to_string() })?;
        match inspect.call(&mut store, (artifact,)).map_err(|error| ended(error, fuel))?.0 {
            Ok(inspection) => Ok(Some(inspection)),
            Err(failure) => Err(said(failure)),
        }
    }

    fn instantiate(&self, host: Host, fuel: u64) -> Result<(Store<Host>, Step), PluginError> {
        let mut store = self.store(host, fuel)?;
        let step = self.step.instantiate(&mut store).map_err(|error| ended(error, fuel))?;
        Ok((store, step))
    }

    fn store(&self, host: Host, fuel: u64) -> Result<Store<Host>, PluginError> {
        let mut store = Store::new(&self.engine, host);
        store.limiter(|host| &mut host.meter);
        store.set_max_component_handles(HANDLES);
        store.set_hostcall_fuel(CALL);
        store.set_fuel(fuel).map_err(|error| PluginError::Engine(error.to_string()))?;
        Ok(store)
    }
}

/// Refuses a component that imports what it does not get.
fn check_imports(
    engine: &Engine,
    component: &Component,
    granted: &[String],
) -> Result<(), PluginError> {
    for (import, external) in component.component_type().imports(engine) {
        // A type is no capability; one that is not ours finds no match when it is linked.
        let is_type = matches!(external.ty, ComponentItem::Type(_) | ComponentItem::Resource(_));
        if is_type || GIVEN.contains(&import) {
            continue;
        }
        if let Some((_, grant)) = GRANTED.iter().find(|(name, _)| *name == import) {
            if granted.iter().any(|name| name == grant) {
                continue;
            }
            let (import, grant) = (import.to_owned(), (*grant).to_owned());
            return Err(PluginError::NotGranted { import, grant });
        }
        if import.starts_with("ingot:step/")
            && let Some((_, version)) = import.split_once('@')
            && format!("ingot:step@{version}") != INTERFACE
        {
            return Err(PluginError::Version { found: format!("ingot:step@{version}") });
        }
        return Err(PluginError::Import { import: import.to_owned() });
    }
    Ok(())
}

/// Why a plugin says that it failed.
fn said(types::Failure { code, message, help }: types::Failure) -> PluginError {
    let code = if is_code(&code) { code } else { "P0201".to_owned() };
    let message = match message.trim().is_empty() {
        true => "it failed, and did not say why".to_owned(),
        false => message,
    };
    PluginError::Said { code, message, help }
}

/// Why a call did not come back.
fn ended(error: Error, fuel: u64) -> PluginError {
    let at = frames(&error);
    match error.downcast::<PluginError>() {
        Ok(error) => error,
        Err(error) => match (error.downcast_ref::<Limit>(), error.downcast_ref::<Trap>()) {
            (Some(limit), _) => PluginError::Limit(*limit),
            (_, Some(Trap::OutOfFuel)) => PluginError::Fuel(fuel),
            (_, Some(Trap::StackOverflow)) => PluginError::Stack,
            (_, Some(trap)) => PluginError::Trap { reason: trap.to_string(), at },
            (None, None) if error.is::<GcHeapOutOfMemory<()>>() => {
                PluginError::Limit(Limit::Objects)
            }
            (None, None) => {
                let reason = error.root_cause().to_string();
                // The engine has no type for this one.
                if reason.contains("fuel allocated for hostcalls") {
                    return PluginError::Limit(Limit::Call);
                }
                match reason.contains("limit")
                    || reason.contains("too many")
                    || reason.contains("resource table")
                {
                    true => PluginError::Parts(reason),
                    false => PluginError::Trap { reason, at },
                }
            }
        },
    }
}

/// The functions that a trap happened in, innermost first; eight at most.
fn frames(error: &Error) -> Vec<String> {
    let Some(trace) = error.downcast_ref::<wasmtime::WasmBacktrace>() else { return Vec::new() };
    trace.frames().iter().filter_map(|frame| frame.func_name()).take(8).map(str::to_owned).collect()
}
