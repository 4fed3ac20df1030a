//! Code as an input: which of its bytes mean something to the program that runs it.
//!
//! | file | owns |
//! |---|---|
//! | [`python`] | Python without comments and layout, and its definitions |
//!
//! Pure. Invariant: a form that is not surely the same program is not given: then every
//! byte of the file counts. What it does not do: it runs nothing and reads no file.

pub mod python;
