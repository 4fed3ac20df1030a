use std::fs;
use std::sync::Arc;

use arrow::array::{
    BinaryArray, BooleanArray, Float64Array, Int64Array, LargeStringArray, StringArray,
};
use proptest::prelude::*;

use super::*;

fn column(name: &str, data_type: DataType, role: Role) -> Column {
    Column { name: name.into(), data_type, role, nullable: true, classes: None }
}

fn schema() -> Schema {
    Schema {
        version: SCHEMA_VERSION,
        modality: Modality::Table,
        image: None,
        columns: vec![
            column("id", DataType::Int64, Role::Id),
            column("height", DataType::Float64, Role::Feature),
            column("tall", DataType::Bool, Role::Sensitive),
            column("kind", DataType::Utf8, Role::Label),
            column("scan", DataType::Binary, Role::Ignore),
        ],
        fitted: Vec::new(),
    }
}

type Row = (Option<i64>, Option<f64>, Option<bool>, Option<String>, Option<Vec<u8>>);

fn batch(rows: &[Row]) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable([
        ("id", Arc::new(rows.iter().map(|row| row.0).collect::<Int64Array>()) as ArrayRef, true),
        ("height", Arc::new(rows.iter().map(|row| row.1).collect::<Float64Array>()), true),
        ("tall", Arc::new(rows.iter().map(|row| row.2).collect::<BooleanArray>()), true),
        ("kind", Arc::new(rows.iter().map(|row| row.3.clone()).collect::<StringArray>()), true),
        ("scan", Arc::new(rows.iter().map(|row| row.4.as_deref()).collect::<BinaryArray>()), true),
    ])
    .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn what_is_written_is_read_back_and_twice_gives_the_same_bytes(
        rows in proptest::collection::vec(
            (any::<Option<i64>>(), any::<Option<f64>>(), any::<Option<bool>>(),
             proptest::option::of(".{0,6}"), any::<Option<Vec<u8>>>()),
            0..40,
        ),
        size in 1usize..9,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let splits = BTreeMap::from([("all".to_owned(), batch(&rows))]);
        let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
        write(&one, &schema(), &splits).unwrap();
        write(&two, &schema(), &splits).unwrap();
        let dataset = Dataset::open(&one).unwrap();
        prop_assert_eq!(&dataset.schema, &schema());
        prop_assert_eq!(dataset.splits().unwrap(), vec!["all"]);
        prop_assert_eq!(dataset.rows("all").unwrap(), rows.len() as u64);
        let read = dataset.read("all").unwrap();
        prop_assert!(read.column_by_name(ROW_KEY).is_some());
        let columns: Vec<usize> = (0..read.num_columns() - 1).collect();
        prop_assert_eq!(&read.project(&columns).unwrap(), splits.get("all").unwrap());
        let bytes = |root: &Path| fs::read(shards::only(root, "all").unwrap()).unwrap();
        let three = folder.path().join("three");
        let mut copy = Writer::begin(&three, &dataset.schema).unwrap().split("all").unwrap();
        for batch in dataset.batches("all", size).unwrap() {
            copy.write(&batch.unwrap()).unwrap();
        }
        copy.finish().unwrap();
        prop_assert_eq!(bytes(&one), bytes(&three), "a batch at a time");
        prop_assert_eq!(bytes(&one), bytes(&two));
    }
}

#[test]
fn a_split_without_rows_still_has_its_columns() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &schema(), &BTreeMap::from([("train".into(), batch(&[]))])).unwrap();
    let mut dataset = Dataset::open(folder.path()).unwrap();
    assert_eq!(dataset.batches("train", 10).unwrap().count(), 0);
    dataset.schema.columns[0].name = "key".into();
    assert_eq!(dataset.batches("train", 10).err().map(|error| error.code()), Some("D0108"));
    assert_eq!(dataset.batches("test", 10).err().map(|error| error.code()), Some("D0106"));
}

#[test]
fn the_schema_on_disk_is_sorted_and_says_nothing_of_rows() {
    let folder = tempfile::tempdir().unwrap();
    let mut schema = schema();
    schema.columns.truncate(1);
    write(folder.path(), &schema, &BTreeMap::new()).unwrap();
    insta::assert_snapshot!(fs::read_to_string(folder.path().join("dataset.json")).unwrap(), @r#"
    {
      "columns": [
        {
          "name": "id",
          "nullable": true,
          "role": "id",
          "type": "int64"
        }
      ],
      "modality": "table",
      "version": 2
    }
    "#);
}

#[test]
fn large_text_is_text_and_other_types_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut one = schema();
    one.columns = vec![column("kind", DataType::Utf8, Role::Label)];
    let large: ArrayRef = Arc::new(LargeStringArray::from(vec!["a", "b"]));
    let text = RecordBatch::try_from_iter([("kind", large)]).unwrap();
    write(folder.path(), &one, &BTreeMap::from([("all".into(), text)])).unwrap();
    let read = Dataset::open(folder.path()).unwrap().read("all").unwrap();
    assert_eq!(labels(&read, "kind").unwrap(), [Some("a".to_owned()), Some("b".to_owned())]);

    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let numbers = RecordBatch::try_from_iter([("kind", numbers)]).unwrap();
    let error = write(folder.path(), &one, &BTreeMap::from([("all".into(), numbers)]));
    assert!(matches!(error.unwrap_err(), DatasetError::ColumnType { .. }));
}

