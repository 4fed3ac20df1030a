//! The matrix products that libtorch calls, in front of those that it brings.
//!
//! libtorch calls BLAS by name, and the dynamic linker looks for a name in the program
//! first: [`sgemm_`], [`dgemm_`] and the two batches stand here and are exported
//! (`build.rs`). With [`Products::Ours`] they are those of `ingot-blas`, whose bits no
//! processor, cache or number of threads changes, and so are the elementary functions
//! ([`crate::vector_math`]); else the call is passed on.
//!
//! Why `unsafe`: these calls are bare pointers, and other libraries' functions are found
//! by name. Sizes are checked before a pointer becomes a slice; a call that BLAS forbids
//! goes on to the library, which says what is wrong with it.
#![allow(unsafe_code, reason = "BLAS is called with bare pointers, and found by name")]

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use ingot_blas::gemm::Grid;
use ingot_blas::{Element, Gemm, Operand};

use crate::vector_math;

/// Whose matrix products libtorch gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Products {
    /// Those of `ingot-blas`.
    Ours,
    /// Those of the library that libtorch was built with.
    Library,
}

static OURS: AtomicBool = AtomicBool::new(false);

/// Whether what was chosen is [`Products::Ours`].
pub(crate) fn ours() -> bool {
    OURS.load(Ordering::Relaxed)
}

/// Chooses for the process; false where libtorch would not call what was chosen.
pub fn choose(products: Products) -> bool {
    OURS.store(products == Products::Ours, Ordering::Relaxed);
    let mut exported: Vec<(&CStr, *const c_void)> = vec![
        (c"sgemm_", sgemm_ as *const c_void),
        (c"dgemm_", dgemm_ as *const c_void),
        (c"cblas_sgemm_batch", cblas_sgemm_batch as *const c_void),
        (c"cblas_dgemm_batch", cblas_dgemm_batch as *const c_void),
    ];
    exported.extend(vector_math::exported());
    match products {
        Products::Ours => {
            ingot_blas::available()
                && exported.iter().all(|(name, ours)| symbol(libc::RTLD_DEFAULT, name) == *ours)
        }
        Products::Library => !symbol(libc::RTLD_NEXT, c"sgemm_").is_null(),
    }
}

/// A matrix as BLAS gets it: in columns, or the transpose of one that is.
#[derive(Debug, Clone, Copy)]
struct Stored {
    transposed: bool,
    stride: c_int,
}

impl Stored {
    fn fortran(letter: c_char, stride: c_int) -> Option<Self> {
        let transposed = match u8::try_from(letter).ok()? {
            b'n' | b'N' => false,
            b't' | b'T' | b'c' | b'C' => true,
            _ => return None,
        };
        Some(Self { transposed, stride })
    }

    /// The operand (rows, columns) that stands at `values`; `None` where the stride is
    /// shorter than a column.
    ///
    /// # Safety
    ///
    /// `values` points at the matrix that the sizes and the stride say, for as long as
    /// the operand is used.
    unsafe fn operand<'a, T>(
        self,
        values: *const T,
        rows: usize,
        columns: usize,
    ) -> Option<Operand<'a, T>> {
        let (height, width) = if self.transposed { (columns, rows) } else { (rows, columns) };
        let stride = usize::try_from(self.stride).ok().filter(|stride| *stride >= height.max(1))?;
        let length = if height == 0 || width == 0 { 0 } else { stride * (width - 1) + height };
        let values = if length == 0 {
            &[]
        } else {
            // SAFETY: not empty, and the caller's promise.
            unsafe { std::slice::from_raw_parts(values, length) }
        };
        let (row_stride, column_stride) = if self.transposed { (stride, 1) } else { (1, stride) };
        Some(Operand { values, row_stride, column_stride })
    }
}

/// One product as BLAS gets it.
struct Call<T> {
    sizes: (c_int, c_int, c_int),
    factors: (T, T),
    a: (*const T, Option<Stored>),
    b: (*const T, Option<Stored>),
    c: (*mut T, c_int),
}

impl<T: Element> Call<T> {
    /// Computes it; false, with nothing done, where BLAS forbids such a call.
    ///
    /// # Safety
    ///
    /// The pointers are those of matrices of these sizes; nothing else uses C meanwhile.
    unsafe fn run(&self) -> bool {
        // SAFETY: the caller's promise.
        let Some((gemm, stride)) = (unsafe { self.checked() }) else { return false };
        let sizes = (gemm.m, gemm.n, gemm.k);
        let threads = usize::try_from(tch::get_num_threads()).unwrap_or(1);
        let grid = Grid::new(sizes, threads);
        let c = Place(self.c.0);
        parallel(grid.pieces(), &|number| {
            // SAFETY: C is m by n with this stride, by the caller's promise, and each
            // piece is computed once. The processor was asked in `choose`.
            unsafe { ingot_blas::piece(&gemm, c.pointer(), stride, grid, number) }
        });
        true
    }

