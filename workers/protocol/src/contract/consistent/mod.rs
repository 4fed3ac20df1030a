//! Whether a contract agrees with itself. Pure.
//!
//! What no table can keep, or what no value can break, is a mistake of the contract: it
//! is told with its place before any data is read.

mod column;
mod distribution;
mod promises;
mod rules;
mod text;

use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;

use super::{Contract, ImagePromise, Mistake};

type Contradiction = Option<Mistake>;

/// The first contradiction, columns in the order of their names.
pub(super) fn contradiction(contract: &Contract, written: &str) -> Contradiction {
    let of_column = |(name, promises)| {
        let found = column::contradiction(promises)
            .or_else(|| text::contradiction(promises))
            .or_else(|| promises::contradiction(promises))
            .or_else(|| distribution::contradiction(promises));
        found.map(|found: Mistake| Mistake { what: format!("`{name}`: {}", found.what), ..found })
    };
    table(contract)
        .or_else(|| contract.columns.iter().find_map(of_column))
        .or_else(|| labels(contract))
        .or_else(|| rules::contradiction(contract, written))
        .or_else(|| contract.image.as_ref().and_then(image))
}

fn found(place: Range<usize>, what: impl Into<String>, help: &'static str) -> Contradiction {
    Some(Mistake { place, what: what.into(), help, contradiction: true })
}

fn table(contract: &Contract) -> Contradiction {
    let table = &contract.table;
    if let (Some(least), Some(most)) = (&table.min_rows, table.max_rows)
        && *least.get_ref() > most
    {
        let what = format!("`min_rows` is {}, and `max_rows` {most}", least.get_ref());
        return found(least.span(), what, "let `min_rows` be at most `max_rows`");
    }
    if let Some(most) = &table.max_quarantine_fraction
        && !(0.0..=1.0).contains(most.get_ref())
    {
        let what =
            format!("`max_quarantine_fraction` is {}, and a fraction is in [0, 1]", most.get_ref());
        return found(most.span(), what, "write a share, such as 0.01");
    }
    table.unique.iter().find_map(|together| {
        let names = together.get_ref();
        let different: BTreeSet<&String> = names.iter().collect();
        match names.is_empty() || different.len() < names.len() {
            true => found(
                together.span(),
                "`unique` names no column, or one of them twice",
                "name each of the columns once that are different together",
            ),
            false => None,
        }
    })
}

/// A table has one label.
fn labels(contract: &Contract) -> Contradiction {
    for word in ["label", "weight"] {
        let mut named = contract.columns.iter().filter(|(_, column)| column.role() == word);
        if let (Some((one, _)), Some((other, column))) = (named.next(), named.next()) {
            let what = format!("`{one}` and `{other}` both have the role `{word}`");
            let role = column.role.as_ref()?;
            return found(role.span(), what, "give the role to one column");
        }
    }
    None
}

fn image(image: &Spanned<ImagePromise>) -> Contradiction {
    let promise = image.get_ref();
    let size = promise.height.checked_mul(promise.width);
    let size = size.and_then(|size| size.checked_mul(promise.channels)).unwrap_or(0);
    if size == 0 || promise.max.is_nan() || promise.max <= 0.0 {
        let what = "[image] needs a height, a width and a `max` above zero";
        return found(
            image.span(),
            what,
            "write how many columns are a pixel row, and how many rows",
        );
    }
    None
}
