//! [`Family`]: a network as an entry of the list, whatever its type.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tch::Tensor;

use super::{InputShape, Network};
use crate::error::Error;
use crate::nn::{Builder, Mode};
use crate::params::parse;
use crate::schema;

/// What the sizes of a network can do: be read, written and described.
pub trait Sizes: Serialize + DeserializeOwned + JsonSchema {}

impl<T: Serialize + DeserializeOwned + JsonSchema> Sizes for T {}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Modality {
    /// An image.
    Image,
    /// Columns of a table.
    Table,
}

impl Modality {
    /// The word for rows of it.
    pub fn rows(self) -> &'static str {
        match self {
            Self::Image => "images",
            Self::Table => "tables",
        }
    }
}

/// One family of networks.
#[derive(Clone, Copy)]
pub struct Family {
    /// The name in the manifest.
    pub name: &'static str,
    /// One line about it.
    pub summary: &'static str,
    /// What its rows are.
    pub input: Modality,
    /// Probability that a unit is zeroed in supervised training, where nobody says it.
    pub dropout: f64,
    /// The schema of its sizes, with their defaults.
    pub sizes: fn() -> Map<String, Value>,
    /// The sizes among params, checked; whatever else is there is left out.
    pub(super) read: Read,
    /// Builds a network of sizes that were read.
    pub(super) build: Build,
}

/// Reads sizes among params.
type Read = fn(&Map<String, Value>) -> Result<Map<String, Value>, Error>;

/// Builds a network of sizes that were read.
type Build = fn(&mut Builder<'_>, &Map<String, Value>, InputShape) -> Result<Box<dyn Built>, Error>;

impl Family {
    /// The entry of a network.
    pub const fn of<N: Network>() -> Self {
        Self {
            name: N::NAME,
            summary: N::SUMMARY,
            input: N::INPUT,
            dropout: N::DROPOUT,
            sizes: || schema::properties(&N::defaults()),
            read: |params| schema::object(&parse::<N::Sizes>(params)?),
            build: |at, sizes, input| {
                Ok(Box::new(N::build(at, &parse::<N::Sizes>(sizes)?, input)?))
            },
        }
    }

    /// The family of a name.
    pub fn find(name: &str) -> Option<&'static Self> {
        super::FAMILIES.iter().find(|family| family.name == name)
    }
}

impl fmt::Debug for Family {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

impl PartialEq for Family {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// A network that is built, whatever its type.
pub(super) trait Built: fmt::Debug {
    fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor, Error>;
    fn features(&self) -> i64;
}

impl<N: Network> Built for N {
    fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor, Error> {
        Network::forward(self, x, mode)
    }

    fn features(&self) -> i64 {
        Network::features(self)
    }
}

#[cfg(test)]
mod tests {
    use super::super::FAMILIES;

    #[test]
    fn the_list_is_sorted() {
        assert!(FAMILIES.is_sorted_by(|one, other| one.name < other.name));
    }
}
