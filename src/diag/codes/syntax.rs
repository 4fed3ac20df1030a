//! E01: a manifest that is not one.

use super::Code;

/// The table.
pub(super) const CODES: &[Code] = &[
    Code {
        code: "E0101",
        title: "the manifest is not UTF-8",
        explanation: "TOML is UTF-8. The place is the first byte that is not. Save the file as UTF-8, without a byte order of another encoding.",
    },
    Code {
        code: "E0102",
        title: "the manifest is too big",
        explanation: "A manifest is read whole, and says what to do with data; it does not hold data. Put the data into files and name them in [sources].",
    },
    Code {
        code: "E0103",
        title: "the manifest is not TOML",
        explanation: "The parser could not go on here. Texts stand in quotes, keys have one `=`, a table is `[name]`:\n\n    [steps.check]\n    kind = \"validate\"",
    },
    Code {
        code: "E0104",
        title: "values are nested too deep",
        explanation: "No step needs such depth; the limit keeps a hostile file from exhausting the stack.",
    },
    Code {
        code: "E0105",
        title: "a number is out of range",
        explanation: "Whole numbers have 64 bits and a sign; other numbers are finite. `nan` and `inf` have no place in a manifest, because they are not equal to themselves in every tool.",
    },
];
