"""Writes tests/fixtures/sklearn.json: what scikit-learn makes of small data from given initial centroids.

    python reference/sklearn_kmeans.py

Needs numpy and scikit-learn. Labels, iterations and inertia are KMeans(algorithm="lloyd")'s; scores are
calinski_harabasz_score's; memberships follow from the centroids in float64.
"""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.cluster import KMeans
from sklearn.metrics import calinski_harabasz_score

OUT = pathlib.Path(__file__).resolve().parents[1] / "tests" / "fixtures" / "sklearn.json"


def blobs(rng, rows, columns, parts, spread, offset):
    centre = rng.normal(size=(parts, columns)) * 3 + offset
    return (centre[rng.integers(parts, size=rows)] + rng.normal(size=(rows, columns)) * spread).astype(np.float32)


def case(name, x, initial, tolerance, max_iterations=300):
    model = KMeans(len(initial), init=initial, n_init=1, tol=tolerance, max_iter=max_iterations, algorithm="lloyd").fit(x)
    d2 = ((x.astype(np.float64)[:, None] - model.cluster_centers_.astype(np.float64)) ** 2).sum(2)
    inertia = d2[np.arange(len(x)), model.labels_].sum()
    weight = np.exp((d2.min(1, keepdims=True) - d2) / (inertia / len(x)))
    members = weight / weight.sum(1, keepdims=True)
    return {
        "name": name, "columns": x.shape[1], "features": x.ravel().tolist(), "initial": initial.ravel().tolist(),
        "tolerance": tolerance, "max_iterations": max_iterations,
        "labels": model.labels_.tolist(), "centroids": model.cluster_centers_.ravel().tolist(),
        "inertia": inertia, "iterations": model.n_iter_,
        "calinski_harabasz": calinski_harabasz_score(x.astype(np.float64), model.labels_),
        "memberships": [float(f"{m:.7g}") for m in members[:20].ravel()],
    }


def main():
    rng = np.random.default_rng(20)
    overlapping = blobs(rng, 300, 5, 6, 2.0, 0.0)
    offset = blobs(rng, 200, 7, 4, 1.0, 100.0)
    apart = blobs(rng, 120, 3, 3, 0.5, 0.0)
    far = np.concatenate([apart[:3], np.full((2, 3), 500.0, np.float32)])  # two centroids that no row is nearest to
    cases = [
        case("overlapping clusters, until no label changes", overlapping, overlapping[:6], 0.0),
        case("overlapping clusters, default tolerance", overlapping, overlapping[10:18], 1e-4),
        case("a large common offset", offset, offset[:5], 1e-4),
        case("empty clusters are refilled", apart, far, 1e-4),
        case("stopped at the iteration limit", overlapping, overlapping[30:42], 0.0, 4),
    ]
    OUT.write_text(json.dumps({"scikit-learn": sklearn.__version__, "cases": cases}) + "\n")


main()
