//! D13: `fixture` and `compare`, of which tests of a step are made.

use ingot_protocol::codes::Entry;

/// The table.
pub(super) const CODES: &[Entry] = &[
    Entry {
        code: "D1301",
        title: "a test's file has other columns",
        explanation: "A file of `[tests.NAME]` stands for a dataset, so it has that dataset's columns: all of them, and no other one. Their order is free.",
    },
    Entry {
        code: "D1302",
        title: "a test's file has a value of another type",
        explanation: "A file of `[tests.NAME]` stands for a dataset, whose columns have types. The message has the line, the column and the type. An empty cell is a missing value.",
    },
    Entry {
        code: "D1303",
        title: "a step gives something else than its test expects",
        explanation: "Rows are compared in their order, floats within the test's `tolerance`, everything else exactly; in .csv and .tsv an empty text and a missing value are one. `ingot test --bless` writes what the step gives now into the expected file: read the difference first.",
    },
    Entry {
        code: "D1304",
        title: "what a step gives cannot be written in the form of a test's file",
        explanation: "`expect.PORT` names a .csv, .tsv, .jsonl or .parquet file, and the result could not be written as one. The message has the reason.",
    },
    Entry {
        code: "D1901",
        title: "a table takes no fault",
        explanation: "`fault` makes a copy of a file with one thing wrong in it, which is told as text: the file is one of separated values, not packed, of at most 512 MiB, and every row has as many cells. `ingot mutate` passes such sources over.",
    },
    Entry {
        code: "D1902",
        title: "a fault was put into a table",
        explanation: "This is only said: the message has what is wrong with the copy.",
    },
    Entry {
        code: "D1903",
        title: "what would notice a fault",
        explanation: "This is only said: a line of a contract, of `[[rules]]` or of a gate that the copy breaks and the original keeps.",
    },
];
