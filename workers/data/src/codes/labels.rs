//! D17: `labels`.

use ingot_protocol::codes::Entry;

/// The table.
pub(super) const CODES: &[Entry] = &[
    Entry {
        code: "D1701",
        title: "labels are likely wrong",
        explanation: "A model that did not learn from these rows is confident of another class than the one that they were given (confident learning, Northcutt, Jiang and Chuang 2021). A suspect is no mistake yet: look at the rows in the output `suspects`, the worst first, and correct those that are wrong by a join, as the guide on labels shows. `quarantine = { reasons = [\"predictions\"] }` leaves suspects of `train` out; a gate on `label_noise` or `suspect_fraction` holds how many there may be.",
    },
    Entry {
        code: "D1702",
        title: "equal rows have different labels",
        explanation: "Rows that are the same in every column of the role `feature` have different labels, so no model can be right of all of them. Either a label is wrong, or the columns do not hold what decides it: then the labels are drawn rather than known, and a probability is the best that can be said. Rows that are fewer than their equals with another label, or as many, are suspects. `quarantine = { reasons = [\"conflict\"] }` leaves those of `train` out.",
    },
    Entry {
        code: "D1703",
        title: "classes are unequal, or one is absent",
        explanation: "In `train` the largest class has more than `max_imbalance` rows for each row of the smallest one, or a class that the contract declares has no row. A model that always says the largest class is then nearly always right: judge it by `balanced_accuracy` or by the recall of each class, and see `balance`. Of a class without rows nothing is learned.",
    },
    Entry {
        code: "D1704",
        title: "labels drift between splits",
        explanation: "The share of the labels of a split that would have to change, so that each class has the share that it has in `train` (the total variation distance), is above `max_drift`, and chance alone would have it as far once in 100 at the most (chi-square). Where the split is by time this may be how the world changed; where it is by chance, deal the rows with `stratify = \"@label\"`.",
    },
    Entry {
        code: "D1705",
        title: "there are no labels to judge",
        explanation: "The dataset has no column of the role `label`, the label is bytes, or it is missing in every row. Give the column of the classes the role in the contract.",
    },
    Entry {
        code: "D1706",
        title: "a param says nothing here",
        explanation: "`filter`, `fraction`, `min_rows_per_class`, `quality` and `out_of_fold` say how predictions are used, and so does the reason `predictions` of `quarantine`: without `inputs.predictions` they would have no effect. `out_of_fold` speaks of predictions of the split `train`, `max_drift` of a dataset with several splits.",
    },
    Entry {
        code: "D1707",
        title: "predictions do not say which rows they are of",
        explanation: "Predictions of folds come in parts, and are put together by the key of each row. `predict` writes them; a command has to write the column `row_key` as the dataset has it (docs/reference/formats.md).",
    },
    Entry {
        code: "D1708",
        title: "predictions are of no class",
        explanation: "Confident learning compares the probability of each class of a row, so the predictions have to be of the task `binary` or `multiclass`.",
    },
    Entry {
        code: "D1709",
        title: "predictions are of rows that a model learned from",
        explanation: "The predictions are of the split `train`. A model that learned from a row repeats its label, be it wrong, so nothing would be suspect. Deal the rows by a `split` with `folds`, train on each, and give the predictions of every fold: each row is then in `test` of one. Where a command made predictions of `train` by a cross-validation of its own, say `out_of_fold = true`.",
    },
    Entry {
        code: "D1710",
        title: "predictions are of other labels",
        explanation: "The predictions carry the label of each row as the model's data had it, and the dataset has another one under the same key: it was changed since, or it is another dataset. Name the same dataset on both sides.",
    },
    Entry {
        code: "D1711",
        title: "labelled rows are not judged",
        explanation: "Rows of a split have no prediction while others have one, they have a label that no model knows, or all rows of the split that were predicted have the same label, which nothing can be mistaken for. Give the predictions of every fold; a class needs a row in the `train` of each.",
    },
    Entry {
        code: "D1712",
        title: "predictions judge no label",
        explanation: "No row of the dataset has both a label and a prediction that could speak against it. Often the predictions are of another dataset, so that no key is in both; the message has what else was found.",
    },
    Entry {
        code: "D1713",
        title: "there is no `train` to take rows out of",
        explanation: "Suspects are taken out of the split `train` alone: a model that is judged on rows whose label it contradicts has to be told so, and a test set without its difficult rows says nothing. Of a dataset that is split later nobody knows which rows will be in `test`. Put the step behind a `split`.",
    },
    Entry {
        code: "D1714",
        title: "suspects are left out of `train`",
        explanation: "The output `data` lacks the rows of `train` that the column `quarantined` of `suspects` names; every other row is there. Look at them: a rare class and a difficult case are suspects more often than others.",
    },
    Entry {
        code: "D1715",
        title: "more suspects are left out than may be",
        explanation: "`quarantine` takes more than `max_fraction` of the rows of `train` out. Often the model is weak rather than the labels wrong: look at its metrics, and at the suspects. Raise `max_fraction` where it is meant.",
    },
    Entry {
        code: "D1716",
        title: "labels cannot be read or written",
        explanation: "The Arrow library refused to choose or write the rows; the message has the reason. Report it, with the data if you can.",
    },
];
