//! The `ingot-torch` worker: see the library for what it does.

use std::process::ExitCode;

fn main() -> ExitCode {
    ingot_protocol::worker::main(&ingot_torch::worker::TorchWorker)
}
