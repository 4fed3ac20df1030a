//! What a source's file says is kept: types, codes, values that are no numbers.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, Date32Array, Decimal128Array, Float32Array, Float64Array, Int32Array,
    Int64Array, LargeStringArray, NullArray, StringArray, StringDictionaryBuilder,
    TimestampMicrosecondArray, UInt64Array,
};
use arrow::datatypes::{DataType, Int8Type, Int32Type};
use arrow::record_batch::RecordBatch;
use ingot_protocol::{Event, Failure};
use ingot_tables::dataset::Dataset;
use parquet::arrow::ArrowWriter;
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterVersion};
use serde_json::json;

use crate::support::{Bench, metric, source};

fn parquet(path: &Path, columns: Vec<(&str, ArrayRef)>, properties: WriterProperties) {
    let columns = columns.into_iter().map(|(name, values)| (name, values, true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let file = std::fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

/// What `validate` makes of a source: its rows, and what it found.
fn validated(
    bench: &Bench,
    name: &str,
    contract: &str,
    (path, format): (&Path, &str),
) -> Result<(RecordBatch, Vec<String>), Failure> {
    let contract = bench.write(&format!("{name}.toml"), &format!("version = 1\n{contract}"));
    let inputs = [("data", source(path, json!({ "type": format })))];
    let events = bench.run("validate", name, json!({ "contract": contract }), &inputs)?;
    let found: Vec<String> = events
        .iter()
        .filter_map(|event| match event {
            Event::Finding(finding) => Some(format!("{}: {}", finding.code, finding.message)),
            _ => None,
        })
        .collect();
    let counted = found.iter().filter(|finding| !finding.starts_with("D0321")).count();
    assert_eq!(metric(&events, "findings"), counted as f64);
    let data = Dataset::open(&bench.path(name).join("data")).unwrap();
    let rows = data.read("whole").unwrap();
    let columns: Vec<usize> = (0..rows.num_columns() - 1).collect();
    Ok((rows.project(&columns).unwrap(), found))
}

fn texts(rows: &RecordBatch, column: &str) -> Vec<String> {
    let texts = arrow::compute::cast(rows.column_by_name(column).unwrap(), &DataType::Utf8);
    let texts = texts.unwrap();
    texts.as_string::<i32>().iter().map(|text| text.unwrap_or("null").to_owned()).collect()
}

#[test]
fn columns_of_a_parquet_file_keep_their_types() {
    let bench = Bench::new();
    let path = bench.path("x.parquet");
    let mut few = StringDictionaryBuilder::<Int8Type>::new();
    ["007", "b"].iter().for_each(|text| few.append_value(text));
    let numbers = arrow::compute::cast(
        &(Arc::new(Int64Array::from(vec![30, 4])) as ArrayRef),
        &DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Int64)),
    );
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("code", Arc::new(StringArray::from(vec!["00501", "1"]))),
        ("large", Arc::new(LargeStringArray::from(vec!["1", "2"]))),
        ("few", Arc::new(few.finish())),
        ("keyed", numbers.unwrap()),
        ("small", Arc::new(Int32Array::from(vec![None, Some(-3)]))),
        ("single", Arc::new(Float32Array::from(vec![0.5, f32::NAN]))),
        ("nothing", Arc::new(NullArray::new(2))),
    ];
    parquet(&path, columns, WriterProperties::default());
    let (rows, found) = validated(&bench, "v", "", (&path, "parquet")).unwrap();
    let types: Vec<String> = rows
        .schema()
        .fields()
        .iter()
        .map(|field| {
            let name = field.name();
            format!("{name} {} {}", field.data_type(), texts(&rows, name).join(" "))
        })
        .collect();
    insta::assert_snapshot!(types.join("\n"), @r"
    code Utf8 00501 1
    large Utf8 1 2
    few Utf8 007 b
    keyed Int64 30 4
    small Int64 null -3
    single Float64 0.5 NaN
    nothing Utf8 null null
    ");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("D0317: `single`: 1 value NaN"), "{found:?}");
    assert!(found[0].ends_with("in row 1"), "{found:?}");
}

#[test]
fn what_a_dataset_cannot_hold_is_refused_by_name() {
    let bench = Bench::new();
    let folder = bench.path("rows");
    std::fs::create_dir(&folder).unwrap();
    let path = folder.join("a.parquet");
    let decimals = Decimal128Array::from(vec![1250]).with_precision_and_scale(9, 2).unwrap();
    let moments = TimestampMicrosecondArray::from(vec![1_700_000_000_000_000]);
    let columns: [(&str, ArrayRef, &str, &str); 3] = [
        ("n", Arc::new(UInt64Array::from(vec![u64::MAX])), "utf8", "18446744073709551615"),
        ("m", Arc::new(decimals), "float64", "12.5"),
        ("t", Arc::new(moments), "utf8", "2023-11-14T22:13:20"),
    ];
    for (name, values, wanted, expected) in columns {
        parquet(&path, vec![(name, values)], WriterProperties::default());
        let source = (folder.as_path(), "parquet");
        let failure = validated(&bench, &format!("bare-{name}"), "", source).unwrap_err();
        assert_eq!(failure.code, "D0215");
        assert!(failure.message.contains("rows/a.parquet: the column `"), "{failure:?}");
        assert!(failure.help.unwrap().contains(&format!("[columns.{name}] type")));
        let contract = format!("[columns.{name}]\ntype = \"{wanted}\"\n");
        let (rows, found) = validated(&bench, name, &contract, source).unwrap();
        assert_eq!((texts(&rows, name), found), (vec![expected.to_owned()], vec![]));
    }
    let large: ArrayRef = Arc::new(UInt64Array::from(vec![7, u64::MAX]));
    parquet(&path, vec![("n", large)], WriterProperties::default());
    let contract = "[columns.n]\ntype = \"int64\"\n";
    let (rows, found) = validated(&bench, "fits", contract, (&folder, "parquet")).unwrap();
    assert_eq!(texts(&rows, "n"), ["7", "null"]);
    assert!(found[0].contains("such as `18446744073709551615` in row 1 of a.parquet"), "{found:?}");
}

#[test]
fn numbers_of_another_type_are_taken_where_they_are_the_same() {
    let bench = Bench::new();
    let path = bench.path("x.parquet");
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("whole", Arc::new(Float64Array::from(vec![Some(3.0), None, Some(0.5), Some(1e300)]))),
        ("number", Arc::new(Int64Array::from(vec![1, 2, 3, 4]))),
        ("text", Arc::new(StringArray::from(vec!["1", "02", "x", "4"]))),
    ];
    parquet(&path, columns, WriterProperties::default());
    let contract = "[columns.whole]\ntype = \"int64\"\nnullable = true\n\
                    [columns.number]\ntype = \"float64\"\n[columns.text]\nmin = 1\n";
    let (rows, found) = validated(&bench, "v", contract, (&path, "parquet")).unwrap();
    assert_eq!(texts(&rows, "whole"), ["3", "null", "null", "null"]);
    assert_eq!(texts(&rows, "number"), ["1.0", "2.0", "3.0", "4.0"]);
    assert_eq!(texts(&rows, "text"), ["1", "2", "null", "4"]);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("`whole`: 2 values not of the type int64, such as `0.5`"));
    assert!(found[1].contains("`text`: 1 value not of the type int64, such as `x` in row 2"));
}

