//! [`Rows`]: of each row of a dataset its label, its key, and what its features hold.
//!
//! Invariant: what is held of a row is of one size, whatever its columns hold. Rows are equal
//! where every column of the role `feature` is: a hash of 16 bytes says so, as in row keys.

use std::collections::BTreeMap;

use arrow::array::ArrayRef;
use arrow::record_batch::RecordBatch;
use ingot_protocol::Failure;
use ingot_tables::class_order;
use ingot_tables::dataset::row_key::{self, RowKey};
use ingot_tables::dataset::{self, DataType, Dataset, WHOLE, labels};

use super::failed;

/// Rows that are read at once.
const ROWS: usize = 8192;

/// The rows of every split.
pub(super) struct Rows {
    /// The column of the labels.
    pub(super) label: String,
    /// Every class that a row has, the contract declares or a model knows, in their order.
    pub(super) classes: Vec<String>,
    /// Which of them the contract declares; nothing where it declares none.
    pub(super) declared: Option<Vec<String>>,
    /// The splits, sorted by name.
    pub(super) splits: Vec<Split>,
}

/// The rows of a split.
pub(super) struct Split {
    pub(super) name: String,
    /// Each row's class, where it has a label. // (rows)
    pub(super) labels: Vec<Option<usize>>,
    /// Each row's key. // (rows)
    pub(super) keys: Vec<RowKey>,
    /// What each row's features hold; nothing where there are no features. // (rows)
    pub(super) values: Vec<RowKey>,
}

impl Split {
    /// How many rows each class has. // (classes)
    pub(super) fn counts(&self, classes: usize) -> Vec<u64> {
        let mut counts = vec![0; classes];
        for class in self.labels.iter().flatten() {
            if let Some(count) = counts.get_mut(*class) {
                *count += 1;
            }
        }
        counts
    }

    /// The slice of its metrics: none of a dataset that was never split.
    pub(super) fn slice(&self) -> BTreeMap<String, String> {
        match self.name.as_str() {
            WHOLE => BTreeMap::new(),
            name => BTreeMap::from([("split".to_owned(), name.to_owned())]),
        }
    }

    /// A row's place, for a person.
    pub(super) fn place(&self, row: usize) -> String {
        let key = self.keys.get(row).map(row_key::hex).unwrap_or_default();
        format!("row {row} of `{}` (row_key {key})", self.name)
    }
}

impl Rows {
    /// Reads a dataset; `known` are the classes that its predictions know.
    pub(super) fn read(data: &Dataset, known: &[String]) -> Result<Self, Failure> {
        let Some(label) = data.schema.label() else {
            return Err(Failure::new("D1705", "the dataset has no label")
                .help("give a column the role `label` in the contract"));
        };
        if label.data_type == DataType::Binary {
            let message = format!("the label `{}` is bytes, which are no class", label.name);
            return Err(Failure::new("D1705", message)
                .help("give a column of classes the role `label` in the contract"));
        }
        let features: Vec<&str> =
            data.schema.features().map(|column| column.name.as_str()).collect();
        let mut names = Names::default();
        let mut splits = Vec::new();
        for split in data.splits()? {
            splits.push(of_split(
                data,
                &split,
                (&label.name, label.data_type),
                &features,
                &mut names,
            )?);
        }
        if names.numbers.is_empty() {
            let message = format!("no row has a label in `{}`", label.name);
            return Err(Failure::new("D1705", message)
                .help("look at what the step before left, or at `nulls` of the source's format"));
        }
        let texts: Vec<Option<String>> =
            splits.iter().flat_map(|split| &split.labels).map(|number| names.of(*number)).collect();
        dataset::check_measure(&data.schema, &texts)?;
        drop(texts);
        let declared = label.classes.clone();
        names.add(known);
        names.add(declared.as_deref().unwrap_or_default());
        let (classes, order) = names.in_order();
        for split in &mut splits {
            for label in &mut split.labels {
                *label = label.and_then(|number| order.get(number).copied());
            }
        }
        Ok(Self { label: label.name.clone(), classes, declared, splits })
    }

    /// The number of rows.
    pub(super) fn count(&self) -> usize {
        self.splits.iter().map(|split| split.labels.len()).sum()
    }

    /// The number of rows with a label.
    pub(super) fn labelled(&self) -> usize {
        self.splits.iter().flat_map(|split| &split.labels).flatten().count()
    }

    /// The first row of each split among all rows.
    pub(super) fn firsts(&self) -> Vec<usize> {
        let firsts = self.splits.iter().scan(0, |next, split| {
            let first = *next;
            *next += split.labels.len();
            Some(first)
        });
        firsts.collect()
    }

    /// The name of a class.
    pub(super) fn class(&self, class: usize) -> &str {
        self.classes.get(class).map(String::as_str).unwrap_or_default()
    }
}

fn of_split(
    data: &Dataset,
    name: &str,
    (label, data_type): (&str, DataType),
    features: &[&str],
    names: &mut Names,
) -> Result<Split, Failure> {
    let mut split = Split { name: name.to_owned(), labels: vec![], keys: vec![], values: vec![] };
    for batch in data.batches(name, ROWS)? {
        let batch = batch?;
        let is_none = |text: &String| data_type == DataType::Float64 && text == "NaN";
        let texts = labels(&batch, label)?.into_iter();
        split
            .labels
            .extend(texts.map(|text| text.filter(|it| !is_none(it)).map(|it| names.number(it))));
        split.keys.extend(row_key::values(&batch).ok_or_else(|| failed("the rows have no keys"))?);
        split.values.extend(values(&batch, features)?);
    }
    Ok(split)
}

/// What the features of rows hold.
fn values(batch: &RecordBatch, features: &[&str]) -> Result<Vec<RowKey>, Failure> {
    let columns = row_key::by_name(batch);
    let columns: Vec<ArrayRef> =
        features.iter().filter_map(|name| columns.get(name).map(|it| (*it).clone())).collect();
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let hashes = row_key::of_groups(&columns, None, batch.num_rows()).map_err(failed)?;
    Ok(hashes.iter().flatten().filter_map(|hash| RowKey::try_from(hash).ok()).collect())
}

/// Names with the numbers that they were given as they came.
#[derive(Default)]
struct Names {
    numbers: BTreeMap<String, usize>,
    names: Vec<String>,
}

impl Names {
    fn number(&mut self, name: String) -> usize {
        if let Some(number) = self.numbers.get(&name) {
            return *number;
        }
        let number = self.names.len();
        self.names.push(name.clone());
        self.numbers.insert(name, number);
        number
    }

    fn of(&self, number: Option<usize>) -> Option<String> {
        self.names.get(number?).cloned()
    }

    fn add(&mut self, names: &[String]) {
        names.iter().for_each(|name| {
            self.number(name.clone());
        });
    }

    /// The names in the order of classes, and the place there of each number.
    fn in_order(self) -> (Vec<String>, Vec<usize>) {
        let mut sorted = self.names.clone();
        sorted.sort_by(|one, other| class_order(one, other));
        let places: BTreeMap<&str, usize> =
            sorted.iter().enumerate().map(|(place, name)| (name.as_str(), place)).collect();
        let order = self.names.iter().filter_map(|name| places.get(name.as_str()).copied());
        let order = order.collect();
        (sorted, order)
    }
}
