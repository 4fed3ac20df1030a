//! The program `ingot-sql`: the SQL worker.

use std::process::ExitCode;

fn main() -> ExitCode {
    ingot_protocol::worker::main(&ingot_sql::worker::SqlWorker)
}
