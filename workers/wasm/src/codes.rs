//! The codes of this worker: what `ingot error CODE` tells of each.
//!
//! Invariant: codes are never reused and never change their meaning. The first two digits
//! say of what: 01 loading, 02 running, 03 what goes in and comes out. A plugin's own
//! findings and failures have codes of its author's.

use ingot_protocol::codes::Entry;

/// The table, sorted.
pub const CODES: &[Entry] = &[
    Entry {
        code: "P0101",
        title: "a plugin's file cannot be read",
        explanation: "It is not there, not readable, or larger than 64 MiB. A component is code: leave data out of it, and strip it.",
    },
    Entry {
        code: "P0102",
        title: "a file is no component",
        explanation: "A plugin is a WebAssembly component. What a compiler makes is a core module: `ingot plugin build` makes a component of it.",
    },
    Entry {
        code: "P0103",
        title: "a plugin imports what it is not granted",
        explanation: "A plugin's imports are its capabilities, and they are looked at before any of its code runs. Every plugin may read its inputs, write its outputs, and report. More is granted in the manifest:\n\n    [plugins.NAME]\n    path = \"plugins/NAME.wasm\"\n    grants = [\"seed\"]\n\nFiles, clocks, the network and the environment are granted to no plugin: build it without WASI (for Rust the target wasm32-unknown-unknown; for Python `--stub-wasi`).",
    },
    Entry {
        code: "P0104",
        title: "a plugin speaks another version of the interface",
        explanation: "The message names both versions. A newer plugin needs a newer ingot; a plugin of a version that this ingot no longer speaks is built again.",
    },
    Entry {
        code: "P0105",
        title: "a component is no plugin",
        explanation: "It does not export what the world `step` of ingot:step asks for, or with other types.",
    },
    Entry {
        code: "P0106",
        title: "a plugin cannot be compiled",
        explanation: "The component is not valid, or asks for more of WebAssembly than is allowed here (no threads, no 64-bit memories).",
    },
    Entry {
        code: "P0107",
        title: "a compiled plugin cannot be used",
        explanation: "Compiled plugins are kept in this user's cache folder for this machine and this program. Remove the folder `plugins` there; the next build compiles again. If the engine itself cannot be set up, `ingot doctor` shows what this machine allows.",
    },
    Entry {
        code: "P0108",
        title: "a plugin says of itself what cannot be",
        explanation: "Names are words of lower-case letters, digits, `-` and `_`; ports are told apart; schemas are small and refer to nothing outside of themselves; no artifact type of Ingot's own is defined again; a kind that draws random numbers says `random`. The message says which, and the plugin's author corrects it.",
    },
    Entry {
        code: "P0109",
        title: "a plugin from elsewhere cannot be had",
        explanation: "The server does not answer, or not with the file. It is fetched once, over HTTPS and without credentials, and kept in this user's cache folder by its SHA-256. A component that needs a login is brought by other means and named by `path`.",
    },
    Entry {
        code: "P0110",
        title: "a plugin from elsewhere is another file",
        explanation: "What the server gave does not have the SHA-256 that the manifest says. Nothing of it was run.",
    },
    Entry {
        code: "P0201",
        title: "a plugin stopped by itself",
        explanation: "Its code ran into a trap: a panic, an access outside of its memory, a division by zero. The log has what it said before.",
    },
    Entry {
        code: "P0202",
        title: "a plugin used up its fuel",
        explanation: "Fuel counts WebAssembly's operators, so that the same step needs the same fuel anywhere. An endless loop ends here. A step that has more to do is given more:\n\n    [plugins.NAME]\n    limits = { fuel = 10_000_000_000_000 }\n\nLimits are in no key: they decide whether there is a result, never which one.",
    },
    Entry {
        code: "P0203",
        title: "a plugin used up its stack",
        explanation: "A function called itself too often. The stack has 1 MiB.",
    },
    Entry {
        code: "P0204",
        title: "a plugin asked for too much memory",
        explanation: "All its linear memories together are limited, by default to 1 GiB: `limits = { memory = \"2GiB\" }`, 4 GiB at most. A growth beyond the limit ends the step and is never answered with `no`, so that no limit changes a result.",
    },
    Entry {
        code: "P0205",
        title: "a plugin wrote too much",
        explanation: "All its outputs together are limited, by default to 16 GiB: `limits = { output = \"64GiB\" }`.",
    },
    Entry {
        code: "P0206",
        title: "a plugin has too much of something",
        explanation: "Instances, tables, open streams, lines of log, metrics or findings: more of them than any plugin needs.",
    },
    Entry {
        code: "P0301",
        title: "an input cannot be given to a plugin",
        explanation: "The artifact is not what its type says, or the plugin opened a stream that it does not have.",
    },
    Entry {
        code: "P0302",
        title: "a plugin's output is not what its type is",
        explanation: "A stream of a `dataset` or of `predictions` is an Arrow IPC stream, one a split, all with the same columns. Any other output is one file (the stream without a name) or files in folders.",
    },
    Entry {
        code: "P0303",
        title: "what a plugin reported cannot be",
        explanation: "A metric is a name and a finite number. A finding's code is a capital letter, then capital letters and digits.",
    },
];

#[cfg(test)]
#[path = "../../protocol/src/codes/said.rs"]
mod said;

#[cfg(test)]
mod tests {
    use std::path::Path;

    use ingot_protocol::codes::{check, table};

    use super::*;

    #[test]
    fn every_code_that_is_said_is_explained_and_no_other() {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let known: Vec<String> = CODES.iter().map(|entry| entry.code.to_owned()).collect();
        let said: Vec<String> = said::codes(&sources).into_iter().collect();
        assert_eq!(said, known, "sorted, and the same");
    }

    #[test]
    fn the_table_keeps_its_bounds() {
        assert_eq!(check(&table(&[CODES])), Ok(()));
    }
}
