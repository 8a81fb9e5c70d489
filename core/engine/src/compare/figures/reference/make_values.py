"""Paired bootstrap differences by NumPy and SciPy, for `values.json` beside this file.

    python make_values.py > values.json

Two runs of 120 records of 70 patients: decisions on three classes in four folds (two other splits), and a continuous target.
Every interval is made of 10 000 resamples of patients that both runs share.
"""

import json

import numpy as np
from scipy.stats import rankdata

RECORDS, PATIENTS, CLASSES, REPLICATES = 120, 70, 3, 10_000

rng = np.random.default_rng(20)
group = np.concatenate([np.arange(PATIENTS), rng.integers(0, PATIENTS, RECORDS - PATIENTS)])
truth = rng.random((RECORDS, CLASSES)) < [0.5, 0.3, 0.2]
value = np.round(50 + 15 * rng.standard_normal(RECORDS), 3)


def answers(noise):
    logits = 2.0 * (truth - 0.5) + noise * rng.standard_normal(truth.shape)
    return np.round(1 / (1 + np.exp(-logits)), 4)


runs = []
for noise, fold_seed in ((1.0, 1), (1.6, 2)):
    folds = np.random.default_rng(fold_seed).integers(1, 5, RECORDS)
    soft = answers(noise)
    runs.append(
        {
            "folds": folds,
            "soft": soft,
            "values": np.round(value + 6 * noise * rng.standard_normal(RECORDS), 3),
        }
    )


def auroc(rows, soft):
    """Macro over classes, by the Mann-Whitney U; not a number where a class lost a label."""
    figures = []
    for c in range(CLASSES):
        target, ranks = truth[rows, c], rankdata(soft[rows, c])
        positives = target.sum()
        negatives = len(rows) - positives
        if positives == 0 or negatives == 0:
            return np.nan
        figures.append((ranks[target].sum() - positives * (positives + 1) / 2) / (positives * negatives))
    return np.mean(figures)


def agreement(rows, run):
    """Mean over folds of the agreement by record: every fold counts alike."""
    met = ((run["soft"] > 0.5) == truth).mean(axis=1)
    sizes = np.bincount(run["folds"], minlength=5)
    weights = 1 / sizes[run["folds"]]
    return np.average(met[rows], weights=weights[rows])


def mae(rows, run):
    return np.abs(run["values"] - value)[rows].mean()


def r2(rows, run):
    target, answered = value[rows], run["values"][rows]
    return 1 - ((target - answered) ** 2).sum() / ((target - target.mean()) ** 2).sum()


def difference(figure):
    everything = np.arange(RECORDS)
    draws = np.random.default_rng(3)
    members = [np.flatnonzero(group == g) for g in range(PATIENTS)]
    replicates = []
    for _ in range(REPLICATES):
        rows = np.concatenate([members[g] for g in draws.integers(0, PATIENTS, PATIENTS)])
        replicates.append(figure(rows, runs[1]) - figure(rows, runs[0]))
    replicates = np.array(replicates)
    low, high = np.quantile(replicates[~np.isnan(replicates)], [0.025, 0.975])
    return {
        "a": figure(everything, runs[0]),
        "b": figure(everything, runs[1]),
        "low": low,
        "high": high,
    }


print(
    json.dumps(
        {
            "group": group.tolist(),
            "truth": truth.tolist(),
            "value": value.tolist(),
            "runs": [{key: run[key].tolist() for key in run} for run in runs],
            "agreement": difference(agreement),
            "auroc_soft": difference(lambda rows, run: auroc(rows, run["soft"])),
            "auroc_hard": difference(lambda rows, run: auroc(rows, run["soft"] > 0.5)),
            "mae": difference(mae),
            "r2": difference(r2),
        }
    )
)
