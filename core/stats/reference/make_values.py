#!/usr/bin/env python3
"""Writes tests/values/*.json: random problems and their answers by NumPy, SciPy, scikit-learn and statsmodels.

    python core/stats/reference/make_values.py

Needed only when a problem is added: the values are committed and the tests read nothing else. Problems are
small and rounded, so that ties are frequent; some are all ties or as small as the statistic allows.
"""
import json
import pathlib
import warnings

import numpy as np
import scipy
import scipy.stats as st
import sklearn
import sklearn.metrics as skm
import statsmodels
from scipy.optimize import linear_sum_assignment
from sklearn.calibration import calibration_curve
from statsmodels.stats.multitest import multipletests

OUT = pathlib.Path(__file__).resolve().parent.parent / "tests" / "values"
PROBLEMS = 60
LARGE = 20_000


def rounded(rng, size, digits=None):
    """Values with few digits (0 = only a handful of different values)."""
    digits = int(rng.integers(0, 4)) if digits is None else digits
    return np.round(rng.normal(size=size) * (1 if digits else 2), digits) + 0.0


def mixed_labels(rng, n):
    labels = rng.random(n) < rng.uniform(0.15, 0.85)
    labels[rng.permutation(n)[:2]] = [True, False]
    return labels


def large(multiplier, modulus):
    """The same integers as `large` in tests/parity_inference.rs, without storing them."""
    i = np.arange(LARGE, dtype=np.int64)
    return ((i * i % modulus) * multiplier + i) % modulus


def bits(labels):
    return "".join("1" if v else "0" for v in np.asarray(labels).ravel())


def auroc(rng):
    out = []
    for _ in range(PROBLEMS):
        n = int(rng.integers(2, 30))
        labels, scores = mixed_labels(rng, n), rounded(rng, n)
        decisions = scores > np.median(scores)
        out.append({"labels": bits(labels), "scores": scores, "auroc": skm.roc_auc_score(labels, scores),
                    "hard": skm.roc_auc_score(labels, decisions), "decisions": bits(decisions)})
    return out


def macro_auroc(rng):
    out = []
    for _ in range(PROBLEMS):
        n, c = int(rng.integers(4, 12)), int(rng.integers(1, 5))
        labels, scores = rng.random((n, c)) < 0.25, rounded(rng, (n, c), 1)
        labels[:, 0] = mixed_labels(rng, n)
        defined = [k for k in range(c) if 0 < labels[:, k].sum() < n]
        out.append({"labels": bits(labels), "scores": scores,
                    "mean": np.mean([skm.roc_auc_score(labels[:, k], scores[:, k]) for k in defined]),
                    "skipped": [k for k in range(c) if k not in defined]})
    return out


def classification(rng):
    out = []
    for _ in range(PROBLEMS):
        n, c = int(rng.integers(2, 15)), int(rng.integers(2, 5))
        labels = rng.random((n, c)) < rng.uniform(0.1, 0.9)
        decisions = labels ^ (rng.random((n, c)) < 0.3)
        share = labels.mean(0)
        flat = (labels[:, 0], decisions[:, 0])
        (tn, fp), (fn, tp) = skm.confusion_matrix(*flat, labels=[False, True])
        ratio = lambda score, **k: None if np.isnan(v := score(*flat, zero_division=np.nan, **k)) else v
        out.append({"n": n, "labels": bits(labels), "decisions": bits(decisions),
                    "agreement": 1 - skm.hamming_loss(labels, decisions),
                    "exact_match": skm.accuracy_score(labels, decisions),
                    "majority": np.maximum(share, 1 - share).mean(),
                    "counts": [tp, fp, tn, fn], "accuracy": skm.accuracy_score(*flat),
                    "sensitivity": ratio(skm.recall_score), "specificity": ratio(skm.recall_score, pos_label=False),
                    "precision": ratio(skm.precision_score),
                    "f1": ratio(skm.f1_score)})
    return out


