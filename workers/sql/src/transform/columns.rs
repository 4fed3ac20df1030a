//! The columns of the result: their names, types and roles.
//!
//! Invariant: they follow from the query, the columns of the tables and the params, and from
//! no row, so that every split has the same. Whatever is computed from a `personal` column
//! is `personal`, unless the manifest says otherwise.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType as ArrowType, SchemaRef};
use ingot_protocol::{Failure, Finding, Severity};
use ingot_tables::dataset::{
    Column, DataType, Modality, RESERVED, ROW_KEY, Role, SCHEMA_VERSION, Schema,
};

use super::ancestry::{Ancestry, Source};
use super::change::{Change, changes, unknown};
use super::params::Params;
use super::tables::{DATA, HIDDEN, Table};

/// The columns of the result in a dataset.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Output {
    /// What `dataset.json` says.
    pub(super) schema: Schema,
    /// For each column of the schema, its place among the query's.
    pub(super) places: Vec<usize>,
    /// The columns as the SQL gives them, before they are changed.
    pub(super) before: Vec<Column>,
    /// What is said of roles that are other ones than before.
    pub(super) told: Vec<Finding>,
}

/// The roles that a step finds one column by.
const FINDS: [Role; 4] = [Role::Group, Role::Label, Role::Time, Role::Weight];

/// Takes a role of these from the columns that brought it along, where `roles` gives it to
/// another one: it says which column is meant by `@group`. What lost it is no feature: it was
/// none.
fn moved(columns: &mut [Column], params: &Params) -> Vec<Finding> {
    let mut told = Vec::new();
    for role in FINDS {
        let named = params.roles.iter().find(|(_, given)| **given == role);
        let Some((to, _)) = named else { continue };
        let others = columns
            .iter_mut()
            .filter(|column| column.role == role && !params.roles.contains_key(&column.name));
        for column in others {
            column.role = Role::Ignore;
            column.classes = None;
            let message = format!(
                "`{to}` has the role `{}` now, and `{}`, which had it, is kept and not used",
                role.name(),
                column.name
            );
            told.push(Finding::new(Severity::Info, "Q0513", message));
        }
    }
    told
}

/// What is said of columns that were personal, and are features behind `redact`.
fn uncovered(columns: &[Column], sources: &[bool], params: &Params) -> Vec<Finding> {
    let is_covered = |name: &str| {
        let covered = params.redact.iter().any(|redaction| redaction.column == name);
        covered && !params.roles.contains_key(name)
    };
    let were =
        columns.iter().zip(sources).filter(|(column, was)| **was && is_covered(&column.name));
    were.map(|(column, _)| {
        let message = format!(
            "`{}` is no longer `personal`: what `redact` does not match is in it as before",
            column.name
        );
        Finding::new(Severity::Warning, "Q0514", message)
    })
    .collect()
}

/// The columns of a query's result, and what is done to each of them.
pub(super) fn output(
    fields: &SchemaRef,
    ancestry: &[Ancestry],
    tables: &[Arc<Table>],
    params: &Params,
) -> Result<(Output, Vec<Option<Change>>), Failure> {
    let mut columns: Vec<Column> = Vec::new();
    let mut places = Vec::new();
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for (at, field) in fields.fields().iter().enumerate() {
        let name = field.name();
        let from = ancestry.get(at).cloned().unwrap_or_default();
        if name.is_empty() || name.starts_with(HIDDEN) {
            let message = format!("sql: column {} of the result is named `{name}`", at + 1);
            return Err(Failure::new("Q0503", message).help("give it another name: .. AS name"));
        }
        if !names.insert(name) {
            let message = format!("sql: two columns of the result are named `{name}`");
            return Err(Failure::new("Q0503", message)
                .help(format!("give one another name: .. AS {name}_2, or leave it out")));
        }
        if name == ROW_KEY && from.same.as_ref().is_some_and(|(_, column)| column == ROW_KEY) {
            continue;
        }
        if RESERVED.contains(&name.as_str()) {
            let message = format!("sql: a column of the result is named `{name}`");
            return Err(Failure::new("Q0503", message)
                .help("give it another name: rows have theirs already, and keep them"));
        }
        let data_type = data_type(name, field.data_type())?;
        let original = original(name, &from, tables);
        let role = role(name, &from, original, tables, params);
        let same = original.filter(|column| {
            from.same.as_ref().is_some_and(|(_, known)| *known == column.name)
                && column.data_type == data_type
                && column.role == role
        });
        let classes = same.and_then(|column| column.classes.clone());
        let nullable = field.is_nullable();
        columns.push(Column { name: name.clone(), data_type, role, nullable, classes });
        places.push(at);
    }
    if columns.is_empty() {
        return Err(Failure::new("Q0504", "sql: the result has no column")
            .help("select a column beside row_key, which every row has by itself"));
    }
    let mut told = moved(&mut columns, params);
    let personal = |&place: &usize| {
        let from = ancestry.get(place);
        from.iter().flat_map(|from| &from.from).any(|source| is_personal(source, tables))
    };
    let sources: Vec<bool> = places.iter().map(personal).collect();
    told.extend(uncovered(&columns, &sources, params));
    told.extend(unchecked(tables));
    check(&columns, params)?;
    let before = columns.clone();
    let changes = changes(&columns, params)?;
    for (column, &place) in columns.iter().zip(&places) {
        hidden(&column.name, ancestry.get(place), tables, params)?;
    }
    for (column, _) in columns.iter_mut().zip(&changes).filter(|(_, change)| change.is_some()) {
        (column.data_type, column.classes) = (DataType::Utf8, None);
    }
    let image = image(&columns, ancestry, &places, tables);
    let modality = if image.is_some() { Modality::Image } else { Modality::Table };
    // What rows went through ends here: a model takes them as the SQL gives them.
    let fitted = Vec::new();
    let schema = Schema { version: SCHEMA_VERSION, modality, image, columns, fitted };
    Ok((Output { schema, places, before, told }, changes))
}

