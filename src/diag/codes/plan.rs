//! E03: planning.

use super::Code;
use crate::diag::Exit;

/// The table.
pub(super) const CODES: &[Code] = &[
    Code {
        code: "E0301",
        exit: Exit::Manifest,
        title: "a reference names nothing",
        explanation: "There is no source and no step of this name. A step's points are named with their coordinates: `tune@lr=0.001`.",
    },
    Code {
        code: "E0302",
        exit: Exit::Manifest,
        title: "an output is not there",
        explanation: "The step exists, and has no output of this name. `ingot kinds KIND` lists a kind's outputs.",
    },
    Code {
        code: "E0303",
        exit: Exit::Manifest,
        title: "it is not said which output",
        explanation: "The step has several outputs. Name one: `step.port`.",
    },
    Code {
        code: "E0304",
        exit: Exit::Manifest,
        title: "a kind is not known",
        explanation: "No installed worker provides it. `ingot kinds` lists those that are there; `ingot doctor` says which workers are missing.",
    },
    Code {
        code: "E0305",
        exit: Exit::Manifest,
        title: "an artifact has the wrong type",
        explanation: "The port takes other types than the reference gives. Both places are shown.",
    },
    Code {
        code: "E0306",
        exit: Exit::Manifest,
        title: "an input is missing",
        explanation: "The kind cannot run without it.",
    },
    Code {
        code: "E0307",
        exit: Exit::Manifest,
        title: "a port is not known",
        explanation: "The kind has no input of this name. `ingot kinds KIND` lists its ports.",
    },
    Code {
        code: "E0308",
        exit: Exit::Manifest,
        title: "a port takes one artifact",
        explanation: "It was given several. Name one of them, or use a step with a port that takes many.",
    },
    Code {
        code: "E0309",
        exit: Exit::Manifest,
        title: "steps wait for each other",
        explanation: "Following the references leads back to where they began, so none of the steps can be first. Every reference on the way is shown.",
    },
    Code {
        code: "E0310",
        exit: Exit::Manifest,
        title: "it is not said which point",
        explanation: "The step has a matrix or replicates. Name a point, `tune@lr=0.001.model`, or all of them, `tune@*.model`, on a port that takes many.",
    },
    Code {
        code: "E0311",
        exit: Exit::Manifest,
        title: "an artifact type is not known",
        explanation: "A command's outputs have a type that some worker defines, or `files`.",
    },
    Code {
        code: "E0312",
        exit: Exit::Manifest,
        title: "an artifact has no splits",
        explanation: "Only some types, such as datasets, are in splits; `/test` means nothing for others.",
    },
    Code {
        code: "E0313",
        exit: Exit::Manifest,
        title: "a target is not known",
        explanation: "A target is a step, a step's base name (all of its points) or a group of [targets].",
    },
    Code {
        code: "E0314",
        exit: Exit::Manifest,
        title: "a split is not there",
        explanation: "The artifact has other splits than the step reads. The help lists those that are there.",
    },
    Code {
        code: "E0315",
        exit: Exit::Manifest,
        title: "a command's input would stand at a step's own name",
        explanation: "A command finds sources and `./` inputs at their workspace paths. `in`, `out`, `tmp`, `checkpoint` and `request.json` at the top are each step's own.",
    },
    Code {
        code: "E0316",
        exit: Exit::Manifest,
        title: "a split is kept from a step",
        explanation: "A choice made on the test split spoils it: what is chosen for its score there has that score by luck as well as by merit, and no rows are left that could tell. So a kind that chooses, such as `select`, refuses everything that was measured on `test`, be it by way of other steps. Choose on another split, `inputs.data = \"split.data/valid\"`, and measure what was chosen on `test`.",
    },
    Code {
        code: "E0317",
        exit: Exit::Manifest,
        title: "a kind cannot stand in this list",
        explanation: "A step that lists kinds, such as `validate` with `checks` or `evaluate` with `metrics`, feeds each of them from a port of its own and takes up what it reports. So a kind that is listed has the input port that the help names, and an output of the type that it names. A kind with other ports is a step of its own; put its output on the port by hand: `inputs.checks = [\"mine.findings\"]`.",
    },
    Code {
        code: "E0318",
        exit: Exit::Manifest,
        title: "a trusted key is malformed",
        explanation: "A public key is `ed25519:` and 64 hex digits, as `ingot key show` prints it.",
    },
    Code {
        code: "E0319",
        exit: Exit::Manifest,
        title: "a remote is named in a file of the workspace",
        explanation: "Whose signatures count is each user's own matter: `[remotes.NAME]` stands in the user's config.toml. A workspace, which may be a stranger's, does not say whom to trust; its ingot.local.toml may name a remote by path or by name in `[cache]`.",
    },
    Code {
        code: "E0320",
        exit: Exit::Manifest,
        title: "a key does nothing in its step",
        explanation: "A key that is accepted acts. `seed` and `replicates` act in a step that draws random numbers: one of a kind that does, one that implies such a step, or a command with `{seed}` in `run`. `threads`, `isa`, `device` and `precision` act where the bytes of the result may depend on them; a kind whose bytes never do gives the same ones on every platform, so that they are not part of its key. An input such as `inputs.data` of `evaluate` feeds the steps that make what is missing (`eval/predict`): beside `inputs.predictions` it would name data that nobody reads.",
    },
    Code {
        code: "E0321",
        exit: Exit::Manifest,
        title: "a port is not given by splits",
        explanation: "`inputs.data = { train = \"one\", test = \"other\" }` gives a port one artifact a split. `validate` takes that and makes one dataset with these splits; other ports take the dataset, and `step.data/test` is one split of it. `ingot kinds KIND` says which ports are given so.",
    },
    Code {
        code: "E0322",
        exit: Exit::Manifest,
        title: "inputs have no point in common",
        explanation: "A step that reads one artifact of data with folds or partitions has the points of that data. On two ports these are the points that both have: `clean@day=2026-11-01` and `visits@day=2026-11-01`. Here there is none, as where one step takes `last = 7` of its partitions and the other one older ones.",
    },
    Code {
        code: "E0323",
        exit: Exit::Manifest,
        title: "a waiver names what its step does not find",
        explanation: "A waiver covers an error of its step, by the name that the step's kind has for it: `ingot kinds KIND` lists them. A command, a plugin and a worker of your own may have no names: there a waiver names the code of the finding, as the build prints it.",
    },
];