    /// # Safety
    ///
    /// As [`Self::run`].
    unsafe fn checked<'a>(&self) -> Option<(Gemm<'a, T>, usize)> {
        let (m, n, k) = self.sizes;
        let (m, n) = (usize::try_from(m).ok()?, usize::try_from(n).ok()?);
        let k = usize::try_from(k).ok()?;
        let stride = usize::try_from(self.c.1).ok().filter(|stride| *stride >= m.max(1))?;
        let (alpha, beta) = self.factors;
        // SAFETY: the caller's promise.
        let (a, b) =
            unsafe { (self.a.1?.operand(self.a.0, m, k)?, self.b.1?.operand(self.b.0, k, n)?) };
        Some((Gemm { m, n, k, alpha, a, b, beta }, stride))
    }
}

/// C, for threads that each write a piece of their own.
#[derive(Clone, Copy)]
struct Place<T>(*mut T);

impl<T> Place<T> {
    fn pointer(self) -> *mut T {
        self.0
    }
}

// SAFETY: see `Call::run`: the threads write disjoint pieces.
unsafe impl<T: Send> Sync for Place<T> {}

/// Runs `body` for each number below `pieces`, on the threads that libtorch has: its
/// own OpenMP's, so that no core has two pools. Where libtorch is already computing on
/// several threads, or has no OpenMP, this thread does all.
fn parallel(pieces: usize, body: &(dyn Fn(usize) + Sync)) {
    struct Work<'a> {
        next: AtomicUsize,
        pieces: usize,
        body: &'a (dyn Fn(usize) + Sync),
    }

    extern "C" fn take(work: *mut c_void) {
        // SAFETY: the pointer is that of the call below, which outlives its threads.
        let work = unsafe { &*work.cast::<Work<'_>>() };
        loop {
            let number = work.next.fetch_add(1, Ordering::Relaxed);
            if number >= work.pieces {
                break;
            }
            (work.body)(number);
        }
    }

    type Parallel = unsafe extern "C" fn(extern "C" fn(*mut c_void), *mut c_void, c_uint, c_uint);
    type InParallel = unsafe extern "C" fn() -> c_int;
    static OPENMP: OnceLock<Option<(Parallel, InParallel)>> = OnceLock::new();
    let openmp = OPENMP.get_or_init(|| {
        let names = [c"GOMP_parallel", c"omp_in_parallel"];
        let [start, inside] = names.map(|name| symbol(libc::RTLD_DEFAULT, name));
        if start.is_null() || inside.is_null() {
            return None;
        }
        // SAFETY: not null, and of the types that OpenMP's binary interface says.
        Some(unsafe {
            (
                std::mem::transmute::<*const c_void, Parallel>(start),
                std::mem::transmute::<*const c_void, InParallel>(inside),
            )
        })
    });
    match openmp {
        // SAFETY: no arguments.
        Some((start, inside)) if pieces > 1 && unsafe { inside() } == 0 => {
            let mut work = Work { next: AtomicUsize::new(0), pieces, body };
            // SAFETY: every thread of the team ends before the call does.
            unsafe { start(take, (&raw mut work).cast(), 0, 0) }
        }
        _ => (0..pieces).for_each(body),
    }
}

/// The address of a name, null where there is none.
fn symbol(whose: *mut c_void, name: &CStr) -> *const c_void {
    // SAFETY: the name ends with a zero.
    unsafe { libc::dlsym(whose, name.as_ptr()) }
}

/// The function of this name that stands behind this program's. A program whose libtorch
/// has none was never called by it.
///
/// # Safety
///
/// `function` is of the type of the library's function; the name ends with a zero.
pub(crate) unsafe fn library_has<F: Copy>(name: &str, function: &mut F) {
    let found = CStr::from_bytes_with_nul(name.as_bytes())
        .map_or(std::ptr::null(), |name| symbol(libc::RTLD_NEXT, name));
    if found.is_null() || size_of::<F>() != size_of_val(&found) {
        std::process::abort();
    }
    // SAFETY: of one size, and both are addresses of a function.
    *function = unsafe { std::mem::transmute_copy::<*const c_void, F>(&found) };
}

/// Whatever CBLAS calls by a number.
const COLUMN_MAJOR: c_int = 102;
const NOT_TRANSPOSED: c_int = 111;

/// A batch of products as CBLAS gets it: groups, each of products of the same sizes.
struct Batch<T> {
    column_major: bool,
    groups: usize,
    turns: (*const c_int, *const c_int),
    sizes: (*const c_int, *const c_int, *const c_int),
    factors: (*const T, *const T),
    a: (*const *const T, *const c_int),
    b: (*const *const T, *const c_int),
    c: (*const *mut T, *const c_int),
    counts: *const c_int,
}

