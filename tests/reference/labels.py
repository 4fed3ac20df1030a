"""Writes labels.json: what cleanlab says of labels and probabilities.

    python3 labels.py > labels.json

Made with cleanlab 2.9.0, scikit-learn 1.9.1 and numpy 2.4.6. A case has the given classes, the
probabilities a row, and what cleanlab makes of them: thresholds (2 of a class without rows), the
confident joint and the calibrated one by given and likely class, scores by method, and a list of
issues by filter. What NumPy's `argsort` does with ties depends on the processor: this is of one with
AVX2. No class has more than 256 rows, beyond which it depends on more.
"""

import json
import sys

import numpy as np
from cleanlab.count import compute_confident_joint, estimate_joint, get_confident_thresholds
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores

FILTERS = ["prune_by_noise_rate", "prune_by_class", "both", "confident_learning"]
SCORES = ["self_confidence", "normalized_margin", "confidence_weighted_entropy"]
WITH = [{}, {"frac_noise": 0.5}, {"min_examples_per_class": 5}]


def issues(labels, probabilities, by, more):
    mask = find_label_issues(labels, probabilities, filter_by=by, n_jobs=1, **more)
    return np.flatnonzero(mask).tolist()


def case(name, labels, probabilities):
    labels, probabilities = np.asarray(labels), np.asarray(probabilities, dtype=float)
    counts, off = compute_confident_joint(
        labels, probabilities, calibrate=False, return_indices_of_off_diagonals=True)
    found = [
        {"filter": by, "fraction": more.get("frac_noise", 1.0),
         "least": more.get("min_examples_per_class", 1),
         "issues": issues(labels, probabilities, by, more)}
        for by in FILTERS for more in (WITH if by != "confident_learning" else WITH[:1])
    ]
    scores = {
        method: get_label_quality_scores(labels, probabilities, method=method).tolist()
        for method in SCORES
    }
    return {
        "name": name, "given": labels.tolist(), "probabilities": probabilities.tolist(),
        "thresholds": np.asarray(get_confident_thresholds(labels, probabilities)).tolist(),
        "counts": counts.tolist(), "off_diagonal": np.asarray(off).tolist(),
        "calibrated": compute_confident_joint(labels, probabilities).tolist(),
        "noise": float(1 - estimate_joint(labels, probabilities).trace()),
        "issues": found, "scores": scores,
    }


def drawn(random, rows, classes, noise, decimals, sure=3.0, weights=None):
    """Rows of classes with logits around the true one, some labels moved, rounded."""
    true = random.choice(classes, size=rows, p=weights)
    logits = random.normal(size=(rows, classes))
    logits[np.arange(rows), true] += sure
    probabilities = np.exp(logits)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    moved = random.random(rows) < noise
    labels = np.where(moved, random.integers(0, classes, rows), true)
    return labels, np.round(probabilities, decimals)


random = np.random.default_rng(11)
two, three = drawn(random, 120, 2, 0.3, 4), drawn(random, 150, 3, 0.2, 4)
ties = drawn(random, 160, 3, 0.25, 1)
rare = drawn(random, 140, 4, 0.15, 3, weights=[0.85, 0.08, 0.05, 0.02])
many = drawn(random, 400, 12, 0.3, 3)
unsure = drawn(random, 90, 5, 0.5, 3, sure=0.5)
labels, probabilities = drawn(random, 100, 4, 0.2, 3)
absent = np.where(labels == 2, 0, labels), probabilities
only = np.where(labels == 3, 1, labels), probabilities
only[0][7] = 3
halves = np.tile([0, 1, 0, 1], 10), np.tile([[0.5, 0.5], [0.5, 0.5], [0.25, 0.75], [0.75, 0.25]], (10, 1))
certain = np.tile([0, 1, 2, 0, 1], 6), np.tile(np.eye(3)[[0, 1, 2, 1, 2]], (6, 1))
cases = [
    ("two classes", *two), ("three classes", *three), ("ties", *ties), ("rare classes", *rare),
    ("twelve classes", *many), ("an unsure model", *unsure), ("a class without rows", *absent),
    ("a class of one row", *only), ("halves", *halves), ("certain and wrong", *certain),
    ("inverted", 1 - two[0], two[1]),
]
json.dump({"cases": [case(*one) for one in cases]}, sys.stdout)
print()
