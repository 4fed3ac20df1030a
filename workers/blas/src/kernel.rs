//! The one file with `unsafe`: tiles in vector registers, and the memory of C.
//!
//! Why `unsafe`: the instructions exist only where the processor has them, which is
//! asked once ([`available`]); and the threads of a product write into one C, each its
//! own rectangle, which no slice can say. Everything that decides anything, how C is
//! cut and what is packed, is safe code elsewhere.
#![allow(unsafe_code, reason = "vector instructions, and one C that several threads write")]

use std::arch::x86_64::{
    __m256, __m256d, _MM_HINT_T0, _mm_prefetch, _mm256_add_pd, _mm256_add_ps, _mm256_fmadd_pd,
    _mm256_fmadd_ps, _mm256_loadu_pd, _mm256_loadu_ps, _mm256_mul_pd, _mm256_mul_ps,
    _mm256_permute2f128_ps, _mm256_set1_pd, _mm256_set1_ps, _mm256_setzero_pd, _mm256_setzero_ps,
    _mm256_shuffle_ps, _mm256_storeu_pd, _mm256_storeu_ps, _mm256_unpackhi_ps, _mm256_unpacklo_ps,
};
use std::cell::RefCell;
use std::ops::{Add, Mul};

use crate::gemm::{COLUMNS, DEPTH, Gemm, Grid, ROWS, TILE_COLUMNS};
use crate::pack::{self, Block};

/// Whether this processor has what the kernel is made of.
pub fn available() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

/// What a block's sum becomes in C.
#[derive(Debug, Clone, Copy)]
pub struct Merge<T> {
    alpha: T,
    /// `None` takes nothing of C; `Some(1)` adds.
    beta: Option<T>,
}

