//! The codes of this worker: what `ingot error CODE` tells of each.
//!
//! Invariant: codes are never reused and never change their meaning. What the first digits
//! say stands in [`crate::error`].

use ingot_protocol::codes::Entry;

/// The table, sorted.
pub const CODES: &[Entry] = &[
    Entry {
        code: "T0101",
        title: "a dataset cannot be learned from as it is",
        explanation: "The dataset cannot be read, or training refuses what its contract says: a label that measures (many different numbers, none of them declared), a column with the role `weight`, a label column that cannot name classes. The message says which, and the help how to mend it.",
    },
    Entry {
        code: "T0102",
        title: "a dataset lacks a split",
        explanation: "Training reads `train`, and `valid` where it is there; prediction reads every split that is there. The message lists those that the dataset has. Name the split in the `fractions` of the `split` step.",
    },
    Entry {
        code: "T0103",
        title: "a split has no rows",
        explanation: "Nothing can be learned from no rows, or measured on them. Give the split a larger fraction, or more data.",
    },
    Entry {
        code: "T0104",
        title: "no column is the label",
        explanation: "`train` and `fine-tune` learn the label of each row, and no column of the dataset has that role. Give one the role in the contract of the `validate` step:\n\n    [columns.income]\n    role = \"label\"\n\n`pretrain` needs none.",
    },
    Entry {
        code: "T0105",
        title: "no row of `train` has a label",
        explanation: "Every label of the split `train` is missing. Keep some (`labels_per_class` of the `split` step says how many), look at the source, or use `pretrain`, which needs no labels.",
    },
    Entry {
        code: "T0106",
        title: "`train` has one class alone",
        explanation: "All labelled rows of the split `train` have the same label, so there is nothing to tell apart. Stratify the split by the label (`stratify = \"@label\"`), or look whether the source is sorted or filtered.",
    },
    Entry {
        code: "T0107",
        title: "a label is none of the classes",
        explanation: "The classes are the label's `set` in the contract, or else the labels of `train`; a row of another split has another one. Declare the closed set of classes in the contract, or stratify the split by the label.",
    },
    Entry {
        code: "T0108",
        title: "a value that no network can use",
        explanation: "A feature is NaN, infinite, or so large that the variance of its column is no number; an image is missing or has another number of bytes than its size says, or a column is not of its type. The message names column and row, and never the value. Put a `validate` step before training and make such values missing (`nan = \"null\"`): features may miss values, images may not.",
    },
    Entry {
        code: "T0109",
        title: "no column is a feature",
        explanation: "The label, and columns with the roles `id`, `group`, `time`, `weight`, `sensitive`, `personal` and `ignore`, are no features, and no other column is left. Give at least one column the role `feature`, which is what a column without a role has.",
    },
    Entry {
        code: "T0110",
        title: "a network of this family takes other data",
        explanation: "`mlp` takes tables, `cnn` and `resnet` take images. The dataset holds the other. Name another `family`; pixels in columns become images by `[image]` in the contract.",
    },
    Entry {
        code: "T0111",
        title: "images are too small for the network",
        explanation: "The network halves images on their way, and less than it needs would be left of these. Use the family `cnn`, which halves least, or larger images.",
    },
    Entry {
        code: "T0112",
        title: "predictions cannot be written",
        explanation: "The message has the path and the reason. Look at the room on the disk, then build again.",
    },
    Entry {
        code: "T0113",
        title: "rows cannot go through the preprocessing that a model learned behind",
        explanation: "A model carries the fitted states of its training rows: what `preprocess` learned and did. Rows that lack them at the end are put through them; rows that went through another state are refused, since the same number would mean something else, and so are rows without a column that a state reads. Predict on rows from before their `preprocess` step, or on those of the same `STEP/fit`; or train again.",
    },
    Entry {
        code: "T0114",
        title: "a feature is of a type that no network takes",
        explanation: "A feature is a date or a timestamp, and what of it matters (the month, the hour, the days since something) is nobody's to guess. Give the column the role `time` or `ignore` in the contract, or make numbers of it in a `transform` step, such as date_part('month', day).",
    },
    Entry {
        code: "T0201",
        title: "a model cannot be read",
        explanation: "A model is a folder with `model.json`, which has a `version` and a `runtime`, and `weights.safetensors`, whose tensors are those of the network that `model.json` describes. One of them is damaged, or of another runtime. Build the step that makes the model again: `ingot build --rerun STEP`.",
    },
    Entry {
        code: "T0202",
        title: "a model is no start for this training",
        explanation: "`init` gives the first weights, so it must be the same network over the same kind of rows: the same family and sizes, the same features or the same size of images. The message says what differs. Give both steps the same params and data.",
    },
    Entry {
        code: "T0203",
        title: "a model has no classes to predict",
        explanation: "The model is an encoder, as `pretrain` makes it: it has no last layer that tells classes apart. Fine-tune it first (`kind = \"fine-tune\"`, `inputs.init`), and predict with the model that this gives.",
    },
    Entry {
        code: "T0204",
        title: "a dataset is not like the one that the model learned from",
        explanation: "A feature is missing or of another type, or images have another size. The model's preprocessing was fitted on the data of its training, and would be wrong here. Columns that the model does not know are allowed. Predict on data made by the steps that the model learned from.",
    },
    Entry {
        code: "T0301",
        title: "a param is out of its range, or does not fit another",
        explanation: "The message names the param. Most params are checked while planning; here one was found that goes together with others: `freeze` without `inputs.init` would leave an encoder that never learned. `ingot kinds KIND` lists the params and their ranges.",
    },
    Entry {
        code: "T0302",
        title: "the loss left the numbers",
        explanation: "The loss became NaN or infinite, and every step after that would learn nothing. The message names the epoch and the step. Lower `lr`, warm it up longer (`warmup_epochs`), or look for extreme values among the features.",
    },
    Entry {
        code: "T0303",
        title: "a training was stopped early",
        explanation: "A test of the worker asked it to stop after so many steps, as a killed training does. A build never asks that: report it.",
    },
    Entry {
        code: "T0304",
        title: "a file cannot be read or written",
        explanation: "The system refused a file of a model or a checkpoint; the message has the path and the reason. Look at the rights and at the room on the disk, then build again: a training goes on from its last checkpoint.",
    },
    Entry {
        code: "T0401",
        title: "libtorch refused an operation",
        explanation: "The message is the first line of libtorch's own. Often memory ran out, of the machine or of the GPU: lower `batch_size`, or the sizes of the network. Else it is a mistake of ours: report it with the log, `ingot log STEP`.",
    },
    Entry {
        code: "T0402",
        title: "the worker has no such kind, or another revision of it",
        explanation: "A kind's revision moves when its outputs may change, so a step runs with the revision that is in its key and with no other. `ingot` and `ingot-torch` are of different versions: install both from one release.",
    },
    Entry {
        code: "T0403",
        title: "a request has no seed",
        explanation: "The kind draws random numbers, and its request has no seed to draw them from; nothing else is taken in its place. `ingot` and `ingot-torch` are of different versions: install both from one release.",
    },
    Entry {
        code: "W0601",
        title: "there is no GPU",
        explanation: "The step declares `device = \"cuda\"`, and no GPU is to be seen here, or libtorch was built without CUDA. The device is in the key, so the step does not run on another one. Declare `device = \"cpu\"`, or point LIBTORCH at a libtorch with CUDA on a machine with a GPU.",
    },
    Entry {
        code: "W0602",
        title: "the declared platform cannot be had",
        explanation: "Threads, instruction set, device and precision are in the key, since the bits of a model may depend on them; here one of them is not what was declared. The message says what is there instead. Declare what every machine of the team has, for example `isa = \"avx2\"`.",
    },
];

#[cfg(test)]
#[path = "../../protocol/src/codes/said.rs"]
mod said;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use ingot_protocol::codes::{SHARED, check, table};

    use super::*;

    #[test]
    fn every_code_that_is_said_is_explained_and_no_other() {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let shared: BTreeSet<String> = SHARED.iter().map(|entry| entry.code.to_owned()).collect();
        let own = said::codes(&sources).into_iter().filter(|code| !shared.contains(code));
        let known: Vec<String> = CODES.iter().map(|entry| entry.code.to_owned()).collect();
        assert_eq!(own.collect::<Vec<_>>(), known, "sorted, and the same");
    }

    #[test]
    fn the_table_keeps_its_bounds() {
        assert_eq!(check(&table(&[CODES])), Ok(()));
    }
}
