//! Running other programs: a missing or failing one is said with its fix.

use std::io;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};

/// Runs a program to its end, its output shown on stderr, so that stdout stays
/// the chore's own.
pub(crate) fn run(command: &mut Command, fix: &str) -> Result<()> {
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::from(io::stderr()))
        .status()
        .map_err(|error| cannot_start(command, error, fix))?;
    if !status.success() {
        bail!("`{}` failed ({status}); {fix}", shown(command));
    }
    Ok(())
}

/// Runs a program to its end and gives what it printed; its output is shown
/// only in the error.
pub(crate) fn output(command: &mut Command, fix: &str) -> Result<String> {
    let Output { status, stdout, stderr } =
        command.stdin(Stdio::null()).output().map_err(|error| cannot_start(command, error, fix))?;
    if !status.success() {
        let said = String::from_utf8_lossy(&stderr);
        bail!("`{}` failed ({status}): {}; {fix}", shown(command), said.trim());
    }
    String::from_utf8(stdout).with_context(|| format!("`{}` printed no text", shown(command)))
}

fn cannot_start(command: &Command, error: io::Error, fix: &str) -> anyhow::Error {
    let program = command.get_program().to_string_lossy().into_owned();
    match error.kind() {
        io::ErrorKind::NotFound => anyhow::anyhow!("there is no `{program}`; {fix}"),
        _ => anyhow::Error::new(error).context(format!("cannot start `{program}`; {fix}")),
    }
}

/// The command line, cut where it gets long.
fn shown(command: &Command) -> String {
    const WIDTH: usize = 100;
    let words: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect();
    let line = words.join(" ").replace('\n', " ");
    match line.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}..", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_said_with_its_fix() {
        let error = run(&mut Command::new("no-such-program"), "install it").unwrap_err();
        assert_eq!(error.to_string(), "there is no `no-such-program`; install it");
    }

    #[test]
    fn a_failing_program_is_said_with_what_it_said() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo why >&2; exit 3"]);
        let error = output(&mut command, "try again").unwrap_err().to_string();
        assert_eq!(error, "`sh -c echo why >&2; exit 3` failed (exit status: 3): why; try again");
    }
}