/// The column of a dataset that gives one of this name its role.
fn original<'a>(name: &str, from: &Ancestry, tables: &'a [Arc<Table>]) -> Option<&'a Column> {
    let of = |table: &str, column: &str| {
        let table = tables.iter().find(|known| known.name == table)?;
        table.about.as_ref()?.column(column)
    };
    match &from.same {
        Some((table, column)) if column == name => of(table, column),
        _ => of(DATA, name),
    }
}

fn role(
    name: &str,
    from: &Ancestry,
    original: Option<&Column>,
    tables: &[Arc<Table>],
    params: &Params,
) -> Role {
    if let Some(role) = params.roles.get(name) {
        return *role;
    }
    let personal = from.from.iter().any(|source| is_personal(source, tables));
    let covered = params.redact.iter().any(|redaction| redaction.column == name);
    match original.map_or(Role::Feature, |column| column.role) {
        Role::Personal if covered => Role::Feature,
        _ if personal && !covered => Role::Personal,
        role => role,
    }
}

/// Whether a column of a table is `personal`. Files say nothing of their columns: one that is
/// called as a personal column of `data` is one.
pub(super) fn is_personal((table, column): &Source, tables: &[Arc<Table>]) -> bool {
    let about = |name: &str| tables.iter().find(|known| known.name == name)?.about.as_ref();
    let says = about(table).or_else(|| about(DATA));
    let column = says.and_then(|schema| schema.column(column));
    column.is_some_and(|column| column.role == Role::Personal)
}

/// What is said of files that are joined to rows with personal columns.
fn unchecked(tables: &[Arc<Table>]) -> Vec<Finding> {
    let data = tables.iter().find(|known| known.name == DATA);
    let schema = data.and_then(|data| data.about.as_ref());
    let has_personal = schema
        .is_some_and(|schema| schema.columns.iter().any(|column| column.role == Role::Personal));
    let files = tables.iter().filter(|known| known.about.is_none() && has_personal);
    files
        .map(|table| {
            let message = format!(
                "nothing says which columns of `{}` are personal, and rows of `data` have such: \
                 check it with `validate`, or name them in `roles`",
                table.name
            );
            Finding::new(Severity::Warning, "Q0515", message)
        })
        .collect()
}

/// Refuses roles of columns that are not there, and two labels.
fn check(columns: &[Column], params: &Params) -> Result<(), Failure> {
    let there = |name: &&String| columns.iter().any(|column| column.name == **name);
    if let Some(name) = params.roles.keys().find(|name| !there(name)) {
        return Err(unknown("roles", name, columns));
    }
    let labels: Vec<&str> = columns
        .iter()
        .filter(|column| column.role == Role::Label)
        .map(|column| column.name.as_str())
        .collect();
    if let [one, other, ..] = labels.as_slice() {
        let message = format!("`{one}` and `{other}` both have the role `label`");
        return Err(Failure::new("Q0507", message)
            .help(format!("give one another role: roles = {{ {other} = \"feature\" }}")));
    }
    Ok(())
}

