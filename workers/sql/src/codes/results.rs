//! What is said of the rows and columns of the result.

use ingot_protocol::codes::Entry;

pub(super) const CODES: &[Entry] = &[
    Entry {
        code: "Q0401",
        title: "no row of the result comes from `data`",
        explanation: "A row of the result keeps the key of the row of `data` that it comes from, or is a group. A query that reads other tables alone has neither: read FROM data, and join the others.",
    },
    Entry {
        code: "Q0402",
        title: "an outer join gives rows that come from no row of `data`",
        explanation: "FULL JOIN, and LEFT JOIN or RIGHT JOIN that keep the rows of another table, give rows for which `data` has none: these would have no key. Keep the rows of `data` alone (`FROM data LEFT JOIN other`), or group the result.",
    },
    Entry {
        code: "Q0403",
        title: "row keys cannot be carried through a part of the query",
        explanation: "The part that is named gives rows of which nobody can say which row of `data` or which group they are. Write it with SELECT, JOIN, WHERE, GROUP BY and windows.",
    },
    Entry {
        code: "Q0404",
        title: "a join multiplies rows",
        explanation: "A row of `data` met several rows of the other table, so it came out more than once: two rows of the result would have one key, and whatever is counted is counted twice. Make the other side unique in what the join asks, or group it: `JOIN (SELECT id, count(*) AS n FROM other GROUP BY id) AS counted USING (id)`. A join may multiply rows that are grouped behind it.",
    },
    Entry {
        code: "Q0501",
        title: "a column of a type that a dataset does not hold",
        explanation: "A dataset holds int64, float64, bool, utf8 and binary. Every whole number becomes int64, every float float64, every text utf8. Dates, times, decimals, lists and structs are not converted unasked: write the cast that the message names.",
    },
    Entry {
        code: "Q0502",
        title: "a value is beyond the type of its column",
        explanation: "An unsigned number of 64 bits is beyond int64. Cast the column to DOUBLE for the nearest float, or to TEXT for its digits.",
    },
    Entry {
        code: "Q0503",
        title: "a column of the result has no name, one twice, or a reserved one",
        explanation: "Each column of the result has a name of its own: `.. AS name`. `row_key` is reserved: each row has its key without being asked, and keeps it.",
    },
    Entry {
        code: "Q0504",
        title: "the result has no column",
        explanation: "Only `row_key` was selected, which every row has by itself. Select what the next step reads.",
    },
    Entry {
        code: "Q0505",
        title: "a param names a column that the result does not have",
        explanation: "`roles`, `redact`, `pseudonymise`, `generalise` and `k_anonymity` speak of the columns behind the SQL, by their names there.",
    },
    Entry {
        code: "Q0506",
        title: "a column that cannot be changed so",
        explanation: "`redact` and the `date` and `prefix` of `generalise` take text, `pseudonymise` text and whole numbers, `bands` and `width` numbers: cast the column in the SQL. One thing is done to a column; `redact` takes all its patterns in one entry, since the longest match of all wins.",
    },
    Entry {
        code: "Q0507",
        title: "two columns have the role `label`",
        explanation: "A dataset has one label. A column keeps the role that its name has in `data`, and a column of another dataset keeps its own: say in `roles` what one of them is.",
    },
    Entry {
        code: "Q0508",
        title: "splits of the result have different columns",
        explanation: "The types of a table that is read from files follow from what the files hold. Cast its columns in the SQL, or let `validate` read it with a contract.",
    },
    Entry {
        code: "Q0509",
        title: "there is no key for pseudonyms",
        explanation: "`pseudonymise` replaces values by a keyed hash, and without a key everybody could find a name by trying all names. `pseudonym_key` is the path of a file with 16 random bytes or more: `head -c 32 /dev/urandom > people.key`. Keep it out of version control; the same key gives the same pseudonyms.",
    },
    Entry {
        code: "Q0510",
        title: "an entry of `generalise` does not say one way",
        explanation: "Each entry says what becomes of one column by one of `bands` (ascending numbers at which bands begin), `width` (bands of one width), `date` (`month` or `year`) and `prefix` (how many characters are kept).",
    },
    Entry {
        code: "Q0511",
        title: "a value is hidden that the keys of rows say",
        explanation: "The key of a row is a hash of its columns that are not `personal` (of those of the role `id`, where there are some), and stays with the row. Who knows the other values of a row could try those of one column until the key fits. So what `pseudonymise` names, and what is generalised for `k_anonymity`, comes from `personal` columns alone: give them that role in the contract. In the result the column is `personal` still, unless `roles` says what it is.",
    },
    Entry {
        code: "Q0512",
        title: "rows behind a `preprocess` step begin anew",
        explanation: "A dataset says which fitted states its rows went through, and a model puts other rows through the same. SQL does not travel with a model, so the rows that a `transform` gives are where a model begins: it takes rows as the SQL gives them. If it should take them as they were before `preprocess`, put that step behind the `transform`.",
    },
    Entry {
        code: "Q0513",
        title: "a role moved to another column",
        explanation: "Said, and no mistake: `roles` gives a column the role `group`, `label`, `time` or `weight`, and another column of the result brought that role along. `@group` means one column, so it is the one that `roles` names; the other is kept and no step uses it. Name both in `roles` to have both.",
    },
    Entry {
        code: "Q0514",
        title: "a column that was personal is a feature",
        explanation: "A warning: `redact` takes the role `personal` from a column, since what identifies somebody is to be gone. It replaces what its patterns match and nothing else, so a name, or a number in another form, is still there, and models learn from it. Look at the result; `roles = { column = \"personal\" }` keeps the role, and any entry for the column says that you decided.",
    },
    Entry {
        code: "Q0515",
        title: "a table has no contract beside one with personal columns",
        explanation: "A warning: a further table stands on its port as files, so nothing says what its columns mean. Those that are called as a personal column of `data` are taken for personal, all others for features. Put a `validate` step with a contract before it, or name its columns in `roles`.",
    },
    Entry {
        code: "Q0601",
        title: "the query needs more memory than it may have",
        explanation: "Sorts go to files where memory does not suffice; the side of a join that is held in memory, and what an aggregate keeps of one group, cannot. Join the smaller table to the larger one, filter before a join, give a join its condition.",
    },
    Entry {
        code: "Q0602",
        title: "a value cannot be computed",
        explanation: "A whole number is divided by zero, a result of `+`, `-`, `*` or `sum` is beyond int64, or a text cannot be cast. `x / nullif(y, 0)` and `TRY_CAST` give null instead; `CAST(x AS DOUBLE)` computes with floats, which divide by zero to infinity or NaN.",
    },
    Entry {
        code: "Q0603",
        title: "the engine gave up on a value",
        explanation: "An expression has no result for one of the rows. The message does not show the value, which may be of a personal column. Find the rows with TRY_CAST and CASE, which give null instead.",
    },
    Entry {
        code: "Q0604",
        title: "the machine has no room for the query",
        explanation: "A temporary file could not be written, or no thread be made. Make room where the step's temporary files stand, or allow the step more memory.",
    },
    Entry {
        code: "Q0605",
        title: "a join gives too many rows",
        explanation: "It gave a billion rows and was not at its end: most often its condition is missing. Give it one, or filter its sides first.",
    },
    Entry {
        code: "Q0606",
        title: "a value is no date",
        explanation: "`generalise` keeps the month or the year of texts that begin with a date, YYYY-MM-DD, of the calendar. The message does not show the value, which may be of a personal column. `CAST(TRY_CAST(column AS DATE) AS TEXT)` gives null for what is none; other forms are read by `to_date(column, '%d.%m.%Y')`.",
    },
    Entry {
        code: "Q0701",
        title: "rows agree with too few others",
        explanation: "`k_anonymity` counts, over all splits, the rows that agree in all its columns. A person is found more easily where these are few, so groups of fewer than `k` rows make the verdict fail: the result can be looked at, and no step reads it. Make columns coarser with `generalise`, leave one out, or leave rare rows out in the SQL: `QUALIFY count(*) OVER (PARTITION BY ..) >= 5`.",
    },
];
