//! Columns that say nothing, or nothing new.

use std::collections::BTreeMap;

use super::hash_bytes;

/// Whether all values are one: equal bits, where 0 is -0 and all NaN are one. A column of
/// nulls is one of NaN. Nothing of no values.
pub fn constant(values: &[f64]) -> Option<bool> {
    let first = bits(*values.first()?);
    Some(values.iter().all(|value| bits(*value) == first))
}

/// The groups of two columns or more that are equal value by value, as [`constant`] compares
/// them: indices rise in a group, groups by their first.
pub fn duplicate_columns(columns: &[&[f64]]) -> Vec<Vec<usize>> {
    let same = |one: &[f64], other: &[f64]| {
        one.len() == other.len() && one.iter().zip(other).all(|(a, b)| bits(*a) == bits(*b))
    };
    let mut by_hash: BTreeMap<u64, Vec<Vec<usize>>> = BTreeMap::new();
    for (index, column) in columns.iter().enumerate() {
        let bytes: Vec<u8> = column.iter().flat_map(|value| bits(*value).to_le_bytes()).collect();
        let groups = by_hash.entry(hash_bytes(&bytes)).or_default();
        match groups.iter_mut().find(|group| same(columns[group[0]], column)) {
            Some(group) => group.push(index),
            None => groups.push(vec![index]),
        }
    }
    let mut groups: Vec<Vec<usize>> =
        by_hash.into_values().flatten().filter(|group| group.len() > 1).collect();
    groups.sort();
    groups
}

fn bits(value: f64) -> u64 {
    if value.is_nan() {
        f64::NAN.to_bits()
    } else if value == 0.0 {
        0
    } else {
        value.to_bits()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        assert_eq!(constant(&[0.0, -0.0]), Some(true));
        assert_eq!(constant(&[f64::NAN, -f64::NAN]), Some(true));
        assert_eq!(constant(&[1.0, f64::NAN]), Some(false));
        assert_eq!(constant(&[]), None);
        let columns: [&[f64]; 5] =
            [&[1.0, 2.0], &[f64::NAN, 0.0], &[1.0, 2.0], &[f64::NAN, -0.0], &[1.0]];
        assert_eq!(duplicate_columns(&columns), [[0, 2], [1, 3]]);
        assert_eq!(duplicate_columns(&[]), Vec::<Vec<usize>>::new());
    }
}
