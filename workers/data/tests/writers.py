"""Datasets and predictions of the same rows, as many programs write them by default.

`python3 writers.py FOLDER` makes `FOLDER/dataset/NAME`, `FOLDER/predictions/NAME`,
`FOLDER/times/NAME` and `FOLDER/arrow/NAME`, and prints a line for each program that is not installed.
"""

import datetime
import importlib
import json
import pathlib
import sys

import pandas as pd
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq

ROOT = pathlib.Path(sys.argv[1])
TEXT = ["00501", "", None, "é"]
KIND = ["a", "b", "a", "b"]
BYTES = [b"\x00", b"", None, b"ab"]
COLUMNS = [("count", "int64"), ("small", "int64"), ("height", "float64"), ("tall", "bool"),
           ("kind", "utf8"), ("text", "utf8"), ("nothing", "utf8")]
ONE = "-00000-of-00001.parquet"


def dataset(name, columns=COLUMNS):
    """The folder of a dataset whose rows are to come, and the path of its one file."""
    folder = ROOT / "dataset" / name
    (folder / "data").mkdir(parents=True)
    columns = [{"name": column, "type": of, "nullable": True, "role": "feature"}
               for column, of in columns]
    about = {"version": 1, "modality": "table", "columns": columns}
    (folder / "dataset.json").write_text(json.dumps(about))
    return folder / f"data/all{ONE}"


def images(name):
    """The same of bytes, which a source does not hold."""
    return dataset(f"{name}-bytes", [("bytes", "binary")])


def predictions(name):
    folder = ROOT / "predictions" / name
    (folder / "data").mkdir(parents=True)
    about = {"version": 1, "task": "classification", "classes": ["a", "b"]}
    (folder / "predictions.json").write_text(json.dumps(about))
    return folder / f"data/test{ONE}"


def times(name):
    folder = ROOT / "times" / name
    folder.mkdir(parents=True)
    return folder / "part-00000.parquet"


def arrow(name):
    folder = ROOT / "arrow" / name
    folder.mkdir(parents=True)
    return folder / "rows.arrow"


FRAME = pd.DataFrame({
    "count": pd.array([1, None, 3, 4], dtype="Int64"),
    "small": pd.array([1, 2, 3, -4], dtype="int8"),
    "height": pd.array([0.5, None, 0.1, -3.0], dtype="Float32"),
    "tall": pd.array([True, None, False, True], dtype="boolean"),
    "kind": pd.Categorical(KIND),
    "text": TEXT,
    "nothing": pd.Series([None] * 4, dtype="object"),
})
GUESSES = pd.DataFrame({
    "row": range(2),
    "label": pd.Categorical(["a", None]),
    "predicted": ["b", "a"],
    "probabilities": [[0.25, 0.75], [1.0, 0.0]],
})
MOMENTS = pd.DataFrame({
    "zoned": pd.to_datetime(["2024-02-29T12:00:00.5", None]).tz_localize("Europe/Berlin"),
    "plain": pd.to_datetime(["1969-12-31T23:59:59", "2024-02-29T12:00:00"]),
})


def by_pandas():
    for codec in ["snappy", "gzip", "brotli", "lz4", "zstd", None]:
        FRAME.to_parquet(dataset(f"pandas-{codec}"), compression=codec)
    FRAME.set_index("count", drop=False).rename_axis("key").to_parquet(dataset("pandas-index"))
    FRAME.convert_dtypes(dtype_backend="pyarrow").to_parquet(dataset("pandas-arrow"))
    pd.DataFrame({"bytes": BYTES}).to_parquet(images("pandas"))
    GUESSES.to_parquet(predictions("pandas"))
    MOMENTS.to_parquet(times("pandas"))
    for codec in ["lz4", "zstd", "uncompressed"]:
        FRAME.to_feather(arrow(f"pandas-{codec}"), compression=codec)