def calibration(rng):
    out = []
    for _ in range(PROBLEMS):
        n, bins = int(rng.integers(2, 40)), int(rng.choice([1, 5, 10, 15]))
        labels, p = mixed_labels(rng, n), np.round(rng.random(n), int(rng.integers(1, 4)))
        observed, predicted = calibration_curve(labels, p, n_bins=bins)
        edges = np.linspace(0, 1, bins + 1)
        counts = np.bincount(np.searchsorted(edges[1:-1], p), minlength=bins)
        out.append({"labels": bits(labels), "probabilities": p, "bins": bins, "records": counts,
                    "brier": skm.brier_score_loss(labels, p),
                    "ece": np.sum(counts[counts > 0] * np.abs(observed - predicted)) / n})
    return out


def regression(rng):
    out = []
    for _ in range(PROBLEMS):
        n = int(rng.integers(4, 25))
        targets = np.round(rounded(rng, n) + np.eye(n)[0], 3)
        predictions = np.round(targets * rng.uniform(-1, 2) + rng.normal(size=n), 2)
        out.append({"targets": targets, "predictions": predictions,
                    "mae": skm.mean_absolute_error(targets, predictions),
                    "rmse": skm.root_mean_squared_error(targets, predictions),
                    "r2": skm.r2_score(targets, predictions),
                    "pearson": st.pearsonr(targets, predictions).statistic,
                    "spearman": st.spearmanr(targets, predictions).statistic})
    return out


def summary(rng):
    out = []
    for _ in range(PROBLEMS):
        values = np.round(rounded(rng, int(rng.integers(2, 20))) * 10.0 ** rng.integers(-3, 4), 6)
        at = np.round(np.r_[rng.random(3), 0, 1], 3)
        out.append({"values": values, "at": at, "mean": values.mean(), "sd": values.std(ddof=1),
                    "quantiles": np.quantile(values, at), "five": np.percentile(values, [0, 25, 50, 75, 100]),
                    "midranks": st.rankdata(values)})
    return out


def association(rng):
    out = []
    for _ in range(PROBLEMS):
        n, k, c = int(rng.integers(3, 14)), int(rng.integers(1, 4)), int(rng.integers(1, 4))
        x, y = rounded(rng, (n, k)), rounded(rng, (n, c))
        y[:, 0] = mixed_labels(rng, n)
        if rng.random() < 0.15:
            x[:, 0] = 0.5  # a cluster that never occurs
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pairs = [[st.spearmanr(x[:, i], y[:, j]) for j in range(c)] for i in range(k)]
        rho = np.array([[p.statistic for p in row] for row in pairs])
        p = np.array([[p.pvalue for p in row] for row in pairs])
        adjusted = np.full_like(p, np.nan)
        if np.isfinite(p).any():
            adjusted[np.isfinite(p)] = st.false_discovery_control(p[np.isfinite(p)])
        out.append({"n": n, "x": x, "y": y, "rho": rho, "p": p, "p_adjusted": adjusted})
    return out


def large_tables(_):
    a, b = large(7, 10_007), large(3, 97)
    c = a + 400 * b
    u = st.mannwhitneyu(a[:9_000], c[9_000:], method="asymptotic")
    kruskal = st.kruskal(a[:5_000], c[5_000:9_000], a[9_000:])
    labels = b % 3 == 0
    return [{"spearman": [[s.statistic, s.pvalue] for s in (st.spearmanr(a, b), st.spearmanr(a, c), st.spearmanr(b, c))],
             "auroc": skm.roc_auc_score(labels, c), "mann_whitney": [u.statistic, u.pvalue],
             "kruskal": [kruskal.statistic, kruskal.pvalue]}]


