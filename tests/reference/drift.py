"""Writes drift.json: what SciPy, NumPy, statsmodels and Evidently say of two samples.

    PYTHONHASHSEED=0 python3 drift.py > drift.json      (Evidently sums in the order of a set)

Made with scipy 1.17.1, numpy 2.2.6, statsmodels 0.15.0 and evidently 0.7.23. A sample is a
list, or a formula that any program computes to the same bits: value i is
((a * i * i + b * i) mod m) / d + s for i = 0 .. n - 1. null stands for what is undefined or
refused, "inf" for infinity.
"""

import json
import math
import sys
import warnings

import numpy as np
import pandas as pd
import scipy
from evidently.legacy.calculations.stattests.hellinger_distance import _hellinger_distance
from evidently.legacy.calculations.stattests.jensenshannon import _jensenshannon
from evidently.legacy.calculations.stattests.kl_div import _kl_div
from evidently.legacy.calculations.stattests.psi import _psi
from evidently.legacy.calculations.stattests.wasserstein_distance_norm import _wasserstein_distance_norm
from evidently.legacy.core import ColumnType
from scipy import special, stats
from scipy.spatial import distance
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportions_ztest

warnings.simplefilter("ignore")
np.seterr(all="ignore")


def formula(n, a, b, m, d, s):
    return {"n": n, "a": a, "b": b, "m": m, "d": d, "s": s}


def values(sample):
    if isinstance(sample, list):
        return np.array(sample, dtype=float)
    i = range(sample["n"])
    raw = [(sample["a"] * k * k + sample["b"] * k) % sample["m"] for k in i]
    return np.array([x / sample["d"] + sample["s"] for x in raw])


