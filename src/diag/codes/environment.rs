//! E06: this machine and what is installed on it.

use super::Code;
use crate::diag::Exit;

/// The table.
pub(super) const CODES: &[Code] = &[
    Code {
        code: "E0601",
        exit: Exit::Environment,
        title: "a worker is not installed",
        explanation: "Workers stand beside `ingot`, in `../libexec/ingot`, or in a folder that INGOT_WORKERS names.",
    },
    Code {
        code: "E0602",
        exit: Exit::Environment,
        title: "a worker does not answer",
        explanation: "It could not be started, did not describe itself, or is of another version. Install `ingot` and its workers from one release.",
    },
    Code {
        code: "E0603",
        exit: Exit::Environment,
        title: "two workers disagree",
        explanation: "Two of them provide one kind, or define one artifact type differently. Remove one.",
    },
    Code {
        code: "E0604",
        exit: Exit::Environment,
        title: "the disk is full",
        explanation: "Nothing that was recorded is lost. Make room and build again.",
    },
    Code {
        code: "E0605",
        exit: Exit::Environment,
        title: "a program is not there",
        explanation: "A command's program was not found in `/usr/local/bin:/usr/bin:/bin`, nor, for a declared tool, in your PATH; or it is there and cannot be executed. A program of the workspace is an input of its step. Declare where a tool is:\n\n    [tools.python]\n    program = \"/opt/python/bin/python3\"\n    identity = [\"uv.lock\"]",
    },
    Code {
        code: "E0606",
        exit: Exit::Environment,
        title: "the sandbox could not be set up",
        explanation: "The step was not started. `ingot doctor` shows what this machine allows.",
    },
    Code {
        code: "E0607",
        exit: Exit::Environment,
        title: "a workspace says what only its user may",
        explanation: "Workers run with your rights. Which ones there are is said by the installation, by INGOT_WORKERS and by your own config.toml, never by a file of a workspace, which somebody else may have written. A worker that belongs to the workspace is declared in ingot.toml:\n\n    [workers.x]\n    path = \"tools/ingot-x\"\n\nIt runs after `ingot trust`, and in the sandbox alone. Likewise [mounts]: a step reads these folders, so only your own config.toml names them.",
    },
    Code {
        code: "E0608",
        exit: Exit::Environment,
        title: "a worker of the workspace cannot be used",
        explanation: "[workers.NAME] names one file that may be executed and is called as the worker calls itself. It was asked what it is in the sandbox, where it sees itself and the system's libraries, and did not answer as a worker does.",
    },
    Code {
        code: "E0609",
        exit: Exit::Environment,
        title: "a worker of the workspace is not trusted",
        explanation: "A worker that a manifest declares is a program of whoever wrote the manifest. It runs only after `ingot trust` in this folder, and as the bytes that were there then: one that changed is to be trusted again. `ingot trust --list` shows what is trusted, `ingot trust --revoke` takes it back.",
    },
    Code {
        code: "E0613",
        exit: Exit::Environment,
        title: "--strict refuses a sandbox that does not hold",
        explanation: "Under `--strict` a step runs behind every wall of the sandbox, or not at all. The message names the walls that are missing here, `ingot doctor` what each keeps out, and docs/concepts/sandbox.md what a container or a machine must allow.",
    },
    Code {
        code: "E0614",
        exit: Exit::Environment,
        title: "a secret is not set",
        explanation: "The step declares a variable in `secrets`, and the environment of this build has none of that name. What the program gives without it would be kept as what it gives with it, since the value is in no key. Set the variable where `ingot build` runs, or take its name out of `secrets`. A result that the store or a remote has needs no secret.",
    },
    Code {
        code: "E0615",
        exit: Exit::Environment,
        title: "a mount is not there",
        explanation: "A source whose path begins with `mount:NAME/` stands in a folder of this machine, outside of the workspace. Where that is, each user says in their own config.toml (`ingot doctor` shows its place):\n\n    [mounts]\n    big = \"/data/big\"\n\nThe content enters the key, the place does not, so that a lock made on one machine holds on another. A mount that lies in the workspace or in the store is refused, and so are links that lead out of it.",
    },
    Code {
        code: "E0616",
        exit: Exit::Environment,
        title: "this machine is not the platform that a step declares",
        explanation: "`isa` and `device` are in the key of a step whose bytes may depend on them: a result of another platform would stand under a name that is not its own. So a step that declares what this machine has not is not run, exit 6. Build on a machine that has it; take the result from a store that has it; or declare another platform, which is another key.",
    },
    Code {
        code: "E0618",
        exit: Exit::Environment,
        title: "a job cannot run on this machine",
        explanation: "`ingot exec-action` runs a job that was made elsewhere: by what the store holds and what this machine has. A worker of another identity would give a result under a key that is not its own; an input without a blob, a plugin whose component the store does not hold, or a tool that stands in somebody's workspace, is not here.",
    },
];
