#!/usr/bin/env python3
"""Writes tests/values/confident_*.json: random label problems and cleanlab's answers.

    OMP_NUM_THREADS=1 python core/stats/reference/make_confident.py

Made with cleanlab 2.9.0 and the versions that the files name. Three things to know:

- NumPy's default sort is unstable, and which of two equal values comes first depends on the processor's vector width.
  cleanlab selects by it. Here every argsort is stable, so that of equal values the first record comes first; how many
  problems' answers that changes is printed.
- Probabilities are stored as integer weights, p = w / sum(w) in a row (multi-label: p = w / scale), which every
  language computes to the same bits. Weights are often coarse, so that records tie with each other and with thresholds.
- An answer is null where cleanlab refuses the problem (a single class other than 0, mostly). Scores are rounded to
  1e-10; the tests compare to 1e-9.
"""
import json
import pathlib
import warnings

import cleanlab
import numpy as np
import sklearn
from cleanlab import count, filter, rank
from cleanlab.multilabel_classification import filter as ml_filter
from cleanlab.multilabel_classification import rank as ml_rank
from cleanlab.regression.learn import CleanLearning
from cleanlab.regression.rank import get_label_quality_scores as regression_scores

OUT = pathlib.Path(__file__).resolve().parent.parent / "tests" / "values"
SELECTIONS = ["prune_by_noise_rate", "prune_by_class", "both", "confident_learning", "low_normalized_margin",
              "low_self_confidence", "predicted_neq_given"]
POOLS = {"ema": {"method": "exponential_moving_average", "alpha": 0.8}, "softmin": {"method": "softmin"},
         "min": {"method": np.min}, "mean": {"method": np.mean}}

default_argsort = np.argsort


def stable_argsort(a, axis=-1, kind=None, **rest):
    return default_argsort(a, axis=axis, kind="stable", **rest)


def bits(flags):
    return "".join("1" if f else "0" for f in np.asarray(flags).ravel())


def answer(work):
    """What cleanlab answers, or None where it refuses."""
    try:
        return work()
    except (ValueError, AssertionError, TypeError):
        return None


def floats(values):
    return None if values is None else np.round(np.asarray(values, float), 10).tolist()


def selections(find):
    return [None if a is None else bits(a) for a in (answer(lambda s=s: find(s)) for s in SELECTIONS)]


def weights(rng, labels, n, k):
    """Integer rows that mostly, but not always, favour the label; the fewer levels, the more ties."""
    levels = int(rng.choice([2, 4, 9, 99, 999, 9999]))
    w = rng.integers(0, levels + 1, (n, k))
    w[np.arange(n), labels] += (rng.random(n) < rng.uniform(0.3, 1)) * int(rng.integers(0, 2 * levels + 1))
    w[w.sum(1) == 0] = 1
    return w


def labels_of(rng, n, k):
    """Labels in random proportions; classes may be absent, but there are two where there can be."""
    share = rng.dirichlet(np.full(k, rng.choice([0.5, 2, 10])))
    labels = rng.choice(k, n, p=share)
    labels[0] = (labels[-1] + rng.integers(1, max(k, 2))) % k
    return labels


def multiclass_answers(labels, p, keep):
    def find(selection):
        return filter.find_label_issues(labels, p, filter_by=selection, min_examples_per_class=keep, n_jobs=1)
    return selections(find)


def multiclass(rng):
    out = []
    for i in range(120):
        k = 2 if i % 3 == 0 else 1 if i == 7 else int(rng.integers(2, 8))
        n = int(rng.integers(1, 4)) if i % 8 == 7 else int(rng.integers(2, 24))
        labels = np.full(n, rng.integers(0, k)) if i % 10 == 9 else labels_of(rng, n, k)
        w, keep = weights(rng, labels, n, k), int(rng.choice([0, 1, 1, 1, 2, 4]))
        p = w / w.sum(1, keepdims=True)
        calibrated = count.compute_confident_joint(labels, p)
        latent = count.estimate_latent(calibrated, labels)

        def score(method, adjust=False):
            return floats(answer(lambda: rank.get_label_quality_scores(labels, p, method=method, adjust_pred_probs=adjust))
                          if k > 1 else None)
        out.append({"labels": labels.tolist(), "weights": w.tolist(), "min_examples_per_class": keep,
                    "thresholds": floats(count.get_confident_thresholds(labels, p)),
                    "counts": count.compute_confident_joint(labels, p, calibrate=False).tolist(),
                    "calibrated": calibrated.tolist(), "latent": [floats(a) for a in latent] if i < 40 else None,
                    "selections": multiclass_answers(labels, p, keep),
                    "margin": score("normalized_margin"), "entropy": score("confidence_weighted_entropy"),
                    "adjusted_confidence": score("self_confidence", True),
                    "adjusted_margin": score("normalized_margin", True)})
    return out


