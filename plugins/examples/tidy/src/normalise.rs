//! The kind `normalise`: text columns, freed of differences that mean nothing.
//!
//! Invariant: rows and nulls stay where they are, and what was normalised once is
//! not changed by doing it again.

use ingot_plugin::arrow::array::builder::StringBuilder;
use ingot_plugin::arrow::array::{Array, StringArray};
use ingot_plugin::{Failure, Kind, Metric, Run, Step, columns, json};
use serde::Deserialize;

/// The kind `normalise`.
pub struct Normalise;

#[derive(Deserialize)]
struct Params {
    columns: Vec<String>,
    trim: bool,
    collapse: bool,
    lower_case: bool,
    strip_control: bool,
}

impl Step for Normalise {
    fn kind() -> Kind {
        let flag = |what: &str, default: bool| json!({"type": "boolean", "description": what, "default": default});
        Kind::new("normalise", "trim, collapse and lower-case text")
            .params(
                json!({
                    "columns": {
                        "type": "array",
                        "description": "the utf8 columns to normalise",
                        "items": {"type": "string"},
                        "minItems": 1,
                    },
                    "trim": flag("no white space at the ends", true),
                    "collapse": flag("each run of white space becomes one space", true),
                    "lower_case": flag("lower case, by Unicode", true),
                    "strip_control": flag("no control characters but white space", false),
                }),
                &["columns"],
            )
            .input("data", "dataset")
            .output("data", "dataset")
    }

    fn run(run: &Run) -> Result<(), Failure> {
        let params: Params = run.params()?;
        let mut changed = vec![0_u64; params.columns.len()];
        run.map("data", "data", |mut batch| {
            for (name, changed) in params.columns.iter().zip(&mut changed) {
                let (array, count) = params.normalise(columns::text(&batch, name)?);
                batch = columns::replace(&batch, name, array)?;
                *changed += count;
            }
            Ok(batch)
        })?;
        params.columns.iter().zip(changed).try_for_each(|(name, changed)| {
            run.metric(Metric::new("changed", changed as f64).slice("column", name))
        })
    }
}

impl Params {
    /// The column normalised, and how many of its values that changed.
    fn normalise(&self, values: &StringArray) -> (StringArray, u64) {
        let mut builder = StringBuilder::with_capacity(values.len(), values.value_data().len());
        let (mut text, mut changed) = (String::new(), 0);
        for value in values {
            if let Some(value) = value {
                self.normalise_text(value, &mut text);
                changed += u64::from(text != value);
                builder.append_value(&text);
            } else {
                builder.append_null();
            }
        }
        (builder.finish(), changed)
    }

    /// One text into `normal`: control characters go first, then white space (by
    /// Unicode's property White_Space) is collapsed and trimmed, then case goes.
    ///
    /// With everything on, `"  Total\t\tCost\u{7} "` becomes `"total cost"`.
    fn normalise_text(&self, text: &str, normal: &mut String) {
        normal.clear();
        let mut after_space = false;
        for character in text.chars() {
            let space = character.is_whitespace();
            if self.strip_control && character.is_control() && !space {
                continue;
            }
            match space && self.collapse {
                true if after_space => {}
                true => normal.push(' '),
                false => normal.push(character),
            }
            after_space = space;
        }
        if self.trim {
            normal.truncate(normal.trim_end().len());
            normal.drain(..normal.len() - normal.trim_start().len());
        }
        if self.lower_case {
            if normal.is_ascii() {
                normal.make_ascii_lowercase();
            } else {
                *normal = normal.to_lowercase();
            }
        }
    }
}
