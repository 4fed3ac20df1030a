//! What a column is compared with: the column of that name in the table, or the profile, on
//! another port. Pure.
//!
//! A split is compared with the split of its name where the other table has one, else with
//! all rows; a profile of several splits has no such whole.

use arrow::datatypes::DataType as ArrowType;
use ingot_protocol::contract::Test;
use ingot_tables::dataset::DataType;
use ingot_tables::profile::{Profile, Summary};
use ingot_tables::source::Cells;
use ingot_tables::source::typed::typed;

use super::super::others::Others;
use super::super::splits::each;
use super::sample::{Sample, is_numeric};

/// The other column's values, in the type of this one.
pub(super) fn of(
    others: &Others,
    (port, name): (&str, &str),
    (split, data_type): (&str, &ArrowType),
    test: Test,
) -> Result<Sample, String> {
    let absent = || format!("it has no column `{name}`");
    if let Some(profile) = others.profiles.get(port) {
        return of_profile(profile, (name, split), is_numeric(data_type), test);
    }
    let rows = others.tables.get(port).ok_or("it is not there")?;
    let splits = others.splits.get(port).map_or(&[][..], Vec::as_slice);
    let column = rows.column_by_name(name).ok_or_else(absent)?;
    let range = each(splits).find(|(other, _)| *other == split).map(|(_, range)| range);
    let column = match range {
        Some(range) => column.slice(range.start, range.len()),
        None => column.clone(),
    };
    let data_type = DataType::of_arrow(data_type).ok_or("the type is none of a dataset")?;
    Sample::of(&typed(&Cells::Typed(column), data_type, false).array, test)
}

fn of_profile(
    profile: &Profile,
    (name, split): (&str, &str),
    numeric: bool,
    test: Test,
) -> Result<Sample, String> {
    let column = profile.columns.iter().find(|column| column.name == name);
    let column = column.ok_or_else(|| format!("it has no column `{name}`"))?;
    let only = column.splits.values().next().filter(|_| column.splits.len() == 1);
    let summary = column.splits.get(split).or(only).ok_or_else(|| {
        let names: Vec<&str> = column.splits.keys().map(String::as_str).collect();
        format!("it has the splits {}, and none of this name", names.join(", "))
    })?;
    match numeric && test.compares().0 {
        true => numbers(summary),
        false => categories(summary),
    }
}

fn numbers(summary: &Summary) -> Result<Sample, String> {
    let numbers = summary.numbers.as_ref().ok_or("there it has no numbers")?;
    Ok(Sample::Numbers(numbers.sample.clone()))
}

fn categories(summary: &Summary) -> Result<Sample, String> {
    let top = summary.top.as_ref().ok_or("there nothing is said of its values")?;
    if top.error > 0 || top.others > 0 {
        return Err("it counts the most frequent values alone, and there are more".to_owned());
    }
    let counts = top.values.iter().map(|value| (value.value.to_string(), value.count));
    Ok(Sample::Categories(counts.collect()))
}
