"""Our confident learning beside cleanlab's: same labels and probabilities, same threads, same selections.

    python benches/peers/cleanlab.py [--records 1000000] [--classes 20] [--rounds 3] [--threads 2]

Needs numpy and cleanlab; Linux, for the peak of memory. Labels and probabilities are written once to raw files, and
each program reads them in a process of its own. Rounds alternate between the two programs, as other work on the machine
would otherwise favour one; the table shows the median of each figure and the median of the rounds' ratios (ours over
cleanlab's). That both select the same records is checked, and said in the last column.

    find    cleanlab.filter.find_label_issues with the named selection, n_jobs = threads
    score   cleanlab.rank.get_label_quality_scores, normalised margin
    peak    resident memory of the process at its highest, the data included (cleanlab: without its child processes)
    beyond  the same, less what it was once the data were read: what the computation itself takes
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
SELECTIONS = ["prune_by_noise_rate", "both", "confident_learning", "low_self_confidence"]


def problem(records, classes, rng):
    """Softmax outputs of a fair classifier, classes of unequal size, and one label in ten drawn at random."""
    share = rng.dirichlet(np.full(classes, 2.0))
    truth = rng.choice(classes, records, p=share)
    logits = rng.normal(size=(records, classes))
    logits[np.arange(records), truth] += rng.normal(2.5, 1.0, records)
    p = np.exp(logits)
    p /= p.sum(1, keepdims=True)
    labels = np.where(rng.random(records) < 0.1, rng.integers(0, classes, records), truth)
    return labels, p


def peak_memory():
    status = pathlib.Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) * 1024


def timed(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def peer(folder, records, classes, selection, threads):
    """What the child process of cleanlab does."""
    # This file bears the library's name: look for the library elsewhere.
    sys.path = [p for p in sys.path if pathlib.Path(p or ".").resolve() != pathlib.Path(__file__).resolve().parent]
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    folder = pathlib.Path(folder)
    labels = np.fromfile(folder / "labels.u32", np.uint32).astype(np.int64)
    p = np.fromfile(folder / "probabilities.f64").reshape(int(records), int(classes))
    loaded = peak_memory()
    find, selected = timed(lambda: find_label_issues(labels, p, filter_by=selection, n_jobs=int(threads)))
    score, scores = timed(lambda: get_label_quality_scores(labels, p, method="normalized_margin"))
    selected.astype(np.uint8).tofile(folder / "selected.u8")
    print(json.dumps({"find": find, "score": score, "score_sum": float(scores.sum()), "loaded": loaded,
                      "peak": peak_memory()}))


def run(command, folder):
    """(Figures of a child process, the selection it left)."""
    out = subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE, text=True).stdout
    figures = json.loads(out.splitlines()[-1])
    figures["beyond"] = figures["peak"] - figures["loaded"]
    return figures, np.fromfile(folder / "selected.u8", np.uint8)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--classes", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--selections", nargs="+", default=SELECTIONS)
    o = parser.parse_args()

    build = ["cargo", "build", "--release", "-p", "ecg-audit-stats", "--example", "time_confident", "--message-format=json"]
    built = subprocess.run(build, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    ours = next(m["executable"] for m in map(json.loads, built.splitlines())
                if m.get("target", {}).get("name") == "time_confident" and m.get("executable"))

    print(f"{o.records} x {o.classes}, {o.threads} threads; median of {o.rounds} rounds; seconds and MiB")
    print(f"{'selection':>22} {'figure':>7} {'cleanlab':>10} {'ours':>10} {'ratio':>7}")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        labels, p = problem(o.records, o.classes, np.random.default_rng(7))
        labels.astype("<u4").tofile(folder / "labels.u32")
        p.astype("<f8").tofile(folder / "probabilities.f64")
        del labels, p
        for selection in o.selections:
            arguments = [folder, o.records, o.classes, selection, o.threads]
            rounds, same = [], True
            for _ in range(o.rounds):
                theirs, their_selection = run([sys.executable, __file__, "--as-peer", *arguments], folder)
                mine, my_selection = run([ours, *arguments], folder)
                same &= np.array_equal(their_selection, my_selection)
                rounds.append((theirs, mine))
            for name, unit in (("find", 1), ("score", 1), ("peak", 2**20), ("beyond", 2**20)):
                pairs = [(a[name] / unit, b[name] / unit) for a, b in rounds]
                theirs, mine = (statistics.median(side) for side in zip(*pairs))
                ratio = statistics.median(b / a for a, b in pairs)
                print(f"{selection:>22} {name:>7} {theirs:>10.3f} {mine:>10.3f} {ratio:>7.3f}")
            chosen = int(my_selection.sum())
            print(f"{selection:>22} selects {chosen} records, {'the same' if same else 'NOT the same'} in both", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--as-peer"]:
        peer(*sys.argv[2:])
    else:
        main()
