//! What must hold of any bytes: one function a format that the data worker reads.
//!
//! The fuzz targets call these, and so does `tests/fuzz.rs`, which mutates the seeds
//! without a fuzzer. Each one panics where something does not hold.

#![allow(clippy::unwrap_used, dead_code, reason = "each target calls one body")]

use std::collections::BTreeMap;
use std::path::Path;

use ingot_data::worker::DataWorker;
use ingot_protocol::{Failure, Input, Output, PROTOCOL, Platform, Request, Worker};
use ingot_tables::dataset::Dataset;
use ingot_tables::{inspect, parquet_file, source};
use serde_json::{Value, json};

/// A table has columns of one length, or its mistake has a code, a fix and the file.
pub(crate) fn csv(bytes: &[u8]) {
    for format in [
        json!({ "type": "csv" }),
        json!({ "type": "csv", "header": false, "trim": true, "delimiter": ";" }),
    ] {
        table(bytes, format);
    }
}

fn table(bytes: &[u8], format: Value) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    std::fs::write(&path, bytes).unwrap();
    match source::read(&input("files", &path, Some(format))) {
        Ok(table) => {
            let lengths: Vec<usize> = table.columns.iter().map(|c| c.cells.len()).collect();
            assert!(lengths.iter().all(|&length| length == table.rows()), "{lengths:?}");
        }
        Err(failure) => told(&failure, Some(&path)),
    }
}

fn told(failure: &Failure, path: Option<&Path>) {
    assert!(failure.code.starts_with("D0") && failure.code != "D0003", "{failure:?}");
    if let Some(path) = path {
        assert!(failure.message.contains(&path.display().to_string()), "{failure:?}");
    }
}

/// A Parquet file has the rows that its footer says, or is refused.
pub(crate) fn parquet(bytes: &[u8]) {
    table(bytes, json!({ "type": "parquet" }));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    std::fs::write(&path, bytes).unwrap();
    if let Ok(batch) = parquet_file::read(&path) {
        assert_eq!(parquet_file::rows(&path).unwrap(), batch.num_rows() as u64);
        let reader = parquet_file::Reader::open(&path, 3).unwrap();
        assert_eq!(reader.schema(), &batch.schema());
        let rows: usize = reader.map(|batch| batch.unwrap().num_rows()).sum();
        assert_eq!(rows, batch.num_rows());
    }
}

/// A dataset's schema is understood, or refused.
pub(crate) fn dataset(bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("dataset.json"), bytes).unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    match Dataset::open(folder.path()) {
        Ok(dataset) => {
            assert!(dataset.splits().unwrap().is_empty());
            inspect::show("dataset", folder.path()).unwrap();
        }
        Err(error) => told(&error.into(), Some(folder.path())),
    }
}

/// A table is held against any contract, or the contract is refused.
pub(crate) fn contract(bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let (path, rows) = (folder.path().join("c.toml"), folder.path().join("x.csv"));
    std::fs::write(&path, bytes).unwrap();
    std::fs::write(&rows, "id,label,p_0,p_1\n1,a,0,255\n2,b,3,\n2,,x,7\n").unwrap();
    let output = Output { artifact_type: "dataset".into(), path: folder.path().join("data") };
    let data = input("files", &rows, Some(json!({ "type": "csv" })));
    let request = Request {
        protocol: PROTOCOL,
        kind: "validate".into(),
        revision: 1,
        params: json!({ "contract": path }).as_object().unwrap().clone(),
        seed: None,
        platform: Platform::default(),
        inputs: BTreeMap::from([("data".to_owned(), vec![data])]),
        outputs: BTreeMap::from([("data".to_owned(), output)]),
        tmp: folder.path().to_owned(),
        cpus: 1,
        checkpoints: None,
        lineage: None,
        plugin: None,
    };
    match DataWorker.run(&request, &mut |_| {}) {
        Ok(()) => drop(Dataset::open(&folder.path().join("data")).unwrap().read("all").unwrap()),
        Err(failure) => told(&failure, None),
    }
}

fn input(artifact_type: &str, path: &Path, format: Option<Value>) -> Input {
    Input {
        artifact_type: artifact_type.into(),
        path: path.to_owned(),
        digest: String::new(),
        format,
        splits: Vec::new(),
        split: None,
    }
}
