//! E01: a manifest that is not one.

use super::Code;
use crate::diag::Exit;

/// The table.
pub(super) const CODES: &[Code] = &[
    Code {
        code: "E0101",
        exit: Exit::Manifest,
        title: "the manifest is not UTF-8",
        explanation: "TOML is UTF-8. The place is the first byte that is not. Save the file as UTF-8, without a byte order of another encoding.",
    },
    Code {
        code: "E0102",
        exit: Exit::Manifest,
        title: "the manifest is too big",
        explanation: "A manifest is read whole, and says what to do with data; it does not hold data. Put the data into files and name them in [sources].",
    },
    Code {
        code: "E0103",
        exit: Exit::Manifest,
        title: "the manifest is not TOML",
        explanation: "The parser could not go on here. Texts stand in quotes, keys have one `=`, a table is `[name]`:\n\n    [steps.check]\n    kind = \"validate\"",
    },
    Code {
        code: "E0104",
        exit: Exit::Manifest,
        title: "values are nested too deep",
        explanation: "No step needs such depth; the limit keeps a hostile file from exhausting the stack.",
    },
    Code {
        code: "E0105",
        exit: Exit::Manifest,
        title: "a number is out of range",
        explanation: "Whole numbers have 64 bits and a sign; other numbers are finite. `nan` and `inf` have no place in a manifest, because they are not equal to themselves in every tool.",
    },
    Code {
        code: "E0106",
        exit: Exit::Manifest,
        title: "a file of the workspace is none",
        explanation: "Where the manifest, the lock, the config or another tool's pipeline should be stands a named pipe, a device, a socket, a folder or a link that goes round in a circle. Nothing was read of it. Put a regular file there, or move it away.",
    },
    Code {
        code: "E0107",
        exit: Exit::Manifest,
        title: "a file leads out of the workspace",
        explanation: "A link that stays in the workspace is followed. One that leads out of it is not: a repository that was cloned could show what only you may read, and would be another one on the next machine. Copy the file into the workspace. The config below your home may be a link.",
    },
    Code {
        code: "E0108",
        exit: Exit::Manifest,
        title: "a file of the workspace is too big",
        explanation: "A lock of more than 512 MiB, or a config or another tool's file of more than 16 MiB, is none that anyone wrote. Nothing was read of it. Without its lock a workspace builds as before: `ingot lock` writes it anew.",
    },
];
