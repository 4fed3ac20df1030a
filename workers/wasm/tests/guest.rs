//! [`Guest`]: a plugin in WebAssembly text, made into a component without any toolchain.
//!
//! The module implements the canonical ABI by hand, so that a test decides every byte
//! that the host lifts: its descriptor is an image in memory ([`Value`] laid out), and
//! its `run` is a snippet. Invariant: what is not lied about is a plugin that works.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::value::{Descriptor, Image};

/// Where the image of constants begins; below it is scratch space of the snippets.
pub(crate) const BASE: u32 = 0x1_0000;

/// The head of every guest: its imports, its memory, its allocator.
const IMPORTS: &str = r#"
  (import "ingot:step/artifacts@1.0.0" "[method]reader.read" (func $read (param i32 i32 i32)))
  (import "ingot:step/artifacts@1.0.0" "[method]writer.write" (func $write (param i32 i32 i32)))
  (import "ingot:step/artifacts@1.0.0" "[method]input.streams" (func $streams (param i32 i32)))
  (import "ingot:step/artifacts@1.0.0" "[method]input.open" (func $open (param i32 i32 i32 i32)))
  (import "ingot:step/artifacts@1.0.0" "[method]output.create" (func $create (param i32 i32 i32 i32)))
  (import "ingot:step/artifacts@1.0.0" "[resource-drop]reader" (func $drop-reader (param i32)))
  (import "ingot:step/artifacts@1.0.0" "[resource-drop]writer" (func $drop-writer (param i32)))
  (import "ingot:step/report@1.0.0" "log" (func $log (param i32 i32)))
  (import "ingot:step/report@1.0.0" "progress" (func $progress (param i64 i64 i32 i32)))
  (import "ingot:step/report@1.0.0" "add-metric"
    (func $metric (param i32 i32 f64 i32 f64 i32 f64 i32 f64 i32 i32)))
  (import "ingot:step/report@1.0.0" "add-finding"
    (func $finding (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i64 i32 i32)))
"#;

/// The import that needs a grant.
pub(crate) const SEED: &str =
    r#"(import "ingot:step/seed@1.0.0" "draw" (func $draw (param i32 i32 i64) (result i64)))"#;