def by_pyarrow():
    fields = [("count", pa.int64()), ("small", pa.uint8()), ("height", pa.float32()),
              ("tall", pa.bool_()), ("kind", pa.dictionary(pa.int8(), pa.string())),
              ("text", pa.large_string()), ("nothing", pa.null())]
    table = pa.Table.from_pandas(FRAME.drop(columns="small"), preserve_index=False)
    table = table.append_column("small", pa.array([1, 2, 3, -4], pa.int16()))
    fields[1] = ("small", pa.int16())
    table = table.select([name for name, _ in fields]).cast(pa.schema(fields))
    for codec in ["none", "snappy", "gzip", "brotli", "lz4", "zstd"]:
        pq.write_table(table, dataset(f"pyarrow-{codec}"), compression=codec)
    forms = {
        "plain": {"use_dictionary": False},
        "first": {"version": "1.0"},
        "pages": {"data_page_version": "2.0", "version": "2.6", "compression": "zstd"},
        "checked": {"write_page_checksum": True, "write_page_index": True},
        "unsaid": {"store_schema": False},
        "deltas": {
            "use_dictionary": False,
            "column_encoding": {"count": "DELTA_BINARY_PACKED", "height": "BYTE_STREAM_SPLIT",
                                "text": "DELTA_BYTE_ARRAY", "kind": "DELTA_LENGTH_BYTE_ARRAY"},
        },
    }
    for form, options in forms.items():
        of = table.set_column(4, "kind", table["kind"].cast(pa.string())) if form == "deltas" else table
        pq.write_table(of, dataset(f"pyarrow-{form}"), **options)
    for codec in [None, "lz4", "zstd"]:
        options = pa.ipc.IpcWriteOptions(compression=codec, emit_dictionary_deltas=True)
        for form, new in {"file": pa.ipc.new_file, "stream": pa.ipc.new_stream}.items():
            with new(arrow(f"pyarrow-{form}-{codec}"), table.schema, options=options) as writer:
                writer.write_table(table, max_chunksize=3)
    kinds = [pa.array(["a"]).dictionary_encode(), pa.array(["b", "a", "b"]).dictionary_encode()]
    for form, new in {"deltas": True, "replaced": False}.items():
        options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=new)
        of = table.schema.set(4, pa.field("kind", kinds[0].type))
        with pa.ipc.new_stream(arrow(f"pyarrow-{form}"), of, options=options) as writer:
            first = pa.DictionaryArray.from_arrays(kinds[0].indices, pa.array(["a"]))
            words = ["a", "b"] if new else ["b", "a"]
            keys = pa.array([words.index(kind) for kind in KIND[1:]], pa.int32())
            second = pa.DictionaryArray.from_arrays(keys, pa.array(words))
            for part, values in [(table.slice(0, 1), first), (table.slice(1), second)]:
                writer.write_table(part.set_column(4, of.field(4), values))
    views = table.set_column(5, "text", table["text"].cast(pa.string_view()))
    pq.write_table(views, dataset("pyarrow-views"))
    half = table.set_column(2, "height", pa.array([0.5, None, 0.0999755859375, -3.0], pa.float16()))
    pq.write_table(half, dataset("pyarrow-half"))
    keys = pa.array([0, 1, 0, 1], pa.int32())
    counts = pa.DictionaryArray.from_arrays(pa.array([0, None, 1, 2], pa.int32()), pa.array([1, 3, 4]))
    keyed = table.set_column(0, "count", counts)
    kinds = pa.DictionaryArray.from_arrays(keys, pa.array(["a", "b"], pa.large_string()))
    pq.write_table(keyed.set_column(4, "kind", kinds), dataset("pyarrow-keyed"))
    for of in [pa.binary(), pa.large_binary(), pa.binary_view()]:
        pq.write_table(pa.table({"bytes": pa.array(BYTES, of)}), images(f"pyarrow-{of}"))
    several = dataset("pyarrow-shards")
    for at in range(2):
        part = several.with_name(f"all-0000{at}-of-00002.parquet")
        pq.write_table(table.slice(2 * at, 2), part)
    folder = dataset("pyarrow-folder")
    pyarrow.dataset.write_dataset(table, folder, format="parquet", max_rows_per_file=2,
                                  max_rows_per_group=2)
    lists = {"list": pa.list_(pa.float32()), "large": pa.large_list(pa.float64()),
             "fixed": pa.list_(pa.float32(), 2), "half": pa.list_(pa.float16())}
    guesses = pa.Table.from_pandas(GUESSES, preserve_index=False)
    for form, of in lists.items():
        values = pa.array(GUESSES["probabilities"].tolist(), pa.list_(pa.float64()))
        values = pa.array(values.to_pylist(), of)
        pq.write_table(guesses.set_column(3, "probabilities", values), predictions(f"pyarrow-{form}"))
    moments = pa.Table.from_pandas(MOMENTS, preserve_index=False)
    for unit in ["ms", "us", "ns"]:
        fields = [("zoned", pa.timestamp(unit, "Europe/Berlin")), ("plain", pa.timestamp(unit))]
        pq.write_table(moments.cast(pa.schema(fields)), times(f"pyarrow-{unit}"))


def spark(table, path):
    """A table as Spark writes it: a folder of parts, each with its checksum."""
    path.mkdir()
    (path / "_SUCCESS").touch()
    (path / "._SUCCESS.crc").write_bytes(b"crc\0")
    for at in range(2):
        name = f"part-0000{at}-0b1c-c000.snappy.parquet"
        half = (table.num_rows + 1) // 2
        pq.write_table(table.slice(at * half, half), path / name, compression="snappy",
                       flavor="spark", store_schema=False)
        (path / f".{name}.crc").write_bytes(b"crc\0")


