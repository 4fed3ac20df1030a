//! [`Architecture`]: a family and its sizes, as `model.json` has them.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};

use super::family::Built;
use super::{Family, InputShape};
use crate::error::Error;
use crate::nn::Builder;

/// A network family and its sizes, which are sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Architecture {
    family: &'static Family,
    sizes: Map<String, Value>,
}

/// Its form in `model.json`.
#[derive(Serialize, Deserialize)]
struct Form {
    family: String,
    architecture: Map<String, Value>,
}

impl Architecture {
    /// The architecture of a family that params describe.
    pub fn of(family: &str, params: &Map<String, Value>) -> Result<Self, Error> {
        let Some(family) = Family::find(family) else {
            let name = "family".to_owned();
            return Err(Error::Param { name, what: format!("there is no family `{family}`") });
        };
        Ok(Self { family, sizes: (family.read)(params)? })
    }

    /// Its family.
    pub fn family(&self) -> &'static Family {
        self.family
    }

    pub(super) fn build(
        &self,
        at: &mut Builder<'_>,
        input: InputShape,
    ) -> Result<Box<dyn Built>, Error> {
        (self.family.build)(at, &self.sizes, input)
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes = self.sizes.iter().map(|(name, value)| format!("{name} = {value}"));
        write!(formatter, "{} of {}", self.family.name, sizes.collect::<Vec<_>>().join(", "))
    }
}

impl Serialize for Architecture {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (family, architecture) = (self.family.name.to_owned(), self.sizes.clone());
        Form { family, architecture }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Architecture {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Form { family, architecture } = Form::deserialize(deserializer)?;
        Self::of(&family, &architecture).map_err(de::Error::custom)
    }
}
