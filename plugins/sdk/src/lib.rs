//! Step kinds for Ingot in one short file: the guest side of `ingot:step@1.0.0`.
//!
//! A plugin is a type that implements [`Step`] and one line, [`plugin!`]:
//!
//! ```
//! use ingot_plugin::{Failure, Kind, Run, Step, plugin};
//!
//! struct Head;
//!
//! impl Step for Head {
//!     fn kind() -> Kind {
//!         Kind::new("head", "the first row of each batch")
//!             .input("data", "dataset")
//!             .output("data", "dataset")
//!     }
//!
//!     fn run(run: &Run) -> Result<(), Failure> {
//!         run.map("data", "data", |batch| Ok(batch.slice(0, batch.num_rows().min(1))))
//!     }
//! }
//!
//! plugin!(Head);
//! ```
//!
//! The code map: [`kind`](Kind) is what a plugin says of itself, [`Run`] what a
//! step is handed, `stream` bytes, `table` Arrow batches, [`columns`] helpers for
//! one batch, [`Metric`] and [`Finding`] what it reports, [`Failure`] why it
//! fails, and [`test::Case`] runs it natively and in the host.
//!
//! Invariant: all that a step can reach goes through [`Run`]; on WebAssembly
//! that is the host, elsewhere memory, and the bytes are the same. This crate
//! reads no file, no clock and no environment outside of [`test`].

pub mod columns;
mod failure;
mod host;
mod kind;
mod report;
mod run;
mod stream;
mod table;
#[cfg(not(target_arch = "wasm32"))]
pub mod test;

pub use arrow_schema::ArrowError;
pub use failure::Failure;
pub use kind::{Determinism, Expansion, InputPort, Kind, OutputPort};
pub use report::{Finding, Metric, Severity};
pub use run::Run;
pub use serde_json::json;
pub use stream::{Input, Output, Reader, Writer};
pub use table::{BatchWriter, Batches, SchemaRef};

/// The Arrow crates that the SDK speaks, so that no other version can slip in.
pub mod arrow {
    pub use arrow_array as array;
    pub use arrow_buffer as buffer;
    pub use arrow_ipc as ipc;
    pub use arrow_schema as schema;
    pub use arrow_select as select;
}

/// One step kind: what it is, and how a step of it is done.
pub trait Step {
    /// What the kind says of itself: the same each time.
    fn kind() -> Kind;

    /// Does one step. What it has written counts only if this ends well.
    fn run(run: &Run) -> Result<(), Failure>;
}

/// Makes a plugin of types that implement [`Step`]: once a crate.
///
/// On WebAssembly it exports the world `step`; elsewhere it only checks the
/// types, so that the same crate is tested natively.
#[macro_export]
macro_rules! plugin {
    ($($step:ty),+ $(,)?) => {
        const _: () = {
            $(let _ = <$step as $crate::Step>::run;)+

            #[cfg(target_arch = "wasm32")]
            struct __IngotPlugin;

            #[cfg(target_arch = "wasm32")]
            impl $crate::guest::Guest for __IngotPlugin {
                fn describe() -> $crate::guest::Descriptor {
                    $crate::guest::describe(&[$(<$step as $crate::Step>::kind()),+])
                }

                fn run(
                    config: $crate::guest::Config,
                    inputs: ::std::vec::Vec<$crate::guest::Input>,
                    outputs: ::std::vec::Vec<$crate::guest::Output>,
                ) -> ::std::result::Result<(), $crate::guest::Failure> {
                    $crate::guest::run(
                        config,
                        inputs,
                        outputs,
                        &[$((<$step as $crate::Step>::kind, <$step as $crate::Step>::run)),+],
                    )
                }
            }

            #[cfg(target_arch = "wasm32")]
            $crate::guest::export!(__IngotPlugin with_types_in $crate::guest::bindings);
        };
    };
}

/// What [`plugin!`] expands to; nothing here is for people.
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod guest {
    pub use crate::host::bindings::export;
    pub use crate::host::{
        Config, Descriptor, Failure, Guest, Input, Output, bindings, describe, run,
    };
}
