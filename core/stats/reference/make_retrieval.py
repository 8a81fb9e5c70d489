#!/usr/bin/env python3
"""Writes tests/values/retrieval.json: rankings with ties and their average precision by scikit-learn.

    python core/stats/reference/make_retrieval.py

Made with the versions that the file names. Lower scores are more suspect, scikit-learn ranks downwards: the sign
is turned. Precision and recall at k have no reference there: they are averaged over every order of the records
that a sort by score could give, which is why those rankings have at most seven records.
"""
import itertools
import json
import pathlib

import numpy as np
import sklearn
from sklearn.metrics import average_precision_score

OUT = pathlib.Path(__file__).resolve().parent.parent / "tests" / "values" / "retrieval.json"
PROBLEMS = 60


def at_k(scores, relevant, k):
    """Mean number of relevant records among the first k, over all sorted orders."""
    orders = [o for o in itertools.permutations(range(len(scores))) if (np.diff(scores[list(o)]) >= 0).all()]
    return np.mean([relevant[list(o[:k])].sum() for o in orders])


def problem(rng, n, digits):
    scores = np.round(rng.random(n), digits) + 0.0
    relevant = rng.random(n) < rng.uniform(0.1, 0.9)
    relevant[rng.integers(n)] = True
    return scores, relevant


def main():
    rng = np.random.default_rng([2026, 100])
    problems = []
    for i in range(PROBLEMS):
        n = int(rng.integers(1, 8)) if i % 2 else int(rng.integers(1, 60))
        scores, relevant = problem(rng, n, int(rng.integers(0, 3)))
        k = int(rng.integers(1, n + 1))
        hits = at_k(scores, relevant, k) if n < 8 else None
        problems.append({"scores": scores.tolist(), "relevant": "".join("01"[int(r)] for r in relevant), "k": k,
                         "average_precision": float(average_precision_score(relevant, -scores)),
                         "precision": None if hits is None else float(hits / k),
                         "recall": None if hits is None else float(hits / relevant.sum())})
    lines = ",\n".join(json.dumps(p, separators=(",", ":"), allow_nan=False) for p in problems)
    head = json.dumps({"numpy": np.__version__, "sklearn": sklearn.__version__})
    OUT.write_text(f'{{"made_with":{head},\n"problems":[\n{lines}\n]}}\n')


main()
