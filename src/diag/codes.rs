//! The table of diagnostic codes: what `ingot error CODE` explains.
//!
//! Invariant: codes are never reused and never change their meaning. The first
//! digits say which part speaks: 01 manifest syntax, 02 manifest form, 03 plan,
//! 04 params, 05 files and sources, 06 environment, 07 store, 08 running a
//! step, 09 lock, 10 usage, 70 a mistake of ours. A worker's codes have another letter;
//! those of the host of plugins stand in [`plugins`].

mod plugins;

/// One code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The code, for example `E0101`.
    pub code: &'static str,
    /// One line.
    pub title: &'static str,
    /// What it means and what to do, as Markdown.
    pub explanation: &'static str,
}

/// The table.
const CODES: &[Code] = &[
    Code {
        code: "E0101",
        title: "the manifest is not UTF-8",
        explanation: "TOML is UTF-8. The place is the first byte that is not. Save the file as UTF-8, without a byte order of another encoding.",
    },
    Code {
        code: "E0102",
        title: "the manifest is too big",
        explanation: "A manifest is read whole, and says what to do with data; it does not hold data. Put the data into files and name them in [sources].",
    },
    Code {
        code: "E0103",
        title: "the manifest is not TOML",
        explanation: "The parser could not go on here. Texts stand in quotes, keys have one `=`, a table is `[name]`:\n\n    [steps.check]\n    kind = \"validate\"",
    },
    Code {
        code: "E0104",
        title: "values are nested too deep",
        explanation: "No step needs such depth; the limit keeps a hostile file from exhausting the stack.",
    },
    Code {
        code: "E0105",
        title: "a number is out of range",
        explanation: "Whole numbers have 64 bits and a sign; other numbers are finite. `nan` and `inf` have no place in a manifest, because they are not equal to themselves in every tool.",
    },
    Code {
        code: "E0201",
        title: "a key is not known",
        explanation: "The keys of each table are a closed list, so that a typing mistake cannot pass unseen. A step's params are checked by its kind, not here.",
    },
    Code {
        code: "E0202",
        title: "a value has the wrong type",
        explanation: "For example a text where a whole number is asked: write `seed = 17`, not `seed = \"17\"`.",
    },
    Code {
        code: "E0203",
        title: "a key is missing",
        explanation: "The table cannot do without it. The help shows the line to add.",
    },
    Code {
        code: "E0204",
        title: "a value is not possible here",
        explanation: "The type is right, the value is not: out of range, not one of the few words, or no amount with a unit (`\"2GiB\"`, `\"30min\"`).",
    },
    Code {
        code: "E0205",
        title: "a name is not possible",
        explanation: "Names have letters, digits, `_` and `-`. They become parts of paths and of references, where anything else means something.",
    },
    Code {
        code: "E0206",
        title: "a reference cannot be read",
        explanation: "A reference is a source (`scans`), an output (`split.data`), some of its splits (`split.data/train+valid`), a point (`tune@lr=0.001.model`), every point (`tune@*.model`) or a path (`./tools`).",
    },
    Code {
        code: "E0207",
        title: "a path leaves the workspace",
        explanation: "Paths are relative to ingot.toml and stay below it: what a build reads must be there for everyone who clones it. Copy or link the data into the workspace.",
    },
    Code {
        code: "E0208",
        title: "a param is not declared",
        explanation: "`{params.NAME}` stands for a value of [params]. Declare it there, or correct the name.",
    },
    Code {
        code: "E0209",
        title: "a placeholder stands for nothing",
        explanation: "In a step, braces hold `{params.NAME}`; in a command's words also `{inputs.PORT}`, `{outputs.PORT}`, `{seed}`, `{threads}` and `{checkpoint}`. Write `{{` for a brace.",
    },
    Code {
        code: "E0210",
        title: "`like` leads nowhere",
        explanation: "A step can be like one other step of the same manifest. A circle of steps that are like each other has no beginning.",
    },
    Code {
        code: "E0211",
        title: "a matrix is not possible",
        explanation: "Each axis has at least one value, no two values have the same name, and all points together are at most 10,000. Name values that are tables:\n\n    matrix.size = { small = { width = 8 }, big = { width = 32 } }",
    },
    Code {
        code: "E0212",
        title: "a gate is not possible",
        explanation: "A gate has a metric and `min`, `max` or both; `min` is not above `max`; a confidence is between 0 and 1.",
    },
    Code {
        code: "E0213",
        title: "the edition is not known",
        explanation: "The edition says by which rules a manifest is read. This program knows edition 1.",
    },
    Code {
        code: "E0214",
        title: "a table is not read by this version",
        explanation: "The name is kept for a later version, so a manifest cannot use it for something else.",
    },
    Code {
        code: "E0215",
        title: "an export is not possible",
        explanation: "An export writes a copy of an output into the workspace after each build. It may not write what the build reads, nor two copies over each other.",
    },
    Code {
        code: "E0216",
        title: "the command line names nothing",
        explanation: "`--set` changes a param of [params], `--profile` chooses a table of [profiles]. The name is in neither.",
    },
    Code {
        code: "E0217",
        title: "two things have one name",
        explanation: "A reference could mean either of them. Names that differ in case alone count as one, because some file systems think so.",
    },
    Code {
        code: "E0218",
        title: "a workspace is not possible",
        explanation: "`[workspace] members` lists folders with an ingot.toml of their own, relative to the root's; `*` stands for any name. A member is called like the last part of its folder, and is no workspace itself:\n\n    [workspace]\n    members = [\"logs\", \"vision/*\"]",
    },
    Code {
        code: "E0301",
        title: "a reference names nothing",
        explanation: "There is no source and no step of this name. A step's points are named with their coordinates: `tune@lr=0.001`.",
    },
    Code {
        code: "E0302",
        title: "an output is not there",
        explanation: "The step exists, and has no output of this name. `ingot kinds KIND` lists a kind's outputs.",
    },
    Code {
        code: "E0303",
        title: "it is not said which output",
        explanation: "The step has several outputs. Name one: `step.port`.",
    },
    Code {
        code: "E0304",
        title: "a kind is not known",
        explanation: "No installed worker provides it. `ingot kinds` lists those that are there; `ingot doctor` says which workers are missing.",
    },
    Code {
        code: "E0305",
        title: "an artifact has the wrong type",
        explanation: "The port takes other types than the reference gives. Both places are shown.",
    },
    Code {
        code: "E0306",
        title: "an input is missing",
        explanation: "The kind cannot run without it.",
    },
    Code {
        code: "E0307",
        title: "a port is not known",
        explanation: "The kind has no input of this name. `ingot kinds KIND` lists its ports.",
    },
    Code {
        code: "E0308",
        title: "a port takes one artifact",
        explanation: "It was given several. Name one of them, or use a step with a port that takes many.",
    },
    Code {
        code: "E0309",
        title: "steps wait for each other",
        explanation: "Following the references leads back to where they began, so none of the steps can be first. Every reference on the way is shown.",
    },
    Code {
        code: "E0310",
        title: "it is not said which point",
        explanation: "The step has a matrix or replicates. Name a point, `tune@lr=0.001.model`, or all of them, `tune@*.model`, on a port that takes many.",
    },
    Code {
        code: "E0311",
        title: "an artifact type is not known",
        explanation: "A command's outputs have a type that some worker defines, or `files`.",
    },
    Code {
        code: "E0312",
        title: "an artifact has no splits",
        explanation: "Only some types, such as datasets, are in splits; `/test` means nothing for others.",
    },
    Code {
        code: "E0313",
        title: "a target is not known",
        explanation: "A target is a step, a step's base name (all of its points) or a group of [targets].",
    },
    Code {
        code: "E0314",
        title: "a split is not there",
        explanation: "The artifact has other splits than the step reads. The help lists those that are there.",
    },
    Code {
        code: "E0315",
        title: "a command's input would stand at a step's own name",
        explanation: "A command finds sources and `./` inputs at their workspace paths. `in`, `out`, `tmp`, `checkpoint` and `request.json` at the top are each step's own.",
    },
    Code {
        code: "E0316",
        title: "a split is kept from a step",
        explanation: "A choice made on the test split spoils it: what is chosen for its score there has that score by luck as well as by merit, and no rows are left that could tell. So a kind that chooses, such as `select`, refuses everything that was measured on `test`, be it by way of other steps. Choose on another split, `inputs.data = \"split.data/valid\"`, and measure what was chosen on `test`.",
    },
    Code {
        code: "E0317",
        title: "a kind cannot stand in this list",
        explanation: "A step that lists kinds, such as `validate` with `checks` or `evaluate` with `metrics`, feeds each of them from a port of its own and takes up what it reports. So a kind that is listed has the input port that the help names, and an output of the type that it names. A kind with other ports is a step of its own; put its output on the port by hand: `inputs.checks = [\"mine.findings\"]`.",
    },
    Code {
        code: "E0401",
        title: "a param is not known",
        explanation: "The kind has no such param. `ingot kinds KIND` lists them with their defaults. Names follow PyTorch's.",
    },
    Code {
        code: "E0402",
        title: "a param has the wrong type",
        explanation: "The kind's schema asks for another type.",
    },
    Code {
        code: "E0403",
        title: "a param is out of range",
        explanation: "The kind's schema allows other values: a range, a list of words, a pattern.",
    },
    Code {
        code: "E0404",
        title: "a param is missing",
        explanation: "The kind has no default for it.",
    },
    Code {
        code: "E0406",
        title: "a kind's schema is not usable",
        explanation: "The worker describes its params in a way that cannot be checked: a remote reference, or a schema that is none. It is the worker's mistake.",
    },
    Code {
        code: "E0501",
        title: "a source is not there",
        explanation: "The path or glob of a source, input or param finds nothing in the workspace. Paths are relative to ingot.toml.",
    },
    Code {
        code: "E0502",
        title: "a file cannot be kept",
        explanation: "Trees hold files, folders and relative links inside the tree. Sockets, devices, links that leave the tree, names that are no UTF-8 or collide when case is folded, and outputs with a second hard link are refused, because another machine could not have the same.",
    },
    Code {
        code: "E0503",
        title: "the file system refused",
        explanation: "Reading or writing failed for the reason that is shown.",
    },
    Code {
        code: "E0504",
        title: "a source changed while it was read",
        explanation: "A source of more than 1 GiB (INGOT_COPY_LIMIT) is not copied: steps read it where it stands. Somebody wrote to it, moved it or changed its mode since it was hashed, so nobody knows what the step read. Nothing is recorded. Build again, and leave the file alone until the build has ended.",
    },
    Code {
        code: "E0505",
        title: "a plugin cannot be used",
        explanation: "The component is not there, or its host refused it: the cause has a code of its own, which `ingot error` explains too. It was compiled and asked what it is in a sandbox, and did nothing else.",
    },
    Code {
        code: "E0601",
        title: "a worker is not installed",
        explanation: "Workers stand beside `ingot`, in `../libexec/ingot`, or in a folder that INGOT_WORKERS names.",
    },
    Code {
        code: "E0602",
        title: "a worker does not answer",
        explanation: "It could not be started, did not describe itself, or is of another version. Install `ingot` and its workers from one release.",
    },
    Code {
        code: "E0603",
        title: "two workers disagree",
        explanation: "Two of them provide one kind, or define one artifact type differently. Remove one.",
    },
    Code {
        code: "E0604",
        title: "the disk is full",
        explanation: "Nothing that was recorded is lost. Make room and build again.",
    },
    Code {
        code: "E0605",
        title: "a program is not there",
        explanation: "A command's program was not found in `/usr/local/bin:/usr/bin:/bin`, nor, for a declared tool, in your PATH; or it is there and cannot be executed. A program of the workspace is an input of its step. Declare where a tool is:\n\n    [tools.python]\n    program = \"/opt/python/bin/python3\"\n    identity = [\"uv.lock\"]",
    },
    Code {
        code: "E0606",
        title: "the sandbox could not be set up",
        explanation: "The step was not started. `ingot doctor` shows what this machine allows.",
    },
    Code {
        code: "E0701",
        title: "the store is of another version",
        explanation: "This program does not know its layout. Use the version that wrote it, or another store (INGOT_STORE).",
    },
    Code {
        code: "E0702",
        title: "a blob is missing or damaged",
        explanation: "A file of the store is gone or not what its name says. Build again: what made it runs again.",
    },
    Code {
        code: "E0703",
        title: "a value has no canonical form",
        explanation: "It cannot be hashed the same way everywhere.",
    },
    Code {
        code: "E0704",
        title: "a remote cannot be used",
        explanation: "The folder is not there, or it is an empty one (as when a mount is missing), or another version or another program wrote it. `ingot push --to DIR` makes a remote in a new folder.",
    },
    Code {
        code: "E0705",
        title: "something in a remote is not believed",
        explanation: "A blob is not what its name says, or a record is none, lacks its blobs, or disagrees with the lock. It counts as if it were not there, so its step runs here. Remove the file that is named; whoever gives the result next puts it there anew.",
    },
    Code {
        code: "E0706",
        title: "a result was not given to a remote",
        explanation: "Writing there failed for the reason that is shown. The build itself is good. `ingot push` tries again.",
    },
    Code {
        code: "E0801",
        title: "a step failed",
        explanation: "Its program ended with an exit code that is not zero. The last lines of its log are shown; `ingot log STEP` prints all of it, `ingot shell STEP` opens a shell where it runs.",
    },
    Code {
        code: "E0802",
        title: "a step was killed",
        explanation: "A signal ended its program: a crash, or the system when memory ran out.",
    },
    Code {
        code: "E0803",
        title: "a step took too long",
        explanation: "It was ended at its `timeout`.",
    },
    Code {
        code: "E0804",
        title: "a step took too much memory",
        explanation: "It was ended at the `memory` of its `resources`.",
    },
    Code {
        code: "E0805",
        title: "an output is missing",
        explanation: "The step ended well, and did not write an output that it declares. Write to the path that `{outputs.PORT}` stands for.",
    },
    Code {
        code: "E0806",
        title: "a step said something that is no event",
        explanation: "A worker's standard output is events, one JSON object a line; a command's are in the file that $INGOT_EVENTS names. Metrics are finite numbers.",
    },
    Code {
        code: "E0807",
        title: "two inputs want the same place",
        explanation: "A command finds its inputs at their workspace paths; these two overlap, or overlap the folders `in`, `out` and `tmp`.",
    },
    Code {
        code: "E0808",
        title: "a step was interrupted",
        explanation: "The build ended before it did. Nothing of it is recorded.",
    },
    Code {
        code: "E0809",
        title: "a command reads what it does not declare",
        explanation: "A step sees what it declares, and nothing else of the workspace: otherwise its key could not know when to run it again. The help shows the line to add.",
    },
    Code {
        code: "E0901",
        title: "there is no lock",
        explanation: "`--locked` compares with ingot.lock. `ingot build` writes it; commit it.",
    },
    Code {
        code: "E0902",
        title: "the lock does not agree",
        explanation: "A step's key is not the one in ingot.lock: something that it reads has changed. The causes say what. `ingot build` updates the lock.",
    },
    Code {
        code: "E0903",
        title: "--frozen would have to run something",
        explanation: "`--frozen` takes everything from the store. Build with `--locked`, or bring the store's content here.",
    },
    Code {
        code: "E0904",
        title: "an output differs from the lock",
        explanation: "The step ran with the locked key and gave other bytes, though its kind promises the same. Compare the platform and the worker's version.",
    },
    Code {
        code: "E0905",
        title: "an output cannot be made again",
        explanation: "The step's output is not reproducible (`network = true`), and no store has the locked one.",
    },
    Code {
        code: "E0911",
        title: "the lock is malformed",
        explanation: "ingot.lock is written by `ingot build`. Restore it from version control, or remove it and build.",
    },
    Code {
        code: "E0912",
        title: "the lock holds a merge conflict",
        explanation: "Take either side and run `ingot build`: records are made anew where they no longer fit.",
    },
    Code {
        code: "E0913",
        title: "the lock is of another version",
        explanation: "Use the version of ingot that wrote it, or a newer one.",
    },
    Code {
        code: "E0914",
        title: "the lock has a record twice",
        explanation: "Usually after a merge. Remove one of the two and run `ingot build`.",
    },
    Code {
        code: "E1001",
        title: "there is no workspace",
        explanation: "No ingot.toml stands in this folder or above it. `ingot new NAME` starts one; `-C DIR` names another folder.",
    },
    Code {
        code: "E1002",
        title: "an override is malformed",
        explanation: "Write `--set NAME=VALUE`. The value is JSON where it can be (`3`, `true`, `[1, 2]`), else text.",
    },
    Code {
        code: "E1003",
        title: "there is no such code",
        explanation: "`ingot error` lists every code.",
    },
    Code {
        code: "E1004",
        title: "a command was refused",
        explanation: "`--no-commands` builds nothing that runs a program of the manifest. Read the commands of a manifest that you do not know before you run them.",
    },
    Code {
        code: "E1005",
        title: "a tool has no identity",
        explanation: "`--strict` asks that every program a command runs is declared with files that say which version it is:\n\n    [tools.python]\n    program = \"python3\"\n    identity = [\"uv.lock\"]",
    },
    Code {
        code: "E1006",
        title: "there is no result",
        explanation: "The store holds no result of this step for the manifest as it is now. `ingot build STEP` makes it.",
    },
    Code {
        code: "E1007",
        title: "there is no log",
        explanation: "Logs stay on the machine where the step ran.",
    },
    Code {
        code: "E1008",
        title: "something is there already",
        explanation: "`ingot new` writes into a folder that is empty or not there, and `ingot import` into one without an ingot.toml. Move away what is there, or name another folder.",
    },
    Code {
        code: "E1009",
        title: "there is no such lock",
        explanation: "`ingot diff` compares locks: a file, a workspace's folder, or a git revision of this workspace that has an ingot.lock. `git log -- ingot.lock` lists those revisions.",
    },
    Code {
        code: "E1010",
        title: "no failure is kept",
        explanation: "`ingot build --keep-failed` keeps the exec root of each step that fails, until the step fails again, or until `ingot gc` or `ingot clean`.",
    },
    Code {
        code: "E1011",
        title: "a variable is malformed",
        explanation: "A variable of the environment that Ingot reads has a value that it cannot have. Correct it or unset it; `ingot doctor` shows what is in force.",
    },
    Code {
        code: "E1012",
        title: "a step is not in this build",
        explanation: "`--rerun` names a step of those that are built: a target, or what a target needs. Name it as a target too, or build everything.",
    },
    Code {
        code: "E1013",
        title: "a pipeline cannot be imported",
        explanation: "`ingot import dvc` reads dvc.yaml, params.yaml and what `vars` names, and with `--adopt` dvc.lock. One of them is not there, or is no YAML.",
    },
    Code {
        code: "E1014",
        title: "no remote is named",
        explanation: "Name a folder: `ingot push --to DIR`, `ingot pull --from DIR`; or INGOT_CACHE_TO and INGOT_CACHE_FROM in the environment, or `[cache]` in ingot.local.toml.",
    },
    Code {
        code: "E1015",
        title: "a folder is no plugin's",
        explanation: "A plugin's folder has a Cargo.toml, or a build.sh that writes a core module or a component to the path that it is given. `ingot plugin new NAME` makes one.",
    },
    Code {
        code: "E1016",
        title: "a plugin was not built, or its tests failed",
        explanation: "What the compiler or the test said stands above. A plugin in Rust needs the target wasm32-unknown-unknown: `rustup target add wasm32-unknown-unknown`.",
    },
    Code {
        code: "E7001",
        title: "a mistake in ingot",
        explanation: "This should not happen. Please report it with the manifest and the command.",
    },
];

