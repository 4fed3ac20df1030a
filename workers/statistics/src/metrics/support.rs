//! `support`: how many rows a class has.

use crate::metric::{Direction, Function, Metric};
use crate::sample::Classes;

/// The entry.
pub const METRIC: Metric = Metric {
    name: "support",
    summary: "rows of the class",
    direction: Direction::Neither,
    function: Function::EachClass,
    of_class: Some(support),
    undefined: "",
};

/// The weight of the class's rows: their number, where each weighs 1.
pub fn support(sample: &Classes, class: usize, weights: &[f64]) -> Option<f64> {
    Some(sample.counts(class, weights).1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::tests::four;

    #[test]
    fn rows_are_counted() {
        assert_eq!(support(&four(), 1, &[1.0; 4]), Some(2.0));
    }
}
