//! The program `ingot-data`: the data worker.

use std::process::ExitCode;

fn main() -> ExitCode {
    ingot_protocol::worker::main(&ingot_data::worker::DataWorker)
}
