//! D00: the worker itself.

use ingot_protocol::codes::Entry;

/// The table.
pub(super) const CODES: &[Entry] = &[
    Entry {
        code: "D0001",
        title: "the data worker has no such kind",
        explanation: "`ingot` asked for a kind that this `ingot-data` does not have: the two are of different versions. Install `ingot` and its workers from one release.",
    },
    Entry {
        code: "D0002",
        title: "the data worker has another revision of a kind",
        explanation: "A kind's revision moves when its outputs may change, so a step runs with the revision that is in its key and with no other. `ingot` and `ingot-data` are of different versions: install both from one release.",
    },
    Entry {
        code: "D0003",
        title: "the data worker stopped at what it does not know",
        explanation: "Its code met data that it was not written for, and stopped; no result was kept. This is a mistake of ours. `ingot log STEP` shows where it stopped: report that, with the data if you can.",
    },
    Entry {
        code: "D0005",
        title: "the data worker drafts no such file",
        explanation: "`ingot` asked for a draft of a form that this `ingot-data` does not know: the two are of different versions. Install `ingot` and its workers from one release.",
    },
];
