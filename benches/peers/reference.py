#!/usr/bin/env python3
"""The whole audit of PTB-XL beside the method's plain reference implementation, one after the other on this machine.

Needs the real data (a folder with data/ptb-xl, models/ecgresnet-ptbxl and reference/tlc_reference.py), the built
program (`cargo xtask build`), and, for the reference, numpy scipy pandas scikit-learn onnx onnxruntime wfdb.

    benches/peers/reference.py ../shared --rounds 3
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
# The stages of which the reference has no counterpart, as far as they can be left out.
LEFT_OUT = [word for key in ("attribution='none'", "masked_records=0", "shuffled_records=0", "refits=0")
            for word in ("--set", f"explain.{key}")]


def timed(command):
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    return time.perf_counter() - start, done


def ours(shared, folder, k):
    seconds, done = timed([
        ROOT / "target/release/ecg-audit", "run", ROOT / "configs/ptb-xl.toml", "--quiet", "--out", folder,
        "--set", f"data.path={shared / 'data/ptb-xl'}",
        "--set", f"encoder.params.model={shared / 'models/ecgresnet-ptbxl/ecgresnet.onnx'}",
        "--set", f"clusterer.params.k={k}", *LEFT_OUT])
    if done.returncode not in (0, 1):
        sys.exit(done.stderr)
    audit = json.loads((folder / "audit.json").read_text())
    return seconds, audit


def reference(shared, k):
    seconds, done = timed([sys.executable, shared / "reference/tlc_reference.py", "--k", str(k)])
    if done.returncode:
        sys.exit(done.stderr)
    return seconds, json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("shared", type=pathlib.Path)
    parser.add_argument("--k", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    shared = options.shared.resolve()
    print(f"{'round':>5} {'ecg-audit s':>12} {'reference s':>12} {'ratio':>6}")
    for number in range(options.rounds):
        with tempfile.TemporaryDirectory() as folder:
            fast, audit = ours(shared, pathlib.Path(folder) / "run", options.k)
        slow, result = reference(shared, options.k)
        print(f"{number + 1:>5} {fast:>12.2f} {slow:>12.2f} {slow / fast:>6.1f}")
    by_k = result["by_k"][str(options.k)]
    surrogate = audit["surrogates"][0]
    rows = [
        ("network accuracy", audit["model_vs_truth"]["accuracy"], result["cnn_vs_truth"]["accuracy"]),
        ("network AUROC soft", audit["model_vs_truth"]["auroc_soft"], result["cnn_vs_truth"]["auroc_soft"]),
        ("agreement with the network", surrogate["vs_model"]["agreement"]["mean"],
         by_k["surrogate_vs_cnn"]["agreement_mean"]),
        ("AUROC soft against the network", surrogate["vs_model"]["auroc_soft"],
         by_k["surrogate_vs_cnn"]["auroc_soft"]),
        ("accuracy against the truth", surrogate["vs_truth"]["agreement"]["mean"],
         by_k["surrogate_vs_truth"]["accuracy"]),
        ("mean uncertainty", audit["uncertainty"]["mean"], by_k["entropy_mean"]),
    ]
    print(f"\n{'figure':<32} {'ecg-audit':>10} {'reference':>10}")
    for name, own, other in rows:
        print(f"{name:<32} {own:>10.4f} {other:>10.4f}")


main()