SMALL = formula(1000, 17, 3, 10007, 1000, 0)
PAIRS = {
    "one and one": ([1.0], [2.0]),
    "one and five": ([2.5], [1.0, 2.0, 3.0, 4.0, 5.0]),
    "two and two": ([1.0, 2.0], [1.5, 4.0]),
    "three and four": ([1.0, 5.0, 9.0], [2.0, 3.0, 7.0, 11.0]),
    "ties of few": ([1.0, 2.0, 2.0, 3.0], [2.0, 2.0, 3.0, 3.0, 5.0]),
    "five and five": ([0.3, 1.7, 2.2, 3.1, 4.9], [0.1, 0.2, 1.1, 1.3, 2.5]),
    "negative and zero": ([-3.0, -1.0, 0.0, 0.5, 2.0, 4.0], [-2.0, -1.5, -0.5, 1.0, 3.0, 8.0, 9.0]),
    "constant and not": ([3.0] * 6, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
    "both constant": ([3.0] * 6, [3.0] * 7),
    "two constants": ([3.0] * 6, [4.0] * 7),
    "seven and nine": (formula(7, 13, 5, 101, 7, 0), formula(9, 11, 3, 103, 7, 1)),
    "eight and many": (formula(8, 13, 5, 997, 9, 0), formula(300, 11, 3, 1009, 9, 5)),
    "nine and nine": (formula(9, 13, 5, 101, 7, 0), formula(9, 11, 3, 103, 7, 2)),
    "twenty and seventeen": (formula(20, 13, 5, 101, 7, 0), formula(17, 11, 3, 103, 7, 2)),
    "twenty and twenty": (formula(20, 13, 5, 1013, 70, 0), formula(20, 11, 3, 1031, 70, 3)),
    "twenty one and twenty": (formula(21, 13, 5, 1013, 70, 0), formula(20, 11, 3, 1031, 70, 3)),
    "twenty four each, tied": (formula(24, 13, 5, 11, 1, 0), formula(24, 11, 3, 13, 1, 0)),
    "hundreds alike": (formula(200, 17, 3, 10007, 1000, 0), formula(150, 19, 7, 10009, 1000, 0)),
    "hundreds shifted": (formula(200, 17, 3, 10007, 1000, 0), formula(150, 19, 7, 10009, 1000, 1)),
    "hundreds apart": (formula(50, 17, 3, 10007, 1000, 0), formula(60, 19, 7, 10009, 1000, 20)),
    "hundreds in five values": (formula(500, 17, 3, 5, 1, 0), formula(300, 19, 7, 6, 1, 0)),
    "hundreds in forty values": (formula(500, 17, 3, 40, 4, 0), formula(300, 19, 7, 43, 4, 0)),
    "far from zero": (formula(120, 17, 3, 10007, 1000, 1000000), formula(90, 19, 7, 10009, 1000, 1000001)),
    "scaled": (formula(400, 17, 3, 10007, 1000, 0), formula(300, 19, 7, 10009, 700, -2)),
    "a thousand each": (SMALL, formula(1000, 19, 7, 10009, 1000, 0.25)),
    "unequal by far": (formula(3000, 17, 3, 10007, 1000, 0), formula(40, 19, 7, 10009, 1000, 1)),
    "the last exact": (formula(10000, 17, 3, 100003, 10000, 0), formula(9999, 19, 7, 100019, 10000, 0.1)),
    "the first asymptotic": (formula(10001, 17, 3, 100003, 10000, 0), formula(5000, 19, 7, 100019, 10000, 0.1)),
    "tens of thousands": (formula(20000, 17, 3, 100003, 10000, 0), formula(15000, 19, 7, 100019, 10000, 0.05)),
    "tens of thousands, tied": (formula(12000, 17, 3, 37, 1, 0), formula(12000, 19, 7, 37, 1, 1)),
}


def number(value):
    value = float(value)
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else "inf"


def attempt(compute, finite=False):
    """The numbers, or null."""
    try:
        found = compute()
    except (ValueError, IndexError, ZeroDivisionError):
        return None
    if not isinstance(found, (tuple, list)):
        return number(found)
    found = [number(value) for value in found]
    wrong = (None, "inf") if finite else (None,)
    return None if any(value in wrong for value in found) else found


def pair(test):
    return test.statistic, test.pvalue


def discrepancy(x, y):
    both = np.sort(np.concatenate([x, y]))
    gaps = np.abs(both[:, None] - both[None, :])
    median = np.median(gaps[np.triu_indices(len(both), 1)])
    if median == 0 or min(len(x), len(y)) < 2:
        raise ValueError
    gamma = 1 / median**2
    k = lambda p, q: np.exp(-gamma * (p[:, None] - q[None, :]) ** 2)
    n, m = len(x), len(y)
    within = (k(x, x).sum() - n) / (n * (n - 1)) + (k(y, y).sum() - m) / (m * (m - 1))
    return [within - 2 * k(x, y).mean(), median, gamma]


def of_pair(first, second):
    x, y = values(first), values(second)
    n, m = len(x), len(y)
    u, v = pd.Series(x), pd.Series(y)
    numeric = ColumnType.Numerical
    found = {"first": first, "second": second}
    for method in ["auto", "exact", "asymp"]:
        if method != "exact" or max(n, m) <= 1000:
            found[f"ks {method}"] = attempt(lambda: pair(stats.ks_2samp(x, y, method=method)))
    found["wasserstein"] = attempt(lambda: stats.wasserstein_distance(x, y))
    found["wasserstein scaled"] = attempt(lambda: _wasserstein_distance_norm(u, v, numeric, 0.1)[0])
    found["energy"] = attempt(lambda: stats.energy_distance(x, y))
    for method in ["auto", "asymptotic"]:
        found[f"cramer von mises {method}"] = attempt(lambda: pair(stats.cramervonmises_2samp(x, y, method=method)))
    if max(n, m) <= 24:
        found["cramer von mises exact"] = attempt(lambda: pair(stats.cramervonmises_2samp(x, y, method="exact")))
    for variant in ["midrank", "right", "continuous"]:
        found[f"anderson {variant}"] = attempt(lambda: pair(stats.anderson_ksamp([x, y], variant=variant)))
    for side in ["two-sided", "less", "greater"]:
        found[f"mann whitney {side}"] = attempt(lambda: pair(stats.mannwhitneyu(x, y, alternative=side)))
    found["mann whitney asymptotic"] = attempt(lambda: pair(stats.mannwhitneyu(x, y, method="asymptotic")))
    if max(n, m) <= 24:
        found["mann whitney exact"] = attempt(lambda: pair(stats.mannwhitneyu(x, y, method="exact")))
    found["welch"] = attempt(lambda: pair(stats.ttest_ind(x, y, equal_var=False)), finite=True)
    found["pooled"] = attempt(lambda: pair(stats.ttest_ind(x, y)), finite=True)
    found["epps singleton"] = attempt(lambda: pair(stats.epps_singleton_2samp(x, y)))
    if max(n, m) <= 1000:
        found["discrepancy"] = attempt(lambda: discrepancy(x, y))
    found["psi"] = attempt(lambda: _psi(u, v, numeric, 0.1)[0])
    found["kl"] = attempt(lambda: _kl_div(u, v, numeric, 0.1)[0])
    found["js"] = attempt(lambda: _jensenshannon(u, v, numeric, 0.1)[0])
    found["hellinger"] = attempt(lambda: _hellinger_distance(u.copy(), v.copy(), numeric, 0.1)[0])
    edges = np.quantile(x, np.linspace(0, 1, 11))[1:-1]
    counts = [np.bincount(np.searchsorted(edges, z, side="left"), minlength=10).tolist() for z in (x, y)]
    found["deciles"] = {"edges": edges.tolist(), "first": counts[0], "second": counts[1]}
    return found


def of_bins(sample):
    x = values(sample)
    found = {"sample": sample}
    for name, rule in [("ten", 10), ("auto", "auto"), ("fd", "fd"), ("sturges", "sturges"),
                       ("scott", "scott"), ("rice", "rice"), ("sqrt", "sqrt")]:
        edges = np.histogram_bin_edges(x, rule)
        found[name] = {"bins": len(edges) - 1, "low": edges[0], "second": edges[1], "high": edges[-1],
                       "counts": np.histogram(x, edges)[0].tolist() if len(edges) < 60 else []}
    median = np.median(x)
    spread = np.median(np.abs(x - median))
    found["z"] = (0.6745 * (x - median) / spread)[:5].tolist() if spread > 0 else None
    q1, q3 = np.percentile(x, [25, 75])
    found["fences"] = [q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1)]
    found["moments"] = [x.mean(), x.var(), x.std(ddof=1) if len(x) > 1 else None]
    return found


