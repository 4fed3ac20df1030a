//! Matrix products whose bits are the same on every x86-64 with AVX2 and FMA.
//!
//! Libraries of linear algebra choose their blocks and kernels by the processor's maker,
//! its caches and the number of threads; each choice is another order of the sums, and
//! another order is other bits. Here nothing is asked of the processor but that it has
//! the two instruction sets.
//!
//! * [`gemm`] says what a product is, in which order it sums, and how it is cut.
//! * [`pack`] copies an operand into the order in which the kernel reads it.
//! * [`kernel`] is the only `unsafe`: the tile in registers, and the memory of C.
//!
//! Invariant: an element of C is a function of its row of A, its column of B, alpha,
//! beta and what it held: its sum runs over k in blocks of [`gemm::DEPTH`], within a
//! block by fused multiply-adds in ascending order. Threads, strides, and where in C
//! the element stands change nothing.
#![cfg(target_arch = "x86_64")]

pub mod gemm;
pub mod kernel;
pub mod pack;

pub use gemm::{Gemm, Operand};
pub use kernel::{Element, available, multiply, piece};
