//! The Wasm worker: hosts plugins of the interface `ingot:step` with wasmtime.
//!
//! | file | owns |
//! |---|---|
//! | [`verbs`] | the command line: a worker's verbs, and a plugin's |
//! | [`compile`] | component bytes to machine code, in a process of its own |
//! | [`componentize`] | a core module into a component |
//! | [`component`] | a compiled component: its imports, its calls |
//! | [`engine`] | what could change a result, fixed |
//! | [`limits`] | what a guest may take |
//! | [`host`] | what a guest may call |
//! | [`input`], [`output`] | artifacts as streams of bytes, and back |
//! | [`table`] | rows that a stranger writes |
//! | [`fetch`] | a component from elsewhere |
//! | [`describe`], [`schema`] | what a plugin says of itself, checked |
//! | [`run`] | one step |
//! | [`tryout`] | one case of a plugin's own tests |
//! | [`bindings`] | the interface, from `plugins/wit` |
//! | [`error`], [`codes`] | every way in which it can go wrong, and what its code means |
//!
//! Invariant: the same plugin, params and inputs give the same bytes, or no result. What
//! it does not do: it decides neither what a plugin is granted nor where anything is
//! stored; both come with the request.

pub mod bindings;
pub mod codes;
pub mod compile;
pub mod component;
pub mod componentize;
pub mod describe;
pub mod engine;
pub mod error;
pub mod fetch;
pub mod host;
pub mod input;
pub mod limits;
pub mod output;
pub mod run;
pub mod schema;
pub mod table;
pub mod tryout;
pub mod verbs;
