//! How many rows of each class there shall be. Pure.
//!
//! The definitions are imbalanced-learn's `sampling_strategy` (Lemaitre, Nogueira and Aridas,
//! Imbalanced-learn: A Python Toolbox to Tackle the Curse of Imbalanced Datasets in Machine
//! Learning, 2017): `auto` where nothing is said, a table of counts, or a ratio. A ratio is
//! of two classes there and of each named class against the largest or smallest here.

use std::cmp::Ordering;

use ingot_protocol::Failure;
use serde_json::{Map, Value};

use super::categories::Categories;

/// The rows of each class after over- or undersampling. // (classes)
pub(super) fn wanted(
    params: &Map<String, Value>,
    classes: &Categories,
    over: bool,
) -> Result<Vec<usize>, Failure> {
    let sizes = classes.sizes();
    let table = |param: &str| params.get(param).and_then(Value::as_object);
    let mut wanted = sizes.clone();
    if let Some(counts) = table("counts") {
        for (name, count) in counts {
            let count = count.as_u64().and_then(|count| usize::try_from(count).ok());
            wanted[classes.find("counts", name)?] = count.unwrap_or(usize::MAX);
        }
    } else if let Some(ratios) = table("ratios") {
        for (name, ratio) in ratios {
            let ratio = ratio.as_f64().unwrap_or(1.0);
            wanted[classes.find("ratios", name)?] = of_ratio(&sizes, ratio, over);
        }
    } else {
        wanted.fill(of_ratio(&sizes, 1.0, over));
    }
    for ((name, size), wanted) in classes.names.iter().zip(&sizes).zip(&wanted) {
        let (cannot, other) = match (over, wanted.cmp(size)) {
            (true, Ordering::Less) => ("`over` leaves no row out", "under"),
            (false, Ordering::Greater) => ("`under` draws no row twice", "over"),
            _ => continue,
        };
        let message = format!(
            "the class `{name}` of `{}` has {size} rows and is to have {wanted}: {cannot}",
            classes.column
        );
        return Err(Failure::new("D1506", message).help(format!(
            "correct the number, or leave the class to a step of `method = \"{other}\"`"
        )));
    }
    Ok(wanted)
}

/// The rows of a class by its ratio: those of the largest class times it where rows are
/// copied, those of the smallest divided by it where they are left out; whole rows.
///
/// Of 10 and 100 rows and 0.5 it is 50 of the first, or 20 of the second.
fn of_ratio(sizes: &[usize], ratio: f64, over: bool) -> usize {
    let of = |size: Option<&usize>| size.copied().unwrap_or_default() as f64;
    let rows = match over {
        true => of(sizes.iter().max()) * ratio,
        false => of(sizes.iter().min()) / ratio,
    };
    rows as usize
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn counts(params: Value, over: bool) -> String {
        let classes = Categories {
            column: "y".into(),
            names: ["a", "b", "c"].map(str::to_owned).to_vec(),
            of: [vec![0; 10], vec![1; 100], vec![2; 30]].concat(),
        };
        match wanted(params.as_object().unwrap(), &classes, over) {
            Ok(wanted) => format!("{wanted:?}"),
            Err(failure) => format!("{} {}", failure.code, failure.message),
        }
    }

    #[test]
    fn by_hand() {
        let told = [
            counts(json!({}), true),
            counts(json!({}), false),
            counts(json!({"counts": {"a": 12}}), true),
            counts(json!({"counts": {"b": 12, "c": 30}}), false),
            counts(json!({"ratios": {"a": 0.505}}), true),
            counts(json!({"ratios": {"b": 0.3, "c": 1}}), false),
            counts(json!({"ratios": {"c": 0.25}}), true),
            counts(json!({"counts": {"a": 11}}), false),
            counts(json!({"counts": {"d": 11}}), true),
        ];
        insta::assert_snapshot!(told.join("\n"), @r"
        [100, 100, 100]
        [10, 10, 10]
        [12, 100, 30]
        [10, 12, 30]
        [50, 100, 30]
        [10, 33, 10]
        D1506 the class `c` of `y` has 30 rows and is to have 25: `over` leaves no row out
        D1506 the class `a` of `y` has 10 rows and is to have 11: `under` draws no row twice
        D1505 `counts` names the value `d` of `y`, and no row of `train` has it, only `a`, `b`, `c`
        ");
    }
}
