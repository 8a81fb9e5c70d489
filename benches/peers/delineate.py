"""The dwt plugin beside NeuroKit2's dwt on LUDB: sensitivity, positive predictive value, error, and time.

    cargo build --release -p ecg-audit-dwt --example delineate
    python benches/peers/delineate.py [--data DIR] [--binary PATH] [--rates 500 100] [--no-neurokit] [--half dev|val]

DIR holds LUDB (default: data/ludb in $ECG_AUDIT_SHARED, or ../shared beside the project). Needs numpy, scipy, wfdb and
neurokit2.

What is counted: a point is found if the method puts one within 150 ms of the annotated one (nearest first, one to one); a found
point that matches none is false if it lies between the first and the last annotated QRS of its lead, for LUDB annotates
only the middle beats. Errors are found minus annotated, in ms. A boundary that the annotators left out counts neither way.

Rows: `alone` sees one lead at a time, `leads` is the plugin's per-lead answer when it sees all twelve, `fused` its answer over all
leads, held against the median of the leads' annotations (waves annotated in at least half of the leads; a wave annotated
in fewer counts neither way). `nk2` is NeuroKit2 on one lead at a time (it has no other mode). `II` is lead II only, `all` the sum over
twelve leads. Halves: records at odd positions in RECORDS are for development, at even positions for validation.
"""

import argparse
import json
import os
import pathlib
import subprocess
import tempfile
import time
import warnings

import numpy as np
import scipy.signal
import wfdb

ROOT = pathlib.Path(__file__).resolve().parents[2]
LEADS = ["i", "ii", "iii", "avr", "avl", "avf", "v1", "v2", "v3", "v4", "v5", "v6"]
WAVES = {"p": "p", "N": "qrs", "t": "t"}
POINTS = [(wave, part) for wave in ("p", "qrs", "t") for part in ("onset", "peak", "offset")]
CSE_MS = {("p", "onset"): 10.2, ("p", "offset"): 12.7, ("qrs", "onset"): 6.5, ("qrs", "offset"): 11.6, ("t", "offset"): 30.6}
TOLERANCE_S = 0.150


def annotations(path, rate):
    """Per lead: waves as {wave: array [n, 3] of onset, peak, offset in seconds, NaN where left out}."""
    leads = []
    for lead in LEADS:
        read = wfdb.rdann(path, lead)
        waves = {wave: [] for wave in WAVES.values()}
        symbols, samples = read.symbol, read.sample
        for n, symbol in enumerate(symbols):
            if symbol not in WAVES:
                continue
            onset = samples[n - 1] if n and symbols[n - 1] == "(" else np.nan
            offset = samples[n + 1] if n + 1 < len(symbols) and symbols[n + 1] == ")" else np.nan
            waves[WAVES[symbol]].append((onset / rate, samples[n] / rate, offset / rate))
        leads.append({wave: np.array(rows, float).reshape(-1, 3) for wave, rows in waves.items()})
    return leads


def fused_annotations(leads):
    """The median over leads of each wave, and the waves that too few leads have."""
    kept, doubtful = {}, {}
    for wave in WAVES.values():
        rows = np.concatenate([lead[wave] for lead in leads])
        rows = rows[np.argsort(rows[:, 1])]
        breaks = np.flatnonzero(np.diff(rows[:, 1]) > 0.1) + 1
        clusters = [cluster for cluster in np.split(rows, breaks) if len(cluster)]
        median = lambda cluster: [np.nanmedian(c) if np.isfinite(c).any() else np.nan for c in cluster.T]
        half = len(leads) / 2
        kept[wave] = np.array([median(c) for c in clusters if len(c) >= half]).reshape(-1, 3)
        doubtful[wave] = np.array([median(c) for c in clusters if len(c) < half]).reshape(-1, 3)
    return kept, doubtful


class Score:
    """Counts and errors of the nine points."""

    def __init__(self):
        self.found = {point: [0, 0, 0] for point in POINTS}
        self.errors = {point: [] for point in POINTS}

    def add(self, annotated, found, doubtful=None):
        beats = annotated["qrs"][:, 1]
        if not len(beats):
            return
        first, last = beats.min(), beats.max()
        for wave, part in POINTS:
            column = ("onset", "peak", "offset").index(part)
            given = annotated[wave][:, column]
            free = list(found[wave, part])
            counts = self.found[wave, part]
            pairs = sorted(
                (abs(f - g), g_at, f_at) for g_at, g in enumerate(given) for f_at, f in enumerate(free) if abs(f - g) <= TOLERANCE_S
            )
            used_given, used_found = set(), set()
            for _, g_at, f_at in pairs:
                if g_at in used_given or f_at in used_found:
                    continue
                used_given.add(g_at)
                used_found.add(f_at)
                self.errors[wave, part].append(1000 * (free[f_at] - given[g_at]))
            counts[0] += len(used_given)
            counts[1] += int(np.isfinite(given).sum()) - len(used_given)
            open_waves = annotated[wave][np.isnan(given), 1]
            if doubtful is not None:
                open_waves = np.concatenate([open_waves, doubtful[wave][:, 1]])
            for f_at, at in enumerate(free):
                if f_at in used_found or not first <= at <= last:
                    continue
                counts[2] += not (np.abs(open_waves - at) <= TOLERANCE_S).any()

    def row(self, point):
        hit, missed, false = self.found[point]
        errors = np.array(self.errors[point]) if self.errors[point] else np.array([np.nan])
        se, ppv = 100 * hit / max(hit + missed, 1), 100 * hit / max(hit + false, 1)
        return se, ppv, 2 * se * ppv / max(se + ppv, 1e-9), errors.mean(), errors.std()


