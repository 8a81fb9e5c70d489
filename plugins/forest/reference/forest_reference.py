"""Writes `forest_reference.json`: what scikit-learn's random forests reach on the data of `tests/common/mod.rs`.

    python plugins/forest/reference/forest_reference.py

Each figure is the mean over six seeds, with the standard deviation over seeds beside it where it says so.
"""

import json
import math
import pathlib

import numpy as np
import sklearn
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.metrics import accuracy_score, r2_score

MASK = (1 << 64) - 1
SEEDS = range(6)


class Draws:
    """SplitMix64."""

    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return ((z ^ (z >> 31)) >> 11) / (1 << 53)

    def normal(self):
        return sum(self.uniform() for _ in range(12)) - 6.0


def classes(rows, seed):
    draws = Draws(77)
    centres = [[3.0 * draws.uniform() for _ in range(6)] for _ in range(3)]
    draws = Draws(seed)
    x, labels = [], []
    for _ in range(rows):
        label = int(draws.uniform() * 3.0)
        row = [draws.normal() for _ in range(12)]
        x.append([v + c for v, c in zip(row, centres[label] + [0.0] * 6)])
        labels.append(label)
    return np.array(x), np.array(labels)


def values(rows, seed):
    draws = Draws(seed)
    x, y = [], []
    for _ in range(rows):
        row = [draws.uniform() for _ in range(10)]
        mean = 10 * math.sin(math.pi * row[0] * row[1]) + 20 * (row[2] - 0.5) ** 2 + 10 * row[3] + 5 * row[4]
        x.append(row)
        y.append(mean + draws.normal())
    return np.array(x), np.array(y)


def brier(y, probabilities):
    return float(np.mean(np.sum((probabilities - np.eye(3)[y]) ** 2, axis=1)))


def case(kind, rows, weighted):
    make = classes if kind == "classes" else values
    (x, y), (x_test, y_test) = make(rows, 1), make(2000, 2)
    weights = 1.0 + 4.0 * (np.arange(rows) % 3 == 0) if weighted else None
    scores, oob, briers, importances = [], [], [], []
    for seed in SEEDS:
        model = RandomForestClassifier if kind == "classes" else RandomForestRegressor
        # With a bootstrap, scikit-learn 1.9 draws rows by weight, where this forest weighs the rows drawn.
        options = {"bootstrap": False, "max_features": "sqrt"} if weighted else {"oob_score": True}
        model = model(n_estimators=300, random_state=seed, n_jobs=2, **options)
        model.fit(x, y, sample_weight=weights)
        answer = model.predict(x_test)
        scores.append((accuracy_score if kind == "classes" else r2_score)(y_test, answer))
        if not weighted:
            oob.append(model.oob_score_)
        importances.append(model.feature_importances_)
        if kind == "classes":
            briers.append(brier(y_test, model.predict_proba(x_test)))
    figures = {
        "kind": kind,
        "rows": rows,
        "weighted": weighted,
        "x_sum": float(x.sum()),
        "y_sum": float(y.sum()),
        "score": float(np.mean(scores)),
        "score_sd": float(np.std(scores, ddof=1)),
        "importances": np.mean(importances, axis=0).round(6).tolist(),
    }
    if oob:
        figures["out_of_bag"] = float(np.mean(oob))
    if briers:
        figures["brier"] = float(np.mean(briers))
    return figures


def main():
    cases = [
        case(kind, rows, weighted)
        for kind in ("classes", "values")
        for rows, weighted in ((315, False), (2000, False), (2000, True))
    ]
    out = {"scikit_learn": sklearn.__version__, "trees": 300, "seeds": len(SEEDS), "cases": cases}
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
