//! E10: how a command is used.

use super::Code;
use crate::diag::Exit;

/// The table.
pub(super) const CODES: &[Code] = &[
    Code {
        code: "E1001",
        exit: Exit::Usage,
        title: "there is no workspace",
        explanation: "No ingot.toml stands in this folder or above it. `ingot new NAME` starts one; `-C DIR` names another folder.",
    },
    Code {
        code: "E1002",
        exit: Exit::Usage,
        title: "an override is malformed",
        explanation: "Write `--set NAME=VALUE`. The value is JSON where it can be (`3`, `true`, `[1, 2]`), else text.",
    },
    Code {
        code: "E1003",
        exit: Exit::Usage,
        title: "there is no such code",
        explanation: "`ingot error` lists every code: those of this program, and those of the workers that are installed. A worker's codes are in what it says of itself, so a worker that is not here, or an older one, tells none.",
    },
    Code {
        code: "E1004",
        exit: Exit::Usage,
        title: "a command was refused",
        explanation: "`--no-commands` builds nothing that runs a program of the manifest. Read the commands of a manifest that you do not know before you run them.",
    },
    Code {
        code: "E1005",
        exit: Exit::Usage,
        title: "a tool has no identity",
        explanation: "`--strict` asks that every program a command runs is declared with files that say which version it is:\n\n    [tools.python]\n    program = \"python3\"\n    identity = [\"uv.lock\"]",
    },
    Code {
        code: "E1006",
        exit: Exit::Usage,
        title: "there is no result",
        explanation: "The store holds no result of this step for the manifest as it is now. `ingot build STEP` makes it.",
    },
    Code {
        code: "E1007",
        exit: Exit::Usage,
        title: "there is no log",
        explanation: "Logs stay on the machine where the step ran.",
    },
    Code {
        code: "E1008",
        exit: Exit::Usage,
        title: "something is there already",
        explanation: "`ingot new` writes into a folder that is empty or not there, `ingot import` into one without an ingot.toml, and `ingot plugin build` over a component alone. Move away what is there, or name another folder.",
    },
    Code {
        code: "E1009",
        exit: Exit::Usage,
        title: "there is no such lock",
        explanation: "`ingot diff` compares locks: a file, a workspace's folder, or a git revision of this workspace that has an ingot.lock. `git log -- ingot.lock` lists those revisions.",
    },
    Code {
        code: "E1010",
        exit: Exit::Usage,
        title: "no failure is kept",
        explanation: "`ingot build --keep-failed` keeps the exec root of each step that fails, until the step fails again, or until `ingot gc` or `ingot clean`.",
    },
    Code {
        code: "E1011",
        exit: Exit::Usage,
        title: "a variable is malformed",
        explanation: "A variable of the environment that Ingot reads has a value that it cannot have. Correct it or unset it; `ingot doctor` shows what is in force.",
    },
    Code {
        code: "E1012",
        exit: Exit::Usage,
        title: "a step is not in this build",
        explanation: "`--rerun` names a step of those that are built: a target, or what a target needs. Name it as a target too, or build everything.",
    },
    Code {
        code: "E1013",
        exit: Exit::Usage,
        title: "a pipeline cannot be imported",
        explanation: "`ingot import dvc` reads dvc.yaml, params.yaml and what `vars` names, and with `--adopt` dvc.lock. One of them is not there, or is no YAML.",
    },
    Code {
        code: "E1014",
        exit: Exit::Usage,
        title: "no remote is named",
        explanation: "Name a folder: `ingot push --to DIR`, `ingot pull --from DIR`; or INGOT_CACHE_TO and INGOT_CACHE_FROM in the environment, or `[cache]` in ingot.local.toml.",
    },
    Code {
        code: "E1015",
        exit: Exit::Usage,
        title: "a folder is no plugin's",
        explanation: "A plugin's folder has a Cargo.toml, or a build.sh that writes a core module or a component to the path that it is given. `ingot plugin new NAME` makes one.",
    },
    Code {
        code: "E1016",
        exit: Exit::Usage,
        title: "a plugin was not built, or its tests failed",
        explanation: "What the compiler or the test said stands above. A plugin in Rust needs the target wasm32-unknown-unknown: `rustup target add wasm32-unknown-unknown`.",
    },
    Code {
        code: "E1017",
        exit: Exit::Usage,
        title: "the output could not be written",
        explanation: "A write to standard output or standard error failed: the disk is full, or the device is. What the command did it did, but a part of what it had to say is missing, so it does not end as if all were well: its exit code is 74. A pipe that is closed, as by `head`, is no failure.",
    },
    Code {
        code: "E1020",
        exit: Exit::Usage,
        title: "there is a key already",
        explanation: "A key is never replaced: others trust it. `ingot key show` prints its public key.",
    },
    Code {
        code: "E1021",
        exit: Exit::Usage,
        title: "there is no key",
        explanation: "`ingot key new` makes one. Results that are given from then on are signed with it.",
    },
    Code {
        code: "E1022",
        exit: Exit::Usage,
        title: "there is no folder for a key",
        explanation: "The key stands in the folder of your config file, which HOME or XDG_CONFIG_HOME says.",
    },
    Code {
        code: "E1025",
        exit: Exit::Usage,
        title: "something is there already",
        explanation: "`ingot get --copy` writes where nothing stands, or over what it or an export copied there, as long as that is as it was. Name another path; `--force` replaces what is there.",
    },
    Code {
        code: "E1026",
        exit: Exit::Usage,
        title: "something is never replaced",
        explanation: "What holds a workspace, a store, a repository, your home or the current folder is not replaced, whatever is asked; nor is a manifest, a lock or a source; and nothing is written into a store or the inside of a repository. Name a path where nothing stands.",
    },
    Code {
        code: "E1027",
        exit: Exit::Usage,
        title: "there is no such export",
        explanation: "`--export` names paths of [exports] whose steps are in this build.",
    },
    Code {
        code: "E1028",
        exit: Exit::Usage,
        title: "there is no such job",
        explanation: "`ingot exec-action` takes the digest of a job: a blob that a build puts into the store when it starts a step. `ingot build --json` tells it in the step's `started` event.",
    },
    Code {
        code: "E1030",
        exit: Exit::Usage,
        title: "there is no such run",
        explanation: "Each build that did something is a run of its workspace, counted from 1; `ingot runs` lists them. A collection that lets go of a workspace removes its runs, and so does `ingot clean --all`.",
    },
    Code {
        code: "E1031",
        exit: Exit::Usage,
        title: "there is no such column",
        explanation: "Columns of `ingot runs` are what a run is (`run`, `started`, `seconds`, `status`, `revision`, ..), the params as `params.NAME`, and metrics as `STEP.METRIC`. The name without `params` or the step before it is enough where one column alone is called so. `ingot runs --all` shows every column.",
    },
    Code {
        code: "E1032",
        exit: Exit::Usage,
        title: "a condition on runs is none",
        explanation: "`--where` takes a column, one of = != < <= > >= and a value: `--where accuracy>=0.9`. In a shell the whole is to be quoted, since < and > mean something there. Several `--where` must all hold.",
    },
    Code {
        code: "E1033",
        exit: Exit::Usage,
        title: "something is not recorded of a run",
        explanation: "A run records what it was asked for: its targets, and for a target without metrics the nearest steps before it that have some. Name one of those.",
    },
    Code {
        code: "E1034",
        exit: Exit::Usage,
        title: "a test is not known",
        explanation: "`ingot test NAME` runs a test that the manifest declares as [tests.NAME]; without a name it runs every one.",
    },
    Code {
        code: "E1035",
        exit: Exit::Usage,
        title: "there are no such data, or no such contract",
        explanation: "`ingot contract infer` takes the name of a source, or a file or folder below the manifest's; `ingot contract check` takes a file, which speaks of no other table, and such data; `ingot contract diff` takes two files. Of a file the ending says how it is read (.csv, .tsv, .parquet, .arrow, .jsonl, .log, .txt); anything else is a source with a `format`.",
    },
    Code {
        code: "E1036",
        exit: Exit::Usage,
        title: "data give no draft, or cannot be checked",
        explanation: "The worker that reads contracts could not read the data, and the cause has its code and the place: what `validate` would refuse of the same source. Of a file without a known ending nobody knows how it is read: declare it as a source with a `format`, and name that.",
    },
    Code {
        code: "E1037",
        exit: Exit::Usage,
        title: "there is nothing to put faults into",
        explanation: "`ingot mutate` puts faults into copies of the sources that a step comes from, one at a time, and says which of them a contract, a check or a gate stops. So the pipeline must pass as it is; and one of these sources must be a single file of separated values, of which a step such as `validate` makes a dataset.",
    },
];
