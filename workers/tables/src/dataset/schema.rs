//! The content of `dataset.json`: what the columns are and what they mean.
//!
//! Pure. Invariant: a checked schema names each column once, has at most one label,
//! and where it speaks of images the image column is there and binary.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use arrow::datatypes::{DataType as ArrowType, Field, Schema as ArrowSchema, TimeUnit};
use serde::{Deserialize, Serialize};

use super::DatasetError;
use super::row_key::{self, RESERVED};
use super::row_parents;
use crate::fitted::FittedState;

/// The version of `dataset.json` that is written.
pub const SCHEMA_VERSION: u32 = 2;
/// The zone of timestamps, by its offset, which Arrow knows without a table of zones.
pub const UTC: &str = "+00:00";
/// The version whose rows have no keys; it is read, too.
pub const WITHOUT_KEYS: u32 = 1;

/// What a dataset's rows are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// [`SCHEMA_VERSION`].
    pub version: u32,
    /// What one row is.
    pub modality: Modality,
    /// The images' size and place; present for [`Modality::Image`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// The columns, in the order of the files.
    pub columns: Vec<Column>,
    /// The fitted states that the rows went through, one behind the other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fitted: Vec<FittedState>,
}

/// What one row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Modality {
    /// A record of columns.
    Table,
    /// An image, with columns beside it.
    Image,
}

/// Images of one size, raw: `channels * height * width` bytes a row, in that order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// The binary column that holds them.
    pub column: String,
    /// Pixels from top to bottom.
    pub height: u32,
    /// Pixels from left to right.
    pub width: u32,
    /// Values a pixel, 1 for grey.
    pub channels: u32,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// The name.
    pub name: String,
    /// The type of its values.
    #[serde(rename = "type")]
    pub data_type: DataType,
    /// What it is for.
    pub role: Role,
    /// Whether a value may be missing.
    pub nullable: bool,
    /// A label's closed set of classes, in [`super::class_order`], where the contract declares one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<String>>,
}

/// The type of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DataType {
    /// Whole numbers of 64 bits.
    Int64,
    /// Numbers, IEEE 754 binary64.
    Float64,
    /// `true` or `false`.
    Bool,
    /// Text.
    Utf8,
    /// Bytes.
    Binary,
    /// Days of the Gregorian calendar.
    Date,
    /// Points in time, to the microsecond, in UTC.
    Timestamp,
}

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A model may learn from it.
    Feature,
    /// What a model predicts; null means unlabelled.
    Label,
    /// Names the row.
    Id,
    /// Rows that belong together and must not be torn apart.
    Group,
    /// When the row was.
    Time,
    /// Known for fairness measures, no feature.
    Sensitive,
    /// No feature, and its values are never printed.
    Personal,
    /// How much the row counts.
    Weight,
    /// Kept and not used.
    Ignore,
}

impl Schema {
    /// The label column, where there is one.
    pub fn label(&self) -> Option<&Column> {
        self.columns.iter().find(|column| column.role == Role::Label)
    }

    /// The columns a model may learn from: those of the role `feature` alone.
    pub fn features(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.role == Role::Feature)
    }

    /// The column of a name, where there is one.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The columns as Arrow's schema of every split.
    pub fn arrow(&self) -> ArrowSchema {
        let field =
            |column: &Column| Field::new(&column.name, column.data_type.arrow(), column.nullable);
        ArrowSchema::new(self.columns.iter().map(field).collect::<Vec<_>>())
    }

    /// The same with the column of the row keys, as a split's files have it.
    pub fn stored(&self) -> ArrowSchema {
        let columns = self.arrow();
        let fields = columns.fields().iter().cloned();
        ArrowSchema::new(fields.chain([row_key::field().into()]).collect::<Vec<_>>())
    }

    /// The same, with the parents behind the keys where rows have some.
    pub fn stored_with(&self, parents: bool) -> ArrowSchema {
        let stored = self.stored();
        let fields = stored.fields().iter().cloned();
        let parents = parents.then(|| row_parents::field().into());
        ArrowSchema::new(fields.chain(parents).collect::<Vec<_>>())
    }

    /// Whether the schema is of a version that is read, and agrees with itself.
    pub fn check(&self, path: &Path) -> Result<(), DatasetError> {
        let wrong = |what| DatasetError::Inconsistent { path: path.to_owned(), what };
        if ![SCHEMA_VERSION, WITHOUT_KEYS].contains(&self.version) {
            return Err(DatasetError::Version {
                path: path.to_owned(),
                found: self.version,
                expected: SCHEMA_VERSION,
            });
        }
        let mut names = BTreeSet::new();
        if let Some(twice) = self.columns.iter().find(|column| !names.insert(&column.name)) {
            return Err(wrong(format!("two columns are named `{}`", twice.name)));
        }
        if let Some(column) = self.columns.iter().find(|c| RESERVED.contains(&c.name.as_str())) {
            return Err(wrong(format!("`{}` is no name for a column", column.name)));
        }
        if self.columns.iter().filter(|column| column.role == Role::Label).count() > 1 {
            return Err(wrong("more than one column has the role `label`".into()));
        }
        if let Some(error) = self.fitted.iter().find_map(|fitted| fitted.check().err()) {
            return Err(wrong(error.to_string()));
        }
        match (self.modality, &self.image) {
            (Modality::Table, None) => Ok(()),
            (Modality::Table, Some(_)) => Err(wrong("a table with an `image`".into())),
            (Modality::Image, None) => Err(wrong("images without an `image`".into())),
            (Modality::Image, Some(image)) => image.check(self).map_err(wrong),
        }
    }
}