def formula(n, k, multiplier):
    """Labels and weights that the test computes by the same integers (`formula` in tests/parity_confident.rs)."""
    i, j = np.arange(n, dtype=np.int64)[:, None], np.arange(k, dtype=np.int64)
    labels = (i[:, 0] * i[:, 0] % 10007 * multiplier + i[:, 0]) % k
    w = (i * i + j * 7919 + i * j * multiplier) % 1009 + 1
    w[np.arange(n), labels] += (i[:, 0] * multiplier % 700)
    return labels, w


def large(rng):
    out = []
    for n, k, multiplier in [(3000, 10, 31), (2000, 3, 17), (1500, 20, 101)]:
        labels, w = formula(n, k, multiplier)
        p = w / w.sum(1, keepdims=True)
        found = [np.flatnonzero([c == "1" for c in s]).tolist() for s in multiclass_answers(labels, p, 1)]
        out.append({"n": n, "k": k, "multiplier": multiplier, "calibrated": count.compute_confident_joint(labels, p).tolist(),
                    "sizes": [len(f) for f in found], "index_sums": [int(np.sum(f)) for f in found],
                    "index_square_sums": [int(np.sum(np.square(f))) for f in found]})
    return out


def records_of(peaked, flat):
    """Labels and weights with peaked[j][k] records of class j that point to k, then flat[j] that point nowhere."""
    k = len(peaked)
    labels, w = [], []
    for j in range(k):
        for to in range(k):
            labels += [j] * peaked[j][to]
            w += [[9 if c == to else 1 for c in range(k)]] * peaked[j][to]
        labels += [j] * flat[j]
        w += [[1] * k] * flat[j]
    return np.array(labels), np.array(w)


def depends_on_order(labels, p):
    """Whether another order of summation changes the calibrated joint: the last bit of a sum decides how a half rounds."""
    found = count.compute_confident_joint(labels, p, calibrate=False)
    right, other = (count.calibrate_confident_joint(c, labels) for c in (found, np.ascontiguousarray(found)))
    return (right != other).any()


def depends_on_halves(labels, p):
    """Whether rounding halves away from zero instead of to even would meet a half that it rounds otherwise."""
    found = count.compute_confident_joint(labels, p, calibrate=False)
    scaled = found / found.sum(1, keepdims=True) * np.bincount(labels, minlength=len(found))[:, None]
    return (np.floor(scaled + 0.5) != np.rint(scaled)).any()


def counts(rng):
    """Problems given by their confident counts: corners of calibration and of keeping examples, all records tied."""
    out = []
    while len(out) < 60:
        k = int(rng.integers(2, 7))
        peaked = rng.poisson(rng.choice([0.7, 2.0]), (k, k)) + np.diag(rng.poisson(2.0, k))
        flat = rng.poisson(rng.choice([0.5, 2.0, 5.0]), k)
        labels, w = records_of(peaked.tolist(), flat.tolist())
        if not 2 <= len(labels) <= 80 or len(set(labels.tolist())) < 2:
            continue
        p, keep = w / w.sum(1, keepdims=True), int(rng.integers(0, 7))
        calibrated = count.compute_confident_joint(labels, p)
        short = (calibrated.diagonal() < keep) & (np.count_nonzero(calibrated, axis=1) > 2)
        kind = len(out) % 4
        if (kind == 0 and not depends_on_order(labels, p) or kind == 1 and not depends_on_halves(labels, p)
                or kind == 2 and not short.any()):
            continue
        out.append({"peaked": peaked.tolist(), "flat": flat.tolist(), "min_examples_per_class": keep,
                    "calibrated": calibrated.tolist(), "selections": multiclass_answers(labels, p, keep)})
    return out


