//! What is said of the SQL, before any row is read.

use ingot_protocol::codes::Entry;

pub(super) const CODES: &[Entry] = &[
    Entry {
        code: "Q0001",
        title: "the SQL worker has no kind of this name",
        explanation: "It provides `transform`. The plan takes kinds from what workers say of themselves, so `ingot` and the worker are of different versions: install them from one release.",
    },
    Entry {
        code: "Q0002",
        title: "the SQL worker has another revision of the kind",
        explanation: "What the plan was made with and what runs are of different versions. Install `ingot` and its workers from one release.",
    },
    Entry {
        code: "Q0003",
        title: "the SQL worker met what it does not know",
        explanation: "It stopped at a mistake of its own, or of the engine below it. The step's log says where. Report it, with the SQL and, if you can, the data.",
    },
    Entry {
        code: "Q0004",
        title: "the params of a transform are not such",
        explanation: "They are checked against the kind's schema while planning, so this is said of a request that was written by hand: `sql` is a text, `roles` a table of column = role, `redact` a list of tables with `column`, `patterns` and `with`.",
    },
    Entry {
        code: "Q0101",
        title: "the text is no SQL",
        explanation: "It cannot be parsed. The message says what was expected and found, at which line and column of the param `sql`, and what stands there. A name with other characters than letters, digits and `_` stands in double quotes (`\"capital-gain\"`), a text in single ones.",
    },
    Entry {
        code: "Q0102",
        title: "it is not one SELECT",
        explanation: "A transform reads tables and gives one, so `sql` is one SELECT, with WITH before it where parts have names. Statements that change something (CREATE, INSERT, COPY, SET), that ask about the query (EXPLAIN, SHOW), and several statements are refused.",
    },
    Entry {
        code: "Q0103",
        title: "a part of SQL that is not taken",
        explanation: "Each row of the result is a row of `data` or a group of rows, and is the same each time. So UNION, INTERSECT, EXCEPT and WITH RECURSIVE (rows without one key), TABLESAMPLE (other rows each time), functions of tables and files (tables come from ports), GROUPING SETS, ROLLUP and CUBE, and placeholders are refused. The message says what to write instead.",
    },
    Entry {
        code: "Q0104",
        title: "a function that is not taken",
        explanation: "It gives another value each time (`random`, `uuid`, `now`, `current_date`), says something of the machine or the engine (`version`), estimates by a sketch that depends on how rows come (`approx_distinct`), or gives a value that no column holds. A draw is taken from the row's key (`substr(row_key, 1, 4)`), a date is written in the SQL or comes from a param of the pipeline.",
    },
    Entry {
        code: "Q0105",
        title: "the SQL is too long or too deep",
        explanation: "A query has at most 1 MiB, 100 levels of parentheses and subqueries, and 350 operators in a row, such as those of `a OR b OR c`: write `IN (..)`. Long lists of values belong into a table on a port, which is joined; deep parts get names with WITH.",
    },
    Entry {
        code: "Q0201",
        title: "there is no table of this name",
        explanation: "The tables are the ports of the step: `data`, and each further `inputs.NAME` by its name. Names are as they are written: case counts. The system's own tables (`information_schema`) are not there.",
    },
    Entry {
        code: "Q0202",
        title: "there is no column of this name",
        explanation: "The message lists the columns that can be named at this place, and the nearest one. Names are as the dataset has them: case counts, and a name with other characters than letters, digits and `_` stands in double quotes. `row_key` is a column of every dataset.",
    },
    Entry {
        code: "Q0203",
        title: "there is no function of this name",
        explanation: "The message offers the nearest one. `docs/reference/transform.md` lists them.",
    },
    Entry {
        code: "Q0204",
        title: "a column that several tables have",
        explanation: "Say of which table it is meant: `data.id`. With `JOIN other USING (id)` the column is there once.",
    },
    Entry {
        code: "Q0205",
        title: "the query cannot be planned",
        explanation: "The engine says why: most often the types of an expression do not go together. Cast one of them: `CAST(column AS BIGINT)`, `DOUBLE`, `TEXT`, `BOOLEAN`.",
    },
    Entry {
        code: "Q0301",
        title: "the dataset has no split",
        explanation: "The artifact on the port `data` holds no rows of any split. See which step wrote it.",
    },
    Entry {
        code: "Q0302",
        title: "the splits that are given differ",
        explanation: "Datasets that are given as splits of `data` have one schema: the same columns, types and roles. Let `validate` check both by one contract.",
    },
    Entry {
        code: "Q0303",
        title: "a table has several splits, and none of them goes with the rows",
        explanation: "Each split of `data` is run by itself, with the split of the same name of every other dataset, or with its only one: so rows of one split never see another's. Give the port the one split that is meant (`inputs.customers = \"step.data/train\"`), or a table that is not split.",
    },
    Entry {
        code: "Q0304",
        title: "files cannot be read as a table",
        explanation: "What a further port holds makes no table: the message says why. Let `validate` read it with a contract, and give its output to the port.",
    },
    Entry {
        code: "Q0305",
        title: "a column has a name of the worker's own",
        explanation: "Names that begin with `__ingot_` carry the keys of rows through the query. Rename the column in the step before.",
    },
];