def spearman_p_values(rng):
    """p-values over many sizes, from the distribution itself."""
    out = []
    for n in [3, 4, 5, 7, 10, 30, 100, 350, 1_000, 20_000, 1_000_000]:
        for t in [1e-6, 0.01, 0.3, 1.0, 1.7, 1.8, 2.5, 4.0, 8.0, 20.0]:
            rho = t / np.sqrt(n - 2 + t * t)
            t = rho * np.sqrt((n - 2) / ((rho + 1.0) * (1.0 - rho)))
            out.append({"n": n, "rho": rho, "p": 2 * st.t.sf(t, n - 2)})
    return out


def correction(rng):
    out = []
    for _ in range(PROBLEMS):
        p = np.round(rng.random(int(rng.integers(1, 20))) ** rng.integers(1, 5), int(rng.integers(1, 6)))
        bh = st.false_discovery_control(p)
        assert np.allclose(bh, multipletests(p, method="fdr_bh")[1], atol=1e-14)
        out.append({"p": p, "bh": bh, "holm": multipletests(p, method="holm")[1]})
    return out


def groups(rng):
    out = []
    while len(out) < PROBLEMS:
        samples = [np.round(rounded(rng, int(rng.integers(1, 12)), int(rng.integers(0, 3))) + rng.integers(0, 2), 3)
                   for _ in range(int(rng.integers(2, 5)))]
        n = sum(map(len, samples))
        if n <= len(samples) or len(set(np.concatenate(samples))) == 1:
            continue
        k = len(samples)
        test = st.kruskal(*samples)
        pairs = [(samples[i], samples[j]) for i in range(k) for j in range(i + 1, k)]
        with np.errstate(all="ignore"):
            u = [st.mannwhitneyu(a, b, method="asymptotic") for a, b in pairs]
        out.append({"samples": samples, "h": test.statistic, "p": test.pvalue,
                    "epsilon2": test.statistic * (n + 1) / (n * n - 1),
                    "eta2": (test.statistic - k + 1) / (n - k),
                    "u": [t.statistic for t in u], "pair_p": [t.pvalue for t in u],
                    "holm": multipletests([t.pvalue for t in u], method="holm")[1],
                    "delta": [np.sign(a[:, None] - b[None, :]).mean() for a, b in pairs]})
    return out


def entropy(rng):
    out = []
    for _ in range(PROBLEMS):
        k = int(rng.integers(2, 8))
        p = rng.dirichlet(np.full(k, rng.uniform(0.1, 3))) * (rng.random(k) < 0.8)
        p = p / p.sum() if p.sum() > 0 else np.eye(k)[0]
        out.append({"p": p, "entropy": st.entropy(p) / np.log(k)})
    return out


def clusters(rng):
    out = []
    for _ in range(PROBLEMS):
        n, k1, k2 = int(rng.integers(1, 40)), int(rng.integers(1, 6)), int(rng.integers(1, 6))
        a = rng.integers(0, k1, n)
        b = np.where(rng.random(n) < rng.random(), a % k2, rng.integers(0, k2, n))
        table = np.zeros((k1, k2), int)
        np.add.at(table, (a, b), 1)
        out.append({"a": a, "b": b, "k": [k1, k2], "table": table, "ari": skm.adjusted_rand_score(a, b),
                    "nmi": skm.normalized_mutual_info_score(a, b),
                    "matched": table[linear_sum_assignment(table, maximize=True)].sum()})
    return out


def plain(value):
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(v) for v in value]
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return None if np.isnan(value) else float(value)
    return value


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    made_with = {m.__name__: m.__version__ for m in (np, scipy, sklearn, statsmodels)}
    makers = [auroc, macro_auroc, classification, calibration, regression, summary, association, large_tables,
              spearman_p_values, correction, groups, entropy, clusters]
    for number, maker in enumerate(makers):
        problems = plain(maker(np.random.default_rng([2026, number])))
        lines = ",\n".join(json.dumps(p, separators=(",", ":"), allow_nan=False) for p in problems)
        head = json.dumps(made_with)
        (OUT / f"{maker.__name__}.json").write_text(f'{{"made_with":{head},\n"problems":[\n{lines}\n]}}\n')


main()
