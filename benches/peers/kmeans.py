"""Our k-means beside scikit-learn's: same rows, same initial centroids, same iterations, same threads.

    python benches/peers/kmeans.py [--rows 300000] [--columns 256] [--k 8 50] [--iterations 20] [--rounds 3]

Needs numpy and scikit-learn. The rows are a mixture of clusters of unequal size, spread and shape, written
once to a temporary raw file. Rounds alternate between the two programs, as other work on the machine would
otherwise favour one; the table shows the median of each figure and the median of the rounds' ratios.

    init       k-means++ (scikit-learn: sklearn.cluster.kmeans_plusplus)
    iteration  (seconds of all iterations - seconds of one) / (iterations - 1), from the same initial centroids
    fit        all iterations with what surrounds them: checks, norms, final labels, inertia
    assign     squared distances and memberships (scikit-learn: transform and a softmax in numpy)
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

import numpy as np
import sklearn
from sklearn.cluster import KMeans, kmeans_plusplus
from threadpoolctl import threadpool_limits

ROOT = pathlib.Path(__file__).resolve().parents[2]


def mixture(rows, columns, rng):
    """Sixty clusters in a 24-dimensional subspace, with noise in all columns and a common offset."""
    parts, inner = 60, 24
    share = rng.dirichlet(np.full(parts, 2.0))
    part = rng.choice(parts, rows, p=share)
    centre = rng.normal(size=(parts, inner)) * 2.0
    spread = rng.uniform(0.5, 1.5, size=(parts, inner))
    latent = centre[part] + rng.normal(size=(rows, inner)) * spread[part]
    mixing = rng.normal(size=(inner, columns)) / np.sqrt(inner)
    x = latent.astype(np.float32) @ mixing.astype(np.float32)
    x += rng.normal(size=(rows, columns), scale=0.3).astype(np.float32) + np.float32(0.5)
    return x


def timed(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def peer(x, initial, k, iterations):
    def fit(limit):
        return KMeans(k, init=initial, n_init=1, max_iter=limit, tol=0, algorithm="lloyd", copy_x=False).fit(x)

    seeding, _ = timed(lambda: kmeans_plusplus(x, k, random_state=1))
    one, _ = timed(lambda: fit(1))
    everything, model = timed(lambda: fit(iterations))

    def soft():
        d = model.transform(x) ** 2
        g = np.exp((d.min(1, keepdims=True) - d) / (model.inertia_ / len(x)))
        return g / g.sum(1, keepdims=True)

    assign, _ = timed(soft)
    return {"seeding": seeding, "one": one, "all": everything, "iterations": model.n_iter_,
            "inertia": model.inertia_, "assign": assign}


def figures(run):
    return {"init": run["seeding"], "iteration": (run["all"] - run["one"]) / max(run["iterations"] - 1, 1),
            "fit": run["all"], "assign": run["assign"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--columns", type=int, default=256)
    parser.add_argument("--k", type=int, nargs="+", default=[8, 50])
    parser.add_argument("--iterations", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--data", type=pathlib.Path, help="cluster these rows (a .npy file) instead")
    o = parser.parse_args()

    build = ["cargo", "build", "--release", "-p", "ecg-audit-kmeans", "--example", "time_kmeans", "--message-format=json"]
    built = subprocess.run(build, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    ours = next(m["executable"] for m in map(json.loads, built.splitlines())
                if m.get("target", {}).get("name") == "time_kmeans" and m.get("executable"))

    rng = np.random.default_rng(7)
    x = np.ascontiguousarray(np.load(o.data), np.float32) if o.data else mixture(o.rows, o.columns, rng)
    rows, columns = x.shape
    print(f"{rows} x {columns}, at most {o.iterations} iterations, {o.threads} threads, scikit-learn {sklearn.__version__}")
    print(f"{'k':>4} {'figure':>10} {'scikit-learn':>13} {'ours':>9} {'ratio':>6}   (seconds; median of {o.rounds} rounds)")
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(o.threads):
        folder = pathlib.Path(folder)
        x.tofile(folder / "rows.f32")
        for k in o.k:
            initial = x[rng.choice(rows, k, replace=False)]
            initial.tofile(folder / "initial.f32")
            rounds = []
            for _ in range(o.rounds):
                command = [ours, folder, rows, columns, k, o.iterations, o.threads]
                mine = json.loads(subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE).stdout)
                rounds.append((peer(x, initial, k, o.iterations), mine))
            for name in ("init", "iteration", "fit", "assign"):
                pairs = [(figures(a)[name], figures(b)[name]) for a, b in rounds]
                theirs, mine = (statistics.median(side) for side in zip(*pairs))
                ratio = statistics.median(b / a for a, b in pairs)
                print(f"{k:>4} {name:>10} {theirs:>13.4f} {mine:>9.4f} {ratio:>6.3f}")
            a, b = rounds[-1]
            print(f"{k:>4} {'inertia':>10} {a['inertia']:>13.7g} {b['inertia']:>9.7g} {b['inertia'] / a['inertia'] - 1:>+.1e}"
                  f"   iterations {a['iterations']} and {b['iterations']}", flush=True)


main()