/// Refuses to hide values that the keys of rows say: these are hashes of the columns that are
/// not `personal`, and who knows the others of a row can try the values of one.
fn hidden(
    name: &str,
    from: Option<&Ancestry>,
    tables: &[Arc<Table>],
    params: &Params,
) -> Result<(), Failure> {
    let pseudonym = params.pseudonymise.iter().any(|known| known == name);
    let coarse = params.generalise.iter().any(|known| known.column == name);
    let counted = params.k_anonymity.as_ref().is_some_and(|wanted| wanted.names(name));
    let param = match (pseudonym, coarse && counted) {
        (true, _) => "pseudonymise",
        (_, true) => "k_anonymity",
        (false, false) => return Ok(()),
    };
    let keyed = |(table, _): &&Source| {
        tables.iter().any(|known| known.name == *table && known.about.is_some())
    };
    let mut sources = from.iter().flat_map(|from| &from.from).filter(keyed);
    let Some((table, column)) = sources.find(|source| !is_personal(source, tables)) else {
        return Ok(());
    };
    let message = format!(
        "`{param}` names `{name}`, which comes from `{table}.{column}`, and that is not `personal`"
    );
    Err(Failure::new("Q0511", message).help(
        "give it the role `personal` in the contract, so that no row's key says it, and say in \
         `roles` what the result is",
    ))
}

/// What is said of the images, where their column is in the result as it was.
fn image(
    columns: &[Column],
    ancestry: &[Ancestry],
    places: &[usize],
    tables: &[Arc<Table>],
) -> Option<ingot_tables::dataset::Image> {
    let about = tables.iter().find(|table| table.name == DATA)?.about.as_ref()?;
    let image = about.image.as_ref()?;
    let wanted = Some((DATA.to_owned(), image.column.clone()));
    let at =
        places.iter().position(|&at| ancestry.get(at).is_some_and(|from| from.same == wanted))?;
    let mut image = image.clone();
    image.column = columns.get(at)?.name.clone();
    Some(image)
}

/// The type of a dataset that holds the values.
fn data_type(name: &str, found: &ArrowType) -> Result<DataType, Failure> {
    if let Some(data_type) = DataType::of_arrow(found) {
        return Ok(data_type);
    }
    let quoted = quoted(name);
    let fix = match found {
        ArrowType::UInt64 => return Ok(DataType::Int64),
        ArrowType::Null => {
            format!("say the type of what is missing: CAST(NULL AS DOUBLE) AS {quoted}")
        }
        ArrowType::Date32 | ArrowType::Date64 => {
            format!("write CAST(.. AS TEXT) AS {quoted}, or date_part('year', ..)")
        }
        ArrowType::Timestamp(..) => {
            format!(
                "write arrow_cast(.., 'Timestamp(Microsecond, Some(\"UTC\"))') AS {quoted}, or \
                 CAST(.. AS TEXT)"
            )
        }
        found if found.is_decimal() => format!("write CAST(.. AS DOUBLE) AS {quoted}"),
        ArrowType::Interval(_) | ArrowType::Duration(_) => {
            format!("write date_part('epoch', ..) AS {quoted} for seconds")
        }
        ArrowType::Time32(_) | ArrowType::Time64(_) => {
            format!("write CAST(.. AS TEXT) AS {quoted}")
        }
        _ => format!("take one value of it, as text: CAST(.. AS TEXT) AS {quoted}"),
    };
    let message = format!(
        "sql: the column `{name}` of the result is `{found}`, which a dataset does not hold"
    );
    Err(Failure::new("Q0501", message).help(fix))
}

fn quoted(name: &str) -> String {
    let plain = name.chars().all(|each| each.is_ascii_alphanumeric() || each == '_')
        && !name.starts_with(|first: char| first.is_ascii_digit());
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// Values in the type that the column has.
pub(super) fn fitted(column: &Column, values: &ArrayRef) -> Result<ArrayRef, Failure> {
    let wanted = column.data_type.arrow();
    let options = CastOptions { safe: false, ..CastOptions::default() };
    let fitted = cast_with_options(values, &wanted, &options).map_err(|_| {
        let message =
            format!("sql: a value of the column `{}` is beyond {}", column.name, column.data_type);
        Failure::new("Q0502", message)
            .help(format!("write CAST(.. AS DOUBLE) AS {}", quoted(&column.name)))
    })?;
    if !column.nullable && fitted.null_count() > 0 {
        let message = format!(
            "sql: the column `{}` has no nulls by the query, and {} rows have one",
            column.name,
            fitted.null_count()
        );
        return Err(Failure::new("Q0003", message).help("report it, with the SQL if you can"));
    }
    Ok(fitted)
}
