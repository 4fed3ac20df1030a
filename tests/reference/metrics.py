"""Writes metrics.json: what scikit-learn says of small samples with weights.

    python3 metrics.py > metrics.json        (scikit-learn 1.9, NumPy 2)

Samples are drawn from a fixed seed and rounded, so that the file holds all of them.
"""

import json

import numpy as np
import sklearn
from sklearn import metrics as m

draw = np.random.default_rng(17)
rows = 40
weights = draw.integers(0, 4, rows).astype(float)


def rounded(values, digits=3):
    return np.round(np.asarray(values, dtype=float), digits).tolist()


def of_classes(classes):
    scores = draw.random((rows, classes)) ** 2 + 0.01
    p = np.round(scores / scores.sum(axis=1, keepdims=True), 3)
    p[:, -1] = np.round(1 - p[:, :-1].sum(axis=1), 3)
    truth = np.where(draw.random(rows) < 0.6, p.argmax(axis=1), draw.integers(0, classes, rows))
    predicted = p.argmax(axis=1)
    labels = list(range(classes))
    w = {"sample_weight": weights}
    results = {
        "accuracy": m.accuracy_score(truth, predicted, **w),
        "balanced_accuracy": m.balanced_accuracy_score(truth, predicted, **w),
        "log_loss": m.log_loss(truth, p, labels=labels, **w),
    }
    if classes == 2:
        results["roc_auc"] = m.roc_auc_score(truth, p[:, 1], **w)
        results["brier_score"] = m.brier_score_loss(truth, p[:, 1], **w)
    else:
        # `roc_auc_score` averages over the classes with `multi_class="ovr"`.
        results["roc_auc"] = m.roc_auc_score(truth, p, multi_class="ovr", labels=labels, **w)
        results["brier_score"] = m.brier_score_loss(truth, p, labels=labels, scale_by_half=False, **w)
    each = {}
    for name, of in [("precision", m.precision_score), ("recall", m.recall_score), ("f1", m.f1_score)]:
        each[name] = of(truth, predicted, labels=labels, average=None, zero_division=0, **w).tolist()
    return {
        "classes": classes, "weights": weights.tolist(), "truth": truth.tolist(),
        "predicted": predicted.tolist(), "probabilities": p.tolist(),
        "results": results, "of_class": each,
    }


def of_labels():
    truth, predicted = draw.random((2, rows, 4)) < 0.5
    predicted[:20] = truth[:20]
    w = {"sample_weight": weights}
    return {
        "weights": weights.tolist(), "truth": truth.tolist(), "predicted": predicted.tolist(),
        "results": {
            "hamming_loss": m.hamming_loss(truth, predicted, **w),
            "subset_accuracy": m.accuracy_score(truth, predicted, **w),
        },
    }


def of_numbers():
    truth = np.round(draw.normal(3, 2, rows), 3)
    predicted = np.round(truth + draw.normal(0, 1, rows), 3)
    w = {"sample_weight": weights}
    return {
        "weights": weights.tolist(), "truth": truth.tolist(), "predicted": predicted.tolist(),
        "results": {
            "max_error": m.max_error(truth[weights > 0], predicted[weights > 0]),
            "mean_absolute_error": m.mean_absolute_error(truth, predicted, **w),
            "mean_squared_error": m.mean_squared_error(truth, predicted, **w),
            "root_mean_squared_error": m.root_mean_squared_error(truth, predicted, **w),
            "r2": m.r2_score(truth, predicted, **w),
        },
    }


def of_rankings():
    groups, size = 6, 8
    relevance = draw.integers(0, 4, (groups, size)).astype(float)
    scores = np.round(draw.random((groups, size)), 1)  # with ties
    weights = draw.integers(1, 4, groups).astype(float)
    return {
        "weights": weights.tolist(), "truth": relevance.tolist(), "predicted": scores.tolist(),
        "results": {"ndcg": m.ndcg_score(relevance, scores, sample_weight=weights)},
    }


print(json.dumps({
    "source": f"scikit-learn {sklearn.__version__}, tests/reference/metrics.py",
    "binary": of_classes(2), "multiclass": of_classes(3), "labels": of_labels(),
    "numbers": of_numbers(), "rankings": of_rankings(),
}))