#[test]
fn what_is_not_a_dataset_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let open = || Dataset::open(root).map(|dataset| dataset.splits());
    assert_eq!(open().unwrap_err().code(), "D0103");

    fs::write(root.join("dataset.json"), "{\"version\": 1, \"colums\": []}").unwrap();
    assert!(open().unwrap_err().to_string().contains("unknown field `colums`"));

    write(root, &schema(), &BTreeMap::from([("train".into(), batch(&[]))])).unwrap();
    let dataset = Dataset::open(root).unwrap();
    let error = dataset.read("test").unwrap_err().to_string();
    assert!(error.ends_with("the dataset has no split `test`, only `train`"), "{error}");
    assert_eq!(dataset.read("../train").unwrap_err().code(), "D0107");

    fs::write(root.join("data/train.parquet"), "").unwrap();
    assert_eq!(dataset.splits().unwrap_err().code(), "D0107");
    fs::remove_file(root.join("data/train.parquet")).unwrap();
    fs::write(shards::only(root, "train").unwrap(), "PAR1 and no more").unwrap();
    assert_eq!(dataset.read("train").unwrap_err().code(), "D0102");
}

#[test]
fn rows_without_keys_are_given_those_that_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let rows = batch(&[
        (Some(1), None, None, Some("a".into()), None),
        (Some(2), Some(0.5), Some(true), None, Some(vec![7])),
        (Some(1), None, None, Some("a".into()), None),
    ]);
    write(folder.path(), &schema(), &BTreeMap::from([("train".into(), rows.clone())])).unwrap();
    let written = Dataset::open(folder.path()).unwrap().read("train").unwrap();

    // The same rows as a program writes them that knows of no keys.
    let file = shards::only(folder.path(), "train").unwrap();
    fs::remove_file(&file).unwrap();
    let mut plain = crate::parquet_file::Writer::create(&file, rows.schema()).unwrap();
    plain.write(&rows).unwrap();
    plain.finish().unwrap();
    let about = folder.path().join("dataset.json");
    assert_eq!(Dataset::open(folder.path()).unwrap().read("train").unwrap_err().code(), "D0108");
    let text = fs::read_to_string(&about).unwrap().replace("\"version\": 2", "\"version\": 1");
    fs::write(&about, text).unwrap();
    let dataset = Dataset::open(folder.path()).unwrap();
    assert_eq!(dataset.read("train").unwrap(), written);
    let batches = dataset.batches("train", 2).unwrap().map(Result::unwrap);
    let batches: Vec<_> = batches.collect();
    assert_eq!(arrow::compute::concat_batches(&written.schema(), &batches).unwrap(), written);
}

#[test]
fn a_schema_that_contradicts_itself_is_refused() {
    let check = |change: fn(&mut Schema)| {
        let mut schema = schema();
        change(&mut schema);
        schema.check(Path::new("dataset.json")).unwrap_err().to_string()
    };
    let image = |schema: &mut Schema| {
        schema.modality = Modality::Image;
        let column = "id".into();
        schema.image = Some(Image { column, height: 2, width: 2, channels: 1 });
    };
    let results = [
        check(|schema| schema.version = 3),
        check(|schema| schema.columns[0].name = "row_key".into()),
        check(|schema| schema.columns[0].name = "kind".into()),
        check(|schema| schema.columns[0].role = Role::Label),
        check(|schema| schema.modality = Modality::Image),
        check(image),
    ];
    insta::assert_snapshot!(results.join("\n"), @r"
    dataset.json: version 3, where version 2 is read
    dataset.json: `row_key` is no name for a column
    dataset.json: two columns are named `kind`
    dataset.json: more than one column has the role `label`
    dataset.json: images without an `image`
    dataset.json: the image column `id` is not binary
    ");
}

#[test]
fn parents_stand_behind_the_keys_where_there_are_some() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let rows = batch(&[
        (Some(1), None, None, Some("a".into()), None),
        (Some(2), Some(0.5), Some(true), None, Some(vec![7])),
    ]);
    let none = Writer::begin(root, &schema()).unwrap();
    let mut plain = none.split("plain").unwrap();
    plain.write(&rows).unwrap();
    let array = |parents: &[row_parents::RowParents]| -> ArrayRef {
        Arc::new(row_parents::array(parents).unwrap())
    };
    let parents = [None, Some(vec![[7; row_key::BYTES], [9; row_key::BYTES]])];
    let made = row_parents::with_parents(&rows, array(&parents)).unwrap();
    assert_eq!(plain.write(&made).unwrap_err().code(), "D0120", "the first batch had none");
    plain.finish().unwrap();
    let mut both = none.split("made").unwrap();
    both.write(&made).unwrap();
    both.write(&rows).unwrap();
    both.finish().unwrap();

    let dataset = Dataset::open(root).unwrap();
    let names = |dataset: &Dataset, split: &str| dataset.read(split).unwrap().num_columns();
    assert_eq!([names(&dataset, "plain"), names(&dataset, "made")], [6, 6], "not asked for");
    let dataset = dataset.with_parents();
    assert_eq!([names(&dataset, "plain"), names(&dataset, "made")], [6, 7]);
    let read = row_parents::values(&dataset.read("made").unwrap()).unwrap();
    assert_eq!(read, [parents.to_vec(), vec![None, None]].concat());
    let batches = dataset.batches("made", 3).unwrap().map(|batch| batch.unwrap().num_columns());
    assert_eq!(batches.collect::<Vec<_>>(), [7, 7]);

    let mut wrong = none.split("wrong").unwrap();
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    let keyed = RecordBatch::try_from_iter_with_nullable(
        rows.schema()
            .fields()
            .iter()
            .zip(rows.columns())
            .map(|(field, array)| (field.name().clone(), Arc::clone(array), true))
            .chain([(ROW_PARENTS.to_owned(), numbers, true)]),
    );
    assert_eq!(wrong.write(&keyed.unwrap()).unwrap_err().code(), "D0120");
}