#[test]
fn files_of_one_folder_have_one_type() {
    let bench = Bench::new();
    let folder = bench.path("rows");
    std::fs::create_dir(&folder).unwrap();
    let write = |name: &str, values: ArrayRef| {
        parquet(&folder.join(name), vec![("x", values)], WriterProperties::default());
    };
    write("a.parquet", Arc::new(NullArray::new(1)));
    write("b.parquet", Arc::new(Int64Array::from(vec![1])));
    write("c.parquet", Arc::new(Float64Array::from(vec![0.5])));
    let source = (folder.as_path(), "parquet");
    let (rows, _) = validated(&bench, "wide", "", source).unwrap();
    assert_eq!(texts(&rows, "x"), ["null", "1.0", "0.5"]);
    write("b.parquet", Arc::new(Int64Array::from(vec![9_007_199_254_740_993])));
    let failure = validated(&bench, "exact", "", source).unwrap_err();
    assert_eq!(failure.code, "D0204");
    write("b.parquet", Arc::new(StringArray::from(vec!["1"])));
    let failure = validated(&bench, "text", "", source).unwrap_err();
    assert!(failure.message.contains("c.parquet: the column `x` is `Float64`"), "{failure:?}");
}

#[test]
fn what_writers_of_folders_keep_for_themselves_is_passed_over() {
    let bench = Bench::new();
    let part = bench.path("rows/year=2024/part-0.csv");
    std::fs::create_dir_all(part.parent().unwrap()).unwrap();
    std::fs::create_dir(bench.path("rows/year=2025")).unwrap();
    std::fs::create_dir(bench.path("rows/_temporary")).unwrap();
    for (name, text) in [
        ("rows/year=2024/part-0.csv", "id\n1\n2\n"),
        ("rows/year=2025/part-0.csv", "id\n3\nx\n"),
        ("rows/_SUCCESS", ""),
        ("rows/.part-0.csv.crc", "crc"),
        ("rows/_temporary/part-9.csv", "id\n9\n"),
        ("rows/year=2025/_old.csv", "id\n9\n"),
    ] {
        bench.write(name, text);
    }
    let folder = bench.path("rows");
    let contract = "[columns.id]\nmin = 0\n";
    let (rows, found) = validated(&bench, "v", contract, (&folder, "csv")).unwrap();
    assert_eq!(texts(&rows, "id"), ["1", "2", "3", "null"]);
    assert_eq!(texts(&rows, "year"), ["2024", "2024", "2025", "2025"]);
    assert_eq!(
        found,
        [
            "D0320: the file `year=2025/_old.csv` is passed over: its name begins with `_` or `.`",
            "D0303: `id`: 1 value not of the type int64, such as `x` in line 3 of \
             year=2025/part-0.csv",
        ]
    );
    bench.write("rows/year=2024/part-0.csv", "year\n1\n");
    assert_eq!(validated(&bench, "w", "", (&folder, "csv")).unwrap_err().code, "D0217");
    std::fs::create_dir(bench.path("rows/_delta_log")).unwrap();
    assert_eq!(validated(&bench, "log", "", (&folder, "csv")).unwrap_err().code, "D0218");
    let empty = bench.path("rows/_temporary");
    std::fs::remove_file(empty.join("part-9.csv")).unwrap();
    assert_eq!(validated(&bench, "e", "", (&empty, "csv")).unwrap_err().code, "D0216");
}

