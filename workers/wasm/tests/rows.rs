//! Arrow streams that are none, or are not what they say: each ends as an error of the
//! output, whatever bytes they are made of, and memory follows what was written.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, DictionaryArray, Float64Array, Int8Array, Int64Array, NullArray,
    RecordBatch, RecordBatchOptions, StringArray, StringViewBuilder, StructArray,
};
use arrow::datatypes::{DataType, Field, Int8Type, Schema};
use arrow::ipc::writer::StreamWriter;
use ingot_protocol::PluginLimits;
use ingot_wasm::input::MEANING;
use ingot_wasm::output::Collected;
use serde_json::json;

use crate::bench::{Ask, Bench, Ended};
use crate::guest::Guest;

/// A batch as the bytes of a stream, with this said of its columns.
fn stream(batch: &RecordBatch, meaning: Option<&str>) -> Vec<u8> {
    let metadata: HashMap<String, String> =
        meaning.map(|meaning| (MEANING.to_owned(), meaning.to_owned())).into_iter().collect();
    let schema = Arc::new(batch.schema().as_ref().clone().with_metadata(metadata));
    let batch = batch.clone().with_schema(schema.clone()).unwrap();
    let mut writer = StreamWriter::try_new(Vec::new(), &schema).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter(columns).unwrap()
}

/// Rows of every type that a dataset has.
fn table(rows: usize) -> RecordBatch {
    let texts: StringArray =
        (0..rows).map(|row| (row % 3 != 0).then(|| format!("text {}", row % 11))).collect();
    batch(vec![
        ("number", Arc::new((0..rows).map(|row| row as i64).collect::<Int64Array>())),
        ("float", Arc::new((0..rows).map(|row| row as f64 / 3.0).collect::<Float64Array>())),
        ("truth", Arc::new((0..rows).map(|row| Some(row % 2 == 0)).collect::<BooleanArray>())),
        ("text", Arc::new(texts)),
    ])
}

/// Writes a stream, in pieces of this length, as an output's only split.
fn written(artifact_type: &str, bytes: &[u8], piece: usize) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let mut output = Collected::new("out", artifact_type, folder.path().join("out"));
    let stream = output.create("all").map_err(|error| error.to_string())?;
    for piece in bytes.chunks(piece) {
        output.write(stream, piece.to_vec()).map_err(|error| error.to_string())?;
    }
    output.finish().map_err(|error| error.to_string())
}

#[track_caller]
fn refused(bytes: &[u8]) -> String {
    let said = written("dataset", bytes, 1 << 20).unwrap_err();
    let head = "the output `out`: the stream `all`: ";
    let said = said.strip_prefix(head).unwrap_or_else(|| panic!("{said}"));
    // Without the folder of this test.
    said.split_once("/out/").map_or(said, |(_, said)| said).to_owned()
}

#[test]
fn a_stream_in_pieces_of_any_length() {
    let bytes = stream(&table(100), None);
    for piece in [1, 2, 3, 7, 64, 1000, 1 << 20] {
        assert_eq!(written("dataset", &bytes, piece), Ok(()), "{piece}");
    }
}

/// A small linear congruence: the same faults on each run.
struct Draws(u64);

impl Draws {
    fn below(&mut self, most: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most.max(1)
    }
}

/// A stream with a fault: bits turned, numbers replaced, parts cut, doubled or swapped.
fn faulty(bytes: &[u8], draws: &mut Draws) -> Vec<u8> {
    let mut faulty = bytes.to_vec();
    for _ in 0..=draws.below(3) {
        let at = draws.below(faulty.len());
        let end = (at + 1 + draws.below(64)).min(faulty.len());
        match draws.below(7) {
            0 => faulty[at] ^= 1 << draws.below(8),
            1 => faulty[at] = [0, 1, 0x7f, 0x80, 0xff][draws.below(5)],
            2 => {
                let aligned = at / 4 * 4;
                let number = [0, 1, 8, 0x7fff_ffff, 0x8000_0000, u32::MAX, 1 << 20][draws.below(7)];
                if aligned + 4 <= faulty.len() {
                    faulty[aligned..aligned + 4].copy_from_slice(&u32::to_le_bytes(number));
                }
            }
            3 => {
                let aligned = at / 8 * 8;
                let number = [0, 1, i64::MAX as u64, u64::MAX, 1 << 40, 1 << 63][draws.below(6)];
                if aligned + 8 <= faulty.len() {
                    faulty[aligned..aligned + 8].copy_from_slice(&number.to_le_bytes());
                }
            }
            4 => faulty.truncate(at),
            5 => drop(faulty.drain(at..end)),
            _ => {
                let part = faulty[at..end].to_vec();
                faulty.splice(at..at, part);
            }
        }
        if faulty.is_empty() {
            break;
        }
    }
    faulty
}

