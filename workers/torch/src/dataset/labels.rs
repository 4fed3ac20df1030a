//! Classes and targets.

use std::collections::BTreeSet;

use ingot_tables::class_order;
use ingot_tables::dataset::check_classes;

use super::{Rows, Split};
use crate::error::Error;

/// The classes of a model, in the order of its outputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classes(pub Vec<String>);

impl Classes {
    /// The schema's closed set, else the distinct labels of the training split,
    /// in the one order of classes. At least two labels must occur in training.
    pub fn of(train: &Split) -> Result<Self, Error> {
        let path = train.rows.path.clone();
        let column =
            train.schema.label().ok_or_else(|| Error::NoLabelColumn { path: path.clone() })?;
        let labels = train.labels()?.unwrap_or_default();
        check_classes(&train.schema, &labels)?;
        let found: BTreeSet<String> = labels.into_iter().flatten().collect();
        match found.first() {
            None => return Err(Error::NoLabels { path, column: column.name.clone() }),
            Some(class) if found.len() == 1 => {
                return Err(Error::OneClass { path, class: class.clone() });
            }
            Some(_) => {}
        }
        let mut classes = column.classes.clone().unwrap_or_else(|| found.into_iter().collect());
        classes.sort_by(|one, other| class_order(one, other));
        Ok(Self(classes))
    }
}

/// The labelled rows of a split: their indices, and the index of each one's class.
pub fn targets(split: &Split, classes: &Classes) -> Result<(Vec<i64>, Vec<i64>), Error> {
    let labels = split.labels()?.unwrap_or_default();
    let (mut rows, mut targets) = (Vec::new(), Vec::new());
    for (row, label) in labels.into_iter().enumerate() {
        let Some(label) = label else { continue };
        let Some(class) = classes.0.iter().position(|class| *class == label) else {
            let Rows { path, split: name, .. } = &split.rows;
            return Err(Error::UnknownClass {
                path: path.clone(),
                split: name.clone(),
                row,
                label,
            });
        };
        rows.push(i64::try_from(row).unwrap_or(i64::MAX));
        targets.push(i64::try_from(class).unwrap_or(i64::MAX));
    }
    Ok((rows, targets))
}
