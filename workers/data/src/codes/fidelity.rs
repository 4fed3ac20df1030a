//! D20: `fidelity`.

use ingot_protocol::codes::Entry;

/// The table.
pub(super) const CODES: &[Entry] = &[
    Entry {
        code: "D2001",
        title: "a column cannot be held against its synthetic one",
        explanation: "Measured are the columns of the roles `feature` and `label`, or those that `columns` names: both datasets have to have them, of one type, and they hold numbers, texts, truth values, dates or times. A `personal` column is never measured. Name those that both have by `columns`.",
    },
    Entry {
        code: "D2002",
        title: "`records` says nothing without a holdout",
        explanation: "`records` bounds how many rows of each dataset are held against each other, which is done against a holdout alone: real rows that the synthetic ones were not made from. Give `inputs.holdout`, often the dataset itself, whose `test` the port reads.",
    },
    Entry {
        code: "D2003",
        title: "there are no rows to hold against each other",
        explanation: "A port has no row in the splits that it reads: `train` of `real` and `synthetic`, `test` of `holdout`. Write `step.data/NAME` behind the port to read another split.",
    },
    Entry {
        code: "D2004",
        title: "a measure is undefined",
        explanation: "A side of a column has no value, a column is constant or not correlated with another one, so that there is no correlation to keep, or a number is infinite, so that no distance to it is finite. The measure is left out, and out of the mean.",
    },
    Entry {
        code: "D2005",
        title: "rows cannot be measured",
        explanation: "The Arrow library refused to cast or choose the rows; the message has the reason. Report it, with the data if you can.",
    },
];