/// Whatever is in a stream, the answer is rows or an error, and never a panic.
#[test]
fn a_thousand_faulty_streams() {
    let dictionary = DictionaryArray::<Int8Type>::from_iter((0..40).map(|row| ["a", "b"][row % 2]));
    let views: ArrayRef = {
        let mut builder = StringViewBuilder::new();
        (0..40).for_each(|row| builder.append_value(format!("a text that is not inline {row}")));
        Arc::new(builder.finish())
    };
    let predictions = json!({
        "version": 1, "task": "classification", "classes": ["a", "b"]
    });
    let seeds = [
        ("dataset", stream(&table(20), None)),
        ("dataset", stream(&batch(vec![("d", Arc::new(dictionary))]), None)),
        ("dataset", stream(&batch(vec![("v", views)]), None)),
        ("predictions", stream(&table(20), Some(&predictions.to_string()))),
    ];
    let mut draws = Draws(11);
    let (mut refused, mut contained) = (0, 0);
    for case in 0..1_000 {
        let (artifact_type, bytes) = &seeds[case % seeds.len()];
        let faulty = faulty(bytes, &mut draws);
        let piece = [faulty.len().max(1), 1 + draws.below(100)][draws.below(2)];
        let result = catch_unwind(AssertUnwindSafe(|| written(artifact_type, &faulty, piece)));
        match result {
            Ok(Ok(())) => {}
            Ok(Err(said)) => {
                refused += 1;
                contained += usize::from(said.ends_with("a length in it is wrong"));
            }
            Err(_) => panic!("case {case}: {artifact_type} {faulty:?} in pieces of {piece}"),
        }
    }
    println!("{refused} of 1000 were refused, {contained} of them by what Arrow panics at");
    assert!(refused > 500, "{refused}");
}