def points_of(beats, rate):
    """Seconds per point from the plugin's beats."""
    return {
        (wave, part): np.array([beat[wave][part] / rate for beat in beats if beat[wave][part] is not None])
        for wave, part in POINTS
    }


def ours(binary, signals, rate, repeats=1):
    """Delineations of signals [leads, samples] by the example binary, and seconds per signal."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, signal in enumerate(signals):
            paths.append(os.path.join(folder, f"{number}.f32"))
            np.ascontiguousarray(signal, "<f4").tofile(paths[-1])
        command = [binary, str(len(signals[0])), str(rate), str(repeats), *paths]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    answers = [json.loads(line) for line in lines]
    return [a["delineation"] for a in answers], np.array([a["seconds"] for a in answers])


def neurokit(signal, rate):
    """Seconds per point from NeuroKit2's own chain on one lead."""
    import neurokit2 as nk

    empty = {point: np.array([]) for point in POINTS}
    try:
        clean = nk.ecg_clean(signal, sampling_rate=rate)
        _, peaks = nk.ecg_peaks(clean, sampling_rate=rate)
        _, waves = nk.ecg_delineate(clean, peaks["ECG_R_Peaks"], sampling_rate=rate, method="dwt")
    except Exception:
        return empty
    at = {
        ("p", "onset"): "ECG_P_Onsets", ("p", "peak"): "ECG_P_Peaks", ("p", "offset"): "ECG_P_Offsets",
        ("qrs", "onset"): "ECG_R_Onsets", ("qrs", "offset"): "ECG_R_Offsets",
        ("t", "onset"): "ECG_T_Onsets", ("t", "peak"): "ECG_T_Peaks", ("t", "offset"): "ECG_T_Offsets",
    }  # fmt: skip
    for point, name in at.items():
        values = np.array(waves[name], float)
        empty[point] = values[np.isfinite(values)] / rate
    empty["qrs", "peak"] = np.array(peaks["ECG_R_Peaks"], float) / rate
    return empty


def downsampled(signal, rate):
    return signal if rate == 500 else scipy.signal.resample_poly(signal, rate, 500, axis=-1, padtype="line")


def evaluate(records, rate, binary, with_neurokit):
    """Scores by row name, and seconds per record of both."""
    scores = {}
    to = lambda name: scores.setdefault(name, Score())
    signals = [downsampled(record["signal"], rate) for record in records]
    whole, seconds = ours(binary, signals, rate, repeats=5)
    alone, _ = ours(binary, [lead[None] for signal in signals for lead in signal], rate)
    theirs = 0.0
    for n, record in enumerate(records):
        to("fused").add(*(record["fused"][0], points_of(whole[n]["fused"], rate), record["fused"][1]))
        for lead in range(len(LEADS)):
            answers = {
                "leads": points_of(whole[n]["per_lead"][lead], rate),
                "alone": points_of(alone[n * len(LEADS) + lead]["fused"], rate),
            }
            if with_neurokit:
                start = time.perf_counter()
                answers["nk2"] = neurokit(signals[n][lead], rate)
                theirs += time.perf_counter() - start
            for name, answer in answers.items():
                to(f"{name} all").add(record["leads"][lead], answer)
                if LEADS[lead] == "ii":
                    to(f"{name} II").add(record["leads"][lead], answer)
    return scores, seconds, theirs / len(records)


def show(title, scores):
    print(f"\n{title}")
    order = sorted(scores, key=lambda name: (name.split()[-1] != "fused", name.split()[-1], name))
    print(f"{'':11s}" + "".join(f"{wave + ' ' + part:^30s}" for wave, part in POINTS))
    print(f"{'':11s}" + f"{'Se    PPV   F1     error ms':^30s}" * len(POINTS))
    for name in order:
        cells = ""
        for point in POINTS:
            se, ppv, f1, mean, sd = scores[name].row(point)
            cells += f"{se:5.1f} {ppv:5.1f} {f1:5.1f} {mean:+5.1f}±{sd:4.1f}  "
        print(f"{name:11s}{cells}")
    print("CSE sd     " + "".join(f"{'±%.1f' % CSE_MS[p] if p in CSE_MS else '':^30s}" for p in POINTS))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    shared = pathlib.Path(os.environ.get("ECG_AUDIT_SHARED", ROOT.parent / "shared"))
    parser.add_argument("--data", type=pathlib.Path, default=shared / "data/ludb")
    parser.add_argument("--binary", default=str(ROOT / "target/release/examples/delineate"))
    parser.add_argument("--rates", type=int, nargs="+", default=[500, 100])
    parser.add_argument("--no-neurokit", action="store_true")
    parser.add_argument("--half", choices=["dev", "val"])
    options = parser.parse_args()
    warnings.simplefilter("ignore")

    names = (options.data / "RECORDS").read_text().split()
    halves = {"dev": names[0::2], "val": names[1::2]}
    for half, names in halves.items():
        if options.half not in (None, half):
            continue
        records = []
        for name in names:
            path = str(options.data / name)
            read = wfdb.rdrecord(path)
            leads = annotations(path, read.fs)
            records.append({"signal": read.p_signal.T, "leads": leads, "fused": fused_annotations(leads)})
        for rate in options.rates:
            scores, seconds, theirs = evaluate(records, rate, options.binary, not options.no_neurokit)
            show(f"{half}: {len(records)} records at {rate} Hz", scores)
            mine = np.median(seconds)
            print(f"seconds per record of 12 leads: ours {mine:.5f}" + (f", NeuroKit2 {theirs:.3f}: {theirs / mine:.0f}x" if theirs else ""))


if __name__ == "__main__":
    main()
