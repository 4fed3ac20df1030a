//! D16: `anomalies`.

use ingot_protocol::codes::Entry;

/// The table.
pub(super) const CODES: &[Entry] = &[
    Entry {
        code: "D1601",
        title: "numbers are far from the median",
        explanation: "The modified z score of a value, 0.6745 (value - median) / MAD with the median of the distances from it, is beyond the threshold, 3.5 by itself (Iglewicz and Hoaglin 1993). It may be a mistake of unit or of a digit, or a rare case that belongs there. Look at the row. Where half of the values or more are equal there is no score. Another threshold: `modified_z = { threshold = 5 }`.",
    },
    Entry {
        code: "D1602",
        title: "numbers are beyond the fences",
        explanation: "The value is below the first quartile or above the third by more than `factor` interquartile ranges (Tukey 1977): 1.5 finds outliers, of which a normal distribution has 7 in 1,000 rows, 3 finds far ones, 2 in a million. Look at the rows, or say `fences = { factor = 5 }`.",
    },
    Entry {
        code: "D1603",
        title: "categories are rare",
        explanation: "Fewer rows than `share` have a text or truth value of the column, whose other values are frequent: often a misspelling (`Male`, `male`), a value of another column, or a class that nothing can learn. Correct the data, list the values that there may be by `set` in a contract, or say `rare_categories = { share = 0.001 }`. Of a dataset the finding names the categories; not of a `personal` column, nor of files, of which nobody said what is personal.",
    },
    Entry {
        code: "D1604",
        title: "rows are isolated from the others",
        explanation: "In an isolation forest (Liu, Ting and Zhou 2008) over the columns of numbers few splits part the row from the others: it is odd in several columns together, such as a weight that no height goes with. A score of 0.5 is usual; the source calls rows above 0.6 potential anomalies, and the threshold is 0.7 by itself, since one row in twenty of two normal columns is above 0.6. Look at the row. `isolation_forest = { threshold = 0.6 }` tells more; `columns` takes the columns that are to be looked at together.",
    },
    Entry {
        code: "D1605",
        title: "a column is constant",
        explanation: "Every row has the same value, or none: nothing is learned from it, and a scale divides by 0. Often a filter stands before, or a default that nobody set. Leave the column out, by `unknown_columns = \"ignore\"` or the role `ignore` in the contract.",
    },
    Entry {
        code: "D1606",
        title: "columns are equal",
        explanation: "Two columns or more of one type have the same value in every row, so all but one say nothing new; where one of them is the label, a model would read it off. Leave the others out.",
    },
    Entry {
        code: "D1607",
        title: "texts stand among numbers or dates",
        explanation: "Most texts of the column are numbers, or dates of ISO 8601, and some are not, so that the whole column is text. If they stand for a missing value, say so in the source's format: `nulls = [\"n/a\", \"?\"]`. If they are mistakes, a `type` in the contract finds each of them with its line.",
    },
    Entry {
        code: "D1608",
        title: "times are out of order",
        explanation: "Within a split the times rise, or fall, but for a few rows: a clock that was set, files that were joined in another order, a year that is mistyped. Looked at are columns of the role `time`, and of files the columns of text that are all dates. `monotonic` in a contract makes a promise of the order; `time_order = { share = 0.2 }` takes more rows for exceptions.",
    },
    Entry {
        code: "D1609",
        title: "`columns` names a column that is not there",
        explanation: "The param lists the columns that are looked at, and the data do not have one of them; the message lists those that there are. Columns of images are not looked at.",
    },
    Entry {
        code: "D1610",
        title: "rows cannot be looked at",
        explanation: "The Arrow library refused to join the splits of the dataset; the message has its reason. Report it, with the data if you can.",
    },
];
