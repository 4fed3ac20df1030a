//! The one order of the names of classes.

use std::cmp::Ordering;

/// Numbers first, by value; then every other text, by its bytes. So `2` stands before
/// `10`, and both before `1a`.
///
/// A number is a decimal that is finite as float64 (`007`, `-1.5`, `1e3`). Names of one value (`7`,
/// `007`) are in the order of their bytes, so that no two different names are equal.
///
/// ```
/// let mut names = ["b", "10", "1a", "2", "nan", "02"];
/// names.sort_by(|one, other| ingot_tables::class_order(one, other));
/// assert_eq!(names, ["02", "2", "10", "1a", "b", "nan"]);
/// ```
pub fn class_order(one: &str, other: &str) -> Ordering {
    let value = |name: &str| name.parse::<f64>().ok().filter(|value| value.is_finite());
    let of_values = match (value(one), value(other)) {
        (Some(one), Some(other)) => one.total_cmp(&other),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    of_values.then_with(|| one.cmp(other))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_an_order(mut names in proptest::collection::vec("-?[0-9a]{0,3}(e1|\\.5)?", 0..200)) {
            names.sort_by(|one, other| class_order(one, other));
            for (at, one) in names.iter().enumerate() {
                for other in &names[at..] {
                    prop_assert!(class_order(one, other).is_le(), "{one} {other}");
                    prop_assert_eq!(class_order(one, other).is_eq(), one == other);
                }
            }
        }
    }
}
