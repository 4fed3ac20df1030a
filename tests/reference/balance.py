"""Writes balance.json: how many rows imbalanced-learn leaves of each class, and the weights that
ipfn finds on a table of counts.

    python3 balance.py > balance.json

Made with imbalanced-learn 0.14.2, ipfn 1.4.4 and numpy 2.4.6. A case of `counts` has the rows of
each class before and after; `raking` the rows of each combination of values, what the population
has, and what a row of the combination weighs.
"""

import json
import sys
from collections import Counter

import numpy as np
from imblearn.over_sampling import RandomOverSampler
from imblearn.under_sampling import RandomUnderSampler
from ipfn import ipfn

CLASSES = {"a": 13, "b": 101, "c": 37}
TWO = {"a": 13, "b": 101}


def sampled(sampler, strategy, classes):
    labels = [name for name, count in classes.items() for _ in range(count)]
    rows = np.arange(len(labels)).reshape(-1, 1)
    _, left = sampler(sampling_strategy=strategy, random_state=0).fit_resample(rows, labels)
    return dict(sorted(Counter(str(label) for label in left).items()))


def counts():
    over, under = RandomOverSampler, RandomUnderSampler
    cases = [
        ("over", over, {}, "auto", CLASSES),
        ("under", under, {}, "auto", CLASSES),
        ("over", over, {"counts": {"a": 20, "c": 60}}, {"a": 20, "c": 60}, CLASSES),
        ("under", under, {"counts": {"b": 50}}, {"b": 50}, CLASSES),
    ]
    for ratio in [0.2, 0.33, 0.5, 0.77, 1.0]:
        cases.append(("over", over, {"ratios": {"a": ratio}}, ratio, TWO))
        cases.append(("under", under, {"ratios": {"b": ratio}}, ratio, TWO))
    return [
        {"method": method, "params": params, "classes": classes,
         "expected": sampled(sampler, strategy, classes)}
        for method, sampler, params, strategy, classes in cases
    ]


def raking():
    # Rows of each combination of sex, age and region, and what the population has.
    table = np.array([[[12, 30], [45, 8], [20, 5]], [[7, 19], [33, 14], [9, 3]]], dtype=float)
    values = {"age": ["old", "mid", "young"], "region": ["north", "south"], "sex": ["f", "m"]}
    margins = {"sex": [0.51, 0.49], "age": [0.3, 0.45, 0.25], "region": [0.4, 0.6]}
    axes = {"sex": [0], "age": [1], "region": [2]}
    whole = table.sum()
    names = ["sex", "age", "region"]
    targets = [np.array(margins[name]) * whole for name in names]
    fitted = ipfn.ipfn(
        table.copy(), targets, [axes[name] for name in names],
        convergence_rate=1e-14, rate_tolerance=0, max_iteration=2000,
    ).iteration()
    rows = []
    for sex in range(2):
        for age in range(3):
            for region in range(2):
                rows.append({
                    "sex": values["sex"][sex], "age": values["age"][age],
                    "region": values["region"][region], "rows": int(table[sex, age, region]),
                    "weight": float(fitted[sex, age, region] / table[sex, age, region]),
                })
    shares = {name: dict(zip(values[name], margins[name])) for name in names}
    return {"margins": shares, "cells": rows}


json.dump({"counts": counts(), "raking": raking()}, sys.stdout, indent=1, sort_keys=True)
print()
