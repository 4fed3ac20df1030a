//! [`Contract`]: what a table promises, as a TOML file of the workspace.
//!
//! Pure. The worker that holds a table against it and the core read the same form: a
//! param whose schema says `"x-ingot-form": "contract"` names such a file, and the core
//! refuses one that is none while it plans. What a promise means for values is the
//! worker's business alone.

mod bound;
mod columns;
mod consistent;
pub mod diff;
mod distribution;
mod moment;
mod pattern;
mod promised;
mod reference;
mod rule;
pub mod sql;
mod within;

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

pub use bound::Bound;
pub use columns::{ColumnPromises, Monotonic, Nan};
pub use distribution::{Distribution, Test};
pub use moment::Moment;
pub use pattern::whole;
pub use promised::{Consequence, Promised};
pub use reference::Reference;
pub use rule::Rule;

/// What the schema of a param calls the form.
pub const FORM: &str = "contract";

/// The version of the form.
const VERSION: u32 = 1;

/// Types of columns, by name.
pub const TYPES: [&str; 7] = ["int64", "float64", "bool", "utf8", "binary", "date", "timestamp"];

/// Roles of columns, by name.
pub const ROLES: [&str; 9] =
    ["feature", "label", "id", "group", "time", "sensitive", "personal", "weight", "ignore"];

/// What is wrong with a text that is no contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Bytes of the text; empty where it is about all of it.
    pub place: Range<usize>,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub help: &'static str,
    /// Whether the text has the form, and contradicts itself.
    pub contradiction: bool,
}

/// A contract.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// 1.
    pub version: u32,
    /// Promises about the table.
    #[serde(default)]
    pub table: TablePromises,
    /// Promises about columns.
    #[serde(default)]
    pub columns: BTreeMap<String, ColumnPromises>,
    /// Promises about rows, or the table, in SQL.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// Columns that are the pixels of an image.
    pub image: Option<Spanned<ImagePromise>>,
}

/// Promises about a table as a whole.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TablePromises {
    /// Fewest rows.
    pub min_rows: Option<Spanned<u64>>,
    /// Most rows.
    pub max_rows: Option<u64>,
    /// What happens to a column that the contract does not name.
    #[serde(default)]
    pub unknown_columns: Unknown,
    /// Columns whose values together are different in every row.
    #[serde(default)]
    pub unique: Vec<Spanned<Vec<String>>>,
    /// Largest share of a split's rows that may be in quarantine, in [0, 1].
    pub max_quarantine_fraction: Option<Spanned<f64>>,
}

/// The share of rows that may be in quarantine where the contract does not say.
const MAX_QUARANTINE_FRACTION: f64 = 0.01;

/// What becomes of a column that the contract does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unknown {
    /// It is a feature.
    #[default]
    Keep,
    /// It is left out.
    Ignore,
    /// It breaks the contract.
    Refuse,
}

/// Columns packed into one image a row.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImagePromise {
    /// A name with one `*`: the columns, in the order of the numbers in their names.
    pub columns: String,
    /// Pixels from top to bottom.
    pub height: u32,
    /// Pixels from left to right.
    pub width: u32,
    /// Values a pixel.
    #[serde(default = "one")]
    pub channels: u32,
    /// The value that becomes 255.
    #[serde(default = "white")]
    pub max: f64,
}

fn one() -> u32 {
    1
}

fn white() -> f64 {
    255.0
}

impl Contract {
    /// A contract that promises nothing.
    pub fn none() -> Self {
        Self {
            version: VERSION,
            table: TablePromises::default(),
            columns: BTreeMap::new(),
            rules: Vec::new(),
            image: None,
        }
    }

    /// Reads a contract that agrees with itself.
    pub fn parse(text: &str) -> Result<Self, Mistake> {
        const HELP: &str = "docs/reference/contract.md lists what a contract can say";
        let wrong = |place: Range<usize>, what: String| Mistake {
            place,
            what,
            help: HELP,
            contradiction: false,
        };
        let mut contract: Self = toml::from_str(text).map_err(|error| {
            let what = error.message().lines().next().unwrap_or_default().to_owned();
            wrong(error.span().unwrap_or_default(), what)
        })?;
        if contract.version != VERSION {
            let what = format!("version {}, where {VERSION} is read", contract.version);
            return Err(wrong(0..0, what));
        }
        for column in contract.columns.values() {
            let data_type = column.data_type.as_ref().map(|name| (&name.value, name.place.clone()));
            let role = column.role.as_ref().map(|name| (name.get_ref(), name.span()));
            for (name, known) in [(data_type, &TYPES[..]), (role, &ROLES[..])] {
                if let Some((name, place)) = name
                    && !known.contains(&name.as_str())
                {
                    let what = format!("`{name}` is none of `{}`", known.join("`, `"));
                    return Err(wrong(place, what));
                }
            }
        }
        for rule in &mut contract.rules {
            let read = sql::Condition::read(rule.sql.get_ref());
            rule.condition = read.map_err(|mistake| {
                let place = within::within(text, rule.sql.span(), mistake.place);
                let what = format!("rule `{}`: {}", rule.name.get_ref(), mistake.what);
                Mistake { place, what, help: mistake.help, contradiction: false }
            })?;
        }
        match consistent::contradiction(&contract, text) {
            None => Ok(contract),
            Some(found) => Err(found),
        }
    }

    /// The share of a split's rows that may be in quarantine.
    pub fn max_quarantine_fraction(&self) -> f64 {
        let most = self.table.max_quarantine_fraction.as_ref();
        most.map_or(MAX_QUARANTINE_FRACTION, |most| *most.get_ref())
    }

    /// Whether a promise or a rule may take rows out.
    pub fn has_quarantine(&self) -> bool {
        self.columns.values().any(ColumnPromises::has_quarantine)
            || self.rules.iter().any(|rule| rule.consequence() == Consequence::Quarantine)
    }

    /// The ports of the other tables that it names, sorted, with the place of the first.
    pub fn ports(&self) -> BTreeMap<&str, Range<usize>> {
        let references = self.columns.values().filter_map(|column| column.references.as_ref());
        let references = references.map(|one| (one.value.port.as_str(), one.place.clone()));
        let selections = self.rules.iter().flat_map(|rule| {
            let selections = rule.condition.selections.iter();
            selections.map(|one| (one.table.as_str(), rule.sql.span()))
        });
        let mut ports = BTreeMap::new();
        let distributions = self.columns.values().filter_map(|column| {
            let reference = &column.distribution.as_ref()?.get_ref().reference;
            Some((reference.get_ref().as_str(), reference.span()))
        });
        for (port, place) in references.chain(selections).chain(distributions) {
            ports.entry(port).or_insert(place);
        }
        ports
    }
}
