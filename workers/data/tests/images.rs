//! Folders of images, and series of which each file is one.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, AsArray, Int64Array};
use arrow::record_batch::RecordBatch;
use ingot_protocol::Failure;
use ingot_tables::dataset::Dataset;
use ingot_tables::parquet_file;
use serde_json::{Value, json};

use crate::support::{Bench, source};

/// A PNG of one grey or colour.
fn png(path: &Path, (width, height): (u32, u32), pixel: &[u8]) {
    let file = fs::File::create(path).unwrap();
    let mut encoder = png::Encoder::new(file, width, height);
    encoder.set_color(if pixel.len() == 1 {
        png::ColorType::Grayscale
    } else {
        png::ColorType::Rgb
    });
    let values = pixel.repeat((width * height) as usize);
    encoder.write_header().unwrap().write_image_data(&values).unwrap();
}

fn validated(
    bench: &Bench,
    name: &str,
    contract: &str,
    (path, format): (&Path, Value),
) -> Result<Dataset, Failure> {
    let contract = bench.write(&format!("{name}.toml"), &format!("version = 1\n{contract}"));
    let inputs = [("data", source(path, format))];
    bench.run("validate", name, json!({ "contract": contract }), &inputs)?;
    Ok(Dataset::open(&bench.path(name).join("data")).unwrap())
}

/// Columns as text, a row a line.
fn told(rows: &RecordBatch, columns: &[&str]) -> String {
    let columns = columns.iter().map(|name| {
        let values = arrow::compute::cast(
            rows.column_by_name(name).unwrap(),
            &arrow::datatypes::DataType::Utf8,
        );
        values.unwrap()
    });
    let columns: Vec<_> = columns.collect();
    let row = |row: usize| {
        let cells = columns.iter().map(|values| values.as_string::<i32>());
        let cells = cells.map(|texts| if texts.is_valid(row) { texts.value(row) } else { "null" });
        cells.collect::<Vec<_>>().join(" ")
    };
    (0..rows.num_rows()).map(row).collect::<Vec<_>>().join("\n")
}

fn images() -> Value {
    json!({ "type": "images", "folder_column": "class" })
}

#[test]
fn a_folder_of_images_is_a_dataset_of_images() {
    let bench = Bench::new();
    let root = bench.path("pets");
    for (class, pixel) in [("cat", [1, 2, 3]), ("dog", [4, 5, 6])] {
        fs::create_dir_all(root.join(class)).unwrap();
        for at in 0..2 {
            png(
                &root.join(class).join(format!("{at}.png")),
                (2, 1),
                &pixel.map(|value| value + at),
            );
        }
    }
    let contract = "[columns.file]\nrole = \"id\"\n[columns.class]\nrole = \"label\"\n\
                    set = [\"cat\", \"dog\"]\n[columns.image]\n";
    let data = validated(&bench, "v", contract, (&root, images())).unwrap();
    insta::assert_snapshot!(serde_json::to_string(&data.schema).unwrap(), @r#"{"version":2,"modality":"image","image":{"column":"image","height":1,"width":2,"channels":3},"columns":[{"name":"image","type":"binary","role":"feature","nullable":false},{"name":"class","type":"utf8","role":"label","nullable":false,"classes":["cat","dog"]},{"name":"file","type":"utf8","role":"id","nullable":false}]}"#);
    let rows = data.read("whole").unwrap();
    insta::assert_snapshot!(told(&rows, &["file", "class"]), @r"
    cat/0.png cat
    cat/1.png cat
    dog/0.png dog
    dog/1.png dog
    ");
    let pixels = rows.column_by_name("image").unwrap().as_binary::<i32>();
    assert_eq!(pixels.value(1), [2, 2, 3, 3, 4, 4]);
    // Where the contract leaves the images out, a table is left.
    let few = "[table]\nunknown_columns = \"ignore\"\n[columns.class]\nrole = \"label\"\n";
    let data = validated(&bench, "few", few, (&root, images())).unwrap();
    assert_eq!((data.schema.image, data.schema.columns.len()), (None, 1));
}

#[test]
fn what_does_not_fit_is_refused_with_the_file() {
    let bench = Bench::new();
    let root = bench.path("pets");
    fs::create_dir_all(root.join("cat")).unwrap();
    png(&root.join("cat/0.png"), (2, 1), &[1]);
    let mut said = Vec::new();
    let mut refused = |name: &str, contract: &str| {
        let run = validated(&bench, name, contract, (&root, images()));
        let failure = run.unwrap_err();
        let message = failure.message.replace(&bench.path("").display().to_string(), "");
        // What the decoder says of it is its own.
        let message = message.split(": not a readable").next().unwrap_or_default();
        said.push(format!("{}: {message}", failure.code));
    };
    refused("packed", "[image]\ncolumns = \"p_*\"\nheight = 1\nwidth = 2\nchannels = 1\nmax = 1\n");
    refused("typed", "[columns.image]\ntype = \"utf8\"\n");
    let whole = fs::read(root.join("cat/0.png")).unwrap();
    for (name, bytes) in
        [("cut", &whole[..whole.len() - 13]), ("text", b"file,class\n0.png,cat\n"), ("empty", b"")]
    {
        fs::write(root.join("cat/1.png"), bytes).unwrap();
        refused(name, "");
    }
    png(&root.join("cat/1.png"), (1, 2), &[1]);
    refused("size", "");
    png(&root.join("cat/1.png"), (2, 1), &[1, 2, 3]);
    refused("colours", "");
    insta::assert_snapshot!(said.join("\n"), @r"
    D0342: the source's rows are images already, in `image`
    D0342: `image` holds images, not `utf8`
    D0223: pets/cat/1.png
    D0223: pets/cat/1.png: it is no PNG and no JPEG
    D0223: pets/cat/1.png: the file is empty
    D0225: pets/cat/1.png: the image is 1x2 grey, and pets/cat/0.png is 2x1 grey
    D0225: pets/cat/1.png: the image is 2x1 RGB, and pets/cat/0.png is 2x1 grey
    ");
}

#[test]
fn a_series_is_a_file_of_csv_or_parquet() {
    let bench = Bench::new();
    for format in ["csv", "parquet"] {
        let root = bench.path(format);
        fs::create_dir_all(root.join("walk")).unwrap();
        for (name, values) in [("walk/a", vec![1, 2]), ("walk/b", vec![3]), ("c", vec![4])] {
            let path = root.join(format!("{name}.{format}"));
            if format == "csv" {
                let lines = values.iter().map(|value| format!("{value}\n"));
                fs::write(path, format!("x\n{}", lines.collect::<String>())).unwrap();
                continue;
            }
            let values = Arc::new(Int64Array::from(values)) as _;
            let batch = RecordBatch::try_from_iter([("x", values)]).unwrap();
            parquet_file::write(&path, &batch).unwrap();
        }
        let contract = "[columns.x]\ntype = \"int64\"\n[columns.series]\nrole = \"group\"\n\
                        [columns.what]\nnullable = true\n";
        let form = json!({ "type": format, "file_column": "series", "folder_column": "what" });
        let data = validated(&bench, &format!("v-{format}"), contract, (&root, form)).unwrap();
        let rows = data.read("whole").unwrap();
        let expected = format!(
            "4 c.{format} null\n1 walk/a.{format} walk\n2 walk/a.{format} walk\n3 walk/b.{format} walk"
        );
        assert_eq!(told(&rows, &["x", "series", "what"]), expected);
    }
}
