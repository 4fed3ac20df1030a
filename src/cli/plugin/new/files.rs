//! What `ingot plugin new` writes: path in the new folder, and text.
//!
//! Invariant: it is what stands in `plugins/sdk` and `plugins/wit`, all of it; a test
//! compares the lists with the folders.

type Files = &'static [(&'static str, &'static str)];

/// What is beside a plugin in every language.
pub(super) const INTERFACE: Files =
    &[("wit/step.wit", include_str!("../../../../plugins/wit/step.wit"))];

/// Rust.
pub(super) const RUST: Files = &[
    (".gitignore", include_str!("../../../../plugins/sdk/templates/rust/.gitignore")),
    ("Cargo.toml", include_str!("../../../../plugins/sdk/templates/rust/Cargo.toml")),
    ("README.md", include_str!("../../../../plugins/sdk/templates/rust/README.md")),
    ("src/lib.rs", include_str!("../../../../plugins/sdk/templates/rust/src/lib.rs")),
    ("tests/plugin.rs", include_str!("../../../../plugins/sdk/templates/rust/tests/plugin.rs")),
];

/// The guest crate, for Rust.
pub(super) const SDK: Files = &[
    ("sdk/Cargo.toml", include_str!("../../../../plugins/sdk/Cargo.toml")),
    ("sdk/README.md", include_str!("../../../../plugins/sdk/README.md")),
    ("sdk/src/columns.rs", include_str!("../../../../plugins/sdk/src/columns.rs")),
    ("sdk/src/failure.rs", include_str!("../../../../plugins/sdk/src/failure.rs")),
    ("sdk/src/host/component.rs", include_str!("../../../../plugins/sdk/src/host/component.rs")),
    ("sdk/src/host/memory.rs", include_str!("../../../../plugins/sdk/src/host/memory.rs")),
    ("sdk/src/host/mod.rs", include_str!("../../../../plugins/sdk/src/host/mod.rs")),
    ("sdk/src/kind.rs", include_str!("../../../../plugins/sdk/src/kind.rs")),
    ("sdk/src/lib.rs", include_str!("../../../../plugins/sdk/src/lib.rs")),
    ("sdk/src/report.rs", include_str!("../../../../plugins/sdk/src/report.rs")),
    ("sdk/src/run.rs", include_str!("../../../../plugins/sdk/src/run.rs")),
    ("sdk/src/stream.rs", include_str!("../../../../plugins/sdk/src/stream.rs")),
    ("sdk/src/table.rs", include_str!("../../../../plugins/sdk/src/table.rs")),
    ("sdk/src/test/case.rs", include_str!("../../../../plugins/sdk/src/test/case.rs")),
    ("sdk/src/test/in_host.rs", include_str!("../../../../plugins/sdk/src/test/in_host.rs")),
    ("sdk/src/test/mod.rs", include_str!("../../../../plugins/sdk/src/test/mod.rs")),
    ("sdk/src/test/outcome.rs", include_str!("../../../../plugins/sdk/src/test/outcome.rs")),
];

/// C.
pub(super) const C: Files = &[
    (".gitignore", include_str!("../../../../plugins/sdk/templates/c/.gitignore")),
    ("README.md", include_str!("../../../../plugins/sdk/templates/c/README.md")),
    ("build.sh", include_str!("../../../../plugins/sdk/templates/c/build.sh")),
    ("plugin.c", include_str!("../../../../plugins/sdk/templates/c/plugin.c")),
];

/// What a plugin in C leans on.
pub(super) const FREESTANDING: Files = &[
    ("bindings/step.c", include_str!("../../../../plugins/sdk/c/bindings/step.c")),
    ("bindings/step.h", include_str!("../../../../plugins/sdk/c/bindings/step.h")),
    (
        "freestanding/component_type.c",
        include_str!("../../../../plugins/sdk/c/freestanding/component_type.c"),
    ),
    ("freestanding/memory.c", include_str!("../../../../plugins/sdk/c/freestanding/memory.c")),
    ("freestanding/stdlib.h", include_str!("../../../../plugins/sdk/c/freestanding/stdlib.h")),
    ("freestanding/string.h", include_str!("../../../../plugins/sdk/c/freestanding/string.h")),
];

/// Python.
pub(super) const PYTHON: Files = &[
    (".gitignore", include_str!("../../../../plugins/sdk/templates/python/.gitignore")),
    ("README.md", include_str!("../../../../plugins/sdk/templates/python/README.md")),
    ("app.py", include_str!("../../../../plugins/sdk/templates/python/app.py")),
    ("build.sh", include_str!("../../../../plugins/sdk/templates/python/build.sh")),
    ("world.wit", include_str!("../../../../plugins/sdk/templates/python/world.wit")),
];

/// JavaScript.
pub(super) const JS: Files = &[
    (".gitignore", include_str!("../../../../plugins/sdk/templates/js/.gitignore")),
    ("README.md", include_str!("../../../../plugins/sdk/templates/js/README.md")),
    ("app.js", include_str!("../../../../plugins/sdk/templates/js/app.js")),
    ("build.mjs", include_str!("../../../../plugins/sdk/templates/js/build.mjs")),
    ("build.sh", include_str!("../../../../plugins/sdk/templates/js/build.sh")),
    ("package.json", include_str!("../../../../plugins/sdk/templates/js/package.json")),
    ("world/world.wit", include_str!("../../../../plugins/sdk/templates/js/world/world.wit")),
];

/// A case for those that have no test framework of their own.
pub(super) const CASES: Files = &[
    (
        "cases/upper/case.json",
        include_str!("../../../../plugins/sdk/templates/cases/upper/case.json"),
    ),
    (
        "cases/upper/expected/out/0/0",
        include_str!("../../../../plugins/sdk/templates/cases/upper/expected/out/0/0"),
    ),
    (
        "cases/upper/expected/result.json",
        include_str!("../../../../plugins/sdk/templates/cases/upper/expected/result.json"),
    ),
    ("cases/upper/in/0/0", include_str!("../../../../plugins/sdk/templates/cases/upper/in/0/0")),
];
