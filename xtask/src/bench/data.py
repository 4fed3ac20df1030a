"""Tables, and peers that check, keep and split them: the other side of `cargo xtask bench data`.

`data.py make FILE ROWS` writes rows by DuckDB, Parquet or CSV by the name's ending. Every other verb
prints the seconds that the work took, without the start of the interpreter, and the most bytes of
memory: `checks FILE`, `whole FILE OUT`, `pandera FILE`, `split FILE FOLDER`, and `command WORD..`,
which is timed as a whole.
"""

import resource
import subprocess
import sys
import time

# The rules of contract.toml, as DuckDB has them.
RULES = [
    "id is not null", "age >= 0", "age <= 120", "amount >= 0", "amount <= 1000000", "score >= 0",
    "score <= 1", "number >= 0", "number <= 1000", "flag is not null", "start >= 1500000000",
    "start <= 1800000000", "length >= 1", "length <= 5000", "length(code) >= 2", "length(code) <= 8",
    "colour in ('red', 'green', 'blue', 'black', 'white')", "regexp_full_match(code, 'C[0-9]{5}')",
]
COLOURS = "['red', 'green', 'blue', 'black', 'white']"


def make(duckdb, path, rows):
    draw = lambda seed: f"hash(i * 31 + {seed})"
    duckdb.execute(
        f"copy (select i as id, ({draw(1)} % 100)::bigint as age,"
        f" round(({draw(2)} % 1000000) / 100.0, 2)::double as amount,"
        f" ({draw(3)} % 1000000007) / 1000000007.0 as score,"
        f" ({draw(4)} % 1000)::bigint as number, {draw(5)} % 2 = 0 as flag,"
        f" {COLOURS}[({draw(6)} % 5)::int + 1] as colour,"
        f" 'C' || (10000 + {draw(7)} % 90000)::varchar as code,"
        f" (1600000000 + {draw(8)} % 100000000)::bigint as start,"
        f" (1 + {draw(9)} % 4999)::bigint as length from range({rows}) t(i)) to '{path}'"
    )


def checks(duckdb, path):
    broken = ", ".join(f"count(*) filter (where not ({rule}))" for rule in RULES)
    found = duckdb.execute(f"select count(*) - count(distinct id), {broken} from '{path}'").fetchone()
    assert not any(found), found


def whole(duckdb, path, out):
    checks(duckdb, path)
    duckdb.execute(f"summarize select * from '{path}'").fetchall()
    duckdb.execute(f"copy (select * from '{path}') to '{out}' (format parquet, compression zstd)")


def split(duckdb, path, folder):
    for name, low, high in [("train", 0, 8), ("valid", 8, 9), ("test", 9, 10)]:
        duckdb.execute(
            f"copy (select * from '{path}' where hash(id) % 10 >= {low} and hash(id) % 10 < {high})"
            f" to '{folder}/{name}.parquet' (format parquet, compression zstd)"
        )


def validate(path):
    import pandera.polars as pa
    import polars

    between = pa.Check.in_range
    schema = pa.DataFrameSchema(
        {
            "id": pa.Column(polars.Int64, unique=True),
            "age": pa.Column(polars.Int64, between(0, 120)),
            "amount": pa.Column(polars.Float64, between(0, 1000000)),
            "score": pa.Column(polars.Float64, between(0, 1)),
            "number": pa.Column(polars.Int64, between(0, 1000)),
            "flag": pa.Column(polars.Boolean),
            "colour": pa.Column(polars.String, pa.Check.isin(["red", "green", "blue", "black", "white"])),
            "code": pa.Column(polars.String, [pa.Check.str_matches("^C[0-9]{5}$"), pa.Check.str_length(2, 8)]),
            "start": pa.Column(polars.Int64, between(1500000000, 1800000000)),
            "length": pa.Column(polars.Int64, between(1, 5000)),
        }
    )
    read = polars.read_csv if path.endswith(".csv") else polars.read_parquet
    schema.validate(read(path), lazy=True)


def main(verb, *words):
    if verb == "command":
        begun = time.perf_counter()
        done = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        seconds = time.perf_counter() - begun
        if done.returncode:
            sys.exit(done.stderr.decode())
        return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    if verb == "pandera":
        import pandera.polars  # noqa: F401

        run = lambda: validate(*words)
    else:
        import duckdb

        connection = duckdb.connect()
        run = lambda: globals()[verb](connection, *words)
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    seconds, kilobytes = main(*sys.argv[1:])
    print(f"{seconds:.6f} {kilobytes * 1024}")
