//! E04: params.

use super::Code;
use crate::diag::Exit;

/// The table.
pub(super) const CODES: &[Code] = &[
    Code {
        code: "E0401",
        exit: Exit::Manifest,
        title: "a param is not known",
        explanation: "The kind has no such param. `ingot kinds KIND` lists them with their defaults. Names follow PyTorch's.",
    },
    Code {
        code: "E0402",
        exit: Exit::Manifest,
        title: "a param has the wrong type",
        explanation: "The kind's schema asks for another type.",
    },
    Code {
        code: "E0403",
        exit: Exit::Manifest,
        title: "a param is out of range",
        explanation: "The kind's schema allows other values: a range, a list of words, a pattern.",
    },
    Code {
        code: "E0404",
        exit: Exit::Manifest,
        title: "a param is missing",
        explanation: "The kind has no default for it.",
    },
    Code {
        code: "E0406",
        exit: Exit::Manifest,
        title: "a kind's schema is not usable",
        explanation: "The worker describes its params in a way that cannot be checked: a remote reference, or a schema that is none. It is the worker's mistake.",
    },
];
