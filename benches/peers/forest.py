"""The forest beside scikit-learn's, on the same data, interleaved, in one run.

    cargo build --release -p ecg-audit-forest --example time_forest
    python benches/peers/forest.py [--threads 2] [--repeats 3] [--binary PATH]

Prints a table: seconds of fit and prediction (medians), the ratio ours / scikit-learn, and the held-out score of
both (accuracy or R²). Needs numpy and scikit-learn.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import numpy as np
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.metrics import accuracy_score, r2_score

ROOT = pathlib.Path(__file__).resolve().parents[2]


def classification(rng, rows, columns, classes):
    """Classes from several informative columns: two Gaussian clusters each, the rest of the columns noise."""
    informative = min(columns // 2, 12)
    centres = rng.normal(0.0, 1.1, (classes, 2, informative))
    y = rng.integers(0, classes, rows)
    x = rng.normal(0.0, 1.0, (rows, columns))
    x[:, :informative] += centres[y, rng.integers(0, 2, rows)]
    flip = rng.random(rows) < 0.03
    y[flip] = rng.integers(0, classes, flip.sum())
    return x, y


def proportions(rng, rows, columns, classes):
    """What an audit has: cluster proportions of few timestamps, which sum to 1, and labels that depend on them."""
    base = rng.gamma(0.6, 1.0, (classes, columns)) + 0.05
    y = rng.integers(0, classes, rows)
    p = np.array([rng.dirichlet(base[label] * 4) for label in y])
    x = np.array([rng.multinomial(75, row) for row in p]) / 75.0
    return x, y


def friedman(rng, rows, columns, _classes):
    """Friedman's first function (Friedman 1991) with noise of standard deviation 1, the rest of the columns noise."""
    x = rng.random((rows, columns))
    y = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    return x, y + rng.normal(0.0, 1.0, rows)


# name, generator, training rows, held-out rows, columns, classes (0: values), fits in a row
CASES = [
    ("20 000 × 30, 2 classes", classification, 20_000, 10_000, 30, 2, 1),
    ("20 000 × 30, 5 classes", classification, 20_000, 10_000, 30, 5, 1),
    ("20 000 × 30, values", friedman, 20_000, 10_000, 30, 0, 1),
    ("315 × 20, 5 classes", proportions, 315, 2_000, 20, 5, 20),
    ("315 × 20, 2 classes", proportions, 315, 2_000, 20, 2, 20),
    ("315 × 20, values", friedman, 315, 2_000, 20, 0, 20),
]


def peer(x, y, x_test, classes, trees, threads, fits, seed):
    kind = RandomForestClassifier if classes else RandomForestRegressor
    start = time.perf_counter()
    for fit in range(fits):
        model = kind(n_estimators=trees, n_jobs=threads, random_state=seed + fit).fit(x, y)
    fitted = time.perf_counter() - start
    start = time.perf_counter()
    answer = model.predict_proba(x_test) if classes else model.predict(x_test)
    predicted = time.perf_counter() - start
    return fitted, predicted, answer


def ours(binary, folder, shape, classes, trees, threads, fits, seed):
    numbers = [*shape, classes, trees, threads, fits, seed]
    line = subprocess.run(
        [binary, folder, *map(str, numbers)], check=True, capture_output=True, text=True
    ).stdout
    fitted, predicted = map(float, line.split())
    answer = np.fromfile(pathlib.Path(folder) / "predictions").reshape(shape[1], max(classes, 1))
    return fitted, predicted, answer if classes else answer[:, 0]


def score(y, answer, classes):
    return accuracy_score(y, answer.argmax(axis=1)) if classes else r2_score(y, answer)


def compare(case, options):
    name, generate, rows, test_rows, columns, classes, fits = case
    rng = np.random.default_rng(11)
    x, y = generate(rng, rows + test_rows, columns, classes)
    x = x.astype(np.float32).astype(np.float64)  # the peer works on f32: both see the same values
    x, x_test, y, y_test = x[:rows], x[rows:], y[:rows], y[rows:]
    runs = {"peer": [], "ours": []}
    with tempfile.TemporaryDirectory() as folder:
        for file, values in (("x_train", x), ("y_train", y), ("x_test", x_test)):
            values.astype("<f8").tofile(pathlib.Path(folder) / file)
        for repeat in range(options.repeats):
            seed = 1000 * repeat
            common = (classes, options.trees, options.threads, fits, seed)
            for who in ("peer", "ours") if repeat % 2 else ("ours", "peer"):
                if who == "peer":
                    run = peer(x, y, x_test, *common)
                else:
                    run = ours(options.binary, folder, (rows, test_rows, columns), *common)
                runs[who].append((run[0] / fits, run[1], score(y_test, run[2], classes)))
    fit, predict, held_out = (
        [[run[i] for run in runs[who]] for who in ("ours", "peer")] for i in range(3)
    )
    cells = [name]
    for seconds in (fit, predict):
        mine, theirs = map(statistics.median, seconds)
        cells += [f"{mine:.4f}", f"{theirs:.4f}", f"{mine / theirs:.3f}"]
    mine, theirs = map(statistics.mean, held_out)
    cells += [f"{mine:.4f}", f"{theirs:.4f}", f"{mine - theirs:+.4f}"]
    print("| " + " | ".join(cells) + " |", flush=True)


def main():
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--trees", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--binary", default=target / "release/examples/time_forest")
    options = parser.parse_args()
    print(f"{options.trees} trees, {options.threads} threads, {options.repeats} repeats, medians of seconds per fit")
    print("| case | fit | peer | ratio | predict | peer | ratio | score | peer | difference |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for case in CASES:
        if options.only in case[0]:
            compare(case, options)


if __name__ == "__main__":
    main()
