//! The program `ingot-wasm`: the worker that hosts Wasm plugins.
//!
//! Beside a worker's three verbs it has those that a plugin needs before it can be one:
//! `compile`, `describe-plugin`, `componentize` and `try`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ingot_wasm::verbs::main()
}
