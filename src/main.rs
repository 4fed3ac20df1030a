//! The `ingot` program: the command line, or the launcher of its steps.

use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|first| first == "__launch") {
        return ingot::runner::serve();
    }
    ingot::cli::main()
}
