//! D12: fitted operations and their state.

use ingot_protocol::codes::Entry;

/// The table.
pub(super) const CODES: &[Entry] = &[
    Entry {
        code: "D1201",
        title: "a fitted state cannot be read or written",
        explanation: "`fitted.json` is not there, is no state, or the system refused it; the message has the path and the reason. Take the file that a step of the kind `fit` gives, unchanged: docs/reference/formats.md says what is in it.",
    },
    Entry {
        code: "D1202",
        title: "a fitted state is of another version",
        explanation: "The state says a version that this worker does not read. Fit the operations again with the workers that you have.",
    },
    Entry {
        code: "D1203",
        title: "a fitted state contradicts itself",
        explanation: "Edges that do not ascend, categories that are not sorted, a scale of 0, a value of another type than its column, or a digest that is another state's. Nobody needs to write a state by hand: take it from a step of the kind `fit`, unchanged.",
    },
    Entry {
        code: "D1204",
        title: "an operation names a column that is not there",
        explanation: "The message lists the columns that the rows have at this place. An operation sees what those before it made: behind `encode` with `one-hot` the column itself is gone. `@numeric` and `@text` select the features of these types, and there must be one.",
    },
    Entry {
        code: "D1205",
        title: "an operation names a column of a role that it does not take",
        explanation: "Operations change features, and columns of the roles `sensitive` and `ignore`. A label is what a model predicts, and stays as it is; an id, a group, a time and a weight say something of the row. A state can hold values of its columns, and those of a `personal` one stand in no artifact but the dataset: redact it in a `transform`, or give it another role in the contract.",
    },
    Entry {
        code: "D1206",
        title: "an operation names a column of a type that it does not take",
        explanation: "`scale` and `bucket` take numbers, `impute` with mean and median too; `encode` takes text, whole numbers and truth values; `hash` and `text-statistics` take text. Rows that a state is applied to have the types of those it was fitted on. Leave the column out, or cast it in a `transform`.",
    },
    Entry {
        code: "D1207",
        title: "an operation has nothing to learn from",
        explanation: "The column has no value in any row of `train`, so it has no mean, no category and no range. Leave it out, or put a constant there before: { impute = { columns = [\"x\"], strategy = \"constant\", value = 0 } }.",
    },
    Entry {
        code: "D1208",
        title: "operations learn or make too much",
        explanation: "A state is read by everything that reads the rows, so it is bounded: 1,000 categories of a column for `one-hot`, 100,000 for `ordinal`, 1,024 bytes a category, 16 MiB in all, and 16,384 columns of a table. A column of so many categories is often an id. `hash` takes any number of them; or join rare ones in a `transform`. Numbers whose sum is no number are too large, too.",
    },
    Entry {
        code: "D1209",
        title: "an operation makes a column that is there already",
        explanation: "New columns are named after the old one: NAME_missing, NAME_VALUE, NAME_length. Another column has such a name. Rename it in a `transform`.",
    },
    Entry {
        code: "D1210",
        title: "an operation learns from a number that is infinite",
        explanation: "A mean with an infinite number in it is infinite. The message has the column and the row of `train`. Make such values null in a `transform`, and impute them.",
    },
    Entry {
        code: "D1211",
        title: "operations that cannot be",
        explanation: "`operations` lists tables of one key each, the operation, such as { scale = { columns = [\"age\"], method = \"standard\" } }. `value` is for `impute` with a constant, of the column's type; `bins` for `bucket` by `uniform` and `quantile`; `edges`, ascending, for `bucket` by `edges`; the columns of one `hash` have one role. docs/reference/preprocess.md lists all keys.",
    },
    Entry {
        code: "D1212",
        title: "rows went through another preprocessing",
        explanation: "A model says which fitted states its training rows went through, and rows say the same of themselves. What rows lack at the end is applied by `predict`; another state is refused, since the same number would mean something else. Predict on rows from before their `preprocess` step, or on those of the same `STEP/fit`; or train again.",
    },
    Entry {
        code: "D1213",
        title: "the library refused an operation",
        explanation: "The Arrow library refused to change the rows; the message has its reason. Report it, with the data if you can.",
    },
];
