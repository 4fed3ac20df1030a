//! [`Table`]: separated values as texts, with what is known of their columns.
//!
//! Invariant: what is written is read as what was read is, but for the cells that a fault
//! changed: white space around cells stays.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ingot_protocol::{Failure, Input};
use ingot_tables::dataset::{Column, DataType, Role, Schema};
use ingot_tables::regular;
use ingot_tables::source::{Csv, Format};

use crate::toml_text;

/// Most bytes of a file: all of its cells are held at once.
const MOST: u64 = 512 << 20;

/// The rows of a file, and the columns of the dataset that it becomes.
pub(super) struct Table {
    format: Csv,
    /// The names of the columns, in the order of the cells.
    pub(super) names: Vec<String>,
    /// Row -> cells, without the header.
    pub(super) rows: Vec<Vec<String>>,
    schema: Schema,
    /// The other files that the same contract is for: a line that would notice a fault is
    /// one that they keep, too.
    beside: Vec<Table>,
}

impl Table {
    /// Reads a file of separated values as its format says, and those beside it.
    pub(super) fn read_all(
        input: &Input,
        beside: &[Input],
        schema: &Schema,
    ) -> Result<Self, Failure> {
        let others = beside.iter().map(|other| Self::read(other, schema.clone()));
        let beside = others.collect::<Result<Vec<Self>, Failure>>()?;
        Ok(Self { beside, ..Self::read(input, schema.clone())? })
    }