/// The types of `describe`, `run` and the allocator.
const REST: &str = r#"
  (global $heap (mut i32) (i32.const HEAP))
  (func $alloc (export "cabi_realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)
    (local $at i32)
    REALLOC
    (local.set $at (i32.and
      (i32.add (global.get $heap) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
    (global.set $heap (i32.add (local.get $at) (local.get $new)))
    (block $fits
      (br_if $fits (i32.le_u (global.get $heap) (i32.mul (memory.size) (i32.const 65536))))
      (drop (memory.grow (i32.add (i32.div_u (local.get $new) (i32.const 65536)) (i32.const 2)))))
    (if (i32.ne (local.get $old) (i32.const 0))
      (then (memory.copy (local.get $at) (local.get $old) (local.get $size))))
    (local.get $at))
"#;

/// A plugin in the making.
pub(crate) struct Guest {
    image: Image,
    descriptor: Descriptor,
    memory: String,
    imports: String,
    fields: String,
    realloc: String,
    run: String,
    describe: Option<String>,
}

impl Guest {
    /// A plugin with the kind `k` that does this; the snippet leaves the address of its
    /// result, for which `(call $ok)` stands when all is well.
    pub(crate) fn new(run: &str) -> Self {
        Self {
            image: Image::new(BASE),
            descriptor: Descriptor::default(),
            memory: "64".to_owned(),
            imports: String::new(),
            fields: String::new(),
            realloc: String::new(),
            run: run.to_owned(),
            describe: None,
        }
    }

    /// One that works: its one output is one file with a few bytes in it.
    pub(crate) fn good() -> Self {
        let mut guest = Self::new("");
        let name = guest.text("");
        let bytes = guest.text("written");
        guest.run = format!(
            "(local $w i32)
             (local.set $w (call $made (i32.load (local.get $outs)) {name}))
             (call $write (local.get $w) {bytes})
             (call $drop-writer (local.get $w))
             (call $ok)"
        );
        guest
    }

    /// The address and the length of a text, as two constants.
    pub(crate) fn text(&mut self, text: impl AsRef<[u8]>) -> String {
        let (at, length) = self.image.bytes(text.as_ref());
        format!("(i32.const {at}) (i32.const {length})")
    }

    /// The address of a failure's record: what `run` gives back.
    pub(crate) fn failure(&mut self, code: impl AsRef<[u8]>, message: impl AsRef<[u8]>) -> String {
        let at = self.image.failure(code.as_ref(), message.as_ref());
        format!("(i32.const {at})")
    }

    /// Sets what `run` does.
    pub(crate) fn run(mut self, run: impl Into<String>) -> Self {
        self.run = run.into();
        self
    }

    /// Sets what `describe` does, instead of giving the descriptor.
    pub(crate) fn describe(mut self, describe: impl Into<String>) -> Self {
        self.describe = Some(describe.into());
        self
    }

    /// Sets the limits of its memory, in pages.
    pub(crate) fn memory(mut self, memory: impl Into<String>) -> Self {
        self.memory = memory.into();
        self
    }

    /// Adds imports.
    pub(crate) fn import(mut self, imports: &str) -> Self {
        self.imports.push_str(imports);
        self
    }

    /// Sets what its allocator does before it does anything, or instead.
    pub(crate) fn realloc(mut self, realloc: &str) -> Self {
        self.realloc = realloc.to_owned();
        self
    }

    /// Adds fields to the module: functions, tables, a start.
    pub(crate) fn fields(mut self, fields: impl AsRef<str>) -> Self {
        self.fields.push_str(fields.as_ref());
        self
    }

    /// Changes what it says of itself.
    pub(crate) fn says(mut self, change: impl FnOnce(&mut Descriptor)) -> Self {
        change(&mut self.descriptor);
        self
    }

    /// The core module as text.
    pub(crate) fn module(&self) -> String {
        let Self { memory, imports, fields, run, .. } = self;
        let mut image = self.image.clone();
        let root = image.place(&self.descriptor.value());
        let describe = self.describe.clone().unwrap_or_else(|| format!("(i32.const {root})"));
        let bytes: String = image.content().iter().map(|byte| format!("\\{byte:02x}")).collect();
        let heap = image.end().div_ceil(16) * 16;
        let rest = REST.replace("HEAP", &heap.to_string()).replace("REALLOC", &self.realloc);
        let pages = heap / 65536 + 1;
        let memory = match memory.parse::<u32>() {
            Ok(least) => least.max(pages).to_string(),
            Err(_) => memory.clone(),
        };
        format!(
            r#"(module {IMPORTS} {imports}
  (memory (export "memory") {memory}) {rest}
  (data (i32.const {BASE}) "{bytes}")
  (func $ok (result i32)
    (memory.fill (i32.const 16) (i32.const 0) (i32.const 64)) (i32.const 16))
  ;; A writer of the output for the name; the result's record where there is none.
  (func $made (param $o i32) (param $at i32) (param $length i32) (result i32)
    (call $create (local.get $o) (local.get $at) (local.get $length) (i32.const 256))
    (if (result i32) (i32.eq (i32.load8_u (i32.const 256)) (i32.const 0))
      (then (i32.load (i32.const 260))) (else (i32.const -1))))
  {fields}
  (func (export "describe") (result i32) {describe})
  (func $run (export "run")
    (param $kind i32) (param $kind-length i32) (param $params i32) (param $params-length i32)
    (param $ins i32) (param $ins-length i32) (param $outs i32) (param $outs-length i32) (result i32)
    {run}))"#
        )
    }

    /// The component's bytes.
    pub(crate) fn component(&self) -> Vec<u8> {
        component_of(&self.module())
    }
}

/// The folder with the interface.
pub(crate) fn wit() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/wit")
}

/// The component of a core module in text.
pub(crate) fn component_of(module: &str) -> Vec<u8> {
    let module = wat::parse_str(module).unwrap_or_else(|error| panic!("{error}\n{module}"));
    componentized(&module).unwrap()
}

/// The component of a core module in bytes, or why there is none.
pub(crate) fn componentized(module: &[u8]) -> Result<Vec<u8>, String> {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let folder = tempfile::tempdir().unwrap();
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let (from, to) = (folder.path().join("m"), folder.path().join(format!("c{number}")));
    std::fs::write(&from, module).unwrap();
    ingot_wasm::componentize::componentize(&from, Some(&wit()), &to)
        .map_err(|error| error.to_string())?;
    Ok(std::fs::read(&to).unwrap())
}