#[test]
fn bytes_that_are_no_stream() {
    let mut told = vec![
        refused(b""),
        refused(b"no stream at all, but a text"),
        refused(&[0xff; 1000]),
        refused(&[0; 1000]),
        // A message of two gigabytes, of which nothing comes.
        refused(&[0xff, 0xff, 0xff, 0xff, 0xf0, 0xff, 0xff, 0x7f, 1, 2, 3]),
    ];
    let whole = stream(&table(100), None);
    for length in [whole.len() / 2, whole.len() - 9] {
        told.push(refused(&whole[..length]));
    }
    // Without its end mark, at the end of a batch, it is whole.
    assert_eq!(written("dataset", &whole[..whole.len() - 8], 1 << 20), Ok(()));
    let twice = [whole.clone(), whole].concat();
    told.push(refused(&twice));
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn columns_that_no_dataset_has() {
    let mut told = Vec::new();
    let time: ArrayRef = Arc::new(arrow::array::TimestampSecondArray::from(vec![1]));
    told.push(refused(&stream(&batch(vec![("t", time)]), None)));
    let field = Arc::new(Field::new("x", DataType::Int64, false));
    let nested = StructArray::from(vec![(field, Arc::new(Int64Array::from(vec![1])) as ArrayRef)]);
    told.push(refused(&stream(&batch(vec![("s", Arc::new(nested))]), None)));
    told.push(refused(&stream(&batch(vec![("n", Arc::new(NullArray::new(3)))]), None)));
    let one = |name| (name, Arc::new(Int64Array::from(vec![1])) as ArrayRef);
    told.push(refused(&stream(&batch(vec![one("a"), one("a")]), None)));
    let dictionary = DictionaryArray::<Int8Type>::from_iter(["a", "b", "a"]);
    let texts = batch(vec![("d", Arc::new(dictionary) as ArrayRef)]);
    assert_eq!(written("dataset", &stream(&texts, None), 1 << 20), Ok(()), "a dictionary of texts");
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn meanings_that_lie() {
    let mut told = Vec::new();
    let number = json!({"name": "number", "type": "int64", "role": "feature", "nullable": false});
    let meaning = |columns: serde_json::Value| {
        json!({"version": 1, "modality": "table", "columns": columns}).to_string()
    };
    let said = |meaning: &str| refused(&stream(&table(3), Some(meaning)));
    for meaning in [
        "",
        "{}",
        "[]",
        "not JSON",
        &"[".repeat(100_000),
        &meaning(json!([])).replace('1', "9"),
        &meaning(
            json!([{"name": "absent", "type": "int64", "role": "feature", "nullable": false}]),
        ),
        &meaning(json!([{"name": "text", "type": "int64", "role": "feature", "nullable": false}])),
        &meaning(json!([{"name": "text", "type": "utf8", "role": "feature", "nullable": false}])),
        &meaning(json!([number, number])),
    ] {
        told.push(said(meaning));
    }
    let predictions = written("predictions", &stream(&table(3), None), 1 << 20);
    told.push(predictions.unwrap_err());
    let about = json!({"version": 9, "task": "classification", "classes": ["a"]}).to_string();
    let said = written("predictions", &stream(&table(3), Some(&about)), 1 << 20).unwrap_err();
    told.push(said.split_once("/out/").unwrap().1.to_owned());
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn splits_of_other_columns() {
    let folder = tempfile::tempdir().unwrap();
    let mut output = Collected::new("out", "dataset", folder.path().join("out"));
    let (one, other) = (output.create("one").unwrap(), output.create("other").unwrap());
    output.write(one, stream(&table(3), None)).unwrap();
    let columns = batch(vec![("x", Arc::new(Int64Array::from(vec![1])) as ArrayRef)]);
    let said = output.write(other, stream(&columns, None)).unwrap_err().to_string();
    assert_eq!(
        said,
        "the output `out`: the stream `other`: its columns are not those of the stream before it"
    );
}

/// Rows that take no bytes: any number of them is said in the same few.
#[test]
fn rows_without_bytes() {
    let rows = 1 << 50;
    let nulls = batch(vec![("n", Arc::new(NullArray::new(rows)) as ArrayRef)]);
    let none = json!({"version": 1, "modality": "table", "columns": []}).to_string();
    let said = refused(&stream(&nulls, Some(&none)));
    assert_eq!(said, "a batch says that it has 1125899906842624 rows, in 384 bytes");
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    let empty =
        RecordBatch::try_new_with_options(Arc::new(Schema::empty()), vec![], &options).unwrap();
    let said = refused(&stream(&empty, None));
    assert_eq!(said, "a batch says that it has 1125899906842624 rows, in 192 bytes");
}

/// One long text, and very many rows that refer to it.
#[test]
fn one_text_for_every_row() {
    let long = "x".repeat(1 << 20);
    let keys = Int8Array::from(vec![0_i8; 1 << 20]);
    let values: ArrayRef = Arc::new(StringArray::from(vec![long.as_str()]));
    let dictionary = DictionaryArray::<Int8Type>::try_new(keys, values).unwrap();
    let most = "a batch of rows, written out, has more than 268435456 bytes";
    assert_eq!(refused(&stream(&batch(vec![("d", Arc::new(dictionary) as ArrayRef)]), None)), most);
    let mut views = StringViewBuilder::new();
    let block = views.append_block(long.as_bytes().into());
    for _ in 0..1 << 16 {
        views.try_append_view(block, 0, 1 << 20).unwrap();
    }
    assert_eq!(
        refused(&stream(&batch(vec![("v", Arc::new(views.finish()) as ArrayRef)]), None)),
        most
    );
}

/// A guest that copies its input, a stream of any bytes, into a split.
fn copies() -> Guest {
    let mut guest = Guest::new("");
    let all = guest.text("all");
    guest.run(format!(
        "(local $r i32) (local $w i32)
         (call $open (i32.load (local.get $ins)) (i32.const 0) (i32.const 0) (i32.const 256))
         (local.set $r (i32.load (i32.const 260)))
         (local.set $w (call $made (i32.load (local.get $outs)) {all}))
         (block $end (loop $on
            (call $read (local.get $r) (i32.const 1048576) (i32.const 256))
            (br_if $end (i32.eqz (i32.load (i32.const 260))))
            (call $write (local.get $w) (i32.load (i32.const 256)) (i32.load (i32.const 260)))
            (global.set $heap (i32.load (i32.const 256)))
            (br $on)))
         (call $ok)"
    ))
}

fn copied(bench: &Bench, bytes: &[u8]) -> Ended {
    let path = bench.write("input", bytes);
    let limits = PluginLimits { output: 1 << 30, ..Ask::default().limits };
    let inputs = vec![("files", path)];
    bench.step(&Ask { limits, inputs, outputs: vec![("out", "dataset")], ..Ask::default() })
}

#[test]
fn through_the_program() {
    let bench = Bench::new();
    bench.compile(&copies().component()).well();
    copied(&bench, &stream(&table(5), None)).well();
    let mut draws = Draws(5);
    let whole = stream(&table(1_000), None);
    for _ in 0..20 {
        let ended = copied(&bench, &faulty(&whole, &mut draws));
        if ended.error.is_some() {
            let said = ended.failed();
            assert!(said.starts_with("P0302: the output `out`: the stream `all`: "), "{said}");
            assert_eq!(String::from_utf8_lossy(&ended.log), "", "nothing of it is in the log");
        }
    }
}

/// A message that says it has a terabyte is held as far as it comes, and that has an end.
#[test]
fn one_message_without_end() {
    let bench = Bench::new();
    bench.compile(&copies().component()).well();
    let mut bytes = vec![0xff, 0xff, 0xff, 0xff, 0xf0, 0xff, 0xff, 0x7f];
    bytes.resize(400 << 20, 1);
    let ended = copied(&bench, &bytes);
    assert_eq!(
        ended.failed(),
        "P0302: the output `out`: the stream `all`: a batch of rows has more than 268435456 bytes"
    );
    assert!(ended.peak < 900, "{} MiB", ended.peak);
}