def as_spark():
    table = pa.Table.from_pandas(FRAME.astype({"kind": "str"}), preserve_index=False)
    texts = {name: table[name].cast(pa.string()) for name in ["kind", "text", "nothing"]}
    for name, of in texts.items():
        table = table.set_column(table.column_names.index(name), name, of)
    spark(table, dataset("spark"))
    guesses = pa.Table.from_pandas(GUESSES.astype({"label": "object"}), preserve_index=False)
    spark(guesses, predictions("spark"))
    moments = pa.Table.from_pandas(MOMENTS, preserve_index=False)
    far = pa.array([datetime.datetime(9999, 12, 31), datetime.datetime(1, 1, 1)], pa.timestamp("us"))
    spark(moments.append_column("far", far), times("spark").parent / "rows")


def by_polars():
    import polars as pl

    kinds = pl.Enum(["a", "b"])
    table = pl.DataFrame({
        "count": pl.Series([1, None, 3, 4], dtype=pl.Int64),
        "small": pl.Series([1, 2, 3, -4], dtype=pl.Int32),
        "height": pl.Series([0.5, None, 0.1, -3.0], dtype=pl.Float32),
        "tall": [True, None, False, True],
        "kind": pl.Series(KIND, dtype=pl.Categorical),
        "text": TEXT,
        "nothing": pl.Series([None] * 4, dtype=pl.Null),
    })
    table.write_parquet(dataset("polars"))
    for codec in ["lz4", "uncompressed", "snappy", "gzip", "brotli", "zstd"]:
        table.write_parquet(dataset(f"polars-{codec}"), compression=codec)
    table.with_columns(pl.col("kind").cast(kinds)).write_parquet(dataset("polars-enum"))
    table.write_parquet(dataset("polars-by-pyarrow"), use_pyarrow=True)
    table.lazy().sink_parquet(dataset("polars-sink"))
    pl.DataFrame({"bytes": BYTES}).write_parquet(images("polars"))
    for codec in ["lz4", "zstd", "uncompressed"]:
        table.write_ipc(arrow(f"polars-{codec}"), compression=codec)
        table.write_ipc_stream(arrow(f"polars-stream-{codec}"), compression=codec)
    table.with_columns(pl.col("kind").cast(kinds)).write_ipc(arrow("polars-enum"))
    guesses = pl.DataFrame({"label": ["a", None], "predicted": ["b", "a"],
                            "probabilities": [[0.25, 0.75], [1.0, 0.0]]})
    for form, of in {"list": pl.List(pl.Float32), "array": pl.Array(pl.Float32, 2)}.items():
        of = guesses.with_row_index("row").with_columns(pl.col("probabilities").cast(of))
        of.write_parquet(predictions(f"polars-{form}"))
    pl.from_pandas(MOMENTS).write_parquet(times("polars"))


def by_duckdb():
    import duckdb

    base = duckdb.connect()
    base.execute("SET TimeZone = 'UTC'")
    base.execute("CREATE TYPE kinds AS ENUM ('a', 'b')")
    base.execute("""
        CREATE TABLE x ("count" BIGINT, small TINYINT, height FLOAT, tall BOOLEAN, kind kinds,
                        "text" VARCHAR, nothing VARCHAR)
    """)
    rows = zip([1, None, 3, 4], [1, 2, 3, -4], [0.5, None, 0.1, -3.0], [True, None, False, True],
               KIND, TEXT, [None] * 4)
    base.executemany("INSERT INTO x VALUES (?, ?, ?, ?, ?, ?, ?)", [list(row) for row in rows])
    base.execute(f"COPY x TO '{dataset('duckdb')}'")
    for codec in ["uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4", "lz4_raw"]:
        path = dataset(f"duckdb-{codec}")
        base.execute(f"COPY x TO '{path}' (FORMAT parquet, COMPRESSION {codec})")
    base.execute(f"COPY x TO '{dataset('duckdb-v2')}' (FORMAT parquet, PARQUET_VERSION v2)")
    base.execute(f"COPY x TO '{dataset('duckdb-folder')}' (FORMAT parquet, PER_THREAD_OUTPUT)")
    base.execute(f"""
        COPY (SELECT unnest([from_hex('00'), ''::BLOB, NULL, 'ab'::BLOB]) AS bytes)
        TO '{images('duckdb')}'
    """)
    base.execute(f"""
        COPY (SELECT * FROM (VALUES (0, 'a', 'b', [0.25, 0.75]::FLOAT[]), (1, NULL, 'a', [1, 0]))
              AS of("row", label, predicted, probabilities) ORDER BY "row")
        TO '{predictions('duckdb')}'
    """)
    base.execute(f"""
        COPY (SELECT * FROM (VALUES
            (TIMESTAMPTZ '2024-02-29 11:00:00.5+00', TIMESTAMP '1969-12-31 23:59:59'),
            (NULL, TIMESTAMP '2024-02-29 12:00:00')) AS of(zoned, plain) ORDER BY plain)
        TO '{times('duckdb')}' (FORMAT parquet)
    """)


for program, write in {"pandas": by_pandas, "pyarrow": by_pyarrow, "spark": as_spark,
                       "polars": by_polars, "duckdb": by_duckdb}.items():
    try:
        if program != "spark":
            importlib.import_module(program)
    except ImportError:
        print(f"skipped: {program} is not installed")
        continue
    write()
