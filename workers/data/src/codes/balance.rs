//! D15: `balance`.

use ingot_protocol::codes::Entry;

/// The table.
pub(super) const CODES: &[Entry] = &[
    Entry {
        code: "D1501",
        title: "there is no `train` to balance",
        explanation: "Rows are copied, left out and weighed in the split `train` alone. Of a dataset that is split later, a copy could judge the model that learned from its original, and what is measured on a balanced split says nothing of the population. Put the step behind a `split`, or give `validate` all rows as a split: `inputs.data = { train = \"rows\" }`.",
    },
    Entry {
        code: "D1502",
        title: "the column to balance by is not clear",
        explanation: "`column`, or a key of `margins`, names a column that the dataset does not have, or `@ROLE` where no column or several have the role; the message lists what is there. Correct the name, or give one column the role in the contract.",
    },
    Entry {
        code: "D1503",
        title: "rows are not balanced by a personal column",
        explanation: "The shares of a column's values stand in the manifest and in the metrics, and values of a column with the role `personal` are never printed. Make a coarser column of it in a `transform`, such as an age range, and give that the role `sensitive`.",
    },
    Entry {
        code: "D1504",
        title: "rows have no value in the column to balance by",
        explanation: "Such a row belongs to no class and to no margin, so nobody can say how often it should be there. Fill the values by `preprocess` with `impute`, leave the rows out by a `transform` (`select * from data where sex is not null`), or make the missing value one of its own (`coalesce(sex, 'unknown')`).",
    },
    Entry {
        code: "D1505",
        title: "a value to balance by is in no row",
        explanation: "`counts`, `ratios` or `margins` names a value of the column that no row of `train` has; the message lists those that there are. No copy can be made of no row, and no weight gives it a share. Write the value as `ingot show STEP.data` has it: numbers as `3` or `0.5`, truth values as `true`. If the population has the value and the sample lacks it, join it with another one in both.",
    },
    Entry {
        code: "D1506",
        title: "a class cannot have that many rows",
        explanation: "With `method = \"over\"` rows are only copied, so a class keeps at least those that it has; with `under` they are only left out, so it gets no more. imbalanced-learn refuses the same. Correct the number; two steps behind each other may do both.",
    },
    Entry {
        code: "D1507",
        title: "a margin says nothing of a value",
        explanation: "`margins` gives the share of the population for each value of a column, and rows have a value without one. Weights of 0 would take these rows out silently. Give the value its share, or leave its rows out by a `transform`.",
    },
    Entry {
        code: "D1508",
        title: "no weights have all margins",
        explanation: "Raking changes the weights margin by margin until all of them are met. Here they are not, because a combination of values has too few rows: where all rows of one value have another one too, the two cannot have different shares. Join values that few rows have, leave a margin out, or raise `rounds` where the distance in the message is small.",
    },
    Entry {
        code: "D1509",
        title: "weights cannot begin with the column that there is",
        explanation: "Raking begins with the weights of the column of the role `weight`, each a number of at least 0. Here several columns have the role, a weight is missing, negative or infinite, all rows of a value weigh 0, or the name that the new column would have is another column's. The message says which.",
    },
    Entry {
        code: "D1510",
        title: "rows cannot be balanced",
        explanation: "The Arrow library refused to choose or write the rows, or numbers left their range; the message has the reason. Report it, with the data if you can.",
    },
];
