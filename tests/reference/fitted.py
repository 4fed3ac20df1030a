"""Writes fitted.json: what scikit-learn's preprocessing learns from rows and makes of others.

    python3 fitted.py > fitted.json

Made with scikit-learn 1.9.1 and numpy 2.4.6. A case has columns with their types, the values
of `train` and of `test` (null is missing), the operations as a manifest has them, and the
columns that `test` becomes, in their order.
"""

import json
import random
import sys
import warnings

import numpy as np
from sklearn.feature_extraction import FeatureHasher
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)

warnings.simplefilter("ignore")
draw = random.Random(14)


def floats(n, scale=10.0, shift=0.0, missing=0.0):
    return [None if draw.random() < missing else draw.gauss(shift, scale) for _ in range(n)]


def words(n, known, missing=0.0):
    return [None if draw.random() < missing else draw.choice(known) for _ in range(n)]


def column(data_type, train, test):
    return {"type": data_type, "train": train, "test": test}


def matrix(values):
    return np.array([[np.nan if value is None else value] for value in values], dtype=float)


def listed(values):
    out = []
    for value in np.asarray(values).ravel().tolist():
        out.append(None if isinstance(value, float) and value != value else value)
    return out


def texts(values):
    return np.array([[value] for value in values], dtype=object)


cases = []


def case(name, columns, operations, result):
    cases.append({"name": name, "columns": columns, "operations": operations, "result": result})


def of_each(name, columns, operation, make):
    """A case with one estimator a column."""
    result = []
    for key, column in columns.items():
        result.append([key, listed(make().fit(matrix(column["train"])).transform(matrix(column["test"])))])
    case(name, columns, [operation], result)


holes = {
    "a": column("float64", floats(40, missing=0.2), floats(15, missing=0.3)),
    "n": column("int64", [None if draw.random() < 0.2 else draw.randint(0, 6) for _ in range(41)][:40],
                [None if draw.random() < 0.3 else draw.randint(0, 6) for _ in range(15)]),
}
for strategy, word in [("mean", "mean"), ("median", "median"), ("most_frequent", "most-frequent")]:
    of_each(f"impute {word}", holes, {"impute": {"columns": list(holes), "strategy": word}},
            lambda: SimpleImputer(strategy=strategy))
of_each("impute constant", holes, {"impute": {"columns": ["a", "n"], "strategy": "constant", "value": -1}},
        lambda: SimpleImputer(strategy="constant", fill_value=-1))

words_with_holes = {"w": column("utf8", words(30, ["b", "a", "c"], 0.3), words(9, ["b", "z"], 0.4))}
fill = SimpleImputer(missing_values=None, strategy="most_frequent")
fill.fit(texts(words_with_holes["w"]["train"]))
shown = MissingIndicator(missing_values=None, features="all").fit(texts(words_with_holes["w"]["train"]))
case("impute text with an indicator", words_with_holes,
     [{"impute": {"columns": ["@text"], "strategy": "most-frequent", "indicator": True}}],
     [["w", listed(fill.transform(texts(words_with_holes["w"]["test"])))],
      ["w_missing", listed(shown.transform(texts(words_with_holes["w"]["test"])))]])

sizes = {
    "usual": column("float64", floats(50, 3.0, 7.0, 0.1), floats(12, 9.0, 0.0, 0.2)),
    # Further out scikit-learn's min-max, which multiplies and then adds, loses the digits.
    "far": column("float64", floats(50, 1.0, 1e5), floats(12, 1.0, 1e5)),
    "same": column("float64", [2.5] * 50, floats(12)),
    "rounding": column("float64", [0.1 + 0.2 if i % 2 else 0.3 for i in range(50)], floats(12)),
    "whole": column("int64", [draw.randint(-9, 90) for _ in range(50)], [draw.randint(-20, 200) for _ in range(12)]),
}
for method, make in [("standard", StandardScaler), ("min-max", MinMaxScaler), ("robust", RobustScaler)]:
    of_each(f"scale {method}", sizes, {"scale": {"columns": ["@numeric"], "method": method}}, make)

categories = {
    "job": column("utf8", words(30, ["clerk", "Smith", "äther", "smith"]), words(10, ["clerk", "unknown", "äther"])),
    "grade": column("int64", [draw.choice([10, 9, 2]) for _ in range(30)], [draw.choice([10, 9, 3]) for _ in range(10)]),
}
result = []
for key, one in categories.items():
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    encoded = encoder.fit(texts(one["train"])).transform(texts(one["test"]))
    names = encoder.get_feature_names_out([key])
    result += [[name, listed(encoded[:, at] == 1)] for at, name in enumerate(names)]
