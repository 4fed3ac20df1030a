"""Writes outliers.json: how isolated scikit-learn's IsolationForest finds rows.

    python3 outliers.py > outliers.json

Made with scikit-learn 1.9.1 and numpy 2.4.6. A case has columns, how many rows a tree is grown of,
and a score a row; with so many trees a score depends on the draws in its third place alone.
"""

import json
import sys

import numpy as np
from sklearn.ensemble import IsolationForest

TREES = 4000


def case(columns, rows):
    columns = [np.round(column, 3) for column in columns]
    table = np.stack(columns, axis=1)
    forest = IsolationForest(n_estimators=TREES, max_samples=min(rows, len(table)), random_state=1)
    scores = -forest.fit(table).score_samples(table)
    return {"columns": [column.tolist() for column in columns], "rows": rows,
            "scores": [round(float(score), 6) for score in scores]}


random = np.random.default_rng(5)
normal = [random.normal(size=150) for _ in range(3)]
for column in normal:
    column[0] = 6.0
skewed = [random.exponential(size=120), random.integers(0, 3, size=120).astype(float), np.full(120, 2.0)]
json.dump({"trees": TREES, "cases": [case(normal, 256), case(normal, 32), case(skewed, 64)]}, sys.stdout)
print()