impl Image {
    /// The bytes of one image, or none where that many cannot be.
    pub fn bytes(&self) -> Option<usize> {
        let pixels = self.height.checked_mul(self.width)?;
        usize::try_from(pixels.checked_mul(self.channels)?).ok()
    }

    fn check(&self, schema: &Schema) -> Result<(), String> {
        match schema.column(&self.column) {
            None => return Err(format!("no column `{}` for the images", self.column)),
            Some(column) if column.data_type != DataType::Binary => {
                return Err(format!("the image column `{}` is not binary", self.column));
            }
            Some(_) => {}
        }
        match self.bytes() {
            Some(1..) => Ok(()),
            _ => {
                Err(format!("images of {}x{}x{} cannot be", self.channels, self.height, self.width))
            }
        }
    }
}

impl DataType {
    /// Every type, in the order in which they are written.
    pub const EVERY: [Self; 7] = [
        Self::Int64,
        Self::Float64,
        Self::Bool,
        Self::Utf8,
        Self::Binary,
        Self::Date,
        Self::Timestamp,
    ];

    /// The name in `dataset.json` and in contracts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Int64 => "int64",
            Self::Float64 => "float64",
            Self::Bool => "bool",
            Self::Utf8 => "utf8",
            Self::Binary => "binary",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
        }
    }

    /// The Arrow type that holds it.
    pub fn arrow(self) -> ArrowType {
        match self {
            Self::Int64 => ArrowType::Int64,
            Self::Float64 => ArrowType::Float64,
            Self::Bool => ArrowType::Boolean,
            Self::Utf8 => ArrowType::Utf8,
            Self::Binary => ArrowType::Binary,
            Self::Date => ArrowType::Date32,
            Self::Timestamp => ArrowType::Timestamp(TimeUnit::Microsecond, Some(UTC.into())),
        }
    }

    /// The type that holds every value of an Arrow type unchanged, where there is one.
    pub fn of_arrow(arrow: &ArrowType) -> Option<Self> {
        match arrow {
            ArrowType::Int8
            | ArrowType::Int16
            | ArrowType::Int32
            | ArrowType::Int64
            | ArrowType::UInt8
            | ArrowType::UInt16
            | ArrowType::UInt32 => Some(Self::Int64),
            ArrowType::Float16 | ArrowType::Float32 | ArrowType::Float64 => Some(Self::Float64),
            ArrowType::Boolean => Some(Self::Bool),
            ArrowType::Utf8 | ArrowType::LargeUtf8 | ArrowType::Utf8View => Some(Self::Utf8),
            ArrowType::Binary
            | ArrowType::LargeBinary
            | ArrowType::BinaryView
            | ArrowType::FixedSizeBinary(_) => Some(Self::Binary),
            ArrowType::Date32 => Some(Self::Date),
            // A time without a zone may be anybody's, and nanoseconds are not held.
            ArrowType::Timestamp(
                TimeUnit::Second | TimeUnit::Millisecond | TimeUnit::Microsecond,
                Some(_),
            ) => Some(Self::Timestamp),
            ArrowType::Dictionary(_, values) => match Self::of_arrow(values) {
                Some(Self::Utf8) => Some(Self::Utf8),
                _ => None,
            },
            _ => None,
        }
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Role {
    /// Every role, in the order in which they are explained.
    pub const EVERY: [Self; 9] = [
        Self::Feature,
        Self::Label,
        Self::Id,
        Self::Group,
        Self::Time,
        Self::Sensitive,
        Self::Personal,
        Self::Weight,
        Self::Ignore,
    ];

    /// The name in `dataset.json` and in contracts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Feature => "feature",
            Self::Label => "label",
            Self::Id => "id",
            Self::Group => "group",
            Self::Time => "time",
            Self::Sensitive => "sensitive",
            Self::Personal => "personal",
            Self::Weight => "weight",
            Self::Ignore => "ignore",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
