//! E05: files and sources.

use super::Code;
use crate::diag::Exit;

/// The table.
pub(super) const CODES: &[Code] = &[
    Code {
        code: "E0501",
        exit: Exit::Manifest,
        title: "a source is not there",
        explanation: "The path or glob of a source, input or param finds nothing in the workspace. Paths are relative to ingot.toml.",
    },
    Code {
        code: "E0502",
        exit: Exit::Manifest,
        title: "a file cannot be kept",
        explanation: "Trees hold files, folders and relative links inside the tree. Sockets, devices, links that leave the tree, names that are no UTF-8 or collide when case is folded, and outputs with a second hard link are refused, because another machine could not have the same.",
    },
    Code {
        code: "E0503",
        exit: Exit::Environment,
        title: "the file system refused",
        explanation: "Reading or writing failed for the reason that is shown.",
    },
    Code {
        code: "E0504",
        exit: Exit::Manifest,
        title: "a source changed while it was read",
        explanation: "A source of more than 1 GiB (INGOT_COPY_LIMIT) is not copied: steps read it where it stands. Somebody wrote to it, moved it or changed its mode since it was hashed, so nobody knows what the step read. Nothing is recorded. Build again, and leave the file alone until the build has ended.",
    },
    Code {
        code: "E0505",
        exit: Exit::Manifest,
        title: "a plugin cannot be used",
        explanation: "The component is not there, or its host refused it: the cause has a code of its own, which `ingot error` explains too. It was compiled and asked what it is in a sandbox, and did nothing else.",
    },
    Code {
        code: "E0520",
        exit: Exit::Manifest,
        title: "a file or folder is too large to be kept",
        explanation: "A source or an output has at most 256 levels, 16,777,216 files and folders, names of 255 bytes, paths of 3,072 bytes below its root, and 4 TiB; a tree from a remote likewise. What is larger no other machine may be able to hold.",
    },
    Code {
        code: "E0525",
        exit: Exit::StepFailed,
        title: "something stands where an export would be written",
        explanation: "An export is written where nothing stands, over what a build wrote there, over what ingot.lock has for its output, or over the very bytes that it is. What stands there now is none of these: somebody made or changed it. The build is done and its results are stored; move that file or folder away and build again, or replace it with `ingot get STEP.PORT --copy PATH --force`.",
    },
    Code {
        code: "E0526",
        exit: Exit::StepFailed,
        title: "an export would go through a link",
        explanation: "A folder on the way to an export, or the export itself, is a symbolic link, so the copy would land somewhere else, perhaps outside of the workspace. The build is done and its results are stored. Remove the link, or export to another path.",
    },
    Code {
        code: "E0527",
        exit: Exit::Manifest,
        title: "a repository brings its own config",
        explanation: "git tracks ingot.local.toml, or something in the store's folder. The config says what is true of one machine and the store holds what that machine made, so neither comes with a repository: whoever commits one would say where your results come from. Read it, then `git rm --cached` it; `ingot new` lists both in .gitignore.",
    },
    Code {
        code: "E0528",
        exit: Exit::Manifest,
        title: "it cannot be known whether git tracks a file",
        explanation: "ingot.local.toml counts only if it did not come with the repository. git is not asked, since a repository's own config can make git run programs; its index is read instead. This one cannot be read, is sparse or split where it matters, or is of a version that Ingot does not know. Say what the file says in your own config.toml or in the environment.",
    },
];