CATEGORIES = {
    "unseen on both sides": ([120, 60, 15, 5, 0], [80, 70, 40, 0, 10]),
    "two of two": ([30, 70], [45, 55]),
    "two of two, few": ([3, 7], [5, 4]),
    "two of two, nearly independent": ([10, 10], [10, 11]),
    "equal": ([5, 6, 7], [5, 6, 7]),
    "sizes apart": ([1000, 20, 3, 1], [10, 4, 0, 2]),
    "least below a ten-thousandth": ([99999, 1, 0, 30], [50000, 0, 10, 20]),
    "many": ([(17 * i * i + 3) % 101 for i in range(60)], [(19 * i * i + 5) % 103 for i in range(60)]),
    "disjoint": ([10, 0], [0, 12]),
}


def of_categories(first, second):
    p, q = np.array(first, float), np.array(second, float)
    table = np.array([first, second])
    labels = [str(i) for i in range(len(first))]
    u, v = (pd.Series(np.repeat(labels, counts)) for counts in (first, second))
    kind = ColumnType.Categorical
    found = {"first": first, "second": second}
    for name, lambda_ in [("pearson", 1), ("g", 0), ("modified g", -1), ("cressie read", 2 / 3)]:
        for correction in [False, True]:
            key = f"{name} corrected" if correction else name
            test = lambda: stats.chi2_contingency(table, correction=correction, lambda_=lambda_)
            found[key] = attempt(lambda: [test().statistic, test().pvalue, test().dof])
    found["v"] = attempt(lambda: stats.contingency.association(table, method="cramer"))
    expected = p * (q.sum() / p.sum())
    found["chisquare"] = attempt(lambda: pair(stats.chisquare(q, expected)))
    found["power g"] = attempt(lambda: pair(stats.power_divergence(q, expected, lambda_=0, ddof=0)))
    found["kl bare"] = attempt(lambda: stats.entropy(p, q))
    found["js 2"] = attempt(lambda: distance.jensenshannon(p, q, 2))
    found["js e"] = attempt(lambda: _jensenshannon(u, v, kind, 0.1)[0])
    found["kl"] = attempt(lambda: _kl_div(u, v, kind, 0.1)[0])
    found["psi"] = attempt(lambda: _psi(u, v, kind, 0.1)[0])
    found["hellinger"] = attempt(lambda: _hellinger_distance(u.copy(), v.copy(), kind, 0.1)[0])
    found["total variation"] = number(np.abs(p / p.sum() - q / q.sum()).sum() / 2)
    found["largest"] = number(distance.chebyshev(p / p.sum(), q / q.sum()))
    found["z"] = attempt(lambda: proportions_ztest([p[0], q[0]], [p.sum(), q.sum()]))
    return found