impl<T: Element> Batch<T> {
    /// Computes all; false, with nothing done, where BLAS forbids such a call.
    ///
    /// # Safety
    ///
    /// The arrays are as long as CBLAS says; for the rest see [`Call::run`].
    unsafe fn run(&self) -> bool {
        let mut calls = Vec::new();
        for group in 0..self.groups {
            // SAFETY: each array has a place for each group, and those of matrices have
            // one for each product.
            unsafe {
                for _ in 0..usize::try_from(*self.counts.add(group)).unwrap_or(0) {
                    calls.push(self.call(group, calls.len()));
                }
            }
        }
        // SAFETY: the caller's promise.
        if !calls.iter().all(|call| unsafe { call.checked() }.is_some()) {
            return false;
        }
        let threads = usize::try_from(tch::get_num_threads()).unwrap_or(1);
        let run = |index: usize| {
            // SAFETY: the caller's promise; CBLAS forbids products that share a C.
            unsafe { calls[index].run() };
        };
        if calls.len() >= threads {
            parallel(calls.len(), &run);
        } else {
            (0..calls.len()).for_each(run);
        }
        true
    }

    /// # Safety
    ///
    /// As [`Self::run`], of a group and a product that are there.
    unsafe fn call(&self, group: usize, product: usize) -> Call<T> {
        // SAFETY: the caller's promise.
        unsafe {
            let stored = |turn: *const c_int, stride: *const c_int| {
                let transposed = *turn.add(group) != NOT_TRANSPOSED;
                Some(Stored { transposed, stride: *stride.add(group) })
            };
            let a = (*self.a.0.add(product), stored(self.turns.0, self.a.1));
            let b = (*self.b.0.add(product), stored(self.turns.1, self.b.1));
            let (m, n) = (*self.sizes.0.add(group), *self.sizes.1.add(group));
            // Rows are columns of the transpose, and the transpose is B' A'.
            let (a, b, m, n) = if self.column_major { (a, b, m, n) } else { (b, a, n, m) };
            Call {
                sizes: (m, n, *self.sizes.2.add(group)),
                factors: (*self.factors.0.add(group), *self.factors.1.add(group)),
                a,
                b,
                c: (*self.c.0.add(product), *self.c.1.add(group)),
            }
        }
    }
}

// SAFETY: the pointers are read by threads that write disjoint matrices.
unsafe impl<T: Send> Sync for Call<T> {}

/// The two exported functions of a scalar type.
macro_rules! exported {
    ($scalar:ident, $gemm:ident, $batch:ident) => {
        /// `C <- alpha op(A) op(B) + beta C`: Fortran's call.
        ///
        /// # Safety
        ///
        /// As BLAS says.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $gemm(
            turn_a: *const c_char,
            turn_b: *const c_char,
            m: *const c_int,
            n: *const c_int,
            k: *const c_int,
            alpha: *const $scalar,
            a: *const $scalar,
            lda: *const c_int,
            b: *const $scalar,
            ldb: *const c_int,
            beta: *const $scalar,
            c: *mut $scalar,
            ldc: *const c_int,
        ) {
            // SAFETY: the caller keeps BLAS's rules.
            let done = ours()
                && unsafe {
                    let (a, b) =
                        ((a, Stored::fortran(*turn_a, *lda)), (b, Stored::fortran(*turn_b, *ldb)));
                    let (sizes, factors) = ((*m, *n, *k), (*alpha, *beta));
                    Call { sizes, factors, a, b, c: (c, *ldc) }.run()
                };
            if !done {
                let mut function: unsafe extern "C" fn(_, _, _, _, _, _, _, _, _, _, _, _, _) =
                    $gemm;
                // SAFETY: the library's function of this name is of this type.
                unsafe {
                    library_has(concat!(stringify!($gemm), "\0"), &mut function);
                    function(turn_a, turn_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
                }
            }
        }

        /// Groups of products, each of its own sizes: MKL's call.
        ///
        /// # Safety
        ///
        /// As MKL says.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $batch(
            layout: c_int,
            turns_a: *const c_int,
            turns_b: *const c_int,
            m: *const c_int,
            n: *const c_int,
            k: *const c_int,
            alpha: *const $scalar,
            a: *const *const $scalar,
            lda: *const c_int,
            b: *const *const $scalar,
            ldb: *const c_int,
            beta: *const $scalar,
            c: *const *mut $scalar,
            ldc: *const c_int,
            groups: c_int,
            counts: *const c_int,
        ) {
            let batch = Batch {
                column_major: layout == COLUMN_MAJOR,
                groups: usize::try_from(groups).unwrap_or(0),
                turns: (turns_a, turns_b),
                sizes: (m, n, k),
                factors: (alpha, beta),
                a: (a, lda),
                b: (b, ldb),
                c: (c, ldc),
                counts,
            };
            // SAFETY: the caller keeps MKL's rules.
            if !(ours() && unsafe { batch.run() }) {
                let mut function: unsafe extern "C" fn(
                    _,
                    _,
                    _,
                    _,
                    _,
                    _,
                    _,
                    _,
                    _,
                    _,
                    _,
                    _,
                    _,
                    _,
                    _,
                    _,
                ) = $batch;
                // SAFETY: the library's function of this name is of this type.
                unsafe {
                    library_has(concat!(stringify!($batch), "\0"), &mut function);
                    function(
                        layout, turns_a, turns_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc,
                        groups, counts,
                    );
                }
            }
        }
    };
}

