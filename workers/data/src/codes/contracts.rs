//! D03: contracts, and what `validate` finds.

use ingot_protocol::codes::Entry;

/// The table.
pub(super) const CODES: &[Entry] = &[
    Entry {
        code: "D0301",
        title: "a contract cannot be read",
        explanation: "The file that the param `contract` names is not there, is no regular file, is not UTF-8, or has more than 64 MiB. Correct the path in the manifest, or write the file.",
    },
    Entry {
        code: "D0302",
        title: "a contract says what a contract cannot",
        explanation: "The file is no TOML, or a key, a type, a role or a value in it is none that a contract has; the message has the place. docs/reference/contract.md lists them. The same mistake is told while planning, as E0223.",
    },
    Entry {
        code: "D0303",
        title: "values are not of the column's type",
        explanation: "The contract gives the column a type, or says of its values what only a type has, and some cells are no such values. From there on they count as missing. The message names the first place. Correct the data; say in the source's format which texts mean a missing value (`nulls = [\"?\"]`); or give the column another `type`.",
    },
    Entry {
        code: "D0304",
        title: "values are missing",
        explanation: "A column has no missing values unless the contract says `nullable = true`. Fill the values, or say so:\n\n    [columns.age]\n    nullable = true\n    max_null_fraction = 0.05",
    },
    Entry {
        code: "D0305",
        title: "too many values are missing",
        explanation: "More rows lack a value than `max_null_fraction` of the contract allows. Find out where they went, or raise the fraction.",
    },
    Entry {
        code: "D0306",
        title: "values are out of their bounds",
        explanation: "Values are below `min` or above `max` of the contract, or below 0 in a column with the role `weight`. They are compared at full precision. Correct the data, or the bound.",
    },
    Entry {
        code: "D0307",
        title: "values are not in the set",
        explanation: "The contract lists the only values of the column in `set`, and others are there. Upper and lower case and white space count: `trim = true` in the source's format leaves white space out. Correct the data, or add the value.",
    },
    Entry {
        code: "D0308",
        title: "values are there twice",
        explanation: "The contract says `unique = true` of the column, and rows repeat an earlier value. In an `int64` column `7` and `007` are one value. Remove the rows, or the promise.",
    },
    Entry {
        code: "D0310",
        title: "the pixels are no image of that size",
        explanation: "`[image] columns` finds another number of columns than height x width x channels. Correct the pattern or the size: `columns = \"pixel_*\"` takes every column whose name begins with `pixel_`.",
    },
    Entry {
        code: "D0311",
        title: "a pixel is no number",
        explanation: "A column that `[image] columns` finds holds what cannot be made a number. Narrow the pattern, or correct the column.",
    },
    Entry {
        code: "D0312",
        title: "a table gives no dataset",
        explanation: "No column of the table is kept, since the contract names none of them and says `unknown_columns = \"ignore\"`; or the columns could not be put together, and the message has the library's reason. Name the columns in the contract, or leave `unknown_columns` out.",
    },
    Entry {
        code: "D0313",
        title: "a table has too few or too many rows",
        explanation: "The table has fewer rows than `min_rows`, or more than `max_rows`, of `[table]` in the contract. Often a file is missing or cut off, or is there twice. Look at the source, or correct the bound. A table without a row is told as a warning where the contract has no `min_rows`.",
    },
    Entry {
        code: "D0314",
        title: "a column of the contract is not there",
        explanation: "The contract names a column that the table does not have; the message lists those that it has. What was promised of the column was not looked at. Correct the name, which counts upper and lower case; say how the file is read (`header`, `columns`, `delimiter` of the source's format); or take the column out of the contract.",
    },
    Entry {
        code: "D0315",
        title: "a column is not in the contract",
        explanation: "The contract says `unknown_columns = \"refuse\"`, and the table has a column that it does not name. Add it as `[columns.NAME]`, or say `keep`, which makes such columns features, or `ignore`, which leaves them out.",
    },
    Entry {
        code: "D0316",
        title: "rows repeat values that are unique together",
        explanation: "The contract lists columns in `[table] unique` whose values, taken together, differ in every row, and rows repeat those of an earlier one. Remove the rows, or correct the list.",
    },
    Entry {
        code: "D0317",
        title: "values are NaN",
        explanation: "A float that is no number keeps no promise: it is in no bounds and in no set, and is no class. The finding has the column's severity where the contract promises something that NaN breaks, else it is a warning. Say what it is:\n\n    [columns.income]\n    nan = \"null\"    # a missing value; or \"allow\"",
    },
    Entry {
        code: "D0318",
        title: "values are infinite",
        explanation: "A warning: the column has values without end, and the contract does not bound it on both sides. Sums over it are infinite too. Correct the data, or set `min` and `max`.",
    },
    Entry {
        code: "D0319",
        title: "a contract contradicts itself",
        explanation: "No table could keep it: `min` above `max`, a `set` outside of the bounds, `max_null_fraction` above 0 in a column that is not `nullable`, `min_rows` above `max_rows`, two labels. The message has the place. The same mistake is told while planning, as E0224.",
    },
    Entry {
        code: "D0320",
        title: "a file that looks like a table was passed over",
        explanation: "A warning: of a source's folder, names that begin with `_` or `.` are passed over, as Spark and Arrow do, and this one ends as a table does. Rename the file if its rows belong to the table. If they do not, leave it out by name: `exclude` in the source.",
    },
    Entry {
        code: "D0321",
        title: "nothing learns from a sensitive column",
        explanation: "This is only said, and counts as no finding: the contract gives the column the role `sensitive`, so it stays in the dataset and is no feature. Give it the role `feature` if a model is to learn from it.",
    },
    Entry {
        code: "D0322",
        title: "a column has a name that datasets keep",
        explanation: "`row_key` is the key of a row and `row_parents` are those of the rows that it was made of. A source with a column of such a name cannot become a dataset: rename the column.",
    },
    Entry {
        code: "D0323",
        title: "rows are there twice",
        explanation: "Said, and no mistake by itself: rows of a split that equal an earlier one in every column which neither names a row (`id`) nor is `personal`. `split` never parts them. `[table] unique` in the contract makes it one.",
    },
    Entry {
        code: "D0324",
        title: "values do not match the pattern",
        explanation: "The contract says `pattern` of the column, a regular expression that the whole text matches, and other values are there. Correct the data, or the pattern: `.*` on both sides finds a part. It is one of Rust's `regex` crate.",
    },
    Entry {
        code: "D0325",
        title: "texts are too short or too long",
        explanation: "Values have fewer characters than `min_length` of the contract, or more than `max_length`. Characters are Unicode scalar values, not bytes. Correct the data, or the bound.",
    },
    Entry {
        code: "D0326",
        title: "values are out of order",
        explanation: "The contract says `monotonic` of the column, and within a split a value does not follow the last one that kept that order. Missing values and NaN stand nowhere. Sort the data, remove the rows, or let `severity = \"quarantine\"` take them out.",
    },
    Entry {
        code: "D0327",
        title: "values are no times",
        explanation: "The contract says `newest` of the column, and a text in it is no date as ISO 8601 writes it: `2026-11-01`, `2026-11-01T08:30:00Z`, `2026-11-01 08:30:00.5+01:00`. Whole numbers are seconds since 1970. Correct the data, or leave the promise out.",
    },
    Entry {
        code: "D0328",
        title: "data are older than the contract allows",
        explanation: "The newest value of the column is before the date that `newest` of the contract declares. No clock is read: the date is the contract's. Fetch newer data, or correct the date.",
    },
    Entry {
        code: "D0329",
        title: "values are not in the column that they refer to",
        explanation: "The contract says `references = \"customers.id\"`, and values are not in the column `id` of the table on `inputs.customers`. Both are compared in the type of the column that refers. Correct the data, or give the step the table with the missing rows.",
    },
    Entry {
        code: "D0330",
        title: "a rule is broken",
        explanation: "A rule of the contract is false for rows, or for the table. A rule that is null is kept, as a CHECK of SQL is: add `and x is not null` where a missing value breaks it. Correct the data, or the rule.",
    },
    Entry {
        code: "D0331",
        title: "a rule cannot be judged",
        explanation: "A rule of the contract divides a whole number by zero, leaves 64 bits, or casts a text that is no number, and the message has the first row; or it names a column that the table does not have or takes it for another type than it has. What is not needed is no fault: write `b <> 0 and a / b > 1`, or `case when b <> 0 then a / b end`.",
    },
    Entry {
        code: "D0332",
        title: "a table of the contract is not there",
        explanation: "The contract names the table on another port, by `references = \"customers.id\"` or in a rule as `(select sum(paid) from orders)`, and the step has no such port, or the table no such column. Add it:\n\n    [steps.check]\n    kind = \"validate\"\n    inputs.data = \"visits\"\n    inputs.customers = \"customers\"",
    },
    Entry {
        code: "D0333",
        title: "too many rows are in quarantine",
        explanation: "Promises and rules of severity `quarantine` took more of a split's rows out than `[table] max_quarantine_fraction` allows, 0.01 where the contract does not say. Data of which so much is wrong are not the data that the contract describes. Look at the rows, correct the data or the rule, or raise the fraction.",
    },
    Entry {
        code: "D0334",
        title: "a distribution is another than before",
        explanation: "The contract says `distribution` of the column, and the values differ from those of the table on that port by more than `max`, or by more than chance gives as often as `alpha`. The message has the statistic, what chance alone gives, and the p-value, adjusted for the columns of the split. Look at both profiles. If the world has changed, take a newer reference.",
    },
    Entry {
        code: "D0335",
        title: "a distribution cannot be compared",
        explanation: "The table on the port that the contract's `distribution` names has no such column, has other values there than the test compares, or too few; or its profile has other splits, or more different values than it counts. `ks` and `wasserstein` compare numbers, `chi_square` categories, the others both. Give the step another table, or correct the contract.",
    },
    Entry {
        code: "D0336",
        title: "a draft is no contract",
        explanation: "What `ingot contract infer` wrote cannot be read as a contract, which is a mistake of ours: the name of a column, or a value, is written in a way that TOML reads otherwise. Write the contract by hand, and report it with the names of the columns.",
    },
    Entry {
        code: "D0337",
        title: "a file is no templates",
        explanation: "The file that the param `templates` names cannot be read, or a line of it, which the message has, is none: the first is `templates 1 COLUMN`, each other one an id, a space and a template, and no id is there twice. `ingot contract infer DATA --templates COLUMN` drafts one.",
    },
    Entry {
        code: "D0338",
        title: "templates of a column that is not there",
        explanation: "The first line of the file of templates names a column that the table does not have, or the table has a column `template` already, which is the one that is added. Correct the name, or rename the column.",
    },
    Entry {
        code: "D0339",
        title: "a text has a template that was never seen",
        explanation: "A warning: with numbers, addresses and paths masked, the text is none of the templates of the file, so something new has happened, or the program that writes the lines has changed. The row's `template` is missing. Look at the line; if it is fine, draft the file again, which keeps the ids of the templates that were there.",
    },
    Entry {
        code: "D0340",
        title: "the page of a profile cannot be written",
        explanation: "The system refused the file `profile.html`; the message has the path and the reason. Look at the room on the disk, then build again.",
    },
    Entry {
        code: "D0341",
        title: "values cannot be held to be compared",
        explanation: "Whether a value is there twice is found by its hash; hashes that are too many for memory wait in a file of the step's temporary folder, and the system refused it. The message has the folder and the reason. Give its disk more room: 8 bytes for each row and promise of `unique`.",
    },
    Entry {
        code: "D0342",
        title: "a contract and images do not fit",
        explanation: "A source of the format `images` has the column `image`, bytes that no other type holds, and needs no `[image]` in the contract, which makes an image of columns of pixels. Leave `[image]` out, and `type` of `[columns.image]`.",
    },
    Entry {
        code: "D0343",
        title: "a source changed while it was read",
        explanation: "The rows of a source are read once to be judged and once to be written, and the second time other rows were there. Build again when nobody writes the file.",
    },
];
