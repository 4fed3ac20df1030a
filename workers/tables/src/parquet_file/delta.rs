//! Texts by their lengths: the encodings `DELTA_LENGTH_BYTE_ARRAY`, `DELTA_BYTE_ARRAY`.
//!
//! Pure. The decoder takes room for as many lengths as the data says, and a text may
//! repeat the one before it, so lengths are counted and added up here first.

use std::io::Result;

use super::thrift::wrong;

/// The bytes of the texts in a page of `values` values; with `prefixed`, each begins
/// as the one before it.
pub(super) fn texts(data: &[u8], values: u64, prefixed: bool) -> Result<u64> {
    let (prefixes, rest) = if prefixed { sum(data, values)? } else { (0, data) };
    let (lengths, _) = sum(rest, values)?;
    Ok(prefixes.saturating_add(lengths))
}

/// The sum of at most `most` numbers in `DELTA_BINARY_PACKED`, and what is behind them.
fn sum(data: &[u8], most: u64) -> Result<(u64, &[u8])> {
    let short = || wrong("lengths that end too early");
    let mut rest = data;
    let block = unsigned(&mut rest)?;
    let blocks = unsigned(&mut rest)?;
    let mut left = unsigned(&mut rest)?;
    if left > most {
        return Err(wrong("more lengths than values"));
    }
    if blocks == 0 || !block.is_multiple_of(blocks) || !(block / blocks).is_multiple_of(32) {
        return Err(wrong("lengths in blocks that cannot be"));
    }
    let each = block / blocks;
    let mut value = signed(&mut rest)? as i32;
    let mut all = if left > 0 { length(value)? } else { 0 };
    left = left.saturating_sub(1);
    while left > 0 {
        let least = signed(&mut rest)? as i32;
        let widths = usize::try_from(blocks).ok().and_then(|at| rest.split_at_checked(at));
        let (widths, behind) = widths.ok_or_else(short)?;
        rest = behind;
        for &width in widths {
            if left == 0 {
                break;
            }
            if width > 32 {
                return Err(wrong("lengths of more than 32 bits"));
            }
            let here = each.min(left);
            let bytes = each.checked_mul(width.into()).map(|bits| bits / 8);
            let bytes = bytes.and_then(|bytes| usize::try_from(bytes).ok());
            let packed = bytes.and_then(|at| rest.split_at_checked(at)).ok_or_else(short)?;
            rest = packed.1;
            for at in 0..here {
                let delta = bits(packed.0, at, width) as i32;
                value = value.wrapping_add(least).wrapping_add(delta);
                all = all.saturating_add(length(value)?);
            }
            left -= here;
        }
    }
    Ok((all, rest))
}

fn length(value: i32) -> Result<u64> {
    u64::try_from(value).map_err(|_| wrong("a text of fewer than no bytes"))
}

/// Number `at` of `width` bits, at most 32, the lowest first.
fn bits(packed: &[u8], at: u64, width: u8) -> u32 {
    let start = at * u64::from(width);
    let first = (start / 8) as usize;
    let word = packed.iter().skip(first).take(5).rev();
    let word = word.fold(0u64, |word, &byte| word << 8 | u64::from(byte));
    (word >> (start % 8)) as u32 & ((1u64 << width) - 1) as u32
}

fn unsigned(rest: &mut &[u8]) -> Result<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, behind) =
            rest.split_first().ok_or_else(|| wrong("lengths that end too early"))?;
        *rest = behind;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(wrong("a number of more than ten bytes"))
}

fn signed(rest: &mut &[u8]) -> Result<i64> {
    let value = unsigned(rest)?;
    Ok((value >> 1) as i64 ^ -((value & 1) as i64))
}