exported!(f32, sgemm_, cblas_sgemm_batch);
exported!(f64, dgemm_, cblas_dgemm_batch);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tch::{Device, Kind, Tensor};

    use super::*;
    use crate::random::{alone, reseed};

    /// `x y` by `ingot-blas` alone, whose columns are libtorch's rows.
    fn expected<T: Element + tch::kind::Element>(x: &Tensor, y: &Tensor, one: T) -> Vec<T>
    where
        Vec<T>: TryFrom<Tensor, Error: std::fmt::Debug>,
    {
        let (rows, inner) = x.size2().unwrap();
        let columns = y.size2().unwrap().1;
        let [rows, inner, columns] =
            [rows, inner, columns].map(|size| usize::try_from(size).unwrap());
        let [x, y] = [x, y].map(|tensor| Vec::<T>::try_from(tensor.flatten(0, -1)).unwrap());
        let operand = |values, stride| Operand { values, row_stride: 1, column_stride: stride };
        let (a, b) = (operand(y.as_slice(), columns), operand(x.as_slice(), inner));
        let gemm = Gemm { m: columns, n: rows, k: inner, alpha: one, a, b, beta: T::default() };
        let mut c = vec![T::default(); rows * columns];
        assert!(ingot_blas::multiply(&gemm, &mut c, columns, 1));
        c
    }

    #[test]
    fn libtorch_calls_the_products_of_this_program() {
        if !ingot_blas::available() {
            println!("skipped: this processor has no AVX2");
            return;
        }
        let _alone = alone();
        reseed(3, "test", 0).unwrap();
        assert!(choose(Products::Ours));
        let draw = |shape: &[i64], kind| Tensor::rand(shape, (kind, Device::Cpu)) - 0.5;
        for (rows, inner, columns) in [(70, 300, 50), (1, 7, 3), (200, 700, 90)] {
            let (x, y) = (draw(&[rows, inner], Kind::Float), draw(&[inner, columns], Kind::Float));
            let found = Vec::<f32>::try_from(x.matmul(&y).flatten(0, -1)).unwrap();
            assert!(found == expected(&x, &y, 1.0_f32), "f32, {rows} {inner} {columns}");
            let turned = y.transpose(0, 1).contiguous().transpose(0, 1);
            let found = Vec::<f32>::try_from(x.matmul(&turned).flatten(0, -1)).unwrap();
            assert!(found == expected(&x, &y, 1.0_f32), "turned, {rows} {inner} {columns}");
            let (x, y) = (x.to_kind(Kind::Double), y.to_kind(Kind::Double));
            let found = Vec::<f64>::try_from(x.matmul(&y).flatten(0, -1)).unwrap();
            assert!(found == expected(&x, &y, 1.0_f64), "f64, {rows} {inner} {columns}");
        }
        let (x, y) = (draw(&[5, 70, 300], Kind::Float), draw(&[5, 300, 50], Kind::Float));
        let found = x.bmm(&y);
        for index in 0..5 {
            let found = Vec::<f32>::try_from(found.get(index).flatten(0, -1)).unwrap();
            assert!(found == expected(&x.get(index), &y.get(index), 1.0_f32), "of a batch");
        }
    }

    #[test]
    fn a_call_that_blas_forbids_is_passed_on() {
        let letter = |letter: u8| c_char::try_from(letter).unwrap();
        assert!(Stored::fortran(letter(b'x'), 1).is_none());
        let stored = Stored::fortran(letter(b'n'), 2).unwrap();
        // SAFETY: a stride that is shorter than a column reads nothing.
        assert!(unsafe { stored.operand::<f32>(std::ptr::null(), 3, 1) }.is_none());
        // SAFETY: nor does an empty matrix.
        assert!(unsafe { stored.operand::<f32>(std::ptr::null(), 0, 4) }.is_some());
    }
}
