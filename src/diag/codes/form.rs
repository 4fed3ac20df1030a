//! E02: the form of a manifest.

use super::Code;
use crate::diag::Exit;

/// The table.
pub(super) const CODES: &[Code] = &[
    Code {
        code: "E0201",
        exit: Exit::Manifest,
        title: "a key is not known",
        explanation: "The keys of each table are a closed list, so that a typing mistake cannot pass unseen. A step's params are checked by its kind, not here.",
    },
    Code {
        code: "E0202",
        exit: Exit::Manifest,
        title: "a value has the wrong type",
        explanation: "For example a text where a whole number is asked: write `seed = 17`, not `seed = \"17\"`.",
    },
    Code {
        code: "E0203",
        exit: Exit::Manifest,
        title: "a key is missing",
        explanation: "The table cannot do without it. The help shows the line to add.",
    },
    Code {
        code: "E0204",
        exit: Exit::Manifest,
        title: "a value is not possible here",
        explanation: "The type is right, the value is not: out of range, not one of the few words, or no amount with a unit (`\"2GiB\"`, `\"30min\"`).",
    },
    Code {
        code: "E0205",
        exit: Exit::Manifest,
        title: "a name is not possible",
        explanation: "Names have letters, digits, `_` and `-`. They become parts of paths and of references, where anything else means something.",
    },
    Code {
        code: "E0206",
        exit: Exit::Manifest,
        title: "a reference cannot be read",
        explanation: "A reference is a source (`scans`), an output (`split.data`), some of its splits (`split.data/train+valid`), a point (`tune@lr=0.001.model`), every point (`tune@*.model`) or a path (`./tools`).",
    },
    Code {
        code: "E0207",
        exit: Exit::Manifest,
        title: "a path leaves the workspace",
        explanation: "Paths are relative to ingot.toml and stay below it: what a build reads must be there for everyone who clones it. Copy or link the data into the workspace.",
    },
    Code {
        code: "E0208",
        exit: Exit::Manifest,
        title: "a param is not declared",
        explanation: "`{params.NAME}` stands for a value of [params]. Declare it there, or correct the name.",
    },
    Code {
        code: "E0209",
        exit: Exit::Manifest,
        title: "a placeholder stands for nothing",
        explanation: "In a step, braces hold `{params.NAME}`; in a command's words also `{inputs.PORT}`, `{outputs.PORT}`, `{seed}`, `{threads}` and `{checkpoint}`. Write `{{` for a brace.",
    },
    Code {
        code: "E0210",
        exit: Exit::Manifest,
        title: "`like` leads nowhere",
        explanation: "A step can be like one other step of the same manifest. A circle of steps that are like each other has no beginning.",
    },
    Code {
        code: "E0211",
        exit: Exit::Manifest,
        title: "a matrix is not possible",
        explanation: "Each axis has at least one value, no two values have the same name, and all points together are at most 10,000. Name values that are tables:\n\n    matrix.size = { small = { width = 8 }, big = { width = 32 } }",
    },
    Code {
        code: "E0212",
        exit: Exit::Manifest,
        title: "a gate is not possible",
        explanation: "A gate has a metric and `min`, `max` or both; `min` is not above `max`; a confidence is between 0 and 1.",
    },
    Code {
        code: "E0213",
        exit: Exit::Manifest,
        title: "the edition is not known",
        explanation: "The edition says by which rules a manifest is read. This program knows edition 1.",
    },
    Code {
        code: "E0214",
        exit: Exit::Manifest,
        title: "a table is not read by this version",
        explanation: "The name is kept for a later version, so a manifest cannot use it for something else.",
    },
    Code {
        code: "E0215",
        exit: Exit::Manifest,
        title: "an export is not possible",
        explanation: "An export writes a copy of an output into the workspace after each build. It may not write what the build reads, a manifest, lock or config, a repository or the store, nor two copies over each other, whatever the case of the letters.",
    },
    Code {
        code: "E0216",
        exit: Exit::Manifest,
        title: "the command line names nothing",
        explanation: "`--set` changes a param of [params], `--profile` chooses a table of [profiles]. The name is in neither.",
    },
    Code {
        code: "E0217",
        exit: Exit::Manifest,
        title: "two things have one name",
        explanation: "A reference could mean either of them. Names that differ in case alone count as one, because some file systems think so.",
    },
    Code {
        code: "E0218",
        exit: Exit::Manifest,
        title: "a workspace is not possible",
        explanation: "`[workspace] members` lists folders with an ingot.toml of their own, relative to the root's; `*` stands for any name. A member is called like the last part of its folder, and is no workspace itself:\n\n    [workspace]\n    members = [\"logs\", \"vision/*\"]",
    },
    Code {
        code: "E0219",
        exit: Exit::Manifest,
        title: "the steps are too many or too big",
        explanation: "Each point, each replicate and each step that is `like` another one has its own copy of its table, with the params that it names. All of them together may take 512 MiB, which is some hundred thousand steps. Take values of a matrix or replicates away; what many steps share belongs into a file that they read.",
    },
    Code {
        code: "E0220",
        exit: Exit::Manifest,
        title: "a text is too long",
        explanation: "With the params that it names a text of the manifest may have 16 MiB. No program takes more than a part of that as an argument. Hand a file over instead.",
    },
    Code {
        code: "E0221",
        exit: Exit::Manifest,
        title: "the plan has too many edges",
        explanation: "A step that reads `name@*` reads every point of it, and each point that does so reads them all: a thousand points that read a thousand points are a million edges. A plan has at most two million. Gather the points in one step and read that.",
    },
    Code {
        code: "E0222",
        exit: Exit::Manifest,
        title: "numbers do not add up",
        explanation: "The kind says what the numbers of this table are together: the fractions of a split add up to 1, so that every row is in one of them. A split that nobody reads can take the rest.",
    },
    Code {
        code: "E0223",
        exit: Exit::Manifest,
        title: "a contract that is none",
        explanation: "A contract is a TOML file of a fixed form: `version = 1`, [table], [columns.NAME], [[rules]] and [image], with the keys that docs/reference/contract.md lists. Rules are conditions in SQL, of which that page lists what there is; anything else is refused by name, at its place. All of it is read while planning, so that a typing mistake in it is told before any data is read.",
    },
    Code {
        code: "E0224",
        exit: Exit::Manifest,
        title: "a contract contradicts itself",
        explanation: "No table can keep this promise, or no value can break it: `min` above `max`, bounds on text, an empty `set`, a value in it that is there twice or is not of the column's type, a pattern that is none or that refuses a value of the set, a rule on a column that the contract leaves out, a share outside of [0, 1]. Say what the column really promises.",
    },
    Code {
        code: "E0225",
        exit: Exit::Manifest,
        title: "a split cannot have this name",
        explanation: "A split's name is part of its files' names: letters, digits and `_`. `all` is kept by readers of datasets for every split together; a dataset that was never split has the one split `whole`.",
    },
    Code {
        code: "E0226",
        exit: Exit::Manifest,
        title: "a source's partitions cannot be told",
        explanation: "`path = \"data/{day}/*.csv\"` gives a source partitions, one for each name in the place of `{day}` with a file that the path matches; `matrix.day = { from = \"raw\" }` makes a point of each, `last = 7` of the last seven by name. The placeholder stands before the first `*`, a path has one of them, the axis has its name, and what stands in its place has letters, digits and `_-.+`.",
    },
    Code {
        code: "E0227",
        exit: Exit::Manifest,
        title: "a test that is none",
        explanation: "`[tests.NAME]` names a step (`step = \"clean\"`), what stands on some of its ports instead (`inputs.data = \"./tests/in.csv\"`), and the files that its outputs are to be (`expect.data = \"./tests/out.csv\"`, or one a split). They stand in the workspace; those for a dataset end in .csv, .tsv, .jsonl, .ndjson or .parquet. `tolerance` says how far floats may lie apart.",
    },
    Code {
        code: "E0228",
        exit: Exit::Manifest,
        title: "a waiver is not possible",
        explanation: "A waiver names a step and what it finds, how many rows it covers at most (`rows`, 1 or more, where rows are counted), why (`reason`), who answers for it (`owner`) and the last day on which it holds (`until = 2027-12-31`). One finding of a step has one waiver; of findings about several columns each may have its own, which names the `column`, and of those that count rows and those that count none. A manifest has at most 1,000.",
    },
];
