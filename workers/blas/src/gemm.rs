//! The product, its blocks, and how it is cut into pieces for threads.
//!
//! The loops are those of Goto and van de Geijn (2008, "Anatomy of high-performance
//! matrix multiplication") and of BLIS (Van Zee and van de Geijn 2015). Departure: the
//! sizes are constants, where others take those of the processor's caches.

/// Columns of A that are summed in registers before C is touched. Part of the meaning
/// of a result, since every block begins a new sum.
pub const DEPTH: usize = 256;
/// Rows of a packed block of A: with [`DEPTH`], 192 KiB of f32.
pub const ROWS: usize = 192;
/// Columns of a packed block of B: with [`DEPTH`], 3 MiB of f32.
pub const COLUMNS: usize = 3072;
/// Columns of a tile in registers.
pub const TILE_COLUMNS: usize = 6;

/// Products of no more multiplications are done before a second thread wakes.
const SMALL: usize = 1 << 20;

/// A matrix that is read: where its elements stand.
#[derive(Debug, Clone, Copy)]
pub struct Operand<'a, T> {
    /// The memory, from the element (0, 0) on.
    pub values: &'a [T],
    /// From a row to the next.
    pub row_stride: usize,
    /// From a column to the next.
    pub column_stride: usize,
}

/// `C <- alpha A B + beta C`.
///
/// For an element, with `s` a block's sum: `s = fma(a[i][p], b[p][j], s)` from 0, for
/// p in ascending order through a block of [`DEPTH`]. The first block gives
/// `c = alpha s` where beta is 0, which does not read C, else `c = fma(beta, c, alpha s)`;
/// each further one `c = alpha s + c`. Where k or alpha is 0, `c = beta c`, or 0.
///
/// By hand: A = (1 2; 3 4), B = (5; 6), alpha = 1, beta = 0 gives C = (17; 39).
#[derive(Debug, Clone, Copy)]
pub struct Gemm<'a, T> {
    /// Rows of A and C.
    pub m: usize,
    /// Columns of B and C.
    pub n: usize,
    /// Columns of A, rows of B.
    pub k: usize,
    /// Factor of the product.
    pub alpha: T,
    /// A, or a transpose by its strides. (m, k)
    pub a: Operand<'a, T>,
    /// B, or a transpose by its strides. (k, n)
    pub b: Operand<'a, T>,
    /// Factor of what C holds.
    pub beta: T,
}

/// How C is cut: pieces from top to bottom, and from left to right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Pieces from top to bottom.
    pub down: usize,
    /// Pieces from left to right.
    pub across: usize,
}

impl Grid {
    /// At most `threads` pieces of a product (m, k) by (k, n).
    ///
    /// Each piece packs its rows of A and its columns of B for itself. Of the ways to
    /// cut, this is the one with the fewest of both.
    pub fn new((m, n, k): (usize, usize, usize), threads: usize) -> Self {
        let threads = threads.max(1);
        let small = m.saturating_mul(n).saturating_mul(k) <= SMALL;
        let packed = |grid: &Self| m.div_ceil(grid.down) + n.div_ceil(grid.across);
        (1..=threads)
            .filter(|down| !small && threads.is_multiple_of(*down))
            .map(|down| Self { down, across: threads / down })
            .min_by_key(packed)
            .unwrap_or(Self { down: 1, across: 1 })
    }

    /// How many pieces there are.
    pub fn pieces(self) -> usize {
        self.down * self.across
    }

    /// Rows and columns of a piece of C (m, n), each as (first, number): whole tiles,
    /// but for the last one. A piece can be empty.
    pub(crate) fn piece(
        self,
        (m, n): (usize, usize),
        tile_rows: usize,
        number: usize,
    ) -> ((usize, usize), (usize, usize)) {
        let rows = share(m, tile_rows, self.down, number / self.across);
        (rows, share(n, TILE_COLUMNS, self.across, number % self.across))
    }
}

fn share(size: usize, tile: usize, parts: usize, part: usize) -> (usize, usize) {
    let tiles = size.div_ceil(tile);
    let edge = |part: usize| (tiles * part / parts * tile).min(size);
    (edge(part), edge(part + 1) - edge(part))
}