/// Every code, sorted.
pub fn all() -> impl Iterator<Item = &'static Code> {
    CODES.iter().chain(plugins::CODES)
}

/// Looks a code up, whatever its case.
pub fn find(code: &str) -> Option<&'static Code> {
    all().find(|entry| entry.code.eq_ignore_ascii_case(code))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// Codes in the string literals of every source file but this one.
    fn used(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                used(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("codes.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.extend(text.split('"').filter(|word| is_code(word)).map(str::to_owned));
            }
        }
    }

    fn is_code(word: &str) -> bool {
        word.len() == 5
            && word.starts_with('E')
            && word[1..].bytes().all(|byte| byte.is_ascii_digit())
    }

    #[test]
    fn every_code_that_is_used_is_explained_and_no_other() {
        let mut found = BTreeSet::new();
        used(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        let known: BTreeSet<String> = CODES.iter().map(|entry| entry.code.to_owned()).collect();
        assert_eq!(found, known);
    }

    #[test]
    fn the_table_is_sorted_and_each_code_says_something() {
        assert!(all().is_sorted_by_key(|entry| entry.code));
        let host = include_str!("../../plugins/wasm/src/error.rs");
        let said: BTreeSet<&str> = host.split('"').filter(|word| word.starts_with("P0")).collect();
        assert_eq!(said, plugins::CODES.iter().map(|entry| entry.code).collect());
        for entry in all() {
            assert!(entry.title.len() > 5 && entry.explanation.len() > 20, "{}", entry.code);
        }
        assert_eq!(find("e0101").map(|entry| entry.code), Some("E0101"));
    }
}