P_VALUES = [
    [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216],
    [0.5], [0.0, 1.0], [0.04, 0.01, 0.04, 0.01, 0.9], [((17 * i * i + 3) % 1009) / 1009 for i in range(200)],
]


def of_correction(p):
    found = {"p": p}
    for name, method in [("bonferroni", "bonferroni"), ("holm", "holm")]:
        found[name] = multipletests(p, method=method)[1].tolist()
    for name in ["bh", "by"]:
        found[name] = np.atleast_1d(stats.false_discovery_control(p, method=name)).tolist()
    return found


def of_several(samples):
    found = {"samples": samples}
    for variant in ["midrank", "right", "continuous"]:
        found[variant] = attempt(lambda: pair(stats.anderson_ksamp([values(s) for s in samples], variant=variant)))
    return found


def of_raking(weights, margins):
    w = np.array(weights, float)
    for _ in range(200):
        for categories, targets in margins:
            sums = np.bincount(categories, weights=w, minlength=len(targets))
            w = w * (np.array(targets) / sums)[categories]
    return {"weights": weights, "margins": margins, "raked": w.tolist()}


def of_functions():
    return {
        "gammaincc": [[a, x, float(special.gammaincc(a, x))] for a in [0.5, 1, 2.5, 10, 123.5, 1000]
                      for x in [0.01, 0.5, 1, 5, 20, 110, 990, 1100]],
        "t": [[t, d, float(2 * stats.t.sf(t, d))] for t in [0.01, 0.5, 2, 7.5, 40] for d in [1, 2.5, 10, 348.2, 30000]],
        "kve": [[v, x, float(special.kve(v, x))] for v in [0, 0.25, 1] for x in [1e-6, 0.01, 0.7, 3, 44, 2000, 1e6]],
        "ndtr": [[z, float(special.ndtr(z))] for z in [-30, -8, -2.5, -0.1, 0, 0.7, 3, 9]],
        "kstwo": [[n, x, float(stats.kstwo.sf(x, n))] for n in [1, 2, 7, 50, 140, 141, 900, 5000, 120000, 2000000]
                  for x in [0.0003, 0.002, 0.008, 0.02, 0.05, 0.11, 0.2, 0.4, 0.51, 0.9]],
    }


json.dump({
    "source": f"scipy {scipy.__version__}, numpy {np.__version__}, tests/reference/drift.py",
    "pairs": {name: of_pair(*samples) for name, samples in PAIRS.items()},
    "bins": {
        "thousand": of_bins(SMALL),
        "few": of_bins([1.0, 2.0, 2.5, 4.0, 9.0]),
        "tied": of_bins(formula(300, 17, 3, 5, 1, 0)),
        "skewed": of_bins(formula(64, 1, 0, 1000003, 7, -3)),
        "constant": of_bins([2.0, 2.0, 2.0]),
        "large": of_bins(formula(10500, 17, 3, 100003, 10000, 0)),
    },
    "categories": {name: of_categories(*counts) for name, counts in CATEGORIES.items()},
    "corrections": [of_correction(p) for p in P_VALUES],
    "several": [
        of_several([formula(20, 13, 5, 101, 7, 0), formula(17, 11, 3, 103, 7, 2), formula(30, 11, 3, 97, 6, 0)]),
        of_several([formula(200, 13, 5, 7, 1, 0), formula(170, 11, 3, 8, 1, 0), formula(30, 11, 3, 7, 1, 0),
                    formula(90, 7, 2, 9, 1, 0)]),
    ],
    "raking": of_raking(
        [((7 * i) % 5) + 1 for i in range(40)],
        [[[(i * i) % 3 % 2 for i in range(40)], [45.0, 55.0]], [[i % 4 for i in range(40)], [10.0, 20.0, 30.0, 40.0]],
         [[(i // 7) % 3 for i in range(40)], [50.0, 30.0, 20.0]]],
    ),
    "functions": of_functions(),
}, sys.stdout, indent=None, separators=(",", ":"))
