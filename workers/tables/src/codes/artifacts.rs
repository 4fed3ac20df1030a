//! D01: datasets and predictions; D0004, what cannot be checked.

use ingot_protocol::codes::Entry;

/// The table.
pub(super) const CODES: &[Entry] = &[
    Entry {
        code: "D0004",
        title: "the data worker checks no such type",
        explanation: "It checks `dataset`, `findings`, `metrics`, `predictions` and `report`. `ingot` asked for another type, so the two are of different versions: install both from one release.",
    },
    Entry {
        code: "D0101",
        title: "a file of a dataset cannot be read or written",
        explanation: "The system refused it; the message has the path and the reason. Look at the rights and at the room on the disk, then build again. A dataset that a command writes is a folder with `dataset.json` and `data/`.",
    },
    Entry {
        code: "D0102",
        title: "a dataset's rows are not readable Parquet",
        explanation: "A file of `data/` is not Parquet, is cut off, or contradicts its own footer. Rows are taken whole or not at all. If a command or a plugin wrote the dataset, look at what it writes; else make the dataset again: `ingot build --rerun STEP`.",
    },
    Entry {
        code: "D0103",
        title: "a folder is no dataset",
        explanation: "`dataset.json` is not there, or is not what it should be: it says the columns with their types and roles. A dataset is a folder with `dataset.json` and `data/SPLIT-00000-of-00001.parquet`. If a command wrote it, it has to write both.",
    },
    Entry {
        code: "D0104",
        title: "a dataset is of another version",
        explanation: "`dataset.json` says a version that this worker does not read. It does not guess what another version means. Make the dataset again with the workers that you have, or install those that it was made with.",
    },
    Entry {
        code: "D0105",
        title: "a dataset's schema contradicts itself",
        explanation: "In `dataset.json` two columns have one name, several have the role `label`, or the modality and the part `image` do not fit: images need a column of type `binary` and a size, a table has neither. Correct what writes the dataset.",
    },
    Entry {
        code: "D0106",
        title: "a dataset has no such split",
        explanation: "A step reads a split that the dataset does not have; the message lists those that it has. Name one of them, or add the split to `fractions` of the `split` step.",
    },
    Entry {
        code: "D0107",
        title: "a file of a dataset belongs to no split",
        explanation: "Each split is one file, `data/SPLIT-00000-of-00001.parquet`, or several, numbered from 0, of which all are there; in the place of a file may stand a folder of Parquet files. A split's name is of letters, digits and `_`. Another Parquet file in `data/` would be passed over without a word, so it is refused. Rename it or take it out.",
    },
    Entry {
        code: "D0108",
        title: "a dataset's rows lack a column",
        explanation: "`dataset.json` names a column that the Parquet file of a split does not have. Correct what writes the dataset: every split has every column of the schema.",
    },
    Entry {
        code: "D0109",
        title: "a column of a dataset is of another type",
        explanation: "A Parquet file of the dataset holds another type than `dataset.json` says. Values are not converted on the way, since that could change them. Write the column in the type of the schema, or correct the schema.",
    },
    Entry {
        code: "D0110",
        title: "values are missing where a dataset's schema allows none",
        explanation: "`dataset.json` says that the column is not nullable, and rows of a split have no value there. Fill the values, or write `nullable: true`.",
    },
    Entry {
        code: "D0111",
        title: "a column cannot be labels",
        explanation: "Labels, strata and groups are whole numbers, other numbers, truth values or text. The named column holds something else, such as images, or is not there. Name another column, or give another one the role in the contract.",
    },
    Entry {
        code: "D0112",
        title: "a file of a dataset asks for too much memory",
        explanation: "What a Parquet file says of its sizes is looked at before room is taken: it may ask for 1 GiB, and for 256 bytes more for each of its own. A small file that asks for more is damaged, or made to harm. Make the dataset again, or ask whoever made it.",
    },
    Entry {
        code: "D0113",
        title: "the decoder stopped at a file of a dataset",
        explanation: "The bytes claim to be Parquet, and the decoder gave up on them: no usual writer makes such a file. Make the dataset again, or ask whoever made it.",
    },
    Entry {
        code: "D0114",
        title: "a label measures something",
        explanation: "The label is many different numbers, such as prices, and a classifier would take each for a class of its own. Numbers are taken for classes where the contract declares them by `set`, where there are 20 of them at most, or where whole numbers have ten rows each, on average. If the values are classes, list them:\n\n    [columns.grade]\n    role = \"label\"\n    set = [1, 2, 3]\n\nIf they measure, label ranges of the value, or train by a command.",
    },
    Entry {
        code: "D0115",
        title: "a column weighs rows, and training does not",
        explanation: "The contract gives a column the role `weight`. Training does not weigh rows yet, and a model that passed the weights over would not be the one that was asked for. Give the column the role `ignore`, or train by a command that weighs by it.",
    },
    Entry {
        code: "D0116",
        title: "a dataset has no split",
        explanation: "A command wrote `dataset.json` and no rows that belong to a split, so no step could read it. Write one Parquet file a split, `data/SPLIT-00000-of-00001.parquet`; a dataset that was never split has the split `all`.",
    },
    Entry {
        code: "D0117",
        title: "two columns of a dataset have one name",
        explanation: "A Parquet file has a column of `dataset.json` twice, and nothing says which one is meant. Rename one of them in what writes the dataset.",
    },
    Entry {
        code: "D0118",
        title: "an image of a dataset has another size",
        explanation: "Images are raw bytes, `channels * height * width` of them: channel by channel, line by line, one byte a value. The named row has another number of bytes, such as a compressed picture has. Decode the picture before it is written, or correct `image` in `dataset.json`.",
    },
    Entry {
        code: "D0119",
        title: "row keys are no row keys",
        explanation: "In version 2 of a dataset each file has a last column `row_key` of 16 bytes a row, none missing. Write it as docs/formats.md says, or write version 1, whose rows are given keys when they are read.",
    },
    Entry {
        code: "D0120",
        title: "row parents are no row parents",
        explanation: "A file of a dataset may have the column `row_parents` behind `row_key`: of a row that was made of others the list of their keys, 16 bytes each, and null of a row that was read. An empty list, a missing key and a key of another length are neither. Correct what writes the dataset, or leave the column out.",
    },
    Entry {
        code: "D0121",
        title: "a file of predictions cannot be read or written",
        explanation: "The system refused it; the message has the path and the reason. Look at the rights and at the room on the disk, then build again. Predictions that a command writes are a folder with `predictions.json` and `data/`.",
    },
    Entry {
        code: "D0122",
        title: "predictions are not readable Parquet",
        explanation: "A file of `data/` is not Parquet, is cut off, or contradicts its own footer. Make the predictions again; if a command or a plugin wrote them, look at what it writes.",
    },
    Entry {
        code: "D0123",
        title: "a folder is no predictions",
        explanation: "`predictions.json` is not there, or is not what it should be: it says the task and the classes. Predictions are a folder with `predictions.json` and `data/SPLIT-00000-of-00001.parquet`.",
    },
    Entry {
        code: "D0124",
        title: "predictions are of another version",
        explanation: "`predictions.json` says a version that this worker does not read. Make the predictions again with the workers that you have.",
    },
    Entry {
        code: "D0125",
        title: "a column of predictions is not as it should be",
        explanation: "Each row has `row` (a whole number from 0, once in a split) and the columns of the task that `predictions.json` names:\n\n* `binary`, `multiclass`: `label` and `predicted` (text), `probabilities` (a list of numbers, one for each of `classes`)\n* `multi-label`: the same, with lists of text\n* `regression`: `label` and `predicted` (finite numbers)\n* `ranking`: `group` (text), `label` (from 0) and `predicted` (numbers)\n* `language`: `tokens` (a whole number) and `loss` (from 0)\n\nOnly `label` may be missing; pandas writes NaN as a missing value. The message names the column and what is wrong with it. Correct what writes the predictions.",
    },
    Entry {
        code: "D0126",
        title: "the predictions have no such split",
        explanation: "A step reads a split that was not predicted; the message lists those that were. Name one of them, or predict the split too.",
    },
    Entry {
        code: "D0127",
        title: "a file of predictions belongs to no split",
        explanation: "Each split is one file, `data/SPLIT-00000-of-00001.parquet`, or several, numbered from 0, of which all are there. A split's name is of letters, digits and `_`. Rename the file in what writes the predictions.",
    },
    Entry {
        code: "D0128",
        title: "a file of predictions asks for too much memory",
        explanation: "What a Parquet file says of its sizes is looked at before room is taken: it may ask for 1 GiB, and for 256 bytes more for each of its own. A small file that asks for more is damaged, or made to harm. Make the predictions again.",
    },
    Entry {
        code: "D0129",
        title: "the decoder stopped at a file of predictions",
        explanation: "The bytes claim to be Parquet, and the decoder gave up on them: no usual writer makes such a file. Make the predictions again.",
    },
    Entry {
        code: "D0130",
        title: "predictions have no split",
        explanation: "A command wrote `predictions.json` and no rows that belong to a split. Write one Parquet file a split, `data/SPLIT-00000-of-00001.parquet`.",
    },
    Entry {
        code: "D0131",
        title: "predictions contradict themselves",
        explanation: "`predictions.json` names a task that nobody knows, no class where the task has classes (`binary` has two), `classes` where it has none, or one class twice. The tasks are `binary`, `multiclass`, `multi-label`, `regression`, `ranking` and `language`. Correct what writes the predictions.",
    },
];
