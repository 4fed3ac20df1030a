//! Copies of operands, in the order in which the kernel reads them.
//!
//! A packed block is a row of slivers, each `WIDTH` elements wide (rows of A or columns
//! of B) and `depth` long: the kernel reads both from front to back. A sliver that the
//! matrix does not fill has zeros.

use crate::kernel::Element;

/// Where a block stands: steps across a sliver and along the sum.
#[derive(Debug, Clone, Copy)]
pub struct Block<'a, T> {
    /// The memory, from the block's first element on.
    pub values: &'a [T],
    /// Rows of A or columns of B in the block.
    pub breadth: usize,
    /// From one of them to the next.
    pub across: usize,
    /// Length of the sum.
    pub depth: usize,
    /// From a place of the sum to the next.
    pub along: usize,
}

/// Packs a block into slivers of `WIDTH`.
pub fn pack<T: Element, const WIDTH: usize>(block: Block<'_, T>, packed: &mut [T]) {
    let slivers = packed.chunks_exact_mut(WIDTH * block.depth.max(1));
    for (first, sliver) in (0..block.breadth).step_by(WIDTH).zip(slivers) {
        let values = &block.values[first * block.across..];
        let breadth = WIDTH.min(block.breadth - first);
        match (block.across, block.along) {
            (1, along) => copy::<T, WIDTH>(values, breadth, along, sliver),
            (across, 1) => turn::<T, WIDTH>(values, breadth, across, sliver),
            (across, along) => {
                place::<T, WIDTH>(values, (breadth, across, along), sliver, 0);
            }
        }
    }
}

/// A sliver whose rows stand in memory as they are.
fn copy<T: Element, const WIDTH: usize>(
    values: &[T],
    breadth: usize,
    along: usize,
    sliver: &mut [T],
) {
    for (place, row) in sliver.chunks_exact_mut(WIDTH).enumerate() {
        let values = &values[place * along..];
        if breadth == WIDTH {
            row.copy_from_slice(&values[..WIDTH]);
        } else {
            row[..breadth].copy_from_slice(&values[..breadth]);
            row[breadth..].fill(T::default());
        }
    }
}

/// A sliver whose columns stand in memory as they are: a transpose.
fn turn<T: Element, const WIDTH: usize>(
    values: &[T],
    breadth: usize,
    across: usize,
    sliver: &mut [T],
) {
    let whole = T::turn::<WIDTH>(values, breadth, across, sliver);
    place::<T, WIDTH>(values, (breadth, across, 1), sliver, whole);
}

/// A sliver from its row `first` on, element by element.
fn place<T: Element, const WIDTH: usize>(
    values: &[T],
    (breadth, across, along): (usize, usize, usize),
    sliver: &mut [T],
    first: usize,
) {
    for (place, row) in sliver.chunks_exact_mut(WIDTH).enumerate().skip(first) {
        for (element, cell) in row[..breadth].iter_mut().enumerate() {
            *cell = values[element * across + place * along];
        }
        row[breadth..].fill(T::default());
    }
}
