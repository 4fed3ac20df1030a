//! D07, D08, D10 and D11: reports, bundles, selections, findings, metrics and profiles as files.

use ingot_protocol::codes::Entry;

/// The table.
pub(super) const CODES: &[Entry] = &[
    Entry {
        code: "D0705",
        title: "a report cannot be written",
        explanation: "The system refused it; the message has the path and the reason. Look at the room on the disk, then build again.",
    },
    Entry {
        code: "D0706",
        title: "a report cannot be read",
        explanation: "`report.json` is not there, is not what it should be, or is of another version. Evaluate again; if a command wrote the report, look at what it writes.",
    },
    Entry {
        code: "D0802",
        title: "a folder is no bundle",
        explanation: "`bundle.json` is not there, is not what it should be, or is of another version. A bundle is what `package` makes: the whole folder travels, and nothing in it is renamed.",
    },
    Entry {
        code: "D0803",
        title: "a file of a bundle is not the one that was packaged",
        explanation: "`bundle.json` lists each file with its digest and size, and one is missing, has other bytes, or stands outside of the bundle. The bundle was damaged or changed since it was made: take it again from its source.",
    },
    Entry {
        code: "D1006",
        title: "a selection cannot be written",
        explanation: "The chosen model, its report or the table of the points could not be copied or written; the message has the path and the reason. Look at the room on the disk, then build again.",
    },
    Entry {
        code: "D1007",
        title: "a selection cannot be read",
        explanation: "`selection.json` of a report is not what it should be, or is of another version. Build the `select` step again.",
    },
    Entry {
        code: "D1101",
        title: "findings or metrics cannot be written",
        explanation: "The system refused the file; the message has the path and the reason. Look at the room on the disk, then build again.",
    },
    Entry {
        code: "D1102",
        title: "a file is no findings, or no metrics",
        explanation: "The file is one JSON object, `{\"version\": 1, \"findings\": [..]}` or `{\"version\": 1, \"metrics\": [..]}`, whose items are those of the worker protocol, docs/reference/protocol.md. Correct what the command or the plugin writes.",
    },
    Entry {
        code: "D1103",
        title: "findings or metrics are of another version",
        explanation: "The file says a `version` that this worker does not read. Make it again with this version.",
    },
    Entry {
        code: "D1104",
        title: "a metric is no number, or is there twice",
        explanation: "A gate needs one number, so each metric is finite, and is there once for each slice and each comparison. Leave out what is undefined, and report of several epochs the last value.",
    },
    Entry {
        code: "D1105",
        title: "a profile cannot be written",
        explanation: "The system refused the file; the message has the path and the reason. Look at the room on the disk, then build again.",
    },
    Entry {
        code: "D1106",
        title: "a file is no profile",
        explanation: "`profile.json` is not there, is not what docs/reference/formats.md says, is of another version, or contradicts itself; or a contract's `distribution` names a port on which a file without a `format` stands, which is read as a profile. Build the `validate` step that wrote it again, or give the source a `format` if it is a table.",
    },
];
