"""Writes fidelity.json: what SDMetrics says of synthetic columns and rows.

    python3 fidelity.py > fidelity.json

Made with SDMetrics 0.32.0, SciPy and pandas. Missing values are null. A case of `numbers` and of
`categories` has two columns and a score, of `pairs` two columns of each and two scores (null where
it has none), of `records` three tables and the share of synthetic rows that are closer to train.
"""

import json
import sys
import warnings

import numpy as np
import pandas as pd
from sdmetrics.column_pairs import CorrelationSimilarity
from sdmetrics.errors import ConstantInputError
from sdmetrics.single_column import KSComplement, TVComplement
from sdmetrics.single_table.privacy import DCROverfittingProtection
from sdmetrics.single_table.privacy.dcr_utils import calculate_dcr

warnings.simplefilter("ignore")
random = np.random.default_rng(23)


def listed(values):
    return [None if pd.isna(value) else value for value in pd.Series(values).tolist()]


def score(value):
    return None if np.isnan(value) else float(value)


def numbers(real, synthetic):
    found = score(KSComplement.compute(pd.Series(real), pd.Series(synthetic)))
    return {"real": listed(real), "synthetic": listed(synthetic), "score": found}


def categories(real, synthetic):
    found = float(TVComplement.compute(pd.Series(real), pd.Series(synthetic)))
    return {"real": listed(real), "synthetic": listed(synthetic), "score": found}


def pair(real, synthetic):
    def of(coefficient):
        try:
            return score(CorrelationSimilarity.compute(
                pd.DataFrame({"x": real[0], "y": real[1]}),
                pd.DataFrame({"x": synthetic[0], "y": synthetic[1]}), coefficient=coefficient))
        except ConstantInputError:
            return None
    return {"real": [listed(column) for column in real],
            "synthetic": [listed(column) for column in synthetic],
            "pearson": of("Pearson"), "spearman": of("Spearman")}


def records(columns, synthetic, train, holdout):
    metadata = {"columns": {name: {"sdtype": sdtype} for name, sdtype in columns.items()}}
    tables = [pd.DataFrame(dict(zip(columns, table))) for table in (synthetic, train, holdout)]
    found = DCROverfittingProtection.compute_breakdown(
        tables[1], tables[0], tables[2], {"tables": {"t": metadata}}, "t")
    wrapped = {"columns": metadata["columns"]}
    return {"columns": list(columns.values()),
            **{name: [listed(table[column]) for column in columns]
               for name, table in zip(("synthetic", "train", "holdout"), tables)},
            "distances": calculate_dcr(tables[0], tables[1], wrapped).tolist(),
            "closer_to_train": float(found["synthetic_data_percentages"]["closer_to_training"]),
            "protection": float(found["score"])}


def mixed(rows, shift=0.0):
    x = np.round(random.normal(shift, 1, rows), 3)
    x[random.random(rows) < 0.1] = np.nan
    kind = random.choice(["a", "b", "c"], rows).astype(object)
    kind[random.random(rows) < 0.1] = None
    return [x, np.round(random.exponential(2, rows), 2), kind]


normal, other = random.normal(size=80).round(3), random.normal(0.5, 2, size=60).round(3)
gaps = np.where(random.random(80) < 0.2, np.nan, normal)
few, fewer = random.integers(0, 4, 50).astype(float), random.integers(1, 6, 70).astype(float)
x, noise = random.normal(size=70).round(3), random.normal(size=70).round(3)
ties = random.integers(0, 5, 70).astype(float)
letters = lambda size, of: random.choice(list(of), size).astype(object)
missing = letters(40, "abc")
missing[::7] = None
mixed_train = mixed(60)
json.dump({
    "numbers": [numbers(normal, other), numbers(gaps, normal), numbers(few, fewer),
                numbers([1.0, 2.0], [5.0]), numbers([1.0], [1.0]),
                numbers([0.1 + 0.2, 1.0], [0.3, 1.0])],
    "categories": [categories(letters(50, "abcd"), letters(60, "abcd")),
                   categories(letters(50, "abc"), letters(60, "bcde")),
                   categories(missing, letters(30, "ab")), categories(["a"], ["b"])],
    "pairs": [pair((x, x + noise), (noise, noise - x)), pair((x, ties), (ties, noise)),
              pair((x, 2 * x), (x, x * x)), pair((gaps, normal), (normal, gaps)),
              pair((x, np.ones(70)), (x, noise))],
    "records": [
        records({"x": "numerical", "y": "numerical", "kind": "categorical"},
                mixed(40), mixed_train, mixed(60)),
        records({"x": "numerical", "y": "numerical", "kind": "categorical"},
                [column[:30] for column in mixed_train], mixed_train, mixed(60)),
        records({"x": "numerical"}, [few], [np.ones(9)], [fewer]),
    ],
}, sys.stdout)
print()
