//! D04: `split`.

use ingot_protocol::codes::Entry;

/// The table.
pub(super) const CODES: &[Entry] = &[
    Entry {
        code: "D0401",
        title: "a dataset has no split",
        explanation: "The folder `data/` of the dataset has no Parquet file, so there are no rows to deal. A dataset that `validate` writes has the one split `whole`; look at what wrote this one.",
    },
    Entry {
        code: "D0402",
        title: "fractions do not add up to 1",
        explanation: "Every row is in exactly one split, so the fractions are shares of the whole. Let them add up to 1; rows that nobody is to read can have a split of their own:\n\n    fractions = { train = 0.1, rest = 0.9 }",
    },
    Entry {
        code: "D0403",
        title: "a param names a column that is not there",
        explanation: "`stratify`, `group` or `time` names a column, or `@ROLE` a role, that the dataset does not have, or `labels_per_class` needs a label and there is none. Correct the name, or give a column the role in the contract.",
    },
    Entry {
        code: "D0404",
        title: "a row has no group, or no time",
        explanation: "Rows are kept together by a group, or dealt by a time, and this row has none. It could go anywhere, and nobody could tell what leaked. Give every row a value, or leave such rows out.",
    },
    Entry {
        code: "D0405",
        title: "a class has too few rows to keep labels of",
        explanation: "`labels_per_class` keeps that many labels of each class in `train`, and a class has fewer rows there. Lower the number, or give `train` a larger fraction.",
    },
    Entry {
        code: "D0408",
        title: "rows cannot be dealt",
        explanation: "The Arrow library refused to join, choose or change the rows; the message has its reason. Report it, with the data if you can.",
    },
    Entry {
        code: "D0409",
        title: "several columns have the role that a param names",
        explanation: "`@ROLE` stands for the one column of that role, and the dataset has several; the message lists them. Name the column itself.",
    },
    Entry {
        code: "D0410",
        title: "a split would be empty",
        explanation: "A fraction is so small, or rows come in so few groups, that no row is left for the split. What is measured on no rows is no measure. Give the split a larger fraction or more rows, or leave it out and let the others add up to 1.",
    },
    Entry {
        code: "D0411",
        title: "there is no `train` to keep labels in",
        explanation: "`labels_per_class` takes labels away in the split `train`, and no fraction names it. Add `train` to the fractions, or leave `labels_per_class` out.",
    },
    Entry {
        code: "D0412",
        title: "a split misses its fraction",
        explanation: "A warning: rows of one group, or of one time, stay together, so a split has more or fewer rows than its fraction says; the message has both numbers. More and smaller groups come closer. Nothing is to be done if the numbers will do.",
    },
    Entry {
        code: "D0413",
        title: "values are not in every split",
        explanation: "A warning: values of the column that `stratify` names have too few rows to be in every split. The shares hold for the whole. A measure of such a class stands on no rows in some split: collect more of them, or put rare values together.",
    },
    Entry {
        code: "D0414",
        title: "rows cannot be dealt by time",
        explanation: "`time` gives the earliest rows to `train`, the next to `valid` and the latest to `test`. So the splits have these names; it stands without `stratify` and without a group; and the column is numbers, or text whose order is that of time, such as 2024-05-31.",
    },
    Entry {
        code: "D0415",
        title: "rows with a time are dealt at random",
        explanation: "A warning: a column has the role `time`, and `train` gets later rows than `test`, so a measure on `test` says little of the future. `time = \"@time\"` deals by it. If the order means nothing, give the column another role.",
    },
    Entry {
        code: "D0416",
        title: "the label measures something",
        explanation: "A warning: the label is many different numbers, and a classifier would take each for a class. `train` refuses them. If they are classes, declare them by `set` in the contract; else label ranges of the value, or train by a command.",
    },
    Entry {
        code: "D0417",
        title: "which split is dealt is not clear",
        explanation: "Of a dataset with several splits `train` is dealt, and the others stay as they are. So one of them is `train`, and the fractions, which are of `train` alone, name none of the others.",
    },
    Entry {
        code: "D0418",
        title: "a row's place cannot be decided twice",
        explanation: "`assign = \"sticky\"` puts a row where its own draw says, so that no row ever moves. Shares of each value (`stratify`) and an order of time (`time`) need to know the other rows. Leave one of them out.",
    },
    Entry {
        code: "D0419",
        title: "there are not so many folds",
        explanation: "Each fold has at least one row. Equal rows and the rows of one group stay together, so there may be fewer to deal than there are rows: take fewer folds, or another group. Which fold is `test` is set by the axis `fold`, from 1 to the number of folds.",
    },
    Entry {
        code: "D0420",
        title: "rows are dealt after something was learned from them",
        explanation: "The rows went through a `preprocess` step, whose `STEP/fit` learned from all rows of `train`. What this step takes out of `train` had a part in that, so it judges a model with rows that the model knows something of. Put `preprocess` behind the `split` step.",
    },
    Entry {
        code: "D0421",
        title: "datasets that are dealt together differ",
        explanation: "Several datasets on the port are dealt as one, so they have the same columns, types and roles. Types that nobody declares follow from the cells, and may differ from day to day: say the type of each column in the contract.",
    },
    Entry {
        code: "D0422",
        title: "equal rows stand in more than one split",
        explanation: "An error: rows that are the same in every column which is neither `id` nor `personal` stand in several splits, of which one at least was given. What a model saw in one it knows in the other, so a measure there is too good. Take the rows out of one of them by a `transform`; or, where they are different cases that the columns cannot tell apart, let somebody answer for it: `[[waivers]]` with `finding = \"leak.duplicate\"` and their number.",
    },
    Entry {
        code: "D0423",
        title: "a group stands in more than one split",
        explanation: "An error: rows of one group (a patient, a document, a sequence) stand in several splits, of which one at least was given. A model may know the group and not the case. Give each group to one split, or deal all rows here.",
    },
    Entry {
        code: "D0424",
        title: "a given split begins before the rows end that a model learns from",
        explanation: "Rows are dealt by time, and a split that was given has rows which are no later than the last of them: an error. A model would be judged on days that it learned from. Deal all rows by time here, or give a split that begins later. `validate` says the same of given splits whose rows have a time, as a warning: nobody said there that one stands behind the other.",
    },
    Entry {
        code: "D0425",
        title: "a row was made of one that stands in another split",
        explanation: "An error: `augment`, `balance` or another step made rows of ones that stand in another split: their column `row_parents` says of which. Put the step that makes rows behind the step that splits: it changes `train` alone.",
    },
    Entry {
        code: "D0426",
        title: "rows that were made would judge a model",
        explanation: "An error: rows that a step made of others (copies, SMOTE, synthesis) are dealt, and some would be in a split that models are judged on. What is measured there is not what comes in life. Put the step that makes rows behind the step that splits: it changes `train` alone.",
    },
];