def multilabel(rng):
    out = []
    for i in range(50):
        c, n = int(rng.integers(1, 6)), int(rng.integers(1, 4)) if i % 8 == 7 else int(rng.integers(5, 18))
        scale = int(rng.choice([2, 5, 10, 1000]))
        y = rng.random((n, c)) < rng.dirichlet(np.full(c, 3.0)) * min(c, 3) * rng.uniform(0.3, 0.7)
        y[:2] = [[True], [False]][:n] if i % 5 else y[:2]
        if i % 10 == 9:
            y[:, 0] = i % 20 == 9
        w = np.where(rng.random((n, c)) < rng.uniform(0.5, 0.95), y, ~y) * (scale - scale // 3)
        w = w + rng.integers(0, scale // 3 + 1, (n, c))
        p, lists, keep = w / scale, [np.flatnonzero(r).tolist() for r in y], int(rng.choice([0, 1, 1, 2]))
        args = {"min_examples_per_class": keep, "n_jobs": 1}

        def class_scores(method, adjust):
            return floats(answer(lambda: ml_rank.get_label_quality_scores_per_class(
                lists, p, method=method, adjust_pred_probs=adjust)))

        def record_scores(pool):
            return floats(answer(lambda: ml_rank.get_label_quality_scores(lists, p, aggregator_kwargs=POOLS[pool])))
        out.append({"labels": bits(y), "weights": w.tolist(), "scale": scale, "min_examples_per_class": keep,
                    "class_selections": selections(lambda s: ml_filter.find_multilabel_issues_per_class(
                        lists, p, filter_by=s, **args)),
                    "record_selections": selections(lambda s: ml_filter.find_label_issues(lists, p, filter_by=s, **args)),
                    "margin": class_scores("normalized_margin", False),
                    "entropy": class_scores("confidence_weighted_entropy", False),
                    "adjusted_confidence": class_scores("self_confidence", True),
                    "pooled": [record_scores(pool) for pool in ("ema", "softmin", "min", "mean")]})
    return out


class Canned(CleanLearning):
    """CleanLearning whose models' out-of-sample predictions are given, in the order in which it asks for them."""

    def __init__(self, answers, n_boot):
        super().__init__(n_boot=n_boot)
        self.answers = iter(answers)

    def _get_cv_predictions(self, *_, **__):
        return next(self.answers)

    def _find_best_k(self, **_):
        return 0.1, -np.inf


def regression(rng):
    out = []
    for i in range(50):
        n, boots = int(rng.integers(2, 25)) if i else 150, int(rng.integers(0, 5))
        unit = int(rng.choice([1, 10, 100]))
        labels = rng.integers(-9, 10, n) if i % 2 else rng.integers(2000, 9000, n)
        if i % 10 == 9:
            labels[:] = labels[0]
        noise = rng.integers(-2 * unit, 2 * unit + 1, n) * (rng.random(n) < 0.8)
        predictions = labels + noise
        bootstrap = predictions[:, None] + rng.integers(-unit, unit + 1, (n, boots)) * (rng.random((n, 1)) < 0.8)
        predicted_residuals = rng.integers(-unit, unit + 1, n) if i % 7 else np.zeros(n, int)
        y, f, b, r = (a / unit for a in (labels, predictions, bootstrap, predicted_residuals))
        model = Canned([f, f, *b.T, r], boots)
        scaled = model.find_label_issues(np.zeros((n, 1)), y)["label_quality"].to_numpy()
        out.append({"unit": unit, "labels": labels.tolist(), "predictions": predictions.tolist(),
                    "bootstrap": bootstrap.tolist(), "predicted_residuals": predicted_residuals.tolist(),
                    "residual": floats(regression_scores(y, f, method="residual")),
                    "outre": floats(regression_scores(y, f, method="outre")), "scaled": floats(scaled)})
    return out


def write(maker, number):
    problems = maker(np.random.default_rng([2026, 200 + number]))
    head = json.dumps({m.__name__: m.__version__ for m in (cleanlab, np, sklearn)})
    lines = ",\n".join(json.dumps(p, separators=(",", ":"), allow_nan=False) for p in problems)
    path = OUT / f"confident_{maker.__name__}.json"
    path.write_text(f'{{"made_with":{head},\n"problems":[\n{lines}\n]}}\n')
    np.argsort = default_argsort
    unstable = maker(np.random.default_rng([2026, 200 + number]))
    np.argsort = stable_argsort
    changed = sum(a != b for a, b in zip(problems, unstable))
    refused = sum(s is None for p in problems for s in p.get("selections", []) + p.get("class_selections", []))
    print(f"{path.name}: {len(problems)} problems, {path.stat().st_size} bytes, {refused} selections refused, "
          f"{changed} problems whose answer changes with the unstable sort")


def main():
    warnings.simplefilter("ignore")
    np.argsort = stable_argsort
    for number, maker in enumerate([multiclass, large, multilabel, regression, counts]):
        write(maker, number)


main()
