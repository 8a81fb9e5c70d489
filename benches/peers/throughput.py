"""Throughput on the Ribeiro ResNet (12 x 4096) in one run: Python TorchScript, the three encoders, and a whole audit's encode stage.

    LIBTORCH=… python benches/peers/throughput.py [--windows 96] [--threads 2] [--batch 32] [--rounds 3]

Prints each encoder's throughput over Python TorchScript's (fastest of the rounds, taken in turns), and for tract the encoder alone
over the encode stage of an audit of the same windows, as records in an NPZ file. Needs torch (the version of libtorch), onnx and
onnxscript; `cargo xtask build` must have been run, and `cargo xtask onnxruntime`.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]
ENCODERS = {
    "torch": ("time_torch", "ribeiro.scripted.pt", ["resblock1d_2#0", "resblock1d_3#0", "resblock1d_4#0"]),
    "ort": ("time_ort", "ribeiro.ts.dynamic.onnx", None),
    "tract": ("time_encode", "ribeiro.ts.dynamic.onnx", None),
}

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--windows", type=int, default=96)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--program", type=pathlib.Path, default=ROOT / "target/release/ecg-audit")
options = parser.parse_args()
LEADS, SAMPLES = 12, 4096
windows = np.sin(np.arange(options.windows * LEADS * SAMPLES) * 0.37).astype(np.float32)
windows = windows.reshape(options.windows, LEADS, SAMPLES)


def inspected(model):
    """The taps that the program proposes."""
    done = subprocess.run([options.program, "inspect", model, "--json"], check=True, capture_output=True, text=True)
    return [tap["name"] for tap in json.loads(done.stdout)["taps"]]


def encoder(name, model, taps):
    command = ["cargo", "run", "--quiet", "--release", "-p", f"ecg-audit-{name}", "--example", ENCODERS[name][0], "--"]
    sizes = [options.windows, LEADS, SAMPLES, options.threads]
    done = subprocess.run(
        command + [str(model), *map(str, sizes), *taps], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    return float(done.stdout)


def peer(script):
    start = time.perf_counter()
    with torch.inference_mode():
        for first in range(0, options.windows, options.batch):
            script(torch.from_numpy(windows[first:first + options.batch]))
    return time.perf_counter() - start


def audit(folder, plugin, model, taps, outputs):
    """The encode stage of an audit."""
    names = [f"class{i}" for i in range(outputs)]
    labels = np.random.default_rng(0).integers(0, 2, (options.windows, outputs)).astype(np.uint8)
    fold = (np.arange(options.windows) % 2 + 1).astype(np.int32)
    np.savez(folder / "records.npz", signals=windows, labels=labels, fold=fold)
    text = f"""
[audit]
name = "throughput"
threads = {options.threads}
[data]
reader = "npz"
path = "{folder / 'records.npz'}"
sampling_rate = 400
classes = {json.dumps(names)}
[encoder]
plugin = "{plugin}"
params = {{ model = "{model}", taps = {json.dumps(taps)}, activation = "sigmoid" }}
[clusterer]
plugin = "kmeans"
params = {{ k = 2 }}
[[surrogate]]
plugin = "forest"
params = {{ trees = 1 }}
[explain]
attribution = "none"
masked_records = 0
shuffled_records = 0
refits = 0
"""
    (folder / "audit.toml").write_text(text)
    out = folder / f"run-{time.time_ns()}"
    done = subprocess.run([options.program, "run", folder / "audit.toml", "--out", out], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(done.stderr)
    stages = json.loads((out / "audit.json").read_text())["timing"]["stages"]
    return next(stage["seconds"] for stage in stages if stage["name"] == "encode")


def main():
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        subprocess.run([sys.executable, ROOT / "tests/models/make.py", "--full-size", folder], check=True)
        models = {name: folder / file for name, (_, file, _) in ENCODERS.items()}
        taps = {name: given or inspected(models[name]) for name, (_, _, given) in ENCODERS.items()}
        torch.set_num_threads(options.threads)
        script = torch.jit.load(models["torch"]).eval()
        with torch.inference_mode():
            for _ in range(2):  # the executor profiles, then optimises
                outputs = script(torch.from_numpy(windows[:options.batch])).shape[1]
        peers, stages = [], []
        ours = {name: [] for name in ENCODERS}
        for name in ENCODERS:
            encoder(name, models[name], taps[name])  # builds
        for _ in range(options.rounds):
            peers.append(peer(script))
            for name in ENCODERS:
                ours[name].append(encoder(name, models[name], taps[name]))
            stages.append(audit(folder, "tract", models["tract"], taps["tract"], outputs))
        print(f"Python TorchScript, batches of {options.batch}: {options.windows / min(peers):.1f} windows/s")
        for name, seconds in ours.items():
            print(f"{name:6} {options.windows / min(seconds):6.1f} windows/s, ratio {min(peers) / min(seconds):.2f}")
        print(f"audit's encode stage over tract alone: {min(ours['tract']) / min(stages):.2f}")


main()