case("encode one-hot", categories, [{"encode": {"columns": ["job", "grade"], "method": "one-hot"}}], result)
with_holes = {"job": column("utf8", words(30, ["b", "a", "C"], 0.2), words(10, ["b", "C", "z"], 0.3))}
encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
# To this encoder NaN is missing, and None a category.
gaps = lambda values: texts([np.nan if value is None else value for value in values])
encoder.fit(gaps(with_holes["job"]["train"]))
case("encode ordinal", with_holes, [{"encode": {"columns": ["job"], "method": "ordinal"}}],
     [["job", listed(encoder.transform(gaps(with_holes["job"]["test"])))]])

ranges = {
    "usual": column("float64", floats(60), floats(20, 20.0)),
    "ties": column("int64", [draw.choice([0, 0, 0, 1, 2, 5]) for _ in range(60)], list(range(-2, 8))),
    "same": column("float64", [4.0] * 60, floats(8)),
    "fine": column("float64", [i / 10 for i in range(60)], [i / 10 for i in range(-3, 63)]),
}
for bins in [2, 5, 10]:
    for method in ["uniform", "quantile"]:
        keys = {"n_bins": bins, "encode": "ordinal", "strategy": method, "quantile_method": "linear", "subsample": None}
        of_each(f"bucket {method} {bins}", ranges, {"bucket": {"columns": ["@numeric"], "method": method, "bins": bins}},
                lambda: KBinsDiscretizer(**keys))
edges = [-1.0, 0.0, 0.5, 9.0]
given = {"x": column("float64", floats(3), [-5.0, -1.0, -0.5, 0.0, 0.25, 0.5, 8.9, 9.0, 1e6, None])}
case("bucket edges", given, [{"bucket": {"columns": ["x"], "method": "edges", "edges": edges}}],
     [["x", [None if x is None else int(np.digitize(x, edges)) for x in given["x"]["test"]]]])

hashed = {
    "city": column("utf8", words(5, ["Rome", "Köln"]), words(20, ["Rome", "Köln", "Oslo", "", "São Paulo"], 0.2)),
    "job": column("utf8", words(5, ["x"]), words(20, ["clerk", "smith", "a longer title of a job"], 0.2)),
}
rows = [{key: one["test"][row] for key, one in hashed.items() if one["test"][row] is not None} for row in range(20)]
made = FeatureHasher(n_features=6, input_type="dict").transform(rows).toarray()
case("hash", hashed, [{"hash": {"columns": ["city", "job"], "name": "h", "buckets": 6}}],
     [[f"h_{at}", listed(made[:, at])] for at in range(6)])

chain = {"x": column("float64", floats(40, 2.0, 5.0, 0.25), floats(10, 4.0, 5.0, 0.25))}
imputer = SimpleImputer(strategy="median").fit(matrix(chain["x"]["train"]))
scaler = StandardScaler().fit(imputer.transform(matrix(chain["x"]["train"])))
binner = KBinsDiscretizer(n_bins=4, encode="ordinal", strategy="quantile", quantile_method="linear", subsample=None)
step = lambda rows: scaler.transform(imputer.transform(matrix(rows)))
binner.fit(step(chain["x"]["train"]))
case("one behind the other", chain,
     [{"impute": {"columns": ["x"], "strategy": "median", "indicator": True}}, {"scale": {"columns": ["x"], "method": "standard"}},
      {"bucket": {"columns": ["x"], "method": "quantile", "bins": 4}}],
     [["x", listed(binner.transform(step(chain["x"]["test"])))],
      ["x_missing", [x is None for x in chain["x"]["test"]]]])

notes = ["It is 9 PM!", "", "a  b\tc\n", None, "ÄÖ ü ß 12,5 €", "ABC", "日本 x"]
counted = [
    ["note", notes],
    ["note_length", [None if t is None else len(t) for t in notes]],
    ["note_words", [None if t is None else len(t.split()) for t in notes]],
    ["note_digits", [None if t is None else sum(c in "0123456789" for c in t) for t in notes]],
    ["note_symbols", [None if t is None else sum(not c.isalnum() and not c.isspace() for c in t) for t in notes]],
    ["note_upper_share", [None if t is None else sum(map(str.isupper, t)) / max(1, sum(c.isupper() or c.islower() for c in t))
                          for t in notes]],
]
case("text-statistics", {"note": column("utf8", ["x"], notes)},
     [{"text-statistics": {"columns": ["note"], "statistics": ["length", "words", "digits", "symbols", "upper_share"]}}],
     counted)

about = "scikit-learn 1.9.1, numpy 2.4.6, tests/reference/fitted.py"
json.dump({"source": about, "cases": cases}, sys.stdout, separators=(",", ":"), ensure_ascii=False)
print()