    /// Reads one file.
    fn read(input: &Input, schema: Schema) -> Result<Self, Failure> {
        let path = &input.path;
        let wrong = |what: String| {
            Failure::new("D1901", format!("{}: {what}", path.display()))
                .help("faults are put into single files of separated values that are not packed")
        };
        let stated = input.format.clone().unwrap_or_default();
        let Ok(Format::Csv(format)) = serde_json::from_value(stated) else {
            return Err(wrong("its format is not `csv`".to_owned()));
        };
        let bytes = regular::read(path, MOST).map_err(|error| wrong(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|error| wrong(error.to_string()))?;
        let Ok(delimiter) = u8::try_from(format.delimiter) else {
            return Err(wrong("its delimiter is no ASCII character".to_owned()));
        };
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .delimiter(delimiter)
            .from_reader(text.strip_prefix('\u{feff}').unwrap_or(&text).as_bytes());
        let mut rows: Vec<Vec<String>> = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| wrong(error.to_string()))?;
            rows.push(record.iter().map(str::to_owned).collect());
        }
        let mut rows = rows.into_iter();
        let names = match format.header {
            true => rows.next().unwrap_or_default(),
            false => format.columns.clone(),
        };
        Ok(Self { format, names, rows: rows.collect(), schema, beside: Vec::new() })
    }

    /// Writes it in the same form.
    pub(super) fn write(&self, path: &Path) -> Result<(), Failure> {
        let wrong = |error: String| {
            Failure::new("D1901", format!("{}: {error}", path.display()))
                .help("give the disk of the store more room, or make it writable")
        };
        let delimiter = u8::try_from(self.format.delimiter).unwrap_or(b',');
        let mut writer = csv::WriterBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_path(path)
            .map_err(|error| wrong(error.to_string()))?;
        let header = self.format.header.then_some(&self.names);
        for row in header.into_iter().chain(&self.rows) {
            writer.write_record(row).map_err(|error| wrong(error.to_string()))?;
        }
        writer.flush().map_err(|error| wrong(error.to_string()))
    }

    /// What is known of the column of these cells.
    fn known(&self, column: usize) -> Option<&Column> {
        self.schema.column(self.names.get(column)?)
    }

    /// The columns of the dataset for which this holds, by the place of their cells. Of a
    /// personal column no value may be told, so none is among them.
    fn columns(&self, holds: impl Fn(&Column) -> bool) -> Vec<usize> {
        let told = |column: &Column| !matches!(column.role, Role::Personal | Role::Ignore);
        let fits = |&at: &usize| self.known(at).is_some_and(|it| told(it) && holds(it));
        (0..self.names.len()).filter(fits).collect()
    }

    /// Columns that a model may learn from, and whatever else is no label and names no row.
    pub(super) fn plain(&self) -> Vec<usize> {
        self.columns(|column| !matches!(column.role, Role::Label | Role::Id))
    }

    /// Those of them that are numbers.
    pub(super) fn numbers(&self) -> Vec<usize> {
        let is_number = |column: &Column| {
            matches!(column.data_type, DataType::Int64 | DataType::Float64)
                && !matches!(column.role, Role::Label | Role::Id)
        };
        self.columns(is_number)
    }

    /// Those of them that are texts of few different values.
    pub(super) fn categories(&self) -> Vec<usize> {
        const MOST_VALUES: usize = 100;
        let texts = self.columns(|column| {
            column.data_type == DataType::Utf8 && !matches!(column.role, Role::Label | Role::Id)
        });
        texts.into_iter().filter(|&at| self.counts(at).len() <= MOST_VALUES).collect()
    }

    /// The label's column.
    pub(super) fn label(&self) -> Option<usize> {
        self.columns(|column| column.role == Role::Label).first().copied()
    }

    /// The columns of the same type as this one, which are no label and name no row.
    pub(super) fn like(&self, column: usize) -> Vec<usize> {
        let Some(own) = self.known(column).map(|column| column.data_type) else {
            return Vec::new();
        };
        let plain = self.plain();
        let same = |&at: &usize| self.known(at).is_some_and(|it| it.data_type == own);
        plain.into_iter().filter(|&at| at != column).filter(same).collect()
    }

    /// The name of a column.
    pub(super) fn name(&self, column: usize) -> &str {
        self.names.get(column).map_or("", String::as_str)
    }

    /// The heading of a column in a contract: `columns.age`, `columns."net pay"`.
    pub(super) fn heading(&self, column: usize) -> String {
        format!("columns.{}", toml_text::key(self.name(column)))
    }

    /// A column in a rule, which is SQL.
    pub(super) fn in_rule(&self, column: usize) -> String {
        let name = self.name(column);
        match toml_text::key(name) == name && !name.contains('-') {
            true => name.to_owned(),
            false => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    /// A cell, unless it means that there is no value.
    pub(super) fn value(&self, row: usize, column: usize) -> Option<&str> {
        let cell = self.rows.get(row)?.get(column)?;
        let cell = if self.format.trim { cell.trim() } else { cell };
        let is_null = cell.is_empty() || self.format.nulls.iter().any(|null| null == cell);
        (!is_null).then_some(cell)
    }

    /// Whether there are files beside it.
    pub(super) fn is_one_of_several(&self) -> bool {
        !self.beside.is_empty()
    }

    /// The numbers of a column, those of the files beside it too.
    pub(super) fn figures(&self, column: usize) -> Vec<f64> {
        let name = self.name(column);
        let of = |table: &Self, at: usize| -> Vec<f64> {
            let values = (0..table.rows.len()).filter_map(|row| table.value(row, at));
            let figures = values.filter_map(|value| value.parse().ok());
            figures.filter(|it: &f64| it.is_finite()).collect()
        };
        let others = self.beside.iter().filter_map(|table| Some((table, table.place(name)?)));
        others.chain([(self, column)]).flat_map(|(table, at)| of(table, at)).collect()
    }

    /// The line of a contract that says how much of a column may be missing: nothing, or
    /// twice of what is missing now, in whole hundredths.
    pub(super) fn missing_line(&self, column: usize) -> String {
        let (name, heading) = (self.name(column), self.heading(column));
        let share = |table: &Self, at: usize| {
            let rows = table.rows.len();
            let missing = (0..rows).filter(|&row| table.value(row, at).is_none()).count();
            missing as f64 / rows.max(1) as f64
        };
        let others = self.beside.iter().filter_map(|table| Some((table, table.place(name)?)));
        let shares = others.chain([(self, column)]).map(|(table, at)| share(table, at));
        match shares.fold(0.0, f64::max) {
            0.0 => format!("[{heading}] nullable = false"),
            most => {
                let most = (200.0 * most).ceil() / 100.0;
                format!("[{heading}] max_null_fraction = {most}")
            }
        }
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    /// Value -> how many rows have it.
    pub(super) fn counts(&self, column: usize) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for value in (0..self.rows.len()).filter_map(|row| self.value(row, column)) {
            *counts.entry(value.to_owned()).or_default() += 1;
        }
        counts
    }

    /// Replaces a cell.
    pub(super) fn set(&mut self, row: usize, column: usize, value: String) {
        if let Some(cell) = self.rows.get_mut(row).and_then(|row| row.get_mut(column)) {
            *cell = value;
        }
    }

    /// Replaces every number of some rows of a column.
    pub(super) fn scale(&mut self, column: usize, rows: &[usize], by: f64) {
        for &row in rows {
            let scaled = self.value(row, column).and_then(|value| match value.parse::<i64>() {
                Ok(whole) => Some(whole.saturating_mul(by as i64).to_string()),
                Err(_) => Some((value.parse::<f64>().ok()? * by).to_string()),
            });
            if let Some(scaled) = scaled {
                self.set(row, column, scaled);
            }
        }
    }

    /// The line of a contract that lists the values of a column.
    pub(super) fn set_line(&self, column: usize) -> String {
        let name = self.name(column);
        let others = self.beside.iter().filter_map(|table| Some((table, table.place(name)?)));
        let all = others.chain([(self, column)]).flat_map(|(table, at)| table.counts(at));
        let values: BTreeSet<String> = all.map(|(value, _)| toml_text::text(&value)).collect();
        let values: Vec<String> = values.into_iter().collect();
        format!("[{}] set = [{}]", self.heading(column), values.join(", "))
    }
}
