//! Whether what a column promises of its distribution agrees with the rest of it. Pure.

use super::{Contradiction, found};
use crate::contract::{ColumnPromises, Consequence};

/// The first contradiction.
pub(super) fn contradiction(promises: &ColumnPromises) -> Contradiction {
    let spanned = promises.distribution.as_ref()?;
    let promise = spanned.get_ref();
    if promises.role() == "personal" {
        let what = "`distribution` is of values, and nothing is said of those of a personal column";
        return found(spanned.span(), what, "leave it out, or correct the role");
    }
    if let Some(severity) = &promise.severity
        && *severity.get_ref() == Consequence::Quarantine
    {
        let what = "`distribution` is of the column: no row breaks it";
        return found(severity.span(), what, "give it another severity");
    }
    if let Some(alpha) = &promise.alpha
        && !(*alpha.get_ref() > 0.0 && *alpha.get_ref() < 1.0)
    {
        let what = format!("`alpha` is {}, and a probability is between 0 and 1", alpha.get_ref());
        return found(alpha.span(), what, "write how often chance may break it, such as 0.05");
    }
    limit(promises).or_else(|| data_type(promises))
}

/// A largest statistic that nothing passes, or everything.
fn limit(promises: &ColumnPromises) -> Contradiction {
    let promise = promises.distribution.as_ref()?.get_ref();
    let max = promise.max.as_ref()?;
    let value = *max.get_ref();
    if !(value >= 0.0 && value.is_finite()) {
        let what = format!("`max` of the distribution is {value}, and no statistic is below 0");
        return found(max.span(), what, "write a number from 0, such as 0.1");
    }
    let test = promise.test.as_ref().map(|test| *test.get_ref())?;
    if value >= test.largest() {
        let (name, largest) = (test.name(), test.largest());
        let what = format!("`max` is {value}, and `{name}` is never above {largest}");
        return found(max.span(), what, "write a number below it");
    }
    None
}

/// A test of other values than the column has.
fn data_type(promises: &ColumnPromises) -> Contradiction {
    let spanned = promises.distribution.as_ref()?;
    let numeric = match promises.data_type() {
        Some("binary") => {
            let what = "`distribution` is of numbers and categories, and the type is `binary`";
            return found(spanned.span(), what, "leave it out");
        }
        Some("float64") => (true, false),
        Some("int64") => (true, true),
        Some(_) => (false, true),
        None if promises.is_text() || promises.is_truth() => (false, true),
        None => return None,
    };
    let test = spanned.get_ref().test.as_ref()?;
    let (of_numbers, of_categories) = test.get_ref().compares();
    if of_numbers && numeric.0 || of_categories && numeric.1 {
        return None;
    }
    let name = test.get_ref().name();
    let what = match of_numbers {
        true => format!("`{name}` compares numbers, and the column has none"),
        false => format!("`{name}` compares categories, and the column has numbers"),
    };
    let help = "ks and wasserstein compare numbers, chi_square categories, the others both";
    found(test.span(), what, help)
}