#[test]
fn lines_are_rows() {
    let bench = Bench::new();
    let path = bench.path("x.log");
    std::fs::write(&path, "\u{feff}007\r\n\nGET /, \"a\"\n42").unwrap();
    let (rows, found) = validated(&bench, "v", "", (&path, "lines")).unwrap();
    assert_eq!(texts(&rows, "line"), ["007", "", "GET /, \"a\"", "42"]);
    assert_eq!(found, Vec::<String>::new());
    std::fs::write(&path, b"a\nb\xff\n").unwrap();
    let failure = validated(&bench, "w", "", (&path, "lines")).unwrap_err();
    assert!(failure.code == "D0211" && failure.message.contains("line 2"), "{failure:?}");
}

fn properties(compression: Compression, version: WriterVersion) -> WriterProperties {
    WriterProperties::builder().set_compression(compression).set_writer_version(version).build()
}

const CODECS: fn() -> [Compression; 7] = || {
    [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::ZSTD(ZstdLevel::default()),
        Compression::GZIP(GzipLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
        Compression::LZ4_RAW,
        Compression::LZ4,
    ]
};

#[test]
fn every_codec_that_writers_use_is_read() {
    let bench = Bench::new();
    let path = bench.path("x.parquet");
    let rows = 5000;
    let values = || -> Vec<(&str, ArrayRef)> {
        let texts = (0..rows).map(|row| (row % 3 > 0).then(|| format!("text {}", row / 2)));
        vec![
            ("n", Arc::new(Int64Array::from_iter_values(0..rows))),
            ("t", Arc::new(texts.collect::<StringArray>())),
            ("same", Arc::new(Float64Array::from(vec![0.5; rows as usize]))),
        ]
    };
    let expected: Vec<ArrayRef> = values().into_iter().map(|(_, values)| values).collect();
    for codec in CODECS() {
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            parquet(&path, values(), properties(codec, version));
            let read = ingot_tables::parquet_file::read(&path).unwrap();
            assert_eq!(read.columns(), expected, "{codec} {version:?}");
        }
    }
}