/// `f32` or `f64`.
pub trait Element:
    Copy + Default + PartialEq + Send + Sync + Mul<Output = Self> + Add<Output = Self> + 'static
{
    /// Rows of a tile: two vectors.
    const TILE_ROWS: usize;
    /// One.
    const ONE: Self;

    /// `self * factor + addend`, rounded once.
    fn fused(self, factor: Self, addend: Self) -> Self;

    /// Lends this thread's memory for a packed A and a packed B.
    fn with_buffers(body: impl FnOnce(&mut Vec<Self>, &mut Vec<Self>));

    /// Packs a block of A.
    fn pack_rows(block: Block<'_, Self>, packed: &mut [Self]);

    /// Transposes `breadth` runs of memory, `across` apart, into a sliver with zeros
    /// beside them, as far as whole vectors reach; returns how far that is.
    fn turn<const WIDTH: usize>(
        values: &[Self],
        breadth: usize,
        across: usize,
        sliver: &mut [Self],
    ) -> usize;

    /// [`piece`], compiled here: what is generic is compiled where it is used, and not
    /// for speed there.
    ///
    /// # Safety
    ///
    /// As there.
    unsafe fn piece(gemm: &Gemm<'_, Self>, c: *mut Self, stride: usize, grid: Grid, number: usize);

    /// Adds the tile of two slivers to C.
    ///
    /// # Safety
    ///
    /// [`available`]; `a` and `b` are slivers of `depth`; `c` is that of
    /// [`TILE_COLUMNS`] columns, `stride` apart, of [`Element::TILE_ROWS`] elements each.
    unsafe fn tile(
        depth: usize,
        a: *const Self,
        b: *const Self,
        merge: Merge<Self>,
        c: *mut Self,
        stride: usize,
    );
}

macro_rules! element {
    ($scalar:ident, $vector:ident, $lanes:literal, $zero:ident, $load:ident, $store:ident,
     $broadcast:ident, $fma:ident, $mul:ident, $add:ident, $tile:ident, $turn:expr) => {
        impl Element for $scalar {
            const TILE_ROWS: usize = 2 * $lanes;
            const ONE: Self = 1.0;

            fn fused(self, factor: Self, addend: Self) -> Self {
                self.mul_add(factor, addend)
            }

            fn with_buffers(body: impl FnOnce(&mut Vec<Self>, &mut Vec<Self>)) {
                thread_local! {
                    static BUFFERS: RefCell<(Vec<$scalar>, Vec<$scalar>)> =
                        const { RefCell::new((Vec::new(), Vec::new())) };
                }
                BUFFERS.with_borrow_mut(|(a, b)| body(a, b));
            }

            fn pack_rows(block: Block<'_, Self>, packed: &mut [Self]) {
                pack::pack::<Self, { 2 * $lanes }>(block, packed);
            }

            fn turn<const WIDTH: usize>(
                values: &[Self],
                breadth: usize,
                across: usize,
                sliver: &mut [Self],
            ) -> usize {
                ($turn)(WIDTH, values, (breadth, across), sliver)
            }

            #[inline(never)]
            unsafe fn piece(
                gemm: &Gemm<'_, Self>,
                c: *mut Self,
                stride: usize,
                grid: Grid,
                number: usize,
            ) {
                // SAFETY: the caller's promise.
                unsafe { blocks(gemm, c, stride, grid, number) }
            }

            unsafe fn tile(
                depth: usize,
                a: *const Self,
                b: *const Self,
                merge: Merge<Self>,
                c: *mut Self,
                stride: usize,
            ) {
                // SAFETY: the caller's promise.
                unsafe { $tile(depth, a, b, merge, c, stride) }
            }
        }

        /// See [`Element::tile`].
        #[target_feature(enable = "avx2,fma")]
        unsafe fn $tile(
            depth: usize,
            mut a: *const $scalar,
            mut b: *const $scalar,
            merge: Merge<$scalar>,
            c: *mut $scalar,
            stride: usize,
        ) {
            // What is merged at the end is on its way meanwhile.
            for column in 0..TILE_COLUMNS {
                _mm_prefetch::<_MM_HINT_T0>(c.wrapping_add(column * stride).cast());
                _mm_prefetch::<_MM_HINT_T0>(
                    c.wrapping_add(column * stride + 2 * $lanes - 1).cast(),
                );
            }
            let mut sums: [[$vector; 2]; TILE_COLUMNS] = [[$zero(); 2]; TILE_COLUMNS];
            for _ in 0..depth {
                // SAFETY: the slivers are `depth` long, and each step reads one place of
                // both.
                unsafe {
                    let (upper, lower) = ($load(a), $load(a.add($lanes)));
                    for (column, sum) in sums.iter_mut().enumerate() {
                        let factor = $broadcast(*b.add(column));
                        sum[0] = $fma(upper, factor, sum[0]);
                        sum[1] = $fma(lower, factor, sum[1]);
                    }
                    a = a.add(2 * $lanes);
                    b = b.add(TILE_COLUMNS);
                }
            }
            let alpha = $broadcast(merge.alpha);
            for (column, halves) in sums.iter().enumerate() {
                for (half, sum) in halves.iter().enumerate() {
                    let scaled = $mul(alpha, *sum);
                    // SAFETY: C has the tile's columns and rows.
                    unsafe {
                        let place = c.add(column * stride + half * $lanes);
                        let value = match merge.beta {
                            None => scaled,
                            Some(1.0) => $add(scaled, $load(place)),
                            Some(beta) => $fma($broadcast(beta), $load(place), scaled),
                        };
                        $store(place, value);
                    }
                }
            }
        }
    };
}

element!(
    f32,
    __m256,
    8,
    _mm256_setzero_ps,
    _mm256_loadu_ps,
    _mm256_storeu_ps,
    _mm256_set1_ps,
    _mm256_fmadd_ps,
    _mm256_mul_ps,
    _mm256_add_ps,
    tile_f32,
    turn_f32
);
element!(
    f64,
    __m256d,
    4,
    _mm256_setzero_pd,
    _mm256_loadu_pd,
    _mm256_storeu_pd,
    _mm256_set1_pd,
    _mm256_fmadd_pd,
    _mm256_mul_pd,
    _mm256_add_pd,
    tile_f64,
    |_, _, _, _: &mut [f64]| 0
);

/// See [`Element::turn`]: eight by eight.
fn turn_f32(
    width: usize,
    values: &[f32],
    (breadth, across): (usize, usize),
    sliver: &mut [f32],
) -> usize {
    const LANES: usize = 8;
    let whole = sliver.len() / width / LANES * LANES;
    let read = (breadth.max(1) - 1) * across + whole;
    if whole == 0 || breadth == 0 || width > 2 * LANES || read > values.len() || !available() {
        return 0;
    }
    let mut beside = [0.0; LANES * (2 * LANES + 1)];
    for element in (0..width).step_by(LANES) {
        let rows = LANES.min(breadth.saturating_sub(element));
        for place in (0..whole).step_by(LANES) {
            let start = place * width + element;
            // A row that is written as a whole vector reaches into the next row, which
            // is written after it, and the last one beyond the sliver.
            let inside = start + (LANES - 1) * width + LANES <= sliver.len();
            let to = if inside { &mut sliver[start..] } else { &mut beside[..] };
            let from = if rows == 0 { values } else { &values[element * across + place..] };
            // SAFETY: `available`. Read: `rows` runs of eight, the last of which ends
            // at `(breadth - 1) * across + whole` at most. Written: eight runs of eight,
            // the last of which ends inside `sliver`, or at `7 * width + 8` at most.
            unsafe { turn_eight(from.as_ptr(), across, rows, to.as_mut_ptr(), width) };
            if !inside {
                let last = LANES * width - element;
                sliver[start..][..last].copy_from_slice(&beside[..last]);
            }
        }
    }
    whole
}

/// Eight columns of `rows` values to eight rows of eight.
///
/// # Safety
///
/// AVX2. Readable: `rows` (0 to 8) runs of eight, `across` apart. Writable: eight runs
/// of eight, `width` apart.
#[target_feature(enable = "avx2")]
unsafe fn turn_eight(from: *const f32, across: usize, rows: usize, to: *mut f32, width: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut r = [_mm256_setzero_ps(); 8];
        for (row, value) in r.iter_mut().enumerate().take(rows) {
            *value = _mm256_loadu_ps(from.add(row * across));
        }
        let pairs = |a, b| (_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
        let ((a0, a1), (a2, a3)) = (pairs(r[0], r[1]), pairs(r[2], r[3]));
        let ((a4, a5), (a6, a7)) = (pairs(r[4], r[5]), pairs(r[6], r[7]));
        let fours = |a, b| (_mm256_shuffle_ps::<0x44>(a, b), _mm256_shuffle_ps::<0xee>(a, b));
        let ((b0, b1), (b2, b3)) = (fours(a0, a2), fours(a1, a3));
        let ((b4, b5), (b6, b7)) = (fours(a4, a6), fours(a5, a7));
        let upper = |a, b| _mm256_permute2f128_ps::<0x20>(a, b);
        let lower = |a, b| _mm256_permute2f128_ps::<0x31>(a, b);
        let turned = [
            upper(b0, b4),
            upper(b1, b5),
            upper(b2, b6),
            upper(b3, b7),
            lower(b0, b4),
            lower(b1, b5),
            lower(b2, b6),
            lower(b3, b7),
        ];
        for (place, value) in turned.into_iter().enumerate() {
            _mm256_storeu_ps(to.add(place * width), value);
        }
    }
}

/// Computes one piece of a product.
///
/// # Safety
///
/// [`available`]. `c` points at n columns of m elements, `stride >= m` apart, that
/// nothing else reads or writes during the call, but other pieces of the same grid.
/// Panics where an operand is shorter than its sizes and strides say.
pub unsafe fn piece<T: Element>(
    gemm: &Gemm<'_, T>,
    c: *mut T,
    stride: usize,
    grid: Grid,
    number: usize,
) {
    // SAFETY: the caller's promise.
    unsafe { T::piece(gemm, c, stride, grid, number) }
}

/// [`piece`], block by block.
///
/// # Safety
///
/// As there.
unsafe fn blocks<T: Element>(
    gemm: &Gemm<'_, T>,
    c: *mut T,
    stride: usize,
    grid: Grid,
    number: usize,
) {
    let (rows, columns) = grid.piece((gemm.m, gemm.n), T::TILE_ROWS, number);
    if rows.1 == 0 || columns.1 == 0 {
        return;
    }
    if gemm.k == 0 || gemm.alpha == T::default() {
        // SAFETY: the caller's promise; the rectangle is within (m, n).
        return unsafe { scale(gemm.beta, c, stride, rows, columns) };
    }
    T::with_buffers(|a, b| {
        for column in (columns.0..columns.0 + columns.1).step_by(COLUMNS) {
            let width = COLUMNS.min(columns.0 + columns.1 - column);
            for place in (0..gemm.k).step_by(DEPTH) {
                let depth = DEPTH.min(gemm.k - place);
                let operand = gemm.b;
                let block = Block {
                    values: &operand.values
                        [place * operand.row_stride + column * operand.column_stride..],
                    breadth: width,
                    across: operand.column_stride,
                    depth,
                    along: operand.row_stride,
                };
                let packed_b = room(b, width.next_multiple_of(TILE_COLUMNS) * depth);
                pack::pack::<T, TILE_COLUMNS>(block, packed_b);
                let beta = if place > 0 { Some(T::ONE) } else { some(gemm.beta) };
                let merge = Merge { alpha: gemm.alpha, beta };
                for row in (rows.0..rows.0 + rows.1).step_by(ROWS) {
                    let height = ROWS.min(rows.0 + rows.1 - row);
                    let operand = gemm.a;
                    let block = Block {
                        values: &operand.values
                            [row * operand.row_stride + place * operand.column_stride..],
                        breadth: height,
                        across: operand.row_stride,
                        depth,
                        along: operand.column_stride,
                    };
                    let packed_a = room(a, height.next_multiple_of(T::TILE_ROWS) * depth);
                    T::pack_rows(block, packed_a);
                    // SAFETY: the caller's promise; the rectangle is within (m, n), and
                    // the packed blocks are as large as it asks.
                    unsafe {
                        let c = c.add(column * stride + row);
                        tiles((height, width, depth), packed_a, packed_b, merge, c, stride);
                    }
                }
            }
        }
    });
}

/// All tiles of a packed block of A and one of B.
///
/// # Safety
///
/// [`available`]; the blocks hold `height` rows and `width` columns in slivers of
/// `depth`; `c` is that many elements, in columns `stride` apart.
unsafe fn tiles<T: Element>(
    (height, width, depth): (usize, usize, usize),
    a: &[T],
    b: &[T],
    merge: Merge<T>,
    c: *mut T,
    stride: usize,
) {
    let slivers_b = b.chunks_exact(TILE_COLUMNS * depth);
    for (column, sliver_b) in (0..width).step_by(TILE_COLUMNS).zip(slivers_b) {
        let slivers_a = a.chunks_exact(T::TILE_ROWS * depth);
        for (row, sliver_a) in (0..height).step_by(T::TILE_ROWS).zip(slivers_a) {
            let size = (T::TILE_ROWS.min(height - row), TILE_COLUMNS.min(width - column));
            // SAFETY: the tile begins inside C. A whole one is written where it stands,
            // another one beside C, and of it the part that C has.
            unsafe {
                let c = c.add(column * stride + row);
                if size == (T::TILE_ROWS, TILE_COLUMNS) {
                    T::tile(depth, sliver_a.as_ptr(), sliver_b.as_ptr(), merge, c, stride);
                } else {
                    edge(depth, sliver_a, sliver_b, merge, (c, stride), size);
                }
            }
        }
    }
}

/// A tile that reaches beyond C: the same sums, merged one by one.
///
/// # Safety
///
/// As [`Element::tile`], with `size` rows and columns of C.
unsafe fn edge<T: Element>(
    depth: usize,
    a: &[T],
    b: &[T],
    merge: Merge<T>,
    (c, stride): (*mut T, usize),
    size: (usize, usize),
) {
    let mut beside = [T::default(); 16 * TILE_COLUMNS];
    let set = Merge { alpha: merge.alpha, beta: None };
    // SAFETY: the array holds the largest tile; the rest is the caller's promise.
    unsafe {
        T::tile(depth, a.as_ptr(), b.as_ptr(), set, beside.as_mut_ptr(), T::TILE_ROWS);
        for column in 0..size.1 {
            for row in 0..size.0 {
                let place = c.add(column * stride + row);
                let scaled = beside[column * T::TILE_ROWS + row];
                *place = match merge.beta {
                    None => scaled,
                    Some(beta) => beta.fused(*place, scaled),
                };
            }
        }
    }
}

/// `c = beta c`, without reading C where beta is 0.
///
/// # Safety
///
/// `c` has these rows and columns, `stride` apart.
unsafe fn scale<T: Element>(
    beta: T,
    c: *mut T,
    stride: usize,
    rows: (usize, usize),
    columns: (usize, usize),
) {
    for column in columns.0..columns.0 + columns.1 {
        for row in rows.0..rows.0 + rows.1 {
            // SAFETY: the caller's promise.
            unsafe {
                let place = c.add(column * stride + row);
                *place = some(beta).map_or(T::default(), |beta| beta * *place);
            }
        }
    }
}

fn some<T: Element>(beta: T) -> Option<T> {
    (beta != T::default()).then_some(beta)
}

/// So many elements of this memory, at the beginning of a cache line.
fn room<T: Element>(memory: &mut Vec<T>, elements: usize) -> &mut [T] {
    if memory.len() < elements + 16 {
        memory.resize(elements + 16, T::default());
    }
    let ahead = memory.as_ptr().align_offset(64);
    &mut memory[if ahead < 16 { ahead } else { 0 }..][..elements]
}

/// A whole product by so many threads, into columns of C that are `stride` apart.
///
/// Refuses, with nothing done, a C that is shorter than its sizes and stride say, and a
/// processor without the instructions.
pub fn multiply<T: Element>(
    gemm: &Gemm<'_, T>,
    c: &mut [T],
    stride: usize,
    threads: usize,
) -> bool {
    if gemm.m == 0 || gemm.n == 0 {
        return true;
    }
    let end = stride.checked_mul(gemm.n - 1).and_then(|last| last.checked_add(gemm.m));
    if !available() || stride < gemm.m || end.is_none_or(|end| end > c.len()) {
        return false;
    }
    let grid = Grid::new((gemm.m, gemm.n, gemm.k), threads);
    let shared = Shared(c.as_mut_ptr());
    std::thread::scope(|scope| {
        for number in 1..grid.pieces() {
            // SAFETY: C was measured above and is borrowed for the whole call; pieces of
            // one grid do not overlap.
            scope.spawn(move || unsafe { piece(gemm, shared.pointer(), stride, grid, number) });
        }
        // SAFETY: as above.
        unsafe { piece(gemm, shared.pointer(), stride, grid, 0) };
    });
    true
}

/// C, for threads that each write a rectangle of their own.
#[derive(Clone, Copy)]
struct Shared<T>(*mut T);

impl<T> Shared<T> {
    fn pointer(self) -> *mut T {
        self.0
    }
}

// SAFETY: the pointer is given to threads that write disjoint rectangles.
unsafe impl<T: Send> Send for Shared<T> {}
