//! From a dataset artifact to tensors.
//!
//! Invariant: everything that is fitted (means, categories) is fitted on
//! the training split alone and then written into the model; applying it needs
//! nothing but the model and the rows. Files are read through `ingot_data`, never
//! here.

mod examples;
mod images;
mod preprocessing;
mod rows;
mod tables;

use std::path::Path;

use ingot_tables::dataset::{DataType, Dataset, Modality as Rowwise, Schema};
use ingot_tables::fitted::{self, FittedState};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::networks::{Family, InputShape, Modality};

pub use examples::Examples;
pub use preprocessing::{Preprocessing, TableColumn};
pub use rows::Rows;

/// One split, read.
#[derive(Debug)]
pub struct Split {
    /// Its rows, columns in the schema's order.
    pub rows: Rows,
    /// What the columns mean.
    pub schema: Schema,
}

impl Split {
    /// Reads a split that must be there and have rows.
    pub fn read(dataset: &Dataset, path: &Path, name: &str) -> Result<Self, Error> {
        Self::read_if_there(dataset, path, name)?.ok_or_else(|| Error::NoSplit {
            path: path.to_owned(),
            split: name.to_owned(),
            found: dataset.splits().map(|found| listed(&found)).unwrap_or_default(),
        })
    }

    /// Reads a split, or none when the dataset has none of that name.
    pub fn read_if_there(
        dataset: &Dataset,
        path: &Path,
        name: &str,
    ) -> Result<Option<Self>, Error> {
        if !dataset.splits()?.iter().any(|split| split == name) {
            return Ok(None);
        }
        let batch = dataset.read(name)?;
        if batch.num_rows() == 0 {
            return Err(Error::NoRows { path: path.to_owned(), split: name.to_owned() });
        }
        let schema = dataset.schema.clone();
        let rows = Rows { path: path.to_owned(), split: name.to_owned(), batch };
        Ok(Some(Self { rows, schema }))
    }

    /// The same rows behind fitted states.
    pub fn behind(self, states: &[FittedState]) -> Result<Self, Error> {
        let Self { rows, schema } = self;
        let (schema, batch) = fitted::apply(states, &schema, rows.batch)?;
        Ok(Self { rows: Rows { batch, ..rows }, schema })
    }

    /// The labels as text, or none when the schema has no label column.
    pub fn labels(&self) -> Result<Option<Vec<Option<String>>>, Error> {
        let label = |column: &ingot_tables::dataset::Column| {
            ingot_tables::dataset::labels(&self.rows.batch, &column.name)
        };
        Ok(self.schema.label().map(label).transpose()?)
    }
}

/// What a model takes in, as `model.json` says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "modality", rename_all = "lowercase")]
pub enum InputSchema {
    /// Images, one column of raw bytes.
    Image {
        /// Sizes and the column.
        image: ImageSchema,
    },
    /// Columns of a table.
    Table {
        /// The columns, in order.
        features: Vec<FeatureSchema>,
    },
}

/// Sizes of the images and the column they stand in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageSchema {
    /// The column's name.
    pub column: String,
    /// Channels.
    pub channels: u32,
    /// Pixels.
    pub height: u32,
    /// Pixels.
    pub width: u32,
}

/// One feature column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureSchema {
    /// The column's name.
    pub name: String,
    /// `int64`, `float64`, `bool` or `utf8`.
    pub data_type: String,
}

impl InputSchema {
    /// What the rows of a dataset look like.
    pub fn of(schema: &Schema, path: &Path) -> Result<Self, Error> {
        match (&schema.modality, &schema.image) {
            (Rowwise::Image, Some(image)) => Ok(Self::Image {
                image: ImageSchema {
                    column: image.column.clone(),
                    channels: image.channels,
                    height: image.height,
                    width: image.width,
                },
            }),
            _ => tables::features(schema, path).map(|features| Self::Table { features }),
        }
    }

    /// The same as a network sees it, after `preprocessing`.
    pub fn shape(&self, preprocessing: &Preprocessing) -> InputShape {
        match self {
            Self::Image { image } => InputShape::Image {
                channels: image.channels.into(),
                height: image.height.into(),
                width: image.width.into(),
            },
            Self::Table { .. } => InputShape::Table { features: preprocessing.numbers() },
        }
    }

    /// What a row is.
    fn modality(&self) -> Modality {
        match self {
            Self::Image { .. } => Modality::Image,
            Self::Table { .. } => Modality::Table,
        }
    }

    /// Refuses a family that cannot look at such rows.
    pub fn check_family(&self, family: &Family, path: &Path) -> Result<(), Error> {
        let (wanted, found) = (family.input.rows(), self.modality().rows());
        if wanted == found {
            return Ok(());
        }
        let family = family.name.to_owned();
        Err(Error::Modality { path: path.to_owned(), family, wanted, found })
    }

    /// Refuses rows that lack a column of it, or have it in another type.
    pub fn check_columns(&self, rows: &Rows) -> Result<(), Error> {
        let column = |name: &str, wanted: &str| {
            let found = rows.batch.column_by_name(name).map(|array| array.data_type());
            let what = match found.map(DataType::of_arrow) {
                Some(Some(found)) if found.name() == wanted => return Ok(()),
                Some(Some(found)) => format!("it is {found}, and the model takes {wanted}"),
                Some(None) => format!("the model takes {wanted}"),
                None => "it is missing, and the model takes it".to_owned(),
            };
            Err(rows.value_error(name, 0, &what))
        };
        match self {
            Self::Image { image } => column(&image.column, DataType::Binary.name()),
            Self::Table { features } => {
                features.iter().try_for_each(|feature| column(&feature.name, &feature.data_type))
            }
        }
    }

    /// Refuses a dataset whose rows a model with this input cannot take. Columns
    /// that the model does not know are allowed.
    pub fn check_takes(&self, schema: &Schema, path: &Path) -> Result<(), Error> {
        let differs = |what: String| Error::InputDiffers { path: path.to_owned(), what };
        match (self, Self::of(schema, path)?) {
            (Self::Image { image }, Self::Image { image: found }) => {
                let sizes = |image: &ImageSchema| (image.channels, image.height, image.width);
                if sizes(image) == sizes(&found) {
                    return Ok(());
                }
                Err(differs(format!(
                    "images are {:?} (channels, height, width), and the model takes {:?}",
                    sizes(&found),
                    sizes(image)
                )))
            }
            (Self::Table { features }, Self::Table { features: found }) => {
                for feature in features {
                    match found.iter().find(|one| one.name == feature.name) {
                        Some(one) if one.data_type == feature.data_type => {}
                        Some(one) => {
                            return Err(differs(format!(
                                "feature `{}` is {}, and the model takes {}",
                                one.name, one.data_type, feature.data_type
                            )));
                        }
                        None => {
                            return Err(differs(format!(
                                "feature `{}` is missing, and the model takes it",
                                feature.name
                            )));
                        }
                    }
                }
                Ok(())
            }
            (Self::Image { .. }, Self::Table { .. }) => {
                Err(differs("the dataset holds tables, and the model takes images".into()))
            }
            (Self::Table { .. }, Self::Image { .. }) => {
                Err(differs("the dataset holds images, and the model takes tables".into()))
            }
        }
    }
}

/// Names in backquotes, for a message.
fn listed(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    if quoted.is_empty() { "none at all".into() } else { quoted.join(", ") }
}
