//! E07: the store and its remotes.

use super::Code;
use crate::diag::Exit;

/// The table.
pub(super) const CODES: &[Code] = &[
    Code {
        code: "E0701",
        exit: Exit::Environment,
        title: "the store is of another version",
        explanation: "This program does not know its layout. Use the version that wrote it, or another store (INGOT_STORE).",
    },
    Code {
        code: "E0702",
        exit: Exit::Environment,
        title: "a blob is missing or damaged",
        explanation: "A file of the store is gone or not what its name says. Build again: what made it runs again.",
    },
    Code {
        code: "E0703",
        exit: Exit::Environment,
        title: "a value has no canonical form",
        explanation: "It cannot be hashed the same way everywhere.",
    },
    Code {
        code: "E0704",
        exit: Exit::Environment,
        title: "a remote cannot be used",
        explanation: "The folder is not there, or it is an empty one (as when a mount is missing), or another version or another program wrote it. `ingot push --to DIR` makes a remote in a new folder.",
    },
    Code {
        code: "E0705",
        exit: Exit::Environment,
        title: "something in a remote is not believed",
        explanation: "A blob is not what its name says, or a record is none, lacks its blobs, or disagrees with the lock. It counts as if it were not there, so its step runs here. Remove the file that is named; whoever gives the result next puts it there anew.",
    },
    Code {
        code: "E0706",
        exit: Exit::Environment,
        title: "a result was not given to a remote",
        explanation: "Writing there failed for the reason that is shown. The build itself is good. `ingot push` tries again.",
    },
    Code {
        code: "E0707",
        exit: Exit::Environment,
        title: "the folder is no store",
        explanation: "INGOT_STORE, or `[store] path` of ingot.local.toml, names a folder that lacks the mark of a store (the file `version`) and holds something else. A build would fill it and `ingot clean` empty it, so both refuse. Name an empty folder, or one that a build made. Even of a store only what has a name of the store's own is removed.",
    },
    Code {
        code: "E0708",
        exit: Exit::Environment,
        title: "something else stands in the store",
        explanation: "Where the store has a folder or a file of its own there is a link, a device or something else. It is not followed, read or removed. Move it away: the next build makes what belongs there.",
    },
    Code {
        code: "E0709",
        exit: Exit::Environment,
        title: "a root of the store is damaged",
        explanation: "A file in `roots/` stands for a workspace that builds into the store and names the results that it needs. This one cannot be read, so nobody knows what it would keep, and nothing was collected. A build in its workspace writes it anew; remove it if that workspace is gone.",
    },
    Code {
        code: "E0710",
        exit: Exit::Environment,
        title: "a workspace cannot be seen",
        explanation: "It builds into this store, and its folder, its manifest or its lock is not there or cannot be read: the disk may not be mounted, or git is just changing a branch. The results that it needed when it was last seen stay for 30 days from then. `ingot gc --forget FOLDER` lets them go at once.",
    },
    Code {
        code: "E0711",
        exit: Exit::Environment,
        title: "the store knows no such workspace",
        explanation: "`ingot gc --forget FOLDER` takes the folder of a workspace that has built into this store. Those that a collection cannot see are listed by `ingot gc --dry`.",
    },
    Code {
        code: "E0712",
        exit: Exit::Environment,
        title: "a build runs in the store",
        explanation: "`ingot clean` removes the views that steps read and the folders that they write to. While a build runs in the same store, of this workspace or of another one that shares it, its steps would find less than they declare. Let the build end, or end it, and clean then. `ingot gc` may run beside builds.",
    },
    Code {
        code: "E0713",
        exit: Exit::Environment,
        title: "a run cannot be read",
        explanation: "A file below `runs/` of the store is damaged, or of another version. Runs are observations: no result, key or lock depends on one, and the others are listed. Remove the file, or list the runs with the version that wrote it.",
    },
    Code {
        code: "E0715",
        exit: Exit::Environment,
        title: "results of a remote are believed on its word",
        explanation: "Nothing says whose results these are: the lock does not know their keys yet, and you trust no key for the remote. Whoever can write there can say what results are, their metrics and findings too. Name it in your config.toml with the keys that you trust, `[remotes.NAME]` with `path` and `trust`; `ingot key show` prints a key where results are signed. `--strict` refuses such a remote.",
    },
    Code {
        code: "E0716",
        exit: Exit::Environment,
        title: "--strict refuses a remote that is not signed",
        explanation: "No key is trusted for the remote, so its results would be believed on its word. Give it a name and keys in your config.toml: `[remotes.NAME]` with `path` and `trust`.",
    },
    Code {
        code: "E0717",
        exit: Exit::Environment,
        title: "a private key cannot be used",
        explanation: "The file must be a private Ed25519 key (PKCS#8 in PEM), a regular file of yours, and nobody else may read or write it: `chmod 600`.",
    },
    Code {
        code: "E0718",
        exit: Exit::Environment,
        title: "a key cannot be made",
        explanation: "The folder of your config file cannot be written, or the system gives no random bytes.",
    },
];
