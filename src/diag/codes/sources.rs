//! E05: files and sources.

use super::Code;

/// The table.
pub(super) const CODES: &[Code] = &[
    Code {
        code: "E0501",
        title: "a source is not there",
        explanation: "The path or glob of a source, input or param finds nothing in the workspace. Paths are relative to ingot.toml.",
    },
    Code {
        code: "E0502",
        title: "a file cannot be kept",
        explanation: "Trees hold files, folders and relative links inside the tree. Sockets, devices, links that leave the tree, names that are no UTF-8 or collide when case is folded, and outputs with a second hard link are refused, because another machine could not have the same.",
    },
    Code {
        code: "E0503",
        title: "the file system refused",
        explanation: "Reading or writing failed for the reason that is shown.",
    },
    Code {
        code: "E0504",
        title: "a source changed while it was read",
        explanation: "A source of more than 1 GiB (INGOT_COPY_LIMIT) is not copied: steps read it where it stands. Somebody wrote to it, moved it or changed its mode since it was hashed, so nobody knows what the step read. Nothing is recorded. Build again, and leave the file alone until the build has ended.",
    },
    Code {
        code: "E0505",
        title: "a plugin cannot be used",
        explanation: "The component is not there, or its host refused it: the cause has a code of its own, which `ingot error` explains too. It was compiled and asked what it is in a sandbox, and did nothing else.",
    },
    Code {
        code: "E0520",
        title: "a file or folder is too large to be kept",
        explanation: "A source or an output has at most 256 levels, 16,777,216 files and folders, names of 255 bytes, paths of 3,072 bytes below its root, and 4 TiB; a tree from a remote likewise. What is larger no other machine may be able to hold.",
    },
];
