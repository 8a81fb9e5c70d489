"""Writes tests/fixtures/scikit_learn.json: what scikit-learn 1.9 makes of the data that
tests/common/mod.rs draws by the same formulas.

    python plugins/linfa/reference/make_values.py
"""

import json
import math
import pathlib

import numpy as np
from sklearn.linear_model import ElasticNet, LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import StandardScaler


class Draws:
    """Knuth's 64-bit linear congruential generator, and normal deviates by Box and Muller."""

    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return ((self.state >> 11) + 0.5) / 2**53

    def normal(self):
        radius = math.sqrt(-2 * math.log(self.uniform()))
        return radius * math.cos(2 * math.pi * self.uniform())


def classification(rows, classes, seed):
    """Four features of differing scale; the label is the largest of noisy linear scores."""
    draws = Draws(seed)
    x, y = [], []
    for _ in range(rows):
        row = [draws.normal() * scale for scale in (1.0, 0.1, 10.0, 1.0)]
        scores = [
            math.cos(1 + c) * row[0] + 10 * math.sin(2 + c) * row[1] + 0.1 * math.cos(3 * c) * row[2]
            + 0.7 * draws.normal()
            for c in range(classes)
        ]
        x.append(row)
        y.append(scores.index(max(scores)))
    return np.array(x), np.array(y)


def blobs(rows, seed):
    """Three overlapping Gaussians in two dimensions, rounded to f32."""
    draws = Draws(seed)
    out = []
    for i in range(rows):
        a, b = draws.normal(), draws.normal()
        out.append([(a, b), (4 + 0.5 * a, 1 + 0.5 * a + b), (1 + 1.5 * a, 5 + 0.5 * b)][i % 3])
    return np.array(out, dtype=np.float32).astype(np.float64)


def regression(rows, seed):
    """The features of `classification`; a linear target in years with noise, to which the fourth adds nothing."""
    draws = Draws(seed)
    x, y = [], []
    for _ in range(rows):
        row = [draws.normal() * scale for scale in (1.0, 0.1, 10.0, 1.0)]
        x.append(row)
        y.append(50 + 8 * row[0] - 60 * row[1] + 0.5 * row[2] + 5 * draws.normal())
    return np.array(x), np.array(y)


values = {}
for name, classes in (("binary", 2), ("multinomial", 3)):
    x, y = classification(150, classes, 11 + classes)
    z = StandardScaler().fit_transform(x)
    for alpha in (1.0, 0.05):
        model = LogisticRegression(C=1 / alpha, tol=1e-10, max_iter=10000).fit(z, y)
        values[f"{name}_{alpha}"] = np.round(model.predict_proba(z), 8).ravel().tolist()

x, y = regression(150, 21)
z = StandardScaler().fit_transform(x)
for penalty in (0.01, 0.5):
    for l1_ratio in (0.1, 0.5, 1.0):
        model = ElasticNet(alpha=penalty, l1_ratio=l1_ratio, tol=1e-12, max_iter=100000)
        fitted = model.fit(z, (y - y.mean()) / y.std()).predict(z)
        values[f"elastic_net_{penalty}_{l1_ratio}"] = np.round(y.mean() + y.std() * fitted[:50], 8).tolist()

x = blobs(600, 5)
mixture = GaussianMixture(3, tol=1e-12, max_iter=10000, n_init=10, random_state=0, reg_covar=1e-6).fit(x)
order = np.argsort(mixture.means_[:, 0])
values["mixture_means"] = np.round(mixture.means_[order], 8).ravel().tolist()
values["mixture_posterior"] = np.round(mixture.predict_proba(x)[:60, order], 8).ravel().tolist()
values["mixture_log_likelihood"] = mixture.score(x)

target = pathlib.Path(__file__).parent.parent / "tests" / "fixtures" / "scikit_learn.json"
target.write_text(json.dumps(values) + "\n")
print({name: np.shape(value) for name, value in values.items()})
