//! E08: running a step.

use super::Code;
use crate::diag::Exit;

/// The table.
pub(super) const CODES: &[Code] = &[
    Code {
        code: "E0801",
        exit: Exit::StepFailed,
        title: "a step failed",
        explanation: "Its program ended with an exit code that is not zero. The last lines of its log are shown; `ingot log STEP` prints all of it, `ingot shell STEP` opens a shell where it runs.",
    },
    Code {
        code: "E0802",
        exit: Exit::StepFailed,
        title: "a step was killed",
        explanation: "A signal ended its program: a crash, or the system when memory ran out.",
    },
    Code {
        code: "E0803",
        exit: Exit::StepFailed,
        title: "a step took too long",
        explanation: "It was ended at its `timeout`.",
    },
    Code {
        code: "E0804",
        exit: Exit::StepFailed,
        title: "a step took too much memory",
        explanation: "It was ended at the `memory` of its `resources`.",
    },
    Code {
        code: "E0805",
        exit: Exit::StepFailed,
        title: "an output is missing",
        explanation: "The step ended well, and did not write an output that it declares. Write to the path that `{outputs.PORT}` stands for.",
    },
    Code {
        code: "E0806",
        exit: Exit::StepFailed,
        title: "a step said something that is no event",
        explanation: "A worker's standard output is events, one JSON object a line; a command's are in the file that $INGOT_EVENTS names, which is a regular file and no link. A key that no event has is a mistake too. Of an events file are taken at most 64 MiB, 1 MiB in a line and 1,000,000 events; of a step at most 100,000 metrics and as many findings.",
    },
    Code {
        code: "E0807",
        exit: Exit::StepFailed,
        title: "two inputs want the same place",
        explanation: "A command finds its inputs at their workspace paths; these two overlap, or overlap the folders `in`, `out` and `tmp`.",
    },
    Code {
        code: "E0808",
        exit: Exit::StepFailed,
        title: "a step was interrupted",
        explanation: "The build ended before it did. Nothing of it is recorded.",
    },
    Code {
        code: "E0809",
        exit: Exit::StepFailed,
        title: "a command reads what it does not declare",
        explanation: "A step sees what it declares, and nothing else of the workspace: otherwise its key could not know when to run it again. The help shows the line to add.",
    },
    Code {
        code: "E0810",
        exit: Exit::StepFailed,
        title: "the value of a secret would be kept",
        explanation: "A step that has a secret wrote its value into an output, or reported it as a number. Outputs, metrics and findings go to stores, remotes, locks and exports, which others read. In logs and messages the value is masked; in bytes and numbers it cannot be. Change what the program writes, and change the secret if it was stored before.",
    },
    Code {
        code: "E0811",
        exit: Exit::StepFailed,
        title: "the value of a secret is too short",
        explanation: "The value of a secret is masked wherever the step writes it. A value of fewer than 8 characters stands in too much that is no secret. Use a longer one, or write it in `environment` if it needs no hiding.",
    },
    Code {
        code: "E0812",
        exit: Exit::StepFailed,
        title: "a metric is undefined",
        explanation: "A run reported NaN, an infinity or `null` as a metric, or as an end of its interval. Such a number can be compared with nothing, so it is not recorded; the finding stands in its place, the outputs and all other metrics are kept, and a gate on the metric fails with this reason. Of several values of one metric the last counts: report one that is finite in the end, or say why there is none.",
    },
    Code {
        code: "E0813",
        exit: Exit::StepFailed,
        title: "a command wants the network",
        explanation: "Its log says that a host was not found or not reached, and the step has no network. `network = true` gives it one: that stands in its key, and its result counts as not reproducible. What it fetches can also be fetched once and declared as a source.",
    },
    Code {
        code: "E0814",
        exit: Exit::StepFailed,
        title: "a command writes where it cannot",
        explanation: "A step writes its outputs, to the paths that `{outputs.PORT}` stands for, and what it does not keep, to `$TMPDIR` (`tmp/` in its working directory). All else is read-only, its inputs too. A program that insists on a folder of its own gets its name as an argument.",
    },
    Code {
        code: "E0815",
        exit: Exit::StepFailed,
        title: "a module is not there",
        explanation: "The interpreter that ran does not have a module that the program loads. A step finds its interpreter in `/usr/local/bin:/usr/bin:/bin`, not in the environment of your shell. Declare the environment that has the module:\n\n    [tools.python3]\n    program = \".venv/bin/python\"\n    identity = [\"uv.lock\"]\n\nA module of your own is an input: `inputs.code = \"./tools\"`; where it is declared and not found, `environment.PYTHONPATH` says where it is.",
    },
    Code {
        code: "E0816",
        exit: Exit::StepFailed,
        title: "a command starts a program that is not there",
        explanation: "Programs that a command starts are looked for in `/usr/local/bin:/usr/bin:/bin`, not in your PATH. `[tools.NAME] program = \"..\"` says where one is, and puts it into the step's PATH.",
    },
    Code {
        code: "E0817",
        exit: Exit::Gate,
        title: "a waiver has run out",
        explanation: "The last day of a waiver, its `until`, is over (days begin and end in UTC): nobody answers any more for the error that it covered. Nothing runs, with `--locked` too. Mend what was found and take the waiver away; or agree with its owner on a later day. Under a profile with `gates = \"warn\"` it is said, covers nothing and stops nothing.",
    },
    Code {
        code: "E0818",
        exit: Exit::Gate,
        title: "a waiver does not cover what was found",
        explanation: "More rows were found than the `rows` of the waiver; or the finding counts rows and the waiver has no `rows`, or the other way round. A waiver with `rows` is for findings that count rows, whose rows are added up; one without is for those that count none. A waiver that is exceeded covers nothing: the error fails the verdict. Mend the rows that are new, or answer for them by a higher `rows`. Nothing that was recorded runs again.",
    },
    Code {
        code: "E0819",
        exit: Exit::Gate,
        title: "a waiver is not used",
        explanation: "The step did not find the error that the waiver names. It is a warning: take the waiver away, so that the error is one when it comes back.",
    },
];
