//! Sources and artifacts that a stranger wrote: each ends in a code, in little memory.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use arrow::record_batch::RecordBatch;
use ingot_data::worker::DataWorker;
use ingot_protocol::{Failure, Worker};
use ingot_tables::dataset::Dataset;
use ingot_tables::{inspect, parquet_file};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use serde_json::json;

use crate::support::{Bench, artifact, source};

fn code<T>(result: Result<T, Failure>) -> String {
    result.map_or_else(|failure| failure.code, |_| "read".to_owned())
}

/// What `validate` says of a CSV file.
fn validated(bench: &Bench, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    let rows = bench.path(&format!("{name}.csv"));
    std::fs::write(&rows, bytes).unwrap();
    let contract = bench.write("c.toml", "version = 1\n");
    let inputs = [("data", source(&rows, json!({ "type": "csv" })))];
    bench.run("validate", name, json!({ "contract": contract }), &inputs).map(drop)
}

#[test]
fn a_quote_that_is_never_closed_swallows_no_rows() {
    let bench = Bench::new();
    let mut rows = "a,b\n1,\"x\n".to_owned();
    (2..1000).for_each(|row| rows.push_str(&format!("{row},y\n")));
    let failure = validated(&bench, "v", rows.as_bytes()).unwrap_err();
    assert_eq!(failure.code, "D0208");
    assert!(failure.message.ends_with("v.csv: line 2: the quote of cell 2 is never closed"));
    for (name, bytes, expected) in [
        ("behind", &b"a,b\n1,\"x\n2,\"y\"\n"[..], "D0209"),
        ("ends", b"a,b\n1,2\r3,4\n", "D0210"),
        ("nul", b"a,b\n1,\0\n", "D0211"),
        ("encoding", b"a,b\n1,\xff\n", "D0211"),
        ("few", b"a,b\n1\n", "D0205"),
        ("many", b"a,b\n1,2,3\n", "D0205"),
        ("empty", b"", "D0205"),
        ("commas", b",,,,\n", "D0205"),
        ("header", b"a,b\n", "read"),
    ] {
        assert_eq!(code(validated(&bench, name, bytes)), expected, "{name}");
    }
}

#[test]
fn what_is_no_regular_file_is_not_waited_for() {
    let bench = Bench::new();
    let pipe = bench.path("pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RWXU,
        0,
    )
    .unwrap();
    let contract = bench.write("c.toml", "version = 1\n");
    let rows = bench.write("x.csv", "a\n1\n");
    let format = || json!({ "type": "csv" });
    for (at, device) in [pipe.as_path(), Path::new("/dev/zero")].into_iter().enumerate() {
        let run = |name: &str, contract: &Path, rows: &Path| {
            let params = json!({ "contract": contract });
            code(bench.run("validate", name, params, &[("data", source(rows, format()))]))
        };
        assert_eq!(run(&format!("rows-{at}"), &contract, device), "D0203");
        assert_eq!(run(&format!("contract-{at}"), device, &rows), "D0301");
        let data = bench.path(&format!("data-{at}"));
        std::fs::create_dir(&data).unwrap();
        symlink(device, data.join("dataset.json")).unwrap();
        assert_eq!(Dataset::open(&data).unwrap_err().code(), "D0103");
        let parquet = parquet_file::rows(device);
        assert!(parquet.is_err());
    }
    let round = bench.path("round");
    std::fs::create_dir(&round).unwrap();
    ["one", "two"].iter().for_each(|name| symlink(".", round.join(name)).unwrap());
    let inputs = [("data", source(&round, format()))];
    let params = json!({ "contract": contract });
    assert_eq!(code(bench.run("validate", "circle", params, &inputs)), "D0203");
}

#[test]
fn an_artifact_leads_nowhere_else() {
    let bench = Bench::new();
    let elsewhere = bench.write("secret.json", "{}");
    let model = bench.path("model");
    std::fs::create_dir(&model).unwrap();
    bench.write("model/model.json", "{}");
    symlink(&elsewhere, model.join("weights")).unwrap();
    let inputs = [("model", artifact("model", &model))];
    assert_eq!(code(bench.run("package", "p", json!({}), &inputs)), "D0801");
    let data = bench.path("data");
    std::fs::create_dir_all(data.join("data")).unwrap();
    bench.write("data/dataset.json", r#"{"version":1,"modality":"table","columns":[]}"#);
    symlink(&elsewhere, data.join("data/all-00000-of-00001.parquet")).unwrap();
    assert_eq!(code(inspect::show("dataset", &data)), "D0101");
    assert_eq!(code(DataWorker.diff("dataset", &data, &data)), "D0101");
}

/// A file with the properties of a stranger's writer.
fn written(path: &Path, columns: Vec<(&str, ArrayRef)>, properties: WriterProperties) {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let file = std::fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

#[test]
fn a_text_that_a_dictionary_repeats_is_counted_before_it_is_written_out() {
    let bench = Bench::new();
    let path = bench.path("x.parquet");
    // One text of a megabyte, 1,200 times: more than a file of 50 kB may ask for.
    let text = "x".repeat(1 << 20);
    let mut keys = arrow::array::StringDictionaryBuilder::<arrow::datatypes::Int32Type>::new();
    (0..1200).for_each(|_| keys.append_value(&text));
    let properties = WriterProperties::builder()
        .set_compression(parquet::basic::Compression::SNAPPY)
        .set_dictionary_page_size_limit(4 << 20)
        .build();
    written(&path, vec![("t", Arc::new(keys.finish()))], properties);
    assert!(std::fs::metadata(&path).unwrap().len() < 1 << 20);
    assert!(parquet_file::read(&path).unwrap_err().is_large());
    let mut few = parquet_file::Reader::open(&path, 10).unwrap();
    assert_eq!(few.next().unwrap().unwrap().num_rows(), 10, "a few at a time are read");
}

#[test]
fn a_file_that_lies_of_its_sizes_is_refused() {
    let bench = Bench::new();
    let path = bench.path("x.parquet");
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("n", Arc::new(Int64Array::from_iter_values(0..1000))),
        ("f", Arc::new(Float64Array::from(vec![0.5; 1000]))),
        ("t", Arc::new(StringArray::from(vec!["text"; 1000]))),
    ];
    written(&path, columns, WriterProperties::default());
    let whole = std::fs::read(&path).unwrap();
    assert_eq!(parquet_file::read(&path).unwrap().num_rows(), 1000);
    for length in (0..whole.len()).step_by(7) {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert!(parquet_file::read(&path).is_err(), "the first {length} bytes");
    }
    let mut long = whole.clone();
    let at = long.len() - 8;
    long[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    std::fs::write(&path, &long).unwrap();
    assert!(parquet_file::read(&path).is_err(), "a footer of 4 GiB");
}
