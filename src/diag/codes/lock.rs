//! E09: the lock.

use super::Code;
use crate::diag::Exit;

/// The table.
pub(super) const CODES: &[Code] = &[
    Code {
        code: "E0901",
        exit: Exit::Locked,
        title: "there is no lock",
        explanation: "`--locked` compares with ingot.lock. `ingot build` writes it; commit it.",
    },
    Code {
        code: "E0902",
        exit: Exit::Locked,
        title: "the lock does not agree",
        explanation: "A step's key is not the one in ingot.lock: something that it reads has changed. The causes say what. `ingot build` updates the lock.",
    },
    Code {
        code: "E0903",
        exit: Exit::Locked,
        title: "--frozen would have to run something",
        explanation: "`--frozen` takes everything from the store. Build with `--locked`, or bring the store's content here.",
    },
    Code {
        code: "E0904",
        exit: Exit::Locked,
        title: "an output differs from the lock",
        explanation: "The step ran with the locked key and gave other bytes, though its kind promises the same. Compare the platform and the worker's version.",
    },
    Code {
        code: "E0905",
        exit: Exit::Locked,
        title: "an output cannot be made again",
        explanation: "The step's output is not reproducible (`network = true`), and no store has the locked one.",
    },
    Code {
        code: "E0906",
        exit: Exit::Locked,
        title: "a metric or a finding differs from the lock",
        explanation: "The step, or the store's record of it, says something else than ingot.lock, with the same key. Either the step is not reproducible in what it reports, or the lock was edited. `ingot build` writes what is true.",
    },
    Code {
        code: "E0907",
        exit: Exit::Locked,
        title: "a verdict differs from the lock",
        explanation: "The gates and waivers of the manifest, the metrics and the findings give another verdict than ingot.lock names: a gate or a waiver was changed since, or the lock was edited. `ingot build` writes what is true.",
    },
    Code {
        code: "E0911",
        exit: Exit::Locked,
        title: "the lock is malformed",
        explanation: "ingot.lock is written by `ingot build`. Restore it from version control, or remove it and build.",
    },
    Code {
        code: "E0912",
        exit: Exit::Locked,
        title: "the lock holds a merge conflict",
        explanation: "Take either side and run `ingot build`: records are made anew where they no longer fit.",
    },
    Code {
        code: "E0913",
        exit: Exit::Locked,
        title: "the lock is of another version",
        explanation: "Use the version of ingot that wrote it, or a newer one.",
    },
    Code {
        code: "E0914",
        exit: Exit::Locked,
        title: "the lock has a record twice",
        explanation: "Usually after a merge. Remove one of the two and run `ingot build`.",
    },
];
