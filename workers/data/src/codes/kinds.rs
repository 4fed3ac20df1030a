//! D05 to D10: `augment`, `fit`, `evaluate`, `package`, `document`, `select`.

use ingot_protocol::codes::Entry;

/// The table.
pub(super) const CODES: &[Entry] = &[
    Entry {
        code: "D0501",
        title: "there are no images to augment",
        explanation: "`augment` turns, moves and scales images, and the dataset is a table. If its columns are pixels, say so in the contract:\n\n    [image]\n    columns = \"pixel_*\"\n    height = 8\n    width = 8\n    channels = 1\n    max = 16",
    },
    Entry {
        code: "D0502",
        title: "there is no `train` to augment",
        explanation: "Only rows of the split `train` are copied: a copy in another split would be measured as if it were new. Put the step behind a `split` step.",
    },
    Entry {
        code: "D0503",
        title: "rows cannot be augmented",
        explanation: "The Arrow library refused to copy the rows; the message has its reason. Report it, with the data if you can.",
    },
    Entry {
        code: "D0601",
        title: "there is no `train` to fit on",
        explanation: "Operations learn from the rows of the split `train` alone, so that no row that judges a model has a part in what the model sees. A dataset that was never split has no such rows. Put the step behind a `split` step; where all rows are for training, give them as `inputs.data = { train = \"rows\" }` to the `validate` step.",
    },
    Entry {
        code: "D0701",
        title: "there are no predictions",
        explanation: "`evaluate` measures predictions, and has none. Give `inputs.predictions`, or `inputs.model` and `inputs.data`, of which a step is made that predicts.",
    },
    Entry {
        code: "D0702",
        title: "no row has a label",
        explanation: "Predictions are compared with labels, and no row has one. Evaluate on a split with labels, such as `inputs.data = \"split.data/test\"`, and look whether the contract gives a column the role `label`.",
    },
    Entry {
        code: "D0703",
        title: "predictions are of different rows",
        explanation: "Models are compared row by row: the replicates with each other, and with the baseline. These predictions have other rows or other labels. Predict the same split of the same data with every model.",
    },
    Entry {
        code: "D0704",
        title: "`positive` is no class",
        explanation: "The param names the class that counts as positive where there are two, and neither the models nor the labels have it. The message lists the classes. By itself it is the last one. Only `binary` and `multiclass` have one.",
    },
    Entry {
        code: "D0707",
        title: "a metric has a name that `evaluate` uses",
        explanation: "A kind that `metrics` lists reports a metric that `evaluate` measures itself. A gate on it could mean either. Let that kind report it under another name, such as `my_accuracy`.",
    },
    Entry {
        code: "D0708",
        title: "predictions are of different tasks",
        explanation: "The replicates and the baseline are compared row by row, so all of them answer one question: `predictions.json` says the `task`. A class and a number for the same rows have no metric in common. Evaluate them in steps of their own.",
    },
    Entry {
        code: "D0710",
        title: "rows without a label are not evaluated",
        explanation: "This is only said: the message has their number, and the metrics are over the other rows.",
    },
    Entry {
        code: "D0711",
        title: "a metric is undefined",
        explanation: "A warning: the metric cannot be computed of these rows, and the message says why. `roc_auc` ranks rows of a class against the others, and there are rows of one class alone, or none of a class; `r2` needs labels that vary, `ndcg` a relevant row. The metric is left out, and a gate on it does not pass. Evaluate on more rows, or stratify the split by the label.",
    },
    Entry {
        code: "D0712",
        title: "several splits are measured as one",
        explanation: "A warning: the predictions have several splits, and all of their rows are measured together. Where one of them is `train`, the model is measured on what it learned from. Name the split: `inputs.predictions = \"fit.guesses/test\"`.",
    },
    Entry {
        code: "D0713",
        title: "predictions of folds are measured together",
        explanation: "Said, and no mistake: the predictions are of different rows, and together they have each row once a repeat, as those of the folds of a `split` do. So each repeat is one replicate, whose rows nobody learnt from. Which predictions belong together is told by the column `row_key`.",
    },
    Entry {
        code: "D0801",
        title: "a bundle cannot be made",
        explanation: "A file of the model, the dataset or the bundle cannot be read or written; the message has the path and the reason. A model is a folder with `model.json` and its weights. If a command wrote it, look at what it writes; else look at the room on the disk.",
    },
    Entry {
        code: "D0901",
        title: "there is nothing to document",
        explanation: "`document` writes a page about what is on its ports, and they are all empty. Give `inputs.report`, `inputs.model` or `inputs.data`.",
    },
    Entry {
        code: "D0902",
        title: "a template cannot be read",
        explanation: "The file that `card_template`, `datasheet_template` or `html_template` names is not there, is no regular file, is not UTF-8, or has more than 64 MiB. Correct the path, or leave the param out: each page has a template of its own.",
    },
    Entry {
        code: "D0903",
        title: "a page cannot be written",
        explanation: "The system refused it; the message has the path and the reason. Look at the room on the disk, then build again.",
    },
    Entry {
        code: "D0904",
        title: "a template fails",
        explanation: "The template does not parse, uses a name that is not there, works without end, or gives more than 64 MiB. A name that is not there is no empty text: a page would lack what it promises. docs/reference/document.md lists the names.",
    },
    Entry {
        code: "D1001",
        title: "models and reports do not match",
        explanation: "`select` takes one report for each model, in the same order, and at least one of both. Give `inputs.reports` the reports of the same points as `inputs.models`; or give `inputs.data` in their place, and each model is evaluated on it.",
    },
    Entry {
        code: "D1002",
        title: "a report lacks the metric",
        explanation: "The points are compared by the param `metric`, over all rows, and a report does not have it. The message lists those that it has.",
    },
    Entry {
        code: "D1003",
        title: "nobody says whether more is better",
        explanation: "The direction of well-known metrics is known; of the others it is not guessed. Add `goal = \"max\"` or `goal = \"min\"`.",
    },
    Entry {
        code: "D1004",
        title: "nothing says how sure the best point is",
        explanation: "`rule = \"one-standard-error\"` takes the first point that is as good as the best one within its error, and the best one has no error: its report has no interval, and there are no replicates. Give the models `replicates`, keep the intervals, or say `rule = \"best\"`.",
    },
    Entry {
        code: "D1005",
        title: "models do not come in points of that many replicates",
        explanation: "`replicates_per_point` says how many models behind each other are one point, and the number of models is no multiple of it. Give it the value of the models' `replicates`.",
    },
];
