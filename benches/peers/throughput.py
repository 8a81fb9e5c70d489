"""Throughput on the Ribeiro ResNet (12 x 4096) in one run: the encode stage of whole audits through the three encoders, beside the
bare runtimes in Python.

    python benches/peers/throughput.py [--windows 96] [--threads 2] [--batch 32] [--rounds 3] [--program FILE]

The windows are the records of an NPZ file; an audit's encode stage reads them, runs the network with three taps, and keeps the
activations on disk. Python's TorchScript and ONNX Runtime run the network without taps on arrays in memory. Times are the fastest
of the rounds, taken in turns; ratios are throughputs over Python TorchScript's, and over the plugin's own runtime in Python. Needs
torch (the version of libtorch), onnx, onnxscript and onnxruntime; `cargo xtask build` after `cargo xtask libtorch` and
`cargo xtask onnxruntime`.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnxruntime
import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]
ENCODERS = {
    "torch": ("ribeiro.scripted.pt", ["resblock1d_2#0", "resblock1d_3#0", "resblock1d_4#0"]),
    "ort": ("ribeiro.ts.dynamic.onnx", None),
    "tract": ("ribeiro.ts.dynamic.onnx", None),
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


def torchscript(path):
    torch.set_num_threads(options.threads)
    script = torch.jit.load(path).eval()

    def run(batch):
        with torch.inference_mode():
            return script(torch.from_numpy(batch)).numpy()

    for _ in range(2):  # the executor profiles, then optimises
        run(windows[:options.batch])
    return run


def onnx_runtime(path):
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    session = onnxruntime.InferenceSession(str(path), settings, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda batch: session.run(None, {name: batch})[0]


def timed(run):
    start = time.perf_counter()
    for first in range(0, options.windows, options.batch):
        run(windows[first:first + options.batch])
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
leads = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"]
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
        models = {name: folder / file for name, (file, _) in ENCODERS.items()}
        taps = {name: given or inspected(models[name]) for name, (_, given) in ENCODERS.items()}
        peers = {"torch": torchscript(models["torch"]), "ort": onnx_runtime(models["ort"])}
        outputs = peers["torch"](windows[:1]).shape[1]
        theirs, ours = {name: [] for name in peers}, {name: [] for name in ENCODERS}
        for _ in range(options.rounds):
            for name, run in peers.items():
                theirs[name].append(timed(run))
            for name in ENCODERS:
                ours[name].append(audit(folder, name, models[name], taps[name], outputs))
        fastest = {name: min(seconds) for name, seconds in theirs.items()}
        for name, seconds in fastest.items():
            label = {"torch": "TorchScript", "ort": "ONNX Runtime"}[name]
            print(f"Python {label}, batches of {options.batch}: {options.windows / seconds:.1f} windows/s")
        for name, seconds in ours.items():
            own = f", over its runtime in Python {fastest[name] / min(seconds):.2f}" if name in fastest else ""
            print(
                f"encode stage, {name:5}: {options.windows / min(seconds):.1f} windows/s, "
                f"over Python TorchScript {fastest['torch'] / min(seconds):.2f}{own}"
            )


main()