#[test]
fn a_page_that_is_larger_than_it_says_is_not_unpacked() {
    let bench = Bench::new();
    let path = bench.path("x.parquet");
    // One dictionary entry of 8 MiB; its page says so in its header, as a number of
    // four bytes, which is overwritten by a smaller one.
    let mut few = StringDictionaryBuilder::<Int32Type>::new();
    few.append_value("x".repeat(8 << 20));
    let values: ArrayRef = Arc::new(few.finish());
    for codec in CODECS().into_iter().skip(2) {
        let properties = WriterProperties::builder()
            .set_compression(codec)
            .set_dictionary_page_size_limit(16 << 20)
            .build();
        parquet(&path, vec![("t", Arc::clone(&values))], properties);
        let mut bytes = std::fs::read(&path).unwrap();
        assert_eq!(ingot_tables::parquet_file::read(&path).unwrap().num_rows(), 1, "{codec}");
        let zigzag = ((8u64 << 20) + 4) * 2;
        let varint = |value: u64| {
            [0, 7, 14, 21].map(|shift| {
                let more = if shift == 21 { 0 } else { 0x80 };
                (value >> shift) as u8 & 0x7f | more
            })
        };
        let at = bytes.windows(4).position(|window| window == varint(zigzag)).unwrap();
        bytes[at..at + 4].copy_from_slice(&varint(zigzag / 2));
        std::fs::write(&path, bytes).unwrap();
        let error = ingot_tables::parquet_file::read(&path).unwrap_err();
        let counted = matches!(codec, Compression::GZIP(_) | Compression::BROTLI(_));
        assert_eq!(error.is_large(), counted, "{codec}: {error}");
    }
}

#[test]
fn dates_and_times_keep_their_type() {
    let bench = Bench::new();
    let path = bench.path("times.parquet");
    let micros = TimestampMicrosecondArray::from(vec![Some(1_793_521_800_500_000), None]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("day", Arc::new(Date32Array::from(vec![20_758, 0]))),
        ("at", Arc::new(micros.clone().with_timezone("Europe/Paris"))),
        ("naive", Arc::new(micros)),
    ];
    parquet(&path, columns, WriterProperties::default());
    let failure = validated(&bench, "naive", "", (&path, "parquet")).unwrap_err();
    assert_eq!(failure.code, "D0215");
    let contract = "[columns.day]\nmin = 2026-01-01\ntype = \"date\"\n\
                    [columns.at]\nnullable = true\n\
                    [columns.naive]\ntype = \"timestamp\"\nnullable = true\nmax = 2026-11-01\n";
    let (rows, found) = validated(&bench, "times", contract, (&path, "parquet")).unwrap();
    assert_eq!(texts(&rows, "day"), ["2026-11-01", "1970-01-01"]);
    assert_eq!(texts(&rows, "at"), ["2026-11-01T08:30:00.500Z", "null"]);
    assert_eq!(texts(&rows, "naive"), texts(&rows, "at"));
    let mut found: Vec<&str> = found.iter().map(String::as_str).collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "D0306: `day`: 1 value below 2026-01-01, such as `1970-01-01` in row 1",
            "D0306: `naive`: 1 value above 2026-11-01, such as `2026-11-01T08:30:00.500` in row 0",
        ]
    );
}

#[test]
fn a_text_is_a_date_where_the_contract_says_so() {
    let bench = Bench::new();
    let path = bench.write("x.csv", "day,at\n2026-11-01,2026-11-01 08:30:00+01:00\n1.11.2026,x\n");
    let contract = "[columns.day]\ntype = \"date\"\n[columns.at]\ntype = \"timestamp\"\n";
    let (rows, found) = validated(&bench, "text", contract, (&path, "csv")).unwrap();
    assert_eq!(texts(&rows, "day"), ["2026-11-01", "null"]);
    assert_eq!(texts(&rows, "at"), ["2026-11-01T07:30:00Z", "null"]);
    assert_eq!(
        found,
        [
            "D0303: `day`: 1 value not of the type date, such as `1.11.2026` in line 3",
            "D0303: `at`: 1 value not of the type timestamp, such as `x` in line 3",
        ]
    );
    let (rows, _) = validated(&bench, "plain", "", (&path, "csv")).unwrap();
    assert_eq!(texts(&rows, "day"), ["2026-11-01", "1.11.2026"], "nothing is guessed");
}
